"""The cases under pytest-benchmark, one group a case:  pytest benchmarks/

    pytest benchmarks/ -k "X25519 or handshake"
    pytest benchmarks/ --benchmark-only --benchmark-compare

It times the contenders of a group one after the other; for ratios that a drifting machine cannot spoil, use
`python -m benchmarks`, which interleaves them.
"""

from typing import Any

import pytest

from benchmarks import cases, contenders, measure
from benchmarks.cases import Case
from benchmarks.contenders import Contender

PRESENT, _ = contenders.find()
PAIRS = [
    pytest.param(case, contender, id=f"{case.name}-{contender.name}")
    for case in cases.everything()
    for contender in PRESENT
    if contender.can(*case.works)
]


@pytest.mark.parametrize(("case", "contender"), PAIRS)  # type: ignore[untyped-decorator]
def test_speed(benchmark: Any, case: Case, contender: Contender) -> None:
    job = case.prepare(contender)
    ours = case.prepare(PRESENT[0])
    measure.check(case, contender, job.run(), ours.run())
    benchmark.group = case.name
    benchmark._timer = job.clock  # one side's own clock, where only that side is timed
    benchmark.extra_info["version"] = contender.version
    benchmark(job.run)
