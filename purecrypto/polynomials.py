"""The polynomials of ML-KEM: multiplied, drawn at random, rounded and written down.  FIPS 203, section 4.

A polynomial here has 256 coefficients modulo the prime q = 3329, and is a list of them, the lowest first.
They are multiplied modulo X^256 + 1: what grows beyond X^255 comes back with its sign changed.  That is the
ring R_q, in which sizes are fixed and nothing carries.

A product of two takes 65,536 products of numbers, unless both have gone through the number-theoretic
transform (NTT) before.  q was chosen so that 17 is a 256th root of one: X^256 + 1 falls apart into 128
factors X^2 - 17^odd.  The transform gives the remainder for each of them (that is the ring T_q; what is in it
has a hat), and a product in T_q is 128 small products, one for each factor.

The file says most things twice.  First come the standard's algorithms, in their order and in its letters.
Below stand the wide twins, which do the same a few times as fast, on long ints.

Sizes          n = 256 coefficients of 12 bits: 384 bytes.
Errors         none: `ml_kem` checks what a peer sends, lengths included, before it comes here.
Side channels  No secret-dependent branch or table here, but for `sample_ntt`, whose input is public.  Python
               ints are not constant-time.  Rounding divides by q; compiled to a division instruction, whose
               time depends on what is divided, that gave secrets away in many libraries until 2023
               (KyberSlash).  In Python it is one leak among others.
Tested by      tests/purecrypto/test_polynomials.py: the definitions, kept to by both halves.
"""

import functools
import operator
import struct
from collections.abc import Sequence
from itertools import count
from typing import TypeAlias

from purecrypto.keccak import shake_128

Polynomial: TypeAlias = list[int]

n = 256  # coefficients
q = 3329  # = 13 * 256 + 1, a prime
zeta = 17  # a 256th root of one modulo q, and no lower: section 4.3


# --- 4.2.1: bits, bytes, and rounding ----------------------------------------------------------------------
#
# BytesToBits and BitsToBytes (algorithms 3 and 4) are what Python's ints do: int.from_bytes(B, "little") has
# these bits.


def compress(x: Polynomial, d: int) -> Polynomial:
    """Return each coefficient as d bits, rounded: 2^d / q times as large, for d < 12 (4.7).

    What has not been reduced modulo q gives the same.
    """
    half, mask = q // 2, (1 << d) - 1
    return [((c << d) + half) // q & mask for c in x]


def decompress(y: Polynomial, d: int) -> Polynomial:
    """Return from d bits the coefficient in the middle of those that are rounded to them (4.8)."""
    half = 1 << d - 1
    return [c * q + half >> d for c in y]


def byte_encode(F: Polynomial, d: int) -> bytes:
    """Return 32 * d bytes, which hold d bits of each coefficient: algorithm 5."""
    return sum(c << d * i for i, c in enumerate(F)).to_bytes(32 * d, "little")


def byte_decode(B: bytes, d: int) -> Polynomial:
    """Return the 256 coefficients in 32 * d bytes: algorithm 6.  Twelve bits are reduced modulo q."""
    bits = int.from_bytes(B, "little")
    m = 1 << d if d < 12 else q
    return [(bits >> d * i) % (1 << d) % m for i in range(n)]


# --- 4.2.2: drawing polynomials ----------------------------------------------------------------------------


def sample_ntt(B: bytes) -> Polynomial:
    """Return a uniform a_hat in T_q from a seed of 34 bytes that is no secret: algorithm 7.

    Of each three bytes of SHAKE128 come two numbers of 12 bits, and those from q on are thrown away.
    """
    xof = shake_128(B)
    for blocks in count(3):  # three are enough for 99 polynomials of 100
        a_hat = []
        C = xof.digest(blocks * xof.block_size)
        for i in range(0, len(C), 3):
            d_1 = C[i] + 256 * (C[i + 1] % 16)
            d_2 = C[i + 1] // 16 + 16 * C[i + 2]
            a_hat += [d for d in (d_1, d_2) if d < q]
        if len(a_hat) >= n:
            break
    return a_hat[:n]


def sample_poly_cbd(B: bytes, eta: int = 2) -> Polynomial:
    """Return a polynomial of small coefficients, from -eta to eta, from 64 * eta random bytes: algorithm 8.

    Each is the difference of two sums of eta bits, so the smallest are the most frequent: "centered binomial
    distribution".
    """
    b = [int.from_bytes(B, "little") >> i & 1 for i in range(8 * len(B))]
    f = []
    for i in range(n):
        x = sum(b[2 * i * eta : (2 * i + 1) * eta])
        y = sum(b[(2 * i + 1) * eta : (2 * i + 2) * eta])
        f.append((x - y) % q)
    return f


# --- 4.3: the number-theoretic transform -------------------------------------------------------------------


def bit_reversed(i: int) -> int:
    """Return the seven bits of i in reversed order: BitRev7."""
    return int(f"{i:07b}"[::-1], 2)


ZETAS = [pow(zeta, bit_reversed(i), q) for i in range(128)]  # appendix A
GAMMAS = [pow(zeta, 2 * bit_reversed(i) + 1, q) for i in range(128)]  # the factors are X^2 - gamma


def ntt(f: Polynomial) -> Polynomial:
    """Return f_hat: the remainders of f for each factor X^2 - gamma, two coefficients each: algorithm 9.

    X^256 + 1 is split into two factors, those into four, and so on; going from a factor X^2len - zeta^2 to
    the two X^len -+ zeta is one multiplication, one addition and one subtraction for each coefficient.
    """
    f_hat, i, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, n, 2 * length):
            for j in range(start, start + length):
                t = ZETAS[i] * f_hat[j + length] % q
                f_hat[j + length] = (f_hat[j] - t) % q
                f_hat[j] = (f_hat[j] + t) % q
            i += 1
        length //= 2
    return f_hat


