"""Side room: AES-GCM, as TLS 1.2 uses it: the sender chooses a nonce and sends it along.  How does he choose?

The keys are those of rung 8, fresh for each connection, one for each direction.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s00_plaintext import channel as s00
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import aes_gcm
from purecrypto.errors import InvalidTag

RECORD = Layout(
    Field("nonce", aes_gcm.NONCE_SIZE),
    Field("ciphertext"),
    Field("tag", aes_gcm.TAG_SIZE),
)

Nonces = Callable[[RandomBytes], Iterator[int]]


def the_same_each_time(random_bytes: RandomBytes) -> Iterator[int]:
    return itertools.repeat(int.from_bytes(random_bytes(aes_gcm.NONCE_SIZE), "big"))


def from_a_poor_generator(random_bytes: RandomBytes) -> Iterator[int]:
    """Random, but there are only 4096 of them."""
    while True:
        yield int.from_bytes(random_bytes(2), "big") % 4096


def numbers_of_records(random_bytes: RandomBytes) -> Iterator[int]:
    """0, 1, 2 and so on: what one cannot forget and cannot draw twice."""
    return itertools.count()


class Channel(s00.Channel):
    """AES-GCM in both directions."""

    def __init__(self, wire: Wire, sending: aes_gcm.Key, receiving: aes_gcm.Key, nonces: Iterator[int]):
        super().__init__(wire)
        self.sending = sending
        self.receiving = receiving
        self.nonces = nonces

    def send(self, message: bytes) -> None:
        nonce = next(self.nonces).to_bytes(aes_gcm.NONCE_SIZE, "big")
        self.wire.send(nonce + aes_gcm.seal(self.sending, nonce, message))

    def receive(self) -> bytes:
        nonce, ciphertext, tag = RECORD.split(self.wire.receive())
        try:
            return aes_gcm.open(self.receiving, nonce, ciphertext + tag)
        except InvalidTag as error:
            raise Refused("the tag is not that of this message") from error


@dataclass(frozen=True)
class Variant:
    nonces: Nonces
    RECORD = RECORD
    HANDSHAKE = s08.HANDSHAKE

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> Channel:
        keys = s08.open(wire, role, own, random_bytes)
        sending, receiving = aes_gcm.Key(keys.sending_key), aes_gcm.Key(keys.receiving_key)
        return Channel(wire, sending, receiving, self.nonces(random_bytes))


VARIANTS = {
    "the same nonce each time": Variant(the_same_each_time),
    "a nonce from a poor generator": Variant(from_a_poor_generator),
    "the number of the record": Variant(numbers_of_records),
}
