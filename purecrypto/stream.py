"""A text XOR a stream of bytes: what every cipher here comes to that turns a key into a stream.

It encrypts, and it decrypts as well, because twice the same XOR is none.
"""

from collections.abc import Iterable


def xor_all(text: bytes | memoryview, stream: Iterable[bytes]) -> bytes:
    """Return `text` XOR a stream that comes in batches and is at least as long."""
    pieces, start = [], 0
    for batch in stream:
        piece = text[start : start + len(batch)]
        pieces.append(xor(piece, batch[: len(piece)]))
        start += len(batch)
    return b"".join(pieces)


def xor(text: bytes | memoryview, stream: bytes) -> bytes:
    """Return the XOR of two equally long byte strings; as two ints, because Python does that quickly."""
    mixed = int.from_bytes(text, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(len(text), "little")
