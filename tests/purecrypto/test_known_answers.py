"""Every published vector of `vectors/`, one test each, and that a wrong answer is noticed."""

from copy import copy

import pytest

import vectors
from purecrypto import (
    aes,
    aes_gcm,
    chacha20,
    chacha20poly1305,
    ecdsa,
    ghash,
    hkdf,
    hmac,
    keccak_f,
    ml_kem,
    poly1305,
    polynomials,
    rsa,
    rsa_padding,
    sha256,
    sha512,
    weierstrass,
)
from purecrypto.errors import InvalidTag
from purecrypto.known_answers import CHECKS, Mismatch, expect, octets

CASES = [
    pytest.param(group["operation"], vector, id=vector["id"])
    for name in vectors.names()
    for group in vectors.load(name)["groups"]
    for vector in group["vectors"]
    if group["operation"] in CHECKS and not vector.get("slow")
]


@pytest.mark.parametrize(("operation", "vector"), CASES)
def test_published_vector(operation, vector):
    CHECKS[operation](vector)


def test_every_operation_has_vectors():
    assert {case.values[0] for case in CASES} == set(CHECKS)


def test_every_vector_has_an_operation():
    """What `CHECKS` does not know must belong to the floors above, or a misspelt name would go unseen."""
    operations = {group["operation"] for name in vectors.names() for group in vectors.load(name)["groups"]}
    assert all(operation.startswith("tls13_") for operation in operations - set(CHECKS))


def test_ids_are_unique():
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids))


def test_every_file_names_its_source():
    for name in vectors.names():
        source = vectors.load(name)["source"]
        assert source["title"]
        assert source["sections"]


def test_a_file_that_does_not_exist():
    with pytest.raises(FileNotFoundError):
        vectors.load("rfc0")


def test_octets_reads_hexadecimal_and_repetition():
    assert octets({"message": "00ff"}, "message") == b"\x00\xff"
    assert octets({"message": {"repeat": ["6162", 3]}}, "message") == b"ababab"


def test_a_mismatch_says_field_expected_and_got():
    with pytest.raises(Mismatch, match=r"^tag: expected 00ff, got nothing$") as caught:
        expect({"tag": "00ff"}, "tag", b"")
    assert (caught.value.field, caught.value.expected, caught.value.got) == ("tag", b"\x00\xff", b"")


@pytest.mark.parametrize("operation", CHECKS)
def test_a_corrupted_vector_is_noticed(operation):
    """A vector's answer is its last value; flip one bit of it."""
    vector = next(case.values[1] for case in CASES if case.values[0] == operation).copy()
    answer = [field for field in vector if field != "comment"][-1]
    vector[answer] = bytes([octets(vector, answer)[0] ^ 1, *octets(vector, answer)[1:]]).hex()
    with pytest.raises(Mismatch, match=f"^{answer}: "):
        CHECKS[operation](vector)


@pytest.mark.parametrize(
    ("operation", "module", "name"),
    [
        ("sha256", sha256, "compress"),
        ("sha384", sha512, "compress"),
        ("sha512", sha512, "compress"),
        ("sha3-256", keccak_f, "permute"),
        ("sha3-512", keccak_f, "permute"),
        ("shake128", keccak_f, "permute"),
        ("shake256", keccak_f, "permute"),
        ("hmac-sha256", hmac, "digest"),
        ("hmac-sha384", sha512, "compress"),
        ("hmac-sha512", sha512, "compress"),
        ("hkdf-sha256", hkdf, "extract"),
        ("hkdf-sha256", hkdf, "expand"),
        ("chacha20-quarter-round", chacha20, "quarter_round"),
        ("chacha20-block", chacha20, "initial_state"),
        ("chacha20-block", chacha20, "inner_block"),
        ("chacha20-block", chacha20, "block"),
        ("chacha20-block", chacha20, "keystream"),
        ("chacha20-encrypt", chacha20, "keystream"),
        ("chacha20-encrypt", chacha20, "encrypt"),
        ("poly1305", poly1305, "mac"),
        ("poly1305-key-generation", chacha20poly1305, "one_time_key_and_keystream"),
        ("chacha20-poly1305", chacha20poly1305, "one_time_key_and_keystream"),
        ("chacha20-poly1305", chacha20poly1305, "mac_data"),
        ("chacha20-poly1305", chacha20poly1305, "seal"),
        ("chacha20-poly1305", chacha20poly1305, "open"),
        ("ml-kem-768", keccak_f, "permute"),
        ("ml-kem-768", ml_kem, "kpke_decrypt"),
        ("ml-kem-768", ml_kem, "kpke_encrypt"),
        ("ml-kem-768", ml_kem, "encaps_internal"),
        ("ml-kem-768", ml_kem, "decaps_internal"),
        ("ml-kem-768", polynomials, "wide_ntt"),
        ("ml-kem-768", polynomials, "wide_inverse_ntt"),
        ("ml-kem-768", polynomials, "multiply_rows"),
        ("ml-kem-768", polynomials, "wide_byte_encode"),
        ("ml-kem-768", polynomials, "wide_sample_ntt"),
        ("ml-kem-768", polynomials, "wide_sample_poly_cbd"),
        ("ml-kem-768", polynomials, "compress"),
        ("ml-kem-768", polynomials, "add"),
        ("ecdsa-p256-sha256", weierstrass, "add_all"),
        ("ecdsa-p256-sha256", weierstrass, "encode"),
        ("ecdsa-p256-sha256", ecdsa, "bits2int"),
        ("ecdsa-p256-sha384", ecdsa, "sign"),
        ("ecdsa-p384-sha256", ecdsa, "decode_signature"),
        ("ecdsa-p384-sha512", sha512, "compress"),
        ("rsa-pss", rsa_padding, "mgf1"),
        ("rsa-pss", rsa_padding, "emsa_pss_encode"),
        ("rsa-pkcs1", rsa_padding, "emsa_pkcs1_v1_5_encode"),
        ("rsa-pkcs1", rsa, "RSASP1"),
        ("aes-key-expansion", aes, "expand_key"),
        ("aes-round", aes, "sub_bytes"),
        ("aes-round", aes, "shift_rows"),
        ("aes-round", aes, "mix_columns"),
        ("aes-block", aes, "expand_key"),
        ("aes-block", aes, "encrypt_blocks"),
        ("aes-ctr", aes, "keystream"),
        ("ghash", ghash, "polynomial"),
        ("ghash", ghash, "ghash"),
        ("aes-gcm", aes_gcm, "first_counter_block"),
        ("aes-gcm", aes_gcm, "hash_data"),
        ("aes-gcm", aes_gcm, "seal"),
        ("aes-gcm", aes_gcm, "open"),
    ],
)
def test_a_broken_primitive_is_noticed(monkeypatch, operation, module, name):
    """Calls are module-qualified: a function that is replaced in its module shows in the vectors."""
    vector = next(case.values[1] for case in CASES if case.values[0] == operation)
    intact = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *arguments: bent(intact(*map(copy, arguments))))
    with pytest.raises((Mismatch, InvalidTag)):
        CHECKS[operation](vector)


def bent(result):
    """Return a result with one bit flipped; functions that work in place have worked on a copy."""
    if isinstance(result, bytes):
        return bytes([result[0] ^ 1]) + result[1:] if result else b"\x01"
    if isinstance(result, (list, tuple)):
        return type(result)([bent(result[0]), *result[1:]])
    return None if result is None else result ^ 1
