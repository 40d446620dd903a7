"""Keys: what RFC 8410 prints, what openssl and pyca write, and what is refused."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption

from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tests.support import peers
from tests.support.certificates import key
from x509 import der, encoding, keys, pem
from x509.errors import (
    CertificateError,
    DerError,
    MalformedCertificate,
    PemError,
    PrivateKeyError,
    UnsupportedCertificate,
)

# RFC 8410 section 10.3: a key alone, and with an attribute and its public key; section 10.1: that public key.
RFC_8410_V1 = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
RFC_8410_V2 = """-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
"""
RFC_8410_SEED = bytes.fromhex("d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842")
RFC_8410_PUBLIC = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="

ED25519 = keys.encode_algorithm("1.3.101.112")


def private_key(version=0, algorithm=ED25519, seed=bytes(32), rest=b""):
    wrapped = encoding.octet_string(encoding.octet_string(seed))
    return encoding.sequence(encoding.integer(version), algorithm, wrapped, rest)


def public_key(algorithm=ED25519, octets=bytes(32)):
    data = encoding.sequence(algorithm, encoding.bit_string(octets))
    with der.Reader(data) as reader:
        return keys.public_key(keys.read_public_key_info(reader, "key"))


# ---- Private keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [RFC_8410_V1, RFC_8410_V2])
def test_the_keys_of_rfc_8410(text):
    assert keys.private_key_from_pem(text).private_bytes_raw() == RFC_8410_SEED


def test_a_private_key_is_written_as_rfc_8410_has_it():
    key = Ed25519PrivateKey.from_private_bytes(RFC_8410_SEED)
    assert keys.private_key_to_pem(key) == RFC_8410_V1
    assert keys.private_key_from_der(keys.private_key_to_der(key)) == key


def test_pyca_and_we_write_the_same_file():
    theirs = ed25519.Ed25519PrivateKey.from_private_bytes(RFC_8410_SEED)
    text = theirs.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, NoEncryption())
    assert text.decode() == RFC_8410_V1


@pytest.mark.interop
def test_openssl_writes_a_key_that_we_read():
    openssl = peers.require("openssl")
    text = subprocess.run(
        [openssl, "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True
    ).stdout
    key = keys.private_key_from_pem(text)
    command = [openssl, "pkey", "-pubout", "-outform", "DER"]
    public = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    assert keys.encode_public_key_info(key.public_key()) == public


@pytest.mark.interop
def test_openssl_reads_a_key_that_we_write():
    command = [peers.require("openssl"), "pkey"]
    text = keys.private_key_to_pem(key(1)).encode()
    assert subprocess.run(command, input=text, capture_output=True, check=True).stdout == text


def pkcs8(theirs, encryption=None):
    return theirs.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "RSA"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "elliptic curve"),
        (lambda: dsa.generate_private_key(1024), "DSA"),
        (ed448.Ed448PrivateKey.generate, "Ed448"),
        (x25519.X25519PrivateKey.generate, "X25519"),
        (x448.X448PrivateKey.generate, "X448"),
    ],
)
def test_other_kinds_are_named(make, kind):
    with pytest.raises(PrivateKeyError, match=f"^the private key is of the kind {kind}, only Ed25519 is"):
        keys.private_key_from_pem(pkcs8(make()))


@pytest.mark.parametrize("label", ["RSA", "EC", "DSA"])
def test_the_formats_before_pkcs8_are_named(label):
    with pytest.raises(PrivateKeyError, match=f"^the private key is of the kind {label}, only Ed25519 is"):
        keys.private_key_from_pem(pem.encode(b"...", f"{label} PRIVATE KEY"))


def test_an_encrypted_key_is_named():
    text = pkcs8(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret"))
    with pytest.raises(PrivateKeyError, match="is encrypted; decrypt it"):
        keys.private_key_from_pem(text)


def test_a_key_beside_its_certificate_is_found():
    assert keys.private_key_from_pem(pem.encode(b"...", "CERTIFICATE") + RFC_8410_V1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no PRIVATE KEY block, found no PEM at all"),
        (pem.encode(b"...", "CERTIFICATE"), "no PRIVATE KEY block, found CERTIFICATE"),
        (RFC_8410_V1 * 2, "expected one private key, got 2"),
        (RFC_8410_V1.replace("MC4C", "MC4*"), "not base64"),
    ],
)
def test_files_without_one_private_key(text, why):
    with pytest.raises(PemError, match=why):
        keys.private_key_from_pem(text)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "missing"),
        (private_key() + b"\0", "1 bytes too many"),
        (private_key(rest=b"\x05\x00"), "2 bytes too many"),
        (private_key(version=2), "version: expected 0 or 1, got 2"),
        (private_key(version=-1), "version: expected 0 or 1, got -1"),
        (
            private_key(algorithm=encoding.sequence(encoding.oid("1.3.101.112"), b"\x05\x00")),
            "privateKeyAlgorithm: Ed25519 has no parameters",
        ),
        (private_key(seed=bytes(31)), "privateKey: an Ed25519 key is 32 bytes, got 31"),
        (private_key(seed=bytes(33)), "privateKey: an Ed25519 key is 32 bytes, got 33"),
        (encoding.sequence(encoding.integer(0), ED25519, encoding.octet_string(bytes(32))), "privateKey"),
        (
            encoding.sequence(
                encoding.integer(0),
                ED25519,
                encoding.octet_string(encoding.octet_string(bytes(32)) + b"\0"),
            ),
            "privateKey: 1 bytes too many",
        ),
        (private_key(version=0, rest=encoding.implicit(1, bytes(33))), "35 bytes too many"),
        (
            private_key(version=1, rest=encoding.implicit(1, bytes(33))),
            "publicKey: does not belong to the private key",
        ),
    ],
)
def test_malformed_private_keys(data, why):
    with pytest.raises(PrivateKeyError, match=f"^the private key is not PKCS#8: .*{why}"):
        keys.private_key_from_der(data)


def test_a_private_key_may_have_attributes_and_its_public_key():
    attributes = encoding.explicit(0, b"")
    public = encoding.implicit(1, b"\0" + key(0).public_key().public_bytes_raw())
    for data in (
        private_key(rest=attributes),
        private_key(version=1),
        private_key(version=1, rest=public),
        private_key(version=1, rest=attributes + public),
    ):
        assert keys.private_key_from_der(data) == key(0)


def test_no_message_quotes_the_key():
    secret = bytes(range(0x60, 0x80))
    whole = private_key(seed=secret)
    for end in range(len(whole)):
        with pytest.raises(PrivateKeyError) as caught:
            keys.private_key_from_der(whole[:end])
        message = str(caught.value)
        assert not any(
            secret[i : i + 4].hex() in message or secret[i : i + 4].decode() in message for i in range(29)
        )


def test_private_key_errors_are_value_errors():
    assert issubclass(PrivateKeyError, ValueError)
    assert not issubclass(PrivateKeyError, (CertificateError, DerError))


def test_other_types_are_refused():
    with pytest.raises(TypeError):
        keys.private_key_from_der("text")


# ---- Public keys ---------------------------------------------------------------------------------------


def test_the_public_key_of_rfc_8410():
    with der.Reader(base64.b64decode(RFC_8410_PUBLIC)) as reader:
        info = keys.read_public_key_info(reader, "key")
    assert info.is_supported
    assert info.der == base64.b64decode(RFC_8410_PUBLIC)
    assert keys.encode_public_key_info(keys.public_key(info)) == info.der
    assert keys.public_key(info) == Ed25519PrivateKey.from_private_bytes(RFC_8410_SEED).public_key()
    assert isinstance(keys.public_key(info), Ed25519PublicKey)


def test_a_public_key_of_another_kind_is_read_and_then_refused():
    theirs = ec.generate_private_key(ec.SECP256R1()).public_key()
    data = theirs.public_bytes(Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    with der.Reader(data) as reader:
        info = keys.read_public_key_info(reader, "key")
    assert not info.is_supported
    assert info.der == data
    assert info.algorithm.oid == "1.2.840.10045.2.1"
    assert info.algorithm.parameters == encoding.oid("1.2.840.10045.3.1.7")
    assert info.subject_public_key[0] == 4
    with pytest.raises(UnsupportedCertificate, match=r"^its key is of the kind elliptic curve, only Ed25519"):
        keys.public_key(info)


def test_an_unknown_kind_is_named_by_its_number():
    with pytest.raises(UnsupportedCertificate, match=r"its key is of the kind 1\.2\.3,"):
        public_key(algorithm=keys.encode_algorithm("1.2.3"))


def test_an_ed25519_key_has_no_parameters():
    with pytest.raises(MalformedCertificate, match="parameters"):
        public_key(algorithm=encoding.sequence(encoding.oid("1.3.101.112"), b"\x05\x00"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_ed25519_key_is_32_bytes(size):
    with pytest.raises(MalformedCertificate, match=f"an Ed25519 key is 32 bytes, got {size}"):
        public_key(octets=bytes(size))


def test_nothing_may_follow_the_parts_of_a_public_key():
    for data in (
        encoding.sequence(ED25519, encoding.bit_string(bytes(32)), b"\x05\x00"),
        encoding.sequence(
            encoding.sequence(encoding.oid("1.3.101.112"), b"\x05\x00\x05\x00"),
            encoding.bit_string(bytes(32)),
        ),
    ):
        with pytest.raises(DerError, match="2 bytes too many"), der.Reader(data) as reader:
            keys.read_public_key_info(reader, "key")
