"""Key exchange: what the two sides send each other, and the secret that they then share.

RFC 9846 sections 4.3.8 and 7.4; the hybrid of ML-KEM-768 and X25519 is RFC 10024, in the way of RFC 9954.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from handshake import constants
from handshake.constants import NamedGroup, Role
from handshake.errors import IllegalParameter
from purecrypto import ec, ml_kem, x25519
from purecrypto.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from purecrypto.errors import InvalidKey
from purecrypto.ml_kem import MLKEM768PrivateKey, MLKEM768PublicKey
from purecrypto.x25519 import X25519PrivateKey, X25519PublicKey

RandomBytes: TypeAlias = Callable[[int], bytes]
Conclude: TypeAlias = Callable[[bytes], bytes]  # from the server's answer to the secret
# The parts of a key_exchange field: name ("" where it is in one piece) and size in bytes
Layout: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One way to agree on a secret, in two steps: the client's share, and the server's answer to it.

    Private values come from the settings, fresh for every connection; the same kind does for either role.
    """

    number: NamedGroup
    new_private: Callable[[RandomBytes], bytes]  # a private value, made from random bytes
    share_layout: Layout  # of the client's key_exchange field
    answer_layout: Layout  # of the server's
    offer: Callable[[bytes], tuple[bytes, Conclude]]  # as `begin`, without its checks
    respond: Callable[[bytes, bytes], tuple[bytes, bytes]]  # as `answer`, without its checks
    post_quantum: bool = False  # whether it also resists who records today and has a quantum computer later

    @property
    def share_size(self) -> int:
        return sum(size for _, size in self.share_layout)

    @property
    def answer_size(self) -> int:
        return sum(size for _, size in self.answer_layout)

    def begin(self, private_key: bytes) -> "Exchange":
        """The client's side of an exchange, from its private value."""
        return Exchange(self, *self.offer(private_key))

    def answer(self, private_key: bytes, received_share: bytes) -> tuple[bytes, bytes]:  # section 4.3.8 [8]
        """The server's answer and the secret; IllegalParameter if the share is no honest one."""
        self._check_size(received_share, self.share_size)
        try:
            return self.respond(private_key, received_share)
        except InvalidKey as error:
            raise self._refusal(error) from error

    def _check_size(self, received: bytes, size: int) -> None:
        if len(received) != size:  # section 4.3.8.2
            name = constants.name_of(NamedGroup, self.number)
            raise IllegalParameter(f"key_share: {len(received)} bytes for {name}, expected {size}")

    def _refusal(self, error: InvalidKey) -> IllegalParameter:
        """An all-zero secret (section 7.4.2), a point off the curve (4.3.8.2 [1]), a bad ML-KEM key.

        RFC 10024 wants this one alert for both halves of the hybrid.
        """
        return IllegalParameter(f"key_share for {constants.name_of(NamedGroup, self.number)}: {error}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a client has begun: the share that it sends, and what it keeps until the answer comes."""

    group: Group
    share: bytes
    conclude: Conclude = field(repr=False)  # as `finish`, without its checks

    def finish(self, received_answer: bytes) -> bytes:  # section 4.3.8 [8]
        """The secret; IllegalParameter if the answer is no honest one."""
        self.group._check_size(received_answer, self.group.answer_size)
        try:
            return self.conclude(received_answer)
        except InvalidKey as error:
            raise self.group._refusal(error) from error


Exchanges: TypeAlias = dict[int, Exchange]  # by group


def _diffie_hellman(
    number: NamedGroup,
    layout: Layout,
    new_private: Callable[[RandomBytes], bytes],
    public_value: Callable[[bytes], bytes],
    agree: Callable[[bytes, bytes], bytes],
) -> Group:
    """Both sides do the same: each sends a public value, and raises the other's to its own private one."""

    def offer(private_key: bytes) -> tuple[bytes, Conclude]:
        return public_value(private_key), lambda received_answer: agree(private_key, received_answer)

    def respond(private_key: bytes, received_share: bytes) -> tuple[bytes, bytes]:
        return public_value(private_key), agree(private_key, received_share)

    return Group(number, new_private, layout, layout, offer, respond)


def _x25519() -> Group:
    """Section 4.3.8.2: the bytes of RFC 7748."""

    def public_value(private_key: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()

    def agree(private_key: bytes, received_public: bytes) -> bytes:
        peer = X25519PublicKey.from_public_bytes(received_public)
        return X25519PrivateKey.from_private_bytes(private_key).exchange(peer)

    size = x25519.KEY_SIZE
    layout = (("", size),)
    return _diffie_hellman(
        NamedGroup.X25519, layout, lambda random_bytes: random_bytes(size), public_value, agree
    )


def _nist(number: NamedGroup, curve: ec.EllipticCurve) -> Group:
    """Section 4.3.8.2: points, uncompressed; a private value is the number, as long as a coordinate."""
    size = curve.parameters.size

    def new_private(random_bytes: RandomBytes) -> bytes:
        key = ec.private_key_from_random(curve, random_bytes(curve.random_size))
        return key.private_value.to_bytes(size, "big")

    def read(private_key: bytes) -> EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(private_key, "big"), curve)

    def public_value(private_key: bytes) -> bytes:
        return read(private_key).public_key().encoded_point()

    def agree(private_key: bytes, received_public: bytes) -> bytes:
        peer = EllipticCurvePublicKey.from_encoded_point(curve, received_public)
        return read(private_key).exchange(ec.ECDH(), peer)

    layout = (("legacy_form", 1), ("X", size), ("Y", size))
    return _diffie_hellman(number, layout, new_private, public_value, agree)


def _hybrid() -> Group:
    """ML-KEM-768 and X25519 side by side: the secret is unknown to others while either of them holds.

    Every value is one of ML-KEM and behind it one of X25519, which has 32 bytes.  A private value does for
    either role: its first 64 bytes are the seed of a client's ML-KEM key, or the first 32 of them the
    randomness of a server's encapsulation.
    """
    classical = _x25519()

    def new_private(random_bytes: RandomBytes) -> bytes:
        return random_bytes(ml_kem.SEED_SIZE) + classical.new_private(random_bytes)

    def halves(value: bytes) -> tuple[bytes, bytes]:
        return value[: -x25519.KEY_SIZE], value[-x25519.KEY_SIZE :]

    def offer(private_key: bytes) -> tuple[bytes, Conclude]:
        seed, classical_key = halves(private_key)
        key = MLKEM768PrivateKey.from_seed_bytes(seed)  # for both steps: a key takes long to grow
        classical_share, classical_conclude = classical.offer(classical_key)

        def conclude(received_answer: bytes) -> bytes:
            ciphertext, public_value = halves(received_answer)
            # Whatever the ciphertext, there is a secret: an altered one shows in the first record
            return key.decapsulate(ciphertext) + classical_conclude(public_value)

        return key.public_key().public_bytes_raw() + classical_share, conclude

    def respond(private_key: bytes, received_share: bytes) -> tuple[bytes, bytes]:
        (random, classical_key), (ek, public_value) = halves(private_key), halves(received_share)
        # Both lines may raise InvalidKey: for a bad ek (FIPS 203 section 7.2), and for an all-zero secret
        secret, ciphertext = MLKEM768PublicKey.from_public_bytes(ek).encapsulate_from(random[:32])
        classical_answer, classical_secret = classical.respond(classical_key, public_value)
        return ciphertext + classical_answer, secret + classical_secret  # RFC 9954 section 3.3

    return Group(
        NamedGroup.X25519MLKEM768,
        new_private,
        (("t_hat", ml_kem.VECTOR_SIZE), ("rho", 32), ("x25519", x25519.KEY_SIZE)),
        (("u", ml_kem.U_SIZE), ("v", 32 * ml_kem.d_v), ("x25519", x25519.KEY_SIZE)),
        offer,
        respond,
        post_quantum=True,
    )


# section 9.1 [4, 5], appendix B.3.1.4 [1]
GROUPS: dict[int, Group] = {  # best first: of the classical ones X25519 takes half the time of P-256
    group.number: group
    for group in (
        _hybrid(),
        _x25519(),
        _nist(NamedGroup.SECP256R1, ec.SECP256R1()),
        _nist(NamedGroup.SECP384R1, ec.SECP384R1()),
    )
}


def layout(number: int, sender: Role, size: int) -> Layout:
    """How a key_exchange field of `size` bytes reads: in one piece, if it is none that we know."""
    group = GROUPS.get(number)
    if group is not None:
        known = group.share_layout if sender == "client" else group.answer_layout
        if sum(part_size for _, part_size in known) == size:
            return known
    return (("", size),)
