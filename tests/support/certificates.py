"""Certificates for tests: the same keys, times and serial numbers every time.

    family = authority_and_leaf()                    Root > localhost, 127.0.0.1, ::1
    family = authority_and_leaf(intermediates=1)     Root > Authority 1 > localhost, ...

    family.leaf, family.leaf_key                     objects
    family.chain, family.trust                       for path.verify_chain
    family.chain_pem, family.leaf_key_pem, family.authority_pem      what files would hold

A certificate with something wrong is made by `root`, `authority_under` and `leaf_under`, where every argument
of `issue.sign` can be replaced, or, when no honest writer would make it at all, by `assemble`, which signs
whatever it is given.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import serialization

from handshake.certified_keys import CertifiedKey
from purecrypto import ec
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support import rsa_keys
from x509 import distinguished_names, encoding, issue, oids, pem, private_keys, public_keys
from x509.algorithms import KEY_ALGORITHMS, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.private_keys import PrivateKey
from x509.rules import Purpose
from x509.trust_store import TrustStore

Signer: TypeAlias = Callable[[bytes], bytes]  # of what is to be certified, to a signature

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)  # so that programs with a clock accept them too
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def key(number: int) -> Ed25519PrivateKey:
    """The private key with this number, from 0 to 255."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def private_key(kind: KeyKind) -> PrivateKey:
    """The private key of this kind, on which no authority here relies."""
    match kind:
        case KeyKind.ED25519:
            return key(100)
        case KeyKind.P256 | KeyKind.P384:
            curve = public_keys.CURVES[kind]
            return ec.private_key_from_random(curve, bytes([100]) * curve.random_size)
        case _:
            return rsa_keys.ours("2048")


def certified_key(kind: KeyKind, **replaced: Any) -> CertifiedKey:
    """This private key, and a certificate for localhost by key 1; what `assemble` takes may be replaced."""
    octets = public_keys.subject_public_key(private_key(kind).public_key())
    info = encoding.sequence(KEY_ALGORITHMS[kind].der, encoding.bit_string(octets))
    leaf = Certificate.from_der(assemble(**({"subjectPublicKeyInfo": info} | replaced)))
    return CertifiedKey((leaf,), private_key(kind))


def theirs(key: PrivateKey) -> Any:
    """The same private key in pyca/cryptography."""
    return _loaded(private_keys.to_der(key))


@cache
def _loaded(der: bytes) -> Any:
    """Loaded once: of an RSA key, pyca looks whether its primes are prime."""
    return serialization.load_der_private_key(der, None)


@dataclass(frozen=True)
class Family:
    """A root, the authorities below it in order, and a leaf."""

    authorities: tuple[Authority, ...]
    leaf: Certificate
    leaf_key: Ed25519PrivateKey

    @property
    def authority(self) -> Authority:
        return self.authorities[0]

    @property
    def issuer(self) -> Authority:
        """Who signed the leaf."""
        return self.authorities[-1]

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """What a server sends: the leaf first, the root left out."""
        return (self.leaf, *(authority.certificate for authority in reversed(self.authorities[1:])))

    @property
    def certified_key(self) -> CertifiedKey:
        """What a server shows and signs with."""
        return CertifiedKey(self.chain, self.leaf_key)

    @property
    def trust(self) -> TrustStore:
        return TrustStore([self.authority.certificate])

    @property
    def authority_pem(self) -> str:
        return certificates_pem([self.authority.certificate])

    @property
    def chain_pem(self) -> str:
        return certificates_pem(self.chain)

    @property
    def leaf_key_pem(self) -> str:
        return private_keys.to_pem(self.leaf_key)


def authority_and_leaf(
    dns_names: Sequence[str] = ("localhost",),
    ip_addresses: Sequence[str] = ("127.0.0.1", "::1"),
    *,
    intermediates: int = 0,
    purposes: Iterable[Purpose] = (Purpose.SERVER,),
    common_name: str = "localhost",
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
) -> Family:
    """Make a root (key 1), so many authorities in a row below it (keys 2, 3, ...), and a leaf (key 100)."""
    times: Any = {"not_before": not_before, "not_after": not_after}
    authorities = [issue.make_authority("Root", key(1), serial_number=1, **times)]
    for number in range(1, intermediates + 1):
        below = issue.make_intermediate(
            authorities[-1],
            f"Authority {number}",
            key(1 + number),
            serial_number=1 + number,
            path_length=intermediates - number,
            **times,
        )
        authorities.append(below)
    leaf = issue.issue_certificate(
        authorities[-1],
        common_name,
        key(100).public_key(),
        serial_number=100,
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        purposes=purposes,
        **times,
    )
    return Family(tuple(authorities), leaf, key(100))


def certificates_pem(certificates: Iterable[Certificate]) -> str:
    return "".join(pem.encode(certificate.der, "CERTIFICATE") for certificate in certificates)


# ---- Certificates with something wrong -----------------------------------------------------------------


