"""Every attack works on random keys and messages, each time, or as often as it says."""

import math

import pytest

from journey import ladder, referee
from journey.attacks import Attack
from journey.ladder import Rung
from journey.referee import Result
from journey.tcp import Loopback

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


@pytest.mark.parametrize(("attack", "rung"), WINS, ids=named)
def test_it_wins_with_every_seed(attack: Attack, rung: Rung) -> None:
    check(attack, rung, 4)


@pytest.mark.parametrize(("attack", "rung"), WHERE_SHOWN, ids=named)
def test_it_wins_often_where_it_is_shown(attack: Attack, rung: Rung) -> None:
    check(attack, rung, 20)


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
    for seed in range(2):
        outcome = referee.play(attack, variant, seed=f"{seed}")
        assert (outcome.result is Result.SUCCEEDS) == attack.wins_on(variant.number), str(outcome)
