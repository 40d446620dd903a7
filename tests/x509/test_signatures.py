"""A certificate's signature: made with the issuer's key, over these bytes, with a known algorithm."""

import pytest

from tests.support.certificates import assemble, authority_and_leaf, key
from x509 import encoding, keys, oids, signatures
from x509.certificate import Certificate
from x509.errors import InvalidCertificateSignature, MalformedCertificate, UnsupportedCertificate


def verify(certificate, number=1):
    signatures.verify(certificate, key(number).public_key())


def test_the_issuers_key_verifies():
    family = authority_and_leaf()
    verify(family.leaf)
    verify(family.authority.certificate)


def test_another_key_does_not():
    with pytest.raises(InvalidCertificateSignature, match="not made with its issuer's key"):
        verify(authority_and_leaf().leaf, number=2)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65)])
def test_what_is_no_signature(signature):
    with pytest.raises(InvalidCertificateSignature):
        verify(Certificate.from_der(assemble(signatureValue=encoding.bit_string(signature))))


def test_a_key_that_is_no_point_verifies_nothing():
    no_point = keys.PublicKey.from_public_bytes(b"\x02" + bytes(31))
    with pytest.raises(InvalidCertificateSignature):
        signatures.verify(authority_and_leaf().leaf, no_point)


def test_other_algorithms_are_named():
    rsa = keys.encode_algorithm("1.2.840.113549.1.1.11")
    certificate = Certificate.from_der(assemble(signature=rsa, signatureAlgorithm=rsa))
    with pytest.raises(
        UnsupportedCertificate, match="signed with RSA with SHA-256, only Ed25519 is supported"
    ):
        verify(certificate)


def test_ed25519_has_no_parameters():
    null = encoding.sequence(encoding.oid(oids.ED25519), b"\x05\x00")
    certificate = Certificate.from_der(assemble(signature=null, signatureAlgorithm=null))
    with pytest.raises(MalformedCertificate, match="algorithm parameters"):
        verify(certificate)
