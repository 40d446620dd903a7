"""Padding: what the policies want, that they get no more than fits, and that nothing but lengths changes."""

from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from record import padding
from record.content_type import ContentType
from record.framing import MAX_PLAINTEXT, RecordBuffer
from record.layer import RecordReader, RecordWriter
from record.padding import Policy
from record.protection import MAX_INNER_PLAINTEXT, ProtectedRecord, RecordProtection

DATA, HANDSHAKE, ALERT = ContentType.APPLICATION_DATA, ContentType.HANDSHAKE, ContentType.ALERT
KEY, IV = bytes(32), bytes(12)


def greedy(content_size: int, room: int) -> int:
    """Wants more than there is room for."""
    return room + 1


policies = st.one_of(
    st.sampled_from([padding.none, padding.full, greedy]), st.integers(1, 1_000).map(padding.to_multiple_of)
)


def writer(policy: Policy, limit: int = MAX_INNER_PLAINTEXT) -> RecordWriter:
    made = RecordWriter(padding_policy=policy)
    made.write_with(RecordProtection(ChaCha20Poly1305(KEY), IV))
    made.limit(limit)
    return made


def reader(limit: int = MAX_INNER_PLAINTEXT) -> RecordReader:
    made = RecordReader()
    made.read_with(RecordProtection(ChaCha20Poly1305(KEY), IV))
    made.limit(limit)
    return made


def inner_sizes(wire: bytes) -> list[int]:
    """Bytes of content, type and zeros in each record."""
    buffer = RecordBuffer()
    buffer.receive(wire)
    return [len(record.fragment) - 16 for record in iter(buffer.next_record, None)]


def sizes(policy: Policy, length: int, content_type: ContentType = DATA) -> list[int]:
    one = writer(policy)
    one.write(content_type, b"x" * length)
    return inner_sizes(one.data_to_send())


@given(st.binary(max_size=3_000), st.integers(64, 2**16 - 1), policies)
def test_any_content_under_any_limit_and_policy(content: bytes, limit: int, policy: Policy) -> None:
    sending, receiving = writer(policy, limit), reader(limit)
    sending.write(DATA, content)
    wire = sending.data_to_send()
    assert all(size <= min(limit, MAX_INNER_PLAINTEXT) for size in inner_sizes(wire))
    receiving.receive(wire)
    pieces = [piece for _, piece in iter(receiving.next_content, None)]
    assert b"".join(pieces) == content
    assert all(len(piece) == sending.max_content for piece, _ in pairwise(pieces))


@pytest.mark.parametrize("length", [1, 100, 999, MAX_PLAINTEXT])
def test_none_shows_every_length(length: int) -> None:
    assert sizes(padding.none, length) == [length + 1]


def test_and_is_what_one_gets_without_asking() -> None:
    one = RecordWriter()
    one.write_with(RecordProtection(ChaCha20Poly1305(KEY), IV))
    one.write(DATA, b"x" * 100)
    assert inner_sizes(one.data_to_send()) == [101]


@pytest.mark.parametrize("length", [1, 100, MAX_PLAINTEXT - 1, MAX_PLAINTEXT])
def test_full_shows_no_length(length: int) -> None:
    assert sizes(padding.full, length) == [MAX_INNER_PLAINTEXT]


@pytest.mark.parametrize(
    ("length", "size"), [(1, 256), (254, 256), (255, 256), (256, 512), (511, 512), (512, 768)]
)
def test_lengths_are_rounded_up(length: int, size: int) -> None:
    assert sizes(padding.to_multiple_of(256), length) == [size]


def test_but_never_beyond_the_longest_record() -> None:
    assert sizes(padding.to_multiple_of(1000), MAX_PLAINTEXT - 100) == [MAX_INNER_PLAINTEXT]
    assert sizes(padding.to_multiple_of(256), MAX_PLAINTEXT) == [MAX_INNER_PLAINTEXT]
    assert sizes(greedy, 1) == [MAX_INNER_PLAINTEXT]


def test_a_multiple_of_one_is_every_length() -> None:
    assert [sizes(padding.to_multiple_of(1), length) for length in (1, 2, 3)] == [[2], [3], [4]]


@pytest.mark.parametrize("size", [0, -1])
def test_there_is_no_multiple_of_nothing(size: int) -> None:
    with pytest.raises(ValueError, match=f"a multiple of {size} bytes"):
        padding.to_multiple_of(size)


@pytest.mark.parametrize("content_type", [DATA, HANDSHAKE, ALERT])
def test_whatever_is_sealed_is_padded(content_type: ContentType) -> None:
    assert sizes(padding.to_multiple_of(64), 2, content_type) == [64]


def test_what_is_in_the_clear_is_not() -> None:
    one = RecordWriter(padding_policy=padding.full)
    one.write(HANDSHAKE, b"hello")
    one.write_change_cipher_spec()
    assert one.data_to_send() == bytes.fromhex("16 0303 0005") + b"hello" + bytes.fromhex("14 0303 0001 01")


def test_a_policy_knows_the_content_and_the_room() -> None:
    asked: list[tuple[int, int]] = []

    def remember(content_size: int, room: int) -> int:
        asked.append((content_size, room))
        return 0

    one = writer(remember, limit=100)
    one.write(DATA, bytes(150))
    assert asked == [(99, 0), (51, 48)]


def test_an_observer_sees_the_zeros() -> None:
    seen: list[object] = []
    one = RecordWriter(padding_policy=padding.to_multiple_of(32))
    one.write_with(RecordProtection(ChaCha20Poly1305(KEY), IV, seen.append))
    one.write(DATA, b"secret")
    (record,) = seen
    assert isinstance(record, ProtectedRecord)
    assert (record.content, record.padding) == (b"secret", 25)
