"""Private keys in files: what RFC 8410 prints, what openssl and pyca write, and what is refused."""

import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x448, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from purecrypto.ec import SECP256R1, SECP384R1, derive_private_key
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support import peers, rsa_keys
from tests.support.certificates import key, theirs
from x509 import der, encoding, oids, pem, private_keys, public_keys
from x509.algorithms import KEY_ALGORITHMS, AlgorithmIdentifier, KeyKind
from x509.errors import CertificateError, DerError, PemError, PrivateKeyError

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

ED25519 = AlgorithmIdentifier("1.3.101.112").der
OF_EACH_KIND = {
    "Ed25519": key(1),
    "P-256": derive_private_key(0x0123456789ABCDEF, SECP256R1()),  # with leading zeros
    "P-384": derive_private_key(SECP384R1.parameters.n - 1, SECP384R1()),
    "RSA": rsa_keys.ours("2048"),
}
each_kind = pytest.mark.parametrize("ours", OF_EACH_KIND.values(), ids=OF_EACH_KIND)


def private_key(version=0, algorithm=ED25519, seed=bytes(32), rest=b""):
    wrapped = encoding.octet_string(encoding.octet_string(seed))
    return encoding.sequence(encoding.integer(version), algorithm, wrapped, rest)


def pkcs8(theirs, encryption=None):
    return theirs.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.mark.parametrize("text", [RFC_8410_V1, RFC_8410_V2])
def test_the_keys_of_rfc_8410(text):
    assert private_keys.from_pem(text).private_bytes_raw() == RFC_8410_SEED


def test_a_private_key_is_written_as_rfc_8410_has_it():
    key = Ed25519PrivateKey.from_private_bytes(RFC_8410_SEED)
    assert private_keys.to_pem(key) == RFC_8410_V1
    assert private_keys.from_der(private_keys.to_der(key)) == key


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
    key = private_keys.from_pem(text)
    command = [openssl, "pkey", "-pubout", "-outform", "DER"]
    public = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    assert public_keys.encode(key.public_key()) == public


@pytest.mark.interop
def test_openssl_reads_a_key_that_we_write():
    command = [peers.require("openssl"), "pkey"]
    text = private_keys.to_pem(key(1)).encode()
    assert subprocess.run(command, input=text, capture_output=True, check=True).stdout == text


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: ec.generate_private_key(ec.SECP521R1()), "elliptic curve P-521"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "elliptic curve secp256k1"),
        (lambda: dsa.generate_private_key(1024), "DSA"),
        (ed448.Ed448PrivateKey.generate, "Ed448"),
        (x25519.X25519PrivateKey.generate, "X25519"),
        (x448.X448PrivateKey.generate, "X448"),
    ],
)
def test_other_kinds_are_named(make, kind):
    with pytest.raises(PrivateKeyError, match=f"^the private key is of the kind {kind}, only Ed25519, P-256"):
        private_keys.from_pem(pkcs8(make()))


def test_an_encrypted_key_is_named():
    text = pkcs8(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret"))
    with pytest.raises(PrivateKeyError, match="is encrypted: decrypt it with openssl pkey"):
        private_keys.from_pem(text)


def test_a_key_beside_its_certificate_is_found():
    assert private_keys.from_pem(pem.encode(b"...", "CERTIFICATE") + RFC_8410_V1)


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
        private_keys.from_pem(text)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "missing"),
        (private_key() + b"\0", "1 bytes too many"),
        (private_key(rest=b"\x05\x00"), "2 bytes too many"),
        (private_key(version=2), "version: expected 0 or 1, got 2"),
        (private_key(version=-1), "version: expected 0 or 1, got -1"),
        (private_key(seed=bytes(31)), "CurvePrivateKey: an Ed25519 key is 32 bytes, got 31"),
        (private_key(seed=bytes(33)), "CurvePrivateKey: an Ed25519 key is 32 bytes, got 33"),
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
        private_keys.from_der(data)


