"""Every way in which a server's certificate can be wrong: `good` chains in which one thing is changed.

    for wrong in kinds(): ...

    wrong.shown            the certificates that the server shows, the leaf first, in DER
    wrong.host             whom the client wants to talk to
    wrong.trust            whom it trusts, with which revocation lists and by which rules
    wrong.certified_key    what a server is given to show it, though no honest server would
    wrong.explain()        how it is judged

What is said of each stands in docs/trust.md; tests/tls/test_wrong_certificates.py has clients meet them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

from handshake.certified_keys import CertifiedKey
from purecrypto import ec
from record.alert import AlertDescription
from tests.support import certificates, revocation_lists, rsa_keys
from tests.support.certificates import NOW, assemble, extension, key
from x509 import distinguished_names, encoding, explanation, issue, oids, search
from x509.algorithms import KEY_ALGORITHMS, NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.explanation import Explanation
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.profiles import Profile
from x509.rules import Purpose
from x509.trust_store import TrustStore

HOST = "shop.example"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wrong:
    """One kind: what is wrong in a few words, the rule that it breaks, and the alert that answers it."""

    kind: str
    rule: str
    alert: AlertDescription
    shown: tuple[bytes, ...] = field(repr=False)
    trust: TrustStore = field(repr=False)
    host: str

    @property
    def certified_key(self) -> CertifiedKey:
        """A server takes these for a good leaf and good roots, each of which is in DER what it shows."""
        good = certificates.authority_and_leaf()
        alike = [good.leaf] + [good.authority.certificate] * (len(self.shown) - 1)
        chain = (replace(one, der=der) for one, der in zip(alike, self.shown, strict=True))
        return CertifiedKey(tuple(chain), good.leaf_key)

    def explain(self) -> Explanation:
        return explanation.explain(self.shown, self.trust, at=NOW, purpose=Purpose.SERVER, name=self.host)


@cache
def kinds() -> tuple[Wrong, ...]:
    found = (_of_time(), _of_name(), _of_issuer(), _of_permission(), _of_form(), _of_revocation(), _of_web())
    return tuple(wrong for some in found for wrong in some)


def _wrong(
    kind: str,
    rule: str,
    alert: str,
    *shown: Certificate | Authority | bytes,
    anchors: Sequence[Authority] = (),
    lists: Sequence[RevocationList] = (),
    profile: Profile = Profile.RFC5280,
    host: str = HOST,
) -> Wrong:
    """The root is trusted, unless there are other anchors."""
    chain = (one.certificate if isinstance(one, Authority) else one for one in shown)
    encodings = tuple(one.der if isinstance(one, Certificate) else one for one in chain)
    trusted = [one.certificate for one in anchors or [_root()]]
    trust = TrustStore(trusted, revocation_lists=lists, profile=profile)
    return Wrong(kind, rule, AlertDescription[alert], encodings, trust, host)


# ---- What is good --------------------------------------------------------------------------------------


def good() -> tuple[bytes, ...]:
    """What a server shows if nothing is wrong."""
    return _leaf().der, _ca().certificate.der


@cache
def _root() -> Authority:
    return certificates.root(1, "Example Root", extensions=_of_authority())


@cache
def _ca() -> Authority:
    return _authority()


def _authority(issuer: Authority | None = None, number: int = 2, name: str = "Example CA", **replaced: Any):
    usual = {"extensions": _of_authority()}
    return certificates.authority_under(issuer or _root(), number, name, **(usual | replaced))


def _leaf(issuer: Authority | None = None, name: str = HOST, **replaced: Any) -> Certificate:
    usual = {"extensions": _of_leaf()}
    return certificates.leaf_under(issuer or _ca(), name, **(usual | replaced))


def _of_authority(**replaced: Any) -> list[bytes]:
    usage = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign, KeyUsage.cRLSign))
    return certificates.authority_extensions(**({"key_usage": usage} | replaced))


def _of_leaf(**replaced: bytes | None) -> list[bytes]:
    return certificates.leaf_extensions(**({"subject_alternative_name": _names(HOST)} | replaced))


def _names(*names: str) -> bytes:
    """A subjectAltName, whatever is written into it."""
    encoded = (encoding.implicit(2, name.encode("ascii")) for name in names)
    return extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*encoded), critical=False)


def _assembled(**replaced: Any) -> bytes:
    """A leaf by the root, of which any field can be replaced."""
    usual = {
        "issuer": distinguished_names.encode("Example Root"),
        "subject": distinguished_names.encode(HOST),
        "extensions": encoding.explicit(3, encoding.sequence(*_of_leaf())),
    }
    return assemble(**(usual | replaced))


# ---- What is wrong -------------------------------------------------------------------------------------


def _of_time() -> Iterator[Wrong]:
    expired, rule = "CERTIFICATE_EXPIRED", "validity"
    yield _wrong("expired", rule, expired, _leaf(not_after=NOW - DAY), _ca())
    yield _wrong("not valid yet", rule, expired, _leaf(not_before=NOW + DAY), _ca())
    late = _authority(not_after=NOW - DAY)
    yield _wrong("an authority that has expired", rule, expired, _leaf(late), late)
    gone = certificates.root(1, "Example Root", not_after=NOW - DAY)
    yield _wrong("a trusted root that has expired", rule, expired, _leaf(gone), anchors=[gone])


def _of_name() -> Iterator[Wrong]:
    def for_names(kind: str, *names: str, host: str = HOST) -> Wrong:
        there = _names(*names) if names else None
        leaf = _leaf(extensions=_of_leaf(subject_alternative_name=there))
        return _wrong(kind, "name", "CERTIFICATE_UNKNOWN", leaf, _ca(), host=host)

    yield for_names("another host", "other.example", "www.other.example")
    yield for_names("the name only in the common name")
    yield for_names("a wildcard that is too wide", "*.example")
    yield for_names("a host too deep for the wildcard", "*.shop.example", host="www.eu.shop.example")
    yield for_names("an address that it does not name", HOST, host="127.0.0.1")
    yield for_names("a NUL in the name", "shop.example\0.mallory.example")


def _of_issuer() -> Iterator[Wrong]:
    unknown, rule = "UNKNOWN_CA", "trust anchor"
    itself = certificates.root(100, HOST, extensions=_of_leaf())
    yield _wrong("self-signed", rule, unknown, itself)
    stranger = certificates.root(9, "Unknown Root")
    yield _wrong("an authority that nobody knows", rule, unknown, _leaf(stranger), stranger)
    yield _wrong("an intermediate that was not sent", rule, unknown, _leaf())
    one, other = certificates.root(3, "Tweedledum"), certificates.root(4, "Tweedledee")
    circle = (_authority(other, 3, "Tweedledum"), _authority(one, 4, "Tweedledee"))
    yield _wrong("two authorities that vouch for each other", rule, unknown, _leaf(one), *circle)
    row = [_root()]
    for number in range(2, search.MAXIMUM_PATH_LENGTH + 1):
        row.append(_authority(row[-1], number, f"Example CA {number}"))
    yield _wrong("too long a chain", rule, unknown, _leaf(row[-1]), *row[:0:-1])
    bad, rule, bank = "BAD_CERTIFICATE", "signature", "bank.example"
    changed = _leaf().der.replace(HOST.encode(), bank.encode())
    yield _wrong("changed after it was signed", rule, bad, changed, _ca(), host=bank)
    impostor = certificates.root(9, "Example CA")
    yield _wrong("an impostor under an authority's name", rule, bad, _leaf(impostor), _ca())


def _of_permission() -> Iterator[Wrong]:
    def forbidden(kind: str, rule: str, *shown: Certificate | Authority) -> Wrong:
        return _wrong(kind, rule, "CERTIFICATE_UNKNOWN", *shown)

    def by(kind: str, rule: str, **extensions: Any) -> Wrong:
        """An authority that may not have issued this."""
        authority = _authority(extensions=_of_authority(**extensions))
        return forbidden(kind, rule, _leaf(authority), authority)

    own_name = _names("mallory.example")
    mallory = _leaf(name="mallory.example", extensions=_of_leaf(subject_alternative_name=own_name))
    forged = _leaf(Authority(mallory, key(100)))
    yield forbidden("forged by a customer of the authority", "authority", forged, mallory, _ca())
    short = _authority(extensions=_of_authority(path_length=0))
    below = _authority(short, 3, "Example CA 3")
    yield forbidden("an authority too many", "path length", _leaf(below), below, short)
    lists_only = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.cRLSign))
    yield by("an authority whose key is for something else", "key usage", key_usage=lists_only)
    fence = extension(oids.NAME_CONSTRAINTS, issue.name_constraints(["works.example"]))
    yield by("an authority outside its fence", "name constraints", name_constraints=fence)
    client = certificates.extended_key_usage(oids.CLIENT_AUTH)
    yield by("an authority for clients alone", "purpose", extended_key_usage=client)
    strict = extension(oids.POLICY_CONSTRAINTS, encoding.sequence(encoding.implicit(0, b"\0")))
    yield by("a policy that is required and missing", "policies", policy_constraints=strict)

    def to(kind: str, rule: str, **extensions: bytes | None) -> Wrong:
        return forbidden(kind, rule, _leaf(extensions=_of_leaf(**extensions)), _ca())

    yield to("a client's certificate", "purpose", extended_key_usage=client)
    encipherment = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyEncipherment))
    yield to("a key that is not for signatures", "key usage", key_usage=encipherment)
    both = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.digitalSignature, KeyUsage.keyCertSign))
    yield to("half an authority", "no signing of others", key_usage=both)
    yield forbidden("about nobody", "subject", _leaf(name=""), _ca())


def _of_form() -> Iterator[Wrong]:
    bad, unsupported = "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE"
    unknown = _leaf(extensions=_of_leaf(unknown=extension("1.2.3", b"?")))
    yield _wrong("an unknown critical extension", "critical extensions", unsupported, unknown, _ca())
    sha1 = _assembled(identifier=AlgorithmIdentifier(oids.RSA_WITH_SHA1, NULL))
    yield _wrong("a signature over SHA-1", "signature", bad, sha1)
    odd = _assembled(identifier=AlgorithmIdentifier("1.3.101.113"))
    yield _wrong("a signature that is not supported", "signature", unsupported, odd)

    def of_key(algorithm: AlgorithmIdentifier, octets: bytes) -> bytes:
        info = encoding.sequence(algorithm.der, encoding.bit_string(octets))
        return _assembled(subjectPublicKeyInfo=info)

    e, *primes = rsa_keys.PRIMES["1024"]
    p, q = (int(prime, 16) for prime in primes)
    short = encoding.sequence(encoding.integer(p * q), encoding.integer(e))
    yield _wrong("an RSA key of 1024 bits", "public key", bad, of_key(KEY_ALGORITHMS[KeyKind.RSA], short))
    ed448 = of_key(AlgorithmIdentifier("1.3.101.113"), bytes(57))
    yield _wrong("a key that is not supported", "public key", unsupported, ed448)
    old = _assembled(version=b"", extensions=b"")
    yield _wrong("X.509 version 1", "version", unsupported, old)
    negative = _assembled(serialNumber=encoding.integer(-1))
    yield _wrong("a negative serial number", "encoding", bad, negative)
    yield _wrong("an intermediate that is cut off", "encoding", bad, _leaf(), _ca().certificate.der[:-1])


def _of_revocation() -> Iterator[Wrong]:
    def listed(kind: str, alert: str, *lists: RevocationList) -> Wrong:
        return _wrong(kind, "revocation", alert, _leaf(), _ca(), lists=lists)

    list_of, revoked, unknown = revocation_lists.list_of, "CERTIFICATE_REVOKED", "CERTIFICATE_UNKNOWN"
    of_root = list_of(_root())
    yield listed("revoked", revoked, of_root, list_of(_ca(), 100))
    yield listed("an authority that is revoked", revoked, list_of(_root(), 2), list_of(_ca()))
    yield listed("a revocation list that is too old", unknown, of_root, list_of(_ca(), next_update=NOW - DAY))
    yield listed("no revocation list about it", unknown, of_root)


def _of_web() -> Iterator[Wrong]:
    def by_the_web(kind: str, rule: str, *shown: Certificate | Authority, root: Authority) -> Wrong:
        return _wrong(kind, rule, "CERTIFICATE_UNKNOWN", *shown, anchors=[root], profile=Profile.WEB)

    yield by_the_web("an Ed25519 key, with --profile web", "key of the web", _leaf(), _ca(), root=_root())
    root_key, leaf_key = (ec.derive_private_key(number, ec.SECP256R1()) for number in (11, 12))
    since = NOW - 30 * DAY
    times: Any = {"not_before": since, "not_after": since + 250 * DAY - timedelta(seconds=1)}
    root = issue.make_authority("Example Root", root_key, serial_number=1, **times)
    leaf = issue.issue_certificate(
        root, HOST, leaf_key.public_key(), serial_number=100, dns_names=[HOST], **times
    )
    yield by_the_web("valid for too long, with --profile web", "length of validity", leaf, root=root)
