"""Poly1305: a tag that only who knows a one-time key can compute.  RFC 8439 section 2.5.

The message's blocks are the coefficients of a polynomial.  The tag is its value at a secret point r,
modulo the prime 2^130 - 5, hidden by adding a secret s.  Two messages under one key give an equation in
r alone, and with r anyone can forge: so a key serves one message.

The file says it twice.  First comes the RFC's loop, one block at a time.  Below it stands the wide kernel
that takes over where a message is long enough: the same value, from up to 64 blocks at once.

Sizes          key 32 bytes (r and s), tag 16 bytes; messages of any length.
Errors         ValueError on a wrong key or tag length (the caller's bug), InvalidTag (a peer's).
Side channels  Tags are compared by `constant_time.equal`; Python ints are not constant-time.
Tested by      tests/purecrypto/test_poly1305.py: RFC 8439 2.5.2 and A.3, pyca/cryptography, each half
               against the other.
"""

import functools
import math

from purecrypto import constant_time
from purecrypto.buffers import Buffer, as_bytes, exactly
from purecrypto.errors import InvalidTag

KEY_SIZE = 32  # bytes
TAG_SIZE = 16  # bytes
BLOCK_SIZE = 16  # bytes

P = (1 << 130) - 5
CLAMP = 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF  # 2.5: clears 22 bits of r, so that C code may carry less often


def mac(key: Buffer, message: Buffer) -> bytes:
    """Return the tag of `message` under a `key` that is used for nothing else: section 2.5.1."""
    key, message = exactly(key, KEY_SIZE, "key"), as_bytes(message, "message")
    r = int.from_bytes(key[:16], "little") & CLAMP
    s = int.from_bytes(key[16:], "little")
    value = wide_polynomial if len(message) >= WIDE_FROM else polynomial
    return (value(r, message) + s).to_bytes(17, "little")[:TAG_SIZE]  # the low 128 bits


def verify(key: Buffer, message: Buffer, tag: Buffer) -> None:
    """Raise InvalidTag unless `tag`, of 16 bytes, is the tag of `message` under `key`."""
    if not constant_time.equal(exactly(tag, TAG_SIZE, "tag"), mac(key, message)):
        raise InvalidTag("Poly1305: the tag does not belong to this message")


# --- Block by block, in the words of the RFC ---------------------------------------------------------------


def polynomial(r: int, message: bytes, a: int = 0) -> int:
    """Return the value at r of the polynomial that `message` is; `a` is that of the blocks before it."""
    for start in range(0, len(message), BLOCK_SIZE):
        # The byte 1 marks where the block ends: without it, zeros at the end of a message would not count.
        n = int.from_bytes(message[start : start + BLOCK_SIZE] + b"\x01", "little")
        a = (a + n) * r % P  # a, the accumulator
    return a


# --- Many blocks at once -----------------------------------------------------------------------------------
#
# Written out, the loop above computes, for N blocks b0, b1, b2, ... with their marks,
#
#     b0 * r^N  +  b1 * r^(N-1)  +  b2 * r^(N-2)  +  ...  +  b(N-1) * r
#
# and nothing says that this sum must be taken one by one.  Lay the blocks out in rows, three to a lane and
# L lanes to a row, of which the first may be short.  Here are 18 blocks, drawn with L = 4; the code would
# choose 2.
#
#                        lane 3             lane 2             lane 1             lane 0
#     row 0     [    b5   b4   b3  |   b2   b1   b0  |                 |                 ]   a row is one int
#     row 1     [   b17  b16  b15  |  b14  b13  b12  |  b11  b10   b9  |   b8   b7   b6  ]   b6: its low end
#
# A mask keeps every third block of a row: each is then alone in a lane of 384 bits, with room to spare.
#
#     first     [             b15  |             b12  |              b9  |              b6  ]    of row 1
#
# The block in the lane to its left comes three blocks later, so its power of r is lower by three.  These
# factors r^3 from lane to lane are the same in every row, and are left for the end.  Leaving them out, all
# blocks of `first` have one power of r, and one multiplication of a long int by a short one does them all.
# The same holds for `second`, one power below, and `third`.  So all rows are added up in one int of L lanes,
# without a single reduction modulo P; the factors are put in at the end, in L steps.
#
# No carry leaves its lane.  A block and its mark are below 2^129, a power of r is below 2^130, so a product
# is below 2^259; and 384 bits hold the sum of 2^125 of them, more than there will ever be blocks.
#
# The rows are worked from the last to the first, because the powers of r grow that way.  They are secrets
# like r itself, and gone when the call returns; the masks are the same for everybody and are kept.

LANE_BLOCKS = 3
LANE_SIZE = LANE_BLOCKS * BLOCK_SIZE  # bytes
MAX_LANES = 64  # in a row of 3 KiB; longer ones would gain little more
WIDE_FROM = 384  # bytes; below, the powers of r cost as much as they save


def wide_polynomial(r: int, message: bytes) -> int:
    """Return the same as `polynomial`."""
    # Each row costs a few operations, and each lane some more at the end: so about as many of both.
    lanes = min(max(1, math.isqrt(len(message) // LANE_SIZE)), MAX_LANES)
    row_size = lanes * LANE_SIZE
    end = len(message) // LANE_SIZE * LANE_SIZE
    lowest_blocks, marks = _lanes()
    marks &= (1 << 8 * row_size) - 1

    sums = 0
    power = r  # of r, for the blocks that come next: first the last block of the last row
    r_3 = r * r * r % P
    r_to_next_row = pow(r, lanes * LANE_BLOCKS - 2, P)  # from `first` of a row to `third` of the one before
    for stop in range(end, 0, -row_size):
        row = int.from_bytes(message[max(0, stop - row_size) : stop], "little")
        if stop < row_size:  # the first row is short: to its right are no blocks, and no marks
            missing = 8 * (row_size - stop)  # bits
            row <<= missing
            marks = marks >> missing << missing
        sums += (row >> 256 & lowest_blocks | marks) * power  # third
        power = power * r % P
        sums += (row >> 128 & lowest_blocks | marks) * power  # second
        power = power * r % P
        sums += (row & lowest_blocks | marks) * power  # first
        power = power * r_to_next_row % P

    sum_bytes = sums.to_bytes(row_size, "little")
    a = 0
    for start in range(0, row_size, LANE_SIZE):
        a = (a * r_3 + int.from_bytes(sum_bytes[start : start + LANE_SIZE], "little")) % P
    return polynomial(r, message[end:], a)  # and what does not fill a lane


@functools.cache
def _lanes() -> tuple[int, int]:
    """Return the masks of the longest row, made on first use; a shorter one uses the low ends.

    In every lane: 128 ones, which keep the lowest block, and the 1 above it that marks where it ends.
    """
    block = b"\xff" * BLOCK_SIZE
    mark = bytes(BLOCK_SIZE) + b"\x01"
    masks = [int.from_bytes(lane.ljust(LANE_SIZE, b"\0") * MAX_LANES, "little") for lane in (block, mark)]
    return masks[0], masks[1]
