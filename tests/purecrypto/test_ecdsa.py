"""ECDSA: every signature on a curve small enough to try them all, the nonces of RFC 6979, and strict DER.

RFC 6979's vectors run in test_known_answers.py, Wycheproof's in test_wycheproof.py, NIST's in
test_nist_curves.py; test_ec.py compares with pyca/cryptography.
"""

import hashlib
import hmac as standard_hmac
from itertools import islice

import pytest
from cryptography.hazmat.primitives.asymmetric import utils as pyca
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import ecdsa, weierstrass
from purecrypto.errors import InvalidSignature
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512
from purecrypto.weierstrass import P256, P384, Curve

# With 37 points and p = 43.  So an x of 37 or more becomes an r of 0 to 5, and r + n has to be tried; and
# there is a point with x = 0, which would make an r of 0.
TINY = Curve(name="tiny", p=43, b=10, n=37, G=(6, 6))
HASHES = [sha256, sha384, sha512]
both_curves = pytest.mark.parametrize("curve", [P256, P384], ids=lambda curve: curve.name)
every_hash = pytest.mark.parametrize("hash_class", HASHES, ids=lambda hash_class: hash_class.name)


def fits(*arguments):
    """Whether `verify` returns; it raises nothing but InvalidSignature."""
    try:
        ecdsa.verify(*arguments)
    except InvalidSignature:
        return False
    return True


@pytest.fixture
def tiny(monkeypatch):
    """TINY is too small for a table of multiples of G."""
    plain = lambda curve, k: weierstrass.double_and_add(curve, k % curve.n, (*curve.G, 1))  # noqa: E731
    monkeypatch.setattr(weierstrass, "scalar_mult_base", plain)
    return TINY


def multiple(curve, k):
    P = weierstrass.double_and_add(curve, k % curve.n, (*curve.G, 1))
    return weierstrass.to_affine(curve, P)[0] if P[2] else None


def digest_of(e):
    """Return a digest for TINY, which takes the first six bits of it."""
    return bytes([e << 2])


# Signing and verifying


def test_verify_agrees_with_the_definition_on_every_signature(tiny):
    """Every r and s, zero and beyond n too: valid exactly if x of [e/s]G + [r/s]Q is r modulo n."""
    n, d = tiny.n, 7
    Q = multiple(tiny, d)
    verdicts = []
    for e in (0, 1, 30):
        for r in range(2 * n):
            for s in range(2 * n):
                expected = False
                if 0 < r < n and 0 < s < n:
                    R = multiple(tiny, (e + r * d) * pow(s, -1, n))
                    expected = R is not None and R[0] % n == r
                    verdicts.append((expected, R is None, bool(R and R[0] >= n)))
                assert fits(tiny, Q, digest_of(e), r, s) == expected
    assert {(True, False, True), (True, False, False), (False, True, False)} <= set(verdicts)


def test_every_signature_verifies_and_needs_no_zero(tiny, monkeypatch):
    """With every digest, key and first k: where r or s would be 0, the next k is taken."""
    again = 0
    for d in range(1, tiny.n):
        Q = multiple(tiny, d)
        for e in range(0, 64, 9):
            for first in range(1, tiny.n):
                used = []
                nonces = lambda *_, first=first, used=used: (used.append(k) or k for k in (first, 5, 6))  # noqa: E731
                monkeypatch.setattr(ecdsa, "nonces", nonces)
                r, s = ecdsa.sign(tiny, d, digest_of(e), sha256)
                assert fits(tiny, Q, digest_of(e), r, s)
                again += len(used) > 1
    assert again > 100


@both_curves
@pytest.mark.parametrize("digest", [b"", b"\x00" * 32, b"\xff" * 32, b"\xff" * 64, b"\x01"], ids=len)
def test_any_digest_will_do(curve, digest):
    """Shorter and longer than n, zero, and above n."""
    Q = multiple(curve, 12345)
    r, s = ecdsa.sign(curve, 12345, digest, sha256)
    assert fits(curve, Q, digest, r, s)
    assert not fits(curve, Q, b"\x02" * 32, r, s)
    assert not fits(curve, multiple(curve, 12346), digest, r, s)


