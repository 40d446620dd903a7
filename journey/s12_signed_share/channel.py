"""Rung 12: the server signs its share with a key of its own, which the client has pinned."""

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.wire import Wire
from purecrypto import ed25519, hkdf, x25519
from purecrypto.ed25519 import Ed25519PublicKey
from purecrypto.errors import InvalidSignature

PROOF_FIELDS = (Field("key", ed25519.KEY_SIZE), Field("signature", ed25519.SIGNATURE_SIZE))
CLIENT_HELLO = s11.HELLO  # share
SERVER_HELLO = Layout(Field("share", x25519.KEY_SIZE), *PROOF_FIELDS)
HANDSHAKE = (("client", CLIENT_HELLO), ("server", SERVER_HELLO))
RECORD = s07.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Exchange shares.  The client goes on only if the server's has its signature."""
    private = random_bytes(x25519.KEY_SIZE)
    share = s11.share(private)
    if role == "client":
        wire.send(CLIENT_HELLO.join(share))
        received, key, signature = SERVER_HELLO.split(wire.receive())
        verify(credentials, key, signature, received)
    else:
        (received,) = CLIENT_HELLO.split(wire.receive())
        wire.send(SERVER_HELLO.join(share, *sign(credentials, share)))
    return s08.channel_under(wire, role, hkdf.extract(b"", s11.agree(private, received)))


def sign(credentials: Credentials, said: bytes) -> tuple[bytes, bytes]:
    """Our public key, and its signature of what is said."""
    key = credentials.signing_key
    return key.public_key().public_bytes_raw(), key.sign(said)


def verify(credentials: Credentials, received_key: bytes, signature: bytes, said: bytes) -> None:
    """Refuse what the server has not signed."""
    key = Ed25519PublicKey.from_public_bytes(received_key)
    # Who calls for the first time has no pin.  He believes the key that comes, and had better write it down.
    if credentials.pinned_key is not None and key != credentials.pinned_key:
        raise Refused("this is not the key that we have pinned")
    try:
        key.verify(signature, said)
    except InvalidSignature as error:
        raise Refused("the signature does not fit what was said") from error
