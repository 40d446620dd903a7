"""The polynomials of ML-KEM: what the standard says they are, and the wide twins against the plain ones."""

import hashlib
import struct
from collections import Counter
from fractions import Fraction
from math import comb, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import polynomials
from purecrypto.polynomials import GAMMAS, ZETAS, n, q

WIDTHS = [1, 4, 10, 12]


def expanded(seed, low, high):
    """Return n numbers from `low` to `high`, which Hypothesis would need long to draw one by one."""
    octets = hashlib.shake_128(seed).digest(8 * n)
    return [low + number % (high - low + 1) for number in struct.unpack(f"<{n}Q", octets)]


def numbers(low, high):
    """A strategy for n numbers, anywhere between these two, or at either end."""
    anywhere = st.binary(max_size=8).map(lambda seed: expanded(seed, low, high))
    at_the_ends = st.binary(max_size=8).map(lambda seed: [(low, high)[bit] for bit in expanded(seed, 0, 1)])
    return st.one_of(anywhere, at_the_ends)


polynomial = st.one_of(
    numbers(0, q - 1), st.sampled_from([[0] * n, [q - 1] * n, [1, *[0] * 255], [*[0] * 255, 1]])
)


def schoolbook(f, g):
    """Return f * g modulo X^256 + 1 and q, by its definition."""
    product = [0] * n
    for i, a in enumerate(f):
        for j, b in enumerate(g):
            product[(i + j) % n] += a * b if i + j < n else -a * b
    return polynomials.reduce(product)


def sparse(*terms):
    """Return the polynomial with these terms (exponent, coefficient)."""
    f = [0] * n
    for exponent, coefficient in terms:
        f[exponent] = coefficient
    return f


# Rounding: 4.2.1


@pytest.mark.parametrize("d", [1, 4, 5, 10, 11])
def test_compression_rounds_half_up(d):
    """(4.7), by fractions, for every coefficient that there is."""
    expected = [floor(Fraction(2**d * x, q) + Fraction(1, 2)) % 2**d for x in range(q)]
    assert polynomials.compress(list(range(q)), d) == expected


@pytest.mark.parametrize("d", [1, 4, 5, 10, 11])
def test_decompression_rounds_half_up(d):
    """(4.8)"""
    expected = [floor(Fraction(q * y, 2**d) + Fraction(1, 2)) for y in range(2**d)]
    assert polynomials.decompress(list(range(2**d)), d) == expected


@pytest.mark.parametrize("d", [1, 4, 10])
def test_what_is_rounded_and_back_is_not_far(d):
    """Section 4.2.1: the error is at most q / 2^(d + 1), rounded, either way around the circle."""
    most = floor(Fraction(q, 2 ** (d + 1)) + Fraction(1, 2))
    back = polynomials.decompress(polynomials.compress(list(range(q)), d), d)
    errors = [min((x - y) % q, (y - x) % q) for x, y in zip(range(q), back, strict=True)]
    assert max(errors) == most


@pytest.mark.parametrize("d", [1, 4, 10])
def test_bits_come_back_through_coefficients(d):
    bits = list(range(2**d))
    assert polynomials.compress(polynomials.decompress(bits, d), d) == bits


@pytest.mark.parametrize("multiple", [-2, -1, 1, 5])
def test_compression_does_not_ask_for_reduced_coefficients(multiple):
    for d in (1, 4, 10):
        shifted = [x + multiple * q for x in range(q)]
        assert polynomials.compress(shifted, d) == polynomials.compress(list(range(q)), d)


# Bits and bytes


@pytest.mark.parametrize("d", WIDTHS)
@given(data=st.data())
def test_the_twins_of_encoding_agree(d, data):
    m = q if d == 12 else 2**d
    F = data.draw(numbers(0, m - 1))
    B = polynomials.byte_encode(F, d)
    assert polynomials.wide_byte_encode(F, d) == B
    assert (len(B), polynomials.byte_decode(B, d), polynomials.wide_byte_decode(B, d)) == (32 * d, F, F)


