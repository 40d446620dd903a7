"""Ed25519 against pyca/cryptography.

RFC 8032's vectors run in test_known_answers.py, Wycheproof's in test_wycheproof.py.
"""

import cryptography.exceptions
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519 as pyca
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import constant_time, edwards25519, entropy, sha512, wycheproof
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey, hash_to_number
from purecrypto.edwards25519 import L, p
from purecrypto.errors import InvalidKey, InvalidSignature

seeds = st.binary(min_size=32, max_size=32)
messages = st.binary(max_size=300)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
A = KEY.public_key().public_bytes_raw()
ZERO = edwards25519.encode(edwards25519.ZERO)  # 01 00 00 ...: as a public key, it fits every message


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def pyca_verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        pyca.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except cryptography.exceptions.InvalidSignature:
        return False
    return True


def little_endian(n: int) -> bytes:
    return n.to_bytes(32, "little")


# Signing and verifying


@given(seeds, messages)
def test_any_key_and_any_message(seed, message):
    ours, theirs = Ed25519PrivateKey.from_private_bytes(seed), pyca.Ed25519PrivateKey.from_private_bytes(seed)
    assert ours.public_key().public_bytes_raw() == theirs.public_key().public_bytes_raw()
    signature = ours.sign(message)
    assert signature == theirs.sign(message)
    ours.public_key().verify(signature, message)


@given(seeds, messages, messages)
def test_another_message_or_another_key_does_not_fit(seed, message, other):
    signature = KEY.sign(message)
    assert verifies(A, signature, other) == (other == message)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert verifies(public, signature, message) == (public == A)


def test_a_flipped_bit_anywhere_is_refused():
    message = b"flip"
    signed = A + KEY.sign(message) + message
    assert verifies(signed[:32], signed[32:96], signed[96:])
    for i in range(8 * len(signed)):
        altered = (int.from_bytes(signed, "big") ^ 1 << i).to_bytes(len(signed), "big")
        assert not verifies(altered[:32], altered[32:96], altered[96:]), i


@given(seeds, st.binary(min_size=64, max_size=64), messages)
def test_any_bytes_at_all(public, signature, message):
    """The verdict is pyca's, and nothing but InvalidSignature is raised.  (Zeros, a point of order 4, and a
    signature of zeros fit one message in four.)  Keys that are not canonical have a test of their own.
    """
    x_sign, y = divmod(int.from_bytes(public, "little"), 2**255)
    canonical = y < p and not (x_sign and y in (1, p - 1))
    assert verifies(public, signature, message) == (canonical and pyca_verifies(public, signature, message))


def test_a_private_key_is_expanded_once(monkeypatch):
    """Signing costs two hashes and one multiplication: the seed's hash and the public key are kept."""
    hashed, multiplied = [], []
    sha, multiply = sha512.sha512, edwards25519.scalar_mult_base
    monkeypatch.setattr(sha512, "sha512", lambda data: hashed.append(data) or sha(data))
    monkeypatch.setattr(edwards25519, "scalar_mult_base", lambda s: multiplied.append(s) or multiply(s))
    KEY.sign(b"message")
    assert (len(hashed), len(multiplied)) == (2, 1)


def test_a_public_key_is_decoded_once(monkeypatch):
    decoded, decode = [], edwards25519.decode
    monkeypatch.setattr(edwards25519, "decode", lambda octets: decoded.append(octets) or decode(octets))
    key = Ed25519PublicKey.from_public_bytes(A)
    assert decoded == []  # not before it is used
    for message in (b"one", b"two", b"three"):
        key.verify(KEY.sign(message), message)
    assert decoded == [A]


# The verification equation, and what it refuses


def forge(r: edwards25519.Point, message: bytes) -> bytes:
    """Sign as the owner of KEY could, with R = r: S = 5 + k * s for the R that would be 5 * B."""
    R = edwards25519.encode(r)
    s = edwards25519.clamp(sha512.sha512(KEY.private_bytes_raw()).digest()[:32])
    k = hash_to_number(R + A + message) % L
    return R + little_endian((5 + k * s) % L)


