"""Rung 5: every message has a number, which both sides count and nobody sends."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s04_hmac import channel as s04
from journey.wire import Wire
from purecrypto import constant_time, hmac

RECORD = s04.RECORD  # nonce, ciphertext, tag: the number is not among them


class Channel(s04.Channel):
    """Authenticates the number of a message together with it."""

    def __init__(self, wire: Wire, key: bytes, mac_key: bytes, random_bytes: RandomBytes) -> None:
        super().__init__(wire, key, mac_key, random_bytes)
        self.sent = 0
        self.received = 0

    def send(self, message: bytes) -> None:
        nonce, ciphertext = self.encrypt(message)
        self.wire.send(RECORD.join(nonce, ciphertext, self.tag(self.sent, nonce, ciphertext)))
        self.sent += 1

    def receive(self) -> bytes:
        nonce, ciphertext, received_tag = RECORD.split(self.wire.receive())
        if not constant_time.equal(received_tag, self.tag(self.received, nonce, ciphertext)):
            raise Refused(f"the tag is not that of message number {self.received}")
        self.received += 1
        return self.decrypt(nonce, ciphertext)

    def tag(self, number: int, nonce: bytes, ciphertext: bytes) -> bytes:
        return hmac.digest(self.mac_key, number.to_bytes(8, "big") + nonce + ciphertext, "sha256")


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel; both sides begin to count at 0."""
    return Channel(wire, credentials.shared_key, credentials.shared_mac_key, random_bytes)