def test_a_private_key_may_have_attributes_and_its_public_key():
    attributes = encoding.explicit(0, b"")
    public = encoding.implicit(1, b"\0" + key(0).public_key().public_bytes_raw())
    for data in (
        private_key(rest=attributes),
        private_key(version=1),
        private_key(version=1, rest=public),
        private_key(version=1, rest=attributes + public),
    ):
        assert private_keys.from_der(data) == key(0)


def test_no_message_quotes_the_key():
    secret = bytes(range(0x60, 0x80))
    whole = private_key(seed=secret)
    for end in range(len(whole)):
        with pytest.raises(PrivateKeyError) as caught:
            private_keys.from_der(whole[:end])
        message = str(caught.value)
        assert not any(
            secret[i : i + 4].hex() in message or secret[i : i + 4].decode() in message for i in range(29)
        )


def test_private_key_errors_are_value_errors():
    assert issubclass(PrivateKeyError, ValueError)
    assert not issubclass(PrivateKeyError, (CertificateError, DerError))


def test_other_types_are_refused():
    with pytest.raises(TypeError):
        private_keys.from_der("text")


# ---- Every kind ----------------------------------------------------------------------------------------


@each_kind
def test_pyca_writes_what_we_write(ours):
    assert private_keys.to_pem(ours) == pkcs8(theirs(ours)).decode()


@each_kind
def test_what_we_write_we_read(ours):
    assert private_keys.from_pem(private_keys.to_pem(ours)) == ours


@pytest.mark.interop
@each_kind
def test_openssl_writes_the_same_again(ours):
    text = private_keys.to_pem(ours).encode()
    command = [peers.require("openssl"), "pkey"]
    assert subprocess.run(command, input=text, capture_output=True, check=True).stdout == text


@pytest.mark.interop
@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["-algorithm", "ed25519"], "Ed25519"),
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "P-256"),
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "P-384"),
        (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "RSA"),
        (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], "RSA"),
    ],
)
def test_keys_that_openssl_makes(arguments, kind):
    openssl = peers.require("openssl")
    text = subprocess.run([openssl, "genpkey", *arguments], capture_output=True, check=True).stdout
    ours = private_keys.from_pem(text)
    assert public_keys.kind_of(ours.public_key()).value == kind


PSS_OF_OPENSSL = (
    "-algorithm",
    "RSA-PSS",
    "-pkeyopt",
    "rsa_keygen_bits:2048",
    "-pkeyopt",
    "rsa_pss_keygen_md:sha256",
)
SAME_MASK = ("-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256")


@pytest.mark.interop
@pytest.mark.parametrize(
    "salt", [(), ("-pkeyopt", "rsa_pss_keygen_saltlen:0"), ("-pkeyopt", "rsa_pss_keygen_saltlen:32")]
)
def test_keys_for_pss_alone_that_openssl_makes(salt):
    openssl = peers.require("openssl")
    command = [openssl, "genpkey", *PSS_OF_OPENSSL, *SAME_MASK, *salt]
    text = subprocess.run(command, capture_output=True, check=True).stdout
    command = [openssl, "pkey", "-pubout", "-outform", "DER"]
    public = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    with der.Reader(public) as reader:
        read = public_keys.read(reader, "key")
    assert read.kind is KeyKind.RSA_PSS_SHA256
    assert read.public_key == private_keys.from_pem(text).public_key()


@pytest.mark.interop
def test_a_key_of_openssl_whose_mask_has_another_hash():
    """Its default is SHA-1, and TLS signs with one hash throughout (RFC 9846 section 4.3.3)."""
    command = [peers.require("openssl"), "genpkey", *PSS_OF_OPENSSL]
    text = subprocess.run(command, capture_output=True, check=True).stdout
    with pytest.raises(PrivateKeyError, match=r"RSA-PSS with parameters of its own, only .* throughout"):
        private_keys.from_pem(text)


@each_kind
def test_the_formats_before_pkcs8(ours):
    if isinstance(ours, Ed25519PrivateKey):
        return  # is younger than PKCS#8
    text = theirs(ours).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert text.startswith((b"-----BEGIN EC PRIVATE KEY", b"-----BEGIN RSA PRIVATE KEY"))
    assert private_keys.from_pem(text) == ours


