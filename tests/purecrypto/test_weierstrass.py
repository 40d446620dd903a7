"""The NIST curves against their own definitions: the equation, the line through two points, the tangent.

`TINY` is a curve of the same shape with 41 points, so that every pair of them can be tried.  Comparisons with
other implementations are in test_ec.py and test_nist_curves.py.
"""

import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from purecrypto import weierstrass
from purecrypto.errors import InvalidKey
from purecrypto.weierstrass import INFINITY, P256, P384, Curve

TINY = Curve(name="tiny", p=47, b=15, n=41, G=(2, 8))
CURVES = [P256, P384]
both_curves = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
scalars = st.integers(0, 2**384 - 1)

# Every k for [k]P that may touch an edge of the digits; those at the group's order are added curve by curve.
EDGE_SCALARS = [
    *(0, 1, 2, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 2**32, 2**255, 2**256 - 1, 2**384 - 1),
    *(sum(digit * 32**i for i in range(51)) for digit in (1, 15, 16, 17, 31)),
]
AT_THE_ORDER = [-2, -1, 0, 1, 2]


def jacobian(curve, point, Z=1):
    """Return (x, y) or None, infinity, with this Z."""
    if point is None:
        return INFINITY
    x, y = point
    return x * Z * Z % curve.p, y * Z**3 % curve.p, Z


def affine(curve, P):
    """Return (x, y), or None for infinity, after checking that P is reduced and on the curve."""
    X, Y, Z = P
    assert all(0 <= number < curve.p for number in P)
    if Z == 0:
        assert X == 0  # or `add_all` would not notice
        return None
    x, y = X * pow(Z, -2, curve.p) % curve.p, Y * pow(Z, -3, curve.p) % curve.p
    assert (y * y - x**3 + 3 * x - curve.b) % curve.p == 0
    return x, y


def affine_sum(curve, P, Q):
    """The group law as SEC 1 section 2.2.1 has it, before any coordinates; None is infinity."""
    p = curve.p
    if P is None or Q is None:
        return P or Q
    (x1, y1), (x2, y2) = P, Q
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    if P == Q:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p) % p
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


def multiple(curve, k):
    """Return [k]G as (x, y)."""
    return affine(curve, weierstrass.double_and_add(curve, k % curve.n, jacobian(curve, curve.G)))


ALL_OF_TINY = [
    None,
    *((x, y) for x in range(TINY.p) for y in range(TINY.p) if (y * y - x**3 + 3 * x - TINY.b) % TINY.p == 0),
]


# The constants


@both_curves
def test_the_constants(curve):
    """p and n are primes, as far as Fermat can tell, G is on the curve, and its order is n."""
    assert pow(2, curve.p - 1, curve.p) == pow(2, curve.n - 1, curve.n) == 1
    assert curve.p % 4 == 3  # or there would be no root by a power
    assert weierstrass.is_on_curve(curve, curve.G)
    assert affine(curve, weierstrass.double_and_add(curve, curve.n, jacobian(curve, curve.G))) is None
    assert curve.size * 8 == curve.p.bit_length() == curve.n.bit_length()


@both_curves
def test_the_cofactor_is_1(curve):
    """Hasse: the number of points differs from p + 1 by 2 * sqrt(p) at most.  1 * n does not, 2 * n does."""
    assert (curve.n - curve.p - 1) ** 2 <= 4 * curve.p
    assert 2 * curve.n > curve.p + 1
    assert (2 * curve.n - curve.p - 1) ** 2 > 4 * curve.p


# The group law, on every pair of points


def test_tiny_has_a_prime_number_of_points():
    assert len(ALL_OF_TINY) == TINY.n
    assert len({multiple(TINY, k) for k in range(1, TINY.n)}) == TINY.n - 1


