"""SHA-256: 32 bytes that stand for a message of any length.  FIPS 180-4, RFC 6234.

A message is cut into blocks of 64 bytes.  Each is stretched to 64 words W_t, and each word stirs the
eight variables a..h once.  The chain of blocks and the padding are in `sha2`.

Sizes          digest 32 bytes, block 64 bytes, word 32 bits; messages of less than 2^61 bytes.
Errors         TypeError for what is not bytes: the caller's bug.
Side channels  No secret-dependent branch or table here; Python ints are not constant-time.
Tested by      tests/purecrypto/test_sha256.py: FIPS 180-4 and RFC 6234's examples, hashlib.
"""

import struct

from purecrypto.sha2 import PRIMES, MerkleDamgard, State, cube_root_fraction, square_root_fraction

WORD = 0xFFFFFFFF  # 32 bits

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


def compress(state: State, block: bytes) -> State:
    """Return H(i) from H(i-1) = `state` and a block of 64 bytes: section 6.2.2.

    A word written twice side by side holds all its own rotations: ROTR^n(x) is the low half of
    (x | x << 32) >> n.  What lands above bit 31 is not cut off at once: it cannot trickle down in a sum,
    and the mask at the end of the sum removes it.
    """
    # 1. Prepare the message schedule: 16 words of the block, 48 made of them.
    W = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        x, y = W[t - 15], W[t - 2]
        xx, yy = x | x << 32, y | y << 32
        sigma0 = xx >> 7 ^ xx >> 18 ^ x >> 3
        sigma1 = yy >> 17 ^ yy >> 19 ^ y >> 10
        W.append(sigma1 + W[t - 7] + sigma0 + W[t - 16] & WORD)

    # 2. and 3. Stir each of the 64 words into a..h.
    a, b, c, d, e, f, g, h = state
    for K_t, W_t in zip(K, W, strict=True):
        aa, ee = a | a << 32, e | e << 32
        Sigma1 = ee >> 6 ^ ee >> 11 ^ ee >> 25
        Ch = g ^ e & (f ^ g)  # where e has a 1, the bit of f; where it has a 0, that of g
        T1 = h + Sigma1 + Ch + K_t + W_t
        Sigma0 = aa >> 2 ^ aa >> 13 ^ aa >> 22
        Maj = a & b | c & (a | b)  # a 1 where at least two of the three have one
        h, g, f, e = g, f, e, d + T1 & WORD
        d, c, b, a = c, b, a, T1 + Sigma0 + Maj & WORD

    # 4. Add the result to the old state, so that no one can run the rounds backwards.
    return tuple(old + new & WORD for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
