"""Rung 21: real TLS 1.3.  All of it is in our own stack; what is left here is to carry bytes to and fro."""

import threading
from collections import deque

from handshake.settings import ClientSettings, ServerSettings
from journey.credentials import Credentials, Role
from journey.errors import EndOfStream
from journey.randomness import RandomBytes
from journey.s21_tls13 import faults, frames, settings
from journey.wire import Wire
from tls.connection import Connection
from tls.events import ApplicationData, CloseNotify, ConnectionFailed, Event

RECORD, HANDSHAKE, CERTIFICATES = frames.RECORD, frames.HANDSHAKE, frames.CERTIFICATES


class Channel:
    """A connection that takes bytes and reports events, and the wire to which it has to be connected."""

    def __init__(self, wire: Wire, own: ClientSettings | ServerSettings) -> None:
        self.wire = wire
        self.connection = Connection(own)
        self.events: deque[Event] = deque()
        self.lock = threading.Lock()  # one thread may send while another receives, which may answer
        self.flush()
        while self.connection.session is None:  # until the handshake is complete
            self.next_event()

    def send(self, message: bytes) -> None:
        with faults.refused(), self.lock:  # one of which may have come together with the end of the handshake
            for piece in frames.pieces(message):
                self.connection.send(piece)
            self.connection.key_update()  # after each message, as on rung 20
            self.flush()

    def receive(self) -> bytes:
        message = b""
        while not message.endswith(frames.LAST):
            match self.next_event():
                case ApplicationData(data):
                    message = message[:-1] + data
                case CloseNotify():
                    raise EndOfStream("the peer has said that this was all")
        return message[:-1]

    def close(self) -> None:
        with self.lock:
            self.connection.close()
            self.flush()
        self.wire.close()

    def next_event(self) -> Event:
        with faults.refused():
            while not self.events:
                self.listen()
            if isinstance(self.events[0], ConnectionFailed):
                self.connection.receive_data(b"")  # a dead connection raises what it has died of
        return self.events.popleft()

    def listen(self) -> None:
        try:
            record = self.wire.receive()
            with self.lock:
                self.events += self.connection.receive_data(record)
                self.flush()
        except EndOfStream:
            self.events += self.connection.receive_eof()
            if not self.events:
                raise

    def flush(self) -> None:
        for record in frames.records(self.connection.data_to_send()):
            self.wire.send(record)


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a connection."""
    return Channel(wire, settings.of(role, credentials, random_bytes))
