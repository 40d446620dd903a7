"""Issuing: what we make says what was asked for, and nonsense is refused before anyone sees it."""

import contextlib
import ipaddress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ed25519

from purecrypto import entropy
from tests.support import rsa_keys
from tests.support.certificates import NOT_AFTER, NOT_BEFORE, NOW, authority_and_leaf, key
from x509 import issue, oids, path, private_keys, public_keys
from x509.algorithms import KEY_ALGORITHMS, KeyKind
from x509.errors import MalformedCertificate, NotPermitted
from x509.extensions import BasicConstraints, KeyUsage
from x509.public_keys import SubjectPublicKeyInfo
from x509.rules import Purpose
from x509.trust_store import TrustStore

TIMES = {"not_before": NOT_BEFORE, "not_after": NOT_AFTER}


def theirs(certificate):
    return pyca.load_der_x509_certificate(certificate.der)


def value(certificate, kind):
    return theirs(certificate).extensions.get_extension_for_class(kind)


def make_leaf(**replaced):
    arguments = {"common_name": "leaf", "serial_number": 5, "dns_names": ["localhost"], **TIMES}
    return issue.issue_certificate(
        authority_and_leaf().authority, public_key=key(100).public_key(), **(arguments | replaced)
    )


def test_an_authority():
    made = issue.make_authority("Köln Root", key(1), serial_number=2**158, path_length=3, **TIMES)
    root = theirs(made.certificate)
    assert made.private_key == key(1)
    assert root.subject.rfc4514_string() == root.issuer.rfc4514_string() == "CN=Köln Root"
    assert root.serial_number == 2**158
    assert (root.not_valid_before_utc, root.not_valid_after_utc) == (NOT_BEFORE, NOT_AFTER)
    assert root.version is pyca.Version.v3
    assert [(extension.oid.dotted_string, extension.critical) for extension in root.extensions] == [
        (oids.BASIC_CONSTRAINTS, True),
        (oids.KEY_USAGE, True),
        (oids.SUBJECT_KEY_IDENTIFIER, False),
    ]
    assert value(made.certificate, pyca.BasicConstraints).value == pyca.BasicConstraints(True, 3)
    assert made.certificate.extensions.key_usage == {KeyUsage.keyCertSign, KeyUsage.cRLSign}
    root.verify_directly_issued_by(root)


def test_an_authority_may_have_any_number_below():
    assert authority_and_leaf().authority.certificate.extensions.basic_constraints == BasicConstraints(True)


def test_an_intermediate():
    root = authority_and_leaf().authority
    made = issue.make_intermediate(root, "Below", key(2), serial_number=2, **TIMES)
    theirs(made.certificate).verify_directly_issued_by(theirs(root.certificate))
    assert str(made.certificate.issuer) == "CN=Root"
    assert str(made.certificate.subject) == "CN=Below"
    assert made.certificate.public_key == key(2).public_key()
    assert made.certificate.extensions.basic_constraints == BasicConstraints(True, 0)
    wider = issue.make_intermediate(root, "Below", key(2), serial_number=2, path_length=None, **TIMES)
    assert wider.certificate.extensions.basic_constraints == BasicConstraints(True)


@pytest.mark.parametrize("issuer", [KeyKind.P256, KeyKind.P384, KeyKind.RSA])
@pytest.mark.parametrize("subject", [KeyKind.P256, KeyKind.P384, KeyKind.RSA])
def test_every_kind_of_key_issues_for_every_other(issuer, subject):
    """Verified by OpenSSL, and by ourselves."""

    def generate(kind):
        if kind is KeyKind.RSA:
            return rsa_keys.ours("2048")
        return private_keys.generate(kind, entropy.random_bytes)

    root = issue.make_authority("Root", generate(issuer), serial_number=1, **TIMES)
    leaf = issue.issue_certificate(
        root, "leaf", generate(subject).public_key(), serial_number=2, dns_names=["localhost"], **TIMES
    )
    theirs(leaf).verify_directly_issued_by(theirs(root.certificate))
    identifier = pyca.SubjectKeyIdentifier(value(leaf, pyca.SubjectKeyIdentifier).value.digest)
    assert len(identifier.digest) == 20
    trust = TrustStore([root.certificate])
    path.verify_chain([leaf], trust, at=NOW, purpose=Purpose.SERVER)


