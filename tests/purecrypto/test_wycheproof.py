"""Wycheproof is read whole, every open question in it is decided, and each check can fail."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from purecrypto import aes_gcm, chacha20poly1305, weierstrass, wycheproof, x25519
from purecrypto.errors import InvalidKey, InvalidSignature, InvalidTag
from purecrypto.known_answers import Mismatch

EXPECTED = {
    "aes-gcm": {"valid": 229, "invalid": 87},
    "x25519": {"valid": 264, "acceptable": 254},
    "ml-kem-768": {"valid": 161, "invalid": 40},
    "ml-kem-768-keygen": {"valid": 100},
    "ml-kem-768-encaps": {"valid": 133, "invalid": 132},
    "ml-kem-768-decaps": {"valid": 3, "invalid": 6},
    "ed25519": {"valid": 117, "invalid": 64, "acceptable": 29},
    "ecdh-p256": {"valid": 330, "invalid": 24, "acceptable": 1},
    "ecdh-p384": {"valid": 771, "invalid": 18, "acceptable": 1},
    "ecdsa-p256-sha256": {"valid": 174, "invalid": 310},
    "ecdsa-p256-sha512": {"valid": 243, "invalid": 311},
    "ecdsa-p384-sha256": {"valid": 162, "invalid": 310},
    "ecdsa-p384-sha384": {"valid": 194, "invalid": 310},
    "ecdsa-p384-sha512": {"valid": 231, "invalid": 311},
    "rsa-pss": {"valid": 1191, "invalid": 585},
    "rsa-pkcs1": {"valid": 89, "invalid": 3005, "acceptable": 12},
    "rsa-pkcs1-sign": {"valid": 72, "acceptable": 46},
}

BATCH = 100

# Of several files in which the tests are numbered anew
RSA_TESTS = {"rsa-pss": (21, 2717), "rsa-pkcs1": (24, 6202), "rsa-pkcs1-sign": (5, 158)}

# Flags of "acceptable" tests that say where the edge case lies, or that stand beside one that decides.
UNDECIDING = {
    "SpecialPublicKey",
    "EdgeCaseMultiplication",
    "EdgeCaseShared",
    "Ktv",
    "SmallPublicKey",
    "LowOrderPublic",
}
UNDECIDING_PAIRS = {
    *(("x25519", flag) for flag in UNDECIDING),
    *(("ecdh-p256", "CompressedPoint"), ("ecdh-p384", "CompressedPoint")),
}


def root() -> Path:
    found = wycheproof.folder()
    assert found is not None
    return found


def contents(operation: str) -> list[dict[str, Any]]:
    files = sorted(root().glob(wycheproof.FILES[operation][0]))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def first(operation: str, **wanted: object) -> wycheproof.Test:
    """Return the first test of a file whose fields are as wanted."""
    return next(
        test
        for test in wycheproof.read(operation)
        if all(test.get(name) == value for name, value in wanted.items())
    )


def first_valid(operation: str) -> wycheproof.Test:
    if operation == "chacha20-encrypt":
        return first(operation, algorithm="ChaCha20-IETF", msg="00" * 64)
    return first(operation, result="valid")


def acceptable(operation: str) -> list[wycheproof.Test]:
    return [test for test in wycheproof.read(operation) if test["result"] == "acceptable"]


def run(operation: str, test: wycheproof.Test) -> None:
    wycheproof.FILES[operation][1](operation, test)


def batches() -> list[Any]:
    """Some tests at a time: ten thousand parameters would take longer than what they run."""
    by_operation: dict[str, list[tuple[str, Callable[[], None]]]] = {}
    for operation, identifier, check in wycheproof.tests():
        by_operation.setdefault(operation, []).append((identifier, check))
    return [
        pytest.param(checks[start : start + BATCH], id=f"{operation}-from-{start}")
        for operation, checks in by_operation.items()
        for start in range(0, len(checks), BATCH)
    ]


@pytest.mark.parametrize("checks", batches())
def test_wycheproof(checks: list[tuple[str, Callable[[], None]]]) -> None:
    failures = {}
    for identifier, check in checks:
        try:
            check()
        except Exception as error:
            failures[identifier] = f"{type(error).__name__}: {error}"
    assert failures == {}


def test_every_test_is_there() -> None:
    counts = Counter(operation for operation, _, _ in wycheproof.tests())
    declared = {
        operation: sum(content["numberOfTests"] for content in contents(operation))
        for operation in wycheproof.FILES
    }
    for operation, (files, number) in RSA_TESTS.items():
        assert (len(contents(operation)), declared[operation]) == (files, number)
    left_out = {operation: sum(wycheproof.all_left_out(operation).values()) for operation in declared}
    assert {operation: number for operation, number in left_out.items() if number} == {
        "chacha20-encrypt": 28,  # XChaCha20
        "rsa-pss": 941,  # other hashes, or two of them
        "rsa-pkcs1": 3096,
        "rsa-pkcs1-sign": 40,
    }
    assert counts == {operation: declared[operation] - left_out[operation] for operation in declared}
    assert counts["aes-gcm"] == 316
    assert counts["x25519"] == 518
    assert counts["ed25519"] == 210
    assert counts.total() >= 1600


def test_what_the_authors_expect() -> None:
    """A file that lost its acceptable or its invalid tests would be easier to pass."""
    for operation, expected in EXPECTED.items():
        assert Counter(test["result"] for test in wycheproof.read(operation)) == expected


def test_ids_are_unique() -> None:
    ids = [identifier for _, identifier, _ in wycheproof.tests()]
    assert len(ids) == len(set(ids))


def test_every_acceptable_test_is_decided() -> None:
    decided = Counter(
        (operation, wycheproof.accepted(operation, test))
        for operation in wycheproof.FILES
        for test in acceptable(operation)
    )
    assert decided == {
        ("x25519", True): 223,
        ("x25519", False): 31,
        ("ed25519", True): 29,
        ("ecdh-p256", False): 1,
        ("ecdh-p384", False): 1,
        ("rsa-pkcs1", False): 12,
        ("rsa-pkcs1-sign", True): 46,
    }


def test_flags_that_do_not_decide_are_known() -> None:
    flags = {
        (operation, flag)
        for operation in wycheproof.FILES
        for test in acceptable(operation)
        for flag in test["flags"]
    }
    assert flags - wycheproof.DECISIONS.keys() == UNDECIDING_PAIRS


@pytest.mark.parametrize("pair", wycheproof.DECISIONS)
def test_no_decision_is_idle(monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]) -> None:
    monkeypatch.delitem(wycheproof.DECISIONS, pair)
    operation, flag = pair
    with pytest.raises(Mismatch, match=f"decision: .*{flag}"):
        for test in acceptable(operation):
            wycheproof.accepted(operation, test)


def test_without_the_package_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wycheproof, "PACKAGE", "no_such_package")
    assert wycheproof.folder() is None
    assert list(wycheproof.tests()) == []


# Each check fails when its test is bent: a wrong answer, or the opposite verdict.


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("x25519", "shared"),
        ("aes-gcm", "ct"),
        ("aes-gcm", "tag"),
        ("chacha20-poly1305", "ct"),
        ("chacha20-poly1305", "tag"),
        ("chacha20-encrypt", "ct"),
        ("hkdf-sha256", "okm"),
        ("hkdf-sha384", "okm"),
        ("hkdf-sha512", "okm"),
        ("ml-kem-768", "ek"),
        ("ml-kem-768", "K"),
        ("ml-kem-768-keygen", "ek"),
        ("ml-kem-768-keygen", "dk"),
        ("ml-kem-768-encaps", "c"),
        ("ml-kem-768-encaps", "K"),
        ("ml-kem-768-decaps", "K"),
        ("ecdh-p256", "shared"),
        ("ecdh-p384", "shared"),
        ("rsa-pkcs1-sign", "sig"),
    ],
)
def test_a_wrong_answer_is_seen(operation: str, field: str) -> None:
    test = first_valid(operation)
    run(operation, test)
    test[field] = f"{int(test[field][:2], 16) ^ 1:02x}" + test[field][2:]
    with pytest.raises(Mismatch):
        run(operation, test)


@pytest.mark.parametrize(
    "operation",
    [
        *("aes-gcm", "x25519", "ed25519", "chacha20-poly1305", "chacha20-encrypt", "hkdf-sha256"),
        *("ecdh-p256", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss", "rsa-pkcs1"),
        *("ml-kem-768", "ml-kem-768-encaps", "ml-kem-768-decaps"),
    ],
)
def test_a_valid_test_called_invalid_is_seen(operation: str) -> None:
    flags = {
        "aes-gcm": "ModifiedTag",
        "chacha20-poly1305": "ModifiedTag",
        "chacha20-encrypt": "CounterOverflow",
    }
    test = first_valid(operation) | {"result": "invalid"}
    test["flags"] = [flags.get(operation, "SizeTooLarge")]
    with pytest.raises(Mismatch, match=r"verdict: expected \w+ raised, got accepted"):
        run(operation, test)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("aes-gcm", InvalidTag),
        *(("ed25519", InvalidSignature), ("chacha20-poly1305", InvalidTag), ("hkdf-sha256", ValueError)),
        *(("ecdh-p256", InvalidKey), ("ecdsa-p256-sha256", InvalidSignature)),
        *(("rsa-pss", InvalidSignature), ("rsa-pkcs1", InvalidSignature)),
        *(("ml-kem-768", ValueError), ("ml-kem-768-encaps", InvalidKey), ("ml-kem-768-decaps", ValueError)),
    ],
)
def test_an_invalid_test_called_valid_is_seen(operation: str, error: type[Exception]) -> None:
    flags = {"aes-gcm": ["ModifiedTag"], "chacha20-poly1305": ["ModifiedTag"]}
    chosen = {"flags": flags[operation]} if operation in flags else {}
    test = first(operation, result="invalid", **chosen) | {"result": "valid"}
    with pytest.raises((error, Mismatch)):
        run(operation, test)


def test_a_refusal_of_the_wrong_kind_is_seen() -> None:
    test = first("chacha20-poly1305", flags=["ModifiedTag"]) | {"flags": ["InvalidNonceSize"]}
    with pytest.raises(InvalidTag):  # passes through and counts as a crash
        run("chacha20-poly1305", test)


def test_a_zero_secret_that_is_to_be_accepted_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wycheproof.DECISIONS, ("x25519", "ZeroSharedSecret"), (True, "for the test"))
    zero = next(test for test in wycheproof.read("x25519") if "ZeroSharedSecret" in test["flags"])
    with pytest.raises(InvalidKey):
        run("x25519", zero)


def test_a_signature_that_is_not_to_be_made_is_seen() -> None:
    with pytest.raises(Mismatch, match="verdict"):
        run("rsa-pkcs1-sign", first_valid("rsa-pkcs1-sign") | {"result": "invalid"})


def test_a_key_that_is_not_to_be_made_is_seen() -> None:
    with pytest.raises(Mismatch, match="verdict"):
        run("ml-kem-768-keygen", first_valid("ml-kem-768-keygen") | {"result": "invalid"})


def test_a_key_of_the_right_length_is_refused_as_the_peer_s_doing() -> None:
    """Not for its length: that would be the caller's bug."""
    test = first("ml-kem-768-encaps", flags=["ModulusOverflow"])
    run("ml-kem-768-encaps", test)
    with pytest.raises(ValueError, match="1184 bytes long"):
        run("ml-kem-768-encaps", test | {"ek": test["ek"][2:], "result": "valid"})


