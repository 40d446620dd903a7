"""Which list is a certificate's, and what a list is about: as pyca/cryptography writes it, and strictly."""

import pytest
from cryptography import x509 as pyca

from x509 import der, distribution_points, encoding
from x509.der import Reader
from x509.distinguished_names import Name
from x509.distinguished_names import read as read_name
from x509.distribution_points import ALL_REASONS, DistributionPointName, IssuingDistributionPoint, ReasonFlag
from x509.errors import DerError
from x509.general_names import Form, GeneralName

PLACE = "http://root.example/1.crl"
THEIR_NAME = pyca.Name([pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "Root")])


def points(*their_points):
    return distribution_points.read(Reader(pyca.CRLDistributionPoints(their_points).public_bytes()))


def issuing(**fields):
    usual = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    value = pyca.IssuingDistributionPoint(**(usual | fields)).public_bytes()
    return distribution_points.read_issuing(Reader(value))


def name(their_name: pyca.Name) -> Name:
    return read_name(Reader(their_name.public_bytes()), "")


def test_a_place():
    (point,) = points(pyca.DistributionPoint([pyca.UniformResourceIdentifier(PLACE)], None, None, None))
    assert point.name == DistributionPointName((GeneralName(Form.uniformResourceIdentifier, PLACE),))
    assert (point.reasons, point.issuer) == (ALL_REASONS, None)
    assert point.name.names(name(THEIR_NAME)) == {GeneralName(Form.uniformResourceIdentifier, PLACE)}


def test_a_place_below_the_issuers_name():
    below = pyca.NameAttribute(pyca.NameOID.ORGANIZATIONAL_UNIT_NAME, "List 1")
    (point,) = points(pyca.DistributionPoint(None, pyca.RelativeDistinguishedName([below]), None, None))
    full = name(pyca.Name([*THEIR_NAME, below]))
    assert point.name.names(name(THEIR_NAME)) == {GeneralName(Form.directoryName, full)}


def test_reasons_and_an_issuer():
    reasons = frozenset({pyca.ReasonFlags.key_compromise, pyca.ReasonFlags.aa_compromise})
    first, second = points(
        pyca.DistributionPoint([pyca.DNSName("a")], None, reasons, None),
        pyca.DistributionPoint(None, None, None, [pyca.DirectoryName(THEIR_NAME)]),
    )
    assert first.reasons == {ReasonFlag.keyCompromise, ReasonFlag.aACompromise}
    assert second.name is None
    assert second.issuer == (GeneralName(Form.directoryName, name(THEIR_NAME)),)


@pytest.mark.parametrize("reason", ReasonFlag)
def test_every_reason(reason):
    theirs = frozenset({pyca.ReasonFlags(reason.name)})
    (point,) = points(pyca.DistributionPoint([pyca.DNSName("a")], None, theirs, None))
    assert point.reasons == {reason}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("only_contains_user_certs", "only_user_certificates"),
        ("only_contains_ca_certs", "only_authority_certificates"),
        ("indirect_crl", "is_indirect"),
        ("only_contains_attribute_certs", "only_attribute_certificates"),
    ],
)
def test_what_a_list_is_about(theirs, ours):
    assert issuing(**{theirs: True}) == IssuingDistributionPoint(**{ours: True})


def test_a_list_with_a_place_and_reasons():
    reasons = frozenset({pyca.ReasonFlags.superseded})
    found = issuing(full_name=[pyca.UniformResourceIdentifier(PLACE)], only_some_reasons=reasons)
    place = DistributionPointName((GeneralName(Form.uniformResourceIdentifier, PLACE),))
    assert found == IssuingDistributionPoint(place, reasons=frozenset({ReasonFlag.superseded}))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (encoding.sequence(), r"\[0\]: missing"),
        (encoding.sequence(encoding.sequence()), "neither a place nor an issuer"),
        (encoding.sequence(encoding.sequence(encoding.implicit(1, b"\x07\x80"))), "neither a place nor an"),
        (encoding.sequence(encoding.sequence(encoding.explicit(2, b""))), r"cRLIssuer\[0\]"),
        (encoding.sequence(encoding.sequence(encoding.explicit(0, b""))), "fullName: missing"),
        (encoding.sequence(encoding.sequence(encoding.explicit(0, encoding.explicit(0, b"")))), "fullName"),
        (encoding.sequence(encoding.sequence(encoding.explicit(0, encoding.explicit(1, b"")))), "missing"),
    ],
)
def test_malformed_points(value, why):
    with pytest.raises(DerError, match=why):
        distribution_points.read(Reader(value))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (encoding.sequence(), "says nothing"),
        (encoding.sequence(encoding.implicit(1, b"\0")), "FALSE is left out"),
        (encoding.sequence(encoding.implicit(2, b"\xff"), encoding.implicit(1, b"\xff")), "too many"),
        (encoding.sequence(encoding.element(der.BOOLEAN, b"\xff")), "too many"),
    ],
)
def test_malformed_issuing_points(value, why):
    with pytest.raises(DerError, match=why):
        distribution_points.read_issuing(Reader(value))
