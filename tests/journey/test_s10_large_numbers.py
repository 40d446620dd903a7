"""Rung 10: the published group, and the numbers whose powers everybody knows."""

import pytest

from journey import ladder, referee
from journey.referee import Result
from journey.s10_large_numbers import attack
from journey.s10_large_numbers.channel import GROUP
from journey.scene import Scene
from tests.support.journey import watch
from tests.support.primes import is_prime

RUNG = ladder.rung(10)


def floor_of_e_times_2_to_the(bits: int) -> int:
    """By the series 1/0! + 1/1! + 1/2! + ..., with 64 bits to spare."""
    term, total, k = 1 << bits + 64, 0, 0
    while term:
        total, k = total + term, k + 1
        term //= k
    return total >> 64


def test_the_prime_is_that_of_rfc_7919() -> None:
    middle = floor_of_e_times_2_to_the(1918) + 560316
    assert 2**2048 - 2**1984 + middle * 2**64 - 1 == GROUP.p  # appendix A.1
    assert (GROUP.g, GROUP.size) == (2, 256)
    assert 8 * GROUP.private_size >= 225


def test_it_is_a_safe_prime_and_g_has_a_large_order() -> None:
    order = (GROUP.p - 1) // 2
    assert is_prime(GROUP.p, 4)
    assert is_prime(order, 4)
    assert pow(GROUP.g, order, GROUP.p) == 1


def test_the_logarithm_is_not_even_begun() -> None:
    (solve,) = ladder.rung(9).attacks
    assert referee.play(solve, RUNG).result is Result.LEARNS_NOTHING


@pytest.mark.parametrize("rung", [ladder.rung(9), RUNG], ids=lambda rung: rung.folder)
def test_each_number_works_as_often_as_the_readme_says(rung: ladder.Rung) -> None:
    """0 and 1 each time; p-1 when both exponents are even or both odd."""

    def read(which: int, seed: str) -> bool:
        name, share = attack.degenerate_shares(rung)[which]
        _, evidence = watch(rung, lambda scene: attack.replace_both(scene, name, share), seed=seed)
        (link,) = evidence.links
        client, server = (vars(link.parties[role].channel) for role in ("client", "server"))
        # Whenever the two have agreed, she reads; and only then.
        has_read = attack.reads_under_one_key(evidence)
        assert has_read is (client["sending_key"] == server["receiving_key"])
        return has_read

    assert all(read(which, f"{seed}") for which in (0, 1) for seed in range(5))
    assert 4 <= sum(read(2, f"{seed}") for seed in range(30)) <= 26


def test_a_man_in_the_middle_reads_but_under_two_keys() -> None:
    """What a comparison of fingerprints would show, and here would not."""
    (middle,) = ladder.rung(11).attacks
    _, evidence = watch(RUNG, middle.run)
    assert middle.goal(evidence)
    assert not attack.reads_under_one_key(evidence)


def test_reading_alone_is_not_the_goal() -> None:
    def run(scene: Scene) -> None:
        secret = scene.secret()
        with scene.connect(client=[scene.message(secret)]) as link:
            link.handshake()
            scene.claim(secret, b"wrong")
            link.relay()

    _, evidence = watch(RUNG, run)
    assert not attack.reads_under_one_key(evidence)