def test_an_authority_that_may_only_sign_with_pss_cannot_issue():
    info = SubjectPublicKeyInfo(
        KEY_ALGORITHMS[KeyKind.RSA_PSS],
        public_keys.subject_public_key(rsa_keys.ours("2048").public_key()),
        b"",
    )
    certificate = replace(authority_and_leaf().authority.certificate, public_key_info=info)
    with pytest.raises(ValueError, match="a key of the kind RSA-PSS cannot issue here"):
        issue.Authority(certificate, rsa_keys.ours("2048"))


def test_a_leaf():
    family = authority_and_leaf(
        ["localhost", "*.example.com"], ["127.0.0.1", "::1"], intermediates=1, common_name="a leaf"
    )
    leaf = theirs(family.leaf)
    leaf.verify_directly_issued_by(theirs(family.issuer.certificate))
    assert leaf.subject.rfc4514_string() == "CN=a leaf"
    assert leaf.public_key() == ed25519.Ed25519PrivateKey.from_private_bytes(bytes([100]) * 32).public_key()
    assert [(extension.oid.dotted_string, extension.critical) for extension in leaf.extensions] == [
        (oids.BASIC_CONSTRAINTS, True),
        (oids.KEY_USAGE, True),
        (oids.EXTENDED_KEY_USAGE, False),
        (oids.SUBJECT_KEY_IDENTIFIER, False),
        (oids.AUTHORITY_KEY_IDENTIFIER, False),
        (oids.SUBJECT_ALTERNATIVE_NAME, False),
    ]
    assert family.leaf.extensions.basic_constraints == BasicConstraints(False)
    assert family.leaf.extensions.key_usage == {KeyUsage.digitalSignature}
    assert list(value(family.leaf, pyca.ExtendedKeyUsage).value) == [pyca.OID_SERVER_AUTH]
    assert list(value(family.leaf, pyca.SubjectAlternativeName).value) == [
        pyca.DNSName("localhost"),
        pyca.DNSName("*.example.com"),
        pyca.IPAddress(ipaddress.ip_address("127.0.0.1")),
        pyca.IPAddress(ipaddress.ip_address("::1")),
    ]


def test_the_key_identifiers_lead_from_one_certificate_to_the_next():
    family = authority_and_leaf(intermediates=1)
    for certificate, issuer in zip(family.chain, reversed(family.authorities), strict=True):
        identifier = issuer.certificate.extensions.subject_key_identifier
        assert len(identifier) == 20  # 160 bits of SHA-256 (RFC 7093)
        assert certificate.extensions.authority_key_identifier == identifier
    identifiers = {
        authority.certificate.extensions.subject_key_identifier for authority in family.authorities
    }
    assert len(identifiers) == 2


def test_an_issuer_without_a_key_identifier():
    leaf = authority_and_leaf().leaf
    without = issue.sign(
        key(1),
        issuer=leaf.issuer.der,
        subject=leaf.issuer.der,
        public_key=key(1).public_key(),
        serial_number=1,
        extensions=[issue.extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=True))],
        **TIMES,
    )
    made = issue.make_intermediate(
        issue.Authority(without, key(1)), "Below", key(2), serial_number=2, **TIMES
    )
    assert made.certificate.extensions.authority_key_identifier is None


def test_purposes():
    leaf = make_leaf(purposes=[Purpose.CLIENT])
    assert leaf.extensions.extended_key_usage == (oids.CLIENT_AUTH,)
    leaf = make_leaf(purposes=[Purpose.CLIENT, Purpose.SERVER])
    assert leaf.extensions.extended_key_usage == (oids.CLIENT_AUTH, oids.SERVER_AUTH)


def test_a_leaf_for_an_address_alone():
    names = make_leaf(dns_names=[], ip_addresses=["::1"]).extensions.subject_alternative_name
    assert (names.dns_names, names.ip_addresses) == ((), (ipaddress.ip_address("::1"),))


def test_a_leaf_for_no_host():
    assert make_leaf(dns_names=[]).extensions.subject_alternative_name is None


def test_a_leaf_without_a_common_name():
    """RFC 5280 section 4.2.1.6: then the subjectAltName is critical."""
    family = authority_and_leaf(common_name="")
    assert family.leaf.subject.relative_names == ()
    assert value(family.leaf, pyca.SubjectAlternativeName).critical


def test_names_are_written_as_they_will_be_compared():
    leaf = make_leaf(dns_names=["LocalHost.", "*.Example.COM"])
    assert leaf.extensions.subject_alternative_name.dns_names == ("localhost", "*.example.com")


