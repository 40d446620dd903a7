"""Each round has one handshake of everyone, in changing order, and each is compared with the twin's."""

import gc
from collections import Counter
from itertools import permutations

import pytest

from benchmarks import measure, observing
from benchmarks.cases import Job
from benchmarks.observing import AGAIN, OFF, TRACED, TWIN
from benchmarks.results import Observing, Spread

ALL = [TWIN, OFF, AGAIN, TRACED]


def test_everyone_shakes_hands_once_a_round_and_is_timed_after_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log: list[str] = []
    monkeypatch.setattr(
        observing, "contestants", lambda: {name: lambda name=name: log.append(name) or [] for name in ALL}
    )

    def turn(job: Job, calls: int) -> float:
        """A machine that gets slower and slower."""
        assert calls == 1
        assert gc.get_freeze_count()
        job.run()
        return (1.25 if log[-1] == TRACED else 1.0) * 2 ** ((len(log) - 1) // len(ALL))

    monkeypatch.setattr(measure, "turn", turn)
    found = observing.measure(8)
    assert Counter(log) == dict.fromkeys(ALL, 8 + observing.UNMEASURED)
    assert log[: len(ALL)] != log[len(ALL) : 2 * len(ALL)]
    even = Spread(1.0, 1.0, 1.0)
    middle = 2.0 ** (observing.UNMEASURED + 3) * 1.5  # of the last eight rounds
    assert found == Observing(8, middle, {OFF: even, AGAIN: even, TRACED: Spread(1.25, 1.25, 1.25)})
    assert not gc.get_freeze_count()


def test_everyone_is_at_each_place_as_often_and_before_each_other_as_often() -> None:
    rounds = [observing.order(number, ALL) for number in range(2 * len(ALL))]
    assert {tuple(sorted(names)) for names in rounds} == {tuple(sorted(ALL))}
    for place in range(len(ALL)):
        assert set(Counter(names[place] for names in rounds).values()) == {2}
    before = Counter(
        (one, other)
        for names in rounds
        for one, other in permutations(ALL, 2)
        if names.index(one) < names.index(other)
    )
    assert set(before.values()) == {len(ALL)}


def test_ratios_are_taken_round_by_round() -> None:
    """What is slow in one round is slow for all: the medians of the seconds would say something else."""
    seconds = {TWIN: [1.0, 10.0, 2.0], OFF: [1.1, 11.0, 2.2], TRACED: [3.0, 15.0, 4.0]}
    found = observing.compared(seconds)
    assert (found.rounds, found.twin) == (3, 2.0)
    assert found.ratios[OFF].median == pytest.approx(1.1)
    assert found.ratios[TRACED].median == pytest.approx(2.0)
    assert TWIN not in found.ratios


@pytest.mark.parametrize(("count", "low", "high"), [(1, 0, 0), (5, 0, 4), (100, 40, 59), (400, 180, 219)])
def test_how_far_a_median_can_be_trusted(count: int, low: int, high: int) -> None:
    """The places of the two values, as tables of the binomial distribution have them."""
    values = [float(value) for value in range(count)][::-1]
    assert observing.spread(values) == Spread((count - 1) / 2, low, high)
