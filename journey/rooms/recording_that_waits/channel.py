"""Side room: fresh keys, signed by the server, everything sealed.  How long will the secret last?

It is agreed on in one way, or in two ways side by side.  Then both secrets go into the keys, the newer kind
first, as in X25519MLKEM768.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.rooms.toy_lattice.channel import MLKEM768, THREE, Agreement
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s09_small_numbers import channel as s09
from journey.s09_small_numbers.channel import Group
from journey.s11_x25519 import channel as s11
from journey.s12_signed_share import channel as s12
from journey.wire import Wire
from purecrypto import hkdf, x25519


@dataclass(frozen=True)
class Numbers:
    """Diffie-Hellman in the group of rung 9, where a computer of today can play the quantum computer."""

    group: Group = s09.GROUP
    name: str = "numbers"

    @property
    def offer_size(self) -> int:
        return self.group.size

    answer_size = offer_size

    def offer(self, random_bytes: RandomBytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        x = random_bytes(self.group.private_size)
        return self.group.share(x), lambda answer: self.group.agree(x, answer)

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        y = random_bytes(self.group.private_size)
        return self.group.share(y), self.group.agree(y, offer)


@dataclass(frozen=True)
class Curve:
    """X25519, the real one, as on rung 11."""

    name: str = "X25519"
    offer_size: int = x25519.KEY_SIZE
    answer_size: int = x25519.KEY_SIZE

    def offer(self, random_bytes: RandomBytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        private = random_bytes(x25519.KEY_SIZE)
        return s11.share(private), lambda answer: s11.agree(private, answer)

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        private = random_bytes(x25519.KEY_SIZE)
        return s11.share(private), s11.agree(private, offer)


@dataclass(frozen=True)
class Variant:
    halves: tuple[Agreement, ...]  # of the secret, in order
    RECORD = s07.RECORD  # ciphertext, tag

    @property
    def HANDSHAKE(self) -> tuple[tuple[Role, Layout], ...]:
        offers = [Field(half.name, half.offer_size) for half in self.halves]
        answers = [Field(half.name, half.answer_size) for half in self.halves]
        return (("client", Layout(*offers)), ("server", Layout(*answers, *s12.PROOF_FIELDS)))

    def open(
        self, wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes
    ) -> s07.Channel:
        """Make an offer for each half, or answer it.  The server signs both hellos."""
        (_, client_hello), (_, server_hello) = self.HANDSHAKE
        if role == "client":
            offered = [half.offer(random_bytes) for half in self.halves]
            hello = client_hello.join(*(offer for offer, _ in offered))
            wire.send(hello)
            *answers, key, signature = server_hello.split(wire.receive())
            s12.verify(credentials, key, signature, hello + b"".join(answers))
            secrets = [secret_in(answer) for (_, secret_in), answer in zip(offered, answers, strict=True)]
        else:
            hello = wire.receive()
            pairs = zip(self.halves, client_hello.split(hello), strict=True)
            answered = [half.answer(offer, random_bytes) for half, offer in pairs]
            answers = [answer for answer, _ in answered]
            wire.send(server_hello.join(*answers, *s12.sign(credentials, hello + b"".join(answers))))
            secrets = [secret for _, secret in answered]
        return channel_under(wire, role, secrets)


def channel_under(wire: Wire, role: Role, secrets: Sequence[bytes]) -> s07.Channel:
    """The channel whose keys need all of these.  Each has a fixed size, so where one ends is no question."""
    return s08.channel_under(wire, role, hkdf.extract(b"", b"".join(secrets)))


NUMBERS, CURVE = Numbers(), Curve()

VARIANTS = {
    "a logarithm": Variant((NUMBERS,)),
    "ML-KEM-768 and a logarithm": Variant((MLKEM768(), NUMBERS)),
    "a lattice": Variant((THREE,)),
    "a lattice and X25519": Variant((THREE, CURVE)),
}
