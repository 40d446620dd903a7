"""A certificate's signature: made with the issuer's key, over these bytes, with a known algorithm."""

from datetime import timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from purecrypto import entropy
from tests.support import certificates, rsa_keys
from tests.support.certificates import NOW, assemble, authority_and_leaf, key, theirs
from x509 import algorithms, encoding, oids, private_keys, public_keys, signatures
from x509.algorithms import KEY_ALGORITHMS, NULL, NULL_OR_ABSENT, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.errors import InvalidCertificateSignature, UnsupportedCertificate, WeakSignature
from x509.public_keys import SubjectPublicKeyInfo
from x509.signatures import ALGORITHMS

ISSUERS = {
    KeyKind.P256: private_keys.generate(KeyKind.P256, entropy.random_bytes),
    KeyKind.P384: private_keys.generate(KeyKind.P384, entropy.random_bytes),
    KeyKind.RSA: rsa_keys.ours("2048"),
}
HASHES = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())


def info(public_key, kind=None):
    octets = public_keys.subject_public_key(public_key)
    return SubjectPublicKeyInfo(KEY_ALGORITHMS[kind or public_keys.kind_of(public_key)], octets, b"")


def verify(certificate, number=1):
    signatures.verify(certificate, info(key(number).public_key()))


def made_by_pyca(issuer, hash_class, rsa_padding=None):
    """A certificate signed by OpenSSL's code."""
    name = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, "name")])
    builder = pyca.CertificateBuilder(name, name, theirs(key(100)).public_key(), 1, NOW, NOW + timedelta(1))
    made = builder.sign(theirs(issuer), hash_class, rsa_padding=rsa_padding)
    return Certificate.from_der(made.public_bytes(Encoding.DER))


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
    no_point = SubjectPublicKeyInfo(KEY_ALGORITHMS[KeyKind.ED25519], b"\x02" + bytes(31), b"")
    with pytest.raises(InvalidCertificateSignature):
        signatures.verify(authority_and_leaf().leaf, no_point)


@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.P384])
@pytest.mark.parametrize("hash_class", HASHES, ids=lambda hash_class: hash_class.name)
def test_curve_and_hash_are_independent(kind, hash_class):
    certificate = made_by_pyca(ISSUERS[kind], hash_class)
    signatures.verify(certificate, info(ISSUERS[kind].public_key()))
    refused_by_others(certificate, ISSUERS[kind])


@pytest.mark.parametrize("hash_class", HASHES, ids=lambda hash_class: hash_class.name)
def test_rsa(hash_class):
    issuer = ISSUERS[KeyKind.RSA]
    certificate = made_by_pyca(issuer, hash_class, padding.PKCS1v15())
    signatures.verify(certificate, info(issuer.public_key()))
    refused_by_others(certificate, issuer)
    with pytest.raises(InvalidCertificateSignature):  # a key for PSS alone
        signatures.verify(certificate, info(issuer.public_key(), KeyKind.RSA_PSS))


@pytest.mark.parametrize(
    ("hash_class", "restricted"),
    [*zip(HASHES, (KeyKind.RSA_PSS_SHA256, KeyKind.RSA_PSS_SHA384, KeyKind.RSA_PSS_SHA512), strict=True)],
)
def test_rsa_pss(hash_class, restricted):  # section 4.3.3 [10]
    issuer = ISSUERS[KeyKind.RSA]
    pss = padding.PSS(padding.MGF1(hash_class), hash_class.digest_size)
    certificate = made_by_pyca(issuer, hash_class, pss)
    for kind in KeyKind:
        if kind in (KeyKind.RSA, KeyKind.RSA_PSS, restricted):
            signatures.verify(certificate, info(issuer.public_key(), kind))
        elif kind.value.startswith("RSA-PSS"):
            with pytest.raises(InvalidCertificateSignature):
                signatures.verify(certificate, info(issuer.public_key(), kind))
    refused_by_others(certificate, issuer)


