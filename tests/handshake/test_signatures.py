"""CertificateVerify: who signed this handshake, in which role, and in which scheme."""

import functools
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from handshake import signatures
from handshake.constants import SignatureScheme
from handshake.errors import DecryptError, IllegalParameter
from handshake.signatures import CLIENT_CONTEXT, SCHEMES, SERVER_CONTEXT
from purecrypto import entropy
from tests.support import certificates, oracle, rsa_keys
from x509 import oids, private_keys, public_keys
from x509.algorithms import KEY_ALGORITHMS, KeyKind
from x509.private_keys import PrivateKey
from x509.public_keys import SubjectPublicKeyInfo

SEED = bytes(range(32))
HASH = bytes([1]) * 32
RANDOM = bytes(range(64))
ED25519 = SignatureScheme.ED25519
IN_THE_HANDSHAKE = [(scheme, kind) for scheme in SCHEMES.values() for kind in KeyKind if kind in scheme.kinds]

# The example of RFC 9846 section 4.5.2.
EXAMPLE = """
    2020202020202020202020202020202020202020202020202020202020202020
    2020202020202020202020202020202020202020202020202020202020202020
    544c5320312e332c207365727665722043657274696669636174655665726966
    79
    00
    0101010101010101010101010101010101010101010101010101010101010101
"""


def test_the_signed_content_is_the_rfcs_example() -> None:
    assert signatures.signed_content(SERVER_CONTEXT, HASH) == bytes.fromhex(EXAMPLE)


def test_the_roles_have_different_contexts() -> None:
    assert SERVER_CONTEXT == b"TLS 1.3, server CertificateVerify"
    assert CLIENT_CONTEXT == b"TLS 1.3, client CertificateVerify"


@functools.cache
def key(kind: KeyKind) -> PrivateKey:
    if kind.value.startswith("RSA"):
        return rsa_keys.ours("2048")
    return private_keys.generate(kind, entropy.random_bytes)


def info(kind: KeyKind) -> SubjectPublicKeyInfo:
    """The public key of `key`, as a certificate has it."""
    octets = public_keys.subject_public_key(key(kind).public_key())
    return SubjectPublicKeyInfo(KEY_ALGORITHMS[kind], octets, b"")


def signed(kind: KeyKind = KeyKind.ED25519, number: int = ED25519, context: bytes = SERVER_CONTEXT) -> bytes:
    return signatures.sign(SCHEMES[number], key(kind), context, HASH, RANDOM)


each_scheme = pytest.mark.parametrize(
    ("scheme", "kind"), IN_THE_HANDSHAKE, ids=lambda value: getattr(value, "name", None) or value.number.name
)


@each_scheme
@pytest.mark.parametrize("context", [SERVER_CONTEXT, CLIENT_CONTEXT])
def test_signing_and_verifying(scheme: Any, kind: KeyKind, context: bytes) -> None:
    signatures.verify(scheme.number, info(kind), context, HASH, signed(kind, scheme.number, context))


def test_openssl_verifies_what_we_sign() -> None:
    content = oracle.certificate_verify_content("server", HASH)
    assert signed() == key(KeyKind.ED25519).sign(content)  # type: ignore[call-arg]
    for kind, number, hash_class in (
        (KeyKind.P256, SignatureScheme.ECDSA_SECP256R1_SHA256, hashes.SHA256()),
        (KeyKind.P384, SignatureScheme.ECDSA_SECP384R1_SHA384, hashes.SHA384()),
    ):
        theirs = certificates.theirs(key(kind)).public_key()
        theirs.verify(signed(kind, number), content, ec.ECDSA(hash_class))
    for number, hash_class in (
        (SignatureScheme.RSA_PSS_RSAE_SHA256, hashes.SHA256()),
        (SignatureScheme.RSA_PSS_RSAE_SHA384, hashes.SHA384()),
        (SignatureScheme.RSA_PSS_RSAE_SHA512, hashes.SHA512()),
    ):
        pss = padding.PSS(padding.MGF1(hash_class), hash_class.digest_size)
        theirs = certificates.theirs(key(KeyKind.RSA)).public_key()
        theirs.verify(signed(KeyKind.RSA, number), content, pss, hash_class)


def test_the_salt_of_pss_comes_with_the_call() -> None:
    number = SignatureScheme.RSA_PSS_RSAE_SHA256
    assert signed(KeyKind.RSA, number) == signed(KeyKind.RSA, number)
    other = signatures.sign(SCHEMES[number], key(KeyKind.RSA), SERVER_CONTEXT, HASH, bytes(64))
    assert other != signed(KeyKind.RSA, number)


def test_a_signature_reflected_across_roles_is_refused() -> None:
    """Who could make the server sign as a client would have a proof to show to its peers."""
    for made, shown in ((SERVER_CONTEXT, CLIENT_CONTEXT), (CLIENT_CONTEXT, SERVER_CONTEXT)):
        with pytest.raises(DecryptError):
            signatures.verify(ED25519, info(KeyKind.ED25519), shown, HASH, signed(context=made))


