"""The cases: named once, ours each, the same input each time; and the report's choice of them."""

from collections import Counter

import pytest

from benchmarks import cases, talks
from benchmarks.contenders import Contender, glassbox
from benchmarks.talks import Meter

EVERYTHING = cases.everything()
NAMES = [case.name for case in EVERYTHING]


def test_names_are_unique() -> None:
    assert [name for name, times in Counter(NAMES).items() if times > 1] == []


@pytest.mark.parametrize("case", EVERYTHING, ids=lambda case: case.name)
def test_every_case_has_at_least_ours(case: cases.Case) -> None:
    assert glassbox.Library().can(*case.works)


@pytest.mark.parametrize(
    "group",
    [
        *("SHA-256", "SHA-512", "ChaCha20-Poly1305 seal", "ChaCha20-Poly1305 open"),
        *("AES-128-GCM seal", "AES-128-GCM open"),
    ],
)
def test_hash_and_aead_are_timed_at_every_size(group: str) -> None:
    sizes = [case.size for case in EVERYTHING if case.group == group]
    assert sizes == [16, 64, 256, 1024, 16 * 1024, 1024 * 1024]


def test_the_input_is_the_same_each_time_and_of_the_size_that_is_said() -> None:
    assert cases.some_bytes(100) == cases.some_bytes(100)
    assert cases.some_bytes(100) != cases.some_bytes(100, 1)
    assert len(cases.some_bytes(12345)) == 12345


@pytest.mark.parametrize(
    ("size", "name"),
    [(16, "16 B"), (1024, "1 KiB"), (1500, "1500 B"), (2**20, "1 MiB"), (3 * 2**30, "3 GiB")],
)
def test_sizes_are_said_as_people_say_them(size: int, name: str) -> None:
    assert cases.size_name(size) == name


class FakeEnd:
    """Speaks for a while; each thing it does takes its seconds."""

    def __init__(self, clock: "FakeClock", seconds: float, flights: int) -> None:
        self._clock, self._seconds, self._flights = clock, seconds, flights
        clock.now += seconds

    @property
    def agreed(self) -> tuple[str, str] | None:
        return None if self._flights > 0 else ("TLSv1.3", "a suite")

    @property
    def resumed(self) -> bool:
        return False

    def receive(self, data: bytes) -> bytes:
        self._clock.now += self._seconds
        self._flights -= 1
        return b"flight" if self._flights >= 0 else b""

    def seal(self, data: bytes) -> bytes:
        self._clock.now += self._seconds
        return b"sealed in %d s " % self._seconds + data

    def open(self, data: bytes) -> bytes:
        self._clock.now += self._seconds
        return data + b" and opened in %d s" % self._seconds


class FakeClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Fake(Contender):
    name = "fake"

    def __init__(self, clock: FakeClock, flights: int = 2) -> None:
        self._clock, self._flights = clock, flights

    def client(self, _credentials: object) -> FakeEnd:
        return FakeEnd(self._clock, 1.0, self._flights)

    def server(self, _credentials: object) -> FakeEnd:
        return FakeEnd(self._clock, 10.0, self._flights)

    def acquainted(self, _credentials: object) -> "Fake":
        self._clock.now += 100.0
        return self

    hybrid = acquainted


def test_each_side_has_its_own_clock_which_stands_still_while_the_other_works() -> None:
    clock = FakeClock()
    client, server = Meter(clock), Meter(clock)
    talks.handshake(Fake(clock), talks.credentials(), client, server)
    rounds = client() - 1  # the first second made the end
    assert rounds >= 2
    assert server() == 10 * (1 + rounds)
    assert clock.now == client() + server()


@pytest.mark.parametrize("kind", ["handshake", "resumed handshake", "hybrid handshake"])
@pytest.mark.parametrize(("timed", "seconds"), [("both ends", 44.0), ("client", 4.0), ("server", 40.0)])
def test_a_handshake_is_timed_where_the_case_says(
    kind: str, timed: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the first meeting, where there has to be one, is not."""
    clock = FakeClock()
    monkeypatch.setattr(cases, "Meter", lambda: Meter(clock))
    (case,) = [case for case in EVERYTHING if case.name == f"{kind}, {timed}"]
    job = case.prepare(Fake(clock))
    for calls in (1, 2):
        assert job.run() == ("TLSv1.3", False)
        assert job.clock() == calls * seconds


@pytest.mark.parametrize(
    ("direction", "way"),
    [
        ("client to server", (b"sealed in 1 s ", b" and opened in 10 s")),
        ("server to client", (b"sealed in 10 s ", b" and opened in 1 s")),
    ],
)
def test_a_transfer_goes_where_the_case_says(direction: str, way: tuple[bytes, bytes]) -> None:
    """And its time is that of sealing and opening, without a handshake."""
    clock = FakeClock()
    (case,) = [case for case in EVERYTHING if case.name == f"transfer, {direction}"]
    job = case.prepare(Fake(clock))
    before = clock.now
    answer = job.run()
    assert clock.now - before == 11.0
    assert (answer[: len(way[0])], answer[-len(way[1]) :]) == way
    assert len(answer) == case.size + len(way[0]) + len(way[1])


def test_a_handshake_that_does_not_end_is_an_error() -> None:
    clock = FakeClock()
    with pytest.raises(AssertionError, match="fake did not complete"):
        talks.handshake(Fake(clock, 1000), talks.credentials(), Meter(clock), Meter(clock))


def test_credentials_are_made_once_and_can_be_read() -> None:
    made = talks.credentials()
    assert made is talks.credentials()
    assert made.chain.count("BEGIN CERTIFICATE") == 1
    assert "BEGIN PRIVATE KEY" in made.private_key
