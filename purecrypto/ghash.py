"""GHASH: the value of a polynomial over GF(2^128), at a point that only who knows the key can compute.
SP 800-38D sections 6.3 and 6.4.

The blocks of the data are the coefficients and H, a block encrypted under the key, is the point.  This is
Poly1305's idea in another field: to add is to XOR, and to multiply is to multiply polynomials over GF(2),
modulo x^128 + x^7 + x^2 + x + 1.  GCM makes a tag of the value by encrypting it.

A block is a number here, its first byte the highest, and the bits run backwards: x^0 is the highest bit, and
x^127 the lowest.  So to multiply by x is to shift to the right.

The file says it twice.  First comes the standard's loop, bit by bit and block by block.  Below it stands the
wide kernel that `ghash` uses: the same value, from all blocks at once.

Sizes          H and the value 16 bytes; data of whole blocks, any number of them.
Errors         ValueError on a wrong length: the caller's bug.
Side channels  The wide half picks multiples of the data by half-bytes of H's powers: look-ups that depend on
               the key, though never on data, and are the same for all messages under it.  Python ints are not
               constant-time.
Tested by      tests/purecrypto/test_ghash.py: the test cases of McGrew and Viega, pyca/cryptography, each
               half against the other.
"""

import functools
from typing import TypeAlias

from purecrypto.buffers import Buffer, as_bytes, exactly

BLOCK_SIZE = 16  # bytes

R = 0xE1 << 120  # 6.3: 1 + x + x^2 + x^7, which x^128 is equal to


HalfBytes: TypeAlias = list[tuple[int, int]]  # the 32 digits of a block to base 16, in pairs


class Key:
    """The point H, and what the wide half needs of its powers: worked out when it is first needed."""

    __slots__ = ("H", "_made")

    def __init__(self, H: Buffer) -> None:
        self.H = int.from_bytes(exactly(H, BLOCK_SIZE, "H"), "big")
        self._made = (self.H, [_constant(self.H)])

    def constants(self, count: int) -> list[HalfBytes]:
        """Return at least `count` of H, H^2, H^4, H^8, ..., as `_times` wants them."""
        power, constants = self._made
        while len(constants) < count:
            power = _reduced(_times(power, constants[-1]))  # the square of the last one
            constants = [*constants, _constant(power)]  # a new list: another thread may be here too
            self._made = (power, constants)
        return constants


def ghash(key: Key, data: Buffer) -> bytes:
    """Return the value at H of the polynomial that `data` is: section 6.4."""
    data = as_bytes(data, "data")
    if len(data) % BLOCK_SIZE:
        raise ValueError(f"data must be whole blocks of {BLOCK_SIZE} bytes, got {len(data)} bytes")
    Y = 0
    for start in range(0, len(data), PIECE_SIZE):
        Y = wide_polynomial(key, data[start : start + PIECE_SIZE], Y)
    return Y.to_bytes(BLOCK_SIZE, "big")


# --- Block by block, in the words of the standard ----------------------------------------------------------


def multiply(X: int, Y: int) -> int:
    """Return the product X * Y of two blocks: section 6.3, algorithm 1."""
    Z, V = 0, Y
    for i in range(127, -1, -1):  # x_0 is the highest bit
        if X >> i & 1:
            Z ^= V
        V = V >> 1 ^ (R if V & 1 else 0)  # V times x
    return Z


def polynomial(H: int, data: bytes, Y: int = 0) -> int:
    """Return the value at H of the polynomial that `data` is; Y is that of the blocks before it."""
    for start in range(0, len(data), BLOCK_SIZE):
        X = int.from_bytes(data[start : start + BLOCK_SIZE], "big")
        Y = multiply(Y ^ X, H)
    return Y


