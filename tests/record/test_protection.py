"""Sealing and opening single records, against pyca/cryptography and against whoever edits them."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305 as Pyca
from hypothesis import given
from hypothesis import strategies as st

from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from record import framing
from record.content_type import ContentType
from record.errors import BadRecord, RecordError, RecordOverflow, UnexpectedRecord
from record.framing import MAX_PLAINTEXT, Record
from record.protection import MAX_SEQUENCE_NUMBER, ProtectedRecord, RecordProtection

KEY, IV = bytes(range(32)), bytes(range(0xF0, 0xFC))
DATA, HANDSHAKE, ALERT = ContentType.APPLICATION_DATA, ContentType.HANDSHAKE, ContentType.ALERT


def protection(sequence_number: int = 0) -> RecordProtection:
    made = RecordProtection(ChaCha20Poly1305(KEY), IV)
    made.sequence_number = sequence_number
    return made


def record(wire: bytes) -> Record:
    return Record(ContentType.APPLICATION_DATA, wire[:5], wire[5:])


def nonce(sequence_number: int) -> bytes:
    """Section 5.3, byte by byte: the number to the right, XOR the iv."""
    padded = bytes(4) + sequence_number.to_bytes(8, "big")
    return bytes(a ^ b for a, b in zip(IV, padded, strict=True))


def sealed(inner: bytes, sequence_number: int = 0) -> Record:
    """A record around any inner plaintext, made by pyca."""
    header = framing.header(ContentType.APPLICATION_DATA, len(inner) + 16)
    return Record(DATA, header, Pyca(KEY).encrypt(nonce(sequence_number), inner, header))


# What sealing is


@pytest.mark.parametrize("sequence_number", [0, 1, 255, 256, 2**32, 2**63, MAX_SEQUENCE_NUMBER])
@pytest.mark.parametrize("padding", [0, 1, 100])
def test_sealing_is_what_section_5_2_says(sequence_number: int, padding: int) -> None:  # section 5.4 [1]
    wire = protection(sequence_number).seal(HANDSHAKE, b"content", padding)
    header = bytes.fromhex("17 0303") + (7 + 1 + padding + 16).to_bytes(2, "big")
    inner = b"content\x16" + bytes(padding)
    assert wire == header + Pyca(KEY).encrypt(nonce(sequence_number), inner, header)


def test_each_record_has_its_own_nonce() -> None:
    """Of two records under one nonce, the XOR of the plaintexts would be there to read."""
    one = protection()
    wires = [one.seal(DATA, b"the same") for _ in range(3)]
    assert len(set(wires)) == 3
    for number, wire in enumerate(wires):
        assert Pyca(KEY).decrypt(nonce(number), wire[5:], wire[:5]) == b"the same\x17"


@given(st.sampled_from([DATA, HANDSHAKE, ALERT]), st.binary(min_size=1, max_size=200), st.integers(0, 300))
def test_what_is_sealed_can_be_opened(content_type: ContentType, content: bytes, padding: int) -> None:
    wire = protection().seal(content_type, content, padding)
    assert protection().open(record(wire)) == (content_type, content)


@given(st.binary(max_size=20), st.integers(0, 20))
def test_zeros_that_end_the_content_are_no_padding(content: bytes, zeros: int) -> None:
    wire = protection().seal(DATA, content + bytes(zeros), padding=5)
    assert protection().open(record(wire)) == (DATA, content + bytes(zeros))


def test_sequence_numbers_count_both_ways() -> None:
    writer, reader = protection(), protection()
    for number in range(5):
        assert (writer.sequence_number, reader.sequence_number) == (number, number)
        reader.open(record(writer.seal(DATA, b"data")))


# What opening refuses


@pytest.fixture(scope="module")
def honest() -> bytes:
    return protection().seal(DATA, b"pay 10")


def test_any_flipped_bit_is_refused(honest: bytes) -> None:  # section 5.2 [3]
    """Header included: type, version and length are authenticated."""
    for bit in range(8 * len(honest)):
        wire = bytearray(honest)
        wire[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadRecord):
            protection().open(record(bytes(wire)))


@pytest.mark.parametrize("length", range(23))
def test_a_shortened_record_is_refused(honest: bytes, length: int) -> None:
    header = framing.header(ContentType.APPLICATION_DATA, length)
    with pytest.raises(BadRecord):
        protection().open(Record(DATA, header, honest[5 : 5 + length]))


def test_a_record_that_was_dropped_repeated_or_moved_is_refused() -> None:
    writer = protection()
    first, second = (record(writer.seal(DATA, content)) for content in (b"first", b"second"))
    with pytest.raises(BadRecord, match="record 0 under this key"):
        protection().open(second)
    reader = protection()
    assert reader.open(first) == (DATA, b"first")
    with pytest.raises(BadRecord, match="record 1 under this key"):
        reader.open(first)


def test_another_key_and_another_iv_do_not_open_it(honest: bytes) -> None:
    for other in (
        RecordProtection(ChaCha20Poly1305(bytes(32)), IV),
        RecordProtection(ChaCha20Poly1305(KEY), bytes(12)),
    ):
        with pytest.raises(BadRecord):
            other.open(record(honest))


@pytest.mark.parametrize("zeros", [0, 1, 2, 100])
def test_nothing_but_padding_is_refused(zeros: int) -> None:  # section 5.4
    with pytest.raises(UnexpectedRecord, match="nothing but padding"):
        protection().open(sealed(bytes(zeros)))


@pytest.mark.parametrize("content_type", [ALERT, HANDSHAKE])
@pytest.mark.parametrize("padding", [0, 7])
def test_an_empty_alert_or_handshake_record_is_refused(content_type: ContentType, padding: int) -> None:
    with pytest.raises(UnexpectedRecord, match="an empty"):  # section 5.4
        protection().open(sealed(bytes([content_type]) + bytes(padding)))


@pytest.mark.parametrize("padding", [0, 7])
def test_empty_application_data_are_accepted(padding: int) -> None:  # section 5.1
    assert protection().open(sealed(b"\x17" + bytes(padding))) == (DATA, b"")


def test_a_protected_change_cipher_spec_is_refused() -> None:  # section 5 [2]
    with pytest.raises(UnexpectedRecord, match="protected change_cipher_spec"):
        protection().open(sealed(b"\x01\x14"))


def test_an_unknown_inner_type_is_refused() -> None:
    for byte in set(range(1, 256)) - set(ContentType):
        with pytest.raises(UnexpectedRecord, match=f"content type {byte} inside"):
            protection().open(sealed(b"x" + bytes([byte])))


@pytest.mark.parametrize("content", [MAX_PLAINTEXT, MAX_PLAINTEXT - 100, 0])
def test_the_inner_plaintext_holds_up_to_2_14_and_one_bytes(content: int) -> None:  # section 5.4
    """Content, type and padding together."""
    padding = MAX_PLAINTEXT - content
    assert protection().open(sealed(b"x" * content + b"\x17" + bytes(padding))) == (DATA, b"x" * content)
    with pytest.raises(RecordOverflow, match="16386 bytes, at most 16385"):
        protection().open(sealed(b"x" * content + b"\x17" + bytes(padding + 1)))


@given(st.binary(max_size=100))
def test_any_inner_plaintext_opens_or_raises_a_record_error(inner: bytes) -> None:  # section 5.4 [4]
    try:
        content_type, content = protection().open(sealed(inner))
    except RecordError:
        return
    assert inner.rstrip(b"\x00") == content + bytes([content_type])


# What sealing refuses: the caller's bug


def test_content_and_padding_fit_one_record() -> None:  # sections 5.2 [1] and 5.4 [6]
    assert len(protection().seal(DATA, bytes(MAX_PLAINTEXT))) == 5 + MAX_PLAINTEXT + 1 + 16
    assert len(protection().seal(DATA, bytes(10), MAX_PLAINTEXT - 10)) == 5 + MAX_PLAINTEXT + 1 + 16
    for content, padding in ((MAX_PLAINTEXT + 1, 0), (10, MAX_PLAINTEXT - 9), (0, MAX_PLAINTEXT + 1)):
        with pytest.raises(ValueError, match="exceed 16384 bytes"):
            protection().seal(DATA, bytes(content), padding)


# The end of the sequence numbers: they must not wrap (section 5.3)


def test_the_last_sequence_number_is_used_and_no_other_follows() -> None:  # section 5.3 [2]
    assert MAX_SEQUENCE_NUMBER == 2**64 - 1
    writer, reader = protection(MAX_SEQUENCE_NUMBER), protection(MAX_SEQUENCE_NUMBER)
    last = record(writer.seal(DATA, b"the last one"))
    assert reader.open(last) == (DATA, b"the last one")
    with pytest.raises(AssertionError, match="should have been changed"):
        writer.seal(DATA, b"one more")
    with pytest.raises(BadRecord, match=r"2\^64 records"):
        reader.open(last)


# The observer


def test_the_observer_sees_what_was_sealed_and_opened() -> None:
    seen: list[object] = []
    one = RecordProtection(ChaCha20Poly1305(KEY), IV, seen.append)
    one.sequence_number = 7
    wire = one.seal(HANDSHAKE, b"content", 3)
    one.sequence_number = 7
    one.open(record(wire))
    what = (7, nonce(7), wire[:5], HANDSHAKE, b"content", 3, wire[5:])
    assert seen == [ProtectedRecord("seal", *what), ProtectedRecord("open", *what)]


def test_the_observer_shows_no_secret_by_accident() -> None:
    seen: list[object] = []
    RecordProtection(ChaCha20Poly1305(KEY), IV, seen.append).seal(DATA, b"confidential")
    assert "confidential" not in repr(seen)


def test_what_is_refused_is_not_shown_as_opened() -> None:
    seen: list[object] = []
    reader = RecordProtection(ChaCha20Poly1305(KEY), IV, seen.append)
    for bad in (sealed(bytes(3)), sealed(b"\x01\x14", 1), sealed(b"\x16", 2), sealed(b"x\x17", 99)):
        with pytest.raises(RecordError):
            reader.open(bad)
    assert seen == []
