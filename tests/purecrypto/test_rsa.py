"""RSA against pyca/cryptography and NIST's vectors, with hostile keys and signatures, and a fault.

Wycheproof's vectors run in test_wycheproof.py, RFC 8448's and some of NIST's in test_known_answers.py.
"""

import math
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import cryptography.exceptions
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as pyca_padding
from cryptography.hazmat.primitives.asymmetric import rsa as pyca
from hypothesis import given, settings
from hypothesis import strategies as st

from purecrypto import entropy, primes, rsa, rsa_padding, wycheproof
from purecrypto.errors import InvalidKey, InvalidSignature
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey
from purecrypto.rsa_padding import PSS, Padding, PKCS1v15
from purecrypto.sha256 import sha256
from tests.support import rsa_keys

PYCA_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
NAMES = ["2048", "2049", "2050", "2048 e=3", "3072", "4096"]
KEY = rsa_keys.ours("2048")
PUBLIC = KEY.public_key()
n, e = PUBLIC.n, PUBLIC.e
M = b"message"
PADDINGS = [PSS(), PKCS1v15()]


def longest_salt(key_size: int, algorithm: str) -> int:
    return (key_size + 6) // 8 - PYCA_HASHES[algorithm].digest_size - 2


def pyca_pss(algorithm: str, salt_length: int) -> pyca_padding.PSS:
    return pyca_padding.PSS(pyca_padding.MGF1(PYCA_HASHES[algorithm]), salt_length)


def verifies(key: RSAPublicKey, signature: bytes, padding: Padding, algorithm: str = "sha256") -> bool:
    try:
        key.verify(signature, M, padding, algorithm)
    except InvalidSignature:
        return False
    return True


def signature_of(m: int, key: RSAPrivateKey = KEY) -> bytes:
    """What the key's owner would sign if nobody checked the padding: m^d."""
    return rsa.RSASP1(key, m).to_bytes(rsa_padding.length(key.key_size), "big")


# Against pyca


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("algorithm", PYCA_HASHES)
@pytest.mark.parametrize("salt", [0, 20, "digest", "longest"])
def test_pss_both_ways(name, algorithm, salt):
    ours, theirs = rsa_keys.ours(name), rsa_keys.theirs(name)
    lengths = {
        "digest": PYCA_HASHES[algorithm].digest_size,
        "longest": longest_salt(ours.key_size, algorithm),
    }
    length = lengths.get(salt, salt)
    padding = PSS() if salt == "digest" else PSS(length)
    signature = ours.sign(M, padding, algorithm)
    theirs.public_key().verify(signature, M, pyca_pss(algorithm, length), PYCA_HASHES[algorithm])
    signature = theirs.sign(M, pyca_pss(algorithm, length), PYCA_HASHES[algorithm])
    ours.public_key().verify(signature, M, padding, algorithm)
    assert not verifies(ours.public_key(), signature, PSS(length + 1), algorithm)
    with pytest.raises(InvalidSignature):
        ours.public_key().verify(signature, M + b"!", padding, algorithm)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("algorithm", PYCA_HASHES)
def test_pkcs1_both_ways(name, algorithm):
    """There is one signature, so signing settles verifying as well."""
    ours, theirs = rsa_keys.ours(name), rsa_keys.theirs(name)
    signature = ours.sign(M, PKCS1v15(), algorithm)
    assert signature == theirs.sign(M, pyca_padding.PKCS1v15(), PYCA_HASHES[algorithm])
    ours.public_key().verify(signature, M, PKCS1v15(), algorithm)
    with pytest.raises(InvalidSignature):
        ours.public_key().verify(signature, M + b"!", PKCS1v15(), algorithm)


@settings(max_examples=25)
@given(st.binary(max_size=300), st.binary(max_size=100), st.sampled_from(list(PYCA_HASHES)))
def test_any_message_and_any_salt(message, salt, algorithm):
    signature = KEY.sign(message, PSS(salt=salt), algorithm)
    assert signature == KEY.sign(message, PSS(salt=salt), algorithm)
    PUBLIC.verify(signature, message, PSS(len(salt)), algorithm)
    their_key = rsa_keys.theirs("2048").public_key()
    their_key.verify(signature, message, pyca_pss(algorithm, len(salt)), PYCA_HASHES[algorithm])


