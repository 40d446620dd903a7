"""Both halves of the record layer: what may come in the clear, and what not any more."""

import tracemalloc

import pytest

from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from record import framing
from record.content_type import ContentType
from record.errors import BadRecord, RecordOverflow, UnexpectedRecord
from record.framing import MAX_PLAINTEXT
from record.layer import PlainRecord, RecordReader, RecordWriter
from record.protection import ProtectedRecord, RecordProtection

CHANGE_CIPHER_SPEC, ALERT = ContentType.CHANGE_CIPHER_SPEC, ContentType.ALERT
HANDSHAKE, DATA = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA
COMPATIBILITY_RECORD = bytes.fromhex("14 0303 0001 01")


def protection(key: int = 1) -> RecordProtection:
    return RecordProtection(ChaCha20Poly1305(bytes([key]) * 32), bytes(12))


def reader(wire: bytes, *, protected: bool = False, in_handshake: bool = True) -> RecordReader:
    made = RecordReader()
    made.drops_change_cipher_spec = in_handshake
    if protected:
        made.read_with(protection())
    made.receive(wire)
    return made


def content(one: RecordReader) -> list[tuple[ContentType, bytes]]:
    return list(iter(one.next_content, None))


# In the clear


@pytest.mark.parametrize("content_type", [HANDSHAKE, ALERT])
def test_handshake_and_alerts_may_come_in_the_clear(content_type: ContentType) -> None:
    wire = framing.frame(content_type, b"one") + framing.frame(content_type, b"two")
    assert content(reader(wire)) == [(content_type, b"one"), (content_type, b"two")]


@pytest.mark.parametrize("content_type", [HANDSHAKE, ALERT])
def test_but_not_empty(content_type: ContentType) -> None:  # section 5.1
    with pytest.raises(UnexpectedRecord, match="an empty"):
        reader(framing.frame(content_type, b"")).next_content()


@pytest.mark.parametrize("fragment", [b"", b"data", bytes(framing.MAX_CIPHERTEXT)])
def test_application_data_before_there_are_keys_are_refused(fragment: bytes) -> None:  # section 5.1
    with pytest.raises(UnexpectedRecord, match="before there are keys"):
        reader(framing.frame(DATA, fragment)).next_content()


def test_what_is_not_there_yet_is_waited_for() -> None:
    one = reader(framing.frame(HANDSHAKE, b"hello")[:-1])
    assert one.next_content() is None
    one.receive(b"o")
    assert one.next_content() == (HANDSHAKE, b"hello")


# Under keys


def test_protected_records_are_opened_in_order() -> None:
    sealing = protection()
    wire = sealing.seal(HANDSHAKE, b"one") + sealing.seal(DATA, b"") + sealing.seal(ALERT, b"three")
    assert content(reader(wire, protected=True)) == [(HANDSHAKE, b"one"), (DATA, b""), (ALERT, b"three")]


@pytest.mark.parametrize("content_type", [HANDSHAKE, ALERT])
def test_nothing_in_the_clear_is_believed_any_more(content_type: ContentType) -> None:
    """Or else anybody could end the connection with a close_notify of his own."""
    with pytest.raises(UnexpectedRecord, match=f"an unprotected {content_type.name.lower()}"):
        reader(framing.frame(content_type, b"\x01\x00"), protected=True).next_content()


def test_but_what_an_alert_in_the_clear_says_is_passed_on() -> None:
    """A client without keys yet, which does not like our certificate, can say so in no other way."""
    with pytest.raises(UnexpectedRecord, match="an unprotected alert, unknown_ca, by the peer or by anybody"):
        reader(framing.frame(ALERT, b"\x02\x30"), protected=True).next_content()
    with pytest.raises(UnexpectedRecord, match="an unprotected alert record"):
        reader(framing.frame(ALERT, b"\x02"), protected=True).next_content()


def test_new_keys_hold_from_the_next_record_on() -> None:
    """Even for what has been received already."""
    one = reader(protection(1).seal(DATA, b"old") + protection(2).seal(DATA, b"new"), protected=True)
    assert one.next_content() == (DATA, b"old")
    one.read_with(protection(2))
    assert one.next_content() == (DATA, b"new")


def test_old_keys_do_not_hold_any_more() -> None:
    sealing = protection(1)
    one = reader(sealing.seal(DATA, b"old") + sealing.seal(DATA, b"old"), protected=True)
    one.next_content()
    one.read_with(protection(2))
    with pytest.raises(BadRecord):
        one.next_content()


# change_cipher_spec (section 5)


@pytest.mark.parametrize("protected", [False, True])
def test_change_cipher_spec_is_dropped_during_the_handshake(protected: bool) -> None:
    hello = protection().seal(HANDSHAKE, b"hello") if protected else framing.frame(HANDSHAKE, b"hello")
    wire = COMPATIBILITY_RECORD * 2 + hello + COMPATIBILITY_RECORD
    assert content(reader(wire, protected=protected)) == [(HANDSHAKE, b"hello")]


@pytest.mark.parametrize("protected", [False, True])
def test_and_refused_at_any_other_time(protected: bool) -> None:
    with pytest.raises(UnexpectedRecord, match="outside the handshake"):
        reader(COMPATIBILITY_RECORD, protected=protected, in_handshake=False).next_content()


def test_a_reader_drops_none_unless_it_is_told_to() -> None:
    one = RecordReader()
    one.receive(COMPATIBILITY_RECORD)
    with pytest.raises(UnexpectedRecord, match="outside the handshake"):
        one.next_content()


