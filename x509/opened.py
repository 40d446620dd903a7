"""A certificate opened down to its DER: every byte, where it stands, and what it says.  RFC 5280 section 4.1.

       0  30 82 01 54              certificate: SEQUENCE, 340 bytes
       4  30 82 01 06                tbsCertificate: SEQUENCE, 262 bytes
       8  a0 03                        version: [0], 3 bytes
      10  02 01 02                       INTEGER 2
      13  02 01 64                     serialNumber: INTEGER 100

On the left the offset and the bytes; of an element that is made of others, its tag and its length, for the
rest follows.  On the right, further in with each level, the name of the field and what it says.  The names
above one another are its path, as errors have it: `certificate.tbsCertificate.serialNumber`.

Nothing here knows the format: `Certificate.from_der` tells an observer what it reads while it reads it.  So
of a certificate that it refuses, all is opened that comes before the fault, and the bytes after that are
shown as unread.

Tested by      tests/x509/test_opened.py: every byte is there exactly once
"""

import contextlib
import ipaddress
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from x509 import der, oids, wording
from x509.certificate import Certificate
from x509.der import Element, Reader
from x509.distribution_points import ReasonFlag
from x509.errors import DerError, MalformedCertificate
from x509.extensions import KeyUsage

ROW = 8  # bytes in a row
LEFT = 32  # columns for an offset and a row of bytes
LEAST = 20  # columns for words, however narrow the rest
INDENT = 2  # columns for each level; there are 16 at most

ADDRESS_SIZES = (4, 16)  # bytes; an element is reported before its format is checked
LONG_NUMBER = 64  # bits, beyond which decimal digits say no more than the bytes


@dataclass(frozen=True)
class Piece:
    """A run of bytes with one meaning."""

    path: str  # "certificate.tbsCertificate.validity.notBefore"; "" for what was not read
    depth: int  # how many elements it is inside of
    offset: int
    data: bytes  # of an element that is made of others, its tag and length
    words: str  # "UTCTime 2020-01-01 00:00:00 UTC"


@dataclass(frozen=True)
class Opened:
    """A certificate in pieces, which are in order all of its bytes, and the fault that ended the reading."""

    read: tuple[Piece, ...]
    unread: Piece | None
    error: MalformedCertificate | None


def take_apart(encoding: bytes) -> Opened:
    """Read a certificate as far as it can be read."""
    seen: list[object] = []
    error = None
    try:
        Certificate.from_der(encoding, seen.append)
    except MalformedCertificate as fault:
        error = fault
    pieces: list[Piece] = []
    ends: list[int] = []  # of the elements that the next one is inside of
    position = 0
    for element in (one for one in seen if isinstance(one, Element)):
        while ends and ends[-1] <= element.offset:
            ends.pop()
        content = element.offset + element.header_length
        position = content if element.value is None else content + element.length
        data = encoding[element.offset : position]
        said = words(element)
        oid = _oid(element)
        if oid is not None and not said.endswith(f" {oid}"):
            said += f" ({oid})"
        pieces.append(Piece(element.path, len(ends), element.offset, data, said))
        if element.value is None:
            ends.append(content + element.length)
    rest = encoding[position:]
    unread = Piece("", 0, position, rest, f"not read: {wording.count(len(rest), 'byte')}") if rest else None
    return Opened(tuple(pieces), unread, error)


def lines(encoding: bytes, width: int = wording.WIDTH) -> Iterator[str]:
    """Every byte and its meaning, in lines no longer than `width`, where there are 60 or more."""
    opened = take_apart(encoding)
    above: dict[int, str] = {}  # the paths of what the next piece is inside of, by depth
    for piece in opened.read:
        yield from _rows(piece, above.get(piece.depth - 1, ""), width)
        above[piece.depth] = piece.path
    if opened.error is not None:
        yield from wording.wrapped(f"here the reading ended: {opened.error}", width, LEFT * " ")
    if opened.unread is not None:
        yield from _rows(opened.unread, "", width)


def words(element: Element) -> str:
    """An element's type, and its value where the bytes do not say as much."""
    return f"{der.describe(element.tag)}{_value(element)}"


def _value(element: Element) -> str:
    match element.value:
        case None:
            return f", {wording.count(element.length, 'byte')}"
        case _ if (oid := _oid(element)) is not None:
            return f" {oids.ATTRIBUTE_NAMES.get(oid) or oids.name(oid)}"
        case bytes(octets) if _last(element.path) == "iPAddress" and len(octets) in ADDRESS_SIZES:
            return f" {ipaddress.ip_address(octets)}"
        case bytes():
            return ""
        case datetime() as time:
            return f" {wording.moment(time)}"
        case frozenset() as bits:
            meanings = KeyUsage if _last(element.path) == "KeyUsage" else ReasonFlag
            return f" {', '.join(meaning.name for meaning in meanings if meaning.value in bits)}"
        case int(number) if number.bit_length() > LONG_NUMBER:
            return ""
        case str(value):
            return f" {value!a}"
    return f" {element.value}"


def _oid(element: Element) -> str | None:
    """The OID that this is, even one that was taken unread: the curve among the parameters of a key."""
    match element.tag, element.value:
        case der.OBJECT_IDENTIFIER, str(oid):
            return oid
        case der.OBJECT_IDENTIFIER, bytes(encoding):
            with contextlib.suppress(DerError):
                return Reader(encoding).object_identifier("")
    return None


def _last(path: str) -> str:
    """The last name on a path, without its index."""
    return path.rpartition(".")[2].partition("[")[0]


def _rows(piece: Piece, above: str, width: int) -> Iterator[str]:
    """The bytes beside the words, each in as many rows as it takes."""
    name = piece.path.removeprefix(above).removeprefix(".")
    indent = " " * min(INDENT * piece.depth, max(0, width - LEFT - LEAST))
    said = f"{name}: {piece.words}" if name else piece.words
    right = list(wording.wrapped(said, max(LEAST, width - LEFT), indent, indent + "  "))
    for row, line in itertools.zip_longest(range(0, len(piece.data), ROW), right, fillvalue=None):
        left = "" if row is None else f"{piece.offset + row:6}  {piece.data[row : row + ROW].hex(' ')}"
        yield f"{left:{LEFT}}{line or ''}".rstrip()
