"""Rung 2: a fresh random nonce for each message, sent in front of it."""

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s00_plaintext import channel as s00
from journey.s01_fixed_nonce.channel import FIRST_BLOCK
from journey.wire import Wire
from purecrypto import chacha20

RECORD = Layout(Field("nonce", chacha20.NONCE_SIZE), Field("ciphertext"))


class Channel(s00.Channel):
    """XORs each message with a keystream of its own."""

    def __init__(self, wire: Wire, key: bytes, random_bytes: RandomBytes) -> None:
        super().__init__(wire)
        self.key = key
        self.random_bytes = random_bytes

    def send(self, message: bytes) -> None:
        self.wire.send(self.encrypt(message))

    def receive(self) -> bytes:
        return self.decrypt(self.wire.receive())

    def encrypt(self, message: bytes) -> bytes:
        nonce = self.random_bytes(chacha20.NONCE_SIZE)  # 96 random bits: it will not come up again
        return RECORD.join(nonce, chacha20.encrypt(self.key, FIRST_BLOCK, nonce, message))

    def decrypt(self, sealed: bytes) -> bytes:
        nonce, ciphertext = RECORD.split(sealed)
        return chacha20.encrypt(self.key, FIRST_BLOCK, nonce, ciphertext)


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under the shared key."""
    return Channel(wire, credentials.shared_key, random_bytes)
