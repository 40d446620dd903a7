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
        nonce, ciphertext = self.encrypt(message)
        self.wire.send(RECORD.join(nonce, ciphertext))

    def receive(self) -> bytes:
        nonce, ciphertext = RECORD.split(self.wire.receive())
        return self.decrypt(nonce, ciphertext)

    def encrypt(self, message: bytes) -> tuple[bytes, bytes]:
        nonce = self.random_bytes(chacha20.NONCE_SIZE)  # 96 random bits: they will not come up again
        return nonce, chacha20.encrypt(self.key, FIRST_BLOCK, nonce, message)

    def decrypt(self, nonce: bytes, ciphertext: bytes) -> bytes:
        return chacha20.encrypt(self.key, FIRST_BLOCK, nonce, ciphertext)


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under the shared key."""
    return Channel(wire, credentials.shared_key, random_bytes)
