"""What a connection has to report after it was given bytes, and what it tells who observes it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from handshake.session import Session
from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import Ticket


@dataclass(frozen=True, slots=True)
class HandshakeComplete:
    """Both sides have proved what they had to; data may flow."""

    session: Session


@dataclass(frozen=True, slots=True)
class ApplicationData:
    """What the peer's application sent: the content of one record."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EarlyData:
    """What the client's application sent before the handshake (RFC 9846 section 2.3).

    It may be a copy: an attacker can send it again, if not to this server then to another that shares its
    ticket keys.  Act on it only if it makes no difference how often that happens.
    """

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionTicket:
    """The server gave a ticket for another connection (RFC 9846 section 4.7.1)."""

    ticket: Ticket  # as if it had come when the connection began: we have no clock here


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """The server asked after the handshake who we are, and was answered (RFC 9846 section 4.7.2)."""

    shown: bool  # whether we had a certificate that it would take


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


@dataclass(frozen=True, slots=True)
class ConnectionOver:
    """The last that an observer of `https.Server` hears: its connection has ended, somehow."""


Event: TypeAlias = (
    HandshakeComplete
    | ApplicationData
    | EarlyData
    | SessionTicket
    | CertificateRequested
    | PeerKeyUpdate
    | CloseNotify
    | ConnectionFailed
)


# To an observer alone.  All that a connection does follows from these and from what its caller has it do.


@dataclass(frozen=True, slots=True)
class Begun:
    """A connection has been made."""

    settings: ClientSettings | ServerSettings


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes have come from the peer, cut up in any way."""

    data: bytes = field(repr=False)