# A point of order 8: what is left of the point with y = 3 when its part in B's group is gone
TORSION = edwards25519.double_and_add(L, edwards25519.decode(little_endian(3)))


def test_the_equation_is_cofactorless():
    """R with a part outside of B's group: 8 S B = 8 R + 8 k A holds, S B = R + k A does not.  As OpenSSL."""
    five_B = edwards25519.scalar_mult_base(5)
    assert verifies(A, forge(five_B, b"honest"), b"honest")
    mixed = forge(edwards25519.add(five_B, TORSION), b"dishonest")
    assert not verifies(A, mixed, b"dishonest")
    assert not pyca_verifies(A, mixed, b"dishonest")


@pytest.mark.parametrize("message", [bytes([i]) for i in range(8)])
def test_k_is_reduced_modulo_L(message):
    """Outside of B's group (k mod L) * A is not k * A, and OpenSSL computes the former.

    A has order 8 and S = 0: we try all R of order 8 and see which one is taken.
    """
    public = edwards25519.encode(TORSION)
    for i in range(8):
        signature = edwards25519.encode(edwards25519.double_and_add(i, TORSION)) + bytes(32)
        assert verifies(public, signature, message) == pyca_verifies(public, signature, message)


def test_S_is_below_L():
    """With A = R = 0 the equation says S * B = 0, and holds for S = 0, L, 2 L...; only the bound refuses."""
    assert verifies(ZERO, ZERO + bytes(32), b"")
    for S in (L, 2 * L, 15 * L):
        with pytest.raises(InvalidSignature, match="S is not below"):
            Ed25519PublicKey(ZERO).verify(ZERO + little_endian(S), b"")


def test_nobody_makes_a_second_signature_out_of_the_first():
    signature = KEY.sign(b"message")
    S = int.from_bytes(signature[32:], "little")
    with pytest.raises(InvalidSignature, match="S is not below"):
        KEY.public_key().verify(signature[:32] + little_endian(S + L), b"message")


@pytest.mark.parametrize("R", [p + 1, 1 << 255 | 1, 1 << 255 | p + 1])
def test_R_is_compared_as_bytes_so_that_only_its_canonical_encoding_fits(R):
    signature = little_endian(R) + bytes(32)
    assert not verifies(ZERO, signature, b"")
    assert not pyca_verifies(ZERO, signature, b"")


@pytest.mark.parametrize(
    ("public", "reason"),
    [(p + 1, "not below p"), (1 << 255 | 1, "x = 0"), (2, "none with this y")],
)
def test_a_public_key_that_is_no_point_shows_when_it_is_used(public, reason):
    """5.1.7: "If any of the decodings fail", the signature is invalid.  pyca also loads such a key first.

    The first two are other ways to write ZERO.  OpenSSL takes them, RFC 8032 section 5.1.3 refuses them.
    """
    key = Ed25519PublicKey.from_public_bytes(little_endian(public))
    for _ in range(2):  # the second time as well
        with pytest.raises(InvalidSignature, match=f"the public key is no point: .*{reason}") as caught:
            key.verify(ZERO + bytes(32), b"")
        assert isinstance(caught.value.__cause__, InvalidKey)


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_has_64_bytes(length):
    """Wrong lengths are the peer's fault here, as in pyca."""
    signature = (KEY.sign(b"") + bytes(64))[:length]
    with pytest.raises(InvalidSignature, match=f"64 bytes long, got {length}"):
        KEY.public_key().verify(signature, b"")
    assert not pyca_verifies(A, signature, b"")


# Wycheproof: whether the verdicts are ours is asked in test_wycheproof.py


