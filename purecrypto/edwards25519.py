"""edwards25519: the group of points that X25519 and Ed25519 stand on.  RFC 8032 section 5.1.

The points (x, y) of the curve -x^2 + y^2 = 1 + d x^2 y^2, with numbers modulo p, form a group: two of them
add up to a third, and (0, 1) is the zero.  [s]P is P added to itself s times.  It takes a fraction of a
millisecond, however large s is; to find s again, from P and [s]P, is more than all computers can do
together.  Signatures and key exchange rest on that.

The base point B has the prime order L: [1]B, [2]B ... are all different up to [L]B, which is the zero.  The
whole curve has 8 L points; this 8, the cofactor, is the reason for `clamp`.

The letters are the RFC's: p, d, L, B for the curve, X, Y, Z, T for a point's coordinates, and A to H for
what its formulas put aside (there, B is not the base point).  P and Q are points; s is a number, a "scalar".

Sizes          a point is 32 bytes when encoded; a scalar is below 2^256.
Errors         InvalidKey for 32 bytes that are no point: a peer's fault.
Side channels  Not constant-time: tables are read at secret places and Python ints take time by their size.
               `scalar_mult` also adds at places that depend on s, which therefore should be no secret.
Tested by      tests/purecrypto/test_edwards25519.py: the curve's equation, the group law, plain twins.
"""

import functools
from collections.abc import Iterable
from typing import TypeAlias

from purecrypto import recoding
from purecrypto.buffers import Buffer, exactly
from purecrypto.errors import InvalidKey

# Section 5.1, table 1
p = 2**255 - 19
d = -121665 * pow(121666, -1, p) % p
L = 2**252 + 27742317777372353535851937790883648493

