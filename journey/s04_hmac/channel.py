"""Rung 4: HMAC, under a key of its own, over every byte that is sent."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s02_fresh_nonce import channel as s02
from journey.s03_homemade_tag import channel as s03
from journey.wire import Wire
from purecrypto import constant_time, hmac

RECORD = s03.RECORD  # nonce, ciphertext, tag


class Channel(s02.Channel):
    """Encrypts, then authenticates nonce and ciphertext."""

    def __init__(self, wire: Wire, key: bytes, mac_key: bytes, random_bytes: RandomBytes) -> None:
        super().__init__(wire, key, random_bytes)
        self.mac_key = mac_key

    def send(self, message: bytes) -> None:
        nonce, ciphertext = self.encrypt(message)
        tag = hmac.digest(self.mac_key, nonce + ciphertext, "sha256")
        self.wire.send(RECORD.join(nonce, ciphertext, tag))

    def receive(self) -> bytes:
        nonce, ciphertext, received_tag = RECORD.split(self.wire.receive())
        tag = hmac.digest(self.mac_key, nonce + ciphertext, "sha256")
        if not constant_time.equal(received_tag, tag):
            raise Refused("the tag is not that of this nonce and ciphertext")
        return self.decrypt(nonce, ciphertext)


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under two shared keys, one for each purpose."""
    return Channel(wire, credentials.shared_key, credentials.shared_mac_key, random_bytes)
