"""What a handshake is given before it starts: plain data, the random bytes and the time included.

The stories in `client.py` and `server.py` are functions of these settings and of the received bytes alone,
so a test or a replay that fills them in by hand controls everything.  `tls/config.py` fills them in for
everybody else, afresh for each connection: random values and key shares must not repeat (RFC 9846 4.3.8).
Lists have what is best first; a side that is not told otherwise uses all that we have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from handshake import tickets
from handshake.anti_replay import StrikeRegister
from handshake.certified_keys import CertifiedKey
from handshake.constants import PskKeyExchangeMode
from handshake.extensions import Extension
from handshake.pre_shared_keys import PreSharedKey
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from handshake.tickets import Ticket, TicketKey
from record import padding
from record.protection import MAX_INNER_PLAINTEXT
from x509.trust_store import TrustStore

ClientCertificates: TypeAlias = Literal["none", "request", "require"]

MAX_CERTIFICATES = 10  # in one Certificate message
MAX_SKIPPED_EARLY_DATA = 2**16  # bytes on the wire
TICKET_RANDOM_SIZE = tickets.NONCE_SIZE + 4  # bytes: a nonce, and a ticket_age_add
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What both sides are given."""

    random: bytes = field(repr=False)  # 32 bytes
    private_keys: Mapping[int, bytes] = field(repr=False)  # a fresh one for each group, best first
    now: datetime  # for the validity of certificates and tickets; aware
    trust: TrustStore | None  # the anchors that the peer's certificate has to lead to
    cipher_suites: tuple[int, ...] = tuple(SUITES)
    signature_schemes: tuple[int, ...] = tuple(SCHEMES)  # in the handshake, and in certificates
    certified_keys: tuple[CertifiedKey, ...] = ()  # who to be; the one that fits best
    signature_random: bytes = field(default=b"", repr=False)  # `signatures.SIGNATURE_RANDOM_SIZE` bytes
    application_protocols: tuple[bytes, ...] = ()  # ALPN
    psk_modes: tuple[int, ...] = (PskKeyExchangeMode.PSK_DHE_KE,)  # none: no pre-shared keys (4.3.9)
    external_psks: tuple[PreSharedKey, ...] = ()  # agreed on in some other way
    extensions: tuple[Extension, ...] = ()  # besides ours in the hello, or in the place of one of ours
    extension_order: tuple[int, ...] = ()  # by type; what is not listed comes after them
    # section 4.7.1 [11]
    padding_policy: padding.Policy = padding.none  # of all protected records
    max_certificates: int = MAX_CERTIFICATES

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(self.private_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings(Settings):
    """All that a client's handshake depends on, besides what the server sends.

    A client without `trust` accepts any certificate, from anybody.
    """

    key_share_groups: tuple[int, ...]  # to send a share for at once; none: let the server ask (section 4.3.8)
    reference_identity: str | None  # the DNS name or IP address that the certificate must be for
    server_name: str | None = None  # the DNS name to ask for (RFC 6066 section 3)
    legacy_session_id: bytes = b""  # 32 bytes switch middlebox compatibility on (appendix E.4)
    ticket: Ticket | None = None  # to resume a session with
    # appendix F.5 [3]
    replayable_early_data: bool = False  # whether some may be sent, if the ticket is good for it
    record_size_limit: int | None = None  # bytes that we take in a record, content type included (RFC 8449)
    status_request: bool = False  # whether to ask for an OCSP response
    post_handshake_auth: bool = False  # whether we may be asked for a certificate later (section 4.3.6)
    grease: Grease | None = None
    pad_hello: bool = False  # to 512 bytes, if it has between 256 and 511 (RFC 7685 section 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings(Settings):
    """All that a server's handshake depends on, besides what the client sends.

    Its `extensions` are for EncryptedExtensions.
    """

    trust: TrustStore | None = None
    client_certificates: ClientCertificates = "none"  # whether the client shall say who it is, or has to
    cookie: bytes = b""  # to demand back in a second ClientHello; none: do not (section 4.3.2)
    record_size_limit: int = MAX_INNER_PLAINTEXT  # bytes, as the client's; said to clients that say theirs
    ticket_keys: tuple[TicketKey, ...] = ()  # newest first; none: no resumption
    ticket_random: bytes = field(default=b"", repr=False)  # TICKET_RANDOM_SIZE bytes for each one to issue
    ticket_lifetime: int = 0  # seconds
    max_replayable_early_data: int = 0  # bytes to take from a client that resumes; 0: none
    anti_replay: StrikeRegister | None = None  # without it no early data is taken
    max_skipped_early_data: int = MAX_SKIPPED_EARLY_DATA  # bytes of it to step over, where none is taken
