"""A frame is put together and taken apart by one description, and no frame breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.errors import Refused
from journey.layout import Field, Layout

LAYOUT = Layout(Field("kind", 1), Field("name", prefix=2), Field("text"), Field("tag", 4))


def test_the_example_of_its_docstring() -> None:
    record = Layout(Field("nonce", 12), Field("ciphertext"), Field("tag", 32))
    frame = record.join(b"n" * 12, b"hello", b"t" * 32)
    assert frame == b"n" * 12 + b"hello" + b"t" * 32
    assert record.split(frame) == (b"n" * 12, b"hello", b"t" * 32)
    assert record.body == "ciphertext"
    forged = record.assemble(record.dissect(frame) | {"tag": b"f" * 32})
    assert forged == frame[:-32] + b"f" * 32


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_joined_can_be_split(name: bytes, text: bytes) -> None:
    frame = LAYOUT.join(b"k", name, text, b"tag!")
    assert frame == b"k" + len(name).to_bytes(2, "big") + name + text + b"tag!"
    assert LAYOUT.split(frame) == (b"k", name, text, b"tag!")
    spans = LAYOUT.spans(frame)
    assert [frame[span.start : span.stop] for span in spans] == [b"k", name, text, b"tag!"]
    assert [span.name for span in spans] == list(LAYOUT.names)


@given(st.binary(max_size=40))
def test_any_frame_is_split_or_refused(frame: bytes) -> None:
    try:
        assert LAYOUT.join(*LAYOUT.split(frame)) == frame
    except Refused:
        assert len(frame) < 7 + int.from_bytes(frame[1:3], "big")


@pytest.mark.parametrize(
    ("layout", "frame", "reason"),
    [
        (Layout(Field("a", 2)), b"1", "too short for its a"),
        (Layout(Field("a", 2)), b"123", "1 bytes follow"),
        (Layout(Field("a", 2), Field("b"), Field("c", 2)), b"123", "too short for its b"),
        (Layout(Field("a", prefix=1)), b"\x05four", "too short for its a"),
        (Layout(Field("a", prefix=2)), b"\x00", "too short for its a"),
        (Layout(Field("a", prefix=1)), b"\x01ab", "1 bytes follow"),
    ],
)
def test_a_frame_of_a_wrong_length_is_refused(layout: Layout, frame: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        layout.split(frame)


def test_a_value_of_a_wrong_length_is_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="tag must be 4 bytes, got 3"):
        LAYOUT.join(b"k", b"", b"", b"tag")
    with pytest.raises(ValueError, match="shorter"):
        LAYOUT.join(b"k")
    with pytest.raises(OverflowError):
        Layout(Field("a", prefix=1)).join(bytes(256))


@pytest.mark.parametrize("after", [Field("b"), Field("b", prefix=1)])
def test_a_layout_that_cannot_be_split_is_not_made(after: Field) -> None:
    with pytest.raises(ValueError, match="b needs a size"):
        Layout(Field("a"), after)


def test_fields_are_found_by_name() -> None:
    assert LAYOUT.field("tag") == Field("tag", 4)
    assert LAYOUT.field("nonce") is None
    with pytest.raises(ValueError, match="no field takes the rest"):
        _ = Layout(Field("a", 1)).body
