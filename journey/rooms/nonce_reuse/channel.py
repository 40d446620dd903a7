"""Side room: the server signs both shares, as on rung 13, with ECDSA on P-256.  Where does its k come from?

A signature (r, s) of a digest e under the private key d needs one more number, k, for this message alone:

    r = the x of [k]G        s = (e + r * d) / k    modulo n
"""

from collections.abc import Callable
from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.wire import Wire
from purecrypto import ec, ecdsa, hkdf, weierstrass, x25519
from purecrypto.errors import InvalidSignature
from purecrypto.sha256 import sha256
from purecrypto.weierstrass import P256

CLIENT_HELLO = s11.HELLO  # share
SERVER_HELLO = Layout(Field("share", x25519.KEY_SIZE), Field("signature", prefix=1))
HANDSHAKE = (("client", CLIENT_HELLO), ("server", SERVER_HELLO))
RECORD = s07.RECORD  # ciphertext, tag

Nonce = Callable[[Credentials, bytes, RandomBytes], int]  # the signer, the digest, random bytes: a k


def the_same_each_time(own: Credentials, digest: bytes, random_bytes: RandomBytes) -> int:
    """It was random once, when the server was switched on."""
    return ecdsa.bits2int(own.kept_exponent, P256.n)


def from_a_poor_generator(own: Credentials, digest: bytes, random_bytes: RandomBytes) -> int:
    """256 random bits to look at; but the generator that they come from has only 256 states."""
    return ecdsa.bits2int(sha256(own.kept_exponent + random_bytes(1)).digest(), P256.n)


def from_key_and_message(own: Credentials, digest: bytes, random_bytes: RandomBytes) -> int:
    """Nothing random at all: RFC 6979."""
    return next(ecdsa.nonces(P256, own.ecdsa_key().private_value, digest, sha256))


@dataclass(frozen=True)
class Variant:
    nonce: Nonce
    RECORD = RECORD
    HANDSHAKE = HANDSHAKE

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s07.Channel:
        private = random_bytes(x25519.KEY_SIZE)
        share = s11.share(private)
        if role == "client":
            wire.send(CLIENT_HELLO.join(share))
            received, signature = SERVER_HELLO.split(wire.receive())
            try:
                own.pinned_ecdsa_key().verify(signature, share + received, ec.ECDSA(sha256))
            except InvalidSignature as error:
                raise Refused("the signature does not fit what was said") from error
        else:
            (received,) = CLIENT_HELLO.split(wire.receive())
            digest = sha256(received + share).digest()
            signature = sign(own.ecdsa_key().private_value, digest, self.nonce(own, digest, random_bytes))
            wire.send(SERVER_HELLO.join(share, signature))
        return s08.channel_under(wire, role, hkdf.extract(b"", s11.agree(private, received)))


def sign(d: int, digest: bytes, k: int) -> bytes:
    n, e = P256.n, ecdsa.bits2int(digest, P256.n)
    [(x, _)] = weierstrass.to_affine(P256, weierstrass.scalar_mult_base(P256, k))
    r = x % n
    return ecdsa.encode_signature(r, pow(k, -1, n) * (e + r * d) % n)


VARIANTS = {
    "the same k each time": Variant(the_same_each_time),
    "k from a poor generator": Variant(from_a_poor_generator),
    "k from key and message": Variant(from_key_and_message),
}