@pytest.mark.parametrize("P", ALL_OF_TINY)
def test_add_every_point_to_every_point(P):
    for Q in ALL_OF_TINY:
        expected = affine_sum(TINY, P, Q)
        for Z1, Z2 in ((1, 1), (1, 5), (7, 1), (3, 11)):
            left, right = jacobian(TINY, P, Z1), jacobian(TINY, Q, Z2)
            assert affine(TINY, weierstrass.add(TINY, left, right)) == expected
            if Q is not None:
                assert affine(TINY, weierstrass.add_all(TINY, left, [Q])) == expected


@pytest.mark.parametrize("P", ALL_OF_TINY)
def test_double_every_point(P):
    expected = P
    for times in range(6):
        assert affine(TINY, weierstrass.double(TINY, jacobian(TINY, P, 5), times)) == expected
        expected = affine_sum(TINY, expected, expected)


@pytest.mark.parametrize("P", ALL_OF_TINY[1:])
def test_every_multiple_of_every_point(P):
    expected = None
    for k in range(3 * TINY.n):
        assert affine(TINY, weierstrass.double_and_add(TINY, k, jacobian(TINY, P))) == expected
        assert affine(TINY, weierstrass.scalar_mult(TINY, k, P)) == expected
        expected = affine_sum(TINY, expected, P)


@both_curves
@given(j=scalars, k=scalars, Z=st.integers(1, 2**250))
def test_the_group_law_on_large_numbers(curve, j, k, Z):
    P, Q = multiple(curve, j), multiple(curve, k)
    expected = affine_sum(curve, P, Q)
    assert multiple(curve, j + k) == expected
    assert affine(curve, weierstrass.add(curve, jacobian(curve, P, Z), jacobian(curve, Q))) == expected
    if P and Q:
        assert affine(curve, weierstrass.add_all(curve, jacobian(curve, P, Z), [Q, Q])) == affine_sum(
            curve, expected, Q
        )
        assert affine_sum(curve, P, weierstrass.negate(curve, P)) is None
        if P != Q:
            assert weierstrass.add_pairs(curve, [P, Q], [Q, weierstrass.negate(curve, P)]) == [
                expected,
                affine_sum(curve, Q, weierstrass.negate(curve, P)),
            ]


@both_curves
@given(ks=st.lists(st.integers(1, 2**200), max_size=5))
def test_to_affine(curve, ks):
    points = [weierstrass.double_and_add(curve, k, jacobian(curve, curve.G, 3)) for k in ks]
    assert weierstrass.to_affine(curve, *points) == [affine(curve, P) for P in points]


@given(st.lists(st.integers(1, P256.p - 1)))
def test_inverses(numbers):
    assert weierstrass.inverses(numbers, P256.p) == [pow(n, -1, P256.p) for n in numbers]


# [k]P


@both_curves
def test_odd_multiples(curve):
    row = weierstrass.odd_multiples(curve, multiple(curve, 7))
    assert row == {i: multiple(curve, 7 * i) for i in range(-15, 16, 2)}


@both_curves
@pytest.mark.parametrize("byte", [0, 1, 2, 85, 127, 128, 129, 254, 255])
def test_what_the_table_has_for_a_byte(curve, byte):
    """The sum of the powers of two under the teeth, with minus where the byte has a 0."""
    table = weierstrass.base_table(curve)
    assert len(table) == curve.size // 4
    for i, row in enumerate(table):
        assert len(row) == 256
        total = sum(
            (1 if byte >> tooth & 1 else -1) << weierstrass.SPACING * (8 * i + tooth) for tooth in range(8)
        )
        assert row[byte] == multiple(curve, total)


@both_curves
def test_every_entry_of_the_table_is_on_the_curve(curve):
    assert all(weierstrass.is_on_curve(curve, Q) for row in weierstrass.base_table(curve) for Q in row)


@both_curves
@pytest.mark.parametrize(
    ("k", "orders"), [*((k, 0) for k in EDGE_SCALARS), *((k, 1) for k in AT_THE_ORDER), (1, 2), (-1, 2)]
)
def test_both_ways_to_multiply_agree_with_the_plain_one(curve, k, orders):
    k += orders * curve.n
    plain = affine(curve, weierstrass.double_and_add(curve, k, jacobian(curve, curve.G)))
    assert affine(curve, weierstrass.scalar_mult(curve, k, curve.G)) == plain
    assert affine(curve, weierstrass.scalar_mult_base(curve, k)) == plain


