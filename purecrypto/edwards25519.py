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
Tested by      tests/purecrypto/test_edwards25519.py: the curve's equation, the group law, plain twins.
"""

import functools
from typing import TypeAlias

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

B_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
B_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
B: Point = (B_X, B_Y, 1, B_X * B_Y % p)
ZERO: Point = (0, 1, 1, 0)  # the neutral element


# Numbers modulo p


def fold(n: int) -> int:
    """Return a shorter number that equals `n` modulo p: there 2^255 = 19, so what stands above moves down.

    It takes two thirds of the time of `n % p`, which divides.  The formulas fold where a product only goes
    on into the next one, and end with `% p`, so that no number grows for ever.
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


def double(P: Point) -> Point:
    """Return P + P: 5.1.4, which has a shorter formula for it."""
    X1, Y1, Z1, _ = P
    A = fold(X1**2)
    B = fold(Y1**2)
    C = fold(2 * Z1**2)
    H = A + B
    E = H - fold((X1 + Y1) ** 2)
    G = A - B
    F = C + G
    return E * F % p, G * H % p, F * G % p, E * H % p


def negate(P: Point) -> Point:
    """Return -P, which is (-x, y)."""
    X, Y, Z, T = P
    return -X, Y, Z, -T


# [s]P: adding P to itself s times


def double_and_add(s: int, P: Point) -> Point:
    """Return [s]P, bit by bit from the lowest: the plain twin of the two functions below."""
    Q = ZERO
    while s > 0:
        if s & 1:
            Q = add(Q, P)
        P = double(P)
        s >>= 1
    return Q


def scalar_mult(s: int, P: Point) -> Point:
    """Return [s]P for 0 <= s < 2^256: six doublings and one addition for each digit of s to the base 64."""
    row = multiples(P)
    Q = ZERO
    for digit in reversed(signed_digits(s)):
        for _ in range(DIGIT_BITS):
            Q = double(Q)
        Q = add(Q, row[digit])
    return Q


def scalar_mult_base(s: int) -> Point:
    """Return [s]B for 0 <= s < 2^256: one addition for each digit of s, out of a table."""
    Q = ZERO
    for row, digit in zip(base_table(), signed_digits(s), strict=True):
        Q = add(Q, row[digit])
    return Q


DIGIT_BITS = 6  # wider digits, fewer additions, larger tables: 6 bits cost 5 ms at first use, 8 bits 15 ms
RADIX = 1 << DIGIT_BITS
DIGITS = 43  # enough to write every s below 2^256 with digits from -RADIX/2 to RADIX/2 - 1
HALF = RADIX // 2
HALF_IN_EACH_PLACE = sum(HALF * RADIX**i for i in range(DIGITS))


def signed_digits(s: int) -> list[int]:
    """Return 43 digits from -32 to 31, the lowest first: s = sum of digit[i] * 64^i, for 0 <= s < 2^256.

    Signs halve the work of making a table, since -P costs nothing once P is known.  We add 32 in each place,
    cut the sum into common digits, and take 32 off each.
    """
    s += HALF_IN_EACH_PLACE
    return [(s >> DIGIT_BITS * i) % RADIX - HALF for i in range(DIGITS)]


def multiples(P: Point) -> list[Point]:
    """Return a list whose item i is [i]P for -32 <= i <= 31: Python counts negative i from the end."""
    row = [ZERO]
    for _ in range(HALF):
        row.append(add(row[-1], P))
    return row[:HALF] + [negate(Q) for Q in reversed(row[1:])]


@functools.cache
def base_table() -> list[list[Point]]:
    """Return 43 rows, row i with the multiples of [64^i]B.  Made at the first call, and kept.

    Two threads that both come first make it twice, and both get a right one.
    """
    rows = []
    P = B
    for _ in range(DIGITS):
        rows.append(multiples(P))
        P = negate(double(rows[-1][-HALF]))  # [64]P = -[2][-32]P
    return rows


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