def test_pss_with_another_salt_is_another_algorithm():
    """RFC 9846 section 4.3.3: as long as the digest."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 20)
    certificate = made_by_pyca(ISSUERS[KeyKind.RSA], hashes.SHA256(), pss)
    with pytest.raises(UnsupportedCertificate, match="signed with RSA-PSS with parameters of its own, which"):
        signatures.verify(certificate, info(ISSUERS[KeyKind.RSA].public_key()))


def refused_by_others(certificate, issuer):
    for other in (*ISSUERS.values(), key(1), private_keys.generate(KeyKind.P256, entropy.random_bytes)):
        if other != issuer:
            with pytest.raises(InvalidCertificateSignature):
                signatures.verify(certificate, info(other.public_key()))


@pytest.mark.parametrize(
    ("oid", "parameters", "name"),
    [
        ("1.2.840.113549.1.1.5", NULL, "RSA with SHA-1"),
        ("1.2.840.113549.1.1.4", NULL, "RSA with MD5"),
        ("1.2.840.113549.1.1.4", None, "RSA with MD5"),
        ("1.2.840.10045.4.1", None, "ECDSA with SHA-1"),
    ],
)
def test_weak_algorithms_are_named(oid, parameters, name):
    certificate = certificates.with_signature_algorithm(oid, parameters)
    why = f"^it is signed with {name}, which is too weak: another certificate may have"
    with pytest.raises(WeakSignature, match=why):
        verify(certificate)


@pytest.mark.parametrize(
    ("oid", "parameters", "name"),
    [
        ("1.2.3.4", None, r"1\.2\.3\.4"),
        (oids.ED25519, NULL, "Ed25519"),  # RFC 8410 section 3: absent
        (oids.ECDSA_WITH_SHA256, NULL, "ECDSA with SHA-256"),  # RFC 5758 section 3.2: absent
        (oids.RSA_WITH_SHA256, encoding.oid("1.2.3"), "RSA with SHA-256"),  # RFC 4055 section 5
        (oids.RSA_PSS, b"\x04\x01?", "RSA-PSS with parameters of its own"),
    ],
)
def test_other_algorithms_are_named(oid, parameters, name):  # section 4.3.3 [9]
    certificate = certificates.with_signature_algorithm(oid, parameters)
    with pytest.raises(UnsupportedCertificate, match=f"^it is signed with {name}, which is not supported"):
        verify(certificate)


def test_where_null_may_be_absent():  # RFC 4055 sections 2.1 and 5
    for oid in (oids.RSA_WITH_SHA256, oids.RSA_WITH_SHA384, oids.RSA_WITH_SHA512):
        assert ALGORITHMS[AlgorithmIdentifier(oid)] is ALGORITHMS[AlgorithmIdentifier(oid, NULL)]
    spelt = [algorithms.pss_parameters(oids.SHA256, 32, parameters) for parameters in NULL_OR_ABSENT]
    assert spelt[0] != spelt[1]
    assert {ALGORITHMS[AlgorithmIdentifier(oids.RSA_PSS, each)] for each in spelt} == {
        signatures.RSA_PSS_SHA256
    }


@pytest.mark.parametrize(
    "oid", ["1.2.840.113549.1.1.14", "2.16.840.1.101.3.4.3.2", "1.2.840.10040.4.3", "1.2.840.10045.4.3.1"]
)
def test_sha224_and_dsa_are_refused(oid: str) -> None:  # RFC 9846 section 4.3.3 [16]
    with pytest.raises(UnsupportedCertificate):
        signatures.find(AlgorithmIdentifier(oid))


WEAK_PSS = {
    "no parameters": None,
    "no fields": encoding.sequence(),
    "a salt alone": encoding.sequence(encoding.explicit(2, encoding.integer(32))),
    "SHA-1": algorithms.pss_parameters(oids.SHA1, 20),
    "SHA-1 without NULL": algorithms.pss_parameters(oids.SHA1, 20, None),
    "SHA-1 with a long salt": algorithms.pss_parameters(oids.SHA1, 32),
    "MD5": algorithms.pss_parameters(oids.MD5, 16),
    "MD5 without NULL": algorithms.pss_parameters(oids.MD5, 16, None),
}


@pytest.mark.parametrize("name", WEAK_PSS)
def test_pss_over_a_weak_digest(name: str) -> None:  # RFC 9846 section 4.5.1.3 [2, 3]
    """SHA-1 is what RFC 4055 section 3.1 means where no digest is named."""
    with pytest.raises(WeakSignature):
        signatures.find(AlgorithmIdentifier(oids.RSA_PSS, WEAK_PSS[name]))
