"""Known answers: how to run one published vector of each operation on the code of this package.

`CHECKS` maps the name of an operation, as the files in `vectors/` use it, to a function that computes what
one vector asks for and raises `Mismatch` where the answer differs.  `python -m purecrypto vectors` and
tests/purecrypto/test_known_answers.py both run it, so nothing is checked in two ways.

A new operation is one function and one line in `CHECKS`.  Calls are written `module.function(...)`: then a
primitive that is broken on purpose, in its module, shows here.  Operations that `CHECKS` does not know
("tls13_...", the recorded handshakes of RFC 8448) belong to the floors above.
"""

import struct
from collections.abc import Callable
from typing import Any, TypeAlias

from purecrypto import (
    aes,
    aes_gcm,
    chacha20,
    chacha20poly1305,
    ec,
    ecdsa,
    ed25519,
    ghash,
    hkdf,
    hmac,
    keccak,
    ml_kem,
    poly1305,
    primes,
    rsa,
    sha256,
    sha512,
    stream,
    x25519,
)
from purecrypto.rsa_padding import PSS, Padding, PKCS1v15

Vector: TypeAlias = dict[str, Any]


class Mismatch(AssertionError):
    """The code's answer is not the published one: the code is wrong, or the vector is."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: expected {_shown(expected)}, got {_shown(got)}")
        self.field, self.expected, self.got = field, expected, got


def octets(vector: Vector, field: str) -> bytes:
    """Return a field of a vector as bytes; `vectors/__init__.py` describes the two notations."""
    value = vector[field]
    if isinstance(value, dict):
        unit, count = value["repeat"]
        return bytes.fromhex(unit) * int(count)
    return bytes.fromhex(value)


def words(vector: Vector, field: str) -> list[int]:
    """Return a field of a vector that holds 32-bit words, written as numbers: "61707865 3320646e ..."."""
    data = octets(vector, field)
    return list(struct.unpack(f">{len(data) // 4}I", data))


def expect(vector: Vector, field: str, got: bytes) -> None:
    """Raise `Mismatch` unless `got` is what the vector's field says."""
    expected = octets(vector, field)
    if got != expected:
        raise Mismatch(field, expected, got)


def check_sha256(vector: Vector) -> None:
    expect(vector, "digest", sha256.sha256(octets(vector, "message")).digest())


def check_sha384(vector: Vector) -> None:
    expect(vector, "digest", sha512.sha384(octets(vector, "message")).digest())


def check_sha512(vector: Vector) -> None:
    expect(vector, "digest", sha512.sha512(octets(vector, "message")).digest())


def check_sha3_256(vector: Vector) -> None:
    expect(vector, "digest", keccak.sha3_256(octets(vector, "message")).digest())


def check_sha3_512(vector: Vector) -> None:
    expect(vector, "digest", keccak.sha3_512(octets(vector, "message")).digest())


def check_shake(vector: Vector, kind: type[keccak.ExtendableOutput]) -> None:
    length = len(octets(vector, "digest"))
    expect(vector, "digest", kind(octets(vector, "message")).digest(length))


def check_hmac(vector: Vector, hash_name: str) -> None:
    tag = hmac.digest(octets(vector, "key"), octets(vector, "message"), hash_name)
    expect(vector, "tag", tag[: vector.get("tag_length", len(tag))])  # RFC 4231 4.6 truncates


def check_hkdf_sha256(vector: Vector) -> None:
    prk = hkdf.extract(octets(vector, "salt"), octets(vector, "ikm"), "sha256")
    expect(vector, "prk", prk)
    expect(vector, "okm", hkdf.expand(prk, octets(vector, "info"), vector["length"], "sha256"))


def check_x25519(vector: Vector) -> None:
    expect(vector, "output", x25519.x25519(octets(vector, "k"), octets(vector, "u")))


def check_x25519_iterated(vector: Vector) -> None:
    k, u = octets(vector, "k"), octets(vector, "u")
    for _ in range(vector["iterations"]):
        k, u = x25519.x25519(k, u), k
    expect(vector, "output", k)


def check_x25519_dh(vector: Vector) -> None:
    for own, peer in (("alice", "bob"), ("bob", "alice")):
        private_key = x25519.X25519PrivateKey.from_private_bytes(octets(vector, f"{own}_private_key"))
        expect(vector, f"{own}_public_key", private_key.public_key().public_bytes_raw())
        peer_key = x25519.X25519PublicKey.from_public_bytes(octets(vector, f"{peer}_public_key"))
        expect(vector, "shared_secret", private_key.exchange(peer_key))


def check_ml_kem_768(vector: Vector) -> None:
    dk = ml_kem.key_gen_internal(octets(vector, "d"), octets(vector, "z"))
    expect(vector, "ek", dk.encryption_key.ek)
    expect(vector, "dk", dk.encode())
    K, c = ml_kem.encaps_internal(*ml_kem.EncryptionKey.decode(octets(vector, "ek")), octets(vector, "m"))
    expect(vector, "c", c)
    expect(vector, "K", K)
    expect(vector, "K", ml_kem.decaps_internal(ml_kem.DecapsulationKey.decode(octets(vector, "dk")), c))
    expect(vector, "K_of_refused_c", ml_kem.decaps_internal(dk, octets(vector, "refused_c")))


