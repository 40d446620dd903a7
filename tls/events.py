"""What a connection has to report after it was given bytes."""

from dataclasses import dataclass, field
from typing import TypeAlias

from handshake.session import Session


@dataclass(frozen=True, slots=True)
class HandshakeComplete:
    """Both sides have proved what they had to; data may flow."""

    session: Session


@dataclass(frozen=True, slots=True)
class ApplicationData:
    """What the peer's application sent: the content of one record."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionTicket:
    """The server gave a ticket for another connection; it is left unused (RFC 9846 section 4.7.1)."""

    lifetime: int  # seconds


@dataclass(frozen=True, slots=True)
class PeerKeyUpdate:
    """The peer now seals with new keys, and may have asked us to do so too (RFC 9846 section 4.7.3)."""

    reply_requested: bool


@dataclass(frozen=True, slots=True)
class CloseNotify:
    """The peer will send nothing more; we still may (RFC 9846 section 6.1)."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """The connection is dead.  Always the last event; every later call raises the same error."""

    error: Exception


Event: TypeAlias = (
    HandshakeComplete | ApplicationData | SessionTicket | PeerKeyUpdate | CloseNotify | ConnectionFailed
)
