"""The room of invalid curves: its curves are what they are said to be, and points are looked at or not."""

import math
from dataclasses import replace

import pytest

from journey import ladder, referee
from journey.errors import EndOfStream
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.invalid_curve import attack as room
from journey.rooms.invalid_curve.channel import ANSWER, HELLO, multiply, private_number, share
from journey.rooms.invalid_curve.curves import ORDERS
from journey.rooms.small_subgroup.channel import confirmation
from journey.scene import Scene
from purecrypto import weierstrass
from purecrypto.weierstrass import P256
from tests.support.journey import converse, watch

VARIANTS = ladder.room("invalid_curve")
KEPT, FRESH, CHECKED = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)


@pytest.mark.parametrize("b", ORDERS)
def test_so_many_times_any_point_is_infinity(b: int) -> None:
    """And the number is within Hasse's bound, where two points seldom allow another."""
    p, order = P256.p, ORDERS[b]
    assert (order - (p + 1)) ** 2 <= 4 * p
    curve = replace(P256, b=b)
    x = 0
    for _ in range(2):
        x += 1
        while not weierstrass.is_on_curve(
            curve, (x, y := pow(weierstrass.y_squared(curve, x), (p + 1) // 4, p))
        ):
            x += 1
        # No table here: `scalar_mult` relies on there being no point of order 2.
        assert weierstrass.double_and_add(curve, order, (x, y, 1))[2] == 0
        assert weierstrass.double_and_add(curve, order // 2 + 1, (x, y, 1))[2] != 0


def test_the_factors_are_enough_and_all_curves_are_needed() -> None:
    primes: dict[int, int] = {}
    for q, b in room.factors():
        if math.prod(primes) <= P256.n:
            primes.setdefault(q, b)
    assert math.prod(primes) > P256.n
    assert max(primes) < room.LARGEST
    assert set(primes.values()) == set(ORDERS)


@pytest.mark.parametrize(("q", "b"), [room.factors()[0], room.factors()[20], room.factors()[-1]])
def test_a_point_of_small_order(q: int, b: int) -> None:
    Q = room.point_of_order(seeded("a point"), b, q)
    assert weierstrass.is_on_curve(replace(P256, b=b), Q)
    assert not weierstrass.is_on_curve(P256, Q)
    multiples = [multiply(i, Q) for i in range(1, q + 2)]
    assert len(set(multiples)) == q
    assert multiples[q - 1] == (0, 0)  # infinity
    assert multiples[q] == Q
    for d in (0, 1, q - 1, q, 5 * q + 2):
        confirmed = confirmation(weierstrass.encode(P256, multiply(d, Q)))
        assert room.which_multiple(q, Q, confirmed) == d % q


def test_a_confirmation_of_another_point_is_none() -> None:
    q, b = room.factors()[3]
    with pytest.raises(ValueError, match="no multiple of this point"):
        room.which_multiple(q, room.point_of_order(seeded("a point"), b, q), bytes(32))


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


def test_an_honest_share_is_a_point_and_both_agree() -> None:
    d, e = (private_number(seeded(name)(32)) for name in "de")
    assert CHECKED.channel.agree(d, share(e)) == CHECKED.channel.agree(e, share(d))
    assert KEPT.channel.agree(d, share(e)) == CHECKED.channel.agree(d, share(e))
    assert weierstrass.decode(P256, share(d))
    assert private_number(bytes(32)) == private_number((P256.n - 1).to_bytes(32, "big")) == 1


@each_variant
def test_what_is_no_point(variant: ladder.Rung) -> None:
    """One that looks refuses it, and the others compute with it, whatever it is."""

    def run(scene: Scene) -> None:
        for x, y in ((1, 1), (0, 0), (P256.p, 5), (2**256 - 1, 2**256 - 1)):
            with scene.connect(client=None) as link:
                link.server.send(HELLO.join(b"\x04", x.to_bytes(32, "big"), y.to_bytes(32, "big")))
                if variant is CHECKED:
                    with pytest.raises(EndOfStream):
                        link.server.receive()
                else:
                    ANSWER.split(link.server.receive())

    _, evidence = watch(variant, run)
    for link in evidence.links:
        refused = link.parties["server"].refused
        assert refused is None if variant is not CHECKED else "do not fit its equation" in str(refused)


@each_variant
def test_the_client_checks_the_confirmation(variant: ladder.Rung) -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.receive()
            link.client.send(share(5) + bytes(32))

    _, evidence = watch(variant, run)
    refused = evidence.links[0].parties["client"].refused
    assert str(refused) == "the server has computed another point"


@each_variant
def test_who_keeps_his_key_keeps_his_share(variant: ladder.Rung) -> None:
    shares = []

    def run(scene: Scene) -> None:
        for _ in range(2):
            with scene.connect() as link:
                shares.append(ANSWER.dissect(link.handshake()[1])["x"])

    watch(variant, run)
    assert (shares[0] == shares[1]) is (variant is not FRESH)


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = KEPT.attacks
    outcomes = [referee.play(attack, variant, seed="answer") for variant in VARIANTS]
    assert [outcome.result for outcome in outcomes] == [
        Result.SUCCEEDS,
        Result.LEARNS_NOTHING,
        Result.REFUSED,
    ]
    assert "do not fit its equation" in str(outcomes[2].why)
