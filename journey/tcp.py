"""The same wires as real TCP connections over the loopback interface.

TCP carries a stream of bytes and knows no frames, so each frame goes with its length in front: four bytes,
big-endian.  `Loopback` lays such wires within one process, for `--tcp`; `SocketWire` is one end of one, for
the three terminals.
"""

import socket
import threading
from collections.abc import Callable

from journey.errors import EndOfStream
from journey.wire import Direction, End, Leg, Tap

HOST = "127.0.0.1"
LENGTH_SIZE = 4  # bytes
MAX_FRAME = 2**20  # bytes; a peer that announces more is not one of ours


class SocketWire:
    """A wire for a rung, over a connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, frame: bytes) -> None:
        try:
            self._socket.sendall(prefixed(frame))
        except OSError as error:
            raise EndOfStream("the connection is broken") from error

    def receive(self) -> bytes:
        frame = read_frame(self._socket)
        if frame is None:
            raise EndOfStream("the stream has ended")
        return frame

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side was faster


def prefixed(frame: bytes) -> bytes:
    """A frame as it goes over TCP."""
    return len(frame).to_bytes(LENGTH_SIZE, "big") + frame


def read_frame(sock: socket.socket) -> bytes | None:
    """The next frame; None when the stream has ended or is none of ours."""
    length = _read(sock, LENGTH_SIZE)
    if length is None or int.from_bytes(length, "big") > MAX_FRAME:
        return None
    return _read(sock, int.from_bytes(length, "big"))


def _read(sock: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        try:
            more = sock.recv(size - len(data))
        except OSError:
            return None
        if not more:
            return None
        data += more
    return data


class Loopback:
    """Lays wires as `wire.Memory` does, each of them a TCP connection."""

    def lay(self, party: str, tap: Tap) -> tuple[End, Leg]:
        """A party's end of a new wire, and the attacker's: the client calls her, and she calls the server."""
        caller, called = _connected_pair()
        mine, hers = (caller, called) if party == "client" else (called, caller)
        changed, both_ended = threading.Condition(), threading.Barrier(2)
        to_party = _SocketDirection(changed, lambda frame: tap(party, True, frame), hers, mine, both_ended)
        from_party = _SocketDirection(changed, lambda frame: tap(party, False, frame), mine, hers, both_ended)
        return End(to_party, from_party), Leg(party, from_party, to_party)


class _SocketDirection(Direction):
    """What goes in at one socket is read at the other by a thread, and arrives."""

    def __init__(
        self,
        changed: threading.Condition,
        tap: Callable[[bytes], None],
        entrance: socket.socket,
        exit: socket.socket,
        both_ended: threading.Barrier,
    ) -> None:
        super().__init__(changed, tap)
        self._entrance = entrance
        threading.Thread(target=self._pump, args=(exit, both_ended), name="pump", daemon=True).start()

    def carry(self, frame: bytes | None) -> None:
        if frame is None:
            self._entrance.shutdown(socket.SHUT_WR)
        else:
            self._entrance.sendall(prefixed(frame))

    def _pump(self, exit: socket.socket, both_ended: threading.Barrier) -> None:
        with exit:
            while (frame := read_frame(exit)) is not None:
                self.arrive(frame)
            self.arrive(None)
            both_ended.wait()  # the other direction uses this socket, too


def _connected_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server((HOST, 0)) as listener:
        caller = socket.create_connection(listener.getsockname())
        called, _ = listener.accept()
    return caller, called
