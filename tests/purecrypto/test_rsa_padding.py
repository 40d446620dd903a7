"""RSA's paddings by themselves: their layout, each check of a verifier, MGF1 against hashlib."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import entropy, stream
from purecrypto.errors import InvalidSignature
from purecrypto.rsa_padding import (
    PSS,
    PKCS1v15,
    emsa_pkcs1_v1_5_encode,
    emsa_pss_encode,
    emsa_pss_verify,
    highest_octet,
    mgf1,
)
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512

HASHES = [sha256, sha384, sha512]
SALT = bytes(range(32))
M = b"message"


def mgf1_by_hashlib(seed: bytes, size: int, name: str) -> bytes:
    blocks = [hashlib.new(name, seed + counter.to_bytes(4, "big")).digest() for counter in range(size)]
    return b"".join(blocks)[:size]


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=600), st.sampled_from(HASHES))
def test_mgf1(seed, size, Hash):
    assert mgf1(seed, size, Hash) == mgf1_by_hashlib(seed, size, Hash.name)


# EMSA-PSS


@given(
    st.binary(max_size=100),
    st.binary(max_size=80),
    st.integers(min_value=1200, max_value=1232),
    st.sampled_from(HASHES),
)
def test_what_is_encoded_is_verified(M, salt, emBits, Hash):
    EM = emsa_pss_encode(M, emBits, Hash, salt)
    assert len(EM) == (emBits + 7) // 8
    assert int.from_bytes(EM, "big").bit_length() <= emBits
    emsa_pss_verify(M, EM, emBits, Hash, len(salt))
    with pytest.raises(InvalidSignature):
        emsa_pss_verify(M + b"!", EM, emBits, Hash, len(salt))
    with pytest.raises(InvalidSignature, match=f"before {len(salt) + 1} bytes of salt"):
        emsa_pss_verify(M, EM, emBits, Hash, len(salt) + 1)


def test_the_layout_of_pss():
    """9.1.1, written down once more with hashlib."""
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    maskedDB, H, trailer = EM[:95], EM[95:127], EM[127:]
    assert hashlib.sha256(bytes(8) + hashlib.sha256(M).digest() + SALT).digest() == H
    assert trailer == b"\xbc"
    DB = stream.xor(maskedDB, mgf1_by_hashlib(H, 95, "sha256"))
    assert bytes([DB[0] & 0x7F]) + DB[1:] == bytes(62) + b"\x01" + SALT
    assert maskedDB[0] < 0x80


@pytest.mark.parametrize(
    ("emBits", "mask"), [(1016, 0xFF), (1017, 0x01), (1018, 0x03), (1023, 0x7F), (1024, 0xFF)]
)
def test_the_bits_above_the_highest(emBits, mask):
    assert highest_octet(emBits) == mask


def broken(EM: bytes, i: int, octet: int) -> bytes:
    return EM[:i] + bytes([EM[i] ^ octet]) + EM[i + 1 :]


def framed(padding: bytes, emBits: int = 1023) -> bytes:
    """An EM that is right but for what stands before the salt."""
    H = sha256(bytes(8) + sha256(M).digest() + SALT).digest()
    DB = padding + SALT
    maskedDB = stream.xor(DB, mgf1(H, len(DB), sha256))
    return bytes([maskedDB[0] & highest_octet(emBits)]) + maskedDB[1:] + H + b"\xbc"


def test_framed_frames_as_the_encoder_does():
    assert framed(bytes(62) + b"\x01") == emsa_pss_encode(M, 1023, sha256, SALT)


@pytest.mark.parametrize(
    "padding",
    [bytes(63), bytes(62) + b"\x02", bytes(61) + b"\x01\x01", bytes(61) + b"\x01\x00", b"\x01" * 63],
)
def test_what_stands_before_the_salt(padding):
    with pytest.raises(InvalidSignature, match="before 32 bytes of salt"):
        emsa_pss_verify(M, framed(padding), 1023, sha256, 32)


def test_a_salt_of_another_length_cannot_pass_for_one():
    """01 salt 00 ... could be read in several ways, were its length not known."""
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    for length in (0, 31, 33, 62):
        with pytest.raises(InvalidSignature, match=f"before {length} bytes of salt"):
            emsa_pss_verify(M, EM, 1023, sha256, length)


def test_the_trailer():
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    with pytest.raises(InvalidSignature, match="ends in cc and not in bc"):
        emsa_pss_verify(M, EM[:-1] + b"\xcc", 1023, sha256, 32)


def test_a_bit_above_the_highest():
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    with pytest.raises(InvalidSignature, match="a bit above its highest"):
        emsa_pss_verify(M, broken(EM, 0, 0x80), 1023, sha256, 32)


def test_another_hash():
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    with pytest.raises(InvalidSignature, match="does not fit the message"):
        emsa_pss_verify(b"another", EM, 1023, sha256, 32)


def test_any_bit_that_is_flipped():
    EM = emsa_pss_encode(M, 1023, sha256, SALT)
    for i in range(8 * len(EM)):
        with pytest.raises(InvalidSignature):
            emsa_pss_verify(M, broken(EM, i // 8, 1 << i % 8), 1023, sha256, 32)


@pytest.mark.parametrize(("Hash", "salt_length"), [(sha256, 94), (sha384, 78), (sha512, 62), (sha512, 0)])
def test_the_longest_salt(Hash, salt_length):
    """hLen + sLen + 2 bytes have to fit (9.1.1 and 9.1.2, step 3)."""
    emBits = 8 * (Hash.digest_size + salt_length + 2)
    EM = emsa_pss_encode(M, emBits, Hash, bytes(salt_length))
    emsa_pss_verify(M, EM, emBits, Hash, salt_length)
    with pytest.raises(ValueError, match="too small"):
        emsa_pss_encode(M, emBits - 8, Hash, bytes(salt_length))
    with pytest.raises(InvalidSignature, match="too small"):
        emsa_pss_verify(M, EM[1:], emBits - 8, Hash, salt_length)


# EMSA-PKCS1-v1_5


@pytest.mark.parametrize("Hash", HASHES)
def test_the_layout_of_pkcs1(Hash):
    """9.2: DigestInfo, written by the rules of DER."""
    digest = hashlib.new(Hash.name, M).digest()
    last = {"sha256": 1, "sha384": 2, "sha512": 3}[Hash.name]
    oid = bytes.fromhex("06096086480165030402") + bytes([last])
    algorithm = bytes([0x30, len(oid) + 2]) + oid + b"\x05\x00"
    octets = bytes([0x04, len(digest)]) + digest
    T = bytes([0x30, len(algorithm + octets)]) + algorithm + octets
    assert emsa_pkcs1_v1_5_encode(M, 128, Hash) == b"\x00\x01" + b"\xff" * (125 - len(T)) + b"\x00" + T


@pytest.mark.parametrize("Hash", HASHES)
def test_eight_bytes_of_ff_at_least(Hash):
    least = 19 + Hash.digest_size + 11
    assert emsa_pkcs1_v1_5_encode(M, least, Hash)[:11] == b"\x00\x01" + b"\xff" * 8 + b"\x00"
    with pytest.raises(ValueError, match="too small"):
        emsa_pkcs1_v1_5_encode(M, least - 1, Hash)
    with pytest.raises(InvalidSignature, match="too small"):  # the peer's key
        PKCS1v15().verify(M, 1, 8 * (least - 1), Hash)


# The classes


def test_the_salt_is_as_long_as_the_digest_unless_another_is_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(entropy, "random_bytes", lambda length: asked.append(length) or bytes(length))
    for Hash in HASHES:
        PSS().encode(M, 2048, Hash)
    PSS(20).encode(M, 2048, sha256)
    PSS(salt_length=0).encode(M, 2048, sha256)
    assert asked == [32, 48, 64, 20, 0]


def test_a_salt_that_is_given_is_taken(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda length: pytest.fail("asked for randomness"))
    expected = emsa_pss_encode(M, 2047, sha256, SALT[:7])
    for salt in (SALT[:7], bytearray(SALT[:7]), memoryview(SALT[:7])):
        m = PSS(salt=salt).encode(M, 2048, sha256)
        assert m.to_bytes(256, "big") == expected
        PSS(salt=salt).verify(M, m, 2048, sha256)  # of which a verifier takes the length alone
        PSS(salt=bytes(7)).verify(M, m, 2048, sha256)
    PSS(salt_length=7).verify(M, m, 2048, sha256)


def test_impossible_salts():
    with pytest.raises(ValueError, match="a salt of 3 bytes, and salt_length says 4"):
        PSS(salt_length=4, salt=b"abc")
    with pytest.raises(ValueError, match="a salt of -1 bytes"):
        PSS(salt_length=-1)
    with pytest.raises(TypeError, match="salt must be bytes"):
        PSS(salt="abc")  # type: ignore[arg-type]
    assert PSS(salt_length=3, salt=b"abc").salt == b"abc"


def test_a_number_that_does_not_fit_is_refused():
    """A key of 2049 bits has padded messages of 2048, a byte less than itself (8.1.2 step 2c)."""
    m = PSS(salt=SALT).encode(M, 2049, sha256)
    PSS().verify(M, m, 2049, sha256)
    with pytest.raises(InvalidSignature, match="too long"):
        PSS().verify(M, m + (1 << 2048), 2049, sha256)
