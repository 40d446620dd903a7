"""Public keys in certificates: SubjectPublicKeyInfo.  RFC 5280 section 4.1.2.7.

It is an AlgorithmIdentifier, which says what kind of key this is, and then the key in that kind's spelling,
as a BIT STRING:

    Ed25519         32 bytes                                              RFC 8410 section 4
    P-256, P-384    the point, SEC 1's ECPoint: 04, x, y; or compressed   RFC 5480 section 2.2
    RSA, RSA-PSS    SEQUENCE { modulus INTEGER, publicExponent INTEGER }  RFC 8017 appendix A.1.1

Errors         `UnsupportedCertificate` for a kind that is unknown here, `MalformedCertificate` for what is no
               key of its kind.  Both come when the key is used, not when its certificate is read: a list may
               hold certificates that nobody needs.
Tested by      tests/x509/test_public_keys.py: RFC 8410 section 10, openssl, pyca/cryptography.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from purecrypto import ec, ed25519, rsa
from purecrypto.ec import EllipticCurvePublicKey
from purecrypto.ed25519 import Ed25519PublicKey
from purecrypto.errors import InvalidKey
from purecrypto.rsa import RSAPublicKey
from x509 import algorithms, der, encoding, oids
from x509.algorithms import AlgorithmIdentifier, KeyKind
from x509.errors import DerError, MalformedCertificate, UnsupportedCertificate

PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

CURVES: dict[KeyKind, ec.EllipticCurve] = {KeyKind.P256: ec.SECP256R1(), KeyKind.P384: ec.SECP384R1()}
MAXIMUM_NUMBER_SIZE = rsa.GREATEST_KEY_SIZE // 8 + 1  # bytes of an RSA key's INTEGER, with its sign


@dataclass(frozen=True)
class SubjectPublicKeyInfo:
    """A public key of any kind, read; and on demand understood, once."""

    algorithm: AlgorithmIdentifier
    subject_public_key: bytes
    der: bytes = field(repr=False)

    @cached_property
    def kind(self) -> KeyKind:
        """UnsupportedCertificate, or MalformedCertificate, when it is none of ours."""
        kind = algorithms.key_kind(self.algorithm)
        if kind is not None:
            return kind
        if self.algorithm.oid in {oids.ED25519, oids.RSA}:  # RFC 8410 section 3, RFC 3279 section 2.3.1
            raise MalformedCertificate(f"its {self.algorithm} key has wrong algorithm parameters")
        raise UnsupportedCertificate(f"its key is of the kind {self.algorithm}, only {algorithms.SUPPORTED}")

    @cached_property
    def public_key(self) -> PublicKey:
        """The key that can verify signatures; UnsupportedCertificate or MalformedCertificate if it cannot.

        Whether the bytes of an Ed25519 key are a point shows when it is used (`purecrypto.ed25519`).
        """
        octets = self.subject_public_key
        try:
            match self.kind:
                case KeyKind.ED25519 if len(octets) != ed25519.KEY_SIZE:
                    raise InvalidKey(f"an Ed25519 key is {ed25519.KEY_SIZE} bytes, got {len(octets)}")
                case KeyKind.ED25519:
                    return Ed25519PublicKey.from_public_bytes(octets)
                case KeyKind.P256 | KeyKind.P384:
                    curve = CURVES[self.kind]
                    return EllipticCurvePublicKey.from_encoded_point(curve, octets, compressed_allowed=True)
                case _:
                    return _read_rsa_key(octets)
        except (InvalidKey, DerError) as error:
            raise MalformedCertificate(f"its {self.kind.value} key cannot be used: {error}") from error


def read(reader: der.Reader, name: str) -> SubjectPublicKeyInfo:
    with reader.sequence(name) as info:
        algorithm = algorithms.read(info, "algorithm")
        return SubjectPublicKeyInfo(algorithm, info.bit_string("subjectPublicKey"), info.encoding)


def _read_rsa_key(octets: bytes) -> RSAPublicKey:
    with der.Reader(octets) as reader, reader.sequence("RSAPublicKey") as key:
        modulus = key.integer("modulus", MAXIMUM_NUMBER_SIZE)
        return RSAPublicKey(modulus, key.integer("publicExponent", MAXIMUM_NUMBER_SIZE))


def encode(key: PublicKey) -> bytes:
    """Return the DER of a SubjectPublicKeyInfo."""
    algorithm = algorithms.KEY_ALGORITHMS[kind_of(key)]
    return encoding.sequence(algorithm.der, encoding.bit_string(subject_public_key(key)))


def subject_public_key(key: PublicKey) -> bytes:
    """Return the key in the spelling of its kind, which the BIT STRING holds."""
    match key:
        case Ed25519PublicKey():
            return key.public_bytes_raw()
        case EllipticCurvePublicKey():
            return key.encoded_point()
        case RSAPublicKey():
            return encoding.sequence(encoding.integer(key.n), encoding.integer(key.e))


def kind_of(key: PublicKey) -> KeyKind:
    """Return what kind of key this is; an RSA key does not know of restrictions and is of the plain kind."""
    match key:
        case Ed25519PublicKey():
            return KeyKind.ED25519
        case EllipticCurvePublicKey():
            return KeyKind.P256 if key.curve == CURVES[KeyKind.P256] else KeyKind.P384
        case RSAPublicKey():
            return KeyKind.RSA
