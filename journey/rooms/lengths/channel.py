"""Side room: padding.  Inside the encryption, zeros are added to a message as RFC 9846 section 5.4 does it.

    message | 0x17 | 0x00 0x00 0x00 ...

The receiver looks for the last byte that is not zero: it marks the end of the message.
"""

from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire

RECORD = s07.RECORD  # ciphertext, tag
MARK = b"\x17"  # in TLS, this byte says what is in the record; 0x17 is application data


@dataclass(frozen=True)
class Padding:
    """How many zeros are added: up to `jitter` at random, then as many as make a multiple of `block`."""

    block: int = 1  # bytes
    jitter: int = 0  # bytes, at most 255
    RECORD = RECORD
    HANDSHAKE = s08.HANDSHAKE

    def padded(self, size: int, jitter: int) -> int:
        """The size of what is encrypted, for a message of `size` bytes and that much jitter."""
        return -(-(size + len(MARK) + jitter) // self.block) * self.block

    def open(self, wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> "Padded":
        return Padded(s08.open(wire, role, credentials, random_bytes), self, random_bytes)


class Padded:
    """A channel that pads what it sends."""

    def __init__(self, channel: s07.Channel, padding: Padding, random_bytes: RandomBytes) -> None:
        self.channel = channel
        self.padding = padding
        self.random_bytes = random_bytes

    def send(self, message: bytes) -> None:
        jitter = self.random_bytes(1)[0] % (self.padding.jitter + 1)
        self.channel.send((message + MARK).ljust(self.padding.padded(len(message), jitter), b"\0"))

    def receive(self) -> bytes:
        inner = self.channel.receive().rstrip(b"\0")
        if not inner.endswith(MARK):
            raise Refused("there is nothing but padding")
        return inner.removesuffix(MARK)

    def close(self) -> None:
        self.channel.close()


VARIANTS = {
    "as long as it is": Padding(),
    "up to 255 zeros at random": Padding(jitter=255),
    "every record of one size": Padding(block=2048),
}
