"""Rung 1: encryption.  ChaCha20 under a key that both parties have, always with the same nonce."""

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s00_plaintext import channel as s00
from journey.wire import Wire
from purecrypto import chacha20

RECORD = Layout(Field("ciphertext"))

NONCE = bytes(chacha20.NONCE_SIZE)  # twelve zero bytes: nobody has told us yet what a nonce is for
FIRST_BLOCK = 1  # of the keystream; block 0 is kept for rung 7


class Channel(s00.Channel):
    """XORs each message with the keystream that key and nonce give."""

    def __init__(self, wire: Wire, key: bytes) -> None:
        super().__init__(wire)
        self.key = key

    def send(self, message: bytes) -> None:
        self.wire.send(chacha20.encrypt(self.key, FIRST_BLOCK, NONCE, message))

    def receive(self) -> bytes:
        # The same XOR once more takes the keystream away again.
        return chacha20.encrypt(self.key, FIRST_BLOCK, NONCE, self.wire.receive())


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under the shared key."""
    return Channel(wire, credentials.shared_key)