def inverse_ntt(f_hat: Polynomial) -> Polynomial:
    """Return the f of which f_hat is the transform: the same steps backwards: algorithm 10."""
    f, i, length = list(f_hat), 127, 2
    while length <= 128:
        for start in range(0, n, 2 * length):
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % q
                f[j + length] = ZETAS[i] * (f[j + length] - t) % q
            i -= 1
        length *= 2
    return [c * 3303 % q for c in f]  # 3303 = 1/128: each of the seven layers has doubled everything


def multiply_ntts(f_hat: Polynomial, g_hat: Polynomial) -> Polynomial:
    """Return the product of two elements of T_q: algorithm 11."""
    h_hat: Polynomial = []
    for i in range(128):
        a_0, a_1 = f_hat[2 * i : 2 * i + 2]
        b_0, b_1 = g_hat[2 * i : 2 * i + 2]
        h_hat += base_case_multiply(a_0, a_1, b_0, b_1, GAMMAS[i])
    return h_hat


def base_case_multiply(a_0: int, a_1: int, b_0: int, b_1: int, gamma: int) -> tuple[int, int]:
    """Return (a_0 + a_1 X) (b_0 + b_1 X) modulo X^2 - gamma: algorithm 12."""
    return (a_0 * b_0 + a_1 * b_1 * gamma) % q, (a_0 * b_1 + a_1 * b_0) % q


def add(f: Polynomial, g: Polynomial) -> Polynomial:
    """Return f + g, in either ring, not reduced modulo q."""
    return list(map(operator.add, f, g))


def subtract(f: Polynomial, g: Polynomial) -> Polynomial:
    """Return f - g, in either ring, not reduced modulo q."""
    return list(map(operator.sub, f, g))


def reduce(f: Polynomial) -> Polynomial:
    """Return f with coefficients from 0 to q - 1."""
    return [c % q for c in f]


