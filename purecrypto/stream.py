"""A text XOR a stream of bytes: how ChaCha20 and AES in counter mode encrypt.

And decrypt: the same XOR twice changes nothing.

Errors         ValueError if the stream does not reach to the end of the text: the caller's bug.
Tested by      tests/purecrypto/test_stream.py
"""

from collections.abc import Iterable


def xor_all(text: bytes | memoryview, stream: Iterable[bytes]) -> bytes:
    """Return `text` XOR a stream that comes in batches.  ValueError if the stream is the shorter one."""
    pieces, start = [], 0
    for batch in stream:
        piece = text[start : start + len(batch)]
        pieces.append(xor(piece, batch[: len(piece)]))
        start += len(batch)
    if start < len(text):
        raise ValueError(f"a text of {len(text)} bytes needs as much keystream, got {start}")
    return b"".join(pieces)


def xor(text: bytes | memoryview, stream: bytes) -> bytes:
    """Return the XOR of two equally long byte strings; as two ints, because Python does that quickly.

    ValueError if they are not equally long: what has no stream would stay in the clear.
    """
    if len(text) != len(stream):
        raise ValueError(f"a text of {len(text)} bytes needs as much keystream, got {len(stream)}")
    mixed = int.from_bytes(text, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(len(text), "little")