# --- Many blocks at once -----------------------------------------------------------------------------------
#
# Written out, the loop above computes, for n blocks,
#
#     X1 * H^n  ^  X2 * H^(n-1)  ^  ...  ^  X(n-1) * H^2  ^  Xn * H
#
# and a tree takes it as well as a chain.  First come pairs of neighbours: each X1 * H ^ X2 is one value, in a
# lane of 256 bits.  Then the first half of the lanes is multiplied by a power of H, the same for all of them,
# and added to the other half; and so on, until one lane is left.  Here with n = 8, and lane 0 at the right:
#
#     [ A = X1 * H ^ X2 | B = X3 * H ^ X4 | C = X5 * H ^ X6 | D = X7 * H ^ X8 ]
#                                         [ E = A * H^4 ^ C | F = B * H^4 ^ D ]
#                                                           [ G = E * H^2 ^ F ]     and G * H is the value
#
# If n is no power of 2, blocks are missing at the left.  They would be zeros, and need not be there.
#
# How a row of lanes is multiplied by a constant: a product of 128 by 128 bits without carries has 255 bits,
# and fits its lane.  It is the sum of the row shifted to each place where the constant has a 1, and is taken
# by half-bytes of the constant: the 16 sums that one can ask for are made beforehand.
#
# Numbers that run backwards give a product that is one place too low: x^i is bit 127 - i and x^j bit 127 - j,
# which meet at bit 254 - (i + j), and x^(i+j) belongs at 255 - (i + j).  So a constant is divided by x first.

PIECE_SIZE = 343 * BLOCK_SIZE  # bytes; longer rows leave the processor's cache.  A TLS 1.3 record has three.


def wide_polynomial(key: Key, data: bytes, Y: int = 0) -> int:
    """Return the same as `polynomial`, for up to `PIECE_SIZE` bytes, of key.H."""
    blocks = len(data) // BLOCK_SIZE
    if not blocks:
        return Y
    levels = (blocks - 1).bit_length()
    constants = key.constants(levels)
    low_halves = _low_halves()

    row = int.from_bytes(data, "big") ^ Y << 128 * (blocks - 1)
    row = _reduced(_times(row >> 128 & low_halves, constants[0])) ^ row & low_halves
    for level in range(levels - 1, 0, -1):
        half = 256 << level - 1  # bits
        row = _reduced(_times(row >> half, constants[level])) ^ row & (1 << half) - 1
    return _reduced(_times(row, constants[0]))


def _times(row: int, constant: HalfBytes) -> int:
    """Return each lane of the row, of 128 bits, times the constant, without carries."""
    high = _sums(row << 4, row << 5, row << 6, row << 7)
    low = _sums(row, row << 1, row << 2, row << 3)
    product = 0
    for upper, lower in constant:
        product = product << 8 ^ high[upper] ^ low[lower]
    return product


def _sums(a: int, b: int, c: int, d: int) -> list[int]:
    """Return the sums of any of four ints, numbered by the half-bytes that say which."""
    ab, cd = a ^ b, c ^ d
    return [0, a, b, ab, c, a ^ c, b ^ c, ab ^ c, d, a ^ d, b ^ d, ab ^ d, cd, a ^ cd, b ^ cd, ab ^ cd]


def _reduced(row: int) -> int:
    """Return the lanes, of 256 bits, modulo the polynomial: each has 128 bits then.

    x^0 to x^127 are the upper half U of a lane, and x^128 to x^255 the lower half L.  As x^128 is 1 + x + x^2
    + x^7, each bit of L is added to U at four places, shifted to the right.  What would fall out at the right
    is x^128 and more once again, from the last seven bits of L: they join L first.
    """
    low_halves = _low_halves()
    L = row & low_halves
    L ^= (L << 127 ^ L << 126 ^ L << 121) & low_halves
    return (row >> 128 ^ L ^ L >> 1 ^ L >> 2 ^ L >> 7) & low_halves


def _constant(element: int) -> HalfBytes:
    """Return an element, divided by x, in half-bytes."""
    if element >> 127:  # no multiple of x; but with the modulus added, x^128 included, it is one
        divided = (element ^ R) << 1 | 1
    else:
        divided = element << 1
    return [(byte >> 4, byte & 15) for byte in divided.to_bytes(BLOCK_SIZE, "big")]


@functools.cache
def _low_halves() -> int:
    """Return 128 ones in every lane of 256 bits, made on first use; shorter rows use the low end."""
    lane = bytes(BLOCK_SIZE) + b"\xff" * BLOCK_SIZE
    return int.from_bytes(lane * -(-PIECE_SIZE // len(lane)), "big")
