"""What a handshake is given before it starts: plain data, the random bytes and the time included.

The stories in `client.py` and `server.py` are functions of these settings and of the received bytes alone,
so a test or a replay that fills them in by hand controls everything.  `tls/config.py` fills them in for
everybody else, afresh for each connection: random values and key shares must not repeat (RFC 9846 4.3.8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handshake.constants import CipherSuite, NamedGroup, SignatureScheme
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.keys import PrivateKey
from x509.path import TrustStore

DEFAULT_CIPHER_SUITES = (CipherSuite.TLS_CHACHA20_POLY1305_SHA256,)
DEFAULT_GROUPS = (NamedGroup.X25519,)
DEFAULT_SIGNATURE_SCHEMES = (SignatureScheme.ED25519,)
MAX_CERTIFICATES = 10  # in one Certificate message
GREASE_SEED_SIZE = 5  # bytes: one for each place where a meaningless value goes


@dataclass(frozen=True, slots=True)
class Grease:
    """Values that mean nothing, offered so that servers keep ignoring what they do not know (RFC 8701)."""

    cipher_suite: int
    version: int
    group: int
    signature_scheme: int
    extension: int

    @classmethod
    def from_seed(cls, seed: bytes) -> "Grease":
        """Five random bytes choose among the sixteen reserved code points 0x0A0A, 0x1A1A ... 0xFAFA."""
        return cls(*((byte & 0xF0 | 0x0A) * 0x0101 for byte in seed[:GREASE_SEED_SIZE]))


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """All that a client's handshake depends on, besides what the server sends."""

    random: bytes = field(repr=False)  # 32 bytes
    private_keys: Mapping[int, bytes] = field(repr=False)  # a fresh one for every group in `groups`
    now: datetime  # for the certificates' validity; aware
    trust: TrustStore | None  # the anchors; None accepts any certificate, from anybody
    reference_identity: str | None  # the DNS name or IP address that the certificate must be for
    server_name: str | None = None  # the DNS name to ask for (RFC 6066 section 3)
    legacy_session_id: bytes = b""  # 32 bytes switch middlebox compatibility on (appendix E.4)
    cipher_suites: tuple[int, ...] = DEFAULT_CIPHER_SUITES
    groups: tuple[int, ...] = DEFAULT_GROUPS
    key_share_groups: tuple[int, ...] = DEFAULT_GROUPS[:1]  # none: let the server ask (section 4.3.8)
    signature_schemes: tuple[int, ...] = DEFAULT_SIGNATURE_SCHEMES
    signature_schemes_cert: tuple[int, ...] = ()  # none: the same as signature_schemes
    application_protocols: tuple[bytes, ...] = ()  # ALPN, best first
    grease: Grease | None = None
    max_certificates: int = MAX_CERTIFICATES


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A private key, and the certificates that say whose it is: the key's own first, its issuers after it.

    ValueError if the key is not the certificate's: found out now, not by the first client.
    """

    certificate_chain: tuple[Certificate, ...]
    private_key: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if not self.certificate_chain:
            raise ValueError("no certificate")
        try:
            certified = self.leaf.public_key
        except CertificateError as error:
            raise ValueError(f"the certificate cannot be served: {error}") from error
        if certified != self.private_key.public_key():
            raise ValueError("the private key is not the certificate's")

    @property
    def leaf(self) -> Certificate:
        return self.certificate_chain[0]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """All that a server's handshake depends on, besides what the client sends."""

    random: bytes = field(repr=False)  # 32 bytes
    private_keys: Mapping[int, bytes] = field(repr=False)  # a fresh one for every group in `groups`
    certified_keys: tuple[CertifiedKey, ...]  # the first that fits the client is shown to it
    cipher_suites: tuple[int, ...] = DEFAULT_CIPHER_SUITES  # best first: the server's preference decides
    groups: tuple[int, ...] = DEFAULT_GROUPS
    application_protocols: tuple[bytes, ...] = ()  # ALPN, best first; none: the extension is ignored
