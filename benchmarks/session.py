"""One run of the report, from finding the contenders to the last figure, under a bar that fills up."""

import time
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    contenders,
    counting,
    limits,
    machine,
    measure,
    observing,
    operations,
    startup,
    waterfall,
)
from benchmarks.cases import Case
from benchmarks.contenders import Contender
from benchmarks.results import Peer, Run

PROCESSES, PROCESSES_QUICK = 7, 3


def run(chosen: Sequence[Case], *, quick: bool, whole: bool, console: Console) -> Run:
    """Time these cases, and in a whole run what is no case: start-up, waterfalls, CPython's operations."""
    started = time.perf_counter()
    present, absent = contenders.find()
    effort = measure.QUICK if quick else measure.FULL
    with _bar(console) as bar:
        task = bar.add_task("", total=len(chosen) + (5 if whole else 0))

        def now(what: str) -> None:
            bar.update(task, description=what, advance=1 if bar.tasks[task].description else 0)

        found = Run(
            machine=machine.describe(),
            quick=quick,
            seconds=0.0,
            peers=[_peer(contender) for contender in present],
            absent=absent,
            cases=measure.run(chosen, present, effort, lambda case: now(case.name)),
        )
        if whole:
            now("CPython's own operations")
            prices = operations.measure(measure.QUICK)
            now("operations of ours")
            counts = counting.of(limits.CASES)
            now("the waterfalls of two handshakes")
            falls = waterfall.measure()
            now("handshakes that nobody can look into")
            looked = observing.measure(observing.ROUNDS_QUICK if quick else observing.ROUNDS)
            now("fresh processes")
            paid = startup.measure(PROCESSES_QUICK if quick else PROCESSES)
            found = replace(
                found, prices=prices, counts=counts, waterfalls=falls, observing=looked, startup=paid
            )
    return replace(found, seconds=time.perf_counter() - started)


def _peer(contender: Contender) -> Peer:
    return Peer(
        contender.name, contender.version, contender.language, contender.hashes_itself, contender.note
    )


def _bar(console: Console) -> Progress:
    columns = (BarColumn(30), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    return Progress(
        *columns,
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
