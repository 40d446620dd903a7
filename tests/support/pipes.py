"""Two wires that are tied together, for channels that are tried in one thread."""

from collections import deque

from journey.errors import EndOfStream


class Pipe:
    """One end: what it sends, the other end receives.  Nobody waits: what is not there yet is an error."""

    def __init__(self, incoming: deque[bytes | None], outgoing: deque[bytes | None]) -> None:
        self.incoming = incoming
        self.outgoing = outgoing

    def send(self, frame: bytes) -> None:
        self.outgoing.append(frame)

    def receive(self) -> bytes:
        frame = self.incoming[0]  # IndexError: a party would wait here for ever
        if frame is None:
            raise EndOfStream("closed")
        return self.incoming.popleft() or b""

    def close(self) -> None:
        self.outgoing.append(None)


def pair() -> tuple[Pipe, Pipe]:
    """Both ends of a wire."""
    one: deque[bytes | None] = deque()
    other: deque[bytes | None] = deque()
    return Pipe(one, other), Pipe(other, one)
