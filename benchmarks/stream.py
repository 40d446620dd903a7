"""Does memory stay flat?  Streams as much as one likes through a connection, and looks at intervals.

    for sample in stream.samples(2**30, Resident()): ...        what was sent so far, and the memory in use
    stream.grows(samples, Resident())                           whether later intervals needed more

Both ends are in this process and nothing is kept, so it needs what two connections need: some records, the
ints that seal and open them, and one piece of the stream.  A gauge says how much that is: `Resident` asks the
operating system about the process, `Traced` asks `tracemalloc` about every allocation, which is exact to the
byte and takes several times as long.
"""

import contextlib
import gc
import re
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import talks
from benchmarks.cases import some_bytes
from benchmarks.contenders import End
from benchmarks.contenders.glassbox import Library
from benchmarks.talks import Meter

PIECE = 256 * 1024  # bytes handed over at once
INTERVALS = 16
SUFFIXES = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class Gauge(Protocol):
    """Something that knows how much memory is in use.

    slack    bytes that a later interval may need more than the first one: the gauge's own coarseness
    """

    slack: int

    def watching(self) -> contextlib.AbstractContextManager[None]:
        """Where `read` may be called."""

    def read(self) -> int:
        """Bytes; what is highest since the last reading, where that is known."""


class Resident:
    """What the operating system has given to this process; the most that it ever was, if it does not tell."""

    slack = 2**20  # pages come and go by the hundred

    def watching(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def read(self) -> int:
        with contextlib.suppress(OSError):
            for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
                if line.startswith("VmRSS:"):
                    return 1024 * int(line.split()[1])
        import resource  # not on Windows

        unit = 1 if sys.platform == "darwin" else 1024  # bytes or KiB
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Traced:
    """What Python has allocated."""

    slack = 32 * 1024  # the samples themselves, and what the interpreter keeps for reuse

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        tracemalloc.start()
        try:
            yield
        finally:
            tracemalloc.stop()

    def read(self) -> int:
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()  # also lets go of what the interpreter keeps for reuse
        tracemalloc.reset_peak()
        return peak


@dataclass(frozen=True)
class Sample:
    """At the end of an interval."""

    sent: int  # bytes so far
    memory: int  # bytes, by the gauge


def parse_size(text: str) -> int:
    """1GiB, 64 MiB, 4096: in bytes.  ValueError if it is something else, or nothing."""
    match = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", text.strip(), re.ASCII)
    if match is None or match[2].upper() not in SUFFIXES or not int(match[1]):
        raise ValueError(f"{text!r} is no size: say 64MiB or 1GiB")
    return int(match[1]) * SUFFIXES[match[2].upper()]


def samples(
    total: int,
    gauge: Gauge,
    ends: tuple[End, End] | None = None,
    *,
    piece: int = PIECE,
    intervals: int = INTERVALS,
) -> Iterator[Sample]:
    """Send `total` bytes from the first end to the second, and look `intervals` times.

    A little is sent before, so that tables are built and buffers have their size.  AssertionError if
    anything else arrives than what was sent.
    """
    sender, receiver = ends or talks.handshake(Library(), talks.credentials(), Meter(), Meter())
    data = some_bytes(piece, 14)

    def send(size: int) -> int:
        part = data[:size]
        if receiver.open(sender.seal(part)) != part:
            raise AssertionError("something else arrived than what was sent")
        return len(part)

    with gauge.watching():
        send(piece)
        gauge.read()
        sent = 0
        for interval in range(1, intervals + 1):
            while sent < total * interval // intervals:
                sent += send(total - sent)
            yield Sample(sent, gauge.read())


def grows(taken: Sequence[Sample], gauge: Gauge) -> bool:
    """Whether any interval needed more than the first one."""
    return max(sample.memory for sample in taken) > taken[0].memory + gauge.slack
