"""What a user says once, and what every connection is then given afresh.

A `ClientConfig` or `ServerConfig` is made once and shared by any number of connections; `settings()` draws
the random bytes, the key shares and the time that one connection needs.  This is where the operating system's
randomness and clock enter the protocol; both can be replaced.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from handshake import constants, signatures
from handshake.certified_keys import CertifiedKey
from handshake.codec import Observer
from handshake.constants import RANDOM_SIZE, CipherSuite, NamedGroup, SignatureScheme
from handshake.groups import GROUPS
from handshake.settings import GREASE_SEED_SIZE, ClientSettings, Grease, ServerSettings
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from purecrypto import entropy
from purecrypto.buffers import Buffer
from x509 import names, pem, private_keys
from x509.certificate import Certificate
from x509.errors import CertificateError, PemError
from x509.path import TrustStore
from x509.private_keys import PrivateKey

HANDSHAKE_TIMEOUT = 10.0  # seconds for a whole handshake
SESSION_ID_SIZE = 32  # bytes (RFC 9846 section 4.2.2)


def now() -> datetime:
    """The time, as certificates count it."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Config:
    """What clients and servers have in common.  Lists have what is best first.

    application_protocols     ALPN, such as ("http/1.1",); none: the extension is not used
    cipher_suites, groups, signature_schemes      by number; unless told otherwise, all that we have
    key_log                   called with each line of an NSS key log: secrets!
    observe                   called with everything that happens inside: secrets!
    handshake_timeout         seconds for a whole handshake; None waits for ever
    random_bytes              where randomness comes from, for tests and replays

    ValueError for what is unknown, doubled or missing: found out now, and not by the first connection.
    """

    application_protocols: Sequence[str] = ()
    cipher_suites: Sequence[int] = tuple(SUITES)
    groups: Sequence[int] = tuple(GROUPS)
    signature_schemes: Sequence[int] = tuple(SCHEMES)
    key_log: Callable[[str], None] | None = None
    observe: Observer | None = None
    handshake_timeout: float | None = HANDSHAKE_TIMEOUT
    random_bytes: Callable[[int], bytes] = field(default=entropy.random_bytes, repr=False)

    def __post_init__(self) -> None:
        _check("cipher_suites", self.cipher_suites, CipherSuite, SUITES)
        _check("groups", self.groups, NamedGroup, GROUPS)
        _check("signature_schemes", self.signature_schemes, SignatureScheme, SCHEMES)
        if not any(SCHEMES[number].kinds for number in self.signature_schemes):
            raise ValueError("signature_schemes: none of them is for a handshake")
        for protocol in self.application_protocols:
            if not 1 <= len(protocol.encode("utf-8")) <= 255:  # RFC 7301 section 3.1
                raise ValueError(f"an ALPN protocol has 1 to 255 bytes: {protocol!r}")

    def _private_keys(self) -> dict[int, bytes]:
        return {group: GROUPS[group].new_private(self.random_bytes) for group in self.groups}

    def _protocols(self) -> tuple[bytes, ...]:
        return tuple(protocol.encode("utf-8") for protocol in self.application_protocols)


@dataclass(frozen=True, kw_only=True)
class ClientConfig(Config):
    """How to be a client.

    trust                     the anchors; required unless `verify` is off
    verify                    whether the server has to prove that it is the one we want: leave it on
    key_share_groups          those to send a share for at once: unless told otherwise the first of `groups`;
                              an empty list lets the server choose, which costs a round trip
    middlebox_compatibility   look like TLS 1.2 to boxes on the way (RFC 9846 appendix E.4)
    grease                    offer values that mean nothing as well (RFC 8701)
    clock                     where the time comes from, for tests and replays
    """

    trust: TrustStore | None = None
    verify: bool = True
    key_share_groups: Sequence[int] | None = None
    middlebox_compatibility: bool = True
    grease: bool = True
    clock: Callable[[], datetime] = field(default=now, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.verify and self.trust is None:
            raise ValueError("no trust anchors: give a TrustStore as trust, or switch verify off")
        if self.key_share_groups:
            _check("key_share_groups", self.key_share_groups, NamedGroup, self.groups)  # section 4.3.8

    def settings(self, server_hostname: str | None) -> ClientSettings:
        """Everything that one handshake with `server_hostname` depends on.

        ValueError if there is no name to verify, or one that is neither a DNS name nor an address.
        """
        if self.verify and server_hostname is None:
            raise ValueError("no server_hostname to verify: give one, or switch verify off")
        name = None if server_hostname is None else names.parse_reference(server_hostname)
        chosen = self.groups[:1] if self.key_share_groups is None else self.key_share_groups
        shares = [group for group in self.groups if group in chosen]  # in the order of the groups (4.3.8)
        return ClientSettings(
            random=self.random_bytes(RANDOM_SIZE),
            private_keys=self._private_keys(),
            key_share_groups=tuple(shares),
            now=self.clock(),
            trust=self.trust if self.verify else None,
            reference_identity=server_hostname if self.verify else None,
            server_name=name if isinstance(name, str) else None,  # no addresses (RFC 6066 section 3)
            legacy_session_id=self.random_bytes(SESSION_ID_SIZE) if self.middlebox_compatibility else b"",
            cipher_suites=tuple(self.cipher_suites),
            signature_schemes=tuple(self.signature_schemes),
            application_protocols=self._protocols(),
            grease=Grease.from_seed(self.random_bytes(GREASE_SEED_SIZE)) if self.grease else None,
        )


@dataclass(frozen=True, kw_only=True)
class ServerConfig(Config):
    """How to be a server.

    certified_keys            who to be: the one that fits a client's name and abilities is shown to it
    """

    certified_keys: Sequence[CertifiedKey]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.certified_keys:
            raise ValueError("no certificate")
        for key in self.certified_keys:
            if not any(key.kind in SCHEMES[number].kinds for number in self.signature_schemes):
                raise ValueError(f"none of the signature schemes is for a key of the kind {key.kind.value}")

    def settings(self) -> ServerSettings:
        """Everything that one handshake depends on."""
        return ServerSettings(
            random=self.random_bytes(RANDOM_SIZE),
            private_keys=self._private_keys(),
            signature_random=self.random_bytes(signatures.SIGNATURE_RANDOM_SIZE),
            certified_keys=tuple(self.certified_keys),
            cipher_suites=tuple(self.cipher_suites),
            signature_schemes=tuple(self.signature_schemes),
            application_protocols=self._protocols(),
        )


def load_chain(text: str | Buffer) -> tuple[Certificate, ...]:
    """The certificates of a PEM file, in their order; ValueError says what is wrong with it."""
    blocks = pem.decode(text, "CERTIFICATE")
    if not blocks:
        raise PemError("no certificate in this file")
    try:
        return tuple(Certificate.from_der(block) for block in blocks)
    except CertificateError as error:
        raise PemError(str(error)) from error


def load_private_key(text: str | Buffer) -> PrivateKey:
    """The private key of a PEM file: PKCS#8, or an older form.  ValueError says what is wrong with it."""
    return private_keys.from_pem(text)


def _check(field_name: str, chosen: Sequence[int], registry: type[IntEnum], known: Container[int]) -> None:
    if not chosen:
        raise ValueError(f"{field_name}: none at all")
    if unknown := [constants.name_of(registry, number) for number in chosen if number not in known]:
        raise ValueError(f"{field_name}: cannot have {', '.join(unknown)}")
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"{field_name}: one of them twice")
