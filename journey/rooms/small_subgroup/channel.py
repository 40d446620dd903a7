"""Side room: Diffie-Hellman where p - 1 has many small factors, and the server keeps its exponent.

In two variants one of the two is repaired; the other two look at what they get, or leave nothing to find.
"""

import math
from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s09_small_numbers.channel import Group
from journey.wire import Wire
from purecrypto import constant_time, hkdf, hmac

# A toy of 528 bits: p - 1 = 2 * 3 * 5 * 7 * ... * 197 * Q, with the first prime Q that makes p a prime, too.
SMALL_PRIMES = [q for q in range(3, 198) if all(q % i for i in range(2, q))]
Q = 0x60CDBAA4195F50CC918EA223BCDDBEAC5B3795CD0DD625EEFF481A8E0BAE55F641
P = 2 * math.prod(SMALL_PRIMES) * Q + 1
GROUP = Group(p=P, g=pow(2, (P - 1) // Q, P), private_size=32)  # the powers of g are Q numbers

# Another one, where p - 1 = 2 * (p - 1) / 2 and the second factor is prime: such a p is called safe.
SAFE_P = 2**527 + 83_775
SAFE_GROUP = Group(p=SAFE_P, g=4, private_size=32)

HELLO = Layout(Field("share", GROUP.size))
ANSWER = Layout(Field("share", GROUP.size), Field("confirmation", 32))
CONFIRMS = hmac.new(b"the server has computed it", digestmod="sha256")


@dataclass(frozen=True)
class Variant:
    """The client takes a fresh exponent each time.  Does the server?"""

    group: Group
    order: int  # how many powers of g there are; a prime
    keeps_its_exponent: bool
    checks_the_order: bool
    HANDSHAKE = (("client", HELLO), ("server", ANSWER))
    RECORD = s07.RECORD  # ciphertext, tag

    def open(
        self, wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes
    ) -> s07.Channel:
        if role == "client":
            x = random_bytes(self.group.private_size)
            wire.send(HELLO.join(self.group.share(x)))
            received, received_confirmation = ANSWER.split(wire.receive())
            number = self.agree(x, received)
            if not constant_time.equal(received_confirmation, confirmation(number)):
                raise Refused("the server has computed another number")
        else:
            x = (
                credentials.kept_exponent
                if self.keeps_its_exponent
                else random_bytes(self.group.private_size)
            )
            (received,) = HELLO.split(wire.receive())
            number = self.agree(x, received)
            wire.send(ANSWER.join(self.group.share(x), confirmation(number)))
        return s08.channel_under(wire, role, hkdf.extract(b"", number))

    def agree(self, x: bytes, received: bytes) -> bytes:
        p, y = self.group.p, int.from_bytes(received, "big")
        if not 1 < y < p - 1:
            raise Refused("this share is 0, 1 or p - 1, or no number below p")
        if self.checks_the_order and pow(y, self.order, p) != 1:
            raise Refused("this share is no power of g")
        return self.group.agree(x, received)


def confirmation(number: bytes) -> bytes:
    """Proves to the client that the server has computed this number, too."""
    keyed = CONFIRMS.copy()
    keyed.update(number)
    return keyed.digest()


VARIANTS = {
    "the server keeps its exponent": Variant(GROUP, Q, keeps_its_exponent=True, checks_the_order=False),
    "a fresh exponent each time": Variant(GROUP, Q, keeps_its_exponent=False, checks_the_order=False),
    "only powers of g": Variant(GROUP, Q, keeps_its_exponent=True, checks_the_order=True),
    "a safe prime": Variant(SAFE_GROUP, SAFE_P // 2, keeps_its_exponent=True, checks_the_order=False),
}