@each_scheme
def test_a_signature_of_another_handshake_is_refused(scheme: Any, kind: KeyKind) -> None:
    signature = signed(kind, scheme.number)
    with pytest.raises(DecryptError):
        signatures.verify(scheme.number, info(kind), SERVER_CONTEXT, bytes(32), signature)


def test_a_signature_by_another_key_is_refused() -> None:
    other = certificates.key(7).public_key().public_bytes_raw()
    other_info = SubjectPublicKeyInfo(KEY_ALGORITHMS[KeyKind.ED25519], other, b"")
    with pytest.raises(DecryptError):
        signatures.verify(ED25519, other_info, SERVER_CONTEXT, HASH, signed())


@each_scheme
@pytest.mark.parametrize("bit", [0, 37, 300, 511])
def test_a_flipped_bit_is_refused(scheme: Any, kind: KeyKind, bit: int) -> None:
    signature = bytearray(signed(kind, scheme.number))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptError):
        signatures.verify(scheme.number, info(kind), SERVER_CONTEXT, HASH, bytes(signature))


@each_scheme
@pytest.mark.parametrize("length", [0, 1, 63, 65, 65_535])
def test_a_signature_of_another_length_is_refused(scheme: Any, kind: KeyKind, length: int) -> None:
    signature = (signed(kind, scheme.number) + bytes(65_535))[:length]
    with pytest.raises(DecryptError):
        signatures.verify(scheme.number, info(kind), SERVER_CONTEXT, HASH, signature)


@pytest.mark.parametrize("number", [0, 0x0A0A, 0x0201, 0x0203, 0x0808, *SCHEMES])
@pytest.mark.parametrize("kind", KeyKind)
def test_a_scheme_that_does_not_fit_the_key_is_refused(number: int, kind: KeyKind) -> None:
    """Even where the signature would be good: PSS by a key that may do PKCS#1 too is another scheme."""
    if (number, kind) in [(scheme.number, fitting) for scheme, fitting in IN_THE_HANDSHAKE]:
        return
    with pytest.raises(IllegalParameter, match=r"\(0x.*\) does not fit a key of the kind"):
        signatures.verify(number, info(kind), SERVER_CONTEXT, HASH, b"")


def test_pkcs1_is_for_certificates_only() -> None:
    """Section 4.3.3."""
    numbers = {scheme.number for scheme in SCHEMES.values() if not scheme.kinds}
    assert numbers == {0x0401, 0x0501, 0x0601}


def test_a_scheme_is_chosen_among_those_that_both_know() -> None:
    pss_256, pss_384 = SignatureScheme.RSA_PSS_RSAE_SHA256, SignatureScheme.RSA_PSS_RSAE_SHA384
    assert chosen(KeyKind.ED25519, SCHEMES, (0x0403, ED25519, 0x0804)) == ED25519
    assert chosen(KeyKind.ED25519, SCHEMES, (0x0403, 0x0804)) is None
    assert chosen(KeyKind.ED25519, (pss_256,), SCHEMES) is None
    assert chosen(KeyKind.RSA, (pss_384, pss_256), (pss_256, pss_384)) == pss_384
    assert chosen(KeyKind.RSA, SCHEMES, (SignatureScheme.RSA_PKCS1_SHA256,)) is None
    assert chosen(KeyKind.RSA_PSS, SCHEMES, SCHEMES) == SignatureScheme.RSA_PSS_PSS_SHA256
    assert chosen(KeyKind.RSA_PSS_SHA512, SCHEMES, SCHEMES) == SignatureScheme.RSA_PSS_PSS_SHA512


def chosen(kind: KeyKind, ours: Any, theirs: Any) -> int | None:
    scheme = signatures.choose(kind, ours, theirs)
    return scheme and scheme.number


def test_certificates_that_a_peer_can_verify() -> None:
    leaf = certificates.authority_and_leaf().leaf
    assert signatures.can_be_verified(leaf, (0x0403, ED25519))
    assert not signatures.can_be_verified(leaf, (0x0403, 0x0A0A))
    for oid in ("1.2.3.4", oids.RSA_WITH_SHA1):
        strange = certificates.with_signature_algorithm(oid)
        assert not signatures.can_be_verified(strange, (*SCHEMES, SignatureScheme.RSA_PKCS1_SHA1))


def test_our_schemes() -> None:  # section 9.1 [3]
    """Appendix B.3.1.3, in the order of preference."""
    assert list(SCHEMES) == [
        *(0x0807, 0x0403, 0x0503),  # Ed25519, ECDSA
        *(0x0804, 0x0805, 0x0806),  # RSA-PSS with keys for anything
        *(0x0809, 0x080A, 0x080B),  # and with keys for PSS alone
        *(0x0401, 0x0501, 0x0601),  # in certificates only
    ]


def test_sha1_is_in_no_scheme_of_ours() -> None:
    """Nor a pair of hash and signature of TLS 1.2 that has no name any more.

    Sections 4.3.3 [11, 15] and 4.5.2 [7].
    """
    assert SCHEMES.keys() <= set(SignatureScheme) - {
        SignatureScheme.RSA_PKCS1_SHA1,
        SignatureScheme.ECDSA_SHA1,
    }
