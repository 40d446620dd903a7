"""Who takes turns with whom, and which of the times counts.

Machines drift: they warm up, other programs come and go.  So the contenders of a case take turns, round by
round, and each round begins with another one; whoever was there in a bad minute, all were.  A turn is as
many calls as fit a slice of time, and its time is the processor's for this process alone.  What counts is
the fastest round: nothing makes a program faster than it is, and everything else makes it slower.  The
garbage collector rests while a turn lasts, and runs before it.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.cases import Case, Job
from benchmarks.contenders import OURS, Absent, Contender
from benchmarks.results import Figure, Timed


@dataclass(frozen=True)
class Effort:
    """How much time is spent.

    slice       seconds of a turn, at least one call
    rounds      turns of each contender
    patience    seconds for all turns of one contender; one turn is always had
    limit       seconds of a call that is too long to be waited for, as far as a smaller size tells
    """

    slice: float
    rounds: int
    patience: float
    limit: float


FULL = Effort(slice=0.008, rounds=50, patience=0.6, limit=3.0)
QUICK = Effort(slice=0.002, rounds=15, patience=0.1, limit=0.3)


class WrongAnswer(Exception):
    """A contender that does not do what the others do."""


def admit(case: Case, contenders: Sequence[Contender]) -> tuple[dict[str, Job], list[Absent]]:
    """The jobs of those who can do it and do it right, and who cannot be timed, and why.

    The first contender's answer is the one that the others are held to: we ourselves.
    """
    jobs: dict[str, Job] = {}
    absent: list[Absent] = []
    expected: object = None
    for contender in contenders:
        if not contender.can(*case.works):
            continue
        try:
            job = case.prepare(contender)
            answer = job.run()
            if not jobs:
                expected = answer
            check(case, contender, answer, expected)
        except Exception as error:  # a peer's bug must not end the run
            if contender.name == OURS:
                raise
            absent.append(Absent(contender.name, f"{type(error).__name__}: {error}".splitlines()[0]))
        else:
            jobs[contender.name] = job
    return jobs, absent


def check(case: Case, contender: Contender, answer: object, expected: object) -> None:
    """Raise WrongAnswer unless the answer is the expected one, and spoilt input is refused."""
    if answer is None or answer != expected:
        raise WrongAnswer(f"another answer than {OURS}'s")
    if case.spoil is not None and _succeeds(case.spoil, contender, expected):
        raise WrongAnswer("spoilt input is not refused")


def _succeeds(spoil: Callable[[Contender], Job], contender: Contender, expected: object) -> bool:
    try:
        return bool(spoil(contender).run() == expected)
    except Exception:  # each library refuses in its own way
        return False


def take_turns(jobs: dict[str, Job], effort: Effort) -> dict[str, Figure]:
    """Time each job in interleaved rounds."""
    calls = {name: _calls_in(effort.slice, job) for name, job in jobs.items()}
    spent = dict.fromkeys(jobs, 0.0)
    turns: dict[str, list[float]] = {name: [] for name in jobs}  # seconds of a call, one each round
    for round_number in range(effort.rounds):
        for name in _from(round_number, list(jobs)):
            if turns[name] and spent[name] >= effort.patience:
                continue
            seconds = turn(jobs[name], calls[name])
            spent[name] += seconds
            turns[name].append(seconds / calls[name])
    return {name: Figure(min(seconds), len(seconds), calls[name]) for name, seconds in turns.items()}


def _from(first: int, names: list[str]) -> Iterator[str]:
    """All names, beginning with another one each round."""
    for i in range(len(names)):
        yield names[(first + i) % len(names)]


def _calls_in(seconds: float, job: Job) -> int:
    """How many calls fit, at least one."""
    once = turn(job, 1)
    if once >= seconds:
        return 1
    enough = max(1, int(seconds / 10 / max(once, 1e-9)))  # the first call is not to be trusted
    return max(1, int(seconds / max(turn(job, enough) / enough, 1e-9)))


def turn(job: Job, calls: int) -> float:
    """Seconds for this many calls, by the job's own clock."""
    run, clock = job.run, job.clock
    repeat = range(calls)
    gc.collect()
    gc.disable()
    try:
        start = clock()
        for _ in repeat:
            run()
        return clock() - start
    finally:
        gc.enable()


def run(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    effort: Effort,
    progress: Callable[[Case], None] = lambda case: None,
) -> list[Timed]:
    """Time every case, and say who could not be timed at which."""
    gc.collect()
    gc.freeze()  # what is there now will stay: no collection before a turn looks at it again
    results: list[Timed] = []
    try:
        for case in cases:
            progress(case)
            able, absent = _patient_with(case, contenders, results, effort.limit)
            jobs, wrong = admit(case, able)
            results.append(Timed(case.name, case.group, case.size, take_turns(jobs, effort), absent + wrong))
    finally:
        gc.unfreeze()
    return results


def _patient_with(
    case: Case, contenders: Sequence[Contender], results: Sequence[Timed], limit: float
) -> tuple[list[Contender], list[Absent]]:
    """Leave out who took so long at a smaller size that a call of this one would take longer than `limit`."""
    able, absent = [], []
    for contender in contenders:
        expected = 0.0
        for timed in results:
            if timed.group == case.group and timed.size and case.size and contender.name in timed.figures:
                expected = timed.figures[contender.name].seconds / timed.size * case.size
        if expected > limit and contender.name != OURS:
            absent.append(Absent(contender.name, f"would take about {expected:.0f} s a call"))
        else:
            able.append(contender)
    return able, absent
