"""Rung 3: a tag, to prove that nobody has changed the message.  Home-made: SHA-256(key + ciphertext)."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s02_fresh_nonce import channel as s02
from journey.wire import Wire
from purecrypto import chacha20, constant_time
from purecrypto.sha256 import sha256

RECORD = Layout(
    Field("nonce", chacha20.NONCE_SIZE),
    Field("ciphertext"),
    Field("tag", sha256.digest_size),
)


class Channel(s02.Channel):
    """Encrypts, then tags what came out."""

    def send(self, message: bytes) -> None:
        nonce, ciphertext = self.encrypt(message)
        self.wire.send(RECORD.join(nonce, ciphertext, self.tag(ciphertext)))

    def receive(self) -> bytes:
        nonce, ciphertext, received_tag = RECORD.split(self.wire.receive())
        if not constant_time.equal(received_tag, self.tag(ciphertext)):
            raise Refused("the tag is not that of this ciphertext")
        return self.decrypt(nonce, ciphertext)

    def tag(self, ciphertext: bytes) -> bytes:
        return sha256(self.key + ciphertext).digest()


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel under the shared key, which now serves twice."""
    return Channel(wire, credentials.shared_key, random_bytes)
