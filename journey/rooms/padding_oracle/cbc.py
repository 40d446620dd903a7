"""AES in CBC mode, and TLS's padding for it.  SP 800-38A section 6.2, RFC 5246 section 6.2.3.2.

Each block of the message is XORed with the ciphertext before it, then encrypted:

    C1 = AES(P1 ^ iv)    C2 = AES(P2 ^ C1)    ...         P2 = AES^-1(C2) ^ C1

To read it one has to run AES backwards, which `purecrypto` never does: GCM does not need it.
"""

import functools
from collections.abc import Callable

from purecrypto import aes, stream

BLOCK_SIZE = aes.BLOCK_SIZE


def encrypt(key: aes.Key, iv: bytes, plaintext: bytes) -> bytes:
    blocks = [iv]
    for start in range(0, len(plaintext), BLOCK_SIZE):
        block = stream.xor(plaintext[start : start + BLOCK_SIZE], blocks[-1])
        blocks.append(aes.encrypt_blocks(key.round_keys, block))
    return b"".join(blocks[1:])


def decrypt(key: aes.Key, iv: bytes, ciphertext: bytes) -> bytes:
    """For up to 256 blocks, which is more than anybody says here."""
    return stream.xor(decrypt_blocks(key, ciphertext), (iv + ciphertext)[: len(ciphertext)])


def decrypt_blocks(key: aes.Key, blocks: bytes) -> bytes:
    """AES backwards: InvCipher, FIPS 197 section 5.3.  The states of all blocks stand side by side.

    Two of the steps are undone by doing them three times more: a row that has been turned four times is where
    it was, and four times the matrix of MixColumns changes nothing.
    """
    size = len(blocks)
    each = aes.EACH_STATE & (1 << 8 * size) - 1
    first, *middle, last = key.round_keys
    state = int.from_bytes(blocks, "big") ^ last * each
    for round_key in reversed(middle):
        state = _unsubstituted(thrice(aes.shift_rows, state), size) ^ round_key * each
        state = thrice(aes.mix_columns, state)
    state = _unsubstituted(thrice(aes.shift_rows, state), size) ^ first * each
    return state.to_bytes(size, "big")


def thrice(step: Callable[[int], int], state: int) -> int:
    return step(step(step(state)))


def _unsubstituted(state: int, size: int) -> int:
    return int.from_bytes(state.to_bytes(size, "big").translate(_inverse_s_box()), "big")


@functools.cache
def _inverse_s_box() -> bytes:
    all_bytes = bytes(range(256))
    s_box = aes.sub_bytes(int.from_bytes(all_bytes, "big"), 256).to_bytes(256, "big")
    return bytes.maketrans(s_box, all_bytes)


def pad(data: bytes) -> bytes:
    """Fill the last block: with 00, or 01 01, or 02 02 02 ... the last byte says how many stand before it."""
    count = -(len(data) + 1) % BLOCK_SIZE
    return data + bytes([count]) * (count + 1)


def unpad(padded: bytes) -> bytes | None:
    """What was padded; None if this is no padding."""
    count = padded[-1]
    padding = bytes([count]) * (count + 1)
    return padded.removesuffix(padding) if padded.endswith(padding) else None
