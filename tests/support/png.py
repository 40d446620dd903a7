"""Pictures in PNG, just enough of it: a test paints some, and sees what a browser made of them."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 6: 4}  # by colour type: RGB, and RGB with an alpha channel

Colour = tuple[int, int, int]


def painted(colour: Colour, width: int, height: int) -> bytes:
    """A picture of one colour, not compressed, so that it is as large as it looks."""
    rows = (b"\0" + bytes(colour) * width) * height  # filter 0: as it is
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 0)) + _chunk(b"IEND", b"")


def colours(picture: bytes) -> set[Colour]:
    """All colours in a picture of 8 bits a channel, not interlaced."""
    chunks = _chunks(picture)
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0)
    size = CHANNELS[colour_type]
    data = zlib.decompress(chunks[b"IDAT"])
    found = set()
    above = bytes(width * size)
    for start in range(0, height * (1 + width * size), 1 + width * size):
        above = _unfiltered(data[start], data[start + 1 : start + 1 + width * size], above, size)
        found.update(zip(above[0::size], above[1::size], above[2::size], strict=True))
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunks(picture: bytes) -> dict[bytes, bytes]:
    """The content of the chunks by their kind, those of one kind put together."""
    assert picture.startswith(SIGNATURE)
    chunks: dict[bytes, bytes] = {}
    start = len(SIGNATURE)
    while start < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, start)
        chunks[kind] = chunks.get(kind, b"") + picture[start + 8 : start + 8 + length]
        start += 12 + length
    return chunks


def _unfiltered(how: int, row: bytes, above: bytes, size: int) -> bytes:
    """Undo the filter of one row: each byte is told by its difference to a guess."""
    out = bytearray(size)  # nothing, left of the first pixel
    upper = bytes(size) + above
    for i, byte in enumerate(row, size):
        left, up, corner = out[i - size], upper[i], upper[i - size]
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[how]
        out.append((byte + guess) & 0xFF)
    return bytes(out[size:])


def _paeth(left: int, up: int, corner: int) -> int:
    """Whichever of the three is nearest to left + up - corner."""
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))
