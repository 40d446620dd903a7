"""The wire: frames go in at one end and come out at the other, unless somebody sits in between.

A rung sees only this much: `wire.send(frame)`, `frame = wire.receive()`, `wire.close()`.  A frame arrives
whole or not at all, so no rung has to find out where one ends.  Each honest party runs in a thread of its
own, so its code can simply wait for the next frame.

Somebody does sit in between.  Every party's wire ends in a `Leg`, and the attacker holds all the legs:

    client == wire ==> Leg client | attacker | Leg server <== wire == server

Nobody can hang here.  The attacker is told at once when the party at the end of a leg waits for a frame and
so will send nothing by itself (`Silence`); a party is told when its wire has been closed (`EndOfStream`).
Both are states and no guesses: no time limit is involved, except one that only a bug can reach.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from journey.errors import EndOfStream

PATIENCE = 60.0  # seconds.  Nothing waits so long; if something does, it is an error and no hang.


class Wire(Protocol):
    """What a rung is given to speak through."""

    def send(self, frame: bytes) -> None:
        """Put one frame on the wire."""

    def receive(self) -> bytes:
        """Wait for the next frame and return it; EndOfStream when no more will come."""

    def close(self) -> None:
        """Say that no more frames will be sent.  Those of the other side can still be received."""


class Silence(EndOfStream):
    """The party at the other end is waiting for us: it will send nothing before it gets something."""


class Direction:
    """One way of a wire: a queue of frames, and who waits for them."""

    def __init__(self, changed: threading.Condition, tap: Callable[[bytes], None]) -> None:
        self.changed = changed  # guards everything below; both directions of a wire share it
        self.tap = tap  # is shown every frame
        self.frames: deque[bytes] = deque()
        self.underway = 0  # frames and closings that were sent but have not come out yet
        self.ending = False  # the end has been sent
        self.closed = False  # and has come out
        self.awaited = False  # somebody waits here for a frame

    def put(self, frame: bytes) -> None:
        """Send a frame.  After the end it vanishes, as what is sent to a dead computer does."""
        with self.changed:
            if self.ending:
                return
            self.tap(frame)
            self.underway += 1
        self.carry(frame)

    def end(self) -> None:
        with self.changed:
            if self.ending:
                return
            self.ending = True
            self.underway += 1
        self.carry(None)

    def carry(self, frame: bytes | None) -> None:
        """Move a frame, or the end, from here to there: at once, within this process."""
        self.arrive(frame)

    def arrive(self, frame: bytes | None) -> None:
        with self.changed:
            self.underway -= 1
            if frame is None:
                self.closed = True
            else:
                self.frames.append(frame)
            self.changed.notify_all()

    def take(self, hopeless: Callable[[], bool] = lambda: False) -> bytes:
        """Wait for a frame.  EndOfStream at the end, Silence if `hopeless` says that none will come."""
        with self.changed:
            self.awaited = True
            self.changed.notify_all()
            try:
                self.wait_until(lambda: bool(self.frames) or self.closed or self._quiet(hopeless))
            finally:
                self.awaited = False
            if self.frames:
                return self.frames.popleft()
            raise EndOfStream("the stream has ended") if self.closed else Silence("waits for a frame itself")

    def starved(self) -> bool:
        """Whether somebody waits here, and nothing is on its way to him."""
        return self.awaited and not (self.frames or self.underway or self.closed)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        if not self.changed.wait_for(condition, PATIENCE):
            raise TimeoutError(f"nothing has moved on this wire for {PATIENCE:.0f} seconds: a bug")

    def _quiet(self, hopeless: Callable[[], bool]) -> bool:
        return not self.underway and hopeless()


class End:
    """A party's end of its wire."""

    def __init__(self, incoming: Direction, outgoing: Direction) -> None:
        self.incoming = incoming
        self.outgoing = outgoing

    def send(self, frame: bytes) -> None:
        self.outgoing.put(frame)

    def receive(self) -> bytes:
        return self.incoming.take()

    def close(self) -> None:
        self.outgoing.end()


class Leg:
    """The attacker's end of a party's wire.  It is a wire itself, so honest code can be run on it."""

    def __init__(self, party: str, from_party: Direction, to_party: Direction) -> None:
        self.party = party  # who is at the other end
        self.ended = False  # the party has closed its side, and we have received all that it sent
        self.received: list[bytes] = []  # every frame that came from the party
        self._from_party = from_party
        self._to_party = to_party
        self._gone = False

    def send(self, frame: bytes) -> None:
        """Let the party receive this frame, as if it came from its peer."""
        self._to_party.put(frame)

    def receive(self) -> bytes:
        """The next frame that the party sends; Silence if it sends none until it gets one."""
        try:
            frame = self._from_party.take(hopeless=self._to_party.starved)
        except Silence:
            raise
        except EndOfStream:
            self.ended = True
            raise
        self.received.append(frame)
        return frame

    def close(self) -> None:
        """Let the party believe that its peer has closed the wire."""
        self._to_party.end()

    def __iter__(self) -> Iterator[bytes]:
        """All frames that the party sends without being answered."""
        while True:
            try:
                frame = self.receive()
            except EndOfStream:
                return
            yield frame

    def settle(self) -> None:
        """Wait until the party has dealt with everything that it was sent."""
        with self._to_party.changed:
            self._to_party.wait_until(lambda: self._gone or self._to_party.starved())

    def party_is_gone(self) -> None:
        """Called by the party's thread as its last deed."""
        with self._to_party.changed:
            self._gone = True
            self._to_party.changed.notify_all()


class Recording:
    """A wire that plays recorded frames to whoever listens, and forgets what is said to it."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = deque(frames)

    def send(self, frame: bytes) -> None:
        pass

    def receive(self) -> bytes:
        if not self._frames:
            raise EndOfStream("the recording has ended")
        return self._frames.popleft()

    def close(self) -> None:
        pass


Tap = Callable[[str, bool, bytes], None]  # whose wire, whether towards the party, the frame


class Memory:
    """Lays wires within this process."""

    def lay(self, party: str, tap: Tap) -> tuple[End, Leg]:
        """A party's end of a new wire, and the attacker's."""
        changed = threading.Condition()
        to_party = Direction(changed, lambda frame: tap(party, True, frame))
        from_party = Direction(changed, lambda frame: tap(party, False, frame))
        return End(to_party, from_party), Leg(party, from_party, to_party)
