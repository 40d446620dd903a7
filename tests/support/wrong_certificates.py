"""Chains that a client has to refuse, each wrong in one way and in no other.

docs/trust.md shows what is said about each; tests/tls/test_wrong_certificates.py has servers show them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from journey import forgeries
from purecrypto import ec
from record.alert import AlertDescription
from tests.support import rsa_keys
from tests.support.certificates import (
    NOT_BEFORE,
    NOW,
    assemble,
    authority_extensions,
    authority_under,
    extended_key_usage,
    extension,
    leaf_extensions,
    leaf_under,
    root,
    with_signature_algorithm,
)
from tests.support.revocation_lists import list_of
from x509 import encoding, explanation, issue, oids, public_keys
from x509.algorithms import KEY_ALGORITHMS, KeyKind
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.explanation import Explanation
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.profiles import Profile
from x509.rules import Purpose
from x509.trust_store import TrustStore

ROOT = root()
MALFORMED = b"\x30\x03\x02\x01\x05"
PAST, FUTURE = NOW - timedelta(days=1), NOW.replace(year=2048)


@dataclass(frozen=True)
class Wrong:
    """What a server shows, whom the client trusts, and which alert it answers with."""

    kind: str
    chain: tuple[Certificate, ...]
    alert: AlertDescription
    host: str = "localhost"
    lists: Sequence[RevocationList] = ()
    profile: Profile = Profile.RFC5280
    anchor: Certificate = ROOT.certificate

    @property
    def trust(self) -> TrustStore:
        return TrustStore([self.anchor], revocation_lists=self.lists, profile=self.profile)

    def told(self) -> Explanation:
        encodings = [certificate.der for certificate in self.chain]
        return explanation.explain(encodings, self.trust, at=NOW, purpose=Purpose.SERVER, name=self.host)


def named(*dns_names: str) -> bytes:
    """A subjectAltName with these, whatever they are."""
    return forgeries.dns_names(*dns_names)


def leaf(**replaced: bytes | None) -> tuple[Certificate]:
    """One by the root, with other extensions than usual."""
    return (leaf_under(ROOT, extensions=leaf_extensions(**replaced)),)


def authority(**replaced: bytes | None) -> Authority:
    """One by the root, with other extensions than usual."""
    return authority_under(ROOT, extensions=authority_extensions(**replaced))


def below(*authorities: Authority) -> tuple[Certificate, ...]:
    """A good leaf by the first of them, and their certificates."""
    return leaf_under(authorities[0]), *(one.certificate for one in authorities)


def usage(*usages: KeyUsage) -> bytes:
    return extension(oids.KEY_USAGE, issue.key_usage(*usages))


def expired() -> Authority:
    return authority_under(ROOT, not_after=PAST)


def one_too_many() -> tuple[Authority, Authority]:
    """The upper one may have leaves below it and nobody else."""
    upper = authority_under(ROOT, extensions=authority_extensions(path_length=0))
    return authority_under(upper, 3), upper


def circle() -> tuple[Authority, Authority]:
    """Each vouches for the other."""
    dee = authority_under(root(3, "Tweedledum"), 4, "Tweedledee")
    return authority_under(dee, 3, "Tweedledum"), dee


def changed() -> Certificate:
    good = leaf_under(ROOT)
    signature = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    return Certificate.from_der(good.der.replace(good.signature, signature))


def short_key() -> Certificate:
    octets = public_keys.subject_public_key(rsa_keys.ours("1024").public_key())
    info = encoding.sequence(KEY_ALGORITHMS[KeyKind.RSA].der, encoding.bit_string(octets))
    return Certificate.from_der(assemble(subjectPublicKeyInfo=info))


def of_the_web(days: int) -> tuple[Certificate, Certificate]:
    """A leaf on P-256, as the web has it, that is valid for so long; and who issued it."""
    above, own = (ec.derive_private_key(number, ec.SECP256R1()) for number in (11, 12))
    issuer = issue.make_authority("Root", above, serial_number=1, not_before=NOT_BEFORE, not_after=FUTURE)
    leaf = issue.issue_certificate(
        issuer,
        "localhost",
        own.public_key(),
        serial_number=2,
        not_before=NOW,
        not_after=NOW + timedelta(days=days, seconds=-1),
        dns_names=["localhost"],
    )
    return leaf, issuer.certificate


POLICY_REQUIRED = extension(oids.POLICY_CONSTRAINTS, encoding.sequence(encoding.implicit(0, b"\0")))
FENCE = forgeries.name_constraints(permitted=["elsewhere.example"])
NO_AUTHORITY = extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=False))
LISTED = root(extensions=authority_extensions(key_usage=usage(KeyUsage.keyCertSign, KeyUsage.cRLSign)))
ISSUED = (leaf_under(LISTED),)


def _found() -> Iterator[Wrong]:
    alert = AlertDescription.CERTIFICATE_EXPIRED
    yield Wrong("expired", (leaf_under(ROOT, not_after=PAST),), alert)
    yield Wrong("not yet valid", (leaf_under(ROOT, not_before=FUTURE),), alert)
    yield Wrong("of an authority that has expired", below(expired()), alert)

    alert = AlertDescription.CERTIFICATE_UNKNOWN
    yield Wrong("of another host", leaf(subject_alternative_name=named("example.com")), alert)
    yield Wrong("with a common name alone", leaf(subject_alternative_name=None), alert)
    yield Wrong(
        "of a host, for an address", leaf(subject_alternative_name=named("localhost")), alert, "127.0.0.1"
    )
    yield Wrong("with a wildcard too wide", leaf(subject_alternative_name=named("*")), alert)
    yield Wrong(
        "with a NUL in its name", leaf(subject_alternative_name=named("localhost\0.mallory.example")), alert
    )

    alert = AlertDescription.UNKNOWN_CA
    yield Wrong("signed by itself", (root(9, "localhost").certificate,), alert)
    yield Wrong("of an authority unknown to us", (leaf_under(root(9, "Nobody")),), alert)
    yield Wrong("without the authority between", below(authority())[:1], alert)
    yield Wrong("of authorities in a circle", below(*circle()), alert)

    alert = AlertDescription.BAD_CERTIFICATE
    yield Wrong("of another with the authority's name", (leaf_under(root(9)),), alert)
    yield Wrong("changed after it was signed", (changed(),), alert)
    yield Wrong("signed with SHA-1", (with_signature_algorithm(oids.RSA_WITH_SHA1, b"\5\0"),), alert)
    yield Wrong("of a key that is too short", (short_key(),), alert)
    yield Wrong("not a certificate", (replace(leaf_under(ROOT), der=MALFORMED),), alert)

    alert = AlertDescription.UNSUPPORTED_CERTIFICATE
    yield Wrong("of version 1", (Certificate.from_der(assemble(version=b"", extensions=b"")),), alert)
    yield Wrong("with a critical extension unknown to us", leaf(odd=extension("1.2.3", b"?")), alert)

    alert = AlertDescription.CERTIFICATE_UNKNOWN
    yield Wrong("by a server's key", below(authority(basic_constraints=NO_AUTHORITY)), alert)
    yield Wrong("of an authority too many", below(*one_too_many()), alert)
    yield Wrong("by a key that may not certify", below(authority(key_usage=usage(KeyUsage.cRLSign))), alert)
    yield Wrong("of a key that may not sign handshakes", leaf(key_usage=usage(KeyUsage.keyAgreement)), alert)
    yield Wrong("of a client", leaf(extended_key_usage=extended_key_usage(oids.CLIENT_AUTH)), alert)
    yield Wrong("of an authority for other names", below(authority(fence=FENCE)), alert)
    yield Wrong("without the policy that is required", below(authority(policy=POLICY_REQUIRED)), alert)

    alert = AlertDescription.CERTIFICATE_REVOKED
    yield Wrong(
        "revoked", ISSUED, alert, lists=[list_of(LISTED, 100, next_update=FUTURE)], anchor=LISTED.certificate
    )
    alert = AlertDescription.CERTIFICATE_UNKNOWN
    old = [list_of(LISTED, next_update=PAST)]
    yield Wrong(
        "beside a revocation list that is too old", ISSUED, alert, lists=old, anchor=LISTED.certificate
    )

    yield Wrong("with a key that the web does not have", (leaf_under(ROOT),), alert, profile=Profile.WEB)
    for_years, issuer = of_the_web(7305)
    yield Wrong("valid for too long for the web", (for_years,), alert, profile=Profile.WEB, anchor=issuer)


WRONG = tuple(_found())
