"""Rung 11: X25519.  Diffie-Hellman on a curve, in 32 bytes; the one result that is no secret is refused."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import hkdf, x25519
from purecrypto.errors import InvalidKey
from purecrypto.x25519 import X25519PrivateKey, X25519PublicKey

HELLO = Layout(Field("share", x25519.KEY_SIZE))
HANDSHAKE = (("client", HELLO), ("server", HELLO))
RECORD = s07.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Exchange shares with whoever is there, and open a channel under keys made from what both compute."""
    private = random_bytes(x25519.KEY_SIZE)
    (received,) = HELLO.split(s08.exchange(wire, role, HELLO.join(share(private))))
    return s08.channel_under(wire, role, hkdf.extract(b"", agree(private, received)))


def share(private: bytes) -> bytes:
    """What is sent: the base point times our secret number."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def agree(private: bytes, received: bytes) -> bytes:
    """What both sides can compute: the peer's point times our number.  Refused if it is zero."""
    try:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey(received))
    except InvalidKey as error:
        raise Refused("this share gives zero with every private key") from error
