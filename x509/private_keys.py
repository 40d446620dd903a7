"""Private keys in files: PKCS#8, and what was written before it.

PKCS#8 is a version, an AlgorithmIdentifier, which says what kind of key this is, and then the key in that
kind's spelling, inside an OCTET STRING:

    Ed25519         OCTET STRING of 32 bytes                                      RFC 8410 section 7
    P-256, P-384    ECPrivateKey: version, number; curve and point, where given   RFC 5915 section 3
    RSA, RSA-PSS    RSAPrivateKey: version, n, e, d, p, q, and three numbers      RFC 8017 appendix A.1.2
                    that save time

RFC 5958 calls PKCS#8 OneAsymmetricKey.  Older files hold an ECPrivateKey or an RSAPrivateKey alone, under the
labels EC PRIVATE KEY and RSA PRIVATE KEY.

Errors         `PrivateKeyError` and `PemError` (ValueErrors): our own user's file.  No message quotes the
               key.
Tested by      tests/x509/test_private_keys.py: RFC 8410 section 10, openssl, pyca/cryptography.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from purecrypto import ec, ed25519, rsa
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.ec import EllipticCurvePrivateKey
from purecrypto.ed25519 import Ed25519PrivateKey
from purecrypto.rsa import RSAPrivateKey
from x509 import algorithms, der, encoding, oids, pem, public_keys
from x509.algorithms import AlgorithmIdentifier, KeyKind
from x509.errors import CertificateError, DerError, PemError, PrivateKeyError
from x509.public_keys import CURVES, MAXIMUM_NUMBER_SIZE

PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

RSA_NUMBERS = (
    "modulus",  # n
    "publicExponent",  # e
    "privateExponent",  # d
    "prime1",  # p
    "prime2",  # q
    "exponent1",  # and what saves time: d modulo p - 1
    "exponent2",  # d modulo q - 1
    "coefficient",  # 1/q modulo p
)


def from_pem(text: str | Buffer) -> PrivateKey:
    """Return the one private key of a PEM file, as `openssl genpkey` and older programs write it."""
    found = [
        (label, block)
        for label in ("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY")
        for block in pem.decode(text, label)
    ]
    if len(found) > 1:
        raise PemError(f"expected one private key, got {len(found)}")
    if not found:
        if "ENCRYPTED PRIVATE KEY" in pem.labels(text):
            raise PrivateKeyError(f"the private key is encrypted: {pem.HOW_TO_DECRYPT}")
        raise PemError(f"no PRIVATE KEY block, found {pem.contents(text)}")
    ((label, block),) = found
    return {"PRIVATE KEY": from_der, "EC PRIVATE KEY": from_sec1, "RSA PRIVATE KEY": from_pkcs1}[label](block)


def generate(kind: KeyKind, random_bytes: Callable[[int], bytes]) -> PrivateKey:
    """Return a new private key, from these random bytes; only RSA's primes come from the system's source.

    ValueError for RSA-PSS, which is no key of its own but a rule that a certificate states.
    """
    match kind:
        case KeyKind.ED25519:
            return Ed25519PrivateKey.from_private_bytes(random_bytes(ed25519.KEY_SIZE))
        case KeyKind.P256 | KeyKind.P384:
            curve = CURVES[kind]
            return ec.private_key_from_random(curve, random_bytes(curve.random_size))
        case KeyKind.RSA:
            return rsa.generate_private_key()
        case _:
            raise ValueError(f"cannot make a key of the kind {kind.value}")


def to_pem(key: PrivateKey) -> str:
    return pem.encode(to_der(key), "PRIVATE KEY")


def from_der(data: Buffer) -> PrivateKey:
    """Return the private key of a OneAsymmetricKey (RFC 5958 section 2), version 1 or 2.

    That an RSA key is for PSS alone is not kept: its certificate says so.
    """
    with (
        _refusing("PKCS#8"),
        der.Reader(as_bytes(data, "data")) as file,
        file.sequence("OneAsymmetricKey") as info,
    ):
        return _read(info)


def from_sec1(data: Buffer) -> PrivateKey:
    """Return the private key of an ECPrivateKey (RFC 5915 section 3) that says which curve it is on."""
    with _refusing("an ECPrivateKey"), der.Reader(as_bytes(data, "data")) as file:
        return _read_ec_key(file, None)


def from_pkcs1(data: Buffer) -> PrivateKey:
    """Return the private key of an RSAPrivateKey (RFC 8017 appendix A.1.2)."""
    with _refusing("an RSAPrivateKey"), der.Reader(as_bytes(data, "data")) as file:
        return _read_rsa_key(file)


def to_der(key: PrivateKey) -> bytes:
    """Return version 1 of PKCS#8, as openssl and pyca write it."""
    match key:
        case Ed25519PrivateKey():
            inner = encoding.octet_string(key.private_bytes_raw())  # RFC 8410 section 7: wrapped twice
        case EllipticCurvePrivateKey():
            number = key.private_value.to_bytes(key.curve.parameters.size, "big")
            point = encoding.bit_string(key.public_key().encoded_point())
            inner = encoding.sequence(
                encoding.integer(1), encoding.octet_string(number), encoding.explicit(1, point)
            )
        case RSAPrivateKey():
            public = key.public_key()
            numbers = (public.n, public.e, key.d, key.p, key.q, key.dmp1, key.dmq1, key.iqmp)
            inner = encoding.sequence(*map(encoding.integer, (0, *numbers)))
    algorithm = algorithms.KEY_ALGORITHMS[public_keys.kind_of(key.public_key())]
    return encoding.sequence(encoding.integer(0), algorithm.der, encoding.octet_string(inner))


