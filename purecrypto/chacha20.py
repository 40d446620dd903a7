"""ChaCha20: a key, a nonce and a block counter become a stream of bytes to XOR a text with.  RFC 8439.

A block of the stream is made from a state of 16 words, of 32 bits each, by additions, rotations and XORs
alone.  A quarter round stirs four words a, b, c, d, one of each row; 80 quarter rounds make a block.

    row a     constant   constant   constant   constant        words  0  1  2  3
    row b     key        key        key        key                    4  5  6  7
    row c     key        key        key        key                    8  9 10 11
    row d     counter    nonce      nonce      nonce                 12 13 14 15

The file says it twice.  First comes the RFC's block function, one block at a time.  Below it stands the
wide kernel that `keystream` uses: the same rounds, on all blocks of a TLS record at once.

Sizes          key 32 bytes, nonce 12, counter 32 bits, block 64 bytes.
Errors         ValueError on a wrong length or when the counter would run past 32 bits: the caller's bug.
Side channels  No secret-dependent branch or table; Python ints are not constant-time.
Tested by      tests/purecrypto/test_chacha20.py: RFC 8439, pyca/cryptography, each half against the other.
"""

import functools
import struct
from collections.abc import Iterable, Iterator

from purecrypto import stream
from purecrypto.buffers import Buffer, as_bytes, exactly

KEY_SIZE = 32  # bytes
NONCE_SIZE = 12  # bytes
BLOCK_SIZE = 64  # bytes

WORD = 0xFFFFFFFF  # 32 bits
CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")  # 2.3: 61707865 3320646e 79622d32 6b206574


def encrypt(key: Buffer, counter: int, nonce: Buffer, plaintext: Buffer) -> bytes:
    """Return `plaintext` XOR keystream, which decrypts as well: section 2.4."""
    plaintext = as_bytes(plaintext, "plaintext")
    return stream.xor_all(plaintext, batches(key, counter, nonce, len(plaintext)))


def keystream(key: Buffer, counter: int, nonce: Buffer, length: int) -> bytes:
    """Return the first `length` bytes of block `counter` and those after it.

    ValueError if key or nonce have a wrong length, or if the counter would run past 32 bits.
    """
    return b"".join(batches(key, counter, nonce, length))[:length]


