"""Keys on P-256 and P-384 against pyca/cryptography: the same public points, secrets and verdicts.

Published vectors are in test_known_answers.py, test_wycheproof.py and test_nist_curves.py.
"""

import cryptography.exceptions
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec as pyca
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from purecrypto import constant_time, ec, ecdsa, entropy, weierstrass
from purecrypto.ec import ECDH, ECDSA, SECP256R1, SECP384R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from purecrypto.errors import InvalidKey, InvalidSignature
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512

CURVES = {SECP256R1(): pyca.SECP256R1(), SECP384R1(): pyca.SECP384R1()}
HASHES = {sha256: hashes.SHA256(), sha384: hashes.SHA384(), sha512: hashes.SHA512()}

both_curves = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
every_hash = pytest.mark.parametrize("algorithm", HASHES, ids=lambda algorithm: algorithm.name)
numbers = st.integers(1, 2**384 - 1)
messages = st.binary(max_size=300)

KEY = ec.derive_private_key(0xC0FFEE, SECP256R1())


def private_value(curve, number):
    return number % (curve.parameters.n - 1) + 1


def pair(curve, number):
    """Return the same private key, ours and theirs."""
    d = private_value(curve, number)
    return ec.derive_private_key(d, curve), pyca.derive_private_key(d, CURVES[curve])


def their_point(public_key, form=PublicFormat.UncompressedPoint):
    return public_key.public_bytes(Encoding.X962, form)


