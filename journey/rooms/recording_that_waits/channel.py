"""Side room: fresh keys, signed by the server, everything sealed.  How long will the secret last?

It is agreed on in one way, or in two ways side by side.  Then both secrets go into the keys, the newer kind
first, as in X25519MLKEM768.  That group itself is here as well, in real TLS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handshake.constants import CipherSuite, NamedGroup
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, TrafficSecret
from handshake.suites import SUITES
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
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import faults, frames, settings
from journey.wire import Recording, Wire
from purecrypto import hkdf, x25519
from record.content_type import ContentType
from record.framing import HEADER_SIZE, Record


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
        private = self.draw(random_bytes)
        return s11.share(private), lambda answer: s11.agree(private, answer)

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        private = self.draw(random_bytes)
        return s11.share(private), s11.agree(private, offer)

    def draw(self, random_bytes: RandomBytes) -> bytes:
        return random_bytes(x25519.KEY_SIZE)


@dataclass(frozen=True)
class SmallCurve(Curve):
    """X25519 with one of 256 private keys, for which a computer of today can play the quantum computer."""

    def draw(self, random_bytes: RandomBytes) -> bytes:
        return self.private_key(random_bytes(1)[0])

    def private_key(self, i: int) -> bytes:
        return i.to_bytes(2, "big") + bytes(x25519.KEY_SIZE - 2)  # RFC 7748 takes no notice of bits 0 to 2


@dataclass(frozen=True)
class Variant:
    halves: tuple[Agreement, ...]  # of the secret, in order
    RECORD = s07.RECORD  # ciphertext, tag

    @property
    def HANDSHAKE(self) -> tuple[tuple[Role, Layout], ...]:
        offers, answers = fields_of(self.halves)
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

    def overhear(
        self, from_client: Sequence[bytes], from_server: Sequence[bytes], secrets: Sequence[bytes]
    ) -> bytes:
        """What the client said first, for somebody who knows the secrets.  Refused if they are others."""
        _, *records = from_client
        return channel_under(Recording(records), "server", secrets).receive()


@dataclass(frozen=True)
class TLSVariant:
    """Real TLS 1.3, as on rung 21 but for the group; and a client's X25519 key is one of very few."""

    group: NamedGroup
    halves: tuple[Agreement, ...]  # of the secret, in order
    RECORD = s21.RECORD

    @property
    def HANDSHAKE(self) -> tuple[tuple[Role, Layout], ...]:
        offers, answers = fields_of(self.halves)
        *before_offers, _ = frames.CLIENT_HELLO.fields  # the share comes last
        *before_answers, _ = frames.SERVER_HELLO.fields
        hellos = Layout(*before_offers, *offers), Layout(*before_answers, *answers)
        return (("client", hellos[0]), ("server", hellos[1]), *frames.HANDSHAKE[2:])

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s21.Channel:
        private_key = GROUPS[self.group].new_private(random_bytes)
        if role == "server":
            server = settings.for_server(own, random_bytes)
            return s21.Channel(wire, replace(server, private_keys={int(self.group): private_key}))
        private_key = private_key[: -x25519.KEY_SIZE] + SMALL_CURVE.draw(random_bytes)
        client = settings.for_client(own, random_bytes)
        keys = {int(self.group): private_key}
        return s21.Channel(wire, replace(client, private_keys=keys, key_share_groups=(self.group,)))

    def overhear(
        self, from_client: Sequence[bytes], from_server: Sequence[bytes], secrets: Sequence[bytes]
    ) -> bytes:
        """As above, by RFC 9846 section 7.1; all but the secrets has been on the wire."""
        suite = SUITES[CipherSuite.TLS_CHACHA20_POLY1305_SHA256]
        (client_hello, _, said), (server_hello, flight) = from_client[:3], from_server[:2]
        hellos = client_hello[HEADER_SIZE:] + server_hello[HEADER_SIZE:]
        handshake_secret = EarlySecret(suite).handshake_secret(b"".join(secrets))
        in_handshake = handshake_secret.traffic_secrets(suite.hash(hellos).digest())
        through_finished = hellos + opened(in_handshake.server, flight)
        main_secret = handshake_secret.main_secret()
        afterwards = main_secret.application_secrets(suite.hash(through_finished).digest())
        return opened(afterwards.client, said).removesuffix(frames.LAST)


def fields_of(halves: Sequence[Agreement]) -> tuple[list[Field], list[Field]]:
    """Those that the client sends, and those that the server answers."""
    offers = [Field(half.name, half.offer_size) for half in halves]
    answers = [Field(half.name, half.answer_size) for half in halves]
    return offers, answers


def opened(secret: TrafficSecret, frame: bytes) -> bytes:
    """What is in the first record under this secret."""
    record = Record(ContentType(frame[0]), frame[:HEADER_SIZE], frame[HEADER_SIZE:])
    with faults.refused():
        _, content = secret.protection().open(record)
    return content


def channel_under(wire: Wire, role: Role, secrets: Sequence[bytes]) -> s07.Channel:
    """The channel whose keys need all of these.  Each has a fixed size, so where one ends is no question."""
    return s08.channel_under(wire, role, hkdf.extract(b"", b"".join(secrets)))


NUMBERS, CURVE, SMALL_CURVE = Numbers(), Curve(), SmallCurve()

VARIANTS = {
    "a logarithm": Variant((NUMBERS,)),
    "ML-KEM-768 and a logarithm": Variant((MLKEM768(), NUMBERS)),
    "a lattice": Variant((THREE,)),
    "a lattice and X25519": Variant((THREE, CURVE)),
    "TLS with X25519": TLSVariant(NamedGroup.X25519, (SMALL_CURVE,)),
    "TLS with X25519MLKEM768": TLSVariant(NamedGroup.X25519MLKEM768, (MLKEM768(), SMALL_CURVE)),
}