@pytest.mark.parametrize("test", list(wycheproof.read("ed25519")), ids=lambda test: str(test["tcId"]))
def test_openssl_comes_to_the_verdicts_of_wycheproof(test):
    public, (message, signature) = (
        bytes.fromhex(test["publicKey"]["pk"]),
        wycheproof.unhex(test, "msg", "sig"),
    )
    assert pyca_verifies(public, signature, message) == wycheproof.accepted("ed25519", test)


# The classes


def test_argument_names_are_those_of_pyca():
    ours = Ed25519PrivateKey.from_private_bytes(data=bytes(range(32)))
    theirs = pyca.Ed25519PrivateKey.from_private_bytes(data=bytes(range(32)))
    assert ours.private_bytes_raw() == theirs.private_bytes_raw() == bytes(range(32))
    signature = ours.sign(data=b"message")
    assert signature == theirs.sign(data=b"message")
    Ed25519PublicKey.from_public_bytes(data=A).verify(signature=signature, data=b"message")


def test_verify_returns_nothing_that_someone_could_forget_to_look_at():
    assert KEY.public_key().verify(KEY.sign(b""), b"") is None


def test_generate_asks_the_one_source_of_randomness(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda length: b"\x05" * length)
    assert Ed25519PrivateKey.generate().private_bytes_raw() == b"\x05" * 32


def test_equality_is_that_of_bytes():
    a, b = bytes(32), bytes(31) + b"\x01"
    assert Ed25519PrivateKey(a) == Ed25519PrivateKey(bytearray(a))
    assert Ed25519PrivateKey(a) != Ed25519PrivateKey(b)
    assert Ed25519PublicKey(a) == Ed25519PublicKey(memoryview(a))
    assert Ed25519PublicKey(a) != Ed25519PublicKey(b)
    assert len({Ed25519PublicKey(a), Ed25519PublicKey(a), Ed25519PublicKey(b)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ed25519PrivateKey(a))


def test_keys_equal_only_keys_of_their_kind():
    private_key, public_key = Ed25519PrivateKey(bytes(32)), Ed25519PublicKey(A)
    assert private_key != public_key
    assert public_key != private_key
    assert private_key != bytes(32)
    assert public_key != A


def test_private_keys_are_compared_without_early_exit(monkeypatch):
    monkeypatch.setattr(constant_time, "equal", lambda a, b: True)
    assert Ed25519PrivateKey(bytes(32)) == Ed25519PrivateKey(b"\x01" * 32)


def test_repr_shows_no_secret():
    assert repr(KEY) == "Ed25519PrivateKey(secret)"
    assert repr(KEY.public_key()) == f"Ed25519PublicKey({A.hex()})"


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    key = Ed25519PrivateKey.from_private_bytes(buffer(bytes(range(32))))
    assert key.sign(buffer(b"message")) == KEY.sign(b"message")
    Ed25519PublicKey.from_public_bytes(buffer(A)).verify(buffer(KEY.sign(b"message")), buffer(b"message"))


TAKES_32_BYTES = [
    Ed25519PrivateKey,
    Ed25519PublicKey,
    Ed25519PrivateKey.from_private_bytes,
    Ed25519PublicKey.from_public_bytes,
]


@pytest.mark.parametrize("call", TAKES_32_BYTES)
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_lengths(call, length):
    with pytest.raises(ValueError, match=f"32 bytes long, got {length}") as caught:
        call(bytes(length))
    assert not isinstance(caught.value, InvalidKey)  # the caller's fault, not the peer's


TAKES_BYTES = [
    *TAKES_32_BYTES,
    KEY.sign,
    lambda data: KEY.public_key().verify(data, b""),
    lambda data: KEY.public_key().verify(bytes(64), data),
]


@pytest.mark.parametrize("call", TAKES_BYTES)
@pytest.mark.parametrize("wrong", ["a" * 32, None, 9, [9] * 32])
def test_types(call, wrong):
    with pytest.raises(TypeError, match="must be bytes"):
        call(wrong)
