"""Certificates: read as pyca/cryptography reads them, refused where RFC 5280 section 4.1 is broken."""

import dataclasses
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from purecrypto.ed25519 import Ed25519PublicKey
from tests.support.certificates import (
    NOT_AFTER,
    NOT_BEFORE,
    assemble,
    authority_and_leaf,
    key,
    leaf_extensions,
)
from x509 import certificate as certificate_module
from x509 import encoding, oids, pem
from x509.algorithms import AlgorithmIdentifier
from x509.certificate import Certificate
from x509.errors import MalformedCertificate, PemError, UnsupportedCertificate

MODERN = datetime(2026, 1, 1, tzinfo=UTC)
FAR = datetime(2060, 1, 1, tzinfo=UTC)


def refused(why, **fields):
    with pytest.raises(MalformedCertificate, match=rf"^certificate\b.*{why}|^{why}"):
        Certificate.from_der(assemble(**fields))


def v(number):
    return encoding.explicit(0, encoding.integer(number))


# ---- What is read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "algorithm", "hash_algorithm"),
    [
        (ed25519.Ed25519PrivateKey.generate, "1.3.101.112", None),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "1.2.840.10045.4.3.2", hashes.SHA256()),
        (lambda: rsa.generate_private_key(65537, 1024), "1.2.840.113549.1.1.11", hashes.SHA256()),
    ],
    ids=["ed25519", "p256", "rsa"],
)
@pytest.mark.parametrize(("not_before", "not_after"), [(MODERN, FAR), (FAR, FAR)])
def test_every_field_is_what_pyca_reads(make, algorithm, hash_algorithm, not_before, not_after):
    private_key = make()
    name = pyca.Name(
        [
            pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "Köln"),
            pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "DE"),
        ]
    )
    theirs = (
        pyca.CertificateBuilder()
        .issuer_name(name)
        .subject_name(pyca.Name([]))
        .serial_number(2**158 + 12345)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .public_key(private_key.public_key())
        .add_extension(pyca.SubjectAlternativeName([pyca.DNSName("localhost")]), critical=True)
        .add_extension(
            pyca.UnrecognizedExtension(pyca.ObjectIdentifier("1.2.3"), b"anything"), critical=False
        )
        .sign(private_key, hash_algorithm)
    )
    data = theirs.public_bytes(Encoding.DER)
    ours = Certificate.from_der(data)
    assert ours.der == data
    assert ours.tbs_bytes == theirs.tbs_certificate_bytes
    assert ours.version == 3
    assert ours.serial_number == theirs.serial_number
    assert ours.signature_algorithm.oid == theirs.signature_algorithm_oid.dotted_string == algorithm
    assert ours.issuer.der == name.public_bytes()
    assert str(ours.issuer) == name.rfc4514_string()
    assert ours.subject.der == pyca.Name([]).public_bytes()
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    public = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert ours.public_key_info.der == public
    assert ours.signature == theirs.signature
    assert ours.fingerprint == theirs.fingerprint(hashes.SHA256())
    assert ours.extensions.subject_alternative_name.dns_names == ("localhost",)
    assert [(e.oid, e.critical) for e in ours.extensions.all] == [
        (e.oid.dotted_string, e.critical) for e in theirs.extensions
    ]
    assert not ours.is_self_issued


def test_the_key_is_understood_only_when_it_is_asked_for():
    family = authority_and_leaf()
    assert family.leaf.public_key == family.leaf_key.public_key()
    assert isinstance(family.leaf.public_key, Ed25519PublicKey)
    info = encoding.sequence(AlgorithmIdentifier("1.2.3").der, encoding.bit_string(b"..."))
    certificate = Certificate.from_der(assemble(subjectPublicKeyInfo=info))
    with pytest.raises(UnsupportedCertificate, match=r"1\.2\.3"):
        certificate.public_key  # noqa: B018


def test_what_a_certificate_is_called():
    assert str(Certificate.from_der(assemble())) == "CN=localhost"
    nameless = assemble(subject=encoding.sequence(), serialNumber=encoding.integer(7))
    assert str(Certificate.from_der(nameless)) == "serial number 7"


