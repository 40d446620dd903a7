"""Rung 19: what is an end, and what is none."""

import pytest

from journey.errors import EndOfStream, Refused
from journey.s07_aead import channel as s07
from journey.s19_close_notify import channel
from journey.s19_close_notify.channel import Channel
from tests.support import pipes
from tests.support.pipes import Pipe

KEYS = bytes(32), bytes([1] * 32)


def ends() -> tuple[Channel, Channel, Pipe]:
    """Both ends of a channel, and the second one's wire."""
    one, other = pipes.pair()
    return Channel(one, *KEYS), Channel(other, *reversed(KEYS)), other


def test_an_end_that_was_announced_is_an_end() -> None:
    sender, receiver, _ = ends()
    sender.send(b"hello")
    sender.close()
    assert receiver.receive() == b"hello"
    with pytest.raises(EndOfStream):
        receiver.receive()


def test_an_end_that_was_not_announced_is_refused() -> None:
    sender, receiver, _ = ends()
    sender.send(b"hello")
    sender.wire.close()
    assert receiver.receive() == b"hello"
    with pytest.raises(Refused, match="had not said that this was all"):
        receiver.receive()


def test_who_has_closed_can_still_listen() -> None:
    one, other, _ = ends()
    one.close()
    with pytest.raises(EndOfStream):
        other.receive()
    other.send(b"goodbye")
    assert one.receive() == b"goodbye"


def test_an_end_without_a_key_is_none() -> None:
    _, receiver, wire = ends()
    wire.incoming.append(channel.CLOSE_NOTIFY + channel.ALERT)
    with pytest.raises(Refused):
        receiver.receive()


def test_a_message_is_never_an_alert() -> None:
    sender, receiver, _ = ends()
    for text in (channel.CLOSE_NOTIFY, channel.CLOSE_NOTIFY + channel.ALERT, channel.BAD_RECORD_MAC, b""):
        sender.send(text)
        assert receiver.receive() == text


def test_who_refuses_says_so_and_the_other_hears_it() -> None:
    sender, receiver, wire = ends()
    sender.send(b"hello")
    frame = wire.incoming.popleft()
    assert frame is not None
    wire.incoming.append(frame[:-1] + bytes([frame[-1] ^ 1]))
    with pytest.raises(Refused, match="message number 0"):
        receiver.receive()
    with pytest.raises(Refused, match="15 14"):
        sender.receive()


def test_silence_is_not_complained_about() -> None:
    """Who has gone does not listen."""
    sender, receiver, wire = ends()
    sender.wire.close()
    with pytest.raises(Refused):
        receiver.receive()
    assert not wire.outgoing


@pytest.mark.parametrize(
    "inner", [b"", b"\x16", b"\x17\x00", b"hello\x18", b"\x01\x15", b"\x00\x00\x15", b"\x15"]
)
def test_what_is_neither_data_nor_an_end_is_refused(inner: bytes) -> None:
    one, other = pipes.pair()
    s07.Channel(one, *KEYS).send(inner)
    with pytest.raises(Refused, match="has ended the conversation"):
        Channel(other, *reversed(KEYS)).receive()
