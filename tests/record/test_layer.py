"""Both halves of the record layer: what may come in the clear, and what not any more."""

import tracemalloc

import pytest

from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from record import framing
from record.content_type import ContentType
from record.errors import BadRecord, RecordOverflow, UnexpectedRecord
from record.framing import HEADER_SIZE, MAX_CIPHERTEXT, MAX_PLAINTEXT
from record.layer import PlainRecord, RecordReader, RecordWriter
from record.protection import MAX_INNER_PLAINTEXT, ProtectedRecord, RecordProtection

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
def test_change_cipher_spec_is_dropped_during_the_handshake(protected: bool) -> None:  # section 5 [1]
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


def test_only_the_first_record_may_show_an_old_version() -> None:  # section 5.1 [12]
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
def test_long_content_is_cut_into_records(protected: bool) -> None:  # section 5.1 [14]
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


def test_nothing_makes_no_record() -> None:  # sections 5.1 [8] and 5.4 [2]
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


# Limits on the size of records (RFC 8449 section 4)


@pytest.mark.parametrize(("content_size", "zeros"), [(99, 0), (1, 98)])
def test_a_protected_record_holds_up_to_the_limit(content_size: int, zeros: int) -> None:
    """Content, type and padding together."""
    one = reader(protection().seal(DATA, b"x" * content_size, zeros), protected=True)
    one.limit(100)
    assert one.next_content() == (DATA, b"x" * content_size)


@pytest.mark.parametrize(("content_size", "zeros"), [(100, 0), (1, 99)])
def test_one_byte_more_is_an_overflow(content_size: int, zeros: int) -> None:
    header = protection().seal(DATA, b"x" * content_size, zeros)[:HEADER_SIZE]
    one = reader(header, protected=True)  # what follows is not waited for
    one.limit(100)
    with pytest.raises(RecordOverflow, match="117 bytes, at most 116"):
        one.next_content()


def test_a_limit_holds_from_the_next_record_on() -> None:
    """Even for what has been received already."""
    sealing = protection()
    one = reader(sealing.seal(DATA, bytes(200)) + sealing.seal(DATA, bytes(200)), protected=True)
    one.next_content()
    one.limit(100)
    with pytest.raises(RecordOverflow):
        one.next_content()


def test_records_in_the_clear_know_no_limit() -> None:
    writer = RecordWriter()
    writer.limit(64)
    writer.write(HANDSHAKE, bytes(MAX_PLAINTEXT))
    one = reader(writer.data_to_send())
    one.limit(64)
    assert content(one) == [(HANDSHAKE, bytes(MAX_PLAINTEXT))]


@pytest.mark.parametrize("limit", [MAX_INNER_PLAINTEXT, MAX_INNER_PLAINTEXT + 1, 2**16 - 1])
def test_no_limit_is_above_the_protocols_own(limit: int) -> None:
    writer = RecordWriter()
    writer.write_with(protection())
    writer.limit(limit)
    assert writer.max_content == MAX_PLAINTEXT
    writer.write(DATA, bytes(MAX_PLAINTEXT + 1))
    one = reader(writer.data_to_send(), protected=True)
    one.limit(limit)
    assert [len(piece) for _, piece in content(one)] == [MAX_PLAINTEXT, 1]
    one.receive(framing.header(DATA, MAX_INNER_PLAINTEXT + 16 + 1))
    with pytest.raises(RecordOverflow, match="16402 bytes, at most 16401"):
        one.next_content()


def test_a_writer_cuts_to_the_limit_as_soon_as_it_has_one() -> None:
    writer = RecordWriter()
    writer.write_with(protection())
    writer.write(DATA, bytes(150))
    writer.limit(100)
    writer.write(DATA, bytes(150))
    assert writer.max_content == 99
    read = content(reader(writer.data_to_send(), protected=True))
    assert [len(piece) for _, piece in read] == [150, 99, 51]


# Early data that were refused (section 4.3.10)

EARLY = protection(9)  # a key that the reader does not have
EARLY_DATA = [EARLY.seal(DATA, b"early"), EARLY.seal(DATA, bytes(100)), EARLY.seal(DATA, b"")]
EARLY_SIZE = sum(map(len, EARLY_DATA))


def test_before_there_are_keys_early_data_are_dropped_until_anything_else_comes() -> None:
    hello = framing.frame(HANDSHAKE, b"hello")
    one = reader(b"".join(EARLY_DATA) + hello + EARLY_DATA[0])
    one.skip_early_data(2 * EARLY_SIZE)
    assert one.next_content() == (HANDSHAKE, b"hello")
    with pytest.raises(UnexpectedRecord, match="before there are keys"):
        one.next_content()


def test_the_change_cipher_spec_before_them_is_not_what_is_waited_for() -> None:
    """It stands between the first ClientHello and the early data (appendix E.4)."""
    one = reader(COMPATIBILITY_RECORD + b"".join(EARLY_DATA) + framing.frame(HANDSHAKE, b"hello"))
    one.skip_early_data(EARLY_SIZE)
    assert content(one) == [(HANDSHAKE, b"hello")]


