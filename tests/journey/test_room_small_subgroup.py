"""The room of small subgroups: its two primes, its checks, and the arithmetic of the attack."""

import math
import random

import pytest

from journey import ladder, referee
from journey.errors import EndOfStream
from journey.referee import Result
from journey.rooms.small_subgroup.attack import chinese_remainder, exponent_modulo, small_factors
from journey.rooms.small_subgroup.channel import (
    ANSWER,
    GROUP,
    HELLO,
    SAFE_GROUP,
    SAFE_P,
    SMALL_PRIMES,
    P,
    Q,
)
from journey.scene import Scene
from tests.support.journey import converse, watch

VARIANTS = ladder.room("small_subgroup")
KEPT, FRESH, CHECKED, SAFE = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)


def is_prime(n: int) -> bool:
    """Miller and Rabin's test, with forty random bases."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(40):
        power = pow(random.randrange(2, n - 1), odd, n)
        if power not in (1, n - 1) and not any((power := power**2 % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


def test_the_primes_are_what_they_are_said_to_be() -> None:
    assert all(is_prime(n) for n in (P, Q, SAFE_P, SAFE_P // 2))
    assert P.bit_length() == SAFE_P.bit_length() == 528
    assert not is_prime(Q * SAFE_P)  # the test can say no
    assert math.prod(SMALL_PRIMES) > 2**256 > math.prod(SMALL_PRIMES[:-1])


@pytest.mark.parametrize(("group", "order"), [(GROUP, Q), (SAFE_GROUP, SAFE_P // 2)])
def test_g_has_a_large_prime_order(group: object, order: int) -> None:
    assert pow(group.g, order, group.p) == 1  # type: ignore[attr-defined]
    assert group.g != 1  # type: ignore[attr-defined]
    assert order > 256**32


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


@each_variant
@pytest.mark.parametrize("value", [0, 1, -1, "p", "too large"])
def test_no_variant_takes_a_degenerate_share(variant: ladder.Rung, value: object) -> None:
    p = variant.channel.group.p
    share = {0: 0, 1: 1, -1: p - 1, "p": p, "too large": 2**528 - 1}[value]  # type: ignore[index]

    def run(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            link.server.send(HELLO.join(share.to_bytes(66, "big")))
            with pytest.raises(EndOfStream):
                link.server.receive()

    _, evidence = watch(variant, run)
    refused = evidence.links[0].parties["server"].refused
    assert str(refused) == "this share is 0, 1 or p - 1, or no number below p"


@each_variant
def test_the_client_checks_the_share_and_the_confirmation(variant: ladder.Rung) -> None:
    def run(scene: Scene) -> None:
        for share in (1, 4):
            with scene.connect(server=None) as link:
                link.client.receive()
                link.client.send(ANSWER.join(share.to_bytes(66, "big"), bytes(32)))

    _, evidence = watch(variant, run)
    first, second = (str(link.parties["client"].refused) for link in evidence.links)
    assert first.startswith("this share is 0, 1")
    # 4 = 2^2 is a power of g where the prime is safe; elsewhere only the one who checks notices.
    expected = "is no power of g" if variant is CHECKED else "has computed another number"
    assert expected in second


def server_shares(variant: ladder.Rung) -> list[bytes]:
    shares = []

    def run(scene: Scene) -> None:
        for _ in range(2):
            with scene.connect() as link:
                shares.append(ANSWER.dissect(link.handshake()[1])["share"])

    watch(variant, run)
    return shares


@each_variant
def test_who_keeps_his_exponent_keeps_his_share(variant: ladder.Rung) -> None:
    first, second = server_shares(variant)
    assert (first == second) is (variant is not FRESH)


def test_remainders_determine_the_number() -> None:
    for x in range(3 * 5 * 7):
        assert chinese_remainder({q: x % q for q in (3, 5, 7)}) == x


def test_a_confirmation_of_another_number_is_none() -> None:
    h = pow(2, (P - 1) // 3, P)
    with pytest.raises(ValueError, match="no power of h"):
        exponent_modulo(3, h, bytes(32), GROUP)


def test_small_factors_are_found_and_no_more_than_needed() -> None:
    assert small_factors(GROUP) == SMALL_PRIMES
    assert math.prod(small_factors(SAFE_GROUP)) < 256


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = KEPT.attacks
    outcomes = [referee.play(attack, variant, seed="answer") for variant in VARIANTS]
    assert [outcome.result for outcome in outcomes] == [
        Result.SUCCEEDS,
        Result.LEARNS_NOTHING,
        Result.REFUSED,
        Result.DOES_NOT_APPLY,
    ]
    assert outcomes[2].why == "this share is no power of g"
    assert outcomes[3].why == "its p - 1 has too few small factors"