@pytest.mark.interop
def test_a_key_with_its_curve_before_it():
    """What `openssl ecparam -genkey` writes."""
    command = [peers.require("openssl"), "ecparam", "-name", "prime256v1", "-genkey"]
    text = subprocess.run(command, capture_output=True, check=True).stdout
    assert b"EC PARAMETERS" in text
    assert private_keys.from_pem(text).curve == SECP256R1()


@pytest.mark.parametrize(("label", "format"), [("EC", "an ECPrivateKey"), ("RSA", "an RSAPrivateKey")])
def test_nonsense_in_the_old_formats(label, format):
    with pytest.raises(PrivateKeyError, match=f"^the private key is not {format}"):
        private_keys.from_pem(pem.encode(b"...", f"{label} PRIVATE KEY"))


@pytest.mark.parametrize(
    ("kind", "size"), [(KeyKind.ED25519, None), (KeyKind.P256, 256), (KeyKind.P384, 384), (KeyKind.RSA, 2048)]
)
def test_new_keys(kind, size):
    asked = []

    def random_bytes(count):
        asked.append(count)
        return bytes([len(asked)]) * count

    one, other = (private_keys.generate(kind, random_bytes) for _ in range(2))
    assert one != other
    assert public_keys.kind_of(one.public_key()) is kind
    if size is not None:
        assert getattr(one, "key_size", None) or one.curve.key_size == size


@pytest.mark.parametrize("kind", [KeyKind.RSA_PSS, KeyKind.RSA_PSS_SHA256])
def test_a_rule_is_no_key_to_be_made(kind):
    with pytest.raises(ValueError, match="cannot make a key of the kind RSA-PSS"):
        private_keys.generate(kind, bytes)


# ---- Elliptic curves -----------------------------------------------------------------------------------

CURVE = encoding.explicit(0, encoding.oid(oids.P256))
KEY = OF_EACH_KIND["P-256"]
POINT = encoding.explicit(1, encoding.bit_string(KEY.public_key().encoded_point()))


def ec_key(*, version=1, number=KEY.private_value, size=32, curve=b"", point=b"", rest=b""):
    octets = encoding.octet_string(number.to_bytes(size, "big"))
    return encoding.sequence(encoding.integer(version), octets, curve, point, rest)


def in_pkcs8(inner, kind=KeyKind.P256):
    algorithm = KEY_ALGORITHMS[kind].der
    return encoding.sequence(encoding.integer(0), algorithm, encoding.octet_string(inner))


@pytest.mark.parametrize(
    "inner", [ec_key(), ec_key(curve=CURVE), ec_key(point=POINT), ec_key(curve=CURVE, point=POINT)]
)
def test_curve_and_point_may_stand_inside(inner):
    assert private_keys.from_der(in_pkcs8(inner)) == KEY


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (ec_key(version=0), "version: expected 1, got 0"),
        (ec_key(version=2), "version: expected 1, got 2"),
        (ec_key(size=31), "privateKey: a P-256 key is 32 bytes, got 31"),
        (ec_key(size=33), "privateKey: a P-256 key is 32 bytes, got 33"),
        (ec_key(number=0), "privateKey: a private value of secp256r1 lies between"),
        (ec_key(number=SECP256R1.parameters.n), "privateKey: a private value of secp256r1 lies between"),
        (
            ec_key(curve=encoding.explicit(0, encoding.oid(oids.P384))),
            "the curve is P-384 here and P-256 outside",
        ),
        (
            ec_key(number=KEY.private_value + 1, point=POINT),
            "publicKey.*: does not belong to the private key",
        ),
        (ec_key(rest=b"\x05\x00"), "2 bytes too many"),
    ],
)
def test_malformed_ec_keys(inner, why):
    with pytest.raises(PrivateKeyError, match=f"^the private key is not PKCS#8: .*{why}") as caught:
        private_keys.from_der(in_pkcs8(inner))
    assert f"{KEY.private_value:x}" not in str(caught.value)


