"""SHA-256: 32 bytes that stand for a message of any length.  FIPS 180-4, RFC 6234.

A message is cut into blocks of 64 bytes.  Each is stretched to 64 words W_t, and each word stirs the
eight variables a..h once.  The chain of blocks and the padding are in `sha2`.

The file says it twice.  First comes the standard's compression function, for one block.  Below it stands its
wide twin, which compresses blocks of several messages side by side: the blocks of one message have to wait
for each other, but a key schedule asks for many short hashes at the same moment.

Sizes          digest 32 bytes, block 64 bytes, word 32 bits; messages of less than 2^61 bytes.
Errors         TypeError for what is not bytes: the caller's bug.
Side channels  No secret-dependent branch or table here; Python ints are not constant-time.
Tested by      tests/purecrypto/test_sha256.py: FIPS 180-4 and RFC 6234's examples, hashlib, the twins.
"""

import functools
import struct
from collections.abc import Sequence

from purecrypto.sha2 import PRIMES, MerkleDamgard, State, cube_root_fraction, square_root_fraction

WORD = 0xFFFFFFFF  # 32 bits
TWICE = 1 << 32 | 1  # x * TWICE is the word x written twice, side by side

# 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes
K = [cube_root_fraction(prime, 32) for prime in PRIMES[:64]]
# 5.3.3: the first 32 bits of the fractional parts of the square roots of the first 8 primes
H0 = tuple(square_root_fraction(prime, 32) for prime in PRIMES[:8])


class sha256(MerkleDamgard):
    """SHA-256 as `hashlib.sha256`: update, digest, hexdigest, copy."""

    name = "sha256"
    digest_size = 32  # bytes
    block_size = 64  # bytes
    initial_state = H0

    __slots__ = ()

    @staticmethod
    def compress(state: State, block: bytes) -> State:
        return compress(state, block)

    @classmethod
    def compress_side_by_side(cls, states: Sequence[State], blocks: Sequence[bytes]) -> list[State]:
        if len(blocks) == 1:  # there is nobody to share the cost with
            return [compress(states[0], blocks[0])]
        compressed = []
        for start in range(0, len(blocks), MAX_LANES):
            end = start + MAX_LANES
            compressed += compress_side_by_side(states[start:end], blocks[start:end])
        return compressed


def compress(state: State, block: bytes) -> State:
    """Return H(i) from H(i-1) = `state` and a block of 64 bytes: section 6.2.2.

    A word written twice side by side holds all its own rotations: ROTR^n(x) is the low half of
    (x * TWICE) >> n.  What lands above bit 31 is not cut off at once: it cannot trickle down in a sum, and
    the mask at the end of the sum removes it.
    """
    # 1. Prepare the message schedule: 16 words of the block, 48 made of them.
    W = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        x, y = W[t - 15], W[t - 2]
        xx, yy = x * TWICE, y * TWICE
        sigma0 = xx >> 7 ^ xx >> 18 ^ x >> 3
        sigma1 = yy >> 17 ^ yy >> 19 ^ y >> 10
        W.append(sigma1 + W[t - 7] + sigma0 + W[t - 16] & WORD)

    # 2. and 3. Stir each of the 64 words into a..h.
    a, b, c, d, e, f, g, h = state
    b_c = b ^ c
    for K_t, W_t in zip(K, W, strict=True):
        aa, ee = a * TWICE, e * TWICE
        Sigma1 = ee >> 6 ^ ee >> 11 ^ ee >> 25
        Ch = g ^ e & (f ^ g)  # where e has a 1, the bit of f; where it has a 0, that of g
        T1 = h + Sigma1 + Ch + K_t + W_t
        Sigma0 = aa >> 2 ^ aa >> 13 ^ aa >> 22
        a_b = a ^ b
        Maj = b ^ a_b & b_c  # what two of the three say: b, unless both a and c differ from it
        b_c = a_b  # for the next round, in which a and b will be b and c
        h = g
        g = f
        f = e
        e = d + T1 & WORD
        d = c
        c = b
        b = a
        a = T1 + Sigma0 + Maj & WORD

    # 4. Add the result to the old state, so that no one can run the rounds backwards.
    return tuple([old + new & WORD for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)])


# --- Blocks of several messages, side by side --------------------------------------------------------------
#
# Most of the time of a round goes into Python's looking at the next instruction, not into adding numbers as
# short as a word.  So let the numbers be longer: an int holds one variable of n compressions, each in a lane.
#
#     a        [ message n-1 | ... | message 1 | message 0 ]       message 0 in the lowest bits
#     a lane   [ room, 32 bits | word, 32 bits ]
#
# The room is where a word to be rotated is written for the second time, and where a sum overflows: of seven
# words at most, so that no carry comes near the next lane.  But when such a pair of words is shifted to the
# right, the low end of the next lane comes into the room, and has to be cut off before anything is added.
#
# Eight compressions cost here about 1.6 times what one does above.

MAX_LANES = 32  # more of them would save little


def compress_side_by_side(states: Sequence[State], blocks: Sequence[bytes]) -> list[State]:
    """Return [compress(state, block), ...] for 1 to MAX_LANES pairs: the wide twin of `compress`."""
    n = len(blocks)
    lanes, word, K_lanes = _lanes(n)
    blocks_words = [struct.unpack(">16I", block) for block in blocks]
    W = [int.from_bytes(lanes.pack(*words), "little") for words in zip(*blocks_words, strict=True)]
    for t in range(16, 64):
        x, y = W[t - 15], W[t - 2]
        xx, yy = x * TWICE, y * TWICE
        sigma0 = (xx >> 7 ^ xx >> 18 ^ x >> 3) & word
        sigma1 = (yy >> 17 ^ yy >> 19 ^ y >> 10) & word
        W.append(sigma1 + W[t - 7] + sigma0 + W[t - 16] & word)

    initial = [int.from_bytes(lanes.pack(*words), "little") for words in zip(*states, strict=True)]
    a, b, c, d, e, f, g, h = initial
    b_c = b ^ c
    for K_t, W_t in zip(K_lanes, W, strict=True):
        aa, ee = a * TWICE, e * TWICE
        Sigma1 = (ee >> 6 ^ ee >> 11 ^ ee >> 25) & word
        Ch = g ^ e & (f ^ g)
        T1 = h + Sigma1 + Ch + K_t + W_t
        Sigma0 = (aa >> 2 ^ aa >> 13 ^ aa >> 22) & word
        a_b = a ^ b
        Maj = b ^ a_b & b_c
        b_c = a_b
        h = g
        g = f
        f = e
        e = d + T1 & word
        d = c
        c = b
        b = a
        a = T1 + Sigma0 + Maj & word

    sums = [old + new & word for old, new in zip(initial, (a, b, c, d, e, f, g, h), strict=True)]
    return list(zip(*[lanes.unpack(total.to_bytes(8 * n, "little")) for total in sums], strict=True))


@functools.lru_cache(MAX_LANES)
def _lanes(n: int) -> tuple[struct.Struct, int, list[int]]:
    """Return, for n lanes, how their bytes are laid out, the mask of the words, and K_t in every lane."""
    ones = sum(1 << 64 * lane for lane in range(n))
    return struct.Struct(f"<{n}Q"), WORD * ones, [K_t * ones for K_t in K]