def verifies(key, signature, message, algorithm=sha256):
    try:
        key.verify(signature, message, ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def pyca_verifies(key, signature, message, algorithm=sha256):
    try:
        key.verify(signature, message, pyca.ECDSA(HASHES[algorithm]))
    except cryptography.exceptions.InvalidSignature:
        return False
    return True


# Against pyca/cryptography


@both_curves
@given(number=numbers, other=numbers)
@example(number=0, other=-1)  # d = 1 and d = n - 1
def test_public_keys_and_shared_secrets(curve, number, other):
    ours, theirs = pair(curve, number)
    our_peer, their_peer = pair(curve, other)
    assert ours.public_key().encoded_point() == their_point(theirs.public_key())
    shared_secret = theirs.exchange(pyca.ECDH(), their_peer.public_key())
    assert ours.exchange(ECDH(), our_peer.public_key()) == shared_secret
    assert our_peer.exchange(ECDH(), ours.public_key()) == shared_secret
    assert len(shared_secret) == curve.key_size // 8


@both_curves
@every_hash
@settings(max_examples=30)
@given(number=numbers, message=messages)
def test_they_verify_what_we_sign_and_the_reverse(curve, algorithm, number, message):
    ours, theirs = pair(curve, number)
    signature = ours.sign(message, ECDSA(algorithm))
    theirs.public_key().verify(signature, message, pyca.ECDSA(HASHES[algorithm]))
    ours.public_key().verify(signature, message, ECDSA(algorithm))
    their_signature = theirs.sign(message, pyca.ECDSA(HASHES[algorithm]))
    ours.public_key().verify(their_signature, message, ECDSA(algorithm))


@both_curves
@every_hash
def test_the_same_signature_as_theirs_where_they_know_rfc_6979(curve, algorithm):
    try:
        deterministic = pyca.ECDSA(HASHES[algorithm], deterministic_signing=True)
    except cryptography.exceptions.UnsupportedAlgorithm as error:
        pytest.skip(str(error))
    for number in range(10):
        ours, theirs = pair(curve, 3**number)
        message = b"message %d" % number
        assert ours.sign(message, ECDSA(algorithm)) == theirs.sign(message, deterministic)


@both_curves
@given(number=numbers)
def test_compressed_points(curve, number):
    _, theirs = pair(curve, number)
    compressed = their_point(theirs.public_key(), PublicFormat.CompressedPoint)
    key = EllipticCurvePublicKey.from_encoded_point(curve, compressed, compressed_allowed=True)
    assert key.encoded_point() == their_point(theirs.public_key())
    with pytest.raises(InvalidKey):
        EllipticCurvePublicKey.from_encoded_point(curve, compressed)


def test_the_hash_goes_by_class_or_name():
    assert ECDSA("sha256").algorithm is ECDSA(sha256).algorithm is sha256


@both_curves
def test_a_flipped_bit_anywhere_is_refused(curve):
    """In the signature and in the message; the verdict is pyca's, on what is no DER any more too."""
    ours, theirs = pair(curve, 2**300)
    message = b"flip"
    signature = ours.sign(message, ECDSA(sha256))
    for i in range(0, 8 * len(signature), 3):  # in each byte two or three
        altered = (int.from_bytes(signature, "big") ^ 1 << i).to_bytes(len(signature), "big")
        assert not verifies(ours.public_key(), altered, message), i
        assert not pyca_verifies(theirs.public_key(), altered, message), i
    for i in range(8 * len(message)):
        altered = (int.from_bytes(message, "big") ^ 1 << i).to_bytes(len(message), "big")
        assert not verifies(ours.public_key(), signature, altered), i


@both_curves
@settings(max_examples=30)
@given(number=numbers, other=numbers, message=messages)
def test_another_key_or_another_hash_does_not_fit(curve, number, other, message):
    ours, _ = pair(curve, number)
    another, _ = pair(curve, other)
    signature = ours.sign(message, ECDSA(sha384))
    assert verifies(another.public_key(), signature, message, sha384) == (ours == another)
    assert not verifies(ours.public_key(), signature, message, sha512)


@both_curves
@given(signature=st.binary(max_size=110))
def test_any_bytes_at_all(curve, signature):
    """Nothing but InvalidSignature is raised."""
    assert not verifies(pair(curve, 1)[0].public_key(), signature, b"message")


# Points that are none


@both_curves
@given(x=numbers, y=numbers)
def test_whatever_is_no_point_makes_no_key(curve, x, y):
    size = curve.parameters.size
    x, y = x % 256**size, y % 256**size
    data = b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    with pytest.raises(InvalidKey):
        EllipticCurvePublicKey.from_encoded_point(curve, data)
    with pytest.raises(ValueError):
        pyca.EllipticCurvePublicKey.from_encoded_point(CURVES[curve], data)


@both_curves
@pytest.mark.parametrize("data", [b"", b"\x00", b"\x04", bytes(65), bytes(97), bytes(100_000)], ids=len)
def test_infinity_and_wrong_lengths_make_no_key(curve, data):
    with pytest.raises(InvalidKey):
        EllipticCurvePublicKey.from_encoded_point(curve, data, compressed_allowed=True)


def test_a_point_of_the_other_curve_makes_no_key():
    for curve, other in ((SECP256R1(), SECP384R1()), (SECP384R1(), SECP256R1())):
        with pytest.raises(InvalidKey):
            EllipticCurvePublicKey.from_encoded_point(curve, pair(other, 5)[0].public_key().encoded_point())


# Making private keys


@both_curves
def test_generated_keys_differ_and_work(curve):
    keys = [ec.generate_private_key(curve) for _ in range(3)]
    assert len({key.private_value for key in keys}) == 3
    assert keys[0].exchange(ECDH(), keys[1].public_key()) == keys[1].exchange(ECDH(), keys[0].public_key())
    assert keys[0].curve == keys[0].public_key().curve == curve


@both_curves
def test_keys_are_made_from_the_one_place_of_randomness(curve, monkeypatch):
    asked = []
    monkeypatch.setattr(entropy, "random_bytes", lambda length: asked.append(length) or b"\x07" * length)
    assert ec.generate_private_key(curve) == ec.private_key_from_random(curve, b"\x07" * curve.random_size)
    assert asked == [curve.random_size] == [curve.key_size // 8 + 8]


@both_curves
@pytest.mark.parametrize("offset", [-2, -1, 0, 1])
def test_private_keys_from_random_bytes(curve, offset):
    """FIPS 186-5 A.2.1: c modulo n - 1, plus 1; so all from 1 to n - 1 and nothing else."""
    n, size = curve.parameters.n, curve.random_size

    def made(c):
        return ec.private_key_from_random(curve, c.to_bytes(size, "big")).private_value

    assert made(n + offset) == [n - 2 + 1, 1, 2, 3][offset + 2] if offset > -2 else made(n - 2) == n - 1
    assert made(0) == 1
    assert made(7 * (n - 1) + 4) == 5
    assert 1 <= made(256**size - 1) < n


@both_curves
def test_the_number_of_random_bytes_is_fixed(curve):
    for length in (0, curve.random_size - 1, curve.random_size + 1):
        with pytest.raises(ValueError, match=f"random_bytes must be {curve.random_size} bytes long"):
            ec.private_key_from_random(curve, bytes(length))


@both_curves
def test_private_values_are_from_1_to_n_minus_1(curve):
    n = curve.parameters.n
    for value in (1, 2, n - 2, n - 1):
        assert ec.derive_private_key(value, curve).private_value == value
    for value in (-1, 0, n, n + 1, 2**100_000):
        with pytest.raises(ValueError, match="lies between 1 and n - 1"):
            ec.derive_private_key(value, curve)


# Objects


def test_the_public_key_is_computed_once(monkeypatch):
    key = ec.derive_private_key(3, SECP256R1())
    assert key.public_key() is key.public_key()
    monkeypatch.setattr(weierstrass, "scalar_mult_base", lambda curve, k: pytest.fail("computed again"))
    assert key.public_key().encoded_point()


def test_what_is_shown_is_no_secret():
    assert repr(KEY) == "EllipticCurvePrivateKey(secp256r1, secret)"
    assert KEY.public_key().encoded_point().hex() in repr(KEY.public_key())
    assert repr([SECP256R1(), SECP384R1()]) == "[SECP256R1(), SECP384R1()]"
    assert not hasattr(KEY, "__dict__")
    assert not hasattr(KEY.public_key(), "__dict__")


def test_equality(monkeypatch):
    same, other = ec.derive_private_key(0xC0FFEE, SECP256R1()), ec.derive_private_key(3, SECP256R1())
    elsewhere = ec.derive_private_key(0xC0FFEE, SECP384R1())
    assert same == KEY
    assert KEY not in (other, elsewhere, KEY.public_key(), 0xC0FFEE)
    assert same.public_key() == KEY.public_key()
    assert KEY.public_key() not in (other.public_key(), elsewhere.public_key(), KEY)
    assert len({KEY.public_key(), same.public_key(), other.public_key()}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(KEY)
    compared = []
    monkeypatch.setattr(constant_time, "equal", lambda a, b: compared.append((len(a), len(b))))
    assert other != KEY
    assert compared == [(32, 32)]


def test_keys_of_two_curves_of_one_size_differ():
    class Another(SECP256R1):
        __slots__ = ()

    ours, another = ec.derive_private_key(3, SECP256R1()), ec.derive_private_key(3, Another())
    assert ours != another
    assert ours.public_key() != another.public_key()


def test_curves():
    assert SECP256R1() == SECP256R1() != SECP384R1()
    assert len({SECP256R1(), SECP256R1(), SECP384R1()}) == 2
    assert [(curve.name, curve.key_size) for curve in CURVES] == [("secp256r1", 256), ("secp384r1", 384)]
    assert [(theirs.name, theirs.key_size) for theirs in CURVES.values()] == [
        ("secp256r1", 256),
        ("secp384r1", 384),
    ]
    assert [curve.random_size for curve in CURVES] == [40, 56]


def test_the_private_value_stays_in_its_key_and_is_in_no_cache():
    weierstrass.base_table.cache_clear()
    KEY.sign(b"message", ECDSA(sha256))
    KEY.exchange(ECDH(), ec.derive_private_key(5, SECP256R1()).public_key())
    assert weierstrass.base_table.cache_info().currsize == 1
    for module in (ec, ecdsa, weierstrass):
        cached = [name for name, value in vars(module).items() if hasattr(value, "cache_info")]
        assert cached == (["base_table"] if module is weierstrass else [])


# The caller's mistakes


def test_keys_of_two_curves_share_nothing():
    with pytest.raises(ValueError, match="a key of secp256r1 and one of secp384r1") as caught:
        KEY.exchange(ECDH(), pair(SECP384R1(), 5)[0].public_key())
    assert not isinstance(caught.value, InvalidKey)


MISUSES = [
    (lambda: ec.generate_private_key("secp256r1"), "curve must be"),
    (lambda: ec.generate_private_key(SECP256R1), "curve must be"),
    (lambda: ec.private_key_from_random(pyca.SECP256R1(), bytes(40)), "curve must be"),
    (lambda: ec.private_key_from_random(SECP256R1(), "0" * 40), "random_bytes must be"),
    (lambda: ec.derive_private_key(b"\x01", SECP256R1()), "private_value must be an int"),
    (lambda: ec.derive_private_key(1, weierstrass.P256), "curve must be"),
    (lambda: EllipticCurvePrivateKey(1, None), "curve must be"),
    (lambda: EllipticCurvePublicKey.from_encoded_point(None, bytes(65)), "curve must be"),
    (lambda: EllipticCurvePublicKey.from_encoded_point(SECP256R1(), "04"), "encoded point must be bytes"),
    (lambda: KEY.exchange(ECDH, KEY.public_key()), r"algorithm must be ECDH\(\)"),
    (lambda: KEY.exchange(ECDH(), KEY), "peer_public_key must be EllipticCurvePublicKey"),
    (lambda: KEY.exchange(ECDH(), KEY.public_key().encoded_point()), "peer_public_key must be"),
    (lambda: KEY.sign(b"", sha256), r"must be ECDSA\(hash\)"),
    (lambda: KEY.sign("text", ECDSA(sha256)), "data must be bytes"),
    (lambda: KEY.public_key().verify(bytes(8), b"", sha256), r"must be ECDSA\(hash\)"),
    (lambda: KEY.public_key().verify("text", b"", ECDSA(sha256)), "signature must be bytes"),
    (lambda: KEY.public_key().verify(KEY.sign(b"", ECDSA(sha256)), "text", ECDSA(sha256)), "data must be"),
    (lambda: ECDSA(sha256()), "must be a hash class"),
    (lambda: ECDSA(hashes.SHA256()), "must be a hash class"),
    (lambda: ECDSA(bytes), "must be a hash class"),
]


@pytest.mark.parametrize(("misuse", "complaint"), MISUSES)
def test_a_wrong_type_is_a_type_error(misuse, complaint):
    with pytest.raises(TypeError, match=complaint):
        misuse()


def test_every_kind_of_bytes_will_do():
    signature = KEY.sign(bytearray(b"message"), ECDSA(sha256))
    KEY.public_key().verify(memoryview(signature), memoryview(b"message"), ECDSA(sha256))
    point = bytearray(KEY.public_key().encoded_point())
    assert EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point) == KEY.public_key()
