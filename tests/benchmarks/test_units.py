"""Figures have three digits and a unit that fits."""

import pytest

from benchmarks import units


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.00123, "1.23 ms"), (61.2e-6, "61.2 µs"), (12.0, "12.0 s"), (3e-10, "0.30 ns"), (123e-9, "123 ns")],
)
def test_durations(seconds: float, said: str) -> None:
    assert units.duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.3049, "1.30"), (13.04, "13.0"), (130.4, "130"), (1304.0, "1,300"), (0.012, "0.012")],
)
def test_digits(value: float, said: str) -> None:
    assert units.digits(value) == said


@pytest.mark.parametrize(("seconds", "said"), [(1e-7, "100 ns"), (1e-6, "1 µs"), (0.01, "10 ms"), (1, "1 s")])
def test_powers_of_ten(seconds: float, said: str) -> None:
    assert units.round_duration(seconds) == said


def test_rates_are_in_millions_of_bytes() -> None:
    assert units.rate(16384, 0.001) == "16.4 MB/s"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (1.0, 2.5, "2.50 x faster"),
        (2.5, 1.0, "2.50 x slower"),
        (1.0, 1.001, "as fast"),
        (1.001, 1.0, "as fast"),
    ],
)
def test_ratios_are_said_in_words(ours: float, theirs: float, said: str) -> None:
    assert units.versus(ours, theirs) == said