POINT_SIZE = 32  # bytes
LOW_255_BITS = 2**255 - 1
SQRT_MINUS_1 = pow(2, (p - 1) // 4, p)  # its square is -1 modulo p

# A point in extended homogeneous coordinates (5.1.4): x = X/Z, y = Y/Z, x*y = T/Z.  Fractions put off the
# division, which costs as much as forty multiplications, until the point is encoded.
Point: TypeAlias = tuple[int, int, int, int]

# A point made ready to be added often: (y - x, y + x, 2*d*x*y), all that the formula for P + Q asks of Q if
# its Z is 1.  It is called the Niels form, after Niels Duif.
Niels: TypeAlias = tuple[int, int, int]

B_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
B_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
B: Point = (B_X, B_Y, 1, B_X * B_Y % p)
ZERO: Point = (0, 1, 1, 0)  # the neutral element


# Numbers modulo p


def fold(n: int) -> int:
    """Return a shorter number that equals `n` modulo p: there 2^255 = 19, so what stands above moves down.

    It takes half the time of `n % p`, which divides.  The formulas fold where a product only goes on into
    the next one, and end with `% p`, so that no number grows for ever.

    A call takes half as long again as the folding itself.  Where it is done thousands of times the line is
    therefore written out: `A = ((n := X * Y) & LOW_255_BITS) + 19 * (n >> 255)` says A = fold(X * Y).
    """
    return (n & LOW_255_BITS) + 19 * (n >> 255)


def invert(n: int) -> int:
    """Return 1/n modulo p, and 0 for 0: the same as n^(p-2), the RFCs' way to divide, but much quicker."""
    n %= p
    return pow(n, -1, p) if n else 0


# Points: sections 5.1.2 to 5.1.4


def encode(P: Point) -> bytes:
    """Return y as 32 little-endian bytes, with the lowest bit of x in the one bit left: 5.1.2."""
    X, Y, Z, _ = P
    z_inverse = invert(Z)
    x, y = X * z_inverse % p, Y * z_inverse % p
    return (y | (x & 1) << 255).to_bytes(POINT_SIZE, "little")


def decode(encoded_point: Buffer) -> Point:
    """Return the point whose encoding these 32 bytes are: 5.1.3.  InvalidKey if there is none."""
    octets = exactly(encoded_point, POINT_SIZE, "an encoded point")
    # 1. The top bit is the sign of x, the rest is y.
    y = int.from_bytes(octets, "little")
    x_0 = y >> 255
    y &= LOW_255_BITS
    if y >= p:
        raise InvalidKey("no point: y is not below p = 2^255 - 19")
    # 2. The curve's equation says x^2 = u/v.  This x is a root of u/v if it has one.
    u = (y * y - 1) % p
    v = (d * y * y + 1) % p
    x = u * v**3 * pow(u * v**7, (p - 5) // 8, p) % p
    # 3. It may also be a root of -u/v, one step from the root we want, or of neither.
    v_x_squared = v * x * x % p
    if v_x_squared == -u % p:
        x = x * SQRT_MINUS_1 % p
    elif v_x_squared != u:
        raise InvalidKey("no point: the curve has none with this y")
    # 4. Of x and -x, one is odd and one is even: the sign says which is meant.  But 0 and -0 are the same.
    if x == 0 and x_0 == 1:
        raise InvalidKey("no point: x = 0 with the sign of an odd x")
    if x & 1 != x_0:
        x = p - x
    return x, y, 1, x * y % p


def add(P: Point, Q: Point) -> Point:
    """Return P + Q: 5.1.4.  The formula is complete: right for any two points, be they equal or zero."""
    X1, Y1, Z1, T1 = P
    X2, Y2, Z2, T2 = Q
    A = fold((Y1 - X1) * (Y2 - X2))
    B = fold((Y1 + X1) * (Y2 + X2))
    C = fold(fold(T1 * 2 * d) * T2)
    D = fold(Z1 * 2 * Z2)
    E, F, G, H = B - A, D - C, D + C, B + A
    return E * F % p, G * H % p, F * G % p, E * H % p


def add_all(P: Point, addends: Iterable[Niels]) -> Point:
    """Return P and all of `addends` added up: `add` in a loop, without Q's share of the work."""
    X, Y, Z, T = P
    for y_minus_x, y_plus_x, xy_2d in addends:
        A = ((n := (Y - X) * y_minus_x) & LOW_255_BITS) + 19 * (n >> 255)
        B = ((n := (Y + X) * y_plus_x) & LOW_255_BITS) + 19 * (n >> 255)
        C = ((n := T * xy_2d) & LOW_255_BITS) + 19 * (n >> 255)
        D = 2 * Z
        E = B - A
        F = D - C
        G = D + C
        H = B + A
        X = ((n := E * F) & LOW_255_BITS) + 19 * (n >> 255)
        Y = ((n := G * H) & LOW_255_BITS) + 19 * (n >> 255)
        Z = ((n := F * G) & LOW_255_BITS) + 19 * (n >> 255)
        T = ((n := E * H) & LOW_255_BITS) + 19 * (n >> 255)
        X %= p
        Y %= p
        Z %= p
        T %= p
    return X, Y, Z, T


def double(P: Point, times: int = 1) -> Point:
    """Return P + P: 5.1.4, which has a shorter formula for it.  Or [2^times]P, for 1 <= times.

    No doubling asks for T, so it is computed once, after the last.
    """
    X, Y, Z, _ = P
    for _ in range(times):
        A = ((n := X * X) & LOW_255_BITS) + 19 * (n >> 255)
        B = ((n := Y * Y) & LOW_255_BITS) + 19 * (n >> 255)
        C = 2 * (((n := Z * Z) & LOW_255_BITS) + 19 * (n >> 255))
        H = A + B
        E = H - (((n := (X + Y) ** 2) & LOW_255_BITS) + 19 * (n >> 255))
        G = A - B
        F = C + G
        X = ((n := E * F) & LOW_255_BITS) + 19 * (n >> 255)
        Y = ((n := G * H) & LOW_255_BITS) + 19 * (n >> 255)
        Z = ((n := F * G) & LOW_255_BITS) + 19 * (n >> 255)
        X %= p
        Y %= p
        Z %= p
    return X, Y, Z, E * H % p


def negate(P: Point) -> Point:
    """Return -P, which is (-x, y)."""
    X, Y, Z, T = P
    return -X, Y, Z, -T


# [s]P: adding P to itself s times


def double_and_add(s: int, P: Point) -> Point:
    """Return [s]P, bit by bit from the lowest: the plain twin of `scalar_mult` and `scalar_mult_base`."""
    Q = ZERO
    while s > 0:
        if s & 1:
            Q = add(Q, P)
        P = double(P)
        s >>= 1
    return Q


# [s]P for any point: fewer additions


def scalar_mult(s: int, P: Point) -> Point:
    """Return [s]P for 0 <= s: one doubling for each bit, and one addition for every six."""
    row = odd_multiples(P)
    Q = ZERO
    for digit, zeros in reversed(recoding.odd_digits(s)):
        Q = add(Q, row[digit])
        if zeros > 0:
            Q = double(Q, zeros)
    return Q


def odd_multiples(P: Point) -> dict[int, Point]:
    """Return [i]P for the odd i from -15 to 15.  Signs halve the work: -P costs nothing once P is known."""
    two_P = double(P)
    row = {1: P, -1: negate(P)}
    for i in range(3, 16, 2):
        row[i] = add(row[i - 2], two_P)
        row[-i] = negate(row[i])
    return row


# [s]B: the point is always the same, so a table can have most of the doublings done
#
# Write s with 256 binary digits and lay a comb of eight teeth over them, its teeth four places apart:
#
#     place     ... 31  30  29  28  27  26  25  24  ...  7   6   5   4   3   2   1   0
#     teeth                      |               |                   |               |
#
# What is under the teeth is a byte, and row 0 of the table has the sum that each byte stands for: that of
# [2^28]B, [2^24]B ... [2^4]B and B.  Seven more combs, each with a row of its own, cover the places above, so
# that eight additions do for every fourth digit.  For the digits one place higher the combs are the same, and
# everything counts double.  So we begin with places 3, 7, 11 ..., double once, go on with places 2, 6, 10 ...
# and so down to 0: 32 additions and only three doublings.
#
# The digits are 1 and -1, not 1 and 0.  With all its bits turned over, a byte then stands for the opposite
# point, and half of the table comes for free.

SPACING = 4  # places from tooth to tooth: 2 saves two of the doublings, and takes twice the time at first use
TEETH = 8
ROWS = 256 // (SPACING * TEETH)
ALL_ONES = 2**256 - 1
ONE_HALF = (L + 1) // 2  # modulo L


def scalar_mult_base(s: int) -> Point:
    """Return [s]B for any s: 32 additions out of a table, and three doublings."""
    table = base_table()
    # Each digit is 2 * bit - 1 for a bit of b, so the digits stand for 2 * b - ALL_ONES.  Set that to s and
    # solve for b, modulo L, which changes nothing because [L]B is zero.
    b = (s + ALL_ONES) * ONE_HALF % L
    bits = f"{b:0256b}"  # begins with the highest place
    Q = ZERO
    for first in range(SPACING):
        under_the_teeth = int(bits[first::SPACING], 2).to_bytes(ROWS, "little")
        if first > 0:
            Q = double(Q)
        Q = add_all(Q, [row[byte] for row, byte in zip(table, under_the_teeth, strict=True)])
    return Q


@functools.cache
def base_table() -> list[list[Niels]]:
    """Return eight rows: in row i, place `byte`, the sum of [2^j]B or its opposite for j = 32i, 32i + 4 ...

    Made at the first call, in the time of some ninety multiplications of B, and kept.  Two threads that both
    come first make it twice, and both get a right one.
    """
    rows = []
    P = B
    for _ in range(ROWS):
        all_minus, steps = ZERO, []
        for _ in range(TEETH):
            all_minus = add(all_minus, negate(P))
            steps.append(double(P))  # from -P to P it is twice P
            P = double(P, SPACING)
        points = [all_minus]
        for step in steps[:-1]:
            points += [add(Q, step) for Q in points]
        half = niels_forms(points)  # where the highest bit is 0; the other half mirrors it
        rows.append(half + [opposite(N) for N in reversed(half)])
    return rows


def niels_forms(points: list[Point]) -> list[Niels]:
    """Return the points ready to be added, with one inversion for all of them.

    This is Montgomery's trick.  1/(a*b*c) times a*b is 1/c, and times c it is 1/(a*b), where the same can be
    done again.  Three products take the place of an inversion, which costs as much as forty.
    """
    products = [1]  # of no Z, of the first, of the first two ...
    for _, _, Z, _ in points:
        products.append(products[-1] * Z % p)
    inverse = invert(products.pop())
    forms = []
    for X, Y, Z, _ in reversed(points):
        z_inverse = inverse * products.pop() % p
        inverse = inverse * Z % p
        x, y = X * z_inverse % p, Y * z_inverse % p
        forms.append(((y - x) % p, y + x, x * y % p * 2 * d % p))
    return forms[::-1]


def opposite(N: Niels) -> Niels:
    """Return -N: with -x for x, the first two change places."""
    y_minus_x, y_plus_x, xy_2d = N
    return y_plus_x, y_minus_x, p - xy_2d


def clamp(octets: bytes) -> int:
    """Return 32 random bytes as a secret scalar: RFC 7748 section 5 and RFC 8032 section 5.1.5, step 2.

    A multiple of 8, the cofactor, takes every point of small order to zero, so that a hostile point cannot
    reveal s modulo 8.  Bit 254 set and bit 255 clear give all scalars one length, so that a ladder which
    starts at the top bit takes no hint from it.
    """
    scalar = bytearray(octets)
    scalar[0] &= 0b1111_1000
    scalar[31] &= 0b0111_1111
    scalar[31] |= 0b0100_0000
    return int.from_bytes(scalar, "little")