@pytest.mark.parametrize("d", WIDTHS)
@given(data=st.data())
def test_the_twins_of_decoding_agree_on_any_bytes(d, data):
    B = data.draw(st.binary(min_size=32 * d, max_size=32 * d))
    F = polynomials.byte_decode(B, d)
    assert polynomials.wide_byte_decode(B, d) == F
    if d < 12:
        assert polynomials.byte_encode(F, d) == B


def test_the_first_coefficient_is_in_the_lowest_bits():
    """Algorithms 5 and 6: bit j of coefficient i is bit i * d + j, and bits fill bytes from the lowest."""
    assert polynomials.byte_encode(sparse((0, 0xABC), (1, 0x123)), 12)[:4].hex() == "bc3a1200"


def test_twelve_bits_are_reduced():
    B = b"\xff" * 384
    assert polynomials.byte_decode(B, 12) == polynomials.wide_byte_decode(B, 12) == [4095 - q] * n


@pytest.mark.parametrize("d", WIDTHS)
@given(data=st.data())
def test_fields_spread_and_gathered(d, data):
    fields = data.draw(st.integers(0, 2 ** (n * d) - 1))
    wide = polynomials.spread(fields, d)
    assert [wide >> 16 * i & 0xFFFF for i in range(n)] == [fields >> d * i & (1 << d) - 1 for i in range(n)]
    assert polynomials.gather(wide, d) == fields


# Drawing: 4.2.2


def stream(seed):
    return hashlib.shake_128(seed).digest(polynomials.SAMPLE_SIZE)


@given(st.binary(min_size=34, max_size=34))
def test_the_twins_of_sample_ntt_agree(B):
    a_hat = polynomials.sample_ntt(B)
    assert polynomials.wide_sample_ntt(B, stream(B)) == a_hat
    assert len(a_hat) == n
    assert 0 <= min(a_hat) <= max(a_hat) < q


def test_three_blocks_that_are_not_enough():
    """Some seeds need a fourth block of SHAKE128: about one of a hundred."""
    seeds = [i.to_bytes(34, "little") for i in range(400)]
    short = [B for B in seeds if sum(c < q for c in twelve_bits(stream(B))) < n]
    assert 0 < len(short) < 12
    for B in short:
        accepted = [c for c in twelve_bits(hashlib.shake_128(B).digest(4 * 168)) if c < q]
        assert polynomials.sample_ntt(B) == polynomials.wide_sample_ntt(B, stream(B)) == accepted[:n]


def test_a_seed_that_needs_five_blocks(monkeypatch):
    """None is known: it is made."""

    class Rejected:
        block_size = 168

        def __init__(self, seed):
            pass

        def digest(self, length):
            return (b"\xff" * 420 + bytes(1000))[:length]

    monkeypatch.setattr(polynomials, "shake_128", Rejected)
    assert polynomials.sample_ntt(bytes(34)) == [0] * n


