"""Keys on P-256 and P-384, to share secrets (ECDH) and to sign (ECDSA), in the shape of pyca/cryptography.

    private_key = ec.generate_private_key(ec.SECP256R1())
    shared_secret = private_key.exchange(ec.ECDH(), peer_public_key)
    signature = private_key.sign(data, ec.ECDSA(sha256))
    private_key.public_key().verify(signature, data, ec.ECDSA(sha256))

ECDH is X25519's idea on another curve: each side multiplies the point that came by the number it kept, and
both are at the same point, whose x is the shared secret.  There every string of 32 bytes is a key; here a
peer may send what is no point of the curve, and an EllipticCurvePublicKey of that cannot be made.

One private key can do both.  In TLS it never does: the one that shares lives for a connection, the one that
signs for as long as its certificate.

Sizes          P-256: points of 65 bytes, shared secrets of 32; P-384: 97 and 48; private values are numbers.
Errors         ValueError, TypeError: the caller's bug.  InvalidKey (a ValueError): the peer sent what is no
               point.  InvalidSignature: forged, altered, or not DER.
Side channels  Not constant-time: see `weierstrass` and `ecdsa`.
Tested by      tests/purecrypto/test_ec.py: pyca/cryptography; test_nist_curves.py: CAVP; test_wycheproof.py.
"""

from typing import Self

from purecrypto import constant_time, ecdsa, entropy, hmac, weierstrass
from purecrypto.buffers import Buffer, exactly
from purecrypto.hmac import HashClass


class EllipticCurve:
    """Which curve a key is on.  Two objects of one class are equal."""

    __slots__ = ()

    name: str  # as SEC 2 and TLS call it
    key_size: int  # bits
    parameters: weierstrass.Curve

    @property
    def random_size(self) -> int:
        """Bytes that `private_key_from_random` takes."""
        return self.key_size // 8 + 8

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class SECP256R1(EllipticCurve):
    """P-256."""

    __slots__ = ()

    name = "secp256r1"
    key_size = 256
    parameters = weierstrass.P256


class SECP384R1(EllipticCurve):
    """P-384."""

    __slots__ = ()

    name = "secp384r1"
    key_size = 384
    parameters = weierstrass.P384


class ECDH:
    """Says to `exchange` that the shared secret is the plain x, without a key derivation."""

    __slots__ = ()


class ECDSA:
    """Says to `sign` and `verify` which hash makes the digest: one of this package's classes, or its name."""

    __slots__ = ("algorithm",)

    def __init__(self, algorithm: HashClass | str) -> None:
        self.algorithm = hmac.hash_class(algorithm)


def generate_private_key(curve: EllipticCurve) -> "EllipticCurvePrivateKey":
    """Return a new private key."""
    return private_key_from_random(curve, entropy.random_bytes(_checked(curve).random_size))


def private_key_from_random(curve: EllipticCurve, random_bytes: Buffer) -> "EllipticCurvePrivateKey":
    """Return the private key that these random bytes make: FIPS 186-5 section A.2.1.

    There are `curve.random_size` of them, eight more than a key has.  Reduced modulo n - 1 they prefer some
    keys to others, but by one part in 2^64 only; and there is always a key, without a second try.
    """
    random_size = _checked(curve).random_size
    c = int.from_bytes(exactly(random_bytes, random_size, "random_bytes"), "big")
    return derive_private_key(c % (curve.parameters.n - 1) + 1, curve)


def derive_private_key(private_value: int, curve: EllipticCurve) -> "EllipticCurvePrivateKey":
    """Return the private key with this number, from 1 to n - 1.  ValueError for another."""
    return EllipticCurvePrivateKey(private_value, curve)


