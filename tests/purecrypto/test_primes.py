"""Primes: the tests for them, what they are fooled by, and the bounds of FIPS 186-5 A.1.3."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import entropy, primes
from tests.support import rsa_keys

LARGE = 2**521 - 1  # Mersenne's thirteenth
CARMICHAEL = [561, 41041, 825265, 321197185, 5394826801, 232250619601, 9746347772161]
# Composite, and yet Miller-Rabin finds nothing wrong with each of the witnesses 2, 3, 5, 7, 11, 13, 17 and 19
# (Jaeschke 1993)
STRONG = 341550071728321


def trial_division(n: int) -> bool:
    return n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1))


def test_the_small_primes_are_those_of_trial_division():
    assert primes.small_primes() == {n for n in range(10_000) if trial_division(n)}
    assert primes.product_of_small_primes().bit_length() == 14_277


@given(st.integers(min_value=0, max_value=2_000_000))
def test_small_numbers(n):
    assert primes.is_probably_prime(n, 10) == trial_division(n)


@pytest.mark.parametrize("n", [LARGE, 2**127 - 1, 2**255 - 19, 2**130 - 5, 10_007])
def test_primes_pass(n):
    assert primes.is_probably_prime(n, 5)
    assert primes.miller_rabin(n, 5)


@pytest.mark.parametrize(
    "n", [*CARMICHAEL, STRONG, LARGE * (2**127 - 1), (2**127 - 1) ** 2, 10_007**2, 2**523 - 1]
)
def test_composites_do_not(n):
    assert not primes.miller_rabin(n, 20)
    assert not primes.is_probably_prime(n, 20)


def test_a_number_with_a_small_factor_costs_no_power(monkeypatch):
    monkeypatch.setattr(primes, "miller_rabin", lambda w, rounds: pytest.fail("asked"))
    assert not primes.is_probably_prime(LARGE * 9973, 5)


def test_witnesses_are_random_and_as_many_as_asked_for(monkeypatch):
    """The strong pseudoprime passes for its own witnesses, and falls to one other among them."""

    def witnesses(*chosen):
        left = list(chosen)
        monkeypatch.setattr(primes, "random_below", lambda bound: left.pop(0) - 2)

    witnesses(2, 3, 5, 7, 11, 13, 17)
    assert primes.miller_rabin(STRONG, 7)
    witnesses(2, 3, 5, 7, 11, 13, 17, 23)
    assert not primes.miller_rabin(STRONG, 8)


def test_witnesses_keep_away_from_1_and_minus_1(monkeypatch):
    """Both say of every number that it is prime."""
    bounds = []
    monkeypatch.setattr(primes, "random_below", lambda bound: bounds.append(bound) or bound - 1)
    primes.miller_rabin(LARGE, 1)
    assert bounds == [LARGE - 3]  # 2 + 0 to 2 + (LARGE - 4)


@given(st.integers(min_value=1, max_value=2**80))
def test_random_below_is_below(bound):
    assert 0 <= primes.random_below(bound) < bound


def test_random_below_reaches_everything():
    assert {primes.random_below(5) for _ in range(500)} == {0, 1, 2, 3, 4}


def test_random_bits_are_the_highest_of_whole_bytes(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda length: b"\xff" * length)
    assert [primes.random_bits(size) for size in (1, 7, 8, 9, 16)] == [1, 127, 255, 511, 65535]


# Random primes


@pytest.mark.parametrize("size", [64, 128, 257, 512])
def test_two_primes_of_a_size_make_a_product_of_twice_the_size(size):
    """Each is the square root of 2^(2 * size - 1) or larger (A.1.3 step 4.4)."""
    for _ in range(5):
        p = primes.random_prime(size, 5, 65537)
        assert p.bit_length() == size
        assert p * p >= 2 ** (2 * size - 1)
        assert primes.miller_rabin(p, 20)


def numbers(monkeypatch, *drawn):
    """Make the random source draw these, and after them zeros."""
    left = list(drawn)
    monkeypatch.setattr(primes, "random_bits", lambda size: left.pop(0) if left else 0)
    monkeypatch.setattr(primes, "miller_rabin", lambda w, rounds: True)
    return left


def test_a_number_below_the_square_root_is_left_out(monkeypatch):
    least = math.isqrt(2**127) + 1
    good = next(n for n in range(least | 1, 2**64, 2) if math.gcd(n, primes.product_of_small_primes()) == 1)
    bad = next(n for n in range(least - 1 | 1, 0, -2) if math.gcd(n, primes.product_of_small_primes()) == 1)
    numbers(monkeypatch, bad, good)
    assert primes.random_prime(64, 5, 3 if good % 3 == 2 else 65537) == good


def test_a_prime_that_leaves_e_without_an_inverse_is_left_out(monkeypatch):
    """p = 1 modulo 3 goes with e = 65537 and not with e = 3."""
    one, two = 2**64 - 257, 2**64 - 189
    assert (one % 3, two % 3) == (2, 1)
    numbers(monkeypatch, two, one)
    assert primes.random_prime(64, 5, 3) == one
    numbers(monkeypatch, two, one)
    assert primes.random_prime(64, 5, 65537) == two


def test_even_numbers_are_made_odd(monkeypatch):
    numbers(monkeypatch, 2**64 - 190)
    assert primes.random_prime(64, 5, 65537) == 2**64 - 189


def test_a_broken_source_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", bytes)
    with pytest.raises(ValueError, match="gives no primes"):
        primes.random_prime(512, 5, 65537)


@pytest.mark.parametrize(("nlen", "rounds"), [(2048, 5), (3070, 5), (3072, 4), (8192, 4)])
def test_the_rounds_are_those_of_table_b_1(monkeypatch, nlen, rounds):
    asked = []

    def random_prime(size, rounds, e):
        asked.append((size, rounds, e))
        return len(asked) << size - 10  # far enough from each other

    monkeypatch.setattr(primes, "random_prime", random_prime)
    primes.two_primes(nlen, 65537)
    assert asked == [(nlen // 2, rounds, 65537)] * 2


def test_p_and_q_keep_their_distance(monkeypatch):
    """A.1.3 step 5.5: more than 2^(nlen/2 - 100)."""
    p, distance = 3 << 1022, 1 << 1024 - 100
    drawn = [p, p, p - distance, p + distance, p + distance + 2]
    monkeypatch.setattr(primes, "random_prime", lambda size, rounds, e: drawn.pop(0))
    assert primes.two_primes(2048, 65537) == (p, p + distance + 2)


# Factors from d


@pytest.mark.parametrize("name", ["1024", "2048", "2049", "2048 e=3"])
def test_who_knows_d_knows_p_and_q(name):
    key = rsa_keys.ours(name)
    n, e = key.public_key().n, key.public_key().e
    factors = max(key.p, key.q), min(key.p, key.q)
    assert primes.recover_prime_factors(n, e, key.d) == factors
    longer_d = pow(e, -1, (key.p - 1) * (key.q - 1))
    assert primes.recover_prime_factors(n, e, longer_d) == factors


def test_another_d_has_no_factors_to_give():
    key = rsa_keys.ours("1024")
    for d in (key.d + 2, 1, 3):
        with pytest.raises(ValueError, match="no RSA key"):
            primes.recover_prime_factors(key.public_key().n, key.public_key().e, d)


def test_a_source_that_repeats_one_prime_is_given_up(monkeypatch):
    prime = rsa_keys.ours("2048").p
    monkeypatch.setattr(primes, "random_bits", lambda size: prime)
    with pytest.raises(ValueError, match="the same prime again and again"):
        primes.two_primes(2048, 65537)
