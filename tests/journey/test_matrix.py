"""The computed matrix is the declared one, and the declared one is the journey's plan."""

import functools
import json
from functools import partial

import pytest

from journey import ladder, matrix, readme, referee
from journey.attacks import Attack, changes_a_message
from journey.ladder import Rung
from journey.matrix import Row
from journey.referee import Outcome, Result
from journey.s00_plaintext import attack as a00
from tests.support import remembered

# What each attack is shown to win on, and the rung from which it is refused: the plan of the ladder.
PLAN = {
    "read": (0, 1),
    "change a bit": (0, 4),
    "reuse the keystream": (1, 2),
    "flip bits": (2, 3),
    "extend the length": (3, 4),
    "replay a record": (4, 5),
    "reorder records": (4, 5),
    "drop a record": (4, 5),
    "reflect a message": (5, 6),
    "repeat a connection": (6, 8),
    "forge after a restart": (7, 8),
    "open a recording": (8, 9),
    "solve the logarithm": (9, 10),
    "send degenerate shares": (10, 11),
    "sit in the middle": (11, 12),
    "replay a signature": (12, 13),
    "downgrade the cipher": (13, 14),
    "downgrade the group": (14, 15),
    "meet the client first": (15, 16),
    "another site's certificate": (16, 17),
    "an expired certificate": (16, 17),
    "pose as an authority": (16, 17),
    "sign outside the fence": (16, 17),
    "a wildcard for all": (16, 17),
    "a NUL in the name": (16, 17),
    "a client's certificate": (16, 17),
    "read the certificate": (17, 18),
    "cut the end": (18, 19),
    "open the past": (19, 20),
    "guess from the length": (20, 22),
    "read the server name": (21, 22),
}
HELD = {"go round in a circle": 17}  # wins nowhere: a danger that this rung brings with it, and holds against
OPEN_AT_THE_TOP = {"guess from the length", "read the server name"}
REOPENED = {"reuse the keystream": 7}
TOP = 21


@functools.cache
def whole() -> tuple[Row, ...]:
    """With one seed, so that most of what the cells compute is computed once."""
    with remembered.primitives():
        return tuple(matrix.compute(ladder.rungs(), ladder.rungs(), partial(referee.play, seed="the matrix")))


def test_every_cell_is_as_declared() -> None:
    assert [f"{c.attack.name} on {c.rung.number}: {c.outcome}" for c in matrix.surprises(whole())] == []


def test_the_matrix_is_complete() -> None:
    rungs = [rung.number for rung in ladder.rungs()]
    assert [row.attack.name for row in whole()] == [a.name for rung in ladder.rungs() for a in rung.attacks]
    for row in whole():
        assert [cell.rung.number for cell in row.cells] == rungs


@pytest.mark.parametrize("name", PLAN)
def test_each_attack_follows_the_plan(name: str) -> None:
    shown, ended = PLAN[name]
    (row,) = (row for row in whole() if row.attack.name == name)
    assert row.home.number == shown
    won = [cell.rung.number for cell in row.cells if cell.outcome.result is Result.SUCCEEDS]
    assert shown in won
    assert [number for number in won if number >= ended] == ([REOPENED[name]] if name in REOPENED else [])


def test_nothing_is_left_out_of_the_plan() -> None:
    assert {row.attack.name for row in whole() if row.attack.wins} == set(PLAN)


def test_at_the_top_nothing_wins_that_is_not_declared_open() -> None:
    won = {
        cell.attack.name
        for row in whole()
        for cell in row.cells
        if cell.rung.number == TOP and cell.outcome.result is Result.SUCCEEDS
    }
    assert won == OPEN_AT_THE_TOP


def test_every_attack_wins_where_it_is_shown() -> None:
    """Or nowhere, if it is there to take the place of another one at the top, or to be held against."""
    translations = {row.attack.translation for row in whole()}
    for row in whole():
        if row.attack.wins:
            assert row.attack.wins_on(row.home.number), row.attack.name
        elif row.attack.name in HELD:
            assert row.home.number == HELD[row.attack.name]
            (here,) = (cell for cell in row.cells if cell.rung == row.home)
            assert here.outcome.result is Result.REFUSED
        else:
            assert row.home.number == TOP
            assert row.attack.name in translations


def test_refusals_have_a_place_and_lacks_a_name() -> None:
    for row in whole():
        for cell in row.cells:
            if cell.outcome.result is Result.REFUSED:
                file, line = str(cell.outcome.where).rsplit(":", 1)
                assert (ladder.HERE.parent / file).is_file()
                assert int(line) > 0
            if cell.outcome.result is Result.DOES_NOT_APPLY:
                assert cell.outcome.why


def test_what_does_not_apply_at_the_top_is_translated() -> None:
    names = {row.attack.name for row in whole()}
    for row in whole():
        for cell in row.cells:
            if cell.rung.number == TOP and cell.outcome.result is Result.DOES_NOT_APPLY:
                assert row.attack.translation in names, row.attack.name


def test_a_reopening_is_owned_up_to() -> None:
    """Where an attack wins again after it had been stopped, the rung's README says so."""
    reopened = 0
    for row in whole():
        for first, _ in row.attack.wins[1:]:
            gives_up = readme.sections(ladder.rung(first))["What it gives up"]
            assert f"*{row.attack.name}*" in gives_up.replace("\n", " ")
            reopened += 1
    assert reopened >= len(REOPENED)


def test_intervals_are_in_order() -> None:
    for row in whole():
        edges = [edge for interval in row.attack.wins for edge in interval]
        assert edges == sorted(edges)
        assert all(
            first > last + 1
            for (_, last), (first, _) in zip(row.attack.wins, row.attack.wins[1:], strict=False)
        )


def test_a_surprise_is_seen() -> None:
    wrong = Attack("a test", a00.change, changes_a_message, wins=((1, 2),))
    home = Rung(0, "s00_plaintext", ladder.rung(0).channel)
    home.__dict__["attacks"] = (wrong,)
    rows = matrix.compute(ladder.rungs()[:5], [home])
    assert [cell.rung.number for cell in matrix.surprises(rows)] == [0, 3]


def test_the_report_is_plain_data() -> None:
    def play(attack: Attack, rung: Rung) -> Outcome:
        return Outcome(Result.REFUSED, "a.py:1", "because")

    rows = matrix.compute(ladder.rungs()[:1], ladder.rungs()[:1], play)
    report = json.loads(json.dumps(matrix.report(rows)))
    assert report[1] == {
        "attack": "change a bit",
        "shown_on": 0,
        "declared": [[0, 3]],
        "needs_stolen": [],
        "cells": [
            {"rung": 0, "result": "refused", "where": "a.py:1", "why": "because", "as_declared": False}
        ],
    }


def test_intervals_in_words() -> None:
    attack = Attack("a test", a00.read, changes_a_message, wins=((0, 3), (7, 7)))
    assert matrix.intervals(attack) == "0-3, 7"


@pytest.mark.parametrize("rung", ladder.rungs(), ids=lambda rung: rung.folder)
def test_the_tables_in_the_readmes_are_up_to_date(rung: Rung) -> None:
    text = rung.readme.read_text(encoding="utf-8")
    assert readme.computed(text, rung, whole()) == text, "run: python -m journey matrix --write"