class EllipticCurvePrivateKey:
    """What a party keeps.  Made by the functions above."""

    __slots__ = ("_curve", "_d", "_public_key")

    def __init__(self, private_value: int, curve: EllipticCurve) -> None:
        if not isinstance(private_value, int):
            raise TypeError(f"private_value must be an int, not {type(private_value).__name__}")
        if not 1 <= private_value < _checked(curve).parameters.n:
            raise ValueError(f"a private value of {curve.name} lies between 1 and n - 1")
        self._curve, self._d = curve, private_value
        self._public_key: EllipticCurvePublicKey | None = None

    @property
    def curve(self) -> EllipticCurve:
        return self._curve

    @property
    def private_value(self) -> int:
        """The secret number d."""
        return self._d

    def public_key(self) -> "EllipticCurvePublicKey":
        """Return the key to send to the peer, [d]G.  Computed when it is first asked for, and kept."""
        if self._public_key is None:
            parameters = self._curve.parameters
            Q = weierstrass.scalar_mult_base(parameters, self._d)
            self._public_key = EllipticCurvePublicKey._of(self._curve, *weierstrass.to_affine(parameters, Q))
        return self._public_key

    # section 7.4.2 [1]
    def exchange(self, algorithm: ECDH, peer_public_key: "EllipticCurvePublicKey") -> bytes:
        """Return the secret shared with the peer: the x of [d]Q, as long as a coordinate.

        That is RFC 9846 section 7.4.2, and SP 800-56A section 5.7.1.2.  [d]Q is never infinity, since Q is
        not, and the group's order is prime.  The secret is a coordinate, not random bytes: derive keys from
        it by a hash.
        """
        if not isinstance(algorithm, ECDH):
            raise TypeError(f"algorithm must be ECDH(), not {algorithm!r}")
        if not isinstance(peer_public_key, EllipticCurvePublicKey):
            name = type(peer_public_key).__name__
            raise TypeError(f"peer_public_key must be EllipticCurvePublicKey, not {name}")
        if peer_public_key.curve != self._curve:
            raise ValueError(
                f"a key of {self._curve.name} and one of {peer_public_key.curve.name} share nothing"
            )
        parameters = self._curve.parameters
        shared_point = weierstrass.scalar_mult(parameters, self._d, peer_public_key._Q)
        [(x, _)] = weierstrass.to_affine(parameters, shared_point)
        return x.to_bytes(parameters.size, "big")

    def sign(self, data: Buffer, signature_algorithm: ECDSA) -> bytes:
        """Return the signature of `data`, in DER."""
        hash_class = _hash_class(signature_algorithm)
        digest = hash_class(data).digest()
        return ecdsa.encode_signature(*ecdsa.sign(self._curve.parameters, self._d, digest, hash_class))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EllipticCurvePrivateKey):
            return NotImplemented
        return self._curve == other._curve and constant_time.equal(self._octets(), other._octets())

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dict

    def __repr__(self) -> str:
        return f"EllipticCurvePrivateKey({self._curve.name}, secret)"

    def _octets(self) -> bytes:
        return self._d.to_bytes(self._curve.parameters.size, "big")


class EllipticCurvePublicKey:
    """What a party sends: a point of the curve, or there is no such object."""

    __slots__ = ("_Q", "_curve")

    _curve: EllipticCurve
    _Q: weierstrass.Affine

    @classmethod
    def from_encoded_point(
        cls, curve: EllipticCurve, data: Buffer, *, compressed_allowed: bool = False
    ) -> Self:
        """Return the key with this point (SEC 1 section 2.3.4).  InvalidKey if the curve has no such point.

        TLS sends points uncompressed; whoever reads certificates allows both forms.
        """
        parameters = _checked(curve).parameters
        return cls._of(curve, weierstrass.decode(parameters, data, compressed_allowed=compressed_allowed))

    @classmethod
    def _of(cls, curve: EllipticCurve, Q: weierstrass.Affine) -> Self:
        key = cls.__new__(cls)
        key._curve, key._Q = curve, Q
        return key

    @property
    def curve(self) -> EllipticCurve:
        return self._curve

    def encoded_point(self) -> bytes:
        """Return the point, uncompressed."""
        return weierstrass.encode(self._curve.parameters, self._Q)

    def verify(self, signature: Buffer, data: Buffer, signature_algorithm: ECDSA) -> None:
        """Return if `signature` is this key's for `data`, or else raise InvalidSignature."""
        hash_class = _hash_class(signature_algorithm)
        r, s = ecdsa.decode_signature(signature)
        ecdsa.verify(self._curve.parameters, self._Q, hash_class(data).digest(), r, s)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EllipticCurvePublicKey):
            return NotImplemented
        return (self._curve, self._Q) == (other._curve, other._Q)

    def __hash__(self) -> int:
        return hash((self._curve, self._Q))

    def __repr__(self) -> str:
        return f"EllipticCurvePublicKey({self._curve.name}, {self.encoded_point().hex()})"


def _checked(curve: EllipticCurve) -> EllipticCurve:
    if not isinstance(curve, EllipticCurve):
        raise TypeError(f"curve must be SECP256R1() or SECP384R1(), not {curve!r}")
    return curve


def _hash_class(signature_algorithm: ECDSA) -> HashClass:
    if not isinstance(signature_algorithm, ECDSA):
        raise TypeError(f"signature_algorithm must be ECDSA(hash), not {signature_algorithm!r}")
    return signature_algorithm.algorithm
