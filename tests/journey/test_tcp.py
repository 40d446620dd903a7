"""Frames over a stream of bytes: four bytes of length, then the frame, however the stream is cut up."""

import socket
from collections.abc import Iterator

import pytest

from journey import tcp
from journey.errors import EndOfStream
from journey.tcp import SocketWire

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_frames_go_both_ways(pair: Pair) -> None:
    client, server = SocketWire(pair[0]), SocketWire(pair[1])
    for frame in (b"one", b"", bytes(1000)):
        client.send(frame)
        assert server.receive() == frame
        server.send(frame)
        assert client.receive() == frame


def test_a_frame_may_come_in_pieces(pair: Pair) -> None:
    for piece in (b"\0\0", b"\0\5he", b"llo\0\0\0\1", b"!"):
        pair[0].sendall(piece)
    assert [tcp.read_frame(pair[1]), tcp.read_frame(pair[1])] == [b"hello", b"!"]


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\5hell"])
def test_an_end_in_the_middle_of_a_frame_is_an_end(pair: Pair, sent: bytes) -> None:
    pair[0].sendall(sent)
    pair[0].close()
    with pytest.raises(EndOfStream, match="has ended"):
        SocketWire(pair[1]).receive()


def test_a_frame_that_is_too_long_is_none_of_ours(pair: Pair) -> None:
    pair[0].sendall((tcp.MAX_FRAME + 1).to_bytes(4, "big"))
    assert tcp.read_frame(pair[1]) is None


def test_the_longest_frame_is_read(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_FRAME", 5)
    pair[0].sendall(b"\0\0\0\5hello")
    assert tcp.read_frame(pair[1]) == b"hello"


def test_closing_ends_one_direction(pair: Pair) -> None:
    client, server = SocketWire(pair[0]), SocketWire(pair[1])
    client.close()
    with pytest.raises(EndOfStream):
        server.receive()
    server.send(b"still here")
    assert client.receive() == b"still here"


def test_a_broken_connection_is_an_end(pair: Pair) -> None:
    wire = SocketWire(pair[0])
    pair[0].close()
    with pytest.raises(EndOfStream, match="broken"):
        wire.send(b"hello")
    with pytest.raises(EndOfStream):
        wire.receive()
    wire.close()  # nothing is left to be closed, and that is no error