def test_fractions_of_a_second_are_cut():
    leaf = make_leaf(not_before=NOT_BEFORE + timedelta(milliseconds=1500))
    assert leaf.not_before == NOT_BEFORE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("replaced", "why"),
    [
        ({"serial_number": 0}, "a serial number is positive, got 0"),
        ({"serial_number": -1}, "a serial number is positive, got -1"),
        ({"serial_number": 2**159}, "serialNumber: an INTEGER of 21 bytes, more than 20"),
        ({"not_before": NOT_AFTER, "not_after": NOT_BEFORE}, "never valid"),
        ({"not_before": datetime(2026, 1, 1), "not_after": datetime(2026, 1, 1)}, "time zone"),
        ({"dns_names": ["a b"]}, "neither a DNS name nor an IP address: 'a b'"),
        ({"dns_names": ["bücher.example"]}, "a name beyond ASCII"),
        ({"dns_names": ["*"]}, "neither a DNS name"),
        ({"dns_names": ["*.*.example"]}, "neither a DNS name"),
        ({"dns_names": ["*.example"]}, r"a wildcard for all of a top-level domain: \*.example"),
        ({"dns_names": ["127.0.0.1"]}, "an IP address among the DNS names: 127.0.0.1"),
        ({"ip_addresses": ["localhost"]}, "does not appear to be an IPv4 or IPv6 address"),
        ({"purposes": []}, r"ExtKeyUsageSyntax\[0\]: missing"),
        ({"common_name": "x" * 65}, "at most 64 printable characters"),
        ({"common_name": "a\nb"}, "at most 64 printable characters"),
    ],
)
def test_nonsense_is_the_callers_bug(replaced, why):
    with pytest.raises(ValueError, match=why):
        make_leaf(**replaced)
    assert not issubclass(ValueError, MalformedCertificate)


def test_the_longest_common_name():
    assert str(make_leaf(common_name="x" * 64).subject) == f"CN={'x' * 64}"


def test_an_authority_without_a_name_is_the_callers_bug():
    with pytest.raises(ValueError, match="an authority without a name"):
        issue.make_authority("", key(1), serial_number=1, **TIMES)


@pytest.mark.parametrize(
    ("permitted", "good", "bad"),
    [
        (["example.org"], ["example.org", "a.b.example.org"], ["example.com", "10.0.0.1", "::1"]),
        (["Example.ORG.", "localhost"], ["example.org", "localhost"], ["a.example", "127.0.0.1"]),
        (["10.0.0.0/8"], ["10.1.2.3"], ["11.0.0.1", "::1", "localhost"]),
        (["fd00::/8", "a.example"], ["fd00::1", "a.example"], ["fe80::1", "10.0.0.1", "example"]),
    ],
)
@pytest.mark.parametrize("where", ["root", "intermediate"])
def test_an_authority_for_some_hosts_alone(permitted, good, bad, where):
    root = issue.make_authority(
        "Root", key(1), serial_number=1, permitted=permitted if where == "root" else (), **TIMES
    )
    below = issue.make_intermediate(
        root, "Below", key(2), serial_number=2, permitted=permitted if where != "root" else (), **TIMES
    )
    constrained = root if where == "root" else below
    constraints = value(constrained.certificate, pyca.NameConstraints)
    assert theirs(constrained.certificate).extensions.get_extension_for_class(pyca.NameConstraints).critical
    assert len(constraints.value.permitted_subtrees) == len(permitted)
    for host in (*good, *bad):
        is_address = host[0].isdigit() or ":" in host
        names = {"dns_names": [] if is_address else [host], "ip_addresses": [host] if is_address else []}
        leaf = issue.issue_certificate(below, "x", key(3).public_key(), serial_number=3, **names, **TIMES)
        chain, trust = [leaf, below.certificate], TrustStore([root.certificate])
        refused = contextlib.nullcontext() if host in good else pytest.raises(NotPermitted)
        with refused:
            path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER)


def test_a_subtree_that_is_none():
    with pytest.raises(ValueError, match="neither a DNS name nor an IP address: '10"):
        issue.name_constraints(["10.1.2.3/8"])


def test_a_serial_number():
    assert issue.serial_number(bytes) == 1
    assert issue.serial_number(lambda size: b"\xff" * size) == 2**128
    assert make_leaf(serial_number=2**128).serial_number == 2**128


def test_a_negative_path_length_is_the_callers_bug():
    with pytest.raises(ValueError, match="pathLenConstraint"):
        issue.make_authority("Root", key(1), serial_number=1, path_length=-1, **TIMES)


def test_the_private_key_is_not_shown():
    assert "private_key" not in repr(authority_and_leaf().authority)
