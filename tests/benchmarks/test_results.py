"""A run survives being written down, and says who was best."""

import json

import pytest

from benchmarks import results
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.results import Best
from tests.support import made_up_run


def test_a_run_comes_back_from_json_as_it_was() -> None:
    run = made_up_run.run()
    assert results.from_json(json.loads(json.dumps(results.to_json(run)))) == run


def test_a_part_of_the_cases_comes_back_too() -> None:
    run = results.Run(made_up_run.MACHINE, True, 1.0, made_up_run.PEERS, [], made_up_run.run().cases[:2])
    assert results.from_json(json.loads(json.dumps(results.to_json(run)))) == run


@pytest.mark.parametrize("data", [{}, {"machine": {}}, [], None])
def test_something_else_is_refused(data: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        results.from_json(data)  # type: ignore[arg-type]


def test_the_best_is_the_fastest_of_its_language_and_never_we_ourselves() -> None:
    run = made_up_run.run(ecdsa=0.5)
    timed = run.cases[0]
    assert results.best(run, timed, PYTHON) == Best("ecdsa", 0.5e-6)
    assert results.best(run, timed, C) == Best("hashlib", 0.01e-6)
    alone = results.Timed("x", "x", None, {OURS: timed.figures[OURS]})
    assert results.best(run, alone, C) is None
