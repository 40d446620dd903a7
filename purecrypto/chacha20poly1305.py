"""ChaCha20-Poly1305: encrypt, so that nobody can read, and authenticate, so that nobody can alter.
RFC 8439 section 2.8.

    key, nonce --> ChaCha20 --> block 0 | blocks 1, 2, 3, ...  XOR  plaintext  =  ciphertext
                                   |                                                  |
                             one-time key --> Poly1305( associated data,  ciphertext,  lengths ) = tag

This is an AEAD: associated data are authenticated with the ciphertext, but not encrypted.  A record's
header is such data.  A nonce used twice under one key gives away the XOR of both plaintexts, from which they
can often be guessed, and the means to forge.

Sizes          key 32 bytes, nonce 12, tag 16; plaintext up to 2^38 - 64 bytes.
Errors         ValueError on a bad length: a caller's bug.  InvalidTag: the peer's or the network's fault.
Side channels  The tag is compared without early exit, and nothing is decrypted before it has been.
Tested by      tests/purecrypto/test_chacha20poly1305.py: RFC 8439 2.8.2 and A.5, pyca/cryptography.
"""

import itertools
import struct
from collections.abc import Iterator

from purecrypto import chacha20, entropy, poly1305, stream
from purecrypto.buffers import Buffer, as_bytes, exactly
from purecrypto.errors import InvalidTag

KEY_SIZE = chacha20.KEY_SIZE
NONCE_SIZE = chacha20.NONCE_SIZE
TAG_SIZE = poly1305.TAG_SIZE
MAX_PLAINTEXT_SIZE = (2**32 - 1) * chacha20.BLOCK_SIZE  # bytes; 2.8: P_MAX, all blocks but block 0


def seal(key: Buffer, nonce: Buffer, plaintext: Buffer, associated_data: Buffer = b"") -> bytes:
    """Return ciphertext || tag.  The nonce must be another one for each message under a key.

    ValueError if key or nonce have a wrong length, or if the plaintext is too long.
    """
    plaintext = as_bytes(plaintext, "plaintext")
    associated_data = as_bytes(associated_data, "associated_data")
    if len(plaintext) > MAX_PLAINTEXT_SIZE:
        raise ValueError(f"plaintext must be at most {MAX_PLAINTEXT_SIZE} bytes long, got {len(plaintext)}")
    one_time_key, keystream = one_time_key_and_keystream(key, nonce, len(plaintext))
    ciphertext = stream.xor_all(plaintext, keystream)
    return ciphertext + poly1305.mac(one_time_key, mac_data(associated_data, ciphertext))


def open(key: Buffer, nonce: Buffer, ciphertext: Buffer, associated_data: Buffer = b"") -> bytes:
    """Return the plaintext of `ciphertext`, which ends in its tag.

    InvalidTag if key, nonce, ciphertext or associated data are not those of `seal`; nothing then tells
    which of them.
    """
    # First, because a wrong length here is the caller's bug whatever the peer has sent.
    key, nonce = exactly(key, KEY_SIZE, "key"), exactly(nonce, NONCE_SIZE, "nonce")
    sealed = as_bytes(ciphertext, "ciphertext")
    associated_data = as_bytes(associated_data, "associated_data")
    if not TAG_SIZE <= len(sealed) <= MAX_PLAINTEXT_SIZE + TAG_SIZE:  # 2.8: C_MAX
        raise InvalidTag(f"ChaCha20-Poly1305: {len(sealed)} bytes cannot be a ciphertext and its tag")
    ciphertext, tag = memoryview(sealed)[:-TAG_SIZE], sealed[-TAG_SIZE:]
    one_time_key, keystream = one_time_key_and_keystream(key, nonce, len(ciphertext))
    poly1305.verify(one_time_key, mac_data(associated_data, ciphertext), tag)
    return stream.xor_all(ciphertext, keystream)


def one_time_key_and_keystream(key: Buffer, nonce: Buffer, length: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the Poly1305 key, half of block 0 (section 2.6), and the stream from block 1 on (2.4).

    Both in one call, because the blocks of one batch cost hardly more than one of them; further batches are
    made when they are asked for.
    """
    batches = chacha20.batches(key, 0, nonce, chacha20.BLOCK_SIZE + length)
    first = next(batches)
    keystream = itertools.chain([first[chacha20.BLOCK_SIZE :]], batches)
    return first[: poly1305.KEY_SIZE], keystream


def mac_data(associated_data: bytes, ciphertext: bytes | memoryview) -> bytes:
    """Return what Poly1305 authenticates: section 2.8.

    Padding and lengths say where the one part ends and the other begins; without them, bytes could be
    moved across that border.
    """
    lengths = struct.pack("<QQ", len(associated_data), len(ciphertext))
    parts = (associated_data, _pad16(associated_data), ciphertext, _pad16(ciphertext), lengths)
    return b"".join(parts)


def _pad16(data: bytes | memoryview) -> bytes:
    return bytes(-len(data) % 16)


class ChaCha20Poly1305:
    """`seal` and `open` in the shape of pyca/cryptography's class of this name."""

    __slots__ = ("_key",)

    def __init__(self, key: Buffer) -> None:
        self._key = exactly(key, KEY_SIZE, "key")

    @classmethod
    def generate_key(cls) -> bytes:
        """Return a new random key."""
        return entropy.random_bytes(KEY_SIZE)

    def encrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return `data` encrypted, and the tag."""
        return seal(self._key, nonce, data, b"" if associated_data is None else associated_data)

    def decrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return what `encrypt` was given; InvalidTag if anything is not as it was then."""
        return open(self._key, nonce, data, b"" if associated_data is None else associated_data)
