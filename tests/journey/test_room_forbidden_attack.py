"""The room of the forbidden attack: arithmetic in GF(2^128), roots, and what becomes of GCM with them."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey import ladder, referee
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.forbidden_attack import attack as room
from journey.rooms.forbidden_attack import gf128
from journey.rooms.forbidden_attack.channel import RECORD
from journey.rooms.forbidden_attack.gf128 import ONE, Polynomial
from journey.scene import Scene
from purecrypto import aes_gcm, ghash
from tests.support.journey import converse, watch

VARIANTS = ladder.room("forbidden_attack")
SAME, POOR, COUNTED = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

elements = st.integers(0, 2**128 - 1)
nonzero = st.integers(1, 2**128 - 1)


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"", b"two" * 100], [b"three"])
    assert parties["server"].accepted == [b"one", b"", b"two" * 100]
    assert parties["client"].accepted == [b"three"]


@each_variant
def test_a_changed_record_is_refused(variant: ladder.Rung) -> None:
    def flip(position: int) -> str:
        def run(scene: Scene) -> None:
            with scene.connect(client=[scene.message(b"hello")]) as link:
                link.handshake()
                frame = bytearray(link.client.receive())
                frame[position] ^= 1
                link.server.send(bytes(frame))

        _, evidence = watch(variant, run)
        return str(evidence.links[0].parties["server"].refused)

    assert {flip(position) for position in (0, 12, -1)} == {"the tag is not that of this message"}


def test_how_many_nonces_there_are() -> None:
    draw = seeded("nonces")
    same, poor, counted = (variant.channel.nonces(draw) for variant in VARIANTS)
    assert len({next(same) for _ in range(20)}) == 1
    drawn = {next(poor) for _ in range(3000)}
    assert drawn <= set(range(4096))
    assert 1800 < len(drawn) < 2500  # 2127 are to be expected
    assert [next(counted) for _ in range(5)] == [0, 1, 2, 3, 4]


# --- GF(2^128) ---------------------------------------------------------------------------------------------


@given(a=nonzero)
def test_each_element_but_zero_has_an_inverse(a: int) -> None:
    assert ghash.multiply(a, gf128.invert(a)) == ONE


@given(f=st.lists(elements, max_size=6), g=st.lists(elements, max_size=4), highest=nonzero, x=elements)
def test_division_leaves_less_than_the_divisor(f: Polynomial, g: Polynomial, highest: int, x: int) -> None:
    f, g = gf128.trimmed(f), gf128.monic([*g, highest])
    quotient, rest = gf128.divide(f, g)
    assert len(rest) < len(g)
    product = ghash.multiply(gf128.evaluate(quotient, x), gf128.evaluate(g, x))
    assert gf128.evaluate(f, x) == product ^ gf128.evaluate(rest, x)


def product_of(roots: list[int], f: Polynomial) -> Polynomial:
    """f times every x + r."""
    for r in roots:
        f = gf128.add([0, *f], [ghash.multiply(r, c) for c in f])
    return f


def without_roots() -> Polynomial:
    """x^2 + x + b has roots only where the trace of b is 0."""
    for b in gf128.BASIS:
        if gf128.trace(b, [ONE, ONE]):  # modulo x + 1, so that x is 1
            return [b, ONE, ONE]
    raise AssertionError


@pytest.mark.parametrize(
    ("chosen", "factor"),
    [
        ([], [5]),
        ([0], [ONE]),
        ([ONE, 2], [7]),
        ([3, 3, 9], [ONE]),
        ([1, 2, 3, 4, 5], without_roots()),
        ([], without_roots()),
    ],
    ids=["a number", "zero", "two", "one of them twice", "five and a factor without", "none"],
)
def test_all_roots_are_found_and_no_others(chosen: list[int], factor: Polynomial) -> None:
    f = product_of(chosen, factor)
    assert gf128.roots(f) == sorted(set(chosen))


@settings(max_examples=10)
@given(coefficients=st.lists(elements, min_size=2, max_size=4), root=elements)
def test_a_planted_root_is_found_among_others(coefficients: Polynomial, root: int) -> None:
    f = gf128.trimmed(coefficients) or [ONE]
    found = gf128.roots(product_of([root], f))
    assert root in found
    assert all(gf128.evaluate(product_of([root], f), r) == 0 for r in found)


def test_half_of_all_elements_have_the_trace_zero() -> None:
    draw = seeded("traces")
    traces = [gf128.trace(int.from_bytes(draw(16), "big"), [ONE, ONE]) for _ in range(60)]
    assert all(value in ([], [ONE]) for value in traces)
    assert abs(traces.count([]) - 30) <= 4 * math.sqrt(15)


# --- GCM ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(1, 1), (16, 16), (48, 48), (48, 32), (17, 40)])
def test_two_records_under_one_nonce_give_an_equation_for_the_point(sizes: tuple[int, int]) -> None:
    draw = seeded(f"{sizes}")
    key, nonce = aes_gcm.Key(draw(16)), draw(12)
    pair = [RECORD.dissect(nonce + aes_gcm.seal(key, nonce, draw(size))) for size in sizes]
    f = room.polynomial(*pair)
    assert gf128.evaluate(f, key.hash.H) == 0
    assert key.hash.H in gf128.roots(f)


def test_a_forged_record_is_opened_under_a_nonce_that_came_once() -> None:
    draw = seeded("forge")
    key, nonce = aes_gcm.Key(draw(16)), draw(12)
    honest = RECORD.dissect(nonce + aes_gcm.seal(key, nonce, room.ORDER + b", please"))
    forged = room.forge(key.hash.H, honest)
    assert aes_gcm.open(key, nonce, forged[12:]) == room.WANTED + b", please"


def test_pairs() -> None:
    a, b, c, d = (
        {"nonce": nonce, "tag": tag}
        for nonce, tag in [(b"1", b"a"), (b"2", b"b"), (b"1", b"c"), (b"1", b"d")]
    )
    assert room.with_one_nonce([a, b, c, d]) == [(a, c), (a, d)]
    assert room.with_one_nonce([a, b]) == []


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = SAME.attacks
    outcomes = [referee.play(attack, variant, seed="answer").result for variant in VARIANTS]
    assert outcomes == [Result.SUCCEEDS, Result.SUCCEEDS, Result.LEARNS_NOTHING]
