"""What is said, from where one side sits: it sends, receives, and keeps the transcript of both.

A connection makes one conversation, has the handshake's story hold it, and goes on with it afterwards.
"""

from dataclasses import dataclass
from typing import Any, TypeVar, overload

from handshake import constants, messages
from handshake.codec import Observer
from handshake.constants import Role
from handshake.effects import ExpectMessage, Passage, SendMessage
from handshake.errors import UnexpectedMessage
from handshake.messages import Message
from handshake.transcript import Transcript

M = TypeVar("M", bound=Message)
N = TypeVar("N", bound=Message)


@dataclass(frozen=True, slots=True)
class HandshakeMessage:
    """A whole message, as an observer sees it, after the fields that it was read or written with."""

    sender: Role
    message: Message
    raw: bytes


class Conversation:
    """One side's view of the messages.

    `send` and `receive` are steps of a story, and what they carry belongs to the transcript; `write` and
    `read` are for what does not belong there.
    """

    def __init__(self, role: Role, observe: Observer | None = None) -> None:
        self.role = role
        self.observe = observe
        self.transcript = Transcript()

    def send(self, message: Message) -> Passage[None]:
        """Say something."""
        raw = self.write(message)
        self.transcript.add(raw)
        yield SendMessage(raw)

    @overload
    def receive(self, kind: type[M], /) -> Passage[M]: ...
    @overload
    def receive(self, kind: type[M], other: type[N], /) -> Passage[M | N]: ...
    def receive(self, *kinds: type[Any]) -> Passage[Any]:
        """Wait for a message of one of these kinds; anything else ends the story."""
        types = tuple(dict.fromkeys(kind.type for kind in kinds))  # once, where two kinds share one
        raw = yield ExpectMessage(types)
        message = self.read(raw)
        # section 4 [2]
        if not isinstance(message, kinds):  # a ServerHello where no second HelloRetryRequest may come
            raise UnexpectedMessage(f"{type(message).__name__} while waiting for {kinds[0].__name__}")
        self.transcript.add(raw)
        return message

    def afterwards(self, raw: bytes) -> "Conversation":
        """A conversation of its own about `raw`, which came after all that has been said (section 4.7.2)."""
        aside = Conversation(self.role, self.observe)
        aside.transcript = self.transcript.copy()
        aside.transcript.add(raw)
        return aside

    def write(self, message: Message) -> bytes:
        """The message as bytes."""
        raw = messages.encode(message, self.observe)
        self._tell(self.role, message, raw)
        return raw

    def read(self, raw: bytes) -> Message:
        """The peer's message; DecodeError or IllegalParameter, see `messages.decode`."""
        message = messages.decode(raw, self.observe)
        self._tell(constants.other(self.role), message, raw)
        return message

    def _tell(self, sender: Role, message: Message, raw: bytes) -> None:
        if self.observe is not None:
            self.observe(HandshakeMessage(sender, message, raw))