def test_certificates_are_equal_when_their_bytes_are():
    one, same, other = (authority_and_leaf(common_name=name).leaf for name in ("a", "a", "b"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other


def test_a_certificate_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        authority_and_leaf().leaf.version = 1


def test_self_issued():
    family = authority_and_leaf()
    assert family.authority.certificate.is_self_issued
    assert not family.leaf.is_self_issued


def test_buffers_and_other_types():
    data = authority_and_leaf().leaf.der
    assert Certificate.from_der(bytearray(data)) == Certificate.from_der(memoryview(data))
    assert Certificate.from_der(bytearray(data)).der == data
    with pytest.raises(TypeError):
        Certificate.from_der(data.hex())


def test_fingerprint():
    leaf = authority_and_leaf().leaf
    assert leaf.fingerprint == hashlib.sha256(leaf.der).digest()


def test_the_observer_sees_every_byte():
    """The elements without parts, and the headers of those with parts, tile the whole certificate."""
    leaf, seen = authority_and_leaf().leaf, []
    Certificate.from_der(leaf.der, seen.append)
    position = 0
    for element in seen:
        assert element.offset == position
        position += element.header_length + (0 if element.value is None else element.length)
    assert position == len(leaf.der)
    paths = [element.path for element in seen]
    assert paths[0] == "certificate"
    assert "certificate.tbsCertificate.extensions[0].extnValue.BasicConstraints" in paths
    assert paths[-1] == "certificate.signatureValue"


def test_of_a_list_it_is_said_which_one_cannot_be_read():
    seen = []
    assert (
        certificate_module.read_list([assemble()] * 2, seen.append) == (Certificate.from_der(assemble()),) * 2
    )
    assert [one.path for one in seen].count("certificate") == 2
    why = "^certificate 2 of 3 cannot be read: certificate: missing"
    with pytest.raises(MalformedCertificate, match=why):
        certificate_module.read_list([assemble(), b"", assemble()])


# ---- What is refused -----------------------------------------------------------------------------------


def test_the_plain_one_is_accepted():
    certificate = Certificate.from_der(assemble())
    assert (certificate.not_before, certificate.not_after) == (NOT_BEFORE, NOT_AFTER)


@pytest.mark.parametrize("number", [-1, 0, 3, 255])
def test_versions_refused(number):
    refused(f"version: expected 1 .v2. or 2 .v3., got {number}", version=v(number))


def test_nothing_may_follow_the_version():
    both = encoding.explicit(0, encoding.integer(2) + b"\x05\x00")
    refused("version: 2 bytes too many", version=both)


@pytest.mark.parametrize("value", [0, 1, 2**159 - 1])
def test_serial_numbers(value):
    assert Certificate.from_der(assemble(serialNumber=encoding.integer(value))).serial_number == value


@pytest.mark.parametrize("value", [-1, -(2**159)])
def test_serial_numbers_are_not_negative(value):
    refused(f"serialNumber: a negative number, {value}", serialNumber=encoding.integer(value))


def test_serial_numbers_are_20_bytes_at_most():
    refused("serialNumber: an INTEGER of 21 bytes", serialNumber=encoding.integer(2**159))


def test_a_serial_number_has_one_spelling():
    refused("serialNumber: an INTEGER whose first byte", serialNumber=b"\x02\x02\x00\x01")


def test_the_algorithm_outside_is_the_one_inside():
    other = AlgorithmIdentifier("1.2.840.10045.4.3.2").der
    why = "signatureAlgorithm: ECDSA with SHA-256, but inside it was Ed25519"
    refused(why, signatureAlgorithm=other)
    null = encoding.sequence(encoding.oid(oids.ED25519), b"\x05\x00")
    refused("signatureAlgorithm: Ed25519, but inside it was Ed25519", signatureAlgorithm=null)


def test_an_issuer_has_a_name():
    refused("issuer: an empty name", issuer=encoding.sequence())


def test_validity_is_two_times():
    one = encoding.time(NOT_BEFORE)
    refused("validity.notAfter: expected a time", validity=encoding.sequence(one))
    refused("validity: 15 bytes too many", validity=encoding.sequence(one, one, one))


def test_extensions_are_for_version_3():
    refused("tbsCertificate: .* bytes too many", version=v(1))
    refused("tbsCertificate: .* bytes too many", version=b"")


def test_old_versions_without_extensions():
    assert Certificate.from_der(assemble(version=v(1), extensions=b"")).version == 2
    old = Certificate.from_der(assemble(version=b"", extensions=b""))
    assert old.version == 1
    assert old.extensions.all == ()
    assert Certificate.from_der(assemble(extensions=b"")).extensions.all == ()


def test_unique_identifiers_are_skipped():
    identifiers = {
        "issuerUniqueID": encoding.implicit(1, b"\0a"),
        "subjectUniqueID": encoding.implicit(2, b"\0b"),
    }
    assert Certificate.from_der(assemble(**identifiers)).extensions.key_usage
    assert Certificate.from_der(assemble(version=v(1), extensions=b"", **identifiers))
    refused("tbsCertificate: 8 bytes too many", version=b"", extensions=b"", **identifiers)


def test_nothing_may_follow():
    refused("tbsCertificate: 2 bytes too many", rest=b"\x05\x00")
    refused(
        "extensions: 2 bytes too many",
        extensions=encoding.explicit(3, encoding.sequence(*leaf_extensions()) + b"\x05\x00"),
    )
    refused("certificate: 2 bytes too many", signatureValue=encoding.bit_string(b"") + b"\x05\x00")
    with pytest.raises(MalformedCertificate, match=r"^input: 1 bytes too many"):
        Certificate.from_der(assemble() + b"\0")


def test_fields_that_are_missing():
    for field in ("serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo"):
        refused("expected", **{field: b""})


def test_the_signature_is_whole_bytes():
    refused("signatureValue: a BIT STRING that is not whole bytes", signatureValue=b"\x03\x02\x01\x02")


def test_size_is_bounded():
    limit = certificate_module.MAXIMUM_CERTIFICATE_SIZE
    short = assemble(signatureValue=encoding.bit_string(bytes(60_000)))
    room = limit - len(short)
    longest = assemble(signatureValue=encoding.bit_string(bytes(60_000 + room)))
    assert len(longest) == limit
    assert Certificate.from_der(longest)
    with pytest.raises(MalformedCertificate, match=r"^certificate: 65537 bytes, more than 65536"):
        Certificate.from_der(assemble(signatureValue=encoding.bit_string(bytes(60_001 + room))))


def test_key_1_signs_what_is_assembled():
    certificate = Certificate.from_der(assemble())
    key(1).public_key().verify(certificate.signature, certificate.tbs_bytes)


def test_a_certificate_that_is_seen_again_is_read_once():
    der = authority_and_leaf().leaf.der
    assert certificate_module.again(der) == Certificate.from_der(der)
    assert certificate_module.again(der) is certificate_module.again(bytes(bytearray(der)))
    for _ in range(2):  # what cannot be read is refused each time
        with pytest.raises(MalformedCertificate):
            certificate_module.again(der[:-1])


# ---- A chain in a file -----------------------------------------------------------------------------------

PEM = authority_and_leaf().chain_pem


def test_a_chain_is_read_from_pem():
    family = authority_and_leaf(intermediates=1)
    assert certificate_module.chain_from_pem(family.chain_pem) == family.chain
    assert certificate_module.chain_from_pem(family.chain_pem.encode()) == family.chain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no PEM",
        pem.encode(b"...", "PRIVATE KEY"),
        PEM.replace("MII", "AAA", 1),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["nothing", "no PEM", "a key", "a broken certificate", "no certificate in it"],
)
def test_what_is_no_chain_is_refused_in_one_line(text):
    with pytest.raises(PemError) as caught:
        certificate_module.chain_from_pem(text)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value).splitlines()) == 1