def check_ed25519(vector: Vector) -> None:
    private_key = ed25519.Ed25519PrivateKey.from_private_bytes(octets(vector, "private_key"))
    expect(vector, "public_key", private_key.public_key().public_bytes_raw())
    expect(vector, "signature", private_key.sign(octets(vector, "message")))
    public_key = ed25519.Ed25519PublicKey.from_public_bytes(octets(vector, "public_key"))
    public_key.verify(octets(vector, "signature"), octets(vector, "message"))


def check_ecdsa(vector: Vector, curve: ec.EllipticCurve, hash_class: hmac.HashClass) -> None:
    d, message = int.from_bytes(octets(vector, "private_key"), "big"), octets(vector, "message")
    private_key, size = ec.derive_private_key(d, curve), curve.parameters.size
    expect(vector, "public_key", private_key.public_key().encoded_point())
    k = next(ecdsa.nonces(curve.parameters, d, hash_class(message).digest(), hash_class))
    expect(vector, "k", k.to_bytes(size, "big"))
    signature = private_key.sign(message, ec.ECDSA(hash_class))
    r, s = ecdsa.decode_signature(signature)
    expect(vector, "r", r.to_bytes(size, "big"))
    expect(vector, "s", s.to_bytes(size, "big"))
    private_key.public_key().verify(signature, message, ec.ECDSA(hash_class))


def check_rsa_pss(vector: Vector) -> None:
    check_rsa(vector, PSS(salt=octets(vector, "salt")))


def check_rsa_pkcs1(vector: Vector) -> None:
    check_rsa(vector, PKCS1v15())


def check_rsa(vector: Vector, padding: Padding) -> None:
    """Sign and verify; RFC 8448's key has 1024 bits, which no one gets without asking for it."""
    n, e, d = (int.from_bytes(octets(vector, field), "big") for field in ("n", "e", "d"))
    p, q = primes.recover_prime_factors(n, e, d)
    private_key = rsa.RSAPrivateKey.from_primes(p, q, e, least_key_size=1024)
    message, signature = octets(vector, "message"), octets(vector, "signature")
    expect(vector, "signature", private_key.sign(message, padding, vector["hash"]))
    private_key.public_key().verify(signature, message, padding, vector["hash"])


def check_chacha20_quarter_round(vector: Vector) -> None:
    state = words(vector, "state")
    chacha20.quarter_round(state, *vector["indices"])
    expect(vector, "result", struct.pack(f">{len(state)}I", *state))


def check_chacha20_block(vector: Vector) -> None:
    key, counter, nonce = octets(vector, "key"), vector["counter"], octets(vector, "nonce")
    if "initial_state" in vector:
        state = chacha20.initial_state(key, counter, nonce)
        expect(vector, "initial_state", struct.pack(">16I", *state))
        for _ in range(10):
            chacha20.inner_block(state)
        expect(vector, "state_after_rounds", struct.pack(">16I", *state))
    expect(vector, "keystream", chacha20.block(key, counter, nonce))
    expect(vector, "keystream", chacha20.keystream(key, counter, nonce, chacha20.BLOCK_SIZE))


def check_chacha20_encrypt(vector: Vector) -> None:
    key, counter, nonce = octets(vector, "key"), vector["counter"], octets(vector, "nonce")
    plaintext = octets(vector, "plaintext")
    if "keystream" in vector:
        expect(vector, "keystream", chacha20.keystream(key, counter, nonce, len(plaintext)))
    expect(vector, "ciphertext", chacha20.encrypt(key, counter, nonce, plaintext))


def check_poly1305(vector: Vector) -> None:
    expect(vector, "tag", poly1305.mac(octets(vector, "key"), octets(vector, "message")))


def check_poly1305_key_generation(vector: Vector) -> None:
    key, nonce = octets(vector, "key"), octets(vector, "nonce")
    one_time_key, _ = chacha20poly1305.one_time_key_and_keystream(key, nonce, 0)
    expect(vector, "one_time_key", one_time_key)


def check_chacha20_poly1305(vector: Vector) -> None:
    key, nonce = octets(vector, "key"), octets(vector, "nonce")
    plaintext, associated_data = octets(vector, "plaintext"), octets(vector, "associated_data")
    one_time_key, _ = chacha20poly1305.one_time_key_and_keystream(key, nonce, len(plaintext))
    expect(vector, "one_time_key", one_time_key)
    sealed = chacha20poly1305.seal(key, nonce, plaintext, associated_data)
    expect(vector, "ciphertext", sealed[: -poly1305.TAG_SIZE])
    expect(vector, "mac_data", chacha20poly1305.mac_data(associated_data, sealed[: -poly1305.TAG_SIZE]))
    expect(vector, "tag", sealed[-poly1305.TAG_SIZE :])
    expect(vector, "plaintext", chacha20poly1305.open(key, nonce, sealed, associated_data))