@pytest.mark.parametrize("padding", PADDINGS, ids=repr)
def test_another_key_another_hash_or_another_padding_does_not_fit(padding):
    signature = KEY.sign(M, padding, "sha256")
    assert verifies(PUBLIC, signature, padding)
    assert not verifies(PUBLIC, signature, padding, "sha384")
    assert not verifies(rsa_keys.ours("2048 e=3").public_key(), signature, padding)
    assert not any(verifies(PUBLIC, signature, other) for other in PADDINGS if other != padding)


@pytest.mark.parametrize("padding", PADDINGS, ids=repr)
def test_a_flipped_bit_anywhere_is_refused(padding):
    signature = KEY.sign(M, padding, "sha256")
    for i in range(0, 2048, 7):
        altered = (int.from_bytes(signature, "big") ^ 1 << i).to_bytes(256, "big")
        assert not verifies(PUBLIC, altered, padding), i


def test_every_pss_signature_is_another():
    assert KEY.sign(M, PSS(), "sha256") != KEY.sign(M, PSS(), "sha256")
    assert KEY.sign(M, PSS(0), "sha256") == KEY.sign(M, PSS(0), "sha256")


# NIST's vectors, from the package cryptography-vectors


def nist(file: str) -> Iterator[dict[str, str]]:
    """Each vector of a response file: its own fields, and those that were set before it, such as n and d."""
    folder = resources.files("cryptography_vectors") / "asymmetric" / "RSA" / "FIPS_186-2"
    fields: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", (folder / file).read_text()):
        found = dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", block, re.MULTILINE))
        fields = {name: fields[name] for name in ("n", "e", "d") if name in fields} | found
        if fields.get("SHAAlg", "").lower() in PYCA_HASHES:
            yield fields


def number(fields: dict[str, str], name: str) -> int:
    return int(fields[name], 16)


@pytest.mark.parametrize(
    ("file", "padding", "count", "good"),
    [
        ("SigVerPSS_186-3.rsp", PSS(10), 270, 45),
        ("SigVer15_186-3.rsp", PKCS1v15(), 270, 45),
        ("SigGenPSS_186-3.rsp", PSS(0), 150, 150),
        ("SigGen15_186-3.rsp", PKCS1v15(), 150, 150),
    ],
)
def test_nist_verification(file, padding, count, good):
    verdicts = []
    for fields in nist(file):
        key = RSAPublicKey(number(fields, "n"), number(fields, "e"), least_key_size=1024)
        algorithm, signature = fields["SHAAlg"].lower(), bytes.fromhex(fields["S"])
        salt = bytes.fromhex(fields["SaltVal"]) if file.startswith("SigVerPSS") else b""
        assert padding != PSS(10) or len(salt) == 10
        try:
            key.verify(signature, bytes.fromhex(fields["Msg"]), padding, algorithm)
        except InvalidSignature:
            verdicts.append(False)
        else:
            verdicts.append(True)
        assert verdicts[-1] == fields.get("Result", "P").startswith("P")
    assert (len(verdicts), sum(verdicts)) == (count, good)


@pytest.mark.parametrize("file", ["SigGenPSS_186-2.txt", "SigGen15_186-2.txt"])
def test_nist_signatures(file):
    """One of each hash and size: the rest is the same arithmetic, and takes its time."""
    seen = set()
    for fields in nist(file):
        size = number(fields, "n").bit_length()
        if (size, fields["SHAAlg"]) not in seen:
            seen.add((size, fields["SHAAlg"]))
            key = private_key_of(number(fields, "n"), number(fields, "e"), number(fields, "d"))
            padding = PSS(salt=bytes.fromhex(fields["SaltVal"])) if "PSS" in file else PKCS1v15()
            signature = key.sign(bytes.fromhex(fields["Msg"]), padding, fields["SHAAlg"].lower())
            assert signature == bytes.fromhex(fields["S"])
    assert len(seen) == 15


