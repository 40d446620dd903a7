"""ML-KEM-768 against NIST's known answers and pyca/cryptography, and every check of FIPS 203."""

import copy
import hashlib
import re
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem as pyca
from hypothesis import given, settings
from hypothesis import strategies as st

from purecrypto import constant_time, entropy, keccak_f, ml_kem, polynomials
from purecrypto.errors import InvalidKey
from purecrypto.ml_kem import DecapsulationKey, EncryptionKey, MLKEM768PrivateKey, MLKEM768PublicKey

KNOWN_ANSWERS = Path(cryptography_vectors.__file__).parent / "asymmetric/MLKEM/kat_MLKEM_768.rsp"

seeds = st.binary(min_size=64, max_size=64)
messages = st.binary(min_size=32, max_size=32)

SEED = bytes(range(64))
KEY = MLKEM768PrivateKey(SEED)
EK = KEY.public_key().public_bytes_raw()
DK = KEY._key.encode()
SECRET, CIPHERTEXT = KEY.public_key().encapsulate_from(bytes(range(32)))


DECODED_QUICKLY = (
    MLKEM768PrivateKey(bytes(64)).public_key().public_bytes_raw()
)  # of the matrix nothing is missing


def flipped(octets, place):
    """Return these bytes with one bit changed."""
    changed = bytearray(octets)
    changed[place] ^= 1
    return bytes(changed)


# Known answers


@pytest.mark.parametrize("part", [slice(0, 30), pytest.param(slice(30, 1000), marks=pytest.mark.long)])
def test_known_answers(part):
    text = KNOWN_ANSWERS.read_text(encoding="ascii")
    vectors = [
        {name: bytes.fromhex(value) for name, value in re.findall(r"^(\w+) = (\w+)$", vector, re.MULTILINE)}
        for vector in re.split(r"^count = \d+$", text, flags=re.MULTILINE)[1:]
    ]
    assert len(vectors) == 1000
    for vector in vectors[part]:
        dk = ml_kem.key_gen_internal(vector["d"], vector["z"])
        assert (dk.encryption_key.ek, dk.encode()) == (vector["pk"], vector["sk"])
        ek, h = EncryptionKey.decode(vector["pk"])
        assert ml_kem.encaps_internal(ek, h, vector["msg"]) == (vector["ss"], vector["ct"])
        assert ml_kem.decaps_internal(dk, vector["ct"]) == vector["ss"]
        assert ml_kem.decaps_internal(dk, vector["ct_n"]) == vector["ss_n"]


# pyca/cryptography


@given(seeds)
@settings(max_examples=30)
def test_whatever_the_seed_pyca_agrees(seed):
    ours, theirs = MLKEM768PrivateKey.from_seed_bytes(seed), pyca.MLKEM768PrivateKey.from_seed_bytes(seed)
    assert ours.public_key().public_bytes_raw() == theirs.public_key().public_bytes_raw()
    assert ours.private_bytes_raw() == theirs.private_bytes_raw() == seed
    secret, ciphertext = MLKEM768PublicKey(theirs.public_key().public_bytes_raw()).encapsulate()
    assert theirs.decapsulate(ciphertext) == secret
    secret, ciphertext = theirs.public_key().encapsulate()
    assert ours.decapsulate(ciphertext) == secret


@given(st.binary(min_size=1088, max_size=1088))
@settings(max_examples=30)
def test_any_ciphertext_is_answered_as_by_pyca(ciphertext):
    theirs = pyca.MLKEM768PrivateKey.from_seed_bytes(SEED)
    assert KEY.decapsulate(ciphertext) == theirs.decapsulate(ciphertext)


@pytest.mark.parametrize("place", [0, 319, 320, 959, 960, 1087])
def test_a_ciphertext_with_one_bit_changed_is_answered_as_by_pyca(place):
    theirs = pyca.MLKEM768PrivateKey.from_seed_bytes(SEED)
    changed = flipped(CIPHERTEXT, place)
    assert KEY.decapsulate(changed) == theirs.decapsulate(changed) != SECRET


