"""Messages come out whole and in order, however records cut them up; a length is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake.errors import DecodeError
from handshake.message_buffer import MAX_MESSAGE, MessageBuffer
from handshake.messages import HEADER_SIZE


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


@given(st.lists(st.builds(message, st.integers(0, 255), st.binary(max_size=40))), st.data())
def test_messages_come_out_as_they_went_in(said: list[bytes], data: st.DataObject) -> None:
    wire = b"".join(said)
    buffer, heard = MessageBuffer(), []
    while wire:
        cut = data.draw(st.integers(0, len(wire)))
        buffer.add(wire[:cut])
        wire = wire[cut:]
        while (raw := buffer.next_message()) is not None:
            heard.append(raw)
        if not cut:
            buffer.add(wire[:1])
            wire = wire[1:]
    while (raw := buffer.next_message()) is not None:
        heard.append(raw)
    assert heard == said
    assert not buffer


def test_what_is_not_whole_waits() -> None:
    buffer = MessageBuffer()
    whole = message(11, b"four")
    for byte in whole[:-1]:
        buffer.add(bytes([byte]))
        assert buffer
        assert buffer.next_message() is None
    buffer.add(whole[-1:])
    assert buffer.next_message() == whole
    assert not buffer


def test_the_longest_message_is_taken() -> None:
    buffer = MessageBuffer()
    longest = message(11, bytes(MAX_MESSAGE))
    buffer.add(longest)
    assert buffer.next_message() == longest


def test_a_longer_one_is_refused_by_its_header() -> None:
    buffer = MessageBuffer()
    buffer.add(b"\x0b" + (MAX_MESSAGE + 1).to_bytes(3, "big"))
    with pytest.raises(DecodeError, match=f"a handshake message of {MAX_MESSAGE + 1} bytes"):
        buffer.next_message()


def test_it_can_be_emptied() -> None:
    buffer = MessageBuffer()
    buffer.add(bytes(HEADER_SIZE + 1))
    buffer.clear()
    assert not buffer
