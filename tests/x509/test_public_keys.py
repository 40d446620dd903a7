"""Public keys in certificates: what openssl and pyca write, and what is no key."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from purecrypto.ec import SECP256R1, SECP384R1, derive_private_key
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support import rsa_keys
from tests.support.certificates import key, theirs
from x509 import algorithms, der, encoding, oids, public_keys
from x509.algorithms import KEY_ALGORITHMS, NULL, NULL_OR_ABSENT, PSS_KINDS, AlgorithmIdentifier, KeyKind
from x509.errors import DerError, MalformedCertificate, UnsupportedCertificate

RFC_8410_PUBLIC = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="  # section 10.1
RFC_8410_SEED = bytes.fromhex("d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842")

ED25519 = AlgorithmIdentifier(oids.ED25519).der
OF_EACH_KIND = {
    KeyKind.ED25519: key(1),
    KeyKind.P256: derive_private_key(5, SECP256R1()),
    KeyKind.P384: derive_private_key(5, SECP384R1()),
    KeyKind.RSA: rsa_keys.ours("2048"),
}


def read(data):
    with der.Reader(data) as reader:
        return public_keys.read(reader, "key")


def info(algorithm=ED25519, octets=bytes(32)):
    return read(encoding.sequence(algorithm, encoding.bit_string(octets)))


MODULUS = rsa_keys.ours("2048").public_key().n


def rsa_octets(n=MODULUS, e=65537, rest=b""):
    return encoding.sequence(encoding.integer(n), encoding.integer(e), rest)


@pytest.mark.parametrize("kind", OF_EACH_KIND)
def test_pyca_writes_what_we_write(kind):
    public = OF_EACH_KIND[kind].public_key()
    data = (
        theirs(OF_EACH_KIND[kind]).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    assert public_keys.encode(public) == data
    assert read(data).public_key == public
    assert read(data).kind is public_keys.kind_of(public) is kind
    assert read(data).der == data


def test_the_public_key_of_rfc_8410():
    found = read(base64.b64decode(RFC_8410_PUBLIC))
    assert found.public_key == Ed25519PrivateKey.from_private_bytes(RFC_8410_SEED).public_key()


def test_a_key_is_understood_once():
    found = info()
    assert found.public_key is found.public_key


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (AlgorithmIdentifier("1.2.3"), r"1\.2\.3"),
        (AlgorithmIdentifier("1.3.101.113"), "Ed448"),
        (AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid("1.3.132.0.35")), "elliptic curve P-521"),
        (AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid("1.2.3.4")), r"elliptic curve 1\.2\.3\.4"),
        (AlgorithmIdentifier(oids.EC_PUBLIC_KEY, NULL), "elliptic curve with parameters of its own"),
        (AlgorithmIdentifier(oids.EC_PUBLIC_KEY), "elliptic curve"),
        (AlgorithmIdentifier(oids.RSA_PSS, NULL), "RSA-PSS with parameters of its own"),
    ],
)
def test_other_kinds_are_read_and_then_refused(algorithm, name):
    found = info(algorithm.der, b"?")
    for attribute in ("kind", "public_key"):
        with pytest.raises(
            UnsupportedCertificate, match=f"^its key is of the kind {name}, only Ed25519, P-256"
        ):
            getattr(found, attribute)


@pytest.mark.parametrize(
    "algorithm",
    [
        AlgorithmIdentifier(oids.ED25519, NULL),
        AlgorithmIdentifier(oids.RSA),
        AlgorithmIdentifier(oids.RSA, ED25519),
    ],
)
def test_parameters_that_a_kind_does_not_have(algorithm):
    with pytest.raises(MalformedCertificate, match="wrong algorithm parameters"):
        info(algorithm.der, b"?").kind  # noqa: B018


@pytest.mark.parametrize(
    "kind", [KeyKind.RSA_PSS, KeyKind.RSA_PSS_SHA256, KeyKind.RSA_PSS_SHA384, KeyKind.RSA_PSS_SHA512]
)
def test_keys_for_pss_alone(kind):
    found = info(KEY_ALGORITHMS[kind].der, rsa_octets())
    assert found.kind is kind
    assert found.public_key == rsa_keys.ours("2048").public_key()


@pytest.mark.parametrize(("hash_oid", "of_hash"), PSS_KINDS.items(), ids=str)
def test_a_key_for_pss_may_sign_with_salts_as_short_as_it_says(hash_oid, of_hash):
    """RFC 4055 section 3.1: in a key it is a minimum, and TLS's salt is as long as the digest."""
    kind, digest_size = of_hash
    for least in range(digest_size + 1):
        for spelling in NULL_OR_ABSENT:
            parameters = algorithms.pss_parameters(hash_oid, least, spelling)
            assert info(AlgorithmIdentifier(oids.RSA_PSS, parameters).der).kind is kind
    for least in (-1, digest_size + 1, 2**64):
        parameters = algorithms.pss_parameters(hash_oid, least)
        with pytest.raises(UnsupportedCertificate):
            info(AlgorithmIdentifier(oids.RSA_PSS, parameters).der).kind  # noqa: B018


