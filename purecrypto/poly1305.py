"""Poly1305: a tag that only who knows a one-time key can compute.  RFC 8439 section 2.5.

The message's blocks are the coefficients of a polynomial.  The tag is its value at a secret point r,
modulo the prime 2^130 - 5, hidden by adding a secret s.  Two messages under one key give an equation in
r alone, and with r anyone can forge: so a key serves one message.

Sizes          key 32 bytes (r and s), tag 16 bytes; messages of any length.
Errors         ValueError on a wrong key or tag length (the caller's bug), InvalidTag (a peer's).
Side channels  Tags are compared by `constant_time.equal`; Python ints are not constant-time.
Tested by      tests/purecrypto/test_poly1305.py: RFC 8439 2.5.2 and A.3, pyca/cryptography.
"""

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
    a = 0  # the accumulator
    for start in range(0, len(message), BLOCK_SIZE):
        # The byte 1 marks where the block ends: without it, zeros at the end of a message would not count.
        n = int.from_bytes(message[start : start + BLOCK_SIZE] + b"\x01", "little")
        a = (a + n) * r % P
    return (a + s).to_bytes(17, "little")[:TAG_SIZE]  # the low 128 bits


def verify(key: Buffer, message: Buffer, tag: Buffer) -> None:
    """Raise InvalidTag unless `tag`, of 16 bytes, is the tag of `message` under `key`."""
    if not constant_time.equal(exactly(tag, TAG_SIZE, "tag"), mac(key, message)):
        raise InvalidTag("Poly1305: the tag does not belong to this message")
