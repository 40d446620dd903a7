"""Side room: messages are compressed before they are encrypted.  The AEAD is that of rung 7."""

import zlib
from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire

RECORD = s07.RECORD  # ciphertext, tag


class Compressed:
    """Compresses what goes into a channel, and the other way round."""

    def __init__(self, channel: s07.Channel) -> None:
        self.channel = channel

    def send(self, message: bytes) -> None:
        self.channel.send(zlib.compress(message))

    def receive(self) -> bytes:
        compressed = self.channel.receive()
        try:
            return zlib.decompress(compressed)
        except zlib.error as error:
            raise Refused("this was not compressed") from error

    def close(self) -> None:
        self.channel.close()


@dataclass(frozen=True)
class Variant:
    compresses: bool
    RECORD = RECORD
    HANDSHAKE = s08.HANDSHAKE

    def open(
        self, wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes
    ) -> Compressed | s07.Channel:
        channel = s08.open(wire, role, credentials, random_bytes)
        return Compressed(channel) if self.compresses else channel


VARIANTS = {"compressed": Variant(compresses=True), "as it is": Variant(compresses=False)}
