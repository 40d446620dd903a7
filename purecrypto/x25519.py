"""X25519: two parties who have only exchanged public keys share a secret.  RFC 7748.

Alice keeps a number a to herself and sends the point a * P; Bob keeps b and sends b * P.  Each multiplies
what came by what was kept, and both are at the same point, because a * (b * P) = b * (a * P).  The curve is
v^2 = u^3 + 486662 u^2 + u, edwards25519 in other coordinates, and u is all that is sent or computed.

Whoever only listens learns nothing.  Whoever stands in the middle and exchanges the public keys for his own
shares one secret with Alice and another with Bob: so somebody has to sign, as TLS's CertificateVerify does.

Sizes          private key, public key and shared secret: 32 bytes each.
Errors         ValueError, TypeError: the caller's bug.  InvalidKey (a ValueError): the peer sent a point of
               small order, and the shared secret would be zero whatever our key is.
Side channels  Not constant-time.  The ladder makes the same steps for every key, but swaps by a branch;
               public keys are made from table look-ups at secret places; Python ints take time by size.
Tested by      tests/purecrypto/test_x25519.py: RFC 7748, pyca/cryptography; test_wycheproof.py.
"""

from typing import Self

from purecrypto import constant_time, edwards25519, entropy
from purecrypto.buffers import Buffer, exactly
from purecrypto.errors import InvalidKey

KEY_SIZE = 32  # bytes: private key, public key, shared secret
BASE_POINT = (9).to_bytes(KEY_SIZE, "little")  # section 4.1: u = 9
a24 = 121665  # section 5: (486662 - 2) / 4


def x25519(k: Buffer, u: Buffer) -> bytes:  # section 7.4.2 [2]
    """Return the coordinate u of k times the point at `u`: section 5.

    Any 32 bytes will do: every u is a coordinate on the curve or on its twist, where the same formulas hold.
    Points of small order give 32 zero bytes.  ValueError for another length, TypeError for another type.
    """
    return encodeUCoordinate(ladder(decodeScalar25519(k), decodeUCoordinate(u)))


def x25519_base(k: Buffer) -> bytes:
    """Return x25519(k, BASE_POINT), six times as fast: on the Edwards curve there is a table for it."""
    _, Y, Z, _ = edwards25519.scalar_mult_base(decodeScalar25519(k))
    u = (Z + Y) * edwards25519.invert(Z - Y)  # section 4.1: u = (1 + y) / (1 - y), and here y = Y/Z
    return encodeUCoordinate(u)


def decodeScalar25519(k: Buffer) -> int:
    """Return a private key as a number: a multiple of 8 between 2^254 and 2^255, as `clamp` explains."""
    return edwards25519.clamp(exactly(k, KEY_SIZE, "a private key"))


def decodeUCoordinate(u: Buffer) -> int:
    """Return a public key as a number.  The top bit is ignored and u >= p accepted, as section 5 demands."""
    return int.from_bytes(exactly(u, KEY_SIZE, "a public key"), "little") & edwards25519.LOW_255_BITS


def encodeUCoordinate(u: int) -> bytes:
    """Return u modulo p as 32 little-endian bytes."""
    return (u % edwards25519.p).to_bytes(KEY_SIZE, "little")