@cache
def private_key_of(n: int, e: int, d: int) -> RSAPrivateKey:
    return RSAPrivateKey.from_primes(*primes.recover_prime_factors(n, e, d), e, least_key_size=1024)


# Wycheproof: whether the verdicts are ours is asked in test_wycheproof.py


@pytest.mark.parametrize("operation", ["rsa-pss", "rsa-pkcs1"])
def test_openssl_comes_to_the_verdicts_of_wycheproof(operation):
    for test in wycheproof.read(operation):
        message, signature = wycheproof.unhex(test, "msg", "sig")
        numbers = [int(test["publicKey"][name], 16) for name in ("publicExponent", "modulus")]
        algorithm = wycheproof.RSA_HASHES[test["sha"]]
        pss = operation == "rsa-pss"
        padding = pyca_pss(algorithm, test["sLen"]) if pss else pyca_padding.PKCS1v15()
        try:
            key = pyca.RSAPublicNumbers(*numbers).public_key()
            key.verify(signature, message, padding, PYCA_HASHES[algorithm])
        except cryptography.exceptions.InvalidSignature:
            assert not wycheproof.accepted(operation, test), test
        else:
            assert wycheproof.accepted(operation, test), test


# Hostile signatures


@pytest.mark.parametrize("padding", PADDINGS, ids=repr)
def test_a_signature_is_as_long_as_the_modulus(padding):
    """8.1.2 and 8.2.2 step 1: no leading zero may be missing or added, and nothing may follow."""
    signature = KEY.sign(M, padding, "sha256")
    for wrong in (b"\x00" + signature, signature + b"\x00", signature[:-1], b""):
        with pytest.raises(InvalidSignature, match=f"256 bytes long, got {len(wrong)}"):
            PUBLIC.verify(wrong, M, padding, "sha256")


@pytest.mark.parametrize("padding", [PSS(salt=b""), PKCS1v15()], ids=repr)
def test_leading_zeros_are_part_of_a_signature(padding):
    """Every other signature under a key of 2049 bits begins with a zero, and one without it is none."""
    key, message = rsa_keys.ours("2049"), bytes(1)
    while (signature := key.sign(message, padding, "sha256"))[0]:
        message += bytes(1)
    key.public_key().verify(signature, message, padding, "sha256")
    with pytest.raises(InvalidSignature, match="257 bytes long, got 256"):
        key.public_key().verify(signature[1:], message, padding, "sha256")


@pytest.mark.parametrize("padding", PADDINGS, ids=repr)
def test_a_signature_is_below_the_modulus(padding):
    """5.2.2 step 1: or else s + n would be a second signature of the same message.  257 bytes have room."""
    key = rsa_keys.ours("2049")
    s = int.from_bytes(key.sign(M, padding, "sha256"), "big")
    for second in (s + key.public_key().n, s + 2 * key.public_key().n):
        with pytest.raises(InvalidSignature, match="not below the modulus"):
            key.public_key().verify(second.to_bytes(257, "big"), M, padding, "sha256")


@pytest.mark.parametrize("s", [0, 1, n - 1], ids=["0", "1", "-1"])
@pytest.mark.parametrize("padding", PADDINGS, ids=repr)
def test_powers_that_anyone_can_take(s, padding):
    assert not verifies(PUBLIC, s.to_bytes(256, "big"), padding)


@pytest.mark.parametrize("name", NAMES)
def test_a_bit_above_the_highest_of_pss_is_refused(name):
    """9.1.2 step 6: a number that is below n, and not below 2^emBits."""
    key = rsa_keys.ours(name)
    messages = (bytes([i]) for i in range(256))
    encoded = ((M, PSS(0).encode(M, key.key_size, sha256) + (1 << key.key_size - 1)) for M in messages)
    M, m = next((M, m) for M, m in encoded if m < key.public_key().n)
    with pytest.raises(InvalidSignature, match=r"a bit above its highest|too long"):
        key.public_key().verify(signature_of(m, key), M, PSS(0), "sha256")


T = rsa_padding.DIGEST_INFO["sha256"] + sha256(M).digest()
NO_NULL = bytes.fromhex("302f300b0609608648016503040201") + T[17:]
LONG_FORM = bytes.fromhex("308131") + T[2:]


