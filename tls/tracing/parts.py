"""Bytes with a meaning: the fields of a message and the elements of a certificate, in one shape for views.

The codec and the DER reader report what they read or write.  Here each report becomes a `Part`: the bytes,
where they stand, what they say, and the note that `annotations` has about them.

Tested by      tests/tls/test_parts.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from handshake.codec import Field, Length
from handshake.constants import HELLO_RETRY_REQUEST_RANDOM
from tls.tracing import annotations, elsewhere
from x509 import opened, wording
from x509.der import Element

TEXT_FIELDS = {"host_name", "protocol_name_list"}  # names of fields whose bytes are characters


@dataclass(frozen=True, slots=True)
class Part:
    """A run of bytes.  The parts of a message or certificate are, in order, all of its bytes."""

    path: str  # "client_hello.cipher_suites[1]"; the length of a vector has the path of the vector
    offset: int
    data: bytes
    text: str  # what they say: "TLS_1_3 (0x304)"
    section: str  # "RFC 9846 section 4.2.2"
    meaning: str
    line: str = ""  # of source, that wrote or read it: "handshake/messages.py:120"
    is_length: bool = False  # whether they only say how many bytes follow


def of_field(field: Field | Length, line: str = "") -> Part:
    """A field of a handshake message, or the length before a vector."""
    value = field.value
    data = value if isinstance(value, bytes) else value.to_bytes(field.length, "big")
    if isinstance(field, Length):
        text = count(field.value)
    elif isinstance(value, int):
        text = elsewhere.name_of(field.names, value)
    elif TEXT_FIELDS.intersection(_names(field.path)):
        text = ascii(value.decode("latin-1"))
    else:
        text = ""
    section, meaning = annotations.of_field(field.path)
    if data == HELLO_RETRY_REQUEST_RANDOM and field.path == "server_hello.random":
        text, meaning = "HelloRetryRequest", annotations.RETRY_RANDOM
    return Part(field.path, field.offset, data, text, section, meaning, line, isinstance(field, Length))


def side_by_side(found: Sequence[Part]) -> Iterator[Part]:
    """The parts of a message; a share of a GREASE group means nothing either, as only its group can tell."""
    group = ""
    for part in found:
        if part.path.endswith(".group"):
            group = part.text
        if part.path.endswith(".key_exchange") and group.startswith("GREASE"):
            section, meaning = annotations.GREASE
            yield replace(part, text=part.text or "GREASE", section=section, meaning=meaning)
        else:
            yield part


def of_element(element: Element, encoding: bytes, line: str = "") -> Part:
    """An element of a certificate with this encoding; if further elements are in it, its tag and length."""
    content = element.offset + element.header_length
    end = content if element.value is None else content + element.length
    data, is_length = encoding[element.offset : end], element.value is None
    section, meaning = annotations.of_element(element.path)
    return Part(element.path, element.offset, data, opened.words(element), section, meaning, line, is_length)


def count(size: int) -> str:
    """A number of bytes in words."""
    return wording.count(size, "byte")


def _names(path: str) -> list[str]:
    return [name.partition("[")[0] for name in path.split(".")]
