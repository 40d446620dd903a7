"""What a handshake is given before it starts: plain data, the random bytes and the time included.

The stories in `client.py` and `server.py` are functions of these settings and of the received bytes alone,
so a test or a replay that fills them in by hand controls everything.  `tls/config.py` fills them in for
everybody else, afresh for each connection: random values and key shares must not repeat (RFC 9846 4.3.8).
Lists have what is best first; a side that is not told otherwise uses all that we have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handshake.certified_keys import CertifiedKey
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from x509.path import TrustStore

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
    private_keys: Mapping[int, bytes] = field(repr=False)  # a fresh one for each group, best first
    key_share_groups: tuple[int, ...]  # to send a share for at once; none: let the server ask (section 4.3.8)
    now: datetime  # for the certificates' validity; aware
    trust: TrustStore | None  # the anchors; None accepts any certificate, from anybody
    reference_identity: str | None  # the DNS name or IP address that the certificate must be for
    server_name: str | None = None  # the DNS name to ask for (RFC 6066 section 3)
    legacy_session_id: bytes = b""  # 32 bytes switch middlebox compatibility on (appendix E.4)
    cipher_suites: tuple[int, ...] = tuple(SUITES)
    signature_schemes: tuple[int, ...] = tuple(SCHEMES)  # in the handshake, and in certificates
    application_protocols: tuple[bytes, ...] = ()  # ALPN
    grease: Grease | None = None
    max_certificates: int = MAX_CERTIFICATES

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(self.private_keys)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """All that a server's handshake depends on, besides what the client sends."""

    random: bytes = field(repr=False)  # 32 bytes
    private_keys: Mapping[int, bytes] = field(repr=False)  # a fresh one for each group, best first
    signature_random: bytes = field(repr=False)  # `signatures.SIGNATURE_RANDOM_SIZE` bytes
    certified_keys: tuple[CertifiedKey, ...]  # who to be; the one that fits the client best
    cipher_suites: tuple[int, ...] = tuple(SUITES)  # the server's preference decides
    signature_schemes: tuple[int, ...] = tuple(SCHEMES)
    application_protocols: tuple[bytes, ...] = ()  # ALPN; none: the extension is ignored

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(self.private_keys)
