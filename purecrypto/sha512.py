"""SHA-512 and SHA-384: SHA-256 with words twice as wide and 80 rounds.  FIPS 180-4, RFC 6234.

A message is cut into blocks of 128 bytes.  Each is stretched to 80 words W_t, and each word stirs the
eight variables a..h once.  SHA-384 starts elsewhere and gives away only six of the eight words.  The
chain of blocks and the padding are in `sha2`.

Sizes          digest 64 or 48 bytes, block 128 bytes, word 64 bits; messages of less than 2^125 bytes.
Errors         TypeError for what is not bytes: the caller's bug.
Side channels  No secret-dependent branch or table here; Python ints are not constant-time.
Tested by      tests/purecrypto/test_sha512.py: FIPS 180-4 and RFC 6234's examples, hashlib.
"""

import struct

from purecrypto.sha2 import PRIMES, MerkleDamgard, State, cube_root_fraction, square_root_fraction

WORD = 0xFFFFFFFFFFFFFFFF  # 64 bits
TWICE = 1 << 64 | 1  # x * TWICE is the word x written twice, side by side

# 4.2.3: the first 64 bits of the fractional parts of the cube roots of the first 80 primes
K = [cube_root_fraction(prime, 64) for prime in PRIMES]
# 5.3.5: the first 64 bits of the fractional parts of the square roots of the first 8 primes
SHA512_H0 = tuple(square_root_fraction(prime, 64) for prime in PRIMES[:8])
# 5.3.4: the same of the ninth to sixteenth primes
SHA384_H0 = tuple(square_root_fraction(prime, 64) for prime in PRIMES[8:16])


class sha512(MerkleDamgard):
    """SHA-512 as `hashlib.sha512`: update, digest, hexdigest, copy."""

    name = "sha512"
    digest_size = 64  # bytes
    block_size = 128  # bytes
    initial_state = SHA512_H0

    __slots__ = ()

    @staticmethod
    def compress(state: State, block: bytes) -> State:
        return compress(state, block)


class sha384(MerkleDamgard):
    """SHA-384 as `hashlib.sha384`: update, digest, hexdigest, copy."""

    name = "sha384"
    digest_size = 48  # bytes: section 6.5 cuts the last two words off
    block_size = 128  # bytes
    initial_state = SHA384_H0

    __slots__ = ()

    @staticmethod
    def compress(state: State, block: bytes) -> State:
        return compress(state, block)


def compress(state: State, block: bytes) -> State:
    """Return H(i) from H(i-1) = `state` and a block of 128 bytes: section 6.4.2.

    The same steps as in `sha256.compress`, with other distances in the sigmas; there it is said why a
    word is written twice, why nothing is cut off before the end of a sum, and where Maj comes from.
    """
    # 1. Prepare the message schedule: 16 words of the block, 64 made of them.
    W = list(struct.unpack(">16Q", block))
    for t in range(16, 80):
        x, y = W[t - 15], W[t - 2]
        xx, yy = x * TWICE, y * TWICE
        sigma0 = xx >> 1 ^ xx >> 8 ^ x >> 7
        sigma1 = yy >> 19 ^ yy >> 61 ^ y >> 6
        W.append(sigma1 + W[t - 7] + sigma0 + W[t - 16] & WORD)

    # 2. and 3. Stir each of the 80 words into a..h.
    a, b, c, d, e, f, g, h = state
    b_c = b ^ c
    for K_t, W_t in zip(K, W, strict=True):
        aa, ee = a * TWICE, e * TWICE
        Sigma1 = ee >> 14 ^ ee >> 18 ^ ee >> 41
        Ch = g ^ e & (f ^ g)
        T1 = h + Sigma1 + Ch + K_t + W_t
        Sigma0 = aa >> 28 ^ aa >> 34 ^ aa >> 39
        a_b = a ^ b
        Maj = b ^ a_b & b_c
        b_c = a_b
        h = g
        g = f
        f = e
        e = d + T1 & WORD
        d = c
        c = b
        b = a
        a = T1 + Sigma0 + Maj & WORD

    # 4. Add the result to the old state.
    return tuple([old + new & WORD for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)])
