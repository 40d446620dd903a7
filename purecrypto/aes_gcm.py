"""AES-GCM: encrypt, so that nobody can read, and authenticate, so that nobody can alter.  SP 800-38D.

    key --> AES(0) = H
    key, J0 --> AES --> block J0 | blocks J0 + 1, J0 + 2, ...  XOR  plaintext  =  ciphertext
                           |                                                         |
                          XOR  <--  GHASH, at H, of ( associated data,  ciphertext,  lengths )
                           |
                          tag

J0 is the nonce and a counter that starts at 1.  This is an AEAD: associated data are authenticated with the
ciphertext, but not encrypted.  A record's header is such data.  A nonce used twice under one key gives away
the XOR of both plaintexts, from which they can often be guessed, and an equation for H, with which anybody
can forge whatever is sent under that key.

Sizes          key 16, 24 or 32 bytes, tag 16; plaintext up to 2^36 - 32 bytes.  Nonces should have 12 bytes;
               others, of 1 byte or more, go through GHASH, and then two of them may meet by chance.
Errors         ValueError on a bad length: a caller's bug.  InvalidTag: the peer's or the network's fault.
Side channels  The tag is compared without early exit, and nothing is decrypted before it has been.  For what
               the parts give away see `aes` and `ghash`.
Tested by      tests/purecrypto/test_aes_gcm.py: McGrew and Viega's test cases, NIST's, pyca/cryptography.
"""

import itertools
import struct
from collections.abc import Iterator

from purecrypto import aes, constant_time, entropy, ghash, stream
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.errors import InvalidTag

KEY_SIZES = aes.KEY_SIZES
TAG_SIZE = 16  # bytes
NONCE_SIZE = 12  # bytes; 5.2.1.1: what there should be
MAX_PLAINTEXT_SIZE = 2**36 - 32  # bytes; 5.2.1.1: all blocks that a counter of 32 bits has, but two


class Key:
    """What is worked out once for a key, however many messages it is for."""

    __slots__ = ("cipher", "hash")

    def __init__(self, key: Buffer) -> None:
        self.cipher = aes.Key(key)
        self.hash = ghash.Key(aes.encrypt_blocks(self.cipher.round_keys, bytes(aes.BLOCK_SIZE)))  # 7.1


def seal(key: Key, nonce: Buffer, plaintext: Buffer, associated_data: Buffer = b"") -> bytes:
    """Return ciphertext || tag: section 7.1.  The nonce must be another one for each message under a key.

    ValueError if the nonce is empty, or the plaintext too long.
    """
    plaintext = as_bytes(plaintext, "plaintext")
    associated_data = as_bytes(associated_data, "associated_data")
    if len(plaintext) > MAX_PLAINTEXT_SIZE:
        raise ValueError(f"plaintext must be at most {MAX_PLAINTEXT_SIZE} bytes long, got {len(plaintext)}")
    mask, keystream = mask_and_keystream(key, nonce, len(plaintext))
    ciphertext = stream.xor_all(plaintext, keystream)
    return ciphertext + tag_of(key, mask, associated_data, ciphertext)


def open(key: Key, nonce: Buffer, ciphertext: Buffer, associated_data: Buffer = b"") -> bytes:
    """Return the plaintext of `ciphertext`, which ends in its tag: section 7.2.

    InvalidTag if key, nonce, ciphertext or associated data are not those of `seal`; nothing then tells
    which of them.
    """
    # First, because an empty nonce is the caller's bug whatever the peer has sent.
    nonce = nonempty(nonce)
    sealed = as_bytes(ciphertext, "ciphertext")
    associated_data = as_bytes(associated_data, "associated_data")
    if not TAG_SIZE <= len(sealed) <= MAX_PLAINTEXT_SIZE + TAG_SIZE:
        raise InvalidTag(f"AES-GCM: {len(sealed)} bytes cannot be a ciphertext and its tag")
    ciphertext, tag = memoryview(sealed)[:-TAG_SIZE], sealed[-TAG_SIZE:]
    mask, keystream = mask_and_keystream(key, nonce, len(ciphertext))
    if not constant_time.equal(tag, tag_of(key, mask, associated_data, ciphertext)):
        raise InvalidTag("AES-GCM: the tag does not belong to this message")
    return stream.xor_all(ciphertext, keystream)


def mask_and_keystream(key: Key, nonce: Buffer, length: int) -> tuple[bytes, Iterator[bytes]]:
    """Return block J0 encrypted, which hides the tag, and the stream from the block after it on.

    Both in one call, because the blocks of one batch cost hardly more than one of them; further batches are
    made when they are asked for.
    """
    batches = aes.batches(key.cipher, first_counter_block(key, nonce), aes.BLOCK_SIZE + length)
    first = next(batches)
    return first[: aes.BLOCK_SIZE], itertools.chain([first[aes.BLOCK_SIZE :]], batches)


def first_counter_block(key: Key, nonce: Buffer) -> bytes:
    """Return J0: section 7.1, step 2."""
    nonce = nonempty(nonce)
    if len(nonce) == NONCE_SIZE:
        return nonce + b"\x00\x00\x00\x01"
    return ghash.ghash(key.hash, nonce + _pad16(nonce) + struct.pack(">QQ", 0, 8 * len(nonce)))


def tag_of(key: Key, mask: bytes, associated_data: bytes, ciphertext: bytes | memoryview) -> bytes:
    """Return the tag: section 7.1, steps 5 and 6."""
    return stream.xor(ghash.ghash(key.hash, hash_data(associated_data, ciphertext)), mask)


def hash_data(associated_data: bytes, ciphertext: bytes | memoryview) -> bytes:
    """Return what GHASH reads: section 7.1, step 5.

    Padding and lengths, in bits, say where the one part ends and the other begins; without them, bytes could
    be moved across that border.
    """
    lengths = struct.pack(">QQ", 8 * len(associated_data), 8 * len(ciphertext))
    parts = (associated_data, _pad16(associated_data), ciphertext, _pad16(ciphertext), lengths)
    return b"".join(parts)


def nonempty(nonce: Buffer) -> bytes:
    """Return the nonce as bytes; an empty one would make J0 zero, and the mask H: section 5.2.1.1."""
    nonce = as_bytes(nonce, "nonce")
    if not nonce:
        raise ValueError("nonce must not be empty")
    return nonce


def _pad16(data: bytes | memoryview) -> bytes:
    return bytes(-len(data) % 16)


class AESGCM:
    """`seal` and `open` in the shape of pyca/cryptography's class of this name."""

    __slots__ = ("_key",)

    def __init__(self, key: Buffer) -> None:
        self._key = Key(key)

    @classmethod
    def generate_key(cls, bit_length: int) -> bytes:
        """Return a new random key of 128, 192 or 256 bits."""
        if not isinstance(bit_length, int):
            raise TypeError(f"bit_length must be int, not {type(bit_length).__name__}")
        if bit_length not in (128, 192, 256):
            raise ValueError(f"bit_length must be 128, 192 or 256, got {bit_length}")
        return entropy.random_bytes(bit_length // 8)

    def encrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return `data` encrypted, and the tag."""
        return seal(self._key, nonce, data, b"" if associated_data is None else associated_data)

    def decrypt(self, nonce: Buffer, data: Buffer, associated_data: Buffer | None) -> bytes:
        """Return what `encrypt` was given; InvalidTag if anything is not as it was then."""
        return open(self._key, nonce, data, b"" if associated_data is None else associated_data)