def test_the_point_may_be_compressed():
    """As `openssl ec -conv_form compressed` writes it."""
    point = KEY.public_key().encoded_point()
    same, mirrored = (bytes([parity]) + point[1:33] for parity in (2 | point[-1] & 1, 3 ^ point[-1] & 1))
    other = ec_point(derive_private_key(7, SECP256R1()).public_key().encoded_point())
    assert private_keys.from_der(in_pkcs8(ec_key(point=ec_point(same)))) == KEY
    assert private_keys.from_sec1(ec_key(curve=CURVE, point=ec_point(same))) == KEY
    for wrong in (ec_point(mirrored), other):
        with pytest.raises(PrivateKeyError, match="does not belong to the private key"):
            private_keys.from_der(in_pkcs8(ec_key(point=wrong)))
    with pytest.raises(PrivateKeyError, match="its P-256 key cannot be used"):
        private_keys.from_der(in_pkcs8(ec_key(point=ec_point(b"\x02" + bytes(31)))))


def ec_point(octets):
    return encoding.explicit(1, encoding.bit_string(octets))


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_an_encrypted_key_in_the_old_formats_is_named(kind):
    openssl = peers.require("openssl")
    ours = OF_EACH_KIND["P-256" if kind == "ec" else "RSA"]
    command = [
        openssl,
        kind,
        "-aes128",
        "-passout",
        "pass:secret",
        *(["-traditional"] if kind == "rsa" else []),
    ]
    text = private_keys.to_pem(ours).encode()
    encrypted = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    assert b"Proc-Type: 4,ENCRYPTED" in encrypted
    with pytest.raises(
        PemError, match="PRIVATE KEY block that begins in line 1 is encrypted: decrypt it with openssl"
    ):
        private_keys.from_pem(encrypted)


def test_an_ec_key_alone_has_to_say_its_curve():
    assert private_keys.from_sec1(ec_key(curve=CURVE)) == KEY
    with pytest.raises(PrivateKeyError, match="parameters: missing: nothing says which curve"):
        private_keys.from_sec1(ec_key())


# ---- RSA -----------------------------------------------------------------------------------------------


def rsa_key(version=0, rest=b"", **replaced):
    ours = OF_EACH_KIND["RSA"]
    usual = {
        "n": ours.public_key().n,
        "e": ours.public_key().e,
        **{name: getattr(ours, name) for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")},
    }
    numbers = (usual | replaced).values()
    return encoding.sequence(*map(encoding.integer, (version, *numbers)), rest)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (rsa_key(version=1), "version: expected 0, a key of two primes, got 1"),
        (rsa_key(n=15, p=5, q=3), "modulus: an RSA modulus is a positive number of 2048 to 8192 bits"),
        (rsa_key(d=3), "modulus: the exponents of an RSA key undo each other"),
        (rsa_key(dmp1=3), "dmp1 and dmq1 are d modulo"),
        (rsa_key(iqmp=3), "iqmp is the inverse"),
        (rsa_key(e=65539), "exponents"),
        (rsa_key(n=1 << 8200), "an INTEGER of 1026 bytes, more than 1025"),
        (rsa_key(rest=b"\x05\x00"), "2 bytes too many"),
    ],
)
def test_malformed_rsa_keys(inner, why):
    for read, data in (
        (private_keys.from_der, in_pkcs8(inner, KeyKind.RSA)),
        (private_keys.from_pkcs1, inner),
    ):
        with pytest.raises(PrivateKeyError, match=f"^the private key is not .*{why}") as caught:
            read(data)
        assert str(OF_EACH_KIND["RSA"].d)[:20] not in str(caught.value)


def test_a_key_for_pss_alone_is_read_as_the_same_numbers():
    assert private_keys.from_der(in_pkcs8(rsa_key(), KeyKind.RSA_PSS)) == OF_EACH_KIND["RSA"]
    assert private_keys.from_der(in_pkcs8(rsa_key(), KeyKind.RSA_PSS_SHA256)) == OF_EACH_KIND["RSA"]