@both_curves
def test_a_high_s_is_as_good_as_a_low_one(curve):
    digest = sha256(b"high or low").digest()
    r, s = ecdsa.sign(curve, 99, digest, sha256)
    Q = multiple(curve, 99)
    assert fits(curve, Q, digest, r, s)
    assert fits(curve, Q, digest, r, curve.n - s)


@both_curves
def test_r_and_s_are_from_1_to_n_minus_1(curve):
    digest, n, Q = sha256(b"range").digest(), curve.n, multiple(curve, 99)
    r, s = ecdsa.sign(curve, 99, digest, sha256)
    beyond = [(n, s), (r, n), (r + n, s), (r, s + n)]
    for wrong in [(0, s), (r, 0), (0, 0), (-r, s), (r, -s), (r - n, s), *beyond]:
        assert not fits(curve, Q, digest, *wrong), wrong


def test_nothing_is_computed_for_numbers_out_of_range(monkeypatch):
    monkeypatch.setattr(ecdsa, "bits2int", lambda octets, n: pytest.fail("computed"))
    assert not fits(P256, P256.G, bytes(32), 1, 2**100_000)


# Nonces


def nonces_by_the_book(n, d, digest, hash_name):
    """RFC 6979 section 3.2 once more, word for word, with the standard library's HMAC."""
    qlen = n.bit_length()
    rlen = -(-qlen // 8)

    def HMAC(K, data):
        return standard_hmac.new(K, data, hash_name).digest()

    def bits2int(octets):
        bits = "".join(f"{byte:08b}" for byte in octets)[:qlen]
        return int(bits, 2)

    h1 = (bits2int(digest) % n).to_bytes(rlen, "big")
    x = d.to_bytes(rlen, "big")
    hlen = hashlib.new(hash_name).digest_size
    V, K = b"\x01" * hlen, b"\x00" * hlen
    K = HMAC(K, V + b"\x00" + x + h1)
    V = HMAC(K, V)
    K = HMAC(K, V + b"\x01" + x + h1)
    V = HMAC(K, V)
    while True:
        T = b""
        while len(T) * 8 < qlen:
            V = HMAC(K, V)
            T += V
        k = bits2int(T)
        if 1 <= k < n:
            yield k
        K = HMAC(K, V + b"\x00")
        V = HMAC(K, V)


@every_hash
@pytest.mark.parametrize("curve", [P256, P384, TINY], ids=lambda curve: curve.name)
@pytest.mark.parametrize("message", [b"", b"one", b"another"])
def test_nonces(curve, hash_class, message):
    """The first, and those that follow; TINY passes over a third of what the generator gives."""
    d, digest = curve.n // 3, hash_class(message).digest()
    expected = list(islice(nonces_by_the_book(curve.n, d, digest, hash_class.name), 20))
    assert list(islice(ecdsa.nonces(curve, d, digest, hash_class), 20)) == expected
    assert all(1 <= k < curve.n for k in expected)


@given(st.binary(max_size=70), st.integers(1, 521))
def test_bits2int(octets, bits):
    """The leftmost bits, as many as n has."""
    written = "".join(f"{byte:08b}" for byte in octets)
    assert ecdsa.bits2int(octets, 1 << bits - 1) == int(written[:bits] or "0", 2)


# DER


@both_curves
@given(r=st.integers(0, 2**385 - 1), s=st.integers(0, 2**385 - 1))
def test_signatures_as_bytes(curve, r, s):
    r, s = r >> 384 - 8 * curve.size + 1, s >> 384 - 8 * curve.size + 1
    encoded = ecdsa.encode_signature(r, s)
    assert encoded == pyca.encode_dss_signature(r, s)
    assert ecdsa.decode_signature(encoded) == (r, s)
    assert ecdsa.decode_signature(bytearray(encoded)) == (r, s)


@pytest.mark.parametrize("n", [0, 1, 127, 128, 255, 256, 2**255 - 1, 2**255, 2**256 - 1])
def test_numbers_at_the_edges_of_a_byte(n):
    assert ecdsa.encode_signature(n, 1) == pyca.encode_dss_signature(n, 1)
    assert ecdsa.decode_signature(ecdsa.encode_signature(n, 1)) == (n, 1)


REFUSED = [
    # the bytes, a part of the complaint
    ("", "tag 30 is missing"),
    ("30", "tag 30 is missing"),
    ("3106020101020102", "tag 30 is missing"),
    ("1006020101020102", "tag 30 is missing"),
    ("3006030101020102", "tag 02 is missing"),
    ("3006020101030102", "tag 02 is missing"),
    ("3000", "tag 02 is missing"),
    ("3003020101", "tag 02 is missing"),
    ("300402010102", "tag 02 is missing"),
    ("3007020101020102", "a length that is no number"),  # more than there is
    ("3006020101020202", "a length that is no number"),
    ("3006020701020102", "a length that is no number"),
    ("308106020101020102", "a length that is no number"),  # 81 06, where 06 would do
    ("308400000006020101020102", "a length that is no number"),
    ("3080020101020102 0000", "a length that is no number"),  # BER's indefinite length
    ("30070281010102 0102", "a length that is no number"),
    ("3005020101020102", "bytes follow the signature"),  # less than there is
    ("3006020101020102 00", "bytes follow the signature"),
    ("3006020101020102 0500", "bytes follow the signature"),
    ("3008020101020102 0500", "bytes follow s"),
    ("3009020101020102 020103", "bytes follow s"),
    ("30050200020102", "without digits"),
    ("30050201010200", "without digits"),
    ("3006020180020102", "not negative"),
    ("30060201010201ff", "not negative"),
    ("300702020001020102", "a superfluous zero"),
    ("300702010102020002", "a superfluous zero"),
    ("30070202007f020102", "a superfluous zero"),
    ("300702020000020102", "a superfluous zero"),
]


@pytest.mark.parametrize(("encoded", "reason"), REFUSED)
def test_what_is_not_der_is_refused(encoded, reason):
    with pytest.raises(InvalidSignature, match=reason):
        ecdsa.decode_signature(bytes.fromhex(encoded))


@pytest.mark.parametrize("length", [0x80, 0x81, 0x82, 0xFF])
def test_a_first_byte_of_length_is_no_length_from_128_on(length):
    """Where enough bytes follow, too."""
    r, s = bytes([2, 60]) + b"\x01" * 60, bytes([2, length - 64]) + b"\x01" * (length - 64)
    assert len(r + s) == length
    long_number = bytes([2, length]) + b"\x01" * length
    for encoded in (bytes([0x30, length]) + r + s, bytes([0x30, 127]) + long_number[:127], long_number):
        with pytest.raises(InvalidSignature):
            ecdsa.decode_signature(encoded)


def test_what_the_refused_ones_are_variations_of():
    assert ecdsa.decode_signature(bytes.fromhex("3006020101020102")) == (1, 2)
    assert ecdsa.decode_signature(bytes.fromhex("30080202008002020081")) == (128, 129)


@given(st.binary(max_size=12))
def test_whatever_is_taken_is_the_one_encoding(octets):
    try:
        r, s = ecdsa.decode_signature(b"\x30" + octets)
    except InvalidSignature:
        return
    assert ecdsa.encode_signature(r, s) == b"\x30" + octets


@given(st.binary(max_size=5), st.integers(0, 12), st.integers(0, 5), st.integers(0, 5))
def test_whatever_looks_like_der_and_is_taken_is_the_one_encoding(numbers, length, first, second):
    head, tail = numbers[:first], numbers[first:]
    octets = bytes([0x30, length, 2, first]) + head + bytes([2, second]) + tail
    try:
        r, s = ecdsa.decode_signature(octets)
    except InvalidSignature:
        return
    assert ecdsa.encode_signature(r, s) == octets


def test_decode_asks_for_bytes():
    with pytest.raises(TypeError, match="signature must be bytes"):
        ecdsa.decode_signature("3006020101020102")
