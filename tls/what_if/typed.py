"""What a person types who changes a message: a field by the end of its path, a value as it is at hand.

A value is a number (25, 0x19), a name of the RFC (x25519), bytes in hex (c0ffee) or text ("h2").

Errors         ValueError, in one line, for what makes no sense.
Tested by      tests/tls/test_what_if_view.py
"""

from collections.abc import Iterable, Sequence

from handshake.codec import Field, Length
from tls.tracing import parts
from tls.what_if import edits


def find(fields: Sequence[Field | Length], path: str) -> Field | Length:
    """The field that is meant, or the value in a certificate; the end of a path will do if it is alone."""
    meant = _ending(fields, path)
    meant = [field for field in meant if isinstance(field, Field)] or meant
    certificates = [field for field in _ending(fields, "cert_data") if isinstance(field, Field)]
    if not meant:
        meant = _ending((value for field in certificates for value in edits.values_in(field)), path)
    if path == "length":  # of it all: its name in the list
        meant = [field for field in fields if "." not in field.path]
    if not meant:
        more = ", and show cert_data what stands in a certificate" if certificates else ""
        raise ValueError(f"no field {path!a} here: show lists them{more}")
    if len({field.path for field in meant}) > 1:
        raise ValueError(f"{path!a} could be {' or '.join(field.path for field in meant[:3])}")
    return meant[0]


def _ending(fields: Iterable[Field | Length], path: str) -> list[Field | Length]:
    return [field for field in fields if field.path == path or field.path.endswith(f".{path}")]


def value(text: str, field: Field | Length) -> bytes:
    """The bytes that a field is to have."""
    if not text:
        raise ValueError('which value?  "" stands for nothing at all')
    if isinstance(field.value, int):
        names = field.names.__members__ if isinstance(field, Field) and field.names else {}
        what = "a name of the RFC in full, or a number" if names else "a number"
        what = what if isinstance(field, Field) else f"{what}, which a length is"
        chosen = names[text.upper()] if text.upper() in names else number(text, what)
        if chosen >= 256**field.length:
            raise ValueError(f"{chosen} does not fit {parts.count(field.length)}")
        return chosen.to_bytes(field.length, "big")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].encode()
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError(f'{text!a} is neither bytes in hex nor text in "quotes"') from None


def number(text: str, what: str) -> int:
    """A number that is not negative; `what` it is of, where it is none: "a step"."""
    try:
        found = int(text, 0)
    except ValueError:
        found = -1
    if found < 0:
        raise ValueError(f"{text!a} is not {what}: 25, or 0x19")
    return found


def offset_and_byte(text: str) -> tuple[int, bytes]:
    """Two numbers with a space between them."""
    offset, _, byte = text.partition(" ")
    chosen = number(byte.strip(), "a byte")
    if chosen > 255:
        raise ValueError(f"{chosen} is no byte: 0 to 255, or 0x00 to 0xff")
    return number(offset, "an offset"), bytes([chosen])
