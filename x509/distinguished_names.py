"""Distinguished names: who issued a certificate, and to whom.  RFC 5280 section 4.1.2.4, RFC 4514 as text.

A name is a row of sets of attributes, from the country down: C=DE, then O=Example, then CN=Root CA.  An
authority copies its own subject into the issuer field of what it signs, but not always byte by byte: names
that differ only in the type of a string, in capitals or in spaces are equal (section 7.1).  The text is for
people to read, and is written so that a hostile name can neither break the line nor pass for another.

Tested by      tests/x509/test_distinguished_names.py
"""

from dataclasses import dataclass, field

from x509 import der, encoding, oids

MAXIMUM_TEXT_LENGTH = 200  # characters


@dataclass(frozen=True)
class Attribute:
    oid: str
    value: str | bytes  # bytes: the DER of something that is not a string


@dataclass(frozen=True)
class Name:
    """A distinguished name; equal to those that mean the same."""

    der: bytes = field(repr=False, compare=False)
    relative_names: tuple[tuple[Attribute, ...], ...] = field(compare=False)  # the RDNSequence
    meaning: tuple[tuple[Attribute, ...], ...] = field(init=False, repr=False)  # what is compared

    def __post_init__(self) -> None:
        sets = (map(_meaning_of, attributes) for attributes in self.relative_names)
        meaning = tuple(tuple(sorted(attributes, key=repr)) for attributes in sets)  # a SET has no order
        object.__setattr__(self, "meaning", meaning)

    def is_within(self, subtree: "Name") -> bool:
        """Whether it begins with all of `subtree` (section 4.2.1.10)."""
        return self.meaning[: len(subtree.meaning)] == subtree.meaning

    def __str__(self) -> str:
        """Return the name in RFC 4514's text, the last part first; a long one is cut."""
        text = ",".join("+".join(map(_text_of, attributes)) for attributes in reversed(self.relative_names))
        return text if len(text) <= MAXIMUM_TEXT_LENGTH else text[: MAXIMUM_TEXT_LENGTH - 1] + "…"


def read(reader: der.Reader, field_name: str) -> Name:
    relative_names: list[tuple[Attribute, ...]] = []
    with reader.sequence(field_name) as sequence:
        while not sequence.at_end:
            with sequence.set_of(f"[{len(relative_names)}]") as relative_name:
                relative_names.append(read_attributes(relative_name))
        return Name(sequence.encoding, tuple(relative_names))


def encode(common_name: str) -> bytes:
    """Return the DER of the name that consists of this common name; of the empty name for ""."""
    if not common_name:
        return encoding.sequence()
    attribute = encoding.sequence(encoding.oid(oids.COMMON_NAME), encoding.utf8_string(common_name))
    return encoding.sequence(encoding.set_of(attribute))


def read_attributes(relative_name: der.Reader) -> tuple[Attribute, ...]:
    """Read the inside of a RelativeDistinguishedName."""
    attributes: list[Attribute] = []
    previous = b""
    while not attributes or not relative_name.at_end:  # SET SIZE (1..MAX)
        index = f"[{len(attributes)}]"
        with relative_name.sequence(index) as attribute:
            if attribute.encoding < previous:
                relative_name.fail(index, "the elements of a SET OF are not in ascending order")  # X.690 11.6
            previous = attribute.encoding
            oid = attribute.object_identifier("type")
            is_string = attribute.next_is(*der.STRING_ENCODINGS)
            value = attribute.string("value") if is_string else attribute.element("value")
            attributes.append(Attribute(oid, value))
    return tuple(attributes)


def _meaning_of(attribute: Attribute) -> Attribute:
    """Without what section 7.1 has a comparison pass over."""
    if isinstance(attribute.value, bytes):
        return attribute
    return Attribute(attribute.oid, " ".join(attribute.value.casefold().split()))


def _text_of(attribute: Attribute) -> str:
    key = oids.ATTRIBUTE_NAMES.get(attribute.oid, attribute.oid)
    if isinstance(attribute.value, bytes):
        return f"{key}=#{attribute.value.hex()}"  # RFC 4514 section 2.4
    return f"{key}={_escape(attribute.value)}"


def _escape(value: str) -> str:
    """Return the value with a backslash before what would change the meaning of the text (section 2.4)."""
    escaped = "".join(map(_escape_character, value))
    if escaped.startswith(("#", " ")):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and value != " ":
        escaped = escaped[:-1] + "\\ "
    return escaped


def _escape_character(character: str) -> str:
    if character in '"+,;<>\\=':
        return "\\" + character
    if character.isprintable():
        return character
    # Control and format characters, which could rewrite the reader's terminal, as the hex of their UTF-8.
    return "".join(f"\\{octet:02x}" for octet in character.encode())
