"""Keys in files and in certificates: PKCS#8 for private ones, SubjectPublicKeyInfo for public ones.

Both are an AlgorithmIdentifier, which says what kind of key this is, and then the key in that kind's own
spelling.  For Ed25519 that is 32 bytes, and the algorithm has no parameters.  RFC 8410 for Ed25519, RFC 5958
for PKCS#8 (which it calls OneAsymmetricKey), RFC 5280 section 4.1.2.7 for SubjectPublicKeyInfo.

Errors         `PrivateKeyError` and `PemError` (ValueErrors) for the user's own private key; no message
               quotes the key.  `UnsupportedCertificate` and `MalformedCertificate` for the public key of a
               certificate.
Tested by      tests/x509/test_keys.py: RFC 8410 section 10, openssl, pyca/cryptography.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from purecrypto.buffers import Buffer, as_bytes
from purecrypto.ed25519 import KEY_SIZE, Ed25519PrivateKey, Ed25519PublicKey
from x509 import der, encoding, oids, pem
from x509.errors import DerError, MalformedCertificate, PemError, PrivateKeyError, UnsupportedCertificate

PrivateKey: TypeAlias = Ed25519PrivateKey  # the kinds of key that can be used here
PublicKey: TypeAlias = Ed25519PublicKey


@dataclass(frozen=True)
class AlgorithmIdentifier:
    """Which algorithm, and its parameters as DER (None: absent).  RFC 5280 section 4.1.1.2."""

    oid: str
    parameters: bytes | None = None

    def __str__(self) -> str:
        return oids.name(self.oid)


@dataclass(frozen=True)
class SubjectPublicKeyInfo:
    """A public key of any kind, read but not yet understood: `public_key` does that."""

    algorithm: AlgorithmIdentifier
    subject_public_key: bytes
    der: bytes = field(repr=False)

    @property
    def is_supported(self) -> bool:
        return self.algorithm.oid == oids.ED25519


def read_algorithm(reader: der.Reader, name: str) -> AlgorithmIdentifier:
    with reader.sequence(name) as algorithm:
        oid = algorithm.object_identifier("algorithm")
        return AlgorithmIdentifier(oid, None if algorithm.at_end else algorithm.element("parameters"))


def encode_algorithm(oid: str) -> bytes:
    return encoding.sequence(encoding.oid(oid))


# ---- Public keys ----------------------------------------------------------------------------------------


def read_public_key_info(reader: der.Reader, name: str) -> SubjectPublicKeyInfo:
    with reader.sequence(name) as info:
        algorithm = read_algorithm(info, "algorithm")
        return SubjectPublicKeyInfo(algorithm, info.bit_string("subjectPublicKey"), info.encoding)


def encode_public_key_info(key: PublicKey) -> bytes:
    """Return the DER of a SubjectPublicKeyInfo: 44 bytes (RFC 8410 section 4)."""
    return encoding.sequence(encode_algorithm(oids.ED25519), encoding.bit_string(key.public_bytes_raw()))


def public_key(info: SubjectPublicKeyInfo) -> PublicKey:
    """Return the key that can verify signatures; UnsupportedCertificate when it is of a kind unknown here.

    Whether its bytes are a point of the curve shows when it is used (`purecrypto.ed25519`).
    """
    if not info.is_supported:
        raise UnsupportedCertificate(f"its key is of the kind {info.algorithm}, only Ed25519 is supported")
    if info.algorithm.parameters is not None:  # RFC 8410 section 3: MUST be absent
        raise MalformedCertificate("its Ed25519 key has algorithm parameters")
    if len(info.subject_public_key) != KEY_SIZE:
        raise MalformedCertificate(f"an Ed25519 key is {KEY_SIZE} bytes, got {len(info.subject_public_key)}")
    return Ed25519PublicKey.from_public_bytes(info.subject_public_key)


# ---- Private keys ---------------------------------------------------------------------------------------


def private_key_from_pem(text: str | Buffer) -> PrivateKey:
    """Return the one private key of a PEM file, as `openssl genpkey -algorithm ed25519` writes it."""
    blocks = pem.decode(text, "PRIVATE KEY")
    if len(blocks) > 1:
        raise PemError(f"expected one private key, got {len(blocks)}")
    if blocks:
        return private_key_from_der(blocks[0])
    labels = pem.labels(text)
    if "ENCRYPTED PRIVATE KEY" in labels:
        raise PrivateKeyError("the private key is encrypted; decrypt it: openssl pkey -in FILE -out PLAIN")
    for kind in ("RSA", "EC", "DSA"):
        if f"{kind} PRIVATE KEY" in labels:  # as it was written before PKCS#8
            raise PrivateKeyError(f"the private key is of the kind {kind}, only Ed25519 is supported")
    raise PemError(f"no PRIVATE KEY block, found {', '.join(labels) or 'no PEM at all'}")


def private_key_to_pem(key: PrivateKey) -> str:
    return pem.encode(private_key_to_der(key), "PRIVATE KEY")


def private_key_from_der(data: Buffer) -> PrivateKey:
    """Return the private key of a OneAsymmetricKey (RFC 5958 section 2), version 1 or 2."""
    try:
        with der.Reader(as_bytes(data, "data")) as file, file.sequence("OneAsymmetricKey") as info:
            return _read_private_key(info)
    except DerError as error:
        raise PrivateKeyError(f"the private key is not PKCS#8: {error}") from error


def private_key_to_der(key: PrivateKey) -> bytes:
    """Return version 1 of PKCS#8, without the public key: 48 bytes, what openssl and pyca write."""
    curve_private_key = encoding.octet_string(key.private_bytes_raw())  # RFC 8410 section 7: wrapped twice
    private_key = encoding.octet_string(curve_private_key)
    return encoding.sequence(encoding.integer(0), encode_algorithm(oids.ED25519), private_key)


def _read_private_key(info: der.Reader) -> PrivateKey:
    version = info.integer("version")
    if version not in {0, 1}:
        info.fail("version", f"expected 0 or 1, got {version}")
    algorithm = read_algorithm(info, "privateKeyAlgorithm")
    if algorithm.oid != oids.ED25519:
        raise PrivateKeyError(f"the private key is of the kind {algorithm}, only Ed25519 is supported")
    if algorithm.parameters is not None:
        info.fail("privateKeyAlgorithm", "Ed25519 has no parameters")  # RFC 8410 section 3
    with info.octets_with_der("privateKey") as private_key:
        seed = private_key.octet_string("CurvePrivateKey")
    if len(seed) != KEY_SIZE:
        info.fail("privateKey", f"an Ed25519 key is {KEY_SIZE} bytes, got {len(seed)}")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    if info.next_is(der.CONTEXT_CONSTRUCTED | 0):
        info.element("attributes")  # free to say anything, and nothing that concerns us
    if version == 1 and info.next_is(der.CONTEXT | 1):
        public_key = info.bit_string("publicKey", tag=der.CONTEXT | 1)
        if public_key != key.public_key().public_bytes_raw():
            info.fail("publicKey", "does not belong to the private key")
    return key