# --- The transform as one multiplication -------------------------------------------------------------------
#
# The remainders that the NTT gives are values of two polynomials, one of the even coefficients of f and one
# of the odd, at the points gamma.  With k = BitRev7(i), the even half is
#
#     f_hat[2i]  =  sum over j of  f[2j] * 17^((2k + 1) j)
#
# and 2kj = j^2 + k^2 - (k - j)^2, so that (Bluestein, 1968)
#
#     f_hat[2i]  =  17^(k^2) * sum over j of  ( f[2j] * 17^(j + j^2) ) * 17^(-(k - j)^2)
#
# Such a sum, of something that depends on j times something that depends on k - j, is a coefficient of a
# product of two polynomials.  And a product of polynomials is a product of ints (Kronecker, 1882), where
# there is so much room between the coefficients that no sum carries into the next.
#
#     an int   [ c127, 32 bits | ... | c1, 32 bits | c0, 32 bits ]        128 * q^2 < 2^32
#
# 17^(m^2) is the same for m and m + 128, so the sum goes round in a circle of 128: the upper half of the
# product is added to the lower.  Then a transform is two products of ints of 512 bytes, for which Python has
# Karatsuba's method, where the loops above take 896 steps.  The way back is the same with the other sign.

LANES = struct.Struct("<128I")
LOW_HALF = (1 << 32 * 128) - 1
REORDER = operator.itemgetter(*[bit_reversed(i) for i in range(128)])  # its own inverse


def _powers(exponents: Sequence[int], factor: int = 1) -> list[int]:
    return [factor * pow(zeta, exponent % 256, q) % q for exponent in exponents]  # 17^256 = 1


def _packed(values: Sequence[int]) -> int:
    return int.from_bytes(LANES.pack(*values), "little")


BEFORE = _powers([j + j * j for j in range(128)])
CHIRP = _packed(_powers([-m * m for m in range(128)]))
AFTER = _powers([k * k for k in range(128)])

INVERSE_BEFORE = _powers([-k * k for k in range(128)])
INVERSE_CHIRP = _packed(_powers([m * m for m in range(128)]))
INVERSE_AFTER = _powers([-j - j * j for j in range(128)], factor=3303)  # 1/128


def wide_ntt(f: Polynomial) -> Polynomial:
    """Return the same as `ntt`."""
    f_hat = [0] * n
    for part in (slice(0, n, 2), slice(1, n, 2)):
        f_hat[part] = REORDER(_convolve(f[part], BEFORE, CHIRP, AFTER))
    return f_hat


def wide_inverse_ntt(f_hat: Polynomial) -> Polynomial:
    """Return the same as `inverse_ntt`."""
    f = [0] * n
    for part in (slice(0, n, 2), slice(1, n, 2)):
        f[part] = _convolve(REORDER(f_hat[part]), INVERSE_BEFORE, INVERSE_CHIRP, INVERSE_AFTER)
    return f


def _convolve(values: Sequence[int], before: list[int], chirp: int, after: list[int]) -> list[int]:
    """Return after[k] * sum over j of values[j] * before[j] * chirp[k - j], for each k."""
    product = _packed([v * w % q for v, w in zip(values, before, strict=True)]) * chirp
    circle = (product & LOW_HALF) + (product >> 32 * 128)
    return [v * w % q for v, w in zip(LANES.unpack(circle.to_bytes(512, "little")), after, strict=True)]


# --- A matrix times a vector, in T_q -----------------------------------------------------------------------


def multiply_rows(rows: Sequence[Sequence[Polynomial]], vector: Sequence[Polynomial]) -> list[Polynomial]:
    """Return, for each row of three polynomials, the sum of its products with the three of the vector.

    That is `multiply_ntts` three times for each row, with gamma multiplied into the vector once for all rows,
    and not reduced modulo q: whatever comes next does so.
    """
    b, c, d = vector
    b_0, c_0, d_0 = b[0::2], c[0::2], d[0::2]
    b_1, c_1, d_1 = b[1::2], c[1::2], d[1::2]
    b_g, c_g, d_g = ([y * gamma % q for y, gamma in zip(odd, GAMMAS, strict=True)] for odd in (b_1, c_1, d_1))
    products = []
    for r, s, t in rows:
        r_0, s_0, t_0 = r[0::2], s[0::2], t[0::2]
        r_1, s_1, t_1 = r[1::2], s[1::2], t[1::2]
        h_hat = [0] * n
        h_hat[0::2] = _sums_of_six(r_0, b_0, r_1, b_g, s_0, c_0, s_1, c_g, t_0, d_0, t_1, d_g)
        h_hat[1::2] = _sums_of_six(r_0, b_1, r_1, b_0, s_0, c_1, s_1, c_0, t_0, d_1, t_1, d_0)
        products.append(h_hat)
    return products


