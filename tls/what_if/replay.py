"""What if the peer had said something else?  A recorded handshake, played again with changes.

    replay = Replay(tape)                       TapeError if it does not come out as it was recorded
    replay.script                               what the peer said, one message after the other
    replay.run()                                what our end did about each
    replay.run([change, ...])                   and what it does if that is changed

The core does no I/O and takes its random bytes from outside, so a replay is the handshake itself: our end
derives the same keys and sends the same bytes.  To go a step back is to play one step less.

There are two kinds of change, and the difference is what TLS is about:

    Said            the peer itself says something else, or nothing, and seals it with its keys
    Tampered        somebody on the way, who has no keys, lets other bytes arrive, or none, or the same twice

All that comes later is as it was recorded, sealed with the keys and the numbers that the peer had then.  So a
change that passes its own checks shows in what follows: the next record does not open, or the signature or
the MAC is over another conversation than ours.

Limits         The peer's messages come in records of their own, however they came then.
Tested by      tests/tls/test_what_if.py
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from handshake import constants, errors, messages
from handshake.constants import HandshakeType, Role
from handshake.conversation import HandshakeMessage
from handshake.derivation import Derivation
from handshake.messages import HEADER_SIZE, ServerHello
from handshake.suites import SUITES, Suite
from record import alert, framing
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord, RecordProtection
from tls.connection import Connection
from tls.events import ConnectionFailed, Event, HandshakeComplete
from tls.tracing import source
from tls.tracing.trace import Told, Trace
from tls.what_if.tape import Tape, TapeError


@dataclass(frozen=True, slots=True)
class Speech:
    """Something that the peer says: a handshake message, or what is in a record of another type."""

    name: str  # "ServerHello", "change_cipher_spec"
    content_type: ContentType | None  # None: our end did not come to open it
    content: bytes = field(repr=False)
    epoch: int  # which of the peer's keys it is under, from 1; 0: it is in the clear


@dataclass(frozen=True, slots=True)
class Said:
    """The peer says `content` in the place of what it said; nothing, if that is empty."""

    step: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tampered:
    """`wire` arrives in the place of what the peer has sent; nothing, if that is empty."""

    step: int
    wire: bytes = field(repr=False)


Change: TypeAlias = Said | Tampered


@dataclass(frozen=True, slots=True)
class Refusal:
    """The end of the connection: who noticed, and where."""

    error: Exception
    lines: tuple[str, ...]  # of source: the one that raised, and what it was at work for if that is elsewhere

    @property
    def alert(self) -> str:
        """What the peer is told, in the RFC's spelling; empty where it is told nothing."""
        description = errors.alert_for(self.error)
        return "" if description is None else alert.name_of(description)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What our end did when it had heard one thing."""

    wire: bytes = field(repr=False)  # what came, as it was on the wire in the end
    told: tuple[Told, ...] = field(repr=False)  # what happened, as a trace has it: secrets included
    events: tuple[Event, ...]
    sent: bytes = field(repr=False)
    refusal: Refusal | None

    @property
    def secrets(self) -> dict[str, bytes]:
        """By name, what was derived."""
        steps = [told.step for told in self.told]
        return {step.name: step.value for step in steps if isinstance(step, Derivation)}


class Replay:
    """One recorded handshake, to be had again as often as one likes.

    script      what the peer said, in order; steps are counted from 1
    recorded    the outcome of each step when nothing is changed
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        heard = _Heard(constants.other(tape.role))
        try:
            connection = Connection(tape.settings, heard)
            connection.receive_data(tape.received)
            sent = connection.data_to_send()
            self.script, self._epochs = heard.script(tape.received), heard.epochs
            self.recorded = self.run()
            again = b"".join(outcome.sent for outcome in self.recorded)
        except Exception as error:  # a file may hold anything: keys that are none, numbers that mean nothing
            raise TapeError(f"it cannot be played: {type(error).__name__}: {error!s:.150}") from error
        if not sent.startswith(tape.sent) or again != sent:
            raise TapeError("the replay does not send what was sent then")

    def secret_of(self, step: int) -> str:
        """The name of the secret that the peer seals this step with; empty if it is in the clear."""
        epoch = self.script[step - 1].epoch
        return self._epochs[epoch - 1].secret if epoch else ""

    def content(self, step: int, changes: Sequence[Change] = ()) -> bytes:
        """What the peer says at this step, after these changes."""
        said = [change.content for change in changes if isinstance(change, Said) and change.step == step]
        return said[-1] if said else self.script[step - 1].content

    def run(self, changes: Sequence[Change] = ()) -> list[Outcome]:
        """Play it with these changes: the outcome of each step, up to the one that is refused.

        In step 0 nothing has been heard yet.  Of two changes of one step the later one counts.
        """
        watch = _Watch()
        connection = Connection(self.tape.settings, watch)
        outcomes = [Outcome(b"", watch.told(), (), connection.data_to_send(), None)]
        peer = [epoch.sealing() for epoch in self._epochs]
        for step, speech in enumerate(self.script, 1):
            wire = self._on_the_wire(speech, self.content(step, changes), peer)
            of_this_step = [change for change in changes if change.step == step]
            if of_this_step and isinstance(of_this_step[-1], Tampered):
                wire = of_this_step[-1].wire
            events, refusal = _hear(connection, wire)
            outcomes.append(Outcome(wire, watch.told(), events, connection.data_to_send(), refusal))
            if refusal is not None:
                break
        return outcomes

    def _on_the_wire(self, speech: Speech, content: bytes, peer: Sequence[RecordProtection]) -> bytes:
        """The records that carry this.  The peer counts them, whatever our end makes of them."""
        if speech.content_type is None:
            return content
        if not speech.epoch:
            pieces = framing.fragments(content)
            return b"".join(framing.frame(speech.content_type, piece) for piece in pieces)
        pieces = framing.fragments(content, self._epochs[speech.epoch - 1].size)
        return b"".join(peer[speech.epoch - 1].seal(speech.content_type, piece) for piece in pieces)