@pytest.mark.parametrize("protected", [False, True])
@pytest.mark.parametrize("value", [b"", b"\x00", b"\x02", b"\xff", b"\x01\x01", b"\x01\x00", bytes(100)])
def test_any_other_value_is_refused(value: bytes, protected: bool) -> None:
    with pytest.raises(UnexpectedRecord, match="change_cipher_spec of value"):
        reader(framing.frame(CHANGE_CIPHER_SPEC, value), protected=protected).next_content()


def test_its_version_is_ignored_too() -> None:
    assert content(reader(bytes.fromhex("14 0000 0001 01"))) == []


def test_its_length_has_the_bound_of_all_plaintext() -> None:
    with pytest.raises(RecordOverflow):
        reader(framing.header(CHANGE_CIPHER_SPEC, MAX_PLAINTEXT + 1)).next_content()


# Writing


def test_writing_in_the_clear_and_then_under_keys() -> None:
    writer = RecordWriter()
    writer.write(HANDSHAKE, b"hello")
    writer.write_with(protection())
    writer.write(DATA, b"data")
    assert writer.data_to_send() == framing.frame(HANDSHAKE, b"hello") + protection().seal(DATA, b"data")
    assert writer.data_to_send() == b""


def test_only_the_first_record_may_show_an_old_version() -> None:  # section 5.1
    writer = RecordWriter(framing.FIRST_LEGACY_VERSION)
    writer.write(HANDSHAKE, b"first")
    writer.write(HANDSHAKE, b"second")
    assert writer.data_to_send() == (
        framing.frame(HANDSHAKE, b"first", 0x0301) + framing.frame(HANDSHAKE, b"second", 0x0303)
    )


def test_a_long_first_message_shows_it_on_all_of_its_records() -> None:
    writer = RecordWriter(framing.FIRST_LEGACY_VERSION)
    writer.write(HANDSHAKE, bytes(MAX_PLAINTEXT + 1))
    wire = writer.data_to_send()
    assert (wire[:5].hex(), wire[5 + MAX_PLAINTEXT :][:5].hex()) == ("1603014000", "1603010001")


@pytest.mark.parametrize("protected", [False, True])
def test_long_content_is_cut_into_records(protected: bool) -> None:
    writer, long = RecordWriter(), bytes(i % 251 for i in range(2 * MAX_PLAINTEXT + 7))
    if protected:
        writer.write_with(protection())
    writer.write(HANDSHAKE, long)
    read = content(reader(writer.data_to_send(), protected=protected))
    assert [len(piece) for _, piece in read] == [MAX_PLAINTEXT, MAX_PLAINTEXT, 7]
    assert b"".join(piece for _, piece in read) == long


def test_memory_does_not_grow_with_what_is_streamed() -> None:
    """What was sent and what was read is let go: of 2 MiB, never more than one piece in all its copies."""
    writer, one, piece = RecordWriter(), RecordReader(), bytes(range(256)) * 256
    writer.write_with(protection())
    one.read_with(protection())

    def stream(mebibytes: int) -> None:
        for _ in range(16 * mebibytes):
            writer.write(DATA, piece)
            one.receive(writer.data_to_send())
            assert b"".join(read for _, read in content(one)) == piece

    stream(1)  # makes the masks of the kernels
    tracemalloc.start()
    try:
        stream(2)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2**17
    assert peak < 2**19


def test_nothing_makes_no_record() -> None:
    writer = RecordWriter()
    writer.write(HANDSHAKE, b"")
    assert writer.data_to_send() == b""


@pytest.mark.parametrize("protected", [False, True])
def test_change_cipher_spec_is_never_protected(protected: bool) -> None:
    writer = RecordWriter(framing.FIRST_LEGACY_VERSION)
    if protected:
        writer.write_with(protection())
    writer.write_change_cipher_spec()
    assert writer.data_to_send() == COMPATIBILITY_RECORD


def test_a_writer_that_has_ended_has_no_key_and_writes_nothing() -> None:
    writer = RecordWriter()
    writer.write_with(protection())
    writer.write(ALERT, b"\x02\x28")
    writer.end()
    with pytest.raises(ValueError, match="has ended"):
        writer.write(DATA, b"data")
    assert writer._protection is None
    assert writer.data_to_send() == protection().seal(ALERT, b"\x02\x28")  # what was waiting goes out


# Observers


def test_observers_see_every_record_once() -> None:
    written: list[object] = []
    writer = RecordWriter(observe=written.append)
    writer.write(HANDSHAKE, b"hello")
    writer.write_change_cipher_spec()
    wire = writer.data_to_send() + protection().seal(DATA, b"data")
    hello, compatibility = wire[:5], COMPATIBILITY_RECORD[:5]
    assert written == [
        PlainRecord("write", hello, HANDSHAKE, b"hello"),
        PlainRecord("write", compatibility, CHANGE_CIPHER_SPEC, b"\x01"),
    ]

    seen: list[object] = []
    observed = RecordReader(seen.append)
    observed.drops_change_cipher_spec = True
    observed.receive(wire)
    observed.next_content()
    observed.read_with(RecordProtection(ChaCha20Poly1305(b"\x01" * 32), bytes(12), seen.append))
    observed.next_content()
    assert seen[:2] == [
        PlainRecord("read", hello, HANDSHAKE, b"hello"),
        PlainRecord("read", compatibility, CHANGE_CIPHER_SPEC, b"\x01"),
    ]
    assert [type(one) for one in seen[2:]] == [ProtectedRecord]


def test_observers_see_what_is_refused_in_the_clear() -> None:
    """That is when one wants to look."""
    seen: list[object] = []
    observed = RecordReader(seen.append)
    observed.read_with(protection())
    observed.receive(framing.frame(ALERT, b"\x01\x00"))
    with pytest.raises(UnexpectedRecord):
        observed.next_content()
    assert [type(one) for one in seen] == [PlainRecord]