def _sums_of_six(*factors: list[int]) -> list[int]:
    return [
        a * b + c * d + e * f + g * h + i * j + k * l
        for a, b, c, d, e, f, g, h, i, j, k, l in zip(*factors, strict=True)
    ]


# --- Bits to coefficients and back, all at once ------------------------------------------------------------
#
# Fields of d bits lie one beside the other, and are to lie 16 bits apart, where `struct` finds them.  Instead
# of taking one after the other, move the upper half of them to its place, then the upper halves of both
# halves: for 256 fields that is eight steps, each of which moves 128.  Here are four fields:
#
#                                                d    c    b    a
#                      d    c                              b    a         half = 2
#            d              c              b              a               half = 1      16 bits each
#
# The way back is the same steps, from the last to the first.


def spread(fields: int, d: int, count: int = n) -> int:
    """Return `count` fields of d bits, a power of two of them, moved to a distance of 16 bits."""
    for low, high, shift in reversed(_moves(d, count)):
        fields = fields & low | (fields & high) << shift
    return fields


def gather(fields: int, d: int, count: int = n) -> int:
    """Return fields at a distance of 16 bits moved together: the inverse of `spread`."""
    for low, high, shift in _moves(d, count):
        fields = fields & low | fields >> shift & high
    return fields


@functools.cache  # for the few d that there are
def _moves(d: int, count: int) -> list[tuple[int, int, int]]:
    """Return for half = 1, 2, 4, ...: the masks of what stays and of what moves, and by how many bits."""
    moves, half = [], 1
    while half < count:
        low = sum(((1 << half * d) - 1) << start for start in range(0, 16 * count, 2 * 16 * half))
        moves.append((low, low << half * d, half * (16 - d)))
        half *= 2
    return moves


FIELDS = struct.Struct("<256H")
ONES = sum(1 << 16 * i for i in range(n))  # 1 in every field of 16 bits


def wide_byte_encode(F: Polynomial, d: int) -> bytes:
    """Return the same as `byte_encode`."""
    return gather(int.from_bytes(FIELDS.pack(*F), "little"), d).to_bytes(32 * d, "little")


def wide_byte_decode(B: bytes, d: int) -> Polynomial:
    """Return the same as `byte_decode`."""
    F = spread(int.from_bytes(B, "little"), d)
    if d == 12:
        too_large = F + (4096 - q) * ONES >> 12 & ONES  # 1 where a coefficient is not below q
        F -= q * too_large
    return list(FIELDS.unpack(F.to_bytes(2 * n, "little")))


SAMPLE_SIZE = 3 * shake_128.block_size  # bytes of SHAKE128: 336 numbers of 12 bits


def wide_sample_ntt(B: bytes, C: bytes) -> Polynomial:
    """Return the same as `sample_ntt(B)`, where C is what SHAKE128 begins with, SAMPLE_SIZE bytes."""
    candidates = spread(int.from_bytes(C, "little"), 12, 512).to_bytes(2 * 512, "little")
    a_hat = [d for d in struct.unpack_from("<336H", candidates) if d < q]
    return a_hat[:n] if len(a_hat) >= n else sample_ntt(B)


EVEN_BITS = int.from_bytes(b"\x55" * 128, "little")


def wide_sample_poly_cbd(B: bytes) -> Polynomial:
    """Return the same as `sample_poly_cbd(B, 2)` modulo q: all sums, then all differences, at once."""
    bits = int.from_bytes(B, "little")
    sums = (bits & EVEN_BITS) + (bits >> 1 & EVEN_BITS)  # of two bits each, x and y in turn
    pairs = spread(sums, 4)
    x, y = pairs & 3 * ONES, pairs >> 2 & 3 * ONES
    return list(FIELDS.unpack((x + q * ONES - y).to_bytes(2 * n, "little")))
