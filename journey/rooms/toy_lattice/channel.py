"""Side room: key agreement by equations that are a little wrong.  How many of them, and how wrong?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.rooms.toy_lattice.lattice import Lattice
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import hkdf, ml_kem
from purecrypto.errors import InvalidKey
from purecrypto.ml_kem import MLKEM768PrivateKey, MLKEM768PublicKey


class Agreement(Protocol):
    """A way to agree on a secret: an offer from the client, an answer from the server."""

    @property
    def name(self) -> str: ...
    @property
    def offer_size(self) -> int:
        """Bytes."""

    @property
    def answer_size(self) -> int:
        """Bytes."""

    def offer(self, random_bytes: RandomBytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        """What the client sends, and what will make the secret of the answer."""

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        """What the server sends, and the secret."""


@dataclass(frozen=True)
class MLKEM768:
    """The real one, as it is in `purecrypto`."""

    name: str = "ML-KEM-768"
    n: int = 768  # unknowns
    offer_size: int = ml_kem.ENCAPSULATION_KEY_SIZE
    answer_size: int = ml_kem.CIPHERTEXT_SIZE

    def offer(self, random_bytes: RandomBytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        private_key = MLKEM768PrivateKey.from_seed_bytes(random_bytes(ml_kem.SEED_SIZE))
        return private_key.public_key().public_bytes_raw(), private_key.decapsulate

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        try:
            public_key = MLKEM768PublicKey.from_public_bytes(offer)
        except InvalidKey as error:
            raise Refused("this is no key of ML-KEM-768") from error
        secret, ciphertext = public_key.encapsulate_from(random_bytes(ml_kem.SHARED_SECRET_SIZE))
        return ciphertext, secret


@dataclass(frozen=True)
class Variant:
    agreement: Lattice | MLKEM768
    RECORD = s07.RECORD  # ciphertext, tag

    @property
    def HANDSHAKE(self) -> tuple[tuple[Role, Layout], ...]:
        offer, answer = Field("offer", self.agreement.offer_size), Field("answer", self.agreement.answer_size)
        return (("client", Layout(offer)), ("server", Layout(answer)))

    def open(
        self, wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes
    ) -> s07.Channel:
        (_, hello), (_, reply) = self.HANDSHAKE
        if role == "client":
            offer, secret_in = self.agreement.offer(random_bytes)
            wire.send(hello.join(offer))
            (answer,) = reply.split(wire.receive())
            secret = secret_in(answer)
        else:
            (offer,) = hello.split(wire.receive())
            answer, secret = self.agreement.answer(offer, random_bytes)
            wire.send(reply.join(answer))
        return s08.channel_under(wire, role, hkdf.extract(b"", secret))


THREE = Lattice(n=3, q=97, error=1)  # the numbers of docs/post-quantum.md

VARIANTS = {
    "three unknowns": Variant(THREE),
    "ten unknowns, and no errors": Variant(Lattice(n=10, q=3329, error=0)),
    "ten unknowns": Variant(Lattice(n=10, q=3329, error=2)),
    "ML-KEM-768": Variant(MLKEM768()),
}
