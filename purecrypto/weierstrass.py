"""The NIST curves P-256 and P-384: the groups that ECDH and ECDSA stand on.  SP 800-186, SEC 1.

The points (x, y) of y^2 = x^3 - 3x + b, with numbers modulo p, and one more, the point at infinity, form a
group.  Draw a line through two points: it meets the curve in a third, and that one mirrored is their sum.  A
line straight up meets no third point; then the sum is infinity, which is the zero of the group.  The tangent
gives P + P.

The base point G has the order n, a prime, and there are no points but [1]G, [2]G ... [n]G = infinity.  So the
cofactor is 1: whatever satisfies the equation is in the group, and no small group waits beside it.  But the
formulas below never look at b.  Given a point of another curve, with another b and a small order, they answer
from there, and the answers betray the private key bit by bit: the invalid-curve attack.  `decode` is the only
way in, and it checks the equation.

The letters are the standards': p, b, n, G for the curve, P and Q for points, x and y for their coordinates; k
is a number, a "scalar".  H, R and the Greek letters are those of the formulas, which the Explicit-Formulas
Database calls add-1998-cmo-2 and dbl-2001-b.

Sizes          P-256: numbers of 32 bytes, points of 65; P-384: 48 and 97.
Errors         InvalidKey for bytes that are no point: a peer's fault.
Side channels  Not constant-time: tables are read at secret places, `scalar_mult` adds at places that depend
               on k, and Python ints take time by their size.
Tested by      tests/purecrypto/test_weierstrass.py: the group law on a curve small enough to try every pair,
               plain twins, pyca/cryptography, NIST's public keys and key pairs.
"""

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from purecrypto import recoding
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.errors import InvalidKey

Affine: TypeAlias = tuple[int, int]  # (x, y): any point but infinity

# A point in Jacobian coordinates: x = X/Z^2, y = Y/Z^3, and infinity where Z = 0.  Fractions put off the
# division, which costs as much as forty multiplications, until a coordinate is needed.
Point: TypeAlias = tuple[int, int, int]

INFINITY: Point = (0, 1, 0)  # with X = 0, `add_all` finds it by the check that it makes anyway


@dataclass(frozen=True, eq=False)
class Curve:
    """y^2 = x^3 - 3x + b modulo p, and the base point G of prime order n."""

    name: str
    p: int
    b: int
    n: int
    G: Affine

    @functools.cached_property
    def size(self) -> int:
        """Bytes in a coordinate; for the curves here, also in a scalar."""
        return (self.p.bit_length() + 7) // 8


