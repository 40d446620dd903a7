"""Key exchange: a group's public values, and what two of them agree on.  RFC 9846 sections 4.3.8 and 7.4."""

from collections.abc import Callable
from dataclasses import dataclass

from handshake import constants
from handshake.constants import NamedGroup
from handshake.errors import IllegalParameter
from purecrypto import ec, x25519
from purecrypto.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from purecrypto.errors import InvalidKey
from purecrypto.x25519 import X25519PrivateKey, X25519PublicKey

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Group:
    """One way to agree on a secret.  Private values come from the settings, fresh for every connection."""

    number: NamedGroup
    new_private: Callable[[RandomBytes], bytes]  # a private value, made from random bytes
    public_size: int  # bytes of a key_exchange field
    public_value: Callable[[bytes], bytes]
    agree: Callable[[bytes, bytes], bytes]  # own private value, received public value

    def shared_secret(self, private_key: bytes, received_public: bytes) -> bytes:  # section 4.3.8 [8]
        """The secret that both sides now have; IllegalParameter if the peer's value is no honest one."""
        name = constants.name_of(NamedGroup, self.number)
        if len(received_public) != self.public_size:  # section 4.3.8.2
            raise IllegalParameter(
                f"key_share: {len(received_public)} bytes for {name}, expected {self.public_size}"
            )
        try:
            return self.agree(private_key, received_public)
        except InvalidKey as error:  # an all-zero secret (section 7.4.2), a point off the curve (4.3.8.2 [1])
            raise IllegalParameter(f"key_share for {name}: {error}") from error


def _x25519() -> Group:
    """Section 4.3.8.2: the bytes of RFC 7748."""

    def public_value(private_key: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()

    def agree(private_key: bytes, received_public: bytes) -> bytes:
        peer = X25519PublicKey.from_public_bytes(received_public)
        return X25519PrivateKey.from_private_bytes(private_key).exchange(peer)

    size = x25519.KEY_SIZE
    return Group(NamedGroup.X25519, lambda random_bytes: random_bytes(size), size, public_value, agree)


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

    return Group(number, new_private, 1 + 2 * size, public_value, agree)


# section 9.1 [4, 5], appendix B.3.1.4 [1]
GROUPS: dict[int, Group] = {  # best first: X25519 takes half the time of P-256
    group.number: group
    for group in (
        _x25519(),
        _nist(NamedGroup.SECP256R1, ec.SECP256R1()),
        _nist(NamedGroup.SECP384R1, ec.SECP384R1()),
    )
}
