"""Contenders take turns, the fastest round counts, and nobody is timed who does something else.

The clock is a fake: a job moves it by what the job is said to cost.
"""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks import measure
from benchmarks.cases import Case, Job
from benchmarks.contenders import OURS, Absent, Contender
from benchmarks.measure import Effort
from benchmarks.results import Figure


class World:
    """A clock, and jobs that take their time from it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []

    def clock(self) -> float:
        return self.now

    def job(self, name: str, *costs: float) -> Job:
        """A job that costs so many seconds, the last of them from then on."""
        left: Iterator[float] = iter(costs)

        def run() -> str:
            self.now += next(left, costs[-1])
            self.log.append(name)
            return "done"

        return Job(run, self.clock)


@pytest.fixture
def world() -> World:
    return World()


def test_contenders_take_turns_and_each_round_begins_with_another(world: World) -> None:
    jobs = {"a": world.job("a", 1.0), "b": world.job("b", 1.0), "c": world.job("c", 1.0)}
    measure.take_turns(jobs, Effort(slice=1.0, rounds=3, patience=100.0, limit=100.0))
    tried, timed = world.log[:3], world.log[3:]
    assert tried == ["a", "b", "c"]
    assert timed == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]


def test_the_fastest_round_counts(world: World) -> None:
    job = world.job("a", 9.0, 5.0, 3.0, 4.0)
    figures = measure.take_turns({"a": job}, Effort(slice=1.0, rounds=3, patience=100.0, limit=100.0))
    assert figures == {"a": Figure(seconds=3.0, rounds=3, calls=1)}


def test_a_turn_is_as_many_calls_as_fit(world: World) -> None:
    figures = measure.take_turns(
        {"a": world.job("a", 0.25)}, Effort(slice=8.0, rounds=2, patience=100.0, limit=100.0)
    )
    assert figures == {"a": Figure(seconds=0.25, rounds=2, calls=32)}


def test_who_is_slow_has_fewer_turns_and_at_least_one(world: World) -> None:
    jobs = {"slow": world.job("slow", 50.0), "fast": world.job("fast", 1.0)}
    figures = measure.take_turns(jobs, Effort(slice=1.0, rounds=5, patience=60.0, limit=100.0))
    assert figures["slow"].rounds == 2
    assert figures["fast"].rounds == 5
    impatient = Effort(slice=1.0, rounds=5, patience=0.0, limit=100.0)
    assert measure.take_turns(jobs, impatient)["slow"].rounds == 1


def test_the_garbage_collector_rests_while_a_turn_lasts(world: World) -> None:
    seen = []
    job = Job(lambda: seen.append(gc.isenabled()), world.clock)
    measure.take_turns({"a": job}, Effort(slice=0.0, rounds=2, patience=1.0, limit=1.0))
    assert seen and not any(seen)
    assert gc.isenabled()


def test_garbage_is_collected_before_a_turn_and_not_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure.gc, "collect", lambda: world.log.append("collect"))
    measure.take_turns({"a": world.job("a", 0.5)}, Effort(slice=1.0, rounds=2, patience=9.0, limit=9.0))
    tried, timed = ["collect", "a", "collect", "a"], ["collect", "a", "a"] * 2
    assert world.log == tried[: len(world.log) - len(timed)] + timed


@pytest.mark.parametrize("answer", [b"yes", ImportError("no")])
def test_what_is_there_already_is_left_alone_while_a_run_lasts(answer: object) -> None:
    """And not longer, however the run ends."""
    gc.unfreeze()  # what conftest.py has frozen
    frozen: list[int] = []
    impatient = Effort(slice=0.0, rounds=1, patience=0.0, limit=1.0)
    try:
        measure.run([SPEECH], [Says(OURS, answer)], impatient, lambda _: frozen.append(gc.get_freeze_count()))
    except ImportError:
        assert answer != b"yes"
    assert frozen[0] > 1000
    assert gc.get_freeze_count() == 0


class Says(Contender):
    """Gives this answer, whatever it is asked; and to spoilt input that one."""

    def __init__(self, name: str, answer: object, to_spoilt: object = None) -> None:
        self.name = name
        self.answer, self.to_spoilt = answer, to_spoilt

    def speak(self) -> None: ...


class Silent(Contender):
    name = "silent"


def _saying(attribute: str) -> Callable[[Contender], Job]:
    def prepare(contender: Contender) -> Job:
        answer: Any = getattr(contender, attribute)
        if isinstance(answer, Exception):
            raise answer
        return Job(lambda: answer)

    return prepare


SPEECH = Case("speech", "speech", None, ("speak",), _saying("answer"))
WITH_SPOILT = Case("speech", "speech", None, ("speak",), _saying("answer"), _saying("to_spoilt"))


def test_who_cannot_is_not_asked() -> None:
    jobs, absent = measure.admit(SPEECH, [Says(OURS, b"yes"), Silent()])
    assert (list(jobs), absent) == ([OURS], [])


@pytest.mark.parametrize("wrong", [b"no", None, False])
def test_another_answer_than_ours_is_not_timed(wrong: object) -> None:
    jobs, absent = measure.admit(SPEECH, [Says(OURS, b"yes"), Says("peer", b"yes"), Says("liar", wrong)])
    assert list(jobs) == [OURS, "peer"]
    assert absent == [Absent("liar", f"WrongAnswer: another answer than {OURS}'s")]


def test_no_answer_is_no_answer_even_if_all_agree() -> None:
    with pytest.raises(measure.WrongAnswer):
        measure.admit(SPEECH, [Says(OURS, None), Says("peer", None)])


def test_a_bytearray_is_as_good_as_bytes() -> None:
    jobs, _ = measure.admit(SPEECH, [Says(OURS, b"yes"), Says("peer", bytearray(b"yes"))])
    assert list(jobs) == [OURS, "peer"]


@pytest.mark.parametrize("refusal", [None, False, b"", ("error", "why"), ValueError("no")])
def test_spoilt_input_may_be_refused_in_any_way(refusal: object) -> None:
    jobs, absent = measure.admit(WITH_SPOILT, [Says(OURS, b"yes"), Says("peer", b"yes", refusal)])
    assert (list(jobs), absent) == ([OURS, "peer"], [])


def test_who_takes_spoilt_input_is_not_timed() -> None:
    jobs, absent = measure.admit(WITH_SPOILT, [Says(OURS, b"yes"), Says("blind", b"yes", b"yes")])
    assert list(jobs) == [OURS]
    assert absent == [Absent("blind", "WrongAnswer: spoilt input is not refused")]


def test_a_peer_that_fails_does_not_end_the_run() -> None:
    _, absent = measure.admit(SPEECH, [Says(OURS, b"yes"), Says("broken", ImportError("no such\nmodule"))])
    assert absent == [Absent("broken", "ImportError: no such")]


def test_our_own_failure_does() -> None:
    with pytest.raises(ImportError):
        measure.admit(SPEECH, [Says(OURS, ImportError("no"))])


def _sized(size: int, world: World) -> Case:
    """A byte costs the slow one a second, and us a thousandth."""

    def prepare(contender: Contender) -> Job:
        return world.job(contender.name, size * (0.001 if contender.name == OURS else 1.0))

    return Case(f"work {size} B", "work", size, (), prepare)


def test_who_would_take_too_long_at_the_next_size_is_left_out_by_name(world: World) -> None:
    told: list[str] = []
    results = measure.run(
        [_sized(2, world), _sized(40, world)],
        [Says(OURS, b""), Says("slow", b"")],
        Effort(slice=1.0, rounds=1, patience=1.0, limit=30.0),
        lambda case: told.append(case.name),
    )
    assert told == ["work 2 B", "work 40 B"]
    assert list(results[0].figures) == [OURS, "slow"]
    assert list(results[1].figures) == [OURS]
    assert results[1].absent == [Absent("slow", "would take about 40 s a call")]


def test_we_ourselves_are_never_left_out(world: World) -> None:
    results = measure.run(
        [_sized(1000, world), _sized(100_000, world)],
        [Says(OURS, b"")],
        Effort(slice=1.0, rounds=1, patience=1.0, limit=0.5),
    )
    assert all(OURS in timed.figures for timed in results)