@contextmanager
def _refusing(format: str) -> Iterator[None]:
    try:
        yield
    except DerError as error:
        raise PrivateKeyError(f"the private key is not {format}: {error}") from error


def _read(info: der.Reader) -> PrivateKey:
    version = info.integer("version")
    if version not in {0, 1}:
        info.fail("version", f"expected 0 or 1, got {version}")
    kind = _kind(algorithms.read(info, "privateKeyAlgorithm"))
    with info.octets_with_der("privateKey") as private_key:
        key: PrivateKey
        match kind:
            case KeyKind.ED25519:
                key = _read_ed25519_key(private_key)
            case KeyKind.P256 | KeyKind.P384:
                key = _read_ec_key(private_key, kind)
            case _:
                key = _read_rsa_key(private_key)
    if info.next_is(der.CONTEXT_CONSTRUCTED | 0):
        info.element("attributes")  # free to say anything, and nothing that concerns us
    if version == 1 and info.next_is(der.CONTEXT | 1):
        _check_public_key(info, info.bit_string("publicKey", tag=der.CONTEXT | 1), key)
    return key


def _kind(algorithm: AlgorithmIdentifier) -> KeyKind:
    kind = algorithms.key_kind(algorithm)
    if kind is None:
        raise PrivateKeyError(f"the private key is of the kind {algorithm}, only {algorithms.SUPPORTED}")
    return kind


def _read_ed25519_key(reader: der.Reader) -> Ed25519PrivateKey:
    seed = reader.octet_string("CurvePrivateKey")
    if len(seed) != ed25519.KEY_SIZE:
        reader.fail("CurvePrivateKey", f"an Ed25519 key is {ed25519.KEY_SIZE} bytes, got {len(seed)}")
    return Ed25519PrivateKey.from_private_bytes(seed)


def _read_ec_key(reader: der.Reader, kind: KeyKind | None) -> EllipticCurvePrivateKey:
    """Read an ECPrivateKey (RFC 5915 section 3).  PKCS#8 names the curve outside; alone it has to itself."""
    with reader.sequence("ECPrivateKey") as info:
        version = info.integer("version")
        if version != 1:
            info.fail("version", f"expected 1, got {version}")
        octets = info.octet_string("privateKey")
        if info.next_is(der.CONTEXT_CONSTRUCTED | 0):
            with info.explicit(0, "parameters") as parameters:
                named = _kind(AlgorithmIdentifier(oids.EC_PUBLIC_KEY, parameters.element("")))
            if kind not in {None, named}:
                info.fail("parameters", f"the curve is {named.value} here and {kind.value} outside")
            kind = named
        if kind is None:
            info.fail("parameters", "missing: nothing says which curve the key is on")
        curve = CURVES[kind]
        size = curve.parameters.size
        if len(octets) != size:
            info.fail("privateKey", f"a {kind.value} key is {size} bytes, got {len(octets)}")
        try:
            key = ec.derive_private_key(int.from_bytes(octets, "big"), curve)
        except ValueError as error:
            info.fail("privateKey", str(error))
        if info.next_is(der.CONTEXT_CONSTRUCTED | 1):
            with info.explicit(1, "publicKey") as wrapper:
                _check_public_key(wrapper, wrapper.bit_string(""), key)
    return key


def _read_rsa_key(reader: der.Reader) -> RSAPrivateKey:
    """Read an RSAPrivateKey: RFC 8017 appendix A.1.2, of two primes."""
    with reader.sequence("RSAPrivateKey") as info:
        version = info.integer("version")
        if version != 0:
            info.fail("version", f"expected 0, a key of two primes, got {version}")
        n, e, d, p, q, dmp1, dmq1, iqmp = (info.integer(name, MAXIMUM_NUMBER_SIZE) for name in RSA_NUMBERS)
        try:
            return RSAPrivateKey(n, e, d=d, p=p, q=q, dmp1=dmp1, dmq1=dmq1, iqmp=iqmp)
        except ValueError as error:
            info.fail("modulus", str(error))


def _check_public_key(reader: der.Reader, octets: bytes, key: PrivateKey) -> None:
    """Refuse a public key beside the private one that is not its own; a point may be compressed."""
    own = key.public_key()
    algorithm = algorithms.KEY_ALGORITHMS[public_keys.kind_of(own)]
    try:
        stated = public_keys.SubjectPublicKeyInfo(algorithm, octets, b"").public_key
    except CertificateError as error:
        reader.fail("publicKey", str(error))
    if stated != own:
        reader.fail("publicKey", "does not belong to the private key")
