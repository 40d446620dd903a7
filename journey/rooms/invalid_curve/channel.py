"""Side room: Diffie-Hellman on P-256.  The server keeps its key, and takes any x and y for a point.

As in the room `small_subgroup` it confirms at once that it has computed the common point.
"""

from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.rooms.small_subgroup.channel import confirmation
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import constant_time, hkdf, weierstrass
from purecrypto.errors import InvalidKey
from purecrypto.weierstrass import P256, Affine

PRIVATE_SIZE = 32  # bytes
POINT_SIZE = 1 + 2 * P256.size
HELLO = Layout(Field("form", 1), Field("x", P256.size), Field("y", P256.size))
ANSWER = Layout(*HELLO.fields, Field("confirmation", 32))


@dataclass(frozen=True)
class Variant:
    """The client takes a fresh key each time.  Does the server?  And does it look at what it gets?"""

    keeps_its_key: bool
    looks_at_points: bool
    HANDSHAKE = (("client", HELLO), ("server", ANSWER))
    RECORD = s07.RECORD  # ciphertext, tag

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s07.Channel:
        if role == "client":
            d = private_number(random_bytes(PRIVATE_SIZE))
            wire.send(share(d))
            answer = wire.receive()
            *_, received_confirmation = ANSWER.split(answer)
            common = self.agree(d, answer[:POINT_SIZE])
            if not constant_time.equal(received_confirmation, confirmation(common)):
                raise Refused("the server has computed another point")
        else:
            d = private_number(own.kept_exponent if self.keeps_its_key else random_bytes(PRIVATE_SIZE))
            common = self.agree(d, wire.receive())
            wire.send(share(d) + confirmation(common))
        return s08.channel_under(wire, role, hkdf.extract(b"", common))

    def agree(self, d: int, received: bytes) -> bytes:
        """The point [d]Q, in bytes."""
        if self.looks_at_points:
            try:
                Q = weierstrass.decode(P256, received)
            except InvalidKey as error:
                raise Refused(str(error)) from error
        else:
            _, x, y = HELLO.split(received)
            Q = int.from_bytes(x, "big"), int.from_bytes(y, "big")
        return weierstrass.encode(P256, multiply(d, Q))


def private_number(random: bytes) -> int:
    """From 1 to n - 1."""
    return int.from_bytes(random, "big") % (P256.n - 1) + 1


def share(d: int) -> bytes:
    return weierstrass.encode(P256, *weierstrass.to_affine(P256, weierstrass.scalar_mult_base(P256, d)))


def multiply(d: int, Q: Affine) -> Affine:
    """[d]Q.  Infinity has no x and no y; as it comes out of this formula, it has 0 and 0."""
    p = P256.p
    X, Y, Z = weierstrass.double_and_add(P256, d, (*Q, 1))
    z = pow(Z, p - 2, p)  # 1/Z
    return X * z**2 % p, Y * z**3 % p


VARIANTS = {
    "any x and y, and a key that is kept": Variant(keeps_its_key=True, looks_at_points=False),
    "a fresh key each time": Variant(keeps_its_key=False, looks_at_points=False),
    "points of the curve alone": Variant(keeps_its_key=True, looks_at_points=True),
}
