"""Bytes to records: however they are cut up on the way, and never more than the limits allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import framing
from record.content_type import ContentType
from record.errors import RecordOverflow, UnexpectedRecord
from record.framing import MAX_CIPHERTEXT, MAX_PLAINTEXT, Record, RecordBuffer

HANDSHAKE, APPLICATION_DATA = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA
UNPROTECTED = [ContentType.CHANGE_CIPHER_SPEC, ContentType.ALERT, ContentType.HANDSHAKE]


def all_records(buffer: RecordBuffer) -> list[Record]:
    return list(iter(buffer.next_record, None))


def test_a_record_is_a_header_and_a_fragment() -> None:
    assert framing.frame(HANDSHAKE, b"abc") == bytes.fromhex("16 0303 0003") + b"abc"
    assert framing.frame(HANDSHAKE, b"abc", framing.FIRST_LEGACY_VERSION)[:5].hex() == "1603010003"
    assert framing.header(APPLICATION_DATA, 0x1234).hex() == "1703031234"


def test_the_limits_are_those_of_sections_5_1_and_5_2() -> None:
    assert (MAX_PLAINTEXT, MAX_CIPHERTEXT) == (16_384, 16_640)


def test_a_record_keeps_its_header_as_it_stood_on_the_wire() -> None:
    buffer = RecordBuffer()
    buffer.receive(bytes.fromhex("15 9a9b 0002 0100"))
    assert buffer.next_record() == Record(
        ContentType.ALERT, bytes.fromhex("15 9a9b 0002"), bytes.fromhex("0100")
    )
    assert buffer.next_record() is None


def test_a_byte_at_a_time() -> None:
    buffer, wire = RecordBuffer(), framing.frame(HANDSHAKE, b"hello") + framing.frame(APPLICATION_DATA, b"!")
    found = []
    for position, byte in enumerate(wire, 1):
        buffer.receive(bytes([byte]))
        record = buffer.next_record()
        assert (record is not None) == (position in {10, 16})
        found += [record] if record else []
    assert [record.fragment for record in found] == [b"hello", b"!"]


contents = st.lists(st.tuples(st.sampled_from(ContentType), st.binary(max_size=40)), max_size=6)


@given(contents, st.data())
def test_any_cut_gives_the_same_records(
    content: list[tuple[ContentType, bytes]], data: st.DataObject
) -> None:
    wire = b"".join(framing.frame(*one) for one in content)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    buffer, found = RecordBuffer(), []
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        buffer.receive(wire[start:end])
        found += all_records(buffer)
    assert [(record.content_type, record.fragment) for record in found] == content
    assert b"".join(record.header + record.fragment for record in found) == wire


@given(st.integers(0, 0xFFFF))
def test_the_version_is_ignored(version: int) -> None:  # section 5.1 [13]
    buffer = RecordBuffer()
    buffer.receive(framing.frame(HANDSHAKE, b"x", version))
    record = buffer.next_record()
    assert record is not None
    assert record.fragment == b"x"


@pytest.mark.parametrize("content_type", UNPROTECTED)
def test_a_plaintext_record_holds_up_to_2_14_bytes(content_type: ContentType) -> None:
    buffer = RecordBuffer()
    buffer.receive(framing.frame(content_type, bytes(MAX_PLAINTEXT)))
    assert [len(record.fragment) for record in all_records(buffer)] == [MAX_PLAINTEXT]


@pytest.mark.parametrize("content_type", UNPROTECTED)
def test_one_byte_more_is_an_overflow(content_type: ContentType) -> None:  # section 5.1 [15]
    buffer = RecordBuffer()
    buffer.receive(framing.header(content_type, MAX_PLAINTEXT + 1))  # the fragment is not waited for
    with pytest.raises(RecordOverflow, match="16385 bytes, at most 16384"):
        buffer.next_record()


def test_a_protected_record_holds_up_to_2_14_and_256_bytes() -> None:
    buffer = RecordBuffer()
    buffer.receive(framing.frame(APPLICATION_DATA, bytes(MAX_CIPHERTEXT)))
    assert [len(record.fragment) for record in all_records(buffer)] == [MAX_CIPHERTEXT]
    buffer.receive(framing.header(APPLICATION_DATA, MAX_CIPHERTEXT + 1))
    with pytest.raises(RecordOverflow, match="16641 bytes, at most 16640"):
        buffer.next_record()


def test_the_bound_of_protected_records_can_be_tightened() -> None:
    buffer = RecordBuffer()
    buffer.receive(framing.frame(APPLICATION_DATA, bytes(100)) + framing.frame(HANDSHAKE, bytes(101)))
    assert buffer.next_record(100) is not None
    assert buffer.next_record(100) is not None  # those in the clear are not concerned
    buffer.receive(framing.header(APPLICATION_DATA, 101))
    with pytest.raises(RecordOverflow, match="101 bytes, at most 100"):
        buffer.next_record(100)


def test_an_unknown_type_is_refused_at_its_first_byte() -> None:  # appendix E.5 [6]
    for byte in set(range(256)) - set(ContentType):
        buffer = RecordBuffer()
        buffer.receive(bytes([byte]))
        with pytest.raises(UnexpectedRecord, match=f"content type {byte} "):
            buffer.next_record()


def test_what_is_no_tls_at_all_is_said_to_be_so() -> None:
    buffer = RecordBuffer()
    buffer.receive(b"HTTP/1.1 400 Bad Request\r\n")
    with pytest.raises(UnexpectedRecord, match="is the peer speaking TLS"):
        buffer.next_record()


@pytest.mark.parametrize(
    ("length", "pieces"),
    [
        (0, []),
        (1, [1]),
        (MAX_PLAINTEXT, [MAX_PLAINTEXT]),
        (MAX_PLAINTEXT + 1, [MAX_PLAINTEXT, 1]),
        (3 * MAX_PLAINTEXT, [MAX_PLAINTEXT] * 3),
    ],
)
def test_fragments(length: int, pieces: list[int]) -> None:  # section 5.1 [14]
    content = bytes(i % 251 for i in range(length))
    cut = list(framing.fragments(content))
    assert [len(piece) for piece in cut] == pieces
    assert b"".join(cut) == content


def test_fragments_of_another_size() -> None:
    assert list(framing.fragments(b"abcdefg", 3)) == [b"abc", b"def", b"g"]


def test_only_the_types_of_the_rfc_can_be_written() -> None:  # section 5 [4]
    assert {member.name.lower(): int(member) for member in ContentType} == {
        "change_cipher_spec": 20,
        "alert": 21,
        "handshake": 22,
        "application_data": 23,
    }