def test_files_that_number_their_tests_anew_are_told_apart() -> None:
    ids = {identifier for operation, identifier, _ in wycheproof.tests() if operation == "rsa-pss"}
    assert {"wycheproof-rsa_pss_2048_sha256_mgf1_0-1", "wycheproof-rsa_pss_misc-73"} <= ids


def test_a_bare_function_that_hides_a_zero_secret_is_seen() -> None:
    zero = next(test for test in wycheproof.read("x25519") if "ZeroSharedSecret" in test["flags"])
    with pytest.raises(Mismatch, match="shared"):
        run("x25519", zero | {"shared": "01" + "00" * 31})


def test_an_exchange_that_answers_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x25519.X25519PrivateKey, "exchange", lambda self, peer: bytes(32))
    with pytest.raises(Mismatch, match="exchange"):
        run("x25519", first_valid("x25519"))


@pytest.mark.parametrize(
    ("operation", "module"), [("chacha20-poly1305", chacha20poly1305), ("aes-gcm", aes_gcm)]
)
def test_opening_is_tested_beside_sealing(
    monkeypatch: pytest.MonkeyPatch, operation: str, module: ModuleType
) -> None:
    monkeypatch.setattr(module, "open", lambda key, nonce, ciphertext, data: b"another text")
    with pytest.raises(Mismatch, match="opened"):
        run(operation, first_valid(operation))


def test_an_empty_nonce_is_refused_as_the_caller_s_bug() -> None:
    test = first("aes-gcm", flags=["ZeroLengthIv"])
    run("aes-gcm", test)
    with pytest.raises(ValueError, match="nonce"):
        run("aes-gcm", test | {"flags": ["ModifiedTag"]})


@pytest.mark.parametrize("operation", ["ecdh-p256", "ecdh-p384"])
def test_a_compressed_point_that_gives_another_secret_is_seen(operation: str) -> None:
    (compressed,) = acceptable(operation)
    run(operation, compressed)
    with pytest.raises(Mismatch, match="compressed"):
        run(operation, compressed | {"shared": "00" + compressed["shared"][2:]})


def test_a_compressed_point_that_is_taken_without_being_allowed_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decode = weierstrass.decode
    monkeypatch.setattr(
        weierstrass, "decode", lambda curve, data, **_: decode(curve, data, compressed_allowed=True)
    )
    (compressed,) = acceptable("ecdh-p256")
    with pytest.raises(Mismatch, match="verdict"):
        run("ecdh-p256", compressed)