def check_aes_key_expansion(vector: Vector) -> None:
    round_keys = aes.expand_key(octets(vector, "key"))
    expect(vector, "round_keys", b"".join(k.to_bytes(aes.BLOCK_SIZE, "big") for k in round_keys))


def check_aes_round(vector: Vector) -> None:
    def expect_state(field: str, state: int) -> int:
        expect(vector, field, state.to_bytes(aes.BLOCK_SIZE, "big"))
        return state

    state = int.from_bytes(octets(vector, "start"), "big")
    state = expect_state("after_sub_bytes", aes.sub_bytes(state))
    state = expect_state("after_shift_rows", aes.shift_rows(state))
    state = expect_state("after_mix_columns", aes.mix_columns(state))
    expect_state("next_start", state ^ int.from_bytes(octets(vector, "round_key"), "big"))


def check_aes_block(vector: Vector) -> None:
    round_keys = aes.expand_key(octets(vector, "key"))
    expect(vector, "ciphertext", aes.encrypt_blocks(round_keys, octets(vector, "plaintext")))


def check_aes_ctr(vector: Vector) -> None:
    plaintext = octets(vector, "plaintext")
    key, counter_block = aes.Key(octets(vector, "key")), octets(vector, "counter_block")
    expect(vector, "ciphertext", stream.xor(plaintext, aes.keystream(key, counter_block, len(plaintext))))


def check_ghash(vector: Vector) -> None:
    data = aes_gcm.hash_data(octets(vector, "associated_data"), octets(vector, "ciphertext"))
    key = ghash.Key(octets(vector, "H"))
    expect(vector, "ghash", ghash.polynomial(key.H, data).to_bytes(ghash.BLOCK_SIZE, "big"))
    expect(vector, "ghash", ghash.ghash(key, data))


def check_aes_gcm(vector: Vector) -> None:
    key, nonce = aes_gcm.Key(octets(vector, "key")), octets(vector, "nonce")
    plaintext, associated_data = octets(vector, "plaintext"), octets(vector, "associated_data")
    expect(vector, "J0", aes_gcm.first_counter_block(key, nonce))
    sealed = aes_gcm.seal(key, nonce, plaintext, associated_data)
    expect(vector, "ciphertext", sealed[: -aes_gcm.TAG_SIZE])
    expect(vector, "tag", sealed[-aes_gcm.TAG_SIZE :])
    expect(vector, "plaintext", aes_gcm.open(key, nonce, sealed, associated_data))


CHECKS: dict[str, Callable[[Vector], None]] = {
    "sha256": check_sha256,
    "sha384": check_sha384,
    "sha512": check_sha512,
    "sha3-256": check_sha3_256,
    "sha3-512": check_sha3_512,
    "shake128": lambda vector: check_shake(vector, keccak.shake_128),
    "shake256": lambda vector: check_shake(vector, keccak.shake_256),
    "hmac-sha256": lambda vector: check_hmac(vector, "sha256"),
    "hmac-sha384": lambda vector: check_hmac(vector, "sha384"),
    "hmac-sha512": lambda vector: check_hmac(vector, "sha512"),
    "hkdf-sha256": check_hkdf_sha256,
    "chacha20-quarter-round": check_chacha20_quarter_round,
    "chacha20-block": check_chacha20_block,
    "chacha20-encrypt": check_chacha20_encrypt,
    "poly1305": check_poly1305,
    "poly1305-key-generation": check_poly1305_key_generation,
    "chacha20-poly1305": check_chacha20_poly1305,
    "aes-key-expansion": check_aes_key_expansion,
    "aes-round": check_aes_round,
    "aes-block": check_aes_block,
    "aes-ctr": check_aes_ctr,
    "ghash": check_ghash,
    "aes-gcm": check_aes_gcm,
    "x25519": check_x25519,
    "x25519-iterated": check_x25519_iterated,
    "x25519-dh": check_x25519_dh,
    "ml-kem-768": check_ml_kem_768,
    "ed25519": check_ed25519,
    "ecdsa-p256-sha256": lambda vector: check_ecdsa(vector, ec.SECP256R1(), sha256.sha256),
    "ecdsa-p256-sha384": lambda vector: check_ecdsa(vector, ec.SECP256R1(), sha512.sha384),
    "ecdsa-p256-sha512": lambda vector: check_ecdsa(vector, ec.SECP256R1(), sha512.sha512),
    "ecdsa-p384-sha256": lambda vector: check_ecdsa(vector, ec.SECP384R1(), sha256.sha256),
    "ecdsa-p384-sha384": lambda vector: check_ecdsa(vector, ec.SECP384R1(), sha512.sha384),
    "ecdsa-p384-sha512": lambda vector: check_ecdsa(vector, ec.SECP384R1(), sha512.sha512),
    "rsa-pss": check_rsa_pss,
    "rsa-pkcs1": check_rsa_pkcs1,
}


def _shown(value: object) -> str:
    return value.hex() or "nothing" if isinstance(value, bytes) else str(value)
