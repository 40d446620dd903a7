"""Rung 9: Diffie-Hellman, and the way back when the numbers are small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey import ladder
from journey.s09_small_numbers import attack, channel
from journey.s09_small_numbers.channel import GROUP, Group
from journey.scene import Scene
from purecrypto import hkdf
from tests.support.journey import watch
from tests.support.primes import is_prime

RUNG = ladder.rung(9)
exponents = st.binary(min_size=GROUP.private_size, max_size=GROUP.private_size)


@given(exponents, exponents)
def test_both_sides_compute_the_same(x: bytes, y: bytes) -> None:
    assert GROUP.agree(x, GROUP.share(y)) == GROUP.agree(y, GROUP.share(x))
    assert len(GROUP.share(x)) == GROUP.size == channel.HELLO.fields[0].size


def test_in_the_numbers_of_the_readme() -> None:
    small = Group(p=23, g=5, private_size=1)
    assert (small.share(b"\x06"), small.share(b"\x0f")) == (b"\x08", b"\x13")
    assert small.agree(b"\x06", b"\x13") == small.agree(b"\x0f", b"\x08") == b"\x02"


def test_the_group_is_as_good_as_one_of_its_size_can_be() -> None:
    """A large subgroup of prime order: no attack but that on its size."""
    order = (GROUP.p - 1) // 2
    assert is_prime(GROUP.p)
    assert is_prime(order)
    assert pow(GROUP.g, order, GROUP.p) == 1 != GROUP.g
    assert 8 * GROUP.private_size > order.bit_length()


def test_the_keys_are_extracted_from_the_secret_number() -> None:
    shares: list[bytes] = []

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            shares.extend(link.handshake())
            drawn = scene.reveal_random_bytes(link, "client")
            secret = hkdf.extract(b"", GROUP.agree(drawn[0], shares[1]))
            assert scene.reveal_memory(link, "client")["sending_key"] == hkdf.expand(
                secret, b"client seals", 32
            )

    watch(RUNG, run)
    assert len(shares) == 2


@given(st.integers(0, (GROUP.p - 3) // 2))
def test_every_exponent_is_found(y: int) -> None:
    assert attack.logarithm(GROUP, pow(GROUP.g, y, GROUP.p)) == y


def test_what_is_no_power_of_g_has_no_logarithm() -> None:
    """p - 1 is no square, and all powers of 2 are squares modulo this p."""
    with pytest.raises(LookupError):
        attack.logarithm(GROUP, GROUP.p - 1)


def test_the_walk_is_long_enough() -> None:
    assert GROUP.p <= attack.TABLE_SIZE * attack.PATIENCE