def batches(key: Buffer, counter: int, nonce: Buffer, length: int) -> Iterator[bytes]:
    """Yield at least `length` bytes of keystream, in whole blocks, and never more than a batch at a time.

    However long a text is, no more of the stream need exist than is being used.  Errors, which are those of
    `keystream`, come with the first batch.
    """
    if length < 0:
        raise ValueError(f"length must not be negative, got {length}")
    blocks = -(-length // BLOCK_SIZE)
    state = initial_state(key, counter, nonce)
    if counter + blocks > 1 << 32:  # 2.3: a wrapped counter would repeat the keystream from its start
        raise ValueError(f"no {blocks} blocks left from counter {counter} to the end at 2^32")
    for first in range(0, blocks, BATCH_BLOCKS):
        state[12] = counter + first
        yield _wide_blocks(state, min(BATCH_BLOCKS, blocks - first))


# --- Block by block, in the words of the RFC ---------------------------------------------------------------


def quarter_round(state: list[int], x: int, y: int, z: int, w: int) -> None:
    """QUARTERROUND(x, y, z, w): stir the words of `state` with these indices.  Sections 2.1 and 2.2."""
    a, b, c, d = state[x], state[y], state[z], state[w]
    a = (a + b) & WORD
    d = _rotate_left(d ^ a, 16)
    c = (c + d) & WORD
    b = _rotate_left(b ^ c, 12)
    a = (a + b) & WORD
    d = _rotate_left(d ^ a, 8)
    c = (c + d) & WORD
    b = _rotate_left(b ^ c, 7)
    state[x], state[y], state[z], state[w] = a, b, c, d


def initial_state(key: Buffer, counter: int, nonce: Buffer) -> list[int]:
    """Return the state of 16 words as it is set up, all numbers little-endian: section 2.3."""
    if not 0 <= counter < 1 << 32:  # 2.3: the counter is one word
        raise ValueError(f"counter must have 32 bits, got {counter}")
    key_words = struct.unpack("<8I", exactly(key, KEY_SIZE, "key"))
    nonce_words = struct.unpack("<3I", exactly(nonce, NONCE_SIZE, "nonce"))
    return [*CONSTANTS, *key_words, counter, *nonce_words]


def inner_block(state: list[int]) -> None:
    """Run a column round and a diagonal round: section 2.3.1."""
    quarter_round(state, 0, 4, 8, 12)
    quarter_round(state, 1, 5, 9, 13)
    quarter_round(state, 2, 6, 10, 14)
    quarter_round(state, 3, 7, 11, 15)
    quarter_round(state, 0, 5, 10, 15)
    quarter_round(state, 1, 6, 11, 12)
    quarter_round(state, 2, 7, 8, 13)
    quarter_round(state, 3, 4, 9, 14)


def block(key: Buffer, counter: int, nonce: Buffer) -> bytes:
    """Return one block of keystream, 64 bytes: section 2.3.1."""
    initial = initial_state(key, counter, nonce)
    state = initial.copy()
    for _ in range(10):
        inner_block(state)
    # Without this addition whoever knows a block could run the rounds backwards to the key.
    return struct.pack("<16I", *((word + start) & WORD for word, start in zip(state, initial, strict=True)))


def _rotate_left(word: int, count: int) -> int:
    return (word << count | word >> 32 - count) & WORD


# --- All blocks at once ------------------------------------------------------------------------------------
#
# A Python int may be as long as one likes, and to add two long ones costs far less than to add their words
# one by one.  So a whole row of the state, of every block of a batch, is one int, cut into lanes:
#
#     one row      [ column 3 | column 2 | column 1 | column 0 ]    column 0 in the lowest bits
#     one column   [ block n-1 | ... | block 2 | block 1 | block 0 ]
#     one lane     [ guard, 8 bits | word, 32 bits ]
#
# Four such ints, a, b, c and d, are n states, and a + b does one addition of all quarter rounds of a column
# round in all blocks.  No carry leaves its lane: a and c begin below 2^32 and grow by less than 2^32 at each
# of 41 additions, so they end below 2^38, and need no mask on the way.  b and d have no more than 32 bits,
# because they come out of rotations, whose masks clean the lane.
#
# For the diagonal rounds, row b turns by one column, c by two and d by three:
#
#      0  1  2  3          0  1  2  3
#      4  5  6  7          5  6  7  4        Now the diagonal 0, 5, 10, 15 stands in one column,
#      8  9 10 11         10 11  8  9        and so do the others.
#     12 13 14 15         15 12 13 14
#
# After them b turns by three, c by two and d by one, and every word is back in its column.

LANE_SIZE = 5  # bytes: a word and its guard

# A larger batch would be slower, because the ints leave the processor's cache.  This one holds block 0, which
# is the Poly1305 key, and after it the 257 blocks of the largest TLS 1.3 record: 2^14 bytes and their content
# type (RFC 9846 section 5.4).
BATCH_BLOCKS = 258


def _wide_blocks(initial: list[int], n: int) -> bytes:
    """Return the n blocks of keystream that begin with the one whose initial state is given."""
    column = 8 * LANE_SIZE * n  # bits
    ones, numbers, _ = _lanes()
    column_0 = (1 << column) - 1
    ones &= column_0

    rows = []
    for i in (0, 4, 8, 12):
        w, x, y, z = initial[i : i + 4]
        rows.append(w * ones | x * ones << column | y * ones << 2 * column | z * ones << 3 * column)
    rows[3] += numbers & column_0  # word 12: each block has its own counter
    mixed = _wide_rounds(rows, column)

    # Write the lanes out without their guards, every fifth byte: word 0 of all blocks, then word 1, ...
    size = 4 * LANE_SIZE * n
    sums = [(row + start).to_bytes(size, "little") for row, start in zip(mixed, rows, strict=True)]
    words = bytearray().join(sums)
    del words[LANE_SIZE - 1 :: LANE_SIZE]
    # That is a table of 16 lines and n columns.  Fortran's order, which reads a table column by column, is
    # the order of the stream: the 16 words of block 0, then those of block 1, ...
    return memoryview(words).cast("I", (16, n)).tobytes("F")


def _wide_rounds(rows: list[int], column: int) -> list[int]:
    """Run all 20 rounds on rows whose columns have `column` bits: section 2.1, with rows for words.

    A shift to the left carries a word's upper bits into the next lane, one to the right fetches the next
    lane's lower bits; high16 keeps the bits from 16 up of each word, and low16 those below 16.
    """
    a, b, c, d = rows
    _, _, (high16, low16, high12, low12, high8, low8, high7, low7) = _lanes()
    # A turn by one column: what is below `by_one` goes to the top.
    by_one, by_two, by_three = column, 2 * column, 3 * column  # bits
    low_1, low_2, low_3 = (1 << by_one) - 1, (1 << by_two) - 1, (1 << by_three) - 1
    after_column_round = (by_one, low_1, by_three, low_3)
    after_diagonal_round = (by_three, low_3, by_one, low_1)
    for turn, low_turn, back, low_back in (after_column_round, after_diagonal_round) * 10:
        a += b
        d ^= a
        d = d << 16 & high16 | d >> 16 & low16
        c += d
        b ^= c
        b = b << 12 & high12 | b >> 20 & low12
        a += b
        d ^= a
        d = d << 8 & high8 | d >> 24 & low8
        c += d
        b ^= c
        b = b << 7 & high7 | b >> 25 & low7

        b = b >> turn | (b & low_turn) << back
        c = c >> by_two | (c & low_2) << by_two
        d = d >> back | (d & low_back) << turn
    return [a, b, c, d]


@functools.cache
def _lanes() -> tuple[int, int, tuple[int, ...]]:
    """Return what the largest batch needs, made on first use; a smaller one uses the low ends.

    For one column: 1 in every lane, and 0, 1, 2, ... in its lanes.  For one row: the masks of the rotations.
    """

    def lanes(values: Iterable[int]) -> int:
        return int.from_bytes(b"".join(value.to_bytes(LANE_SIZE, "little") for value in values), "little")

    masks: list[int] = []
    for count in (16, 12, 8, 7):
        low = (1 << count) - 1
        masks += [lanes([WORD - low] * 4 * BATCH_BLOCKS), lanes([low] * 4 * BATCH_BLOCKS)]
    return lanes([1] * BATCH_BLOCKS), lanes(range(BATCH_BLOCKS)), tuple(masks)
