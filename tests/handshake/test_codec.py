"""The presentation language: what is written can be read, and nothing else; every byte has a name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import messages
from handshake.codec import Field, Length, Reader, Writer
from handshake.constants import CipherSuite
from handshake.errors import DecodeError
from handshake.messages import Message
from tests.support.strategies import any_message

# A structure is a list of fields: (kind, value), where a vector's value is a structure again.


@dataclass(frozen=True)
class Kind:
    """How a field of one kind is written, and read back."""

    write: Callable[[Writer, Any], None]
    read: Callable[[Reader, Any], Any]


def vector(size: int) -> Kind:
    def write(writer: Writer, structure: Any) -> None:
        with getattr(writer, f"vector{size}")("v"):
            write_all(writer, structure)

    def read(reader: Reader, structure: Any) -> Any:
        inner = getattr(reader, f"vector{size}")("v")
        found = read_all(inner, structure)
        inner.end()
        return found

    return Kind(write, read)


KINDS = {
    "uint8": Kind(lambda writer, value: writer.uint8("f", value), lambda reader, _: reader.uint8("f")),
    "uint16": Kind(lambda writer, value: writer.uint16("f", value), lambda reader, _: reader.uint16("f")),
    "uint32": Kind(lambda writer, value: writer.uint32("f", value), lambda reader, _: reader.uint32("f")),
    "uint64": Kind(lambda writer, value: writer.uint64("f", value), lambda reader, _: reader.uint64("f")),
    "opaque": Kind(
        lambda writer, value: writer.opaque("f", value), lambda reader, value: reader.opaque("f", len(value))
    ),
    "opaque8": Kind(lambda writer, value: writer.opaque8("f", value), lambda reader, _: reader.opaque8("f")),
    "opaque16": Kind(
        lambda writer, value: writer.opaque16("f", value), lambda reader, _: reader.opaque16("f")
    ),
    "opaque24": Kind(
        lambda writer, value: writer.opaque24("f", value), lambda reader, _: reader.opaque24("f")
    ),
    "vector8": vector(8),
    "vector16": vector(16),
    "vector24": vector(24),
}


def write_all(writer: Writer, structure: Any) -> None:
    for kind, value in structure:
        KINDS[kind].write(writer, value)


def read_all(reader: Reader, structure: Any) -> Any:
    return [(kind, KINDS[kind].read(reader, value)) for kind, value in structure]


def fields(deeper: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    vectors = st.sampled_from(["vector8", "vector16", "vector24"])
    return st.lists(st.one_of(leaves, st.tuples(vectors, deeper)), max_size=4)


leaves = st.one_of(
    st.tuples(st.just("uint8"), st.integers(0, 2**8 - 1)),
    st.tuples(st.just("uint16"), st.integers(0, 2**16 - 1)),
    st.tuples(st.just("uint32"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("uint64"), st.integers(0, 2**64 - 1)),
    st.tuples(st.sampled_from(["opaque", "opaque8", "opaque16", "opaque24"]), st.binary(max_size=9)),
)
structures = st.recursive(st.lists(leaves, max_size=3), fields, max_leaves=12).filter(
    lambda structure: len(written(structure)) < 256
)


def written(structure: Any) -> bytes:
    writer = Writer()
    write_all(writer, structure)
    return writer.getvalue()


@given(structures)
def test_whatever_is_written_is_read(structure: Any) -> None:
    reader = Reader(written(structure))
    assert read_all(reader, structure) == structure
    reader.end()


@given(structures.filter(written), st.data())
def test_a_cut_is_noticed(structure: Any, data: st.DataObject) -> None:
    raw = written(structure)
    reader = Reader(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(DecodeError):
        read_all(reader, structure)


@given(structures, st.binary(min_size=1, max_size=3))
def test_bytes_too_many_are_noticed(structure: Any, rest: bytes) -> None:
    reader = Reader(written(structure) + rest)
    read_all(reader, structure)
    assert reader.more
    with pytest.raises(DecodeError, match=f"{len(rest)} bytes too many"):
        reader.end()


# Encodings, by hand


def test_numbers_are_big_endian() -> None:
    writer = Writer()
    writer.uint8("a", 0x01)
    writer.uint16("b", 0x0203)
    writer.uint32("c", 0x04050607)
    assert writer.getvalue() == bytes(range(1, 8))


def test_vectors_have_a_length_in_bytes() -> None:
    writer = Writer()
    with writer.vector16("list"):
        writer.uint16("", 0xAAAA)
        with writer.vector24("inner"):
            writer.opaque8("o", b"xyz")
    assert writer.getvalue().hex(" ") == "00 09 aa aa 00 00 04 03 78 79 7a"


def test_rest_is_all_that_is_left() -> None:
    reader = Reader(b"\x01rest of it")
    reader.uint8("first")
    assert (reader.rest("rest"), reader.more, reader.rest("nothing")) == (b"rest of it", False, b"")


# Bounds

BOUNDS: list[tuple[Callable[[Reader], object], int, list[int], list[int]]] = [
    # what is read, bytes of its length, lengths in bounds, lengths out of bounds
    (lambda r: r.opaque8("x", minimum=1), 1, [1, 2, 255], [0]),
    (lambda r: r.opaque8("x", maximum=32), 1, [0, 31, 32], [33, 255]),
    (lambda r: r.opaque16("x", minimum=2), 2, [2, 3, 65_535], [0, 1]),
    (lambda r: r.opaque24("x", minimum=1), 3, [1, 65_536], [0]),
    (lambda r: r.vector8("x", minimum=2), 1, [2, 255], [0, 1]),
    (lambda r: r.vector16("x", minimum=7), 2, [7, 65_535], [0, 6]),
]


@pytest.mark.parametrize("bound", BOUNDS)
def test_lengths_have_bounds(bound: tuple[Callable[[Reader], object], int, list[int], list[int]]) -> None:
    read, size, good, bad = bound
    for length in good:
        read(Reader(length.to_bytes(size, "big") + bytes(length)))
    for length in bad:
        with pytest.raises(DecodeError, match=f"{length} bytes, must be"):
            read(Reader(length.to_bytes(size, "big") + bytes(length)))


@pytest.mark.parametrize(
    ("kind", "largest"), [("uint8", 2**8 - 1), ("uint16", 2**16 - 1), ("uint32", 2**32 - 1)]
)
def test_a_number_that_does_not_fit_is_the_callers_bug(kind: str, largest: int) -> None:
    KINDS[kind].write(Writer(), largest)
    for value in (largest + 1, -1):
        with pytest.raises(ValueError, match="does not fit"):
            KINDS[kind].write(Writer(), value)


@pytest.mark.parametrize(("kind", "size"), [("opaque8", 8), ("opaque16", 16), ("opaque24", 24)])
def test_so_is_a_value_too_long_for_its_length(kind: str, size: int) -> None:
    KINDS[kind].write(Writer(), bytes(2**size - 1))
    with pytest.raises(ValueError, match="do not fit a length"):
        KINDS[kind].write(Writer(), bytes(2**size))


@pytest.mark.parametrize("size", [8, 16])
def test_and_a_vector_too_long_for_its_length(size: int) -> None:
    vector(size).write(Writer(), [("opaque", bytes(2**size - 1))])
    with pytest.raises(ValueError, match="do not fit a length"):
        vector(size).write(Writer(), [("opaque", bytes(2**size))])


# Names


def test_errors_say_where() -> None:
    reader = Reader(bytes.fromhex("0004 0001 00"), path="client_hello").vector16
    with pytest.raises(DecodeError, match=r"^client_hello\.suites: 4 bytes expected, 3 left$"):
        reader("suites")
    suites = Reader(bytes.fromhex("0003 0001 00"), path="client_hello").vector16("suites")
    with pytest.raises(DecodeError, match=r"^client_hello\.suites\[1\]: 2 bytes expected, 1 left$"):
        [item.uint16("") for item in suites.items()]
    read = Reader(bytes.fromhex("0002 0001"), path="client_hello").vector16("suites")
    assert [item.uint16("") for item in read.items()] == [1]
    with pytest.raises(DecodeError, match=r"^client_hello\.suites\.more: 1 bytes expected, 0 left$"):
        read.uint8("more")
    rest = Reader(bytes.fromhex("0003 0001 00"), path="client_hello").vector16("suites")
    rest.uint16("first")
    with pytest.raises(DecodeError, match=r"^client_hello\.suites: 1 bytes too many$"):
        rest.end()


def test_paths_lead_through_vectors_items_and_structures() -> None:
    seen: list[Any] = []
    writer = Writer(seen.append, "message")
    with writer.vector16("list"):
        for value in writer.items([7, 8]):
            writer.uint16("", value, CipherSuite)
        with writer.within("part"):
            writer.opaque8("o", b"xy")
    writer.uint8("after", 1)
    expected = [
        Length("message.list", 0, 2, 7),
        Field("message.list[0]", 2, 2, 7, CipherSuite),
        Field("message.list[1]", 4, 2, 8, CipherSuite),
        Length("message.list.part.o", 6, 1, 2),
        Field("message.list.part.o", 7, 2, b"xy", None),
        Field("message.after", 9, 1, 1, None),
    ]
    assert sorted(seen, key=lambda one: one.offset) == expected

    read: list[Any] = []
    reader = Reader(writer.getvalue(), read.append, "message")
    elements = reader.vector16("list")
    for index, item in enumerate(elements.items()):
        item.uint16("", CipherSuite)
        if index == 1:
            break
    Reader(written([]))  # a reader of nothing has nothing to say
    inner = Reader(b"\x02xy", read.append, "message.list", 6).within("part")
    inner.opaque8("o")
    reader.uint8("after")
    assert read == expected


def test_a_length_is_shown_even_when_it_is_refused() -> None:
    seen: list[Any] = []
    with pytest.raises(DecodeError):
        Reader(b"\x00", seen.append).opaque8("cookie", minimum=1)
    assert seen == [Length("cookie", 0, 1, 0)]


# Every byte of every message, written and read


@given(any_message)
def test_fields_and_lengths_cover_every_byte_once(message: Message) -> None:
    seen: list[Any] = []
    raw = messages.encode(message, seen.append)
    position = 0
    for one in sorted(seen, key=lambda one: (one.offset, one.length)):
        assert one.offset == position, one
        position += one.length
        value = raw[one.offset : one.offset + one.length]
        if isinstance(one.value, int):
            assert int.from_bytes(value, "big") == one.value
        else:
            assert value == one.value
    assert position == len(raw)


@given(any_message)
def test_writing_and_reading_show_the_same(message: Message) -> None:
    written_fields: list[Any] = []
    read_fields: list[Any] = []
    raw = messages.encode(message, written_fields.append)
    messages.decode(raw, read_fields.append)
    assert sorted(written_fields, key=repr) == sorted(read_fields, key=repr)