@both_curves
@pytest.mark.parametrize("byte", [0, 1, 127, 128, 129, 254, 255])
def test_scalar_mult_base_at_the_edges_of_its_table(curve, byte):
    """The same byte under every comb, but for what would lift the digits above n."""
    places = 8 * curve.size
    digits = "".join(bit * weierstrass.SPACING for bit in f"{byte:08b}") * (curve.size // 4)
    k = (2 * (int(digits, 2) % 2 ** (places - 4)) - 2**places + 1) % curve.n
    assert affine(curve, weierstrass.scalar_mult_base(curve, k)) == multiple(curve, k)


@both_curves
@given(k=scalars, j=st.integers(1, P256.n - 1))
@example(k=0, j=1)
def test_scalar_mult(curve, k, j):
    P = multiple(curve, j)
    plain = affine(curve, weierstrass.double_and_add(curve, k, jacobian(curve, P)))
    assert affine(curve, weierstrass.scalar_mult(curve, k, P)) == plain


@both_curves
@given(k=scalars)
def test_scalar_mult_base(curve, k):
    assert affine(curve, weierstrass.scalar_mult_base(curve, k)) == multiple(curve, k)


def test_the_table_is_made_once():
    assert weierstrass.base_table(P256) is weierstrass.base_table(P256)
    assert weierstrass.base_table(P256) is not weierstrass.base_table(P384)


def test_threads_that_come_first_together_all_compute_right():
    weierstrass.base_table.cache_clear()
    together, results = threading.Barrier(4), []

    def work():
        together.wait()
        results.append(affine(P256, weierstrass.scalar_mult_base(P256, P256.n - 1)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [weierstrass.negate(P256, P256.G)] * 4


# Encoding


def encode_compressed(curve, Q):
    """SEC 1 section 2.3.3: 02 or 03, and x."""
    x, y = Q
    return bytes([2 + y % 2]) + x.to_bytes(curve.size, "big")


@both_curves
@given(k=st.integers(1, 2**255))
def test_decode_undoes_encode(curve, k):
    Q = multiple(curve, k)
    plain, compressed = weierstrass.encode(curve, Q), encode_compressed(curve, Q)
    assert (len(plain), len(compressed)) == (1 + 2 * curve.size, 1 + curve.size)
    assert weierstrass.decode(curve, plain) == Q
    assert weierstrass.decode(curve, bytearray(plain), compressed_allowed=True) == Q
    assert weierstrass.decode(curve, memoryview(compressed), compressed_allowed=True) == Q
    with pytest.raises(InvalidKey, match=rf"{1 + curve.size} bytes that begin with 0[23]"):
        weierstrass.decode(curve, compressed)


@both_curves
@given(x=st.integers(0, 2**384), odd=st.booleans())
def test_compressed_points_are_those_that_the_curve_has(curve, x, odd):
    """x^3 - 3x + b is a square exactly where Euler's criterion says so."""
    x %= curve.p
    encoded = bytes([2 + odd]) + x.to_bytes(curve.size, "big")
    if pow(x**3 - 3 * x + curve.b, (curve.p - 1) // 2, curve.p) == 1:
        Q = weierstrass.decode(curve, encoded, compressed_allowed=True)
        assert weierstrass.is_on_curve(curve, Q)
        assert (Q[0], Q[1] % 2) == (x, odd)
    else:
        with pytest.raises(InvalidKey, match="none with this x"):
            weierstrass.decode(curve, encoded, compressed_allowed=True)


def encoded(curve, x, y):
    return b"\x04" + x.to_bytes(curve.size, "big") + y.to_bytes(curve.size, "big")


def small_x(curve):
    """Return the first x of a point that leaves room for x + p in as many bytes."""
    return next(x for x in range(100) if pow(x**3 - 3 * x + curve.b, (curve.p - 1) // 2, curve.p) == 1)


@both_curves
def test_a_point_off_the_curve_is_refused(curve):
    x, y = curve.G
    for off in [(x, y ^ 1), (x ^ 1, y), (y, x), (0, 0), (0, 1), (1, 0), (x, 0)]:
        with pytest.raises(InvalidKey, match="do not fit its equation"):
            weierstrass.decode(curve, encoded(curve, *off))


@both_curves
def test_a_point_of_the_same_curve_with_another_b_is_refused(curve):
    """The invalid-curve attack: the formulas would go on with it, since they never look at b."""
    x = 5
    for y in range(1, 20):
        assert not weierstrass.is_on_curve(curve, (x, y))
        with pytest.raises(InvalidKey):
            weierstrass.decode(curve, encoded(curve, x, y))


@both_curves
def test_coordinates_are_below_p(curve):
    """x + p would be the same point a second time."""
    x = small_x(curve)
    compressed = bytes([2]) + x.to_bytes(curve.size, "big")
    x, y = weierstrass.decode(curve, compressed, compressed_allowed=True)
    assert weierstrass.decode(curve, encoded(curve, x, y)) == (x, y)
    for form in (
        encoded(curve, x + curve.p, y),
        bytes([2]) + (x + curve.p).to_bytes(curve.size, "big"),
        bytes([3]) + (x + curve.p).to_bytes(curve.size, "big"),
        encoded(curve, 2 ** (8 * curve.size) - 1, y),
    ):
        with pytest.raises(InvalidKey):
            weierstrass.decode(curve, form, compressed_allowed=True)
    assert not weierstrass.is_on_curve(curve, (x, y + curve.p))
    assert not weierstrass.is_on_curve(curve, (x, y - curve.p))
    assert not weierstrass.is_on_curve(curve, (x - curve.p, y))


@both_curves
def test_p_is_not_another_zero(curve):
    y = pow(curve.b, (curve.p + 1) // 4, curve.p)
    assert weierstrass.decode(curve, encoded(curve, 0, y)) == (0, y)
    for form in (encoded(curve, curve.p, y), bytes([2 + (y & 1)]) + curve.p.to_bytes(curve.size, "big")):
        with pytest.raises(InvalidKey):
            weierstrass.decode(curve, form, compressed_allowed=True)


@both_curves
@pytest.mark.parametrize("compressed_allowed", [False, True])
def test_other_forms_and_lengths_are_refused(curve, compressed_allowed):
    plain, compressed = weierstrass.encode(curve, curve.G), encode_compressed(curve, curve.G)
    parity = curve.G[1] & 1
    for wrong in (
        *(b"", b"\x00", b"\x04", b"\x02", b"\x00" * len(plain), b"\x00" * len(compressed)),
        *(plain[:-1], plain + b"\x00", plain[1:], b"\x05" + plain[1:], b"\x00" + plain),
        *(bytes([6 + parity]) + plain[1:], bytes([2 + parity]) + plain[1:]),  # hybrid; mixed up
        *(compressed[:-1], compressed + b"\x00", compressed[1:], b"\x04" + compressed[1:]),
    ):
        with pytest.raises(InvalidKey, match=f"no point of {curve.name}: (nothing|[0-9]+ bytes that begin)"):
            weierstrass.decode(curve, wrong, compressed_allowed=compressed_allowed)


def test_nothing_is_computed_for_a_wrong_length(monkeypatch):
    monkeypatch.setattr(weierstrass, "y_squared", lambda curve, x: pytest.fail("computed"))
    for form in range(256):
        for length in (0, 31, 33, 63, 65, 96, 100_000):
            with pytest.raises(InvalidKey):
                weierstrass.decode(P256, bytes([form]) + bytes(length), compressed_allowed=True)


@pytest.mark.parametrize("wrong", ["04", 4, None])
def test_decode_asks_for_bytes(wrong):
    with pytest.raises(TypeError, match="an encoded point must be bytes"):
        weierstrass.decode(P256, wrong)