def test_argument_names_are_those_of_pyca():
    for module in (ml_kem, pyca):
        key = module.MLKEM768PrivateKey.from_seed_bytes(data=SEED)
        assert key.decapsulate(ciphertext=CIPHERTEXT) == SECRET
        assert module.MLKEM768PublicKey.from_public_bytes(data=EK).public_bytes_raw() == EK


# Both parties get the same


@given(seeds, messages)
@settings(max_examples=30)
def test_decapsulation_inverts_encapsulation(seed, m):
    key = MLKEM768PrivateKey(seed)
    secret, ciphertext = key.public_key().encapsulate_from(m)
    assert (len(secret), len(ciphertext)) == (ml_kem.SHARED_SECRET_SIZE, ml_kem.CIPHERTEXT_SIZE) == (32, 1088)
    assert key.decapsulate(ciphertext) == secret
    assert MLKEM768PublicKey(key.public_key().public_bytes_raw()).encapsulate_from(m) == (secret, ciphertext)


@given(messages, messages)
@settings(max_examples=30)
def test_decryption_inverts_encryption(m, r):
    ciphertext = ml_kem.kpke_encrypt(KEY._key.encryption_key, m, r)
    assert ml_kem.kpke_decrypt(KEY._key.s_hat, ciphertext) == m


def test_the_plain_algorithms_make_the_same_key_and_ciphertext():
    """Algorithms 13 and 14, line by line, with no wide twin."""
    d, m, r = SEED[:32], bytes(32), bytes(range(32))
    G = hashlib.sha3_512(d + b"\x03").digest()
    rho, sigma = G[:32], G[32:]

    def noise(s, N):
        return polynomials.sample_poly_cbd(hashlib.shake_256(s + bytes([N])).digest(128))

    def product(fs, gs):
        total = [0] * 256
        for f, g in zip(fs, gs, strict=True):
            total = polynomials.reduce(polynomials.add(total, polynomials.multiply_ntts(f, g)))
        return total

    A_hat = [[polynomials.sample_ntt(rho + bytes([j, i])) for j in range(3)] for i in range(3)]
    s_hat = [polynomials.ntt(noise(sigma, N)) for N in range(3)]
    e_hat = [polynomials.ntt(noise(sigma, N)) for N in range(3, 6)]
    t_hat = [polynomials.reduce(polynomials.add(product(A_hat[i], s_hat), e_hat[i])) for i in range(3)]
    assert b"".join(polynomials.byte_encode(t, 12) for t in t_hat) + rho == EK

    y_hat = [polynomials.ntt(noise(r, N)) for N in range(3)]
    c = b""
    for i in range(3):
        column = [A_hat[j][i] for j in range(3)]
        u = polynomials.add(polynomials.inverse_ntt(product(column, y_hat)), noise(r, 3 + i))
        c += polynomials.byte_encode(polynomials.compress(u, 10), 10)
    mu = polynomials.decompress(polynomials.byte_decode(m, 1), 1)
    v = polynomials.add(polynomials.inverse_ntt(product(t_hat, y_hat)), polynomials.add(noise(r, 6), mu))
    c += polynomials.byte_encode(polynomials.compress(v, 4), 4)
    assert ml_kem.kpke_encrypt(KEY._key.encryption_key, m, r) == c


# Section 7.2: the encapsulation key


@pytest.mark.parametrize("length", [0, 1152, 1183, 1185, 1216])
def test_the_length_of_an_encapsulation_key(length):
    with pytest.raises(ValueError, match=f"must be 1184 bytes long, got {length}") as caught:
        MLKEM768PublicKey.from_public_bytes(bytes(length))
    assert not isinstance(caught.value, InvalidKey)  # the caller's fault, not the peer's


