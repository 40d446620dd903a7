"""Memory stays flat however much is streamed through a connection; and if it did not, that would be seen."""

from typing import Any

import pytest

from benchmarks import stream, talks
from benchmarks.contenders.glassbox import Library
from benchmarks.stream import Resident, Sample, Traced
from benchmarks.talks import Meter

MIB = 2**20


def ends() -> tuple[Any, Any]:
    return talks.handshake(Library(), talks.credentials(), Meter(), Meter())


class Hoarder:
    """Keeps some bytes of everything that it receives: a leak."""

    def __init__(self, end: Any, kept: int) -> None:
        self._end, self._kept, self._hoard = end, kept, bytearray()

    def open(self, data: bytes) -> bytes:
        self._hoard += data[: self._kept]
        opened: bytes = self._end.open(data)
        return opened


def test_some_mebibytes_need_no_more_than_the_first() -> None:
    taken = list(stream.samples(2 * MIB, Traced(), piece=128 * 1024))
    assert [sample.sent for sample in taken] == [MIB // 8 * i for i in range(1, 17)]
    assert not stream.grows(taken, Traced())
    assert taken[-1].memory < 2 * MIB


def test_a_leak_of_some_bytes_a_record_would_be_seen() -> None:
    sender, receiver = ends()
    taken = list(stream.samples(2 * MIB, Traced(), (sender, Hoarder(receiver, 8000)), piece=128 * 1024))
    assert stream.grows(taken, Traced())


def test_the_other_direction_is_as_flat() -> None:
    client, server = ends()
    taken = list(stream.samples(MIB, Traced(), (server, client), piece=128 * 1024, intervals=4))
    assert not stream.grows(taken, Traced())


@pytest.mark.long
def test_a_gibibyte_stays_flat() -> None:
    taken = list(stream.samples(1024 * MIB, Resident()))
    assert taken[-1].sent == 1024 * MIB
    assert not stream.grows(taken, Resident())


def test_everything_is_sent_once_and_in_whole() -> None:
    class Counting:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def seal(self, data: bytes) -> bytes:
            self.sizes.append(len(data))
            return data

        def open(self, data: bytes) -> bytes:
            return data

    end: Any = Counting()
    taken = list(stream.samples(1000, Traced(), (end, end), piece=300, intervals=2))
    assert [sample.sent for sample in taken] == [600, 1000]
    assert end.sizes == [300, *(300, 300), *(300, 100)]


def test_what_arrives_has_to_be_what_was_sent() -> None:
    sender, receiver = ends()

    class Spoiler(Hoarder):
        def open(self, data: bytes) -> bytes:
            return super().open(data)[:-1] + b"?"

    with pytest.raises(AssertionError, match="something else arrived"):
        list(stream.samples(MIB, Resident(), (sender, Spoiler(receiver, 0))))


def test_the_gauge_of_the_system_sees_a_large_block() -> None:
    before = Resident().read()
    block = b"x" * (64 * MIB)
    assert Resident().read() > before + 32 * MIB
    del block


def test_growth_is_what_exceeds_the_first_interval_and_the_slack() -> None:
    slack = Traced.slack
    assert not stream.grows([Sample(1, 1000), Sample(2, 1000 + slack)], Traced())
    assert stream.grows([Sample(1, 1000), Sample(2, 1001 + slack), Sample(3, 1000)], Traced())


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GiB", 2**30), ("64 MiB", 64 * MIB), ("4096", 4096), ("16kib", 16384), ("5 B", 5)],
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    assert stream.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1MiB", "1.5GiB", "0", "1GB", "MiB", "٣MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        stream.parse_size(text)
