"""The algorithms by which things are signed, in certificates and in the handshake.

One table leads from the identifier in a certificate to the algorithm.  In certificates hash and curve are
independent: a P-256 key may sign with SHA-384, and RFC 9846's schemes, which tie the two together, are
another table (`handshake.signatures`) over the same algorithms.

SHA-1 and MD5 are not among them: two messages with one digest can be made, and have been.

Errors         `UnsupportedCertificate` for an algorithm that is not in the table, `WeakSignature` for one
               that has been given up, `InvalidCertificateSignature`.
Tested by      tests/x509/test_signatures.py, tests/x509/test_against_openssl.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from purecrypto import ec, rsa_padding
from purecrypto.errors import InvalidSignature
from purecrypto.hmac import HashClass
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512
from x509 import algorithms, encoding, oids, public_keys
from x509.algorithms import NULL, NULL_OR_ABSENT, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.errors import InvalidCertificateSignature, UnsupportedCertificate, WeakSignature
from x509.private_keys import PrivateKey
from x509.public_keys import SubjectPublicKeyInfo


@dataclass(frozen=True, eq=False)
class SignatureAlgorithm:
    """A way to sign.

    kinds     the keys that may be used with it
    sign      private key, data, random bytes (of which PSS takes its salt) to a signature
    verify    public key, signature, data; raises InvalidSignature
    """

    name: str
    kinds: frozenset[KeyKind]
    sign: Callable[[Any, bytes, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]


def _ecdsa(hash_class: HashClass) -> SignatureAlgorithm:
    algorithm = ec.ECDSA(hash_class)
    return SignatureAlgorithm(
        f"ECDSA with {hash_class.name}",
        frozenset({KeyKind.P256, KeyKind.P384}),
        sign=lambda key, data, random: key.sign(data, algorithm),
        verify=lambda key, signature, data: key.verify(signature, data, algorithm),
    )


def _rsa_pkcs1(hash_class: HashClass) -> SignatureAlgorithm:
    padding = rsa_padding.PKCS1v15()
    return SignatureAlgorithm(
        f"RSA with {hash_class.name}",
        frozenset({KeyKind.RSA}),
        sign=lambda key, data, random: key.sign(data, padding, hash_class),
        verify=lambda key, signature, data: key.verify(signature, data, padding, hash_class),
    )


def _rsa_pss(hash_class: HashClass, restricted: KeyKind) -> SignatureAlgorithm:
    """With a salt as long as the digest: RFC 9846 section 4.3.3.

    A key with parameters, of the kind `restricted`, signs with their hash alone (the same section).
    """

    def sign(key: Any, data: bytes, random: bytes) -> bytes:
        salt = random[: hash_class.digest_size]
        return bytes(key.sign(data, rsa_padding.PSS(hash_class.digest_size, salt), hash_class))

    padding = rsa_padding.PSS(hash_class.digest_size)  # section 4.3.3 [5, 7]
    return SignatureAlgorithm(
        f"RSA-PSS with {hash_class.name}",
        frozenset({KeyKind.RSA, KeyKind.RSA_PSS, restricted}),
        sign=sign,
        verify=lambda key, signature, data: key.verify(signature, data, padding, hash_class),
    )


ED25519 = SignatureAlgorithm(
    "Ed25519",
    frozenset({KeyKind.ED25519}),
    sign=lambda key, data, random: key.sign(data),
    verify=lambda key, signature, data: key.verify(signature, data),
)
ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512 = _ecdsa(sha256), _ecdsa(sha384), _ecdsa(sha512)
RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512 = map(_rsa_pkcs1, (sha256, sha384, sha512))
RSA_PSS_SHA256 = _rsa_pss(sha256, KeyKind.RSA_PSS_SHA256)
RSA_PSS_SHA384 = _rsa_pss(sha384, KeyKind.RSA_PSS_SHA384)
RSA_PSS_SHA512 = _rsa_pss(sha512, KeyKind.RSA_PSS_SHA512)

ALGORITHMS: dict[AlgorithmIdentifier, SignatureAlgorithm] = {
    AlgorithmIdentifier(oids.ED25519): ED25519,
    AlgorithmIdentifier(oids.ECDSA_WITH_SHA256): ECDSA_SHA256,
    AlgorithmIdentifier(oids.ECDSA_WITH_SHA384): ECDSA_SHA384,
    AlgorithmIdentifier(oids.ECDSA_WITH_SHA512): ECDSA_SHA512,
}
for _oid, _algorithm in (
    (oids.RSA_WITH_SHA256, RSA_PKCS1_SHA256),
    (oids.RSA_WITH_SHA384, RSA_PKCS1_SHA384),
    (oids.RSA_WITH_SHA512, RSA_PKCS1_SHA512),
):  # RFC 4055 section 5: NULL is right, and absent has to be accepted
    ALGORITHMS |= {AlgorithmIdentifier(_oid, parameters): _algorithm for parameters in NULL_OR_ABSENT}
for _oid, _hash, _algorithm in (
    (oids.SHA256, sha256, RSA_PSS_SHA256),
    (oids.SHA384, sha384, RSA_PSS_SHA384),
    (oids.SHA512, sha512, RSA_PSS_SHA512),
):  # RFC 4055 section 2.1: inside PSS's parameters the hash may have NULL or nothing, too
    ALGORITHMS |= {
        AlgorithmIdentifier(
            oids.RSA_PSS, algorithms.pss_parameters(_oid, _hash.digest_size, parameters)
        ): _algorithm
        for parameters in NULL_OR_ABSENT
    }

WEAK = frozenset({oids.RSA_WITH_MD5, oids.RSA_WITH_SHA1, oids.ECDSA_WITH_SHA1})  # section 4.5.1.3 [4]

# How RSA-PSS's parameters begin that name such a digest
_WEAK_PSS = tuple(
    encoding.explicit(0, AlgorithmIdentifier(oid, parameters).der)
    for oid in (oids.MD5, oids.SHA1)
    for parameters in NULL_OR_ABSENT
)

# What an authority signs with: one choice for each kind of key.  None of them needs a random source.
FOR_ISSUING = {
    KeyKind.ED25519: AlgorithmIdentifier(oids.ED25519),
    KeyKind.P256: AlgorithmIdentifier(oids.ECDSA_WITH_SHA256),
    KeyKind.P384: AlgorithmIdentifier(oids.ECDSA_WITH_SHA384),
    KeyKind.RSA: AlgorithmIdentifier(oids.RSA_WITH_SHA256, NULL),
}


def _is_weak(identifier: AlgorithmIdentifier) -> bool:
    if identifier.oid != oids.RSA_PSS:
        return identifier.oid in WEAK
    fields = (identifier.parameters or b"")[2:]  # inside their sequence
    # Where the hash, which is the first field, is left out, it is SHA-1: RFC 4055 section 3.1.
    return fields[:1] in (b"", b"\xa1", b"\xa2", b"\xa3") or fields.startswith(_WEAK_PSS)


def find(identifier: AlgorithmIdentifier) -> SignatureAlgorithm:
    """Return the algorithm with this identifier; WeakSignature or UnsupportedCertificate for another."""
    # sections 4.3.3 [16] and 4.5.1.3 [2, 3]
    if _is_weak(identifier):  # RFC 9846 section 4.5.1.3 has an answer of its own for these
        why = "which is too weak: another certificate may have the same digest"
        raise WeakSignature(f"it is signed with {identifier}, {why}")
    if identifier not in ALGORITHMS:  # section 4.3.3 [9, 16]
        raise UnsupportedCertificate(f"it is signed with {identifier}, which is not supported")
    return ALGORITHMS[identifier]


def verify(signed: Certificate | RevocationList, issuer_key: SubjectPublicKeyInfo) -> None:
    """Return when this key signed it; raise a CertificateError otherwise."""
    algorithm = find(signed.signature_algorithm)
    try:
        if issuer_key.kind not in algorithm.kinds:  # section 4.3.3 [10]
            raise InvalidSignature(f"{algorithm.name} with a key of the kind {issuer_key.kind.value}")
        algorithm.verify(issuer_key.public_key, signed.signature, signed.tbs_bytes)
    except InvalidSignature as error:
        raise InvalidCertificateSignature("its signature was not made with its issuer's key") from error


def issuing_algorithm(issuer_key: PrivateKey) -> tuple[AlgorithmIdentifier, SignatureAlgorithm]:
    """Return the algorithm with which an authority signs that has this key."""
    identifier = FOR_ISSUING[public_keys.kind_of(issuer_key.public_key())]
    return identifier, ALGORITHMS[identifier]