SHA1 = AlgorithmIdentifier("1.3.14.3.2.26", NULL).der
SHA256, SHA384 = (AlgorithmIdentifier(oid, NULL).der for oid in (oids.SHA256, oids.SHA384))


def pss(hash_algorithm=SHA256, in_mask=SHA256, mask=oids.MGF1, salt=b"", rest=b""):
    return encoding.sequence(
        encoding.explicit(0, hash_algorithm) if hash_algorithm else b"",
        encoding.explicit(1, AlgorithmIdentifier(mask, in_mask).der) if in_mask else b"",
        salt,
        rest,
    )


def test_the_salt_of_a_key_for_pss_is_20_unless_it_says_more():
    assert pss() == algorithms.pss_parameters(oids.SHA256, 20)


@pytest.mark.parametrize(
    "parameters",
    [
        encoding.sequence(),  # SHA-1 throughout
        pss(hash_algorithm=b""),
        pss(in_mask=b""),  # SHA-1 for the mask: what openssl makes that is not told otherwise
        pss(hash_algorithm=SHA1),
        pss(hash_algorithm=SHA1, in_mask=SHA1),
        pss(in_mask=SHA384),
        pss(in_mask=AlgorithmIdentifier(oids.SHA256).der),  # NULL in one place and not in the other
        pss(mask="1.2.3"),
        pss(hash_algorithm=AlgorithmIdentifier(oids.SHA256, SHA1).der),
        pss(salt=encoding.explicit(2, encoding.integer(20))),  # in DER, a default is left out
        pss(salt=encoding.explicit(2, NULL)),
        pss(salt=encoding.explicit(2, encoding.integer(32) + NULL)),
        pss(rest=encoding.explicit(3, encoding.integer(1))),
        pss(rest=encoding.explicit(3, encoding.integer(2))),
        pss(rest=NULL),
        NULL,
    ],
    ids=bytes.hex,
)
def test_other_parameters_of_a_key_for_pss(parameters):
    found = info(AlgorithmIdentifier(oids.RSA_PSS, parameters).der, rsa_octets())
    with pytest.raises(
        UnsupportedCertificate, match=r"RSA-PSS with parameters of its own, only .* throughout are"
    ):
        found.kind  # noqa: B018


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_ed25519_key_is_32_bytes(size):
    with pytest.raises(MalformedCertificate, match=f"an Ed25519 key is 32 bytes, got {size}"):
        info(octets=bytes(size)).public_key  # noqa: B018


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_point_may_be_compressed(curve):  # RFC 5480 section 2.2
    public = ec.derive_private_key(5, curve).public_key()
    kind = {"secp256r1": KeyKind.P256, "secp384r1": KeyKind.P384}[curve.name]
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert info(KEY_ALGORITHMS[kind].der, point).public_key == OF_EACH_KIND[kind].public_key()


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x00", bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, b"\x02" + b"\xff" * 32, bytes(97)],
)
def test_what_is_no_point(octets):
    with pytest.raises(MalformedCertificate, match=r"^its P-256 key cannot be used: "):
        info(KEY_ALGORITHMS[KeyKind.P256].der, octets).public_key  # noqa: B018


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "missing"),
        (rsa_octets(rest=b"\x05\x00"), "2 bytes too many"),
        (rsa_octets() + b"\x00", "1 bytes too many"),
        (rsa_octets(n=rsa_keys.ours("1024").public_key().n), "2048 to 8192 bits"),
        (rsa_octets(n=-5), "2048 to 8192 bits"),
        (rsa_octets(n=(1 << 8192) + 1), "2048 to 8192 bits"),
        (rsa_octets(n=(1 << 9000) + 1), "an INTEGER of 1126 bytes, more than 1025"),
        (rsa_octets(n=1 << 2047), "modulus is odd"),
        (rsa_octets(e=1), "public exponent is 3 to"),
        (rsa_octets(e=65536), "public exponent is odd"),
        (rsa_octets(e=2**32 + 1), "public exponent is 3 to"),
    ],
)
def test_what_is_no_rsa_key(octets, why):
    with pytest.raises(MalformedCertificate, match=f"^its RSA key cannot be used: .*{why}"):
        info(KEY_ALGORITHMS[KeyKind.RSA].der, octets).public_key  # noqa: B018


def test_nothing_may_follow_the_parts_of_a_public_key():
    for data in (
        encoding.sequence(ED25519, encoding.bit_string(bytes(32)), b"\x05\x00"),
        encoding.sequence(
            encoding.sequence(encoding.oid("1.3.101.112"), b"\x05\x00\x05\x00"),
            encoding.bit_string(bytes(32)),
        ),
    ):
        with pytest.raises(DerError, match="2 bytes too many"):
            read(data)
