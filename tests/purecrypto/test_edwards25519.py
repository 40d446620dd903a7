"""edwards25519 against its own definitions: the curve's equation, the affine sum, doubling and adding.

Nothing here comes from another implementation; tests of x25519 and ed25519 compare with those.
"""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import edwards25519
from purecrypto.edwards25519 import ZERO, B, L, d, p
from purecrypto.errors import InvalidKey

LAST_BIT = 1 << 255
LAMBDA = edwards25519.decode(bytes([3]) + bytes(31))  # y = 3: a point with a part outside of B's group
TORSION = edwards25519.double_and_add(L, LAMBDA)  # that part: a point of order 8

# Every s for [s]P that may touch an edge: of the digits, of the group's order, of what `clamp` gives.
EDGE_SCALARS = [
    *(0, 1, 2, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65),
    *(L - 1, L, L + 1, 8 * L, 2**254, 2**255 - 8, 2**255, 2**256 - 1),
    *(sum(digit * 32**i for i in range(51)) for digit in (1, 15, 16, 17, 31)),
]


def with_the_same_byte_under_all_combs(byte: int) -> int:
    """Return s for a b below L which has this byte everywhere, but for the bits above 252."""
    b = int("".join(bit * edwards25519.SPACING for bit in f"{byte:08b}") * edwards25519.ROWS, 2) % 2**252
    return (2 * b - edwards25519.ALL_ONES) % L


scalars = st.integers(0, 2**256 - 1)
points = st.builds(
    lambda s, t: edwards25519.add(edwards25519.double_and_add(s, B), edwards25519.double_and_add(t, TORSION)),
    st.integers(0, L - 1),
    st.integers(0, 7),
)


def affine(P):
    """Return (x, y), after checking that P is well formed and on the curve."""
    X, Y, Z, T = P
    assert Z % p != 0
    x, y = X * pow(Z, -1, p) % p, Y * pow(Z, -1, p) % p
    assert T * pow(Z, -1, p) % p == x * y % p
    assert (-x * x + y * y - 1 - d * x * x * y * y) % p == 0
    return x, y


def affine_sum(P, Q):
    """The group law as the curve's definition has it (RFC 8032 section 5.1.4, before any coordinates)."""
    (x1, y1), (x2, y2) = affine(P), affine(Q)
    product = d * x1 * x2 * y1 * y2
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, p) % p
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, p) % p
    return x3, y3


# The constants


