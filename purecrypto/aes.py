"""AES: a key turns a block of 16 bytes into another one, and a counter into a stream of them.  FIPS 197.

The block is the state: a square of bytes, filled column by column.  A round puts every byte through the
S-box, turns row r by r columns, mixes each column, and adds a round key, which is an XOR.

    s0  s4  s8  s12        SubBytes      each byte for itself, from a table
    s1  s5  s9  s13        ShiftRows     row r to the left by r columns
    s2  s6  s10 s14        MixColumns    each column times a matrix; not in the last round
    s3  s7  s11 s15        AddRoundKey   XOR

The file says it twice.  First comes the standard's cipher, byte by byte, which short streams are made with:
those of a handshake's messages, or a request.  Below it stands the wide kernel that takes over from 4 KiB on:
the same rounds, bit by bit, on all blocks of a TLS record at once.  Only encryption is here, because counter
mode (SP 800-38A section 6.5) needs no more.

Sizes          key 16, 24 or 32 bytes, block 16; the counter is the last 32 bits of a block, and wraps.
Errors         ValueError on a wrong length: the caller's bug.
Side channels  Byte by byte, secret bytes are the places that are read in the S-box, a table of 256 bytes:
               what then is in the processor's cache may tell something about them.  The wide half has no
               table, only ANDs and XORs; but a key expands, and seals short messages, by the table.  Python
               ints are not constant-time.
Tested by      tests/purecrypto/test_aes.py: FIPS 197 A to C, SP 800-38A F.5, pyca/cryptography, each half
               against the other.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

from purecrypto.buffers import Buffer, as_bytes, exactly

KEY_SIZES = (16, 24, 32)  # bytes
BLOCK_SIZE = 16  # bytes
# The wide half is quicker from about 350 blocks on; below, it costs at most a third more and reads no table.
WIDE_FROM = 256  # blocks


class Key:
    """A key, made ready once: its round keys as numbers, and cut into planes for the wide half."""

    __slots__ = ("planes", "round_keys")

    def __init__(self, key: Buffer) -> None:
        self.round_keys = expand_key(key)
        self.planes = _round_key_planes(self.round_keys)


def keystream(key: Key, counter_block: Buffer, length: int) -> bytes:
    """Return the first `length` bytes of the encrypted counter blocks, of which the first is given."""
    return b"".join(batches(key, counter_block, length))[:length]


def batches(key: Key, counter_block: Buffer, length: int) -> Iterator[bytes]:
    """Yield at least `length` bytes of keystream, in whole blocks, and never more than a batch at a time.

    However long a text is, no more of the stream need exist than is being used.  The counter is the last 32
    bits of a block, and wraps: inc32 of SP 800-38D section 6.2.  Errors come with the first batch.
    """
    if length < 0:
        raise ValueError(f"length must not be negative, got {length}")
    counter_block = exactly(counter_block, BLOCK_SIZE, "counter_block")
    blocks = -(-length // BLOCK_SIZE)
    while blocks:
        counter = int.from_bytes(counter_block[12:], "big")
        n = min(blocks, BATCH_BLOCKS, (1 << 32) - counter)  # the counter does not wrap within a batch
        if n < WIDE_FROM:
            yield encrypt_blocks(key.round_keys, _counted(counter_block, n))
        else:
            yield _wide_blocks(key, counter_block, n)
        counter_block = counter_block[:12] + (counter + n & 0xFFFFFFFF).to_bytes(4, "big")
        blocks -= n


# --- Byte by byte, in the words of the standard ------------------------------------------------------------
#
# The state is a number of 128 bits, its first byte the highest; and as what is done to a byte of one block is
# done to the same byte of every other, several states may stand side by side in one longer number.


def _everywhere(state: str) -> int:
    return int.from_bytes(bytes.fromhex(state) * WIDE_FROM, "big")


# Masks for WIDE_FROM states, the most there are; fewer use the low ends.
EACH_STATE = _everywhere("00000000 00000000 00000000 00000001")
EACH_BYTE = _everywhere("01010101" * 4)
LOW_BITS = _everywhere("7f7f7f7f" * 4)  # of each byte, all but the highest
ROWS_012 = _everywhere("ffffff00" * 4)
ROW_3 = _everywhere("000000ff" * 4)
ROWS_01 = _everywhere("ffff0000" * 4)
ROWS_23 = _everywhere("0000ffff" * 4)
COLUMNS_APART = _everywhere("00000000 00000000 00ffff00 0000ffff")  # the second of each two that are swapped
NEIGHBOURS = _everywhere("00000000 00ff00ff 00000000 00ff00ff")


def expand_key(key: Buffer) -> list[int]:
    """Return the 11, 13 or 15 round keys, each a number of 128 bits: KeyExpansion, section 5.2."""
    key = as_bytes(key, "key")
    if len(key) not in KEY_SIZES:
        raise ValueError(f"key must be 16, 24 or 32 bytes long, got {len(key)}")
    s_box = _s_box()
    Nk = len(key) // 4  # words of the key
    Nr = Nk + 6  # rounds
    w = [int.from_bytes(key[4 * i : 4 * i + 4], "big") for i in range(Nk)]
    Rcon = 1
    for i in range(Nk, 4 * (Nr + 1)):
        temp = w[i - 1]
        if i % Nk == 0:
            temp = (temp << 8 | temp >> 24) & 0xFFFFFFFF  # RotWord
            temp = _sub_word(s_box, temp) ^ Rcon << 24
            Rcon = times_2(Rcon)
        elif Nk > 6 and i % Nk == 4:
            temp = _sub_word(s_box, temp)
        w.append(w[i - Nk] ^ temp)
    return [w[i] << 96 | w[i + 1] << 64 | w[i + 2] << 32 | w[i + 3] for i in range(0, len(w), 4)]


def encrypt_blocks(round_keys: list[int], blocks: Buffer) -> bytes:
    """Return some blocks encrypted, each for itself, up to `WIDE_FROM` of them: Cipher, section 5.1."""
    blocks = as_bytes(blocks, "blocks")
    size = len(blocks)
    if size % BLOCK_SIZE or size > WIDE_FROM * BLOCK_SIZE:
        raise ValueError(
            f"blocks must be up to {WIDE_FROM} whole blocks of {BLOCK_SIZE} bytes, got {size} bytes"
        )
    each = EACH_STATE & (1 << 8 * size) - 1
    first, *middle, last = round_keys
    state = int.from_bytes(blocks, "big") ^ first * each
    for round_key in middle:
        state = mix_columns(shift_rows(sub_bytes(state, size))) ^ round_key * each
    state = shift_rows(sub_bytes(state, size)) ^ last * each
    return state.to_bytes(size, "big")


def sub_bytes(state: int, size: int = BLOCK_SIZE) -> int:
    """SubBytes, section 5.1.1.  Here the bytes, which are secret, are the places read in a table."""
    return int.from_bytes(state.to_bytes(size, "big").translate(_s_box()), "big")


def shift_rows(state: int) -> int:
    """ShiftRows, section 5.1.2: row r of column c comes from column c + r.

    A row turns by two swaps: first of columns two apart, which is 64 bits, then of neighbours.

        row 1     0 1 2 3  ->  2 1 0 3  ->  1 2 3 0
        row 2     0 1 2 3  ->  2 3 0 1
        row 3     0 1 2 3  ->  0 3 2 1  ->  3 0 1 2
    """
    swap = (state >> 64 ^ state) & COLUMNS_APART
    state ^= swap ^ swap << 64
    swap = (state >> 32 ^ state) & NEIGHBOURS
    return state ^ swap ^ swap << 32


def mix_columns(state: int) -> int:
    """MixColumns, section 5.1.3: s'[r] = 2 s[r] + 3 s[r+1] + s[r+2] + s[r+3] in each column.

    That is 2 (s[r] + s[r+1]) + s[r+1] + (s[r+2] + s[r+3]), so two turns of the columns do.
    """
    turned = state << 8 & ROWS_012 | state >> 24 & ROW_3
    pairs = state ^ turned
    doubled = (pairs & LOW_BITS) << 1 ^ (pairs >> 7 & EACH_BYTE) * 0x1B
    return doubled ^ turned ^ (pairs << 16 & ROWS_01 | pairs >> 16 & ROWS_23)


def times_2(a: int) -> int:
    """XTIMES, section 4.2: a times x in GF(2^8), modulo x^8 + x^4 + x^3 + x + 1."""
    return a << 1 ^ (0x11B if a & 0x80 else 0)


@functools.cache
def _s_box() -> bytes:
    """Return the table of section 5.1.1, worked out on first use."""
    powers = [1]  # of 3, which runs through all elements of the field but 0
    for _ in range(254):
        powers.append(powers[-1] ^ times_2(powers[-1]))
    table = bytearray(256)
    for i, element in enumerate(powers):
        inverse = powers[-i]  # 3^-i
        b = inverse * 0x101  # twice, so that bits come round
        table[element] = (b ^ b >> 4 ^ b >> 5 ^ b >> 6 ^ b >> 7) & 0xFF ^ 0x63
    table[0] = 0x63  # 0 has no inverse, and stands for its own
    return bytes(table)


def _sub_word(s_box: bytes, word: int) -> int:
    return int.from_bytes(word.to_bytes(4, "big").translate(s_box), "big")


def _counted(counter_block: bytes, n: int) -> bytes:
    """Return the n counter blocks that begin with the given one, up to `WIDE_FROM` of them."""
    blocks = int.from_bytes(counter_block, "big") * (EACH_STATE & (1 << 128 * n) - 1)
    blocks += _numbers() >> 128 * (WIDE_FROM - n)  # the first n numbers, which are the highest
    return blocks.to_bytes(BLOCK_SIZE * n, "big")


@functools.cache
def _numbers() -> int:
    """Return 0, 1, 2, ..., `WIDE_FROM` of them, each in a state; made on first use."""
    return int.from_bytes(b"".join(i.to_bytes(BLOCK_SIZE, "big") for i in range(WIDE_FROM)), "big")


# --- Bit by bit: all blocks of a record at once ------------------------------------------------------------
#
# AND and XOR work on all bits of a Python int, however many.  So cut the blocks into planes: plane b is an
# int that holds bit b of every byte of the text, in order.
#
#     plane b     [ block n-1 | ... | block 2 | block 1 | block 0 ]            block 0 in the lowest bits
#     a block     [ s15 s14 s13 s12 | s11 s10 s9 s8 | s7 s6 s5 s4 | s3 s2 s1 s0 ]      one bit of each byte
#
# SubBytes becomes a circuit that makes eight planes of eight, gate by gate: each gate does its work for all
# bytes of all blocks, and looks nothing up.  ShiftRows and the turning of columns are shifts within the 16
# bits of a block.  To double a byte moves each bit up by one, which here is to call plane 0 plane 1, and so
# on; and plane 7, which falls out, is added to planes 0, 1, 3 and 4, the bits of 0x1B.

# A larger batch would not be quicker.  This one holds the block that GCM hides its tag with, and after it the
# 1025 blocks of the largest TLS 1.3 record: 2^14 bytes and their content type (RFC 9846 section 5.4).
BATCH_BLOCKS = 1026


def _wide_blocks(key: Key, counter_block: bytes, n: int) -> bytes:
    """Return the same as `encrypt_blocks` does of the n counter blocks that begin with the given one."""
    lanes = _lanes()
    low = (1 << BLOCK_SIZE * n) - 1  # all bits of a plane: one for each byte
    ones = lanes.ones & low
    planes = [lane * ones for lane in _sliced(counter_block)]
    _count_up(planes, int.from_bytes(counter_block[12:], "big"), [bit & low for bit in lanes.numbers])

    first, *middle, last = key.planes
    planes = [plane ^ k * ones for plane, k in zip(planes, first, strict=True)]
    for round_key in middle:
        planes = _wide_mix_columns(_wide_shift_rows(_wide_sub_bytes(planes)))
        planes = [plane ^ k * ones for plane, k in zip(planes, round_key, strict=True)]
    planes = _wide_shift_rows(_wide_sub_bytes(planes))
    planes = [plane ^ k * ones for plane, k in zip(planes, last, strict=True)]
    return _unsliced(planes, BLOCK_SIZE // 8 * n)


def _wide_sub_bytes(planes: list[int]) -> list[int]:
    """SubBytes without its constant 0x63, which is in the round keys: a circuit of ANDs and XORs.

    The circuit is Boyar and Peralta's, with 32 ANDs and 83 XORs, and so are most of the letters: "A new
    combinational logic minimization technique with applications to cryptology", 2010.  A byte is an element
    of GF(2^8), and that is a pair of elements of GF(2^4), where an inverse takes a few gates.
    """
    x7, x6, x5, x4, x3, x2, x1, x0 = planes  # theirs count from the highest bit

    # Into the subfields: sums of the inputs.
    y14, y13, y9 = x3 ^ x5, x0 ^ x6, x0 ^ x3
    y8, t0 = x0 ^ x5, x1 ^ x2
    y1, y12 = t0 ^ x7, y13 ^ y14
    y4, y2, y5 = y1 ^ x3, y1 ^ x0, y1 ^ x6
    y3, t1 = y5 ^ y8, x4 ^ y12
    y15, y20 = t1 ^ x5, t1 ^ x1
    y6, y10, y11 = y15 ^ x7, y15 ^ t0, y20 ^ y9
    y7, y17, y19 = x7 ^ y11, y10 ^ y11, y10 ^ y8
    y16 = t0 ^ y11
    y21, y18 = y13 ^ y16, x0 ^ y16

    # The product of both halves, and what is added to it: an element of GF(2^4), t21 to t24 ...
    t2, t7, t12 = y12 & y15, y13 & y16, y9 & y11
    t4, t6 = y3 & y6 ^ t2, y4 & x7 ^ t2
    t9, t11 = y5 & y1 ^ t7, y2 & y7 ^ t7
    t14, t16 = y14 & y17 ^ t12, y8 & y10 ^ t12
    t21, t22 = t4 ^ t14 ^ y20, t6 ^ t16 ^ y19
    t23, t24 = t9 ^ t14 ^ y21, t11 ^ t16 ^ y18

    # ... and its inverse: t29, t33, t37, t40, and sums of them.
    t25, t26, t30 = t21 ^ t22, t21 & t23, t23 ^ t24
    t27, t31 = t24 ^ t26, t22 ^ t26
    t29, t33 = t25 & t27 ^ t22, t31 & t30 ^ t24
    t36 = t24 & (t27 ^ t33)
    t37, t38 = t36 ^ t23 ^ t33, t27 ^ t36
    t40 = t25 ^ t29 & t38
    t41, t42, t43 = t40 ^ t37, t29 ^ t33, t29 ^ t40
    t44, t45 = t33 ^ t37, t42 ^ t41

    # Times both halves.
    z0, z1, z2 = t44 & y15, t37 & y6, t33 & x7
    z3, z4, z5 = t43 & y16, t40 & y1, t29 & y7
    z6, z7, z8 = t42 & y11, t45 & y17, t41 & y10
    z9, z10, z11 = t44 & y12, t37 & y3, t33 & y4
    z12, z13, z14 = t43 & y13, t40 & y5, t29 & y2
    z15, z16, z17 = t42 & y9, t45 & y14, t41 & y8

    # Out of the subfields, and through the matrix of section 5.1.1: sums again.
    t46, t48, t53, t54 = z15 ^ z16, z5 ^ z13, z0 ^ z3, z6 ^ z7
    t57, t58, t59 = z2 ^ z12 ^ t53, z4 ^ t46, z3 ^ t54
    t60, t62, t63 = t46 ^ t57, z7 ^ z8 ^ t58, z9 ^ z10 ^ t58
    t64, t65, t66 = z4 ^ t59, z14 ^ t57 ^ t62, z1 ^ t63
    s3 = t53 ^ t66
    s7, s6, s5, s4 = t48 ^ t60, z12 ^ t48 ^ t62, z10 ^ z11 ^ t65, z2 ^ z5 ^ t66
    s2, s1, s0 = z16 ^ z17 ^ t64 ^ t65, t64 ^ s3, t59 ^ t63
    return [s7, s6, s5, s4, s3, s2, s1, s0]


def _wide_shift_rows(planes: list[int]) -> list[int]:
    """ShiftRows, by the same swaps as in `shift_rows`; columns are four bits apart here."""
    lanes = _lanes()
    columns_apart, neighbours = lanes.columns_apart, lanes.neighbours
    turned = []
    for plane in planes:
        swap = (plane >> 8 ^ plane) & columns_apart
        half_way = plane ^ swap ^ swap << 8
        swap = (half_way >> 4 ^ half_way) & neighbours
        turned.append(half_way ^ swap ^ swap << 4)
    return turned


def _wide_mix_columns(planes: list[int]) -> list[int]:
    """MixColumns, by the same sums as in `mix_columns`."""
    lanes = _lanes()
    rows_012, row_3, rows_01, rows_23 = lanes.rows_012, lanes.row_3, lanes.rows_01, lanes.rows_23
    turned = [plane >> 1 & rows_012 | plane << 3 & row_3 for plane in planes]
    pairs = [plane ^ turn for plane, turn in zip(planes, turned, strict=True)]
    p0, p1, p2, p3, p4, p5, p6, p7 = pairs
    doubled = [p7, p0 ^ p7, p1, p2 ^ p7, p3 ^ p7, p4, p5, p6]
    across = [pair >> 2 & rows_01 | pair << 2 & rows_23 for pair in pairs]
    return [a ^ b ^ c for a, b, c in zip(doubled, turned, across, strict=True)]


def _count_up(planes: list[int], counter: int, numbers: list[int]) -> None:
    """Add its number to the counter of each block, in place: numbers[i] holds bit i of them all.

    The sum is made as on paper, from the lowest bit up with a carry, in all blocks at once.
    """
    carry = 0
    for i, bit in enumerate(numbers):
        planes[i % 8] ^= (bit ^ carry) << 15 - i // 8  # the counter ends in byte 15, with its lowest bits
        carry = bit | carry if counter >> i & 1 else bit & carry


def _sliced(data: bytes) -> list[int]:
    """Return the planes of some bytes, whose number is a multiple of 8."""
    return _transposed([int.from_bytes(data[i::8], "little") for i in range(8)])


def _unsliced(planes: list[int], size: int) -> bytes:
    """Return the bytes of planes of `size` bytes each."""
    data = bytearray(8 * size)
    for i, part in enumerate(_transposed(planes)):
        data[i::8] = part.to_bytes(size, "little")
    return bytes(data)


def _transposed(rows: list[int]) -> list[int]:
    """Return eight ints of which bit 8 j + k of number i is what was bit 8 j + i of number k.

    Byte j of the eight is a square of 8 by 8 bits, and mirrored: quarters first, of 4 by 4, then theirs.
    """
    rows = rows.copy()
    for distance, low in zip((4, 2, 1), _lanes().squares, strict=True):
        for i in range(8):
            if not i & distance:
                swap = (rows[i] >> distance ^ rows[i + distance]) & low
                rows[i + distance] ^= swap
                rows[i] ^= swap << distance
    return rows


def _round_key_planes(round_keys: list[int]) -> list[list[int]]:
    """Return the lane of each plane, for each round key.

    Those after the first take the S-box's 0x63 with them: ShiftRows moves it to where it is too, and
    MixColumns makes of four equal bytes c the same four, as 2c + 3c + c + c = c.
    """
    first, *others = round_keys
    constant = int.from_bytes(b"\x63" * BLOCK_SIZE, "big")
    data = b"".join(k.to_bytes(BLOCK_SIZE, "big") for k in (first, *(k ^ constant for k in others)))
    planes = _sliced(data)
    return [[plane >> 16 * i & 0xFFFF for plane in planes] for i in range(len(round_keys))]


class _Lanes(NamedTuple):
    """Masks for one plane of the largest batch; a smaller one uses the low ends."""

    ones: int  # 1 in the lane of every block
    numbers: list[int]  # bit i of 0, 1, 2, ..., for each i
    rows_012: int
    row_3: int
    rows_01: int
    rows_23: int
    columns_apart: int  # for ShiftRows: of each pair that is swapped, the lower
    neighbours: int
    squares: list[int]  # for the transposition: what is swapped upwards


@functools.cache
def _lanes() -> _Lanes:
    """Return the masks, made on first use."""

    def everywhere(lane: int) -> int:
        return int.from_bytes(lane.to_bytes(2, "little") * BATCH_BLOCKS, "little")

    numbers = []
    for i in range(32):
        lanes = b"".join((number >> i & 1).to_bytes(2, "little") for number in range(BATCH_BLOCKS))
        numbers.append(int.from_bytes(lanes, "little"))
    return _Lanes(
        ones=everywhere(1),
        numbers=numbers,
        rows_012=everywhere(0x7777),
        row_3=everywhere(0x8888),
        rows_01=everywhere(0x3333),
        rows_23=everywhere(0xCCCC),
        columns_apart=everywhere(0x0002 | 0x0044 | 0x0080),  # row 1, row 2, row 3
        neighbours=everywhere(0x0202 | 0x0808),  # row 1, row 3
        squares=[everywhere(0x0F0F), everywhere(0x3333), everywhere(0x5555)],
    )
