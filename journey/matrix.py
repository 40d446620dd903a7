"""Every attack against every rung: what was computed, and whether it is what was declared.

succeeds         the referee found the attack's goal reached
refused          an honest party stopped, at this line
learns nothing   nobody noticed anything, and the goal was not reached
does not apply   the rung lacks what the attack needs; the cell says what
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from journey import ladder, referee
from journey.attacks import Attack
from journey.ladder import Rung
from journey.referee import Outcome, Result

SYMBOLS = {
    Result.SUCCEEDS: "X",
    Result.REFUSED: "r",
    Result.LEARNS_NOTHING: "-",
    Result.DOES_NOT_APPLY: ".",
}


@dataclass(frozen=True)
class Cell:
    rung: Rung
    attack: Attack
    outcome: Outcome

    @property
    def as_declared(self) -> bool:
        return (self.outcome.result is Result.SUCCEEDS) == self.attack.wins_on(self.rung.number)


@dataclass(frozen=True)
class Row:
    """One attack, and what came of it on each rung."""

    home: Rung  # the rung that shows it
    attack: Attack
    cells: tuple[Cell, ...]


def compute(
    rungs: Sequence[Rung],
    homes: Sequence[Rung],
    play: Callable[[Attack, Rung], Outcome] = referee.play,
) -> list[Row]:
    """Run the attacks that are shown on `homes` against all of `rungs`."""
    return [
        Row(home, attack, tuple(Cell(rung, attack, play(attack, rung)) for rung in rungs))
        for home in homes
        for attack in home.attacks
    ]


def whole() -> list[Row]:
    """Every attack of the ladder against every rung."""
    return compute(ladder.rungs(), ladder.rungs())


def surprises(rows: Sequence[Row]) -> list[Cell]:
    """The cells that are not as declared."""
    return [cell for row in rows for cell in row.cells if not cell.as_declared]


def intervals(attack: Attack) -> str:
    """The rungs on which it is declared to win, such as `0-3, 7`."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in attack.wins)


def report(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The matrix as plain data, for `--json`."""
    return [
        {
            "attack": row.attack.name,
            "shown_on": row.home.number,
            "declared": [list(interval) for interval in row.attack.wins],
            "needs_stolen": list(row.attack.reveals),
            "cells": [
                {
                    "rung": cell.rung.number,
                    "result": cell.outcome.result.value,
                    "where": cell.outcome.where,
                    "why": cell.outcome.why,
                    "as_declared": cell.as_declared,
                }
                for cell in row.cells
            ],
        }
        for row in rows
    ]
