"""DER: the one way in which certificates and keys become bytes.  ITU-T X.690; [8.3.2] is its section 8.3.2.

Every value is a tag (of what type), a length (how many bytes follow) and the content, which for SEQUENCE and
SET is again a row of such elements:

    30 0a                        SEQUENCE, 10 bytes
       06 03 2b 65 70               OBJECT IDENTIFIER 1.3.101.112
       02 01 05                     INTEGER 5
       05 00                        NULL

BER, the parent of DER, allows a dozen spellings of each.  DER allows one, and `Reader` accepts no other: two
parsers that read the same bytes in two ways have let forged certificates through before.  So lengths are
definite and minimal, integers and OIDs too, truth is FF, nothing is left over at the end of anything.

A `Reader` goes only where the format's code asks it to go, and each call names its field.  That name appears
in the errors (`certificate.tbsCertificate.serialNumber: ...`) and, where somebody observes, in one `Element`
for each value read, whose offset counts from the first byte of the whole input.

Sizes          INTEGER up to 20 bytes unless the caller says more, OID up to 128, named bits up to 4;
               16 levels of nesting.
Errors         `DerError`.
Tested by      tests/x509/test_der.py
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, NoReturn, Self, TypeAlias

from x509.errors import DerError

# fmt: off
BOOLEAN           = 0x01
INTEGER           = 0x02
BIT_STRING        = 0x03
OCTET_STRING      = 0x04
NULL              = 0x05
OBJECT_IDENTIFIER = 0x06
ENUMERATED        = 0x0A
UTF8_STRING       = 0x0C
PRINTABLE_STRING  = 0x13
TELETEX_STRING    = 0x14
IA5_STRING        = 0x16
UTC_TIME          = 0x17
GENERALIZED_TIME  = 0x18
UNIVERSAL_STRING  = 0x1C
BMP_STRING        = 0x1E
SEQUENCE          = 0x30  # 0x10, and the bit that says "constructed of elements"
SET               = 0x31
# fmt: on
CONTEXT = 0x80  # [n]: a type that only this place in the format defines; IMPLICIT [n] over a primitive type
CONTEXT_CONSTRUCTED = 0xA0  # EXPLICIT [n], or IMPLICIT [n] over a constructed type

# fmt: off
_TYPE_NAMES = {
    BOOLEAN: "BOOLEAN", INTEGER: "INTEGER", BIT_STRING: "BIT STRING", OCTET_STRING: "OCTET STRING",
    NULL: "NULL", OBJECT_IDENTIFIER: "OBJECT IDENTIFIER", ENUMERATED: "ENUMERATED",
    UTF8_STRING: "UTF8String", PRINTABLE_STRING: "PrintableString",
    TELETEX_STRING: "TeletexString", IA5_STRING: "IA5String", UTC_TIME: "UTCTime",
    GENERALIZED_TIME: "GeneralizedTime", UNIVERSAL_STRING: "UniversalString", BMP_STRING: "BMPString",
    SEQUENCE: "SEQUENCE", SET: "SET",
}
# fmt: on

# How each string type spells its characters.  Teletex has shifting character sets that nobody uses: like
# everyone else we take it for Latin-1.
STRING_ENCODINGS = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "ascii",
    TELETEX_STRING: "latin-1",
    IA5_STRING: "ascii",
    UNIVERSAL_STRING: "utf-32-be",
    BMP_STRING: "utf-16-be",
}

MAXIMUM_DEPTH = 16  # levels of elements within elements; a certificate has 8
MAXIMUM_INTEGER_SIZE = 20  # bytes, as the longest serial number may have (RFC 5280 section 4.1.2.2)
MAXIMUM_OID_SIZE = 128  # bytes
MAXIMUM_NAMED_BITS_SIZE = 4  # bytes; keyUsage, the longest here, has 9 bits

FIRST_YEAR_OF_GENERALIZED_TIME = 2050  # RFC 5280 section 4.1.2.5: earlier dates are UTCTime


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it was read, for an observer."""

    path: str  # "certificate.tbsCertificate.extensions[2].critical"
    offset: int  # of the tag, in bytes from the start of the whole input
    header_length: int  # bytes of tag and length
    length: int  # bytes of content
    tag: int
    value: object  # what it means (an int, text, bytes, a datetime); None when it is made of further elements


Observer: TypeAlias = Callable[[object], None]


class _Header(NamedTuple):
    tag: int
    start: int  # index of the tag
    content: int  # index of the first byte of content
    end: int  # index after the last