def frame(T: bytes, first: bytes = b"\x00\x01", octet: bytes = b"\xff", end: bytes = b"\x00") -> bytes:
    return first + octet * (256 - len(first) - len(end) - len(T)) + end + T


def test_the_right_frame_is_right():
    PUBLIC.verify(signature_of(int.from_bytes(frame(T), "big")), M, PKCS1v15(), "sha256")


@pytest.mark.parametrize(
    "EM",
    [
        frame(T + b"\x00"),
        frame(T + bytes(100)),
        frame(T, octet=b"\xfe"),
        frame(T, first=b"\x00\x02"),
        frame(T, first=b"\x00\x00"),
        frame(T, first=b"\x01\x01"),
        frame(T, end=b"\x01"),
        frame(T, end=b"\x00\x00"),
        frame(T, end=b""),
        frame(T[:-1]),
        frame(T[19:]),
        frame(NO_NULL),
        frame(LONG_FORM),
        b"\x00\x01" + b"\xff" * 8 + b"\x00" + T + bytes(256 - 11 - len(T)),
    ],
    ids=lambda EM: EM.hex()[:24] + "..." + EM.hex()[-112:],
)
def test_other_frames_of_pkcs1_are_refused(EM):
    """Each is the e-th power of a number, as a dishonest owner can make them: only the comparison refuses."""
    m = int.from_bytes(EM, "big") % n
    with pytest.raises(InvalidSignature, match="does not fit"):
        PUBLIC.verify(signature_of(m), M, PKCS1v15(), "sha256")


