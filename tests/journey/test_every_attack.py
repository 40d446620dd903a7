"""Every attack works on random keys and messages, each time, or as often as it says."""

import math
from collections.abc import Iterator

import pytest

from journey import ladder, referee
from journey.attacks import Attack
from journey.ladder import Rung
from journey.referee import Result
from journey.tcp import Loopback
from tests.support import remembered

WINS = [
    (attack, rung)
    for home in ladder.rungs()
    for attack in home.attacks
    for rung in ladder.rungs()
    if attack.wins_on(rung.number)
]
ROOMS = [
    (attack, variant)
    for name in ladder.rooms()
    for variant in ladder.room(name)
    for attack in variant.attacks
]
WHERE_SHOWN = [(attack, home) for home in ladder.rungs() for attack in home.attacks if attack.wins]
ELSEWHERE = [pair for pair in WINS if pair not in WHERE_SHOWN]


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    """Each seed gives every attack on a rung the same keys."""
    with remembered.primitives():
        yield


def named(value: object) -> str | None:
    match value:
        case Attack():
            return value.name.replace(" ", "_")
        case Rung():
            return value.variant.replace(" ", "_") or f"rung_{value.number}"
    return None


def check(attack: Attack, rung: Rung, runs: int) -> None:
    won = [
        referee.play(attack, rung, seed=f"{seed}").result is Result.SUCCEEDS
        for seed in range(runs if attack.chance == 1 else max(runs, 40))
    ]
    if attack.chance == 1:
        assert all(won)
    else:  # within four standard deviations of what it says
        spread = 4 * math.sqrt(len(won) * attack.chance * (1 - attack.chance))
        assert abs(sum(won) - len(won) * attack.chance) <= spread


@pytest.mark.parametrize(("attack", "rung"), ELSEWHERE, ids=named)
def test_it_wins_with_every_seed(attack: Attack, rung: Rung) -> None:
    check(attack, rung, 2)


@pytest.mark.parametrize(("attack", "rung"), WHERE_SHOWN, ids=named)
def test_it_wins_often_where_it_is_shown(attack: Attack, rung: Rung) -> None:
    check(attack, rung, 10)


@pytest.mark.long
@pytest.mark.parametrize(("attack", "rung"), WINS, ids=named)
def test_it_wins_with_very_many_seeds(attack: Attack, rung: Rung) -> None:
    check(attack, rung, 200)


@pytest.mark.parametrize(("attack", "rung"), WHERE_SHOWN, ids=named)
def test_it_wins_over_tcp(attack: Attack, rung: Rung) -> None:
    outcome = referee.play(attack, rung, lay=Loopback().lay, seed="tcp")
    assert outcome.result is Result.SUCCEEDS or attack.chance < 1


@pytest.mark.parametrize(("attack", "variant"), ROOMS, ids=named)
def test_in_a_room_it_wins_on_the_wrong_variants_alone(attack: Attack, variant: Rung) -> None:
    check_in_a_room(attack, variant, "0")


@pytest.mark.long
@pytest.mark.parametrize(("attack", "variant"), ROOMS, ids=named)
def test_in_a_room_it_does_so_with_many_seeds(attack: Attack, variant: Rung) -> None:
    for seed in range(20):
        check_in_a_room(attack, variant, f"{seed}")


def check_in_a_room(attack: Attack, variant: Rung, seed: str) -> None:
    outcome = referee.play(attack, variant, seed=seed)
    assert (outcome.result is Result.SUCCEEDS) == attack.wins_on(variant.number), str(outcome)
