"""Changing the bytes of a message by the names of its fields.

fields_of       the fields that are in a message
values_in       and the values that are in a certificate of it
put             other bytes over some that are there
replace         other bytes in the place of a field, of any length

No format is described here: the codec and the DER reader tell what they read, and where.

Tested by      tests/tls/test_edits.py
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from handshake import errors, messages
from handshake.codec import Field, Length
from x509 import opened
from x509.certificate import Certificate
from x509.der import Element
from x509.errors import CertificateError


def fields_of(content: bytes) -> list[Field | Length]:
    """The fields of a handshake message in their order, as far as it can be read."""
    found: list[Field | Length] = []

    def observe(event: object) -> None:
        if isinstance(event, (Field, Length)):
            found.append(event)

    # ValueError: of a type that nobody knows; IndexError: of none
    with contextlib.suppress(*errors.PEER_FAULTS, ValueError, IndexError):
        messages.decode(content, observe)
    return sorted(found, key=lambda field: field.offset)  # an empty one stays before what follows it


@dataclass(frozen=True, slots=True)
class Value(Field):
    """What stands in a certificate, as a field of the message that it is in: DER, without tag and length."""

    words: str  # "UTCTime 2020-01-01 00:00:00 UTC", whatever the bytes are


def values_in(certificate: Field) -> Iterator[Value]:
    """All that stands in a certificate, as far as it can be read."""
    encoding = certificate.value
    assert isinstance(encoding, bytes)
    seen: list[object] = []
    with contextlib.suppress(CertificateError):
        Certificate.from_der(encoding, seen.append)
    for element in seen:
        if isinstance(element, Element) and element.value is not None:
            start, path = element.offset + element.header_length, f"{certificate.path}.{element.path}"
            value = encoding[start : start + element.length]
            words = opened.words(element)
            yield Value(path, certificate.offset + start, element.length, value, None, words)


def put(content: bytes, offset: int, data: bytes) -> bytes:
    """Write over some bytes; ValueError where there are none."""
    if not 0 <= offset <= len(content) - len(data):
        raise ValueError(f"nothing is at {offset}: there are {len(content)} bytes, counted from 0")
    return content[:offset] + data + content[offset + len(data) :]


def replace(content: bytes, field: Field | Length, data: bytes, *, fix: bool = False) -> bytes:
    """Put other bytes in the place of a field.

    If they are more or less than before, the lengths around it are wrong, unless `fix` makes them right.
    """
    start, end = field.offset, field.offset + field.length
    changed = content[:start] + data + content[end:]
    for length in fields_of(content) if fix else ():
        inside = length.offset + length.length
        if isinstance(length, Length) and inside <= start and end <= inside + length.value:
            value = length.value + len(data) - (end - start)
            if value >= 256**length.length:
                raise ValueError(f"{length.path}: {value} bytes do not fit into its length")
            changed = put(changed, length.offset, value.to_bytes(length.length, "big"))
    return changed
