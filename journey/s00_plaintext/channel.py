"""Rung 0: no cryptography.  A message goes over the wire as it is."""

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.wire import Wire

RECORD = Layout(Field("message"))


class Channel:
    """Two parties and a wire between them."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def send(self, message: bytes) -> None:
        self.wire.send(message)

    def receive(self) -> bytes:
        return self.wire.receive()

    def close(self) -> None:
        self.wire.close()


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel over `wire`.  Every rung has this function; this one needs nothing but the wire."""
    return Channel(wire)
