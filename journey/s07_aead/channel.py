"""Rung 7: an AEAD, encryption and authentication in one; its nonce is the number of the message."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s00_plaintext import channel as s00
from journey.s06_direction_keys.channel import derive
from journey.wire import Wire
from purecrypto import chacha20poly1305
from purecrypto.errors import InvalidTag

RECORD = Layout(Field("ciphertext"), Field("tag", chacha20poly1305.TAG_SIZE))


class Channel(s00.Channel):
    """ChaCha20-Poly1305 with a key for each direction.  No nonce is sent: both sides count."""

    def __init__(self, wire: Wire, sending_key: bytes, receiving_key: bytes) -> None:
        super().__init__(wire)
        self.sending_key = sending_key
        self.receiving_key = receiving_key
        self.sent = 0
        self.received = 0

    def send(self, message: bytes) -> None:
        self.wire.send(chacha20poly1305.seal(self.sending_key, nonce(self.sent), message))
        self.sent += 1

    def receive(self) -> bytes:
        frame = self.wire.receive()
        try:
            message = chacha20poly1305.open(self.receiving_key, nonce(self.received), frame)
        except InvalidTag as error:
            raise Refused(f"the tag is not that of message number {self.received}") from error
        self.received += 1
        return message


def nonce(number: int) -> bytes:
    """The number of a message, as the nonce of twelve bytes that the AEAD wants."""
    return number.to_bytes(chacha20poly1305.NONCE_SIZE, "big")


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under the two keys that the shared one gives; nothing random is needed any more."""
    from_client = derive(credentials.shared_key, b"client seals")
    from_server = derive(credentials.shared_key, b"server seals")
    if role == "client":
        return Channel(wire, sending_key=from_client, receiving_key=from_server)
    return Channel(wire, sending_key=from_server, receiving_key=from_client)