def test_d_is_no_square_so_that_the_addition_formula_is_complete():
    assert d * 121666 % p == -121665 % p
    assert pow(d, (p - 1) // 2, p) == p - 1
    assert pow(edwards25519.SQRT_MINUS_1, 2, p) == p - 1


def test_the_base_point():
    """Section 5.1 and RFC 7748 section 4.1: y = 4/5, x even, order L."""
    x, y = affine(B)
    assert y * 5 % p == 4
    assert x % 2 == 0
    assert affine(edwards25519.double_and_add(L, B)) == affine(ZERO)
    assert pow(2, L - 1, L) == 1  # as for a prime


# Numbers


@given(st.integers(-(2**600), 2**600))
def test_fold_keeps_the_number_modulo_p_and_makes_it_shorter(n):
    assert (edwards25519.fold(n) - n) % p == 0
    assert abs(edwards25519.fold(n)) < 2**255 + (abs(n) >> 250)


@given(st.integers(-(2**300), 2**300))
def test_invert(n):
    """One over n, and zero for zero: what Fermat's way gives, which the RFCs use."""
    assert edwards25519.invert(n) == pow(n, p - 2, p)


def test_invert_zero():
    assert edwards25519.invert(0) == edwards25519.invert(p) == edwards25519.invert(-p) == 0


# Points


@given(points, points)
def test_add(P, Q):
    assert affine(edwards25519.add(P, Q)) == affine_sum(P, Q)


@given(points)
def test_add_needs_no_special_cases(P):
    assert affine(edwards25519.add(P, P)) == affine_sum(P, P)
    assert affine(edwards25519.add(P, ZERO)) == affine(edwards25519.add(ZERO, P)) == affine(P)
    assert affine(edwards25519.add(P, edwards25519.negate(P))) == affine(ZERO)


@given(points)
def test_double(P):
    assert affine(edwards25519.double(P)) == affine_sum(P, P)


@pytest.mark.parametrize("times", [1, 2, 5, 8, 60])
@given(P=points)
def test_double_again_and_again(times, P):
    assert affine(edwards25519.double(P, times)) == affine(edwards25519.double_and_add(2**times, P))


@given(points, st.lists(points, max_size=5))
def test_add_all_is_add_one_after_the_other(P, addends):
    expected = P
    for Q in addends:
        expected = edwards25519.add(expected, Q)
    assert affine(edwards25519.add_all(P, edwards25519.niels_forms(addends))) == affine(expected)


@given(points, points)
def test_sums_come_out_reduced(P, Q):
    """Or else numbers would grow from one addition to the next, and time with them."""
    [N] = edwards25519.niels_forms([Q])
    for R in (edwards25519.add(P, Q), edwards25519.add_all(P, [N]), edwards25519.double(P)):
        assert all(0 <= n < p for n in R)
    assert all(0 <= n < 2 * p for n in (*N, *edwards25519.opposite(N)))


@given(points)
def test_add_all_needs_no_special_cases(P):
    forms = edwards25519.niels_forms([P, ZERO, edwards25519.negate(P), TORSION])
    twice, same, nothing, other = (affine(edwards25519.add_all(P, [N])) for N in forms)
    assert (twice, same, nothing) == (affine_sum(P, P), affine(P), affine(ZERO))
    assert other == affine_sum(P, TORSION)


@given(st.lists(points, max_size=5))
def test_niels_forms(points):
    """Of each point by itself, whatever the Z of the others."""
    for P, N in zip(points, edwards25519.niels_forms(points), strict=True):
        x, y = affine(P)
        assert tuple(n % p for n in N) == ((y - x) % p, (y + x) % p, 2 * d * x * y % p)
        [minus_N] = edwards25519.niels_forms([edwards25519.negate(P)])
        assert [n % p for n in edwards25519.opposite(N)] == [n % p for n in minus_N]


@pytest.mark.parametrize("order", range(8))
def test_the_small_points_add_up_too(order):
    P = edwards25519.double_and_add(order, TORSION)
    assert affine(edwards25519.double(P)) == affine_sum(P, P)
    assert affine(edwards25519.double_and_add(8, P)) == affine(ZERO)


# Encoding


@given(points)
def test_decode_undoes_encode(P):
    encoded = edwards25519.encode(P)
    Q = edwards25519.decode(encoded)
    assert affine(Q) == affine(P)
    assert Q[2] == 1
    assert edwards25519.encode(Q) == encoded


@given(st.integers(0, p - 1), st.booleans())
def test_decode_takes_what_the_curve_has_and_nothing_else(y, odd):
    """x^2 = (y^2 - 1) / (d y^2 + 1) has a solution exactly where Euler's criterion says so."""
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    encoded = (y | odd << 255).to_bytes(32, "little")
    if pow(x_squared, (p - 1) // 2, p) == p - 1:
        with pytest.raises(InvalidKey, match="has none with this y"):
            edwards25519.decode(encoded)
    elif x_squared != 0:
        x, got_y = affine(edwards25519.decode(encoded))
        assert (got_y, x & 1) == (y, odd)


def test_decode_the_two_points_with_x_0():
    assert affine(edwards25519.decode((1).to_bytes(32, "little"))) == (0, 1)
    assert affine(edwards25519.decode((p - 1).to_bytes(32, "little"))) == (0, p - 1)


REFUSED = [
    (p, "not below p"),
    (p + 1, "not below p"),  # would be y = 1
    (p + 1 | LAST_BIT, "not below p"),
    (LAST_BIT - 1, "not below p"),
    (2 * LAST_BIT - 1, "not below p"),
    (2, "has none with this y"),
    (2 | LAST_BIT, "has none with this y"),
    (1 | LAST_BIT, "x = 0 with the sign of an odd x"),
    (p - 1 | LAST_BIT, "x = 0 with the sign of an odd x"),
]


@pytest.mark.parametrize(("encoded", "reason"), REFUSED)
def test_decode_refuses(encoded, reason):
    with pytest.raises(InvalidKey, match=reason):
        edwards25519.decode(encoded.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_decode_asks_for_32_bytes(length):
    with pytest.raises(ValueError, match=f"32 bytes long, got {length}") as caught:
        edwards25519.decode(bytes(length))
    assert not isinstance(caught.value, InvalidKey)  # the caller's fault, not the peer's


# [s]P


def test_odd_multiples():
    row = edwards25519.odd_multiples(LAMBDA)
    assert sorted(row) == list(range(-15, 16, 2))
    for i, P in row.items():
        positive = edwards25519.double_and_add(abs(i), LAMBDA)
        assert affine(P) == affine(positive if i > 0 else edwards25519.negate(positive))


@pytest.mark.parametrize("row", range(edwards25519.ROWS))
@pytest.mark.parametrize("byte", [0, 1, 2, 85, 127, 128, 129, 254, 255])
def test_what_the_table_has_for_a_byte(row, byte):
    """The sum of the powers of two under the teeth, with minus where the byte has a 0."""
    total = sum(
        (1 if byte >> tooth & 1 else -1) << edwards25519.SPACING * (8 * row + tooth) for tooth in range(8)
    )
    [expected] = edwards25519.niels_forms([edwards25519.double_and_add(total % L, B)])
    assert [n % p for n in edwards25519.base_table()[row][byte]] == [n % p for n in expected]


@pytest.mark.parametrize("s", EDGE_SCALARS)
def test_both_ways_to_multiply_agree_with_the_plain_one(s):
    """On B, and on a point whose order is not L, where s must not be reduced."""
    plain = affine(edwards25519.double_and_add(s, B))
    assert affine(edwards25519.scalar_mult(s, B)) == plain
    assert affine(edwards25519.scalar_mult_base(s)) == plain
    assert affine(edwards25519.scalar_mult(s, LAMBDA)) == affine(edwards25519.double_and_add(s, LAMBDA))


@pytest.mark.parametrize("byte", [0, 1, 127, 128, 129, 254, 255])
def test_scalar_mult_base_at_the_edges_of_its_table(byte):
    s = with_the_same_byte_under_all_combs(byte)
    assert affine(edwards25519.scalar_mult_base(s)) == affine(edwards25519.double_and_add(s, B))


@given(scalars, points)
def test_scalar_mult(s, P):
    assert affine(edwards25519.scalar_mult(s, P)) == affine(edwards25519.double_and_add(s, P))


@given(scalars)
def test_scalar_mult_base(s):
    assert affine(edwards25519.scalar_mult_base(s)) == affine(edwards25519.double_and_add(s, B))


@given(st.integers(0, L - 1), st.integers(0, L - 1))
def test_double_and_add_is_additive(s, t):
    both = edwards25519.add(edwards25519.double_and_add(s, B), edwards25519.double_and_add(t, B))
    assert affine(edwards25519.double_and_add(s + t, B)) == affine(both)


def test_the_table_is_made_once():
    assert edwards25519.base_table() is edwards25519.base_table()


def test_threads_that_come_first_together_all_compute_right():
    edwards25519.base_table.cache_clear()
    together, results = threading.Barrier(4), []

    def work():
        together.wait()
        results.append(edwards25519.encode(edwards25519.scalar_mult_base(L - 1)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [edwards25519.encode(edwards25519.negate(B))] * 4


# Secret scalars


@given(st.binary(min_size=32, max_size=32))
def test_clamp(octets):
    s = edwards25519.clamp(octets)
    assert s % 8 == 0
    assert 2**254 <= s < 2**255
    inner_bits = (2**254 - 1) & ~7
    assert s & inner_bits == int.from_bytes(octets, "little") & inner_bits


def test_a_clamped_scalar_takes_small_points_to_zero():
    assert affine(edwards25519.scalar_mult(edwards25519.clamp(b"\xff" * 32), TORSION)) == affine(ZERO)