def leaf_under(issuer: Authority, name: str = "localhost", **replaced: Any) -> Certificate:
    """A leaf for localhost with key 100 and this common name; arguments of `issue.sign` may be replaced."""
    usual: dict[str, Any] = {
        "issuer": issuer.certificate.subject.der,
        "subject": distinguished_names.encode(name),
        "public_key": key(100).public_key(),
        "serial_number": 100,
        "not_before": NOT_BEFORE,
        "not_after": NOT_AFTER,
        "extensions": leaf_extensions(),
    }
    return issue.sign(issuer.private_key, **(usual | replaced))


def authority_under(issuer: Authority, number: int = 2, name: str = "", **replaced: Any) -> Authority:
    """An authority below `issuer`, with this key; arguments of `issue.sign` may be replaced."""
    private_key = key(number)
    usual: dict[str, Any] = {
        "public_key": private_key.public_key(),
        "serial_number": number,
        "extensions": authority_extensions(),
    }
    return Authority(leaf_under(issuer, name or f"Authority {number}", **(usual | replaced)), private_key)


def root(number: int = 1, name: str = "Root", **replaced: Any) -> Authority:
    """A self-signed authority with this key; arguments of `issue.sign` may be replaced."""
    usual: dict[str, Any] = {
        "issuer": distinguished_names.encode(name),
        "subject": distinguished_names.encode(name),
        "public_key": key(number).public_key(),
        "serial_number": number,
        "not_before": NOT_BEFORE,
        "not_after": NOT_AFTER,
        "extensions": authority_extensions(),
    }
    return Authority(issue.sign(key(number), **(usual | replaced)), key(number))


def leaf_extensions(**replaced: bytes | None) -> list[bytes]:
    """The usual extensions of a leaf; by keyword, one is replaced, left out (None) or added (a new word)."""
    usual: dict[str, bytes | None] = {
        "basic_constraints": extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=False)),
        "key_usage": extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.digitalSignature)),
        "extended_key_usage": extended_key_usage(oids.SERVER_AUTH),
        "subject_alternative_name": extension(
            oids.SUBJECT_ALTERNATIVE_NAME, issue.subject_alternative_name(["localhost"], ["127.0.0.1"])
        ),
    }
    return [value for value in (usual | replaced).values() if value is not None]


def authority_extensions(*, path_length: int | None = None, **replaced: bytes | None) -> list[bytes]:
    """The usual extensions of an authority, replaced in the same way."""
    constraints = issue.basic_constraints(is_authority=True, path_length=path_length)
    usual: dict[str, bytes | None] = {
        "basic_constraints": extension(oids.BASIC_CONSTRAINTS, constraints),
        "key_usage": extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign)),
    }
    return [value for value in (usual | replaced).values() if value is not None]


def extension(oid: str, value: bytes, *, critical: bool = True) -> bytes:
    return issue.extension(oid, value, critical=critical)


def extended_key_usage(*purposes: str) -> bytes:
    return extension(oids.EXTENDED_KEY_USAGE, encoding.sequence(*map(encoding.oid, purposes)), critical=False)


def with_signature_algorithm(oid: str, parameters: bytes | None = None) -> Certificate:
    """A certificate that says it is signed so, whatever it is signed with."""
    return Certificate.from_der(assemble(identifier=AlgorithmIdentifier(oid, parameters)))


def assemble(
    sign: Signer | None = None,
    identifier: AlgorithmIdentifier = KEY_ALGORITHMS[KeyKind.ED25519],
    **replaced: bytes,
) -> bytes:
    """Let key 1 sign any fields at all, each the DER of what RFC 5280 calls by this name; return the DER.

    `signatureAlgorithm` and `signatureValue` are fields too; one given as b"" is left out.  Another can sign
    in the place of key 1, by another algorithm.
    """
    sign, algorithm = sign or key(1).sign, identifier.der
    fields = {
        "version": encoding.explicit(0, encoding.integer(2)),
        "serialNumber": encoding.integer(100),
        "signature": algorithm,
        "issuer": distinguished_names.encode("Root"),
        "validity": encoding.sequence(encoding.time(NOT_BEFORE), encoding.time(NOT_AFTER)),
        "subject": distinguished_names.encode("localhost"),
        "subjectPublicKeyInfo": public_keys.encode(key(100).public_key()),
        "issuerUniqueID": b"",
        "subjectUniqueID": b"",
        "extensions": encoding.explicit(3, encoding.sequence(*leaf_extensions())),
        "rest": b"",  # after all that belongs into tbsCertificate
    }
    outer = {
        name: replaced.pop(name) for name in ("signatureAlgorithm", "signatureValue") if name in replaced
    }
    unknown = replaced.keys() - fields.keys()
    if unknown:
        raise TypeError(f"no such fields: {unknown}")
    tbs = encoding.sequence(*(fields | replaced).values())
    return encoding.sequence(
        tbs,
        outer.get("signatureAlgorithm", algorithm),
        outer.get("signatureValue", encoding.bit_string(sign(tbs))),
    )
