"""Key exchange: a group's public values, and what two of them agree on.  RFC 9846 sections 4.3.8 and 7.4."""

from collections.abc import Callable
from dataclasses import dataclass

from handshake.constants import NamedGroup
from handshake.errors import IllegalParameter
from purecrypto.errors import InvalidKey
from purecrypto.x25519 import X25519PrivateKey, X25519PublicKey


@dataclass(frozen=True, slots=True)
class Group:
    """One way to agree on a secret.  Private values come from the settings, fresh for every connection."""

    number: NamedGroup
    private_size: int  # bytes of randomness that a private value takes
    public_size: int  # bytes of a key_exchange field
    public_value: Callable[[bytes], bytes]
    agree: Callable[[bytes, bytes], bytes]  # own private value, received public value

    def shared_secret(self, private_key: bytes, received_public: bytes) -> bytes:
        """The secret that both sides now have; IllegalParameter if the peer's value is no honest one."""
        if len(received_public) != self.public_size:  # section 4.3.8.2
            name = self.number.name.lower()
            raise IllegalParameter(
                f"key_share: {len(received_public)} bytes for {name}, expected {self.public_size}"
            )
        try:
            return self.agree(private_key, received_public)
        except InvalidKey as error:  # an all-zero secret (section 7.4.2)
            raise IllegalParameter(f"key_share: {error}") from error


def _x25519_public_value(private_key: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def _x25519_agree(private_key: bytes, received_public: bytes) -> bytes:
    peer = X25519PublicKey.from_public_bytes(received_public)
    return X25519PrivateKey.from_private_bytes(private_key).exchange(peer)


GROUPS: dict[int, Group] = {
    group.number: group for group in (Group(NamedGroup.X25519, 32, 32, _x25519_public_value, _x25519_agree),)
}