def ladder(k: int, u: int) -> int:
    """Return the coordinate u of k times the point at `u`: Montgomery's ladder, section 5.

    x_2/z_2 and x_3/z_3 are the coordinates u of n and n + 1 times the point, n being the bits of k read so
    far.  A step makes them 2n and 2n + 1, or 2n + 1 and 2n + 2 if the next bit is 1: a doubling and a sum.
    From coordinates u alone a sum can be had only where the difference is known; here it is always the point.
    """
    p, LOW_255_BITS = edwards25519.p, edwards25519.LOW_255_BITS
    x_1 = u
    x_2, z_2 = 1, 0
    x_3, z_3 = u, 1

    # The RFC exchanges the two pairs before a step with bit 1 and back after it, and leaves out what cancels.
    # So they are exchanged where a bit differs from the one before it, and at the end if the last is 1.
    for swap in f"{k ^ k >> 1:0255b}":
        if swap == "1":
            x_2, x_3 = x_3, x_2
            z_2, z_3 = z_3, z_2

        # Nine products, and each is folded: edwards25519.fold, written out.
        A = x_2 + z_2
        AA = ((n := A * A) & LOW_255_BITS) + 19 * (n >> 255)
        B = x_2 - z_2
        BB = ((n := B * B) & LOW_255_BITS) + 19 * (n >> 255)
        E = AA - BB
        C = x_3 + z_3
        D = x_3 - z_3
        DA = ((n := D * A) & LOW_255_BITS) + 19 * (n >> 255)
        CB = ((n := C * B) & LOW_255_BITS) + 19 * (n >> 255)
        x_3 = ((n := (DA + CB) ** 2) & LOW_255_BITS) + 19 * (n >> 255)
        z_3 = ((n := (DA - CB) ** 2) & LOW_255_BITS) + 19 * (n >> 255)
        z_3 = ((n := x_1 * z_3) & LOW_255_BITS) + 19 * (n >> 255)
        x_2 = ((n := AA * BB) & LOW_255_BITS) + 19 * (n >> 255)
        z_2 = ((n := E * (AA + a24 * E)) & LOW_255_BITS) + 19 * (n >> 255)
        # The four that go on into the next step are also reduced, so that no number grows for ever.
        x_2 %= p
        z_2 %= p
        x_3 %= p
        z_3 %= p

    if k & 1:
        x_2, z_2 = x_3, z_3
    return x_2 * edwards25519.invert(z_2) % p


class X25519PrivateKey:
    """What a party keeps, in the shape of pyca/cryptography."""

    __slots__ = ("_private_key", "_public_key")

    def __init__(self, data: Buffer) -> None:
        self._private_key = exactly(data, KEY_SIZE, "an X25519 private key")
        self._public_key: X25519PublicKey | None = None

    @classmethod
    def generate(cls) -> Self:
        """Return a new private key: 32 random bytes."""
        return cls(entropy.random_bytes(KEY_SIZE))

    @classmethod
    def from_private_bytes(cls, data: Buffer) -> Self:
        """Return the key with these 32 bytes.  ValueError for another length."""
        return cls(data)

    def private_bytes_raw(self) -> bytes:
        """Return the 32 secret bytes, as they were given: not clamped."""
        return self._private_key

    def public_key(self) -> "X25519PublicKey":
        """Return the key to send to the peer."""
        if self._public_key is None:
            self._public_key = X25519PublicKey(x25519_base(self._private_key))
        return self._public_key

    def exchange(self, peer_public_key: "X25519PublicKey") -> bytes:
        """Return the 32-byte secret shared with the peer.  InvalidKey if his public key forces it to zero.

        It is a coordinate, not random bytes: derive keys from it, and from both public keys, by a hash.
        TLS's key schedule does so.
        """
        if not isinstance(peer_public_key, X25519PublicKey):
            raise TypeError(f"peer_public_key must be X25519PublicKey, not {type(peer_public_key).__name__}")
        shared_secret = x25519(self._private_key, peer_public_key.public_bytes_raw())
        # RFC 7748 section 6.1, RFC 9846 section 7.4.2: all-zero means a point of small order, chosen by a
        # peer who wants to know the secret without a private key.
        if constant_time.equal(shared_secret, bytes(KEY_SIZE)):  # section 7.4.2 [3]
            raise InvalidKey("the peer's X25519 public key is a point of small order")
        return shared_secret

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, X25519PrivateKey):
            return NotImplemented
        return constant_time.equal(self._private_key, other._private_key)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dict

    def __repr__(self) -> str:
        return "X25519PrivateKey(secret)"


class X25519PublicKey:
    """What a party sends, in the shape of pyca/cryptography."""

    __slots__ = ("_public_key",)

    def __init__(self, data: Buffer) -> None:
        self._public_key = exactly(data, KEY_SIZE, "an X25519 public key")

    @classmethod
    def from_public_bytes(cls, data: Buffer) -> Self:
        """Return the key with these 32 bytes, whatever they are.  ValueError for another length."""
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """Return the 32 bytes."""
        return self._public_key

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, X25519PublicKey):
            return NotImplemented
        return self._public_key == other._public_key

    def __hash__(self) -> int:
        return hash(self._public_key)

    def __repr__(self) -> str:
        return f"X25519PublicKey({self._public_key.hex()})"
