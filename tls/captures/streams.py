"""TCP put together again: from segments in any order to what each side has said.  RFC 9293.

    for segment in ...: streams.add(segment)
    for stream in streams.all(): stream.chunks

Segments come twice, out of order, and overlapping; each byte is taken once.  Where something is missing the
stream of that direction ends: what comes after it cannot be understood without it.

Limits         MAX_STREAMS connections, and MAX_AHEAD bytes of each direction that wait for what is missing.
Tested by      tests/tls/test_streams.py
"""

import heapq
import itertools
from dataclasses import dataclass, field
from typing import TypeAlias

from handshake.constants import Role
from tls.captures.capture import CaptureError
from tls.captures.segments import Segment
from tls.captures.tcpip import ACK, SYN, Address

MAX_STREAMS = 10_000
MAX_AHEAD = 2**22  # bytes; a window of TCP is rarely larger
SEGMENT_SIZE = 64  # bytes that a waiting segment takes besides the bytes in it, roughly

Ends: TypeAlias = tuple[Address, Address]  # of a connection, the smaller first


@dataclass
class Stream:
    """One TCP connection: what was said in it, in the order in which it could be understood."""

    client: Address  # who called; where the capture has missed that, who spoke first
    server: Address
    chunks: list[tuple[Role, bytearray]] = field(default_factory=list)
    # By sender: after how many bytes something is missing.
    holes: dict[Role, int] = field(default_factory=dict)


class _Direction:
    """What one side says."""

    def __init__(self, first: int) -> None:
        self.first = first  # sequence number of its first byte
        self.said = 0  # bytes
        self._ahead: list[tuple[int, int, Segment]] = []  # by place in the stream; a heap
        self._ahead_size = 0
        self._count = itertools.count()  # so that no two of them compare equal
        self._broken = False

    @property
    def has_hole(self) -> bool:
        return self._broken or bool(self._ahead)

    def add(self, segment: Segment) -> bytearray:
        """Return what is new and follows on what was there."""
        new = bytearray()
        expected = (self.first + self.said) % 2**32
        sequence = segment.sequence + bool(segment.flags & SYN)  # which takes a number itself
        distance = (sequence - expected + 2**31) % 2**32 - 2**31  # numbers begin again after 2^32
        heapq.heappush(self._ahead, (self.said + distance, next(self._count), segment))
        self._ahead_size += SEGMENT_SIZE + len(segment.payload)
        while self._ahead and self._ahead[0][0] <= self.said and not self._broken:
            place, _, first = heapq.heappop(self._ahead)
            self._ahead_size -= SEGMENT_SIZE + len(first.payload)
            fresh = first.payload[self.said - place :]
            self.said += len(fresh)
            new += fresh
            self._broken = place + len(first.payload) + first.missing > self.said
        if self._ahead_size > MAX_AHEAD:
            self._broken = True
        if self._broken:
            self._ahead.clear()
        return new


class Streams:
    """The connections of a capture, as far as its segments have been added."""

    def __init__(self) -> None:
        self._streams: list[tuple[Stream, dict[Address, _Direction]]] = []
        self._current: dict[Ends, int] = {}  # which of them is the last one between these two

    def add(self, segment: Segment) -> None:
        """Take the next segment.  CaptureError if there are more than MAX_STREAMS connections."""
        if not (segment.payload or segment.missing or segment.flags & SYN):
            return
        ends = min(segment.source, segment.target), max(segment.source, segment.target)
        number = self._current.get(ends)
        calls = segment.flags & (SYN | ACK) == SYN
        if number is None or (calls and self._is_another(number, segment)):
            number = self._current[ends] = len(self._streams)
            if number == MAX_STREAMS:
                raise CaptureError(f"more than {MAX_STREAMS} connections: cut out what is of interest")
            answers = segment.flags & (SYN | ACK) == SYN | ACK
            called = (segment.target, segment.source) if answers else (segment.source, segment.target)
            self._streams.append((Stream(*called), {}))
        stream, directions = self._streams[number]
        direction = directions.get(segment.source)
        if direction is None:
            # The capture may begin in the middle, without a SYN: then with what comes first.
            first = (segment.sequence + bool(segment.flags & SYN)) % 2**32
            direction = directions[segment.source] = _Direction(first)
        new = direction.add(segment)
        sender: Role = "client" if segment.source == stream.client else "server"
        if new:
            if not stream.chunks or stream.chunks[-1][0] != sender:
                stream.chunks.append((sender, bytearray()))
            stream.chunks[-1][1].extend(new)
        if direction.has_hole:
            stream.holes[sender] = direction.said
        else:
            stream.holes.pop(sender, None)

    def all(self) -> list[Stream]:
        """The connections in the order of their beginnings, such as said nothing left out."""
        return [stream for stream, _ in self._streams if stream.chunks]

    def _is_another(self, number: int, call: Segment) -> bool:
        """Whether the same two ends meet anew, and this is not the same call repeated."""
        direction = self._streams[number][1].get(call.source)
        return direction is None or direction.first != (call.sequence + 1) % 2**32