def test_under_keys_early_data_are_dropped_until_something_opens() -> None:
    """They are not counted: the first record that opens is number 0."""
    sealing = protection()
    finished, data = sealing.seal(HANDSHAKE, b"finished"), sealing.seal(DATA, b"data")
    one = reader(COMPATIBILITY_RECORD + b"".join(EARLY_DATA) + finished + data + EARLY_DATA[0])
    one.skip_early_data(2 * EARLY_SIZE)
    one.read_with(protection())
    assert one.next_content() == (HANDSHAKE, b"finished")
    assert one.next_content() == (DATA, b"data")
    with pytest.raises(BadRecord, match="record 2 under this key"):
        one.next_content()


def test_what_opens_and_is_wrong_is_not_early_data() -> None:
    one = reader(protection().seal(CHANGE_CIPHER_SPEC, b"\x01"), protected=True)
    one.skip_early_data(1000)
    with pytest.raises(UnexpectedRecord, match="a protected change_cipher_spec"):
        one.next_content()


def test_nothing_in_the_clear_is_believed_for_it() -> None:
    one = reader(EARLY_DATA[0] + framing.frame(ALERT, b"\x01\x00"), protected=True)
    one.skip_early_data(1000)
    with pytest.raises(UnexpectedRecord, match="an unprotected alert"):
        one.next_content()


@pytest.mark.parametrize(("protected", "fault"), [(False, UnexpectedRecord), (True, BadRecord)])
def test_more_than_the_budget_is_the_fault_that_it_was(protected: bool, fault: type[Exception]) -> None:
    next_one = protection().seal(HANDSHAKE, b"next") if protected else framing.frame(HANDSHAKE, b"next")
    wire = b"".join(EARLY_DATA) + next_one
    enough = reader(wire, protected=protected)
    enough.skip_early_data(EARLY_SIZE)
    assert content(enough) == [(HANDSHAKE, b"next")]
    too_little = reader(wire, protected=protected)
    too_little.skip_early_data(EARLY_SIZE - 1)
    with pytest.raises(fault):
        too_little.next_content()


@pytest.mark.parametrize("protected", [False, True])
def test_empty_records_use_the_budget_up(protected: bool) -> None:
    """Or else they could go on for ever."""
    one = reader(framing.frame(DATA, b"") * 21, protected=protected)
    one.skip_early_data(20 * HEADER_SIZE)
    with pytest.raises((UnexpectedRecord, BadRecord)):
        one.next_content()


@pytest.mark.parametrize("protected", [False, True])
def test_early_data_are_held_no_longer_than_a_record(protected: bool) -> None:
    one = reader(b"", protected=protected)
    one.skip_early_data(4 * (HEADER_SIZE + MAX_CIPHERTEXT))
    for _ in range(4):
        one.receive(framing.frame(DATA, bytes(MAX_CIPHERTEXT)))
        assert one.next_content() is None
    one.receive(framing.header(DATA, MAX_CIPHERTEXT + 1))
    with pytest.raises(RecordOverflow):
        one.next_content()


def test_early_data_did_not_know_of_a_limit() -> None:
    one = reader(EARLY_DATA[1] + protection().seal(HANDSHAKE, bytes(63)), protected=True)
    one.limit(64)
    one.skip_early_data(1000)
    assert one.next_content() == (HANDSHAKE, bytes(63))


def test_but_what_opens_has_to() -> None:
    one = reader(EARLY_DATA[1] + protection().seal(HANDSHAKE, bytes(64)), protected=True)
    one.limit(64)
    one.skip_early_data(1000)
    with pytest.raises(RecordOverflow, match="81 bytes, at most 80"):
        one.next_content()


def test_and_so_has_what_follows() -> None:
    sealing = protection()
    one = reader(
        sealing.seal(HANDSHAKE, b"first") + sealing.seal(DATA, bytes(64))[:HEADER_SIZE], protected=True
    )
    one.limit(64)
    one.skip_early_data(1000)
    assert one.next_content() == (HANDSHAKE, b"first")
    with pytest.raises(RecordOverflow):
        one.next_content()


@pytest.mark.parametrize("protected", [False, True])
def test_observers_see_what_is_dropped(protected: bool) -> None:
    seen: list[object] = []
    one = RecordReader(seen.append)
    if protected:
        one.read_with(protection())
    one.skip_early_data(1000)
    one.receive(EARLY_DATA[0])
    assert one.next_content() is None
    header, sealed = EARLY_DATA[0][:HEADER_SIZE], EARLY_DATA[0][HEADER_SIZE:]
    assert seen == [PlainRecord("skip", header, DATA, sealed)]


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


def test_and_what_came_before_there_were_keys() -> None:
    seen: list[object] = []
    observed = RecordReader(seen.append)
    observed.receive(framing.frame(DATA, b"data"))
    with pytest.raises(UnexpectedRecord):
        observed.next_content()
    assert seen == [PlainRecord("read", framing.header(DATA, 4), DATA, b"data")]
