"""Writing DER: each function returns one element, so a structure is written as it is drawn.  ITU-T X.690.

    encoding.sequence(encoding.oid("1.3.101.112"), encoding.integer(5))

What the bytes look like, and how they are read, is in `der`.  [8.3.2] is X.690's section 8.3.2.

Errors         ValueError for what has no encoding: the caller's bug.
Tested by      tests/x509/test_encoding.py, and test_der.py, which reads it back.
"""

from datetime import UTC, datetime

from x509 import der

FIRST_YEAR = 1950  # of UTCTime's two digits (RFC 5280 section 4.1.2.5.1)


def element(tag: int, content: bytes) -> bytes:
    """Return tag, minimal length [10.1] and content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*elements: bytes) -> bytes:
    return element(der.SEQUENCE, b"".join(elements))


def set_of(*elements: bytes) -> bytes:
    return element(der.SET, b"".join(sorted(elements)))  # [11.6]


def explicit(number: int, content: bytes) -> bytes:
    return element(der.CONTEXT_CONSTRUCTED | number, content)


def implicit(number: int, content: bytes) -> bytes:
    """Return [number] IMPLICIT over a primitive type: its content under another tag."""
    return element(der.CONTEXT | number, content)


def boolean(value: bool) -> bytes:
    return element(der.BOOLEAN, b"\xff" if value else b"\0")  # [11.1]


def integer(value: int) -> bytes:
    bits = value.bit_length() if value >= 0 else (~value).bit_length()
    size = bits // 8 + 1  # one bit more, for the sign [8.3.2]
    return element(der.INTEGER, value.to_bytes(size, "big", signed=True))


def oid(dotted: str) -> bytes:
    """Return the OBJECT IDENTIFIER of dotted text such as "1.3.101.112"; ValueError when it is none."""
    numbers = [int(number) for number in dotted.split(".")]
    if len(numbers) < 2 or min(numbers) < 0 or numbers[0] > 2 or (numbers[0] < 2 and numbers[1] >= 40):
        raise ValueError(f"no object identifier: {dotted!r}")
    root, second, *others = numbers
    return element(der.OBJECT_IDENTIFIER, b"".join(map(_base128, (40 * root + second, *others))))  # [8.19.4]


def octet_string(content: bytes) -> bytes:
    return element(der.OCTET_STRING, content)


def bit_string(content: bytes) -> bytes:
    return element(der.BIT_STRING, b"\0" + content)


def named_bits(numbers: frozenset[int]) -> bytes:
    """Return a BIT STRING with these bits set, counted from 0, and nothing after the last [11.2.2]."""
    if not numbers:
        return element(der.BIT_STRING, b"\0")
    size = max(numbers) // 8 + 1
    bits = sum(1 << (8 * size - 1 - number) for number in numbers)
    return element(der.BIT_STRING, bytes((7 - max(numbers) % 8,)) + bits.to_bytes(size, "big"))


def utf8_string(text: str) -> bytes:
    return element(der.UTF8_STRING, text.encode("utf-8"))


def time(moment: datetime) -> bytes:
    """Return a Time in the form that RFC 5280 section 4.1.2.5 wants for its year; fractions are cut off."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its time zone")
    moment = moment.astimezone(UTC)
    if moment.year < FIRST_YEAR:
        raise ValueError(f"a certificate cannot name a year before {FIRST_YEAR}, got {moment.year}")
    text = f"{moment:%Y%m%d%H%M%S}Z".encode("ascii")
    if moment.year < der.FIRST_YEAR_OF_GENERALIZED_TIME:
        return element(der.UTC_TIME, text[2:])
    return element(der.GENERALIZED_TIME, text)


def _base128(number: int) -> bytes:
    """Seven bits an octet, most significant first, the top bit set on all but the last [8.19.2]."""
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))