def test_bleichenbachers_forgery_of_2006():
    """A cube that begins like a padded message, made without the key: the end is whatever it comes out to."""
    key = rsa_keys.ours("2048 e=3").public_key()
    prefix = b"\x00\x01" + b"\xff" * 8 + b"\x00" + T
    wanted = int.from_bytes(prefix.ljust(256, b"\xff"), "big")
    s = 1 << wanted.bit_length() // 3 + 1
    while (closer := (2 * s + wanted // (s * s)) // 3) < s:  # Newton, down to the cube root
        s = closer
    assert (s**3).to_bytes(256, "big").startswith(prefix)
    assert s**3 < key.n
    assert not verifies(key, s.to_bytes(256, "big"), PKCS1v15())


@pytest.mark.parametrize("padding", [PSS(), PKCS1v15()], ids=repr)
def test_a_hash_that_is_too_large_for_the_key(padding):
    """The same for a signer, whose mistake it is, and for a verifier, who has met a strange peer."""
    key = RSAPrivateKey.from_primes(*TWO_PRIMES_OF_256_BITS, 65537, least_key_size=512)
    with pytest.raises(ValueError, match="too small"):
        key.sign(M, padding, "sha512")
    with pytest.raises(InvalidSignature, match="too small"):
        key.public_key().verify(bytes(64), M, padding, "sha512")


TWO_PRIMES_OF_256_BITS = 2**256 - 189, 2**256 - 357


# Hostile keys


@pytest.mark.parametrize(
    ("n", "e", "reason"),
    [
        (n >> 1 | 1, 3, "2048 to 8192 bits, got 2047"),
        (1 << 8192 | 1, 3, "2048 to 8192 bits, got 8193"),
        (1 << 100_000 | 1, 3, "2048 to 8192 bits, got 100001"),
        (0, 3, "2048 to 8192 bits, got 0"),
        (-n, 3, "a positive number"),
        (n + 1, 3, "modulus is odd"),
        (n, 1, "exponent is 3 to 4294967295"),
        (n, 2, "exponent is 3 to"),
        (n, 0, "exponent is 3 to"),
        (n, -3, "exponent is 3 to"),
        (n, 2**32 + 1, "exponent is 3 to"),
        (n, n - 2, "exponent is 3 to"),
        (n, 4, "exponent is odd"),
        (n, 65538, "exponent is odd"),
    ],
    ids=range(14),
)
def test_a_public_key_out_of_bounds(n, e, reason):  # appendix C.2 [1]
    with pytest.raises(InvalidKey, match=reason):
        RSAPublicKey(n, e)


@pytest.mark.parametrize(
    ("n", "e"),
    [(1 << 2047 | 1, 3), ((1 << 8192) - 1, 2**32 - 1), (n, 5), (n, 65537)],
    ids=["0", "1", "2", "3"],
)
def test_a_public_key_at_its_bounds(n, e):
    assert RSAPublicKey(n, e).key_size == n.bit_length()


def test_the_least_size_is_the_callers_to_lower_or_to_raise():
    small = rsa_keys.ours("1024").public_key()
    with pytest.raises(InvalidKey, match="2048 to 8192 bits, got 1024"):
        RSAPublicKey(small.n, small.e)
    assert RSAPublicKey(small.n, small.e, least_key_size=1024) == small
    with pytest.raises(InvalidKey, match="3072 to 8192 bits, got 2048"):
        RSAPublicKey(n, e, least_key_size=3072)


@pytest.mark.parametrize(
    ("n", "e"), [("5", 3), (n, None), (float(2**100), 3), (n, 3.0)], ids=["0", "1", "2", "3"]
)
def test_a_key_is_made_of_ints(n, e):
    with pytest.raises(TypeError, match="are ints"):
        RSAPublicKey(n, e)
    with pytest.raises(TypeError, match="are ints"):
        RSAPrivateKey(n, e, **NUMBERS)
    with pytest.raises(TypeError, match="are ints"):
        RSAPrivateKey(PUBLIC.n, PUBLIC.e, **NUMBERS | {"iqmp": "1"})


# The private key's numbers

NUMBERS = {name: getattr(KEY, name) for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")}


def test_the_numbers_of_a_key_make_it_again():
    assert RSAPrivateKey(n, e, **NUMBERS) == KEY
    longer_d = pow(e, -1, (KEY.p - 1) * (KEY.q - 1))  # as older programs have it
    assert RSAPrivateKey(n, e, **NUMBERS | {"d": longer_d}).sign(M, PKCS1v15(), "sha256") == KEY.sign(
        M, PKCS1v15(), "sha256"
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"p": KEY.p + 2}, "the product of its two primes"),
        ({"p": n, "q": 1}, "the product of its two primes"),
        ({"p": 1, "q": n}, "the product of its two primes"),
        ({"p": -KEY.p, "q": -KEY.q}, "the product of its two primes"),
        ({"d": KEY.d + 2}, "undo each other"),
        ({"d": KEY.d + KEY.p - 1}, "undo each other"),
        ({"d": KEY.d + KEY.q - 1}, "undo each other"),
        ({"d": KEY.d + (KEY.p - 1) * (KEY.q - 1)}, "undo each other"),
        ({"d": KEY.d - (KEY.p - 1) * (KEY.q - 1)}, "undo each other"),
        ({"dmp1": KEY.dmp1 + KEY.p - 1}, "dmp1 and dmq1"),
        ({"dmp1": KEY.dmq1}, "dmp1 and dmq1"),
        ({"dmq1": KEY.dmq1 - 1}, "dmp1 and dmq1"),
        ({"iqmp": KEY.iqmp + 1}, "inverse of q"),
        ({"iqmp": KEY.iqmp + KEY.p}, "inverse of q"),
        ({"iqmp": KEY.iqmp - KEY.p}, "inverse of q"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_numbers_that_do_not_fit_together(changed, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        RSAPrivateKey(n, e, **NUMBERS | changed)
    assert not isinstance(caught.value, InvalidKey)  # no peer's


def test_another_public_half_does_not_fit():
    other = rsa_keys.ours("2048 e=3").public_key()
    with pytest.raises(ValueError, match="the product"):
        RSAPrivateKey(other.n, e, **NUMBERS)
    with pytest.raises(ValueError, match="undo each other"):
        RSAPrivateKey(n, 65539, **NUMBERS)
    with pytest.raises(ValueError, match="is odd") as caught:
        RSAPrivateKey(n, 65538, **NUMBERS)
    assert not isinstance(caught.value, InvalidKey)
    with pytest.raises(ValueError, match="2048 to 8192 bits, got 1024"):
        RSAPrivateKey.from_primes(rsa_keys.ours("1024").p, rsa_keys.ours("1024").q, 65537)


@pytest.mark.parametrize("composite", ["p", "q"])
def test_factors_that_are_no_primes_are_noticed(composite):
    """All equations hold, and yet m^(e * d) is not m."""
    factors = [rsa_keys.ours("1024").public_key().n, KEY.q]
    p, q = factors if composite == "p" else reversed(factors)
    with pytest.raises(ValueError, match="are primes"):
        RSAPrivateKey.from_primes(p, q, 65537, least_key_size=1024)


# What leaves, and what does not


def test_a_faulty_signature_would_give_the_key_away_and_does_not_leave():
    """Boneh, DeMillo and Lipton: one bit of dP flips in memory, and the half modulo p comes out wrong."""
    key = RSAPrivateKey.from_primes(KEY.p, KEY.q, e)
    key.dmp1 ^= 1 << 5
    m = PKCS1v15().encode(M, 2048, sha256)
    faulty = rsa._to_the_d(key, m)
    assert math.gcd(pow(faulty, e, n) - m, n) == KEY.q
    for padding in PADDINGS:
        with pytest.raises(AssertionError, match="came out wrong"):
            key.sign(M, padding, "sha256")


def test_powers_are_taken_of_blinded_numbers(monkeypatch):
    seen, to_the_d = [], rsa._to_the_d
    monkeypatch.setattr(rsa, "_to_the_d", lambda key, m: seen.append(m) or to_the_d(key, m))
    signatures = {KEY.sign(M, PKCS1v15(), "sha256") for _ in range(3)}
    assert len(signatures) == 1
    assert len({*seen, PKCS1v15().encode(M, 2048, sha256)}) == 4


@pytest.mark.parametrize("octet", [b"\x00", b"\x05", b"\xff"])
def test_no_result_depends_on_the_blinding(monkeypatch, octet):
    expected = KEY.sign(M, PSS(salt=bytes(32)), "sha256")
    monkeypatch.setattr(entropy, "random_bytes", lambda length: octet * length)
    assert KEY.sign(M, PSS(salt=bytes(32)), "sha256") == expected


# New keys


def test_a_new_key():
    key = rsa.generate_private_key()
    assert (key.key_size, key.public_key().e) == (2048, 65537)
    assert all(primes.miller_rabin(prime, 20) and prime.bit_length() == 1024 for prime in (key.p, key.q))
    public = pyca.RSAPublicNumbers(65537, key.public_key().n)
    numbers = pyca.RSAPrivateNumbers(key.p, key.q, key.d, key.dmp1, key.dmq1, key.iqmp, public)
    their_key = numbers.private_key()  # which checks them
    signature = their_key.sign(M, pyca_pss("sha256", 32), PYCA_HASHES["sha256"])
    key.public_key().verify(signature, M, PSS(), "sha256")


def test_size_and_exponent_are_passed_on(monkeypatch):
    asked = []
    monkeypatch.setattr(primes, "two_primes", lambda nlen, e: asked.append((nlen, e)) or (KEY.p, KEY.q))
    assert rsa.generate_private_key(public_exponent=65539, key_size=4096).public_key() == RSAPublicKey(
        n, 65539
    )
    assert rsa.generate_private_key(2**32 - 5, 8192).public_key() == RSAPublicKey(n, 2**32 - 5)
    assert asked == [(4096, 65539), (8192, 2**32 - 5)]


def test_d_is_the_smallest_that_there_is():
    """FIPS 186-5 A.1.1 criterion 3; and e below 2^32 leaves no room for one that is too small."""
    for name in NAMES:
        key = rsa_keys.ours(name)
        assert key.d < math.lcm(key.p - 1, key.q - 1)
        assert key.d > 1 << key.key_size // 2


@pytest.mark.parametrize("size", [2046, 2047, 2049, 8194, 0, -2048])
def test_sizes_that_no_new_key_has(size):
    with pytest.raises(ValueError, match=f"an even number of bits, 2048 to 8192, not {size}"):
        rsa.generate_private_key(key_size=size)


@pytest.mark.parametrize("exponent", [1, 3, 65535, 65536, 65538, 2**32 + 1, -65537])
def test_exponents_that_no_new_key_has(exponent):
    with pytest.raises(ValueError, match=f"odd and 65537 to 4294967295, not {exponent}"):
        rsa.generate_private_key(exponent)


# The classes


def test_argument_names_are_those_of_pyca():
    for key, padding, algorithm in (
        (KEY, PSS(salt_length=20), sha256),
        (rsa_keys.theirs("2048"), pyca_pss("sha256", 20), PYCA_HASHES["sha256"]),
    ):
        signature = key.sign(data=M, padding=padding, algorithm=algorithm)
        key.public_key().verify(signature=signature, data=M, padding=padding, algorithm=algorithm)
    assert KEY.key_size == PUBLIC.key_size == rsa_keys.theirs("2048").key_size == 2048


def test_verify_returns_nothing_that_someone_could_forget_to_look_at():
    assert PUBLIC.verify(KEY.sign(M, PSS(), sha256), M, PSS(), sha256) is None


def test_equality_is_that_of_the_public_numbers():
    assert RSAPublicKey(n, e) == PUBLIC
    assert RSAPublicKey(n, 3) != PUBLIC
    assert RSAPublicKey(n + 2, e) != PUBLIC
    assert len({RSAPublicKey(n, e), PUBLIC, RSAPublicKey(n, 3)}) == 2
    assert RSAPrivateKey.from_primes(KEY.q, KEY.p, e) == KEY  # the other way round
    assert rsa_keys.ours("2048 e=3") != KEY
    with pytest.raises(TypeError, match="unhashable"):
        hash(KEY)


def test_keys_equal_only_keys_of_their_kind():
    assert KEY != PUBLIC
    assert PUBLIC != KEY
    assert (n, e) != PUBLIC
    assert KEY.d != KEY


def test_repr_shows_no_secret():
    assert repr(KEY) == "RSAPrivateKey(secret, 2048 bits)"
    assert eval(repr(PUBLIC)) == PUBLIC
    assert repr(rsa.RSAPublicKey((1 << 8192) - 1, 3)).endswith("ff, e=3)")


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    signature = KEY.sign(buffer(M), PKCS1v15(), "sha256")
    assert signature == KEY.sign(M, PKCS1v15(), "sha256")
    PUBLIC.verify(buffer(signature), buffer(M), PKCS1v15(), "sha256")


@pytest.mark.parametrize("wrong", ["a" * 256, None, 9, [9] * 256])
def test_types(wrong):
    for call in (
        lambda: KEY.sign(wrong, PSS(), "sha256"),
        lambda: PUBLIC.verify(wrong, M, PSS(), "sha256"),
        lambda: PUBLIC.verify(bytes(256), wrong, PSS(), "sha256"),
    ):
        with pytest.raises(TypeError, match="must be bytes"):
            call()


@pytest.mark.parametrize("wrong", [PSS, "PSS", None, pyca_padding.PKCS1v15()])
def test_a_padding_is_one_of_ours(wrong):
    with pytest.raises(TypeError, match="the padding must be PSS"):
        KEY.sign(M, wrong, "sha256")
    with pytest.raises(TypeError, match="the padding must be PSS"):
        PUBLIC.verify(bytes(256), M, wrong, "sha256")


def test_a_hash_is_one_of_ours():
    with pytest.raises(ValueError, match="unsupported hash 'sha1'"):
        KEY.sign(M, PSS(), "sha1")
    with pytest.raises(TypeError, match="must be a hash class"):
        PUBLIC.verify(bytes(256), M, PSS(), hashes.SHA256())


@pytest.mark.parametrize("p", [3, 2**127 - 1])
def test_a_prime_that_is_found_soon_makes_no_key(p):
    """And one that divides the blinding factor now and then would make a key that signs now and then."""
    with pytest.raises(ValueError, match="about half as long as the modulus"):
        RSAPrivateKey.from_primes(p, KEY.public_key().n, 65537)


def test_a_salt_that_cannot_fit_is_never_drawn(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda size: pytest.fail("drawn"))
    with pytest.raises(ValueError, match="too small for a salt of 8589934592 bytes"):
        KEY.sign(b"x", PSS(2**33), "sha256")
