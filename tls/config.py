"""What a user says once, and what every connection is then given afresh.

A `ClientConfig` or `ServerConfig` is made once and shared by any number of connections; `settings()` draws
the random bytes, the key shares and the time that one connection needs.  This is where the operating system's
randomness and clock enter the protocol; both can be replaced.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from handshake.codec import Observer
from handshake.constants import RANDOM_SIZE
from handshake.groups import GROUPS
from handshake.settings import (
    DEFAULT_GROUPS,
    DEFAULT_SIGNATURE_SCHEMES,
    GREASE_SEED_SIZE,
    CertifiedKey,
    ClientSettings,
    Grease,
    ServerSettings,
)
from purecrypto import entropy
from purecrypto.buffers import Buffer
from x509 import keys, names, pem
from x509.certificate import Certificate
from x509.errors import CertificateError, PemError
from x509.keys import PrivateKey
from x509.path import TrustStore

HANDSHAKE_TIMEOUT = 10.0  # seconds for a whole handshake
SESSION_ID_SIZE = 32  # bytes (RFC 9846 section 4.2.2)


def now() -> datetime:
    """The time, as certificates count it."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class ClientConfig:
    """How to be a client.

    trust                     the anchors; required unless `verify` is off
    verify                    whether the server has to prove that it is the one we want: leave it on
    application_protocols     ALPN, best first, such as ("http/1.1",)
    groups                    for key exchange, best first
    key_share_groups          those of them to send a share for at once; none lets the server choose
    signature_schemes         that the server may sign with, best first
    signature_schemes_cert    that its certificates may be signed with; none: the same
    middlebox_compatibility   look like TLS 1.2 to boxes on the way (RFC 9846 appendix E.4)
    grease                    offer values that mean nothing as well (RFC 8701)
    key_log                   called with each line of an NSS key log: secrets!
    observe                   called with everything that happens inside: secrets!
    handshake_timeout         seconds for a whole handshake; None waits for ever
    random_bytes, clock       where randomness and the time come from, for tests and replays
    """

    trust: TrustStore | None = None
    verify: bool = True
    application_protocols: Sequence[str] = ()
    groups: Sequence[int] = DEFAULT_GROUPS
    key_share_groups: Sequence[int] = DEFAULT_GROUPS[:1]
    signature_schemes: Sequence[int] = DEFAULT_SIGNATURE_SCHEMES
    signature_schemes_cert: Sequence[int] = ()
    middlebox_compatibility: bool = True
    grease: bool = True
    key_log: Callable[[str], None] | None = None
    observe: Observer | None = None
    handshake_timeout: float | None = HANDSHAKE_TIMEOUT
    random_bytes: Callable[[int], bytes] = field(default=entropy.random_bytes, repr=False)
    clock: Callable[[], datetime] = field(default=now, repr=False)

    def settings(self, server_hostname: str | None) -> ClientSettings:
        """Everything that one handshake with `server_hostname` depends on.

        ValueError if there is nothing to verify with, no name to verify, or a group that we do not have.
        """
        if self.verify and self.trust is None:
            raise ValueError("no trust anchors: give a TrustStore as trust, or switch verify off")
        if self.verify and server_hostname is None:
            raise ValueError("no server_hostname to verify: give one, or switch verify off")
        if not set(self.key_share_groups) <= set(self.groups):  # RFC 9846 section 4.3.8
            raise ValueError(
                f"key shares for {_list(self.key_share_groups)}, not all among {_list(self.groups)}"
            )
        name = None if server_hostname is None else names.parse_reference(server_hostname)
        return ClientSettings(
            random=self.random_bytes(RANDOM_SIZE),
            private_keys=_private_keys(self.groups, self.random_bytes),
            now=self.clock(),
            trust=self.trust if self.verify else None,
            reference_identity=server_hostname if self.verify else None,
            server_name=name if isinstance(name, str) else None,  # no addresses (RFC 6066 section 3)
            legacy_session_id=self.random_bytes(SESSION_ID_SIZE) if self.middlebox_compatibility else b"",
            groups=tuple(self.groups),
            key_share_groups=tuple(self.key_share_groups),
            signature_schemes=tuple(self.signature_schemes),
            signature_schemes_cert=tuple(self.signature_schemes_cert),
            application_protocols=_protocols(self.application_protocols),
            grease=Grease.from_seed(self.random_bytes(GREASE_SEED_SIZE)) if self.grease else None,
        )


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """How to be a server.

    certified_keys            who the server is; the first that fits a client is shown to it
    application_protocols     ALPN, best first; none ignores what clients offer
    groups                    for key exchange, best first
    key_log, observe, random_bytes      as in `ClientConfig`
    handshake_timeout         seconds for a whole handshake; None waits for ever
    """

    certified_keys: Sequence[CertifiedKey]
    application_protocols: Sequence[str] = ()
    groups: Sequence[int] = DEFAULT_GROUPS
    key_log: Callable[[str], None] | None = None
    observe: Observer | None = None
    handshake_timeout: float | None = HANDSHAKE_TIMEOUT
    random_bytes: Callable[[int], bytes] = field(default=entropy.random_bytes, repr=False)

    def __post_init__(self) -> None:
        """ValueError if there is nothing to show."""
        if not self.certified_keys:
            raise ValueError("no certificate")

    def settings(self) -> ServerSettings:
        """Everything that one handshake depends on."""
        return ServerSettings(
            random=self.random_bytes(RANDOM_SIZE),
            private_keys=_private_keys(self.groups, self.random_bytes),
            certified_keys=tuple(self.certified_keys),
            groups=tuple(self.groups),
            application_protocols=_protocols(self.application_protocols),
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
    """The private key of a PEM file (PKCS#8); ValueError says what is wrong with it."""
    return keys.private_key_from_pem(text)


def _private_keys(groups: Sequence[int], random_bytes: Callable[[int], bytes]) -> dict[int, bytes]:
    if not set(groups) <= GROUPS.keys():
        raise ValueError(f"groups {_list(groups)}, of which we have {_list(GROUPS)}")
    return {group: random_bytes(GROUPS[group].private_size) for group in groups}


def _list(groups: Iterable[int]) -> str:
    return ", ".join(f"0x{group:04x}" for group in groups)


def _protocols(protocols: Sequence[str]) -> tuple[bytes, ...]:
    encoded = tuple(protocol.encode("utf-8") for protocol in protocols)
    for protocol in encoded:
        if not 1 <= len(protocol) <= 255:  # RFC 7301 section 3.1
            raise ValueError(f"an ALPN protocol has 1 to 255 bytes: {protocol!r}")
    return encoded
