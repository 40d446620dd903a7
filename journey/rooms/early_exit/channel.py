"""Side room: a tag is compared byte by byte, and the comparison may stop as soon as it knows the answer.

The server is a patient one: a message with a wrong tag is answered with "no", and it waits for the next.
How long it took can be measured by whoever waits for the answer.  Clocks are noisy and real attackers measure
many times; here the answer simply says how many bytes have been compared.
"""

from collections.abc import Callable
from dataclasses import dataclass

from journey import parties
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s00_plaintext import channel as s00
from journey.wire import Wire
from purecrypto import constant_time, hmac

TAG_SIZE = 16  # bytes
RECORD = Layout(Field("message"), Field("tag", TAG_SIZE))
NO = Layout(Field("bytes_compared", 1))  # our stopwatch

Comparison = Callable[[bytes, bytes], tuple[bool, int]]  # whether both are the same; how many bytes it took


def stop_at_the_first_difference(a: bytes, b: bytes) -> tuple[bool, int]:
    """What `==` does as well, in a loop of its own."""
    for i in range(TAG_SIZE):
        if a[i] != b[i]:
            return False, i + 1
    return True, TAG_SIZE


def look_at_every_byte(a: bytes, b: bytes) -> tuple[bool, int]:
    return constant_time.equal(a, b), TAG_SIZE


class Channel(s00.Channel):
    """A message in the clear and its tag: nothing else matters in this room."""

    def __init__(self, wire: Wire, key: bytes, compare: Comparison, patient: bool) -> None:
        super().__init__(wire)
        self.keyed = hmac.new(key, digestmod="sha256")
        self.compare = compare
        self.patient = patient

    def send(self, message: bytes) -> None:
        self.wire.send(RECORD.join(message, self.tag(message)))

    def receive(self) -> bytes:
        while True:
            message, received_tag = RECORD.split(self.wire.receive())
            same, compared = self.compare(received_tag, self.tag(message))
            if same:
                return message
            if not self.patient:
                raise Refused("the tag is not that of this message")
            self.wire.send(NO.join(bytes([compared])))

    def tag(self, message: bytes) -> bytes:
        keyed = self.keyed.copy()
        keyed.update(message)
        return keyed.digest()[:TAG_SIZE]


@dataclass(frozen=True)
class Variant:
    compare: Comparison
    patient: bool  # answers a wrong tag and waits for the next message
    RECORD = RECORD

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> Channel:
        return Channel(wire, own.shared_mac_key, self.compare, self.patient and role == "server")


def serve(channel: parties.Channel, party: parties.Party) -> None:
    """What the server does all day."""
    while True:
        party.accepted.append(channel.receive())


VARIANTS = {
    "stops at the first difference": Variant(stop_at_the_first_difference, patient=True),
    "looks at every byte": Variant(look_at_every_byte, patient=True),
    "hangs up after one wrong tag": Variant(stop_at_the_first_difference, patient=False),
}
