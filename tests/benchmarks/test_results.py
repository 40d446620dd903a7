"""A run survives being written down, and says who was best."""

import json
import math
from typing import Any

import pytest

from benchmarks import results
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.results import ALL, Best
from tests.support import made_up_run


def test_a_run_comes_back_from_json_as_it_was() -> None:
    run = made_up_run.run()
    assert results.from_json(json.loads(json.dumps(results.to_json(run)))) == run


def test_a_part_of_the_cases_comes_back_too() -> None:
    run = results.Run(made_up_run.MACHINE, True, 1.0, made_up_run.PEERS, [], made_up_run.run().cases[:2])
    assert results.from_json(json.loads(json.dumps(results.to_json(run)))) == run


@pytest.mark.parametrize("data", [{}, {"machine": {}}, [], None])
def test_something_else_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"is no dict|has the fields"):
        results.from_json(data)


FIGURE = ("cases", 0, "figures", OURS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(((field,), 5) for field in ("machine", "quick", "peers", "cases", "startup", "counts", "prices")),
        *(((field,), []) for field in ("machine", "counts", "seconds", "waterfalls")),
        *((("machine",), machine) for machine in ({}, {**made_up_run.MACHINE, "cores": 2})),
        *(((*FIGURE, "seconds"), seconds) for seconds in ("x", None, True, 0, -1.0, math.nan, math.inf)),
        *((FIGURE, figure) for figure in ([], {}, {"seconds": 1.0, "rounds": 1, "calls": 1, "more": 1})),
        *(((*FIGURE, "rounds"), rounds) for rounds in (1.5, "1", None)),
        *(((*FIGURE[:-1],), figures) for figures in ([], {OURS: 1.0}, {OURS: None})),
        *((("cases", 0, "size"), size) for size in ("16", 1.5)),
        *((("counts", "SHA-256 16 B", 0), count) for count in ([], ["^", 1, 1], ["^", 1, 1, 1, 1], {})),
        *((("waterfalls", kind, "shares", 0, "seconds"), 0.0) for kind in ("full", "resumed")),
        (("waterfalls", "full", "steps", 0), {}),
        (("waterfalls", "resumed"), None),
        (("startup", "first_use"), {"SHA-256": "fast"}),
        (("peers", 0, "hashes_itself"), "yes"),
    ],
    ids=repr,
)
def test_a_damaged_run_is_refused(path: tuple[str | int, ...], value: object) -> None:
    data: Any = json.loads(json.dumps(results.to_json(made_up_run.run())))
    results.from_json(data)
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(ValueError, match=r"."):
        results.from_json(data)


def test_a_run_from_when_only_full_handshakes_were_taken_apart_is_refused() -> None:
    data: Any = json.loads(json.dumps(results.to_json(made_up_run.run())))
    data["waterfall"] = data.pop("waterfalls")["full"]
    with pytest.raises(ValueError, match="Run has the fields"):
        results.from_json(data)


def test_shares_are_added_up_by_side_and_name() -> None:
    fall = made_up_run.FULL
    assert fall.total("SHA-256*", side="client") == (20, pytest.approx(0.002))
    assert fall.total("* sign", "* verify") == (3, pytest.approx(0.004))
    assert fall.total(ALL) == (53, pytest.approx(0.010))
    assert fall.total() == fall.total("RSA sign") == (0, 0.0)


def test_what_is_done_in_either_handshake_has_a_name_the_longest_of_the_full_one_first() -> None:
    falls = made_up_run.WATERFALLS
    assert falls.names("client") == ["Ed25519 verify", "SHA-256 block", "everything else"]
    assert falls.names("server") == ["SHA-256 block", "Ed25519 sign", "HMAC"]
    assert falls.names("nobody") == []


def test_a_round_number_of_seconds_may_be_written_without_a_point() -> None:
    data: Any = json.loads(json.dumps(results.to_json(made_up_run.run())))
    data["seconds"] = 200
    assert results.from_json(data) == made_up_run.run()


def test_the_best_is_the_fastest_of_its_language_and_never_we_ourselves() -> None:
    run = made_up_run.run(ecdsa=0.5)
    timed = run.cases[0]
    assert results.best(run, timed, PYTHON) == Best("ecdsa", 0.5e-6)
    assert results.best(run, timed, C) == Best("hashlib", 0.01e-6)
    alone = results.Timed("x", "x", None, {OURS: timed.figures[OURS]})
    assert results.best(run, alone, C) is None
