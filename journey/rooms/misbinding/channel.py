"""Side room: both sides sign both shares.  Whose words are these?

The server's customers are known by their public keys: what is said over a channel counts for the account of
the key that has signed.  In the first variant that is all.  In the second one, each side also makes a MAC of
its own key, under a key made from the secret.  This is called SIGMA, for "sign and MAC".
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.s12_signed_share import channel as s12
from journey.wire import Wire
from purecrypto import constant_time, hkdf, hmac, x25519

SHARE = s11.HELLO
PROOF = Layout(*s12.PROOF_FIELDS, Field("mac", prefix=1))
HANDSHAKE = (("client", SHARE), ("server", SHARE), ("server", PROOF), ("client", PROOF))
RECORD = s07.RECORD  # ciphertext, tag


class Channel(s07.Channel):
    """The channel of rung 7, which also knows who is at the other end."""

    def __init__(self, wire: Wire, keys: s07.Channel, peer_key: bytes) -> None:
        super().__init__(wire, keys.sending_key, keys.receiving_key)
        self.peer_key = peer_key


def open(
    mac: Callable[[bytes, bytes], bytes],
    wire: Wire,
    role: Role,
    credentials: Credentials,
    random_bytes: RandomBytes,
) -> Channel:
    """Exchange shares, then proofs.  The client has pinned its server; the server takes any customer."""
    private = random_bytes(x25519.KEY_SIZE)
    share = s11.share(private)
    (received,) = SHARE.split(s08.exchange(wire, role, SHARE.join(share)))
    shares = share + received if role == "client" else received + share
    secret = hkdf.extract(b"", s11.agree(private, received))
    pins = credentials if role == "client" else replace(credentials, pinned_key=None)
    peer_key = b""
    provers: tuple[Role, Role] = ("server", "client")
    for prover in provers:
        if prover == role:
            key, signature = s12.sign(credentials, said_by(prover, shares))
            wire.send(PROOF.join(key, signature, mac(secret, key)))
        else:
            peer_key, signature, received_mac = PROOF.split(wire.receive())
            s12.verify(pins, peer_key, signature, said_by(prover, shares))
            if not constant_time.equal(received_mac, mac(secret, peer_key)):
                raise Refused(f"the {prover} of this key does not have the secret")
    return Channel(wire, s08.channel_under(wire, role, secret), peer_key)


def said_by(prover: Role, shares: bytes) -> bytes:
    """What is signed.  It says who signs, or else one's proof could be sent back to him as his peer's."""
    return prover.encode() + shares


def no_mac(secret: bytes, key: bytes) -> bytes:
    return b""


def mac_of_key(secret: bytes, key: bytes) -> bytes:
    return hmac.digest(hkdf.expand(secret, b"proves a key", 32), key, "sha256")


VARIANTS = {
    "both sign": SimpleNamespace(open=partial(open, no_mac), RECORD=RECORD, HANDSHAKE=HANDSHAKE),
    "sign and MAC": SimpleNamespace(open=partial(open, mac_of_key), RECORD=RECORD, HANDSHAKE=HANDSHAKE),
}