def twelve_bits(octets):
    number = int.from_bytes(octets, "little")
    return [number >> 12 * i & 0xFFF for i in range(len(octets) * 8 // 12)]


@pytest.mark.parametrize(
    ("pair", "accepted"),
    [((q - 1, 5), [q - 1, 5]), ((5, q - 1), [5, q - 1]), ((q, 5), [5]), ((5, q), [5]), ((4095, 4095), [])],
)
def test_the_smallest_number_that_is_rejected(monkeypatch, pair, accepted):
    """Algorithm 7: d_1 and d_2 are taken where they are below q.  After the pair, the stream is zeros."""

    class Drawn(polynomials.shake_128):
        def digest(self, length):
            return (pair[0] | pair[1] << 12).to_bytes(3, "little").ljust(length, b"\0")

    monkeypatch.setattr(polynomials, "shake_128", Drawn)
    expected = (accepted + [0] * n)[:n]
    assert polynomials.sample_ntt(bytes(34)) == expected
    assert polynomials.wide_sample_ntt(bytes(34), Drawn().digest(504)) == expected


@given(st.binary(min_size=128, max_size=128))
def test_the_twins_of_sample_poly_cbd_agree(B):
    assert polynomials.reduce(polynomials.wide_sample_poly_cbd(B)) == polynomials.sample_poly_cbd(B)


def test_small_coefficients_are_distributed_as_differences_of_two_bits_and_two():
    """Of the sixteen half bytes, comb(4, x + 2) give x."""
    every_half_byte = bytes([low | low + 1 << 4 for low in range(0, 16, 2)] * 16)
    f = polynomials.sample_poly_cbd(every_half_byte)
    counts = Counter((c + 2) % q - 2 for c in f)
    assert counts == {x: 16 * comb(4, x + 2) for x in range(-2, 3)}


# The transform: 4.3


def test_zeta_is_a_root_of_one():
    assert pow(17, 128, q) == q - 1
    assert ZETAS[:4] == [1, 1729, 2580, 3289]  # appendix A
    assert sorted(GAMMAS) == sorted(pow(17, odd, q) for odd in range(1, 256, 2))


@given(polynomial)
def test_the_transform_gives_remainders(f):
    """(4.10): f modulo X^2 - gamma, which is what is left when gamma is written for X^2."""
    f_hat = polynomials.ntt(f)
    for i in (0, 1, 64, 127):
        for odd in (0, 1):
            value = sum(f[2 * j + odd] * pow(GAMMAS[i], j, q) for j in range(128)) % q
            assert f_hat[2 * i + odd] == value


@given(polynomial)
def test_the_inverse_transform(f):
    assert polynomials.inverse_ntt(polynomials.ntt(f)) == f
    assert polynomials.ntt(polynomials.inverse_ntt(f)) == f


@given(polynomial)
def test_the_twins_of_the_transform_agree(f):
    assert polynomials.wide_ntt(f) == polynomials.ntt(f)
    assert polynomials.wide_inverse_ntt(f) == polynomials.inverse_ntt(f)


@given(numbers(-q, 6 * q * q))
def test_the_wide_transform_does_not_ask_for_reduced_coefficients(f):
    assert polynomials.wide_ntt(f) == polynomials.ntt(polynomials.reduce(f))
    assert polynomials.wide_inverse_ntt(f) == polynomials.inverse_ntt(polynomials.reduce(f))


def test_the_largest_sum_fits_its_lane():
    assert n // 2 * (q - 1) ** 2 < 2**32


@given(polynomial, polynomial)
def test_products_of_transforms_are_transforms_of_products(f, g):
    h_hat = polynomials.multiply_ntts(polynomials.ntt(f), polynomials.ntt(g))
    assert polynomials.inverse_ntt(h_hat) == schoolbook(f, g)


def test_x_to_the_256_is_minus_one():
    x, x_255 = sparse((1, 1)), sparse((255, 1))
    product = polynomials.multiply_ntts(polynomials.ntt(x), polynomials.ntt(x_255))
    assert polynomials.inverse_ntt(product) == sparse((0, q - 1))


@given(st.lists(st.lists(polynomial, min_size=3, max_size=3), min_size=2, max_size=4))
def test_rows_times_a_vector(rows):
    *matrix, vector = rows
    expected = []
    for row in matrix:
        total = [0] * n
        for f, g in zip(row, vector, strict=True):
            total = polynomials.add(total, polynomials.multiply_ntts(f, g))
        expected.append(polynomials.reduce(total))
    products = polynomials.multiply_rows(matrix, vector)
    assert [polynomials.reduce(product) for product in products] == expected


@given(polynomial, polynomial)
def test_sums_and_differences(f, g):
    total = polynomials.reduce(polynomials.add(f, g))
    assert total == [(a + b) % q for a, b in zip(f, g, strict=True)]
    assert polynomials.reduce(polynomials.subtract(total, g)) == f
