"""What a handshake asks of the world: the pauses of its story.

A story is a generator.  It yields one of these effects wherever the wire has to move and is resumed by its
driver (`tls/connection.py`), with the raw message where it waits for one.  What the driver refuses it
throws into the story, so the traceback names the line that was waiting.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from handshake.constants import HandshakeType
from handshake.derivation import Secret
from handshake.key_schedule import TrafficSecret
from handshake.session import ConnectionSecrets, Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a handshake message; messages may share a record until the keys change."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class ExpectMessage:
    """Resume the story with the next handshake message, which must be of one of these types."""

    types: tuple[HandshakeType, ...]


@dataclass(frozen=True, slots=True)
class SendChangeCipherSpec:
    """Send the record that only middleboxes look at (appendix E.4)."""


@dataclass(frozen=True, slots=True)
class ReadWith:
    """Open everything received from now on under this secret; nothing may be half read (section 5.1)."""

    secret: TrafficSecret
    early_data: int | None = None  # bytes that a server takes under it at most, where it is for early data


@dataclass(frozen=True, slots=True)
class WriteWith:
    """Seal everything sent from now on under this secret; None: a second ClientHello is in the clear."""

    secret: TrafficSecret | None
    early_data: int = 0  # bytes that a client's application may send under it, to be replayed (section 4.7.1)


@dataclass(frozen=True, slots=True)
class LimitSent:
    """Send no larger records than the peer takes (RFC 8449 section 4)."""

    size: int  # bytes of content, content type and padding


@dataclass(frozen=True, slots=True)
class LimitReceived:
    """Take no larger records than we have told the peer (RFC 8449 section 4)."""

    size: int  # bytes, as above


@dataclass(frozen=True, slots=True)
class SkipEarlyData:
    """As a server: step over early data that we cannot or will not read, up to a bound (section 4.3.10)."""

    max_size: int  # bytes, as they are on the wire


@dataclass(frozen=True, slots=True)
class SendData:
    """As a server: the application may send before the client's Finished has come (section 4.5.3)."""


@dataclass(frozen=True, slots=True)
class LogSecrets:
    """Secrets for the key log, if the user keeps one."""

    client_random: bytes
    secrets: tuple[Secret, ...]


Effect: TypeAlias = (
    SendMessage
    | ExpectMessage
    | SendChangeCipherSpec
    | ReadWith
    | WriteWith
    | LimitSent
    | LimitReceived
    | SkipEarlyData
    | SendData
    | LogSecrets
)
Passage: TypeAlias = Generator[Effect, Any, T]  # a part of a story: what it pauses for, and what it comes to
Story: TypeAlias = Generator[Effect, bytes | None, tuple[Session, ConnectionSecrets]]