class Played(NamedTuple):
    """A recording that was played with changes."""

    replay: Replay
    changes: Sequence[Change]
    outcomes: Sequence[Outcome]

    @property
    def end(self) -> int:
        """The last step that was reached."""
        return len(self.outcomes) - 1

    @property
    def refusal(self) -> Refusal | None:
        return self.outcomes[-1].refusal

    @property
    def is_complete(self) -> bool:
        """Whether the handshake was."""
        return any(isinstance(event, HandshakeComplete) for o in self.outcomes for event in o.events)


# ---- Playing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Epoch:
    """The peer's keys, until it changes them."""

    secret: str  # the name of what they are derived from
    suite: Suite
    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    size: int = 1  # of the largest content that came in one record

    def sealing(self) -> RecordProtection:
        return RecordProtection(self.suite.aead(self.key), self.iv)


class _Heard:
    """An observer of what the peer said, record by record, and of the keys that it was under."""

    def __init__(self, peer: Role) -> None:
        self.epochs: list[_Epoch] = []
        self._peer = peer
        self._records: list[tuple[ContentType | None, bytes, int]] = []  # with the epoch
        self._size = 0  # of all of them on the wire
        self._suite: Suite | None = None
        self._key = b""

    def __call__(self, event: object) -> None:
        match event:
            case HandshakeMessage(message=ServerHello(cipher_suite=number)):
                self._suite = SUITES.get(number)
            case Derivation(name, label="key", value=value) if name.startswith(self._peer):
                self._key = value
            case Derivation(name, label="iv", value=value) if name.startswith(self._peer):
                assert self._suite is not None
                self.epochs.append(_Epoch(name.removesuffix(": iv"), self._suite, self._key, value))
            case PlainRecord("read", header, content_type, content):
                self._take(content_type, content, 0, len(header + content))
            case PlainRecord("skip", header, _, content):
                self._take(None, header + content, 0, len(header + content))
            case ProtectedRecord(
                "open", header=header, content_type=content_type, content=content, sealed=sealed
            ):
                now = self.epochs[-1]
                self.epochs[-1] = dataclasses.replace(now, size=max(now.size, len(content)))
                self._take(content_type, content, len(self.epochs), len(header + sealed))

    def _take(self, content_type: ContentType | None, content: bytes, epoch: int, size: int) -> None:
        self._records.append((content_type, content, epoch))
        self._size += size

    def script(self, received: bytes) -> tuple[Speech, ...]:
        """All that was received, message by message."""
        return tuple(speech for speech in self._speeches(received) if speech.content)

    def _speeches(self, received: bytes) -> Iterator[Speech]:
        begun, epoch = bytearray(), 0  # of a message
        for content_type, content, epoch in self._records:
            if content_type is ContentType.HANDSHAKE:
                begun += content
                while raw := _first_message(begun):
                    del begun[: len(raw)]
                    yield Speech(_name_of(raw), content_type, raw, epoch)
            else:
                name = "skipped record" if content_type is None else content_type.name.lower()
                yield Speech(name, content_type, content, epoch)
        yield Speech("part of a message", ContentType.HANDSHAKE, bytes(begun), epoch)
        yield Speech("unopened bytes", None, received[self._size :], 0)


def _first_message(begun: bytearray) -> bytes:
    """The first whole message in these bytes, header included; nothing if it is not whole yet."""
    end = HEADER_SIZE + int.from_bytes(begun[1:HEADER_SIZE], "big")
    return bytes(begun[:end]) if HEADER_SIZE <= len(begun) >= end else b""


def _name_of(raw: bytes) -> str:
    try:
        return type(messages.decode(raw)).__name__
    except (*errors.PEER_FAULTS, ValueError):
        return constants.name_of(HandshakeType, raw[0])


class _Watch:
    """An observer that tells what has happened since it was last asked."""

    def __init__(self) -> None:
        self._trace = Trace()

    def __call__(self, event: object) -> None:
        self._trace(event)

    def told(self) -> tuple[Told, ...]:
        trace, self._trace = self._trace, Trace()
        return tuple(trace.told())


def _hear(connection: Connection, wire: bytes) -> tuple[tuple[Event, ...], Refusal | None]:
    """Give our end these bytes; what it makes of them, and whether that was the end."""
    try:
        events = connection.receive_data(wire)
    except Exception as error:  # our own fault, or that of what is on the tape: it ends in internal_error
        return (), Refusal(error, source.of_traceback(error))
    last = events[-1] if events else None
    if isinstance(last, ConnectionFailed):
        return tuple(events[:-1]), Refusal(last.error, source.of_traceback(last.error))
    return tuple(events), None