# SP 800-186 section 3.2.1.3.  SEC 2 and TLS call it secp256r1.
P256 = Curve(
    name="P-256",
    p=2**256 - 2**224 + 2**192 + 2**96 - 1,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    G=(
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)

# SP 800-186 section 3.2.1.4: secp384r1
P384 = Curve(
    name="P-384",
    p=2**384 - 2**128 - 2**96 + 2**32 - 1,
    b=0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    G=(
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
)


# Points as bytes: SEC 1 sections 2.3.3 and 2.3.4

UNCOMPRESSED = 0x04  # then x and y
COMPRESSED = (0x02, 0x03)  # then x alone: y is the even or the odd one of two


def encode(curve: Curve, Q: Affine) -> bytes:
    """Return a point as 04, x, y: 2.3.3, uncompressed."""
    x, y = Q
    return bytes([UNCOMPRESSED]) + x.to_bytes(curve.size, "big") + y.to_bytes(curve.size, "big")


def decode(curve: Curve, encoded_point: Buffer, *, compressed_allowed: bool = False) -> Affine:
    """Return the point whose encoding this is: 2.3.4.  InvalidKey if there is none.

    TLS 1.3 has only the uncompressed form (RFC 9846 section 4.3.8.2); certificates may hold either (RFC 5480
    section 2.2).  Infinity, a single 00, is no public key in any form.  Length and form are looked at before
    anything is computed.
    """
    octets = as_bytes(encoded_point, "an encoded point")
    size, p = curve.size, curve.p
    form = octets[0] if octets else None
    if form == UNCOMPRESSED and len(octets) == 1 + 2 * size:
        Q = int.from_bytes(octets[1 : 1 + size], "big"), int.from_bytes(octets[1 + size :], "big")
        if not is_on_curve(curve, Q):
            raise InvalidKey(f"no point of {curve.name}: x and y do not fit its equation")
        return Q
    if compressed_allowed and form in COMPRESSED and len(octets) == 1 + size:
        x = int.from_bytes(octets[1:], "big")
        # Since p is 3 modulo 4, this y is a root of y^2 if there is one.
        y = pow(y_squared(curve, x), (p + 1) // 4, p)
        if y & 1 != form & 1:
            y = p - y
        if not is_on_curve(curve, (x, y)):
            raise InvalidKey(f"no point of {curve.name}: it has none with this x")
        return x, y
    start = "nothing" if form is None else f"{len(octets)} bytes that begin with {form:02x}"
    raise InvalidKey(f"no point of {curve.name}: {start}")


def is_on_curve(curve: Curve, Q: Affine) -> bool:
    """Return whether x and y are below p and satisfy the equation: steps 2 and 3 of SP 800-56A 5.6.2.3.3.

    Step 1, that Q is not infinity, is settled by its having an x and a y; step 4, that [n]Q is, by the
    cofactor.
    """
    x, y = Q
    return 0 <= x < curve.p and 0 <= y < curve.p and y * y % curve.p == y_squared(curve, x)


def y_squared(curve: Curve, x: int) -> int:
    """Return x^3 - 3x + b modulo p."""
    return ((x * x - 3) * x + curve.b) % curve.p


# The group law


def add(curve: Curve, P: Point, Q: Point) -> Point:
    """Return P + Q for any two points."""
    p = curve.p
    X1, Y1, Z1 = P
    X2, Y2, Z2 = Q
    if Z1 == 0:
        return Q
    if Z2 == 0:
        return P
    # Over the common denominators (Z1 Z2)^2 and (Z1 Z2)^3, x is U and y is S; the slope of the line is R/H.
    Z1Z1, Z2Z2 = Z1 * Z1 % p, Z2 * Z2 % p
    U1, U2 = X1 * Z2Z2 % p, X2 * Z1Z1 % p
    S1, S2 = Y1 * (Z2 * Z2Z2 % p) % p, Y2 * (Z1 * Z1Z1 % p) % p
    H, R = U2 - U1, S2 - S1
    if H == 0:  # the same x: either the same point, and the line is its tangent, or mirrored
        return double(curve, P) if R == 0 else INFINITY
    HH = H * H % p
    HHH = H * HH % p
    V = U1 * HH % p
    X3 = (R * R - HHH - 2 * V) % p
    return X3, (R * (V - X3) - S1 * HHH) % p, Z1 * Z2 % p * H % p


def add_all(curve: Curve, P: Point, addends: Iterable[Affine]) -> Point:
    """Return P and all of `addends` added up: `add` in a loop, where the second Z is 1 and drops out."""
    p = curve.p
    X, Y, Z = P
    for x, y in addends:
        ZZ = Z * Z % p
        H = (x * ZZ - X) % p
        if H == 0:  # the same x again, or else Z and X are 0: infinity
            X, Y, Z = add(curve, (X, Y, Z), (x, y, 1))
            continue
        R = (y * (Z * ZZ % p) - Y) % p
        HH = H * H % p
        HHH = H * HH % p
        V = X * HH % p
        X = (R * R - HHH - 2 * V) % p
        Y = (R * (V - X) - Y * HHH) % p
        Z = Z * H % p
    return X, Y, Z


def double(curve: Curve, P: Point, times: int = 1) -> Point:
    """Return P + P; or [2^times]P.

    The tangent's slope is (3x^2 - 3) / 2y.  That is why the curves have this -3: the numerator is a product,
    and over the denominator Z^4 it is alpha.
    """
    p = curve.p
    X, Y, Z = P
    for _ in range(times):
        delta = Z * Z % p
        gamma = Y * Y % p
        beta = 4 * X * gamma % p
        alpha = 3 * (X - delta) * (X + delta) % p
        Z = 2 * Y * Z % p
        X = (alpha * alpha - 2 * beta) % p
        Y = (alpha * (beta - X) - 8 * gamma * gamma) % p
    return X, Y, Z


def negate(curve: Curve, Q: Affine) -> Affine:
    """Return -Q, which is (x, -y).  No y is 0: such a point would have the order 2."""
    x, y = Q
    return x, curve.p - y


def to_affine(curve: Curve, *points: Point) -> list[Affine]:
    """Return (x, y) of each point, none of which is infinity: one inversion for all."""
    p = curve.p
    affine = []
    for (X, Y, _), z_inverse in zip(points, inverses([Z for _, _, Z in points], p), strict=True):
        zz_inverse = z_inverse * z_inverse % p
        affine.append((X * zz_inverse % p, Y * (zz_inverse * z_inverse % p) % p))
    return affine


def inverses(numbers: Sequence[int], p: int) -> list[int]:
    """Return 1/n modulo p for each n, none of which is 0, with one inversion for all of them.

    This is Montgomery's trick.  1/(a*b*c) times a*b is 1/c, and times c it is 1/(a*b), where the same can be
    done again.  Three products take the place of an inversion, which costs as much as forty.
    """
    products = [1]  # of nothing, of the first, of the first two ...
    for n in numbers:
        products.append(products[-1] * n % p)
    inverse = pow(products.pop(), -1, p)
    found = []
    for n in reversed(numbers):
        found.append(inverse * products.pop() % p)
        inverse = inverse * n % p
    return found[::-1]


# [k]P: adding P to itself k times


def double_and_add(curve: Curve, k: int, P: Point) -> Point:
    """Return [k]P, bit by bit from the lowest: the plain twin of `scalar_mult` and `scalar_mult_base`."""
    Q = INFINITY
    while k > 0:
        if k & 1:
            Q = add(curve, Q, P)
        P = double(curve, P)
        k >>= 1
    return Q


# [k]P for any point: fewer additions


def scalar_mult(curve: Curve, k: int, P: Affine) -> Point:
    """Return [k]P for 0 <= k: one doubling for each bit, and one addition for every six."""
    row = odd_multiples(curve, P)
    Q = INFINITY
    for digit, zeros in reversed(recoding.odd_digits(k)):
        Q = add_all(curve, Q, (row[digit],))
        Q = double(curve, Q, zeros)
    return Q


def odd_multiples(curve: Curve, P: Affine) -> dict[int, Affine]:
    """Return [i]P for the odd i from -15 to 15.  One inversion makes all additions cheaper."""
    two_P = double(curve, (*P, 1))
    points = [(*P, 1)]
    for _ in range(3, 16, 2):
        points.append(add(curve, points[-1], two_P))
    positive = dict(zip(range(1, 16, 2), to_affine(curve, *points), strict=True))
    return positive | {-i: negate(curve, Q) for i, Q in positive.items()}


# [k]G: the point is always the same, so a table can have most of the doublings done
#
# The table is the one that `edwards25519` draws: combs of eight teeth, four places apart, lie side by side
# over the binary digits of k.  What is under the teeth of a comb is a byte, and its row of the table has the
# sum that this byte stands for.  The digits are 1 and -1, so half of a row mirrors the other.  P-256 takes
# eight rows, P-384 twelve; that is 32 or 48 additions, and three doublings.

SPACING = 4  # places from tooth to tooth: 2 saves two of the doublings, and takes twice the time at first use
TEETH = 8


def scalar_mult_base(curve: Curve, k: int) -> Point:
    """Return [k]G for any k: an addition out of a table for every eighth bit, and three doublings."""
    table = base_table(curve)
    places = 8 * curve.size
    # A digit is 2 * bit - 1, where `bit` is one of c, so k = 2 * c - all_ones.  It may be off by multiples of
    # n, since [n]G is infinity.
    all_ones, one_half = 2**places - 1, (curve.n + 1) // 2
    c = (k + all_ones) * one_half % curve.n
    bits = f"{c:0{places}b}"  # begins with the highest place
    Q = INFINITY
    for first in range(SPACING):
        under_the_teeth = int(bits[first::SPACING], 2).to_bytes(len(table), "little")
        Q = double(curve, Q)
        Q = add_all(curve, Q, [row[byte] for row, byte in zip(table, under_the_teeth, strict=True)])
    return Q


@functools.cache
def base_table(curve: Curve) -> list[list[Affine]]:
    """Return the rows: in row i, place `byte`, the sum of [2^j]G or its opposite for j = 32i, 32i + 4 ...

    Made at the first call, in the time of a few multiplications, and kept.  Two threads that both come first
    make it twice, and both get a right one.
    """
    rows = curve.size * 8 // (SPACING * TEETH)
    powers = [(*curve.G, 1)]  # [2^j]G for every j under a tooth
    for _ in range(1, rows * TEETH):
        powers.append(double(curve, powers[-1], SPACING))
    plus = to_affine(curve, *powers)
    steps = to_affine(curve, *[double(curve, P) for P in powers])  # from -P to P it is twice P
    minus = [negate(curve, P) for P in plus]
    all_minus = [add_all(curve, INFINITY, minus[i : i + TEETH]) for i in range(0, len(minus), TEETH)]

    # All rows grow at the same time: the sums for byte 0, one a row, then those for byte 1, for 2 and 3 ...
    points = to_affine(curve, *all_minus)
    for tooth in range(TEETH - 1):
        points += add_pairs(curve, points, itertools.cycle(steps[tooth::TEETH]))
    halves = [points[row::rows] for row in range(rows)]  # where the highest bit is 0; the rest mirrors it
    return [half + [negate(curve, P) for P in reversed(half)] for half in halves]


def add_pairs(curve: Curve, left: Sequence[Affine], right: Iterable[Affine]) -> list[Affine]:
    """Return P + Q for each P on the left and its Q, whose x differ: SEC 1 section 2.2.1, rule 4.

    This is the line through two points as the textbook has it.  The division that Jacobian coordinates avoid
    is shared by all pairs, which makes it the cheapest addition of all.
    """
    p = curve.p
    pairs = list(zip(left, right, strict=False))  # `right` may go round and round
    run_inverses = inverses([x2 - x1 for (x1, _), (x2, _) in pairs], p)
    sums = []
    for ((x1, y1), (x2, y2)), run_inverse in zip(pairs, run_inverses, strict=True):
        slope = (y2 - y1) * run_inverse % p
        x3 = (slope * slope - x1 - x2) % p
        sums.append((x3, (slope * (x1 - x3) - y1) % p))
    return sums