class Reader:
    """A cursor over a row of elements: a whole input, or what is inside one constructed element.

    Used with `with`, it refuses to leave anything unread:

        with Reader(data) as file, file.sequence("algorithm") as algorithm:
            oid = algorithm.object_identifier("oid")
    """

    def __init__(self, data: bytes, observe: Observer | None = None) -> None:
        self._path = ""
        self._data = data
        self._observe = observe
        self._depth = 0
        self._start = self._content = self._position = 0
        self._end = len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.end()

    def end(self) -> None:
        """Refuse bytes that no field has claimed."""
        if not self.at_end:
            raise DerError(f"{self._path or 'input'}: {self._end - self._position} bytes too many at its end")

    @property
    def at_end(self) -> bool:
        return self._position == self._end

    def next_is(self, *tags: int) -> bool:
        """Return whether another element follows and has one of these tags: the test for OPTIONAL fields."""
        return not self.at_end and self._data[self._position] in tags

    @property
    def encoding(self) -> bytes:
        """The bytes of the element that this reader is inside of, its tag and length included."""
        return self._data[self._start : self._end]

    @property
    def content(self) -> bytes:
        """The bytes of that element without its tag and length."""
        return self._data[self._content : self._end]

    def fail(self, name: str, why: str) -> NoReturn:
        """Refuse the field `name`, for a reason that only the format knows."""
        raise DerError(f"{self._path_of(name)}: {why}")

    # Constructed types: a reader for the inside.

    def sequence(self, name: str) -> "Reader":
        return self._inside(self._header(SEQUENCE, name), name)

    def set_of(self, name: str) -> "Reader":
        return self._inside(self._header(SET, name), name)

    def explicit(self, number: int, name: str) -> "Reader":
        """Enter [number] EXPLICIT, or an IMPLICIT one over a SEQUENCE."""
        return self._inside(self._header(CONTEXT_CONSTRUCTED | number, name), name)

    def octets_with_der(self, name: str) -> "Reader":
        """Enter an OCTET STRING whose content is DER again, as extensions and private keys have it."""
        return self._inside(self._header(OCTET_STRING, name), name)

    # Primitive types: a value.  `tag` is for IMPLICIT tagging, which puts another tag in the type's place.

    def boolean_default_false(self, name: str, tag: int = BOOLEAN) -> bool:
        """Read BOOLEAN DEFAULT FALSE: absent is the only way to say FALSE [11.5], FF the only TRUE [11.1]."""
        if not self.next_is(tag):
            return False
        header, content = self._primitive(tag, name)
        if content != b"\xff":
            got = content[:4].hex() or "nothing"
            self.fail(name, f"TRUE is one byte ff and FALSE is left out, got {got}")
        self._report(header, name, True)
        return True

    def integer(self, name: str, maximum_size: int = MAXIMUM_INTEGER_SIZE, *, tag: int = INTEGER) -> int:
        header, content = self._primitive(tag, name)
        if not content:
            self.fail(name, "an INTEGER of no bytes")  # [8.3.1]
        if len(content) > maximum_size:
            self.fail(name, f"an INTEGER of {len(content)} bytes, more than {maximum_size}")
        value = int.from_bytes(content, "big", signed=True)
        if len(content) > 1 and -0x80 <= int.from_bytes(content[:2], "big", signed=True) < 0x80:
            self.fail(name, "an INTEGER whose first byte only repeats the sign")  # [8.3.2]
        self._report(header, name, value)
        return value

    def object_identifier(self, name: str) -> str:
        header, content = self._primitive(OBJECT_IDENTIFIER, name)
        if len(content) > MAXIMUM_OID_SIZE:
            self.fail(name, f"an OID of {len(content)} bytes, more than {MAXIMUM_OID_SIZE}")
        if not content or content[-1] & 0x80:
            self.fail(name, "an OID that ends inside a number")  # [8.19.2]
        numbers = [0]
        for octet in content:
            if octet == 0x80 and numbers[-1] == 0:
                self.fail(name, "an OID with a leading zero in a number")  # [8.19.2]
            numbers[-1] = numbers[-1] << 7 | octet & 0x7F
            if octet < 0x80:  # the last octet of a number
                numbers.append(0)
        numbers.pop()
        root = min(numbers[0] // 40, 2)  # [8.19.4] two numbers in one: 40 * root + second, the root 0, 1 or 2
        value = ".".join(map(str, (root, numbers[0] - 40 * root, *numbers[1:])))
        self._report(header, name, value)
        return value

    def octet_string(self, name: str, tag: int = OCTET_STRING) -> bytes:
        header, content = self._primitive(tag, name)
        self._report(header, name, content)
        return content

    def bit_string(self, name: str, tag: int = BIT_STRING) -> bytes:
        """Read a BIT STRING that holds whole bytes, as keys and signatures do."""
        header, content = self._primitive(tag, name)
        if content[:1] != b"\0":
            self.fail(name, "a BIT STRING that is not whole bytes")  # [8.6.2]
        self._report(header, name, content[1:])
        return content[1:]

    def named_bits(self, name: str, tag: int = BIT_STRING) -> frozenset[int]:
        """Read a BIT STRING in which each bit has a name; return the numbers of those set, from 0."""
        header, content = self._primitive(tag, name)
        if not 1 <= len(content) <= 1 + MAXIMUM_NAMED_BITS_SIZE:
            self.fail(name, f"named bits are 1 to {1 + MAXIMUM_NAMED_BITS_SIZE} bytes, got {len(content)}")
        unused, octets = content[0], content[1:]
        # Trailing zeros are cut off [11.2.2] and the last byte is filled up with zeros [11.2.1]: so it has a
        # one, and its lowest one stands right before the unused bits.
        last = octets[-1] if octets else 1
        if unused != (last & -last).bit_length() - 1:
            self.fail(name, "named bits that do not end with a one, or say a wrong number of unused bits")
        bits, size = int.from_bytes(octets, "big"), 8 * len(octets)
        value = frozenset(number for number in range(size) if bits >> (size - 1 - number) & 1)
        self._report(header, name, value)
        return value

    def string(self, name: str) -> str:
        """Read a string of any of the types above."""
        if not self.next_is(*STRING_ENCODINGS):
            self.fail(name, "expected a string")
        tag = self._data[self._position]
        return self._text(tag, STRING_ENCODINGS[tag], name)

    def ia5_string(self, name: str, tag: int = IA5_STRING) -> str:
        return self._text(tag, "ascii", name)

    def time(self, name: str) -> datetime:
        """Read a Time as RFC 5280 section 4.1.2.5 narrows it: UTC, whole seconds, one form for each year."""
        if not self.next_is(UTC_TIME, GENERALIZED_TIME):
            self.fail(name, "expected a time")
        tag = self._data[self._position]
        header, content = self._primitive(tag, name)
        digits = 12 if tag == UTC_TIME else 14
        if not re.fullmatch(rb"[0-9]{%d}Z" % digits, content):
            self.fail(name, f"a time is {digits} digits and Z, got {content[:20]!r}")
        text = content.decode("ascii")
        if tag == UTC_TIME:
            text = ("19" if text >= "50" else "20") + text  # RFC 5280 section 4.1.2.5.1
        year = int(text[:4])
        if tag == GENERALIZED_TIME and year < FIRST_YEAR_OF_GENERALIZED_TIME:
            self.fail(name, f"a GeneralizedTime before {FIRST_YEAR_OF_GENERALIZED_TIME}, got {text}")
        month, day, hour, minute, second = (int(text[start : start + 2]) for start in range(4, 14, 2))
        try:
            value = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError as error:
            raise DerError(f"{self._path_of(name)}: no such time: {text}") from error
        self._report(header, name, value)
        return value

    def element(self, name: str) -> bytes:
        """Take one element of any type unread; return its whole encoding."""
        header = self._header(None, name)
        encoding = self._data[header.start : header.end]
        self._report(header, name, encoding)
        return encoding

    # How an element is found.

    def _header(self, expected: int | None, name: str) -> _Header:
        """Read tag and length of the next element, and step over the whole of it."""
        data, start = self._data, self._position
        if start == self._end:
            self.fail(name, f"missing: expected {describe(expected)}")
        tag = data[start]
        if tag & 0x1F == 0x1F:
            self.fail(name, "a tag of several bytes, which nothing here uses")  # [8.1.2.4]
        if expected is not None and tag != expected:
            self.fail(name, f"expected {describe(expected)}, got {describe(tag)}")
        if start + 1 == self._end:
            self.fail(name, "ends after its tag")
        length, content = data[start + 1], start + 2
        if length == 0x80:
            self.fail(name, "an indefinite length")  # [10.1]
        if length > 0x80:  # the long form: the low bits count the octets of the length  [8.1.3.5]
            octets = length & 0x7F
            if content + octets > self._end:
                self.fail(name, "ends inside its length")
            length = int.from_bytes(data[content : content + octets], "big")
            if length < 0x80 or data[content] == 0:
                self.fail(name, "a length that has a shorter form")  # [10.1]
            content += octets
        if length > self._end - content:
            self.fail(name, f"says {length} bytes, but only {self._end - content} are there")
        self._position = content + length
        return _Header(tag, start, content, content + length)

    def _primitive(self, tag: int, name: str) -> tuple[_Header, bytes]:
        header = self._header(tag, name)
        return header, self._data[header.content : header.end]

    def _text(self, tag: int, encoding: str, name: str) -> str:
        header, content = self._primitive(tag, name)
        try:
            value = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise DerError(f"{self._path_of(name)}: not {encoding}, at its byte {error.start}") from error
        self._report(header, name, value)
        return value

    def _inside(self, header: _Header, name: str) -> "Reader":
        if self._depth == MAXIMUM_DEPTH:
            self.fail(name, f"more than {MAXIMUM_DEPTH} levels deep")
        self._report(header, name, None)
        inside = Reader(self._data, self._observe)
        inside._path, inside._depth = self._path_of(name), self._depth + 1
        inside._start, inside._content, inside._end = header.start, header.content, header.end
        inside._position = header.content
        return inside

    def _path_of(self, name: str) -> str:
        separator = "." if self._path and name and not name.startswith("[") else ""
        return f"{self._path}{separator}{name}"

    def _report(self, header: _Header, name: str, value: object) -> None:
        if self._observe is not None:
            tag, start, content, end = header
            self._observe(Element(self._path_of(name), start, content - start, end - content, tag, value))


def describe(tag: int | None) -> str:
    """Return a tag as the formats write it: "SEQUENCE", "[3]"; None stands for any."""
    if tag is None:
        return "an element"
    if tag & 0xC0 == CONTEXT:
        return f"[{tag & 0x1F}]"
    return _TYPE_NAMES.get(tag, f"tag {tag:#04x}")
