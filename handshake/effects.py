"""What a handshake asks of the world: the pauses of its story.

A story is a generator.  It yields one of these effects wherever the wire has to move and is resumed by its
driver (`tls/connection.py`), with the raw message where it waits for one.  What the driver refuses it
throws into the story, so the traceback names the line that was waiting.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar, overload

from handshake import messages
from handshake.codec import Observer
from handshake.constants import HandshakeType
from handshake.errors import UnexpectedMessage
from handshake.key_schedule import TrafficSecret, TrafficSecrets
from handshake.messages import Message
from handshake.session import Session
from handshake.transcript import Transcript

M = TypeVar("M", bound=Message)
N = TypeVar("N", bound=Message)


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


@dataclass(frozen=True, slots=True)
class WriteWith:
    """Seal everything sent from now on under this secret."""

    secret: TrafficSecret


@dataclass(frozen=True, slots=True)
class LogSecrets:
    """Secrets for the key log, if the user keeps one."""

    client_random: bytes
    secrets: TrafficSecrets
    exporter_secret: bytes | None = field(default=None, repr=False)


Effect: TypeAlias = SendMessage | ExpectMessage | SendChangeCipherSpec | ReadWith | WriteWith | LogSecrets
Story: TypeAlias = Generator[Effect, bytes | None, Session]


@dataclass(frozen=True, slots=True)
class HandshakeMessage:
    """A whole message, as an observer sees it, after the fields that it was read or written with."""

    sender: Literal["client", "server"]
    message: Message
    raw: bytes


class Conversation:
    """One side's view of the messages: sends, receives, and keeps the transcript of both."""

    def __init__(self, role: Literal["client", "server"], observe: Observer | None) -> None:
        self.transcript = Transcript()
        self.role = role
        self._observe = observe

    def send(self, message: Message) -> Generator[Effect, Any, None]:
        """Say something."""
        raw = messages.encode(message, self._observe)
        self._heard(self.role, message, raw)
        yield SendMessage(raw)

    @overload
    def receive(self, kind: type[M], /) -> Generator[Effect, Any, M]: ...
    @overload
    def receive(self, kind: type[M], other: type[N], /) -> Generator[Effect, Any, M | N]: ...
    def receive(self, *kinds: type[Any]) -> Generator[Effect, Any, Any]:
        """Wait for a message of one of these kinds; anything else ends the story."""
        types = tuple(dict.fromkeys(kind.type for kind in kinds))  # once, where two kinds share one
        raw = yield ExpectMessage(types)
        message = messages.decode(raw, self._observe)
        if not isinstance(message, kinds):  # a ServerHello where no second HelloRetryRequest may come
            raise UnexpectedMessage(f"{type(message).__name__} while waiting for {kinds[0].__name__}")
        self._heard("server" if self.role == "client" else "client", message, raw)
        return message

    def _heard(self, sender: Literal["client", "server"], message: Message, raw: bytes) -> None:
        self.transcript.add(raw)
        if self._observe is not None:
            self._observe(HandshakeMessage(sender, message, raw))