@pytest.mark.parametrize("value", [3329, 3330, 4095])
@pytest.mark.parametrize("place", [0, 1, 255, 256, 511, 512, 766, 767])
def test_a_coefficient_that_is_not_below_q(place, value):
    start, odd = 3 * (place // 2), place % 2
    pair = int.from_bytes(EK[start : start + 3], "little")
    pair = pair & (0xFFF if odd else 0xFFF000) | value << 12 * odd
    ek = EK[:start] + pair.to_bytes(3, "little") + EK[start + 3 :]
    with pytest.raises(InvalidKey, match="not below q"):
        MLKEM768PublicKey.from_public_bytes(ek)
    with pytest.raises(ValueError):
        pyca.MLKEM768PublicKey.from_public_bytes(ek)


def test_the_largest_coefficient_that_is_allowed():
    ek = polynomials.byte_encode([3328] * 256, 12) * 3 + bytes(32)
    assert MLKEM768PublicKey.from_public_bytes(ek).public_bytes_raw() == ek
    pyca.MLKEM768PublicKey.from_public_bytes(ek)


# Section 7.3: the decapsulation key and the ciphertext


def test_a_decapsulation_key_in_bytes():
    """Algorithm 16: dk_PKE, ek, H(ek), z."""
    assert DK[1152:] == EK + hashlib.sha3_256(EK).digest() + SEED[32:]
    key = DecapsulationKey.decode(DK)
    assert key.encode() == DK
    assert ml_kem.decapsulate(key, CIPHERTEXT) == SECRET
    assert ml_kem.decapsulate(key, bytes(1088)) == KEY.decapsulate(bytes(1088))


@pytest.mark.parametrize("length", [0, 64, 2399, 2401])
def test_the_length_of_a_decapsulation_key(length):
    with pytest.raises(ValueError, match=f"must be 2400 bytes long, got {length}"):
        DecapsulationKey.decode(bytes(length))


@pytest.mark.parametrize("place", [1152 + 1183, 2336, 2367])
def test_a_decapsulation_key_whose_hash_is_not_that_of_its_encapsulation_key(place):
    with pytest.raises(InvalidKey, match="hash of another encapsulation key"):
        DecapsulationKey.decode(flipped(DK, place))


def test_the_encapsulation_key_in_a_decapsulation_key_is_checked_too():
    ek = b"\xff" * 3 + EK[3:]
    dk = DK[:1152] + ek + hashlib.sha3_256(ek).digest() + DK[-32:]
    with pytest.raises(InvalidKey, match="not below q"):
        DecapsulationKey.decode(dk)


@pytest.mark.parametrize("length", [0, 1087, 1089])
def test_the_length_of_a_ciphertext(length):
    with pytest.raises(ValueError, match=f"must be 1088 bytes long, got {length}"):
        KEY.decapsulate(bytes(length))
    with pytest.raises(ValueError):
        pyca.MLKEM768PrivateKey.from_seed_bytes(SEED).decapsulate(bytes(length))


# Implicit rejection


def test_a_refused_ciphertext_gives_a_hash_of_z_and_of_itself():
    refused = flipped(CIPHERTEXT, 500)
    assert KEY.decapsulate(refused) == hashlib.shake_256(SEED[32:] + refused).digest(32)


def test_ciphertexts_are_compared_without_early_exit(monkeypatch):
    """Every byte is looked at: the comparison is constant_time's, and its answer counts, either way."""
    compared, refused = [], flipped(CIPHERTEXT, 0)
    for answer in (True, False):
        monkeypatch.setattr(constant_time, "equal", lambda *pair, a=answer: compared.append(pair) or a)
        secret = KEY.decapsulate(refused)
        assert (secret == hashlib.shake_256(SEED[32:] + refused).digest(32)) is not answer
    assert [set(map(len, pair)) for pair in compared] == [{1088}, {1088}]
    assert all(refused in pair for pair in compared)


def test_both_answers_are_computed_whatever_the_ciphertext(monkeypatch):
    steps, permute = [], keccak_f.permute
    monkeypatch.setattr(keccak_f, "permute", lambda A, lanes: steps.append(1) or permute(A, lanes))
    counts = []
    for ciphertext in (CIPHERTEXT, flipped(CIPHERTEXT, 0)):
        steps.clear()
        KEY.decapsulate(ciphertext)
        counts.append(len(steps))
    assert counts == [11, 11]  # nine for H beside J, one for G, one for all noise


def test_the_matrix_is_made_beside_the_hash_of_the_key(monkeypatch):
    widths, permute = [], keccak_f.permute
    monkeypatch.setattr(
        keccak_f,
        "permute",
        lambda A, lanes: widths.append(lanes.word.bit_length() // 128 + 1) or permute(A, lanes),
    )
    MLKEM768PublicKey(DECODED_QUICKLY).encapsulate()
    assert widths == [10] * 3 + [1] * 6 + [1, 7]


# The classes


def test_generate_and_encapsulate_ask_the_one_source_of_randomness(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda length: bytes(range(length)))
    key = MLKEM768PrivateKey.generate()
    assert key.private_bytes_raw() == SEED
    assert key.public_key().encapsulate() == (SECRET, CIPHERTEXT)


def test_the_hash_of_a_key_is_computed_once(monkeypatch):
    public_key = KEY.public_key()
    public_key.encapsulate()
    monkeypatch.setattr(ml_kem, "H", None)
    public_key.encapsulate()


def test_equality_is_that_of_bytes():
    assert MLKEM768PrivateKey(bytearray(SEED)) == KEY
    assert MLKEM768PrivateKey(flipped(SEED, 63)) != KEY
    assert MLKEM768PublicKey(memoryview(EK)) == KEY.public_key()
    assert MLKEM768PublicKey(flipped(EK, 1183)) != KEY.public_key()
    assert len({MLKEM768PublicKey(EK), KEY.public_key()}) == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(KEY)


def test_keys_equal_only_keys_of_their_kind():
    private_key, public_key = KEY, KEY.public_key()
    assert private_key != public_key
    assert public_key != private_key
    assert private_key != SEED
    assert public_key != EK


def test_private_keys_are_compared_without_early_exit(monkeypatch):
    monkeypatch.setattr(constant_time, "equal", lambda a, b: True)
    assert MLKEM768PrivateKey(bytes(64)) == KEY


def test_repr_shows_no_secret():
    assert repr(KEY) == "MLKEM768PrivateKey(secret)"
    assert repr(KEY.public_key()) == f"MLKEM768PublicKey({EK.hex()})"
    assert repr(KEY._key) == f"DecapsulationKey(encryption_key=EncryptionKey(ek={EK!r}))"


def test_a_copy_is_the_same_key():
    assert copy.deepcopy(KEY) == KEY


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    key = MLKEM768PrivateKey.from_seed_bytes(buffer(SEED))
    assert key.decapsulate(buffer(CIPHERTEXT)) == SECRET
    assert (
        MLKEM768PublicKey.from_public_bytes(buffer(EK)).encapsulate_from(buffer(bytes(range(32))))[0]
        == SECRET
    )
    assert DecapsulationKey.decode(buffer(DK)).encode() == DK


@pytest.mark.parametrize("call", [MLKEM768PrivateKey, MLKEM768PrivateKey.from_seed_bytes])
@pytest.mark.parametrize("length", [0, 32, 63, 65])
def test_the_length_of_a_seed(call, length):
    with pytest.raises(ValueError, match=f"64 bytes long, got {length}"):
        call(bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_the_length_of_the_randomness(length):
    with pytest.raises(ValueError, match=f"32 bytes long, got {length}"):
        KEY.public_key().encapsulate_from(bytes(length))


@pytest.mark.parametrize(
    "call",
    [
        MLKEM768PrivateKey,
        MLKEM768PublicKey,
        KEY.decapsulate,
        KEY.public_key().encapsulate_from,
        DecapsulationKey.decode,
    ],
)
@pytest.mark.parametrize("wrong", ["a" * 64, None, 9, [9] * 64])
def test_types(call, wrong):
    with pytest.raises(TypeError, match="must be bytes"):
        call(wrong)
