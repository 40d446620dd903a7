"""ECDSA: signatures on the NIST curves, made from a message's digest.  FIPS 186-5 section 6.

The signer knows the number d behind the public point Q = [d]G.  For each message he takes a number k for this
message alone; r is the x of [k]G, and

    s = (e + r * d) / k  modulo n

where e is the digest.  Whoever knows Q can check it: [e/s]G + [r/s]Q is [k]G again, and has to have this x.

Everything hangs on k.  Used for two messages, it gives d away: two equations, two unknowns.  (Sony signed the
software of a game console that way.)  Even a few bits of it, known for a few hundred signatures, are enough.
So k is no random number but derived from d and the digest by RFC 6979: no bad random generator can spoil it,
and signing the same message again gives the same signature.

The curve and the hash are independent.  Of a digest that is longer than n, the first bits count.

If (r, s) fits, so does (r, n - s): whoever sees a signature can make a second one of it.  Both are accepted,
as the standard has it; who takes a signature for the name of a transaction must not.

The letters are those of FIPS 186-5 and RFC 6979, in which n is called q and d x.

Sizes          r and s: 1 to n - 1.  In DER a signature has at most 72 bytes (P-256) or 104 (P-384).
Errors         InvalidSignature for bytes that are no signature in DER: a peer's fault.
Side channels  Not constant-time: k selects entries of a table, Python ints take time by their size.
Tested by      tests/purecrypto/test_ecdsa.py: RFC 6979 A.2.5 and A.2.6 in test_known_answers.py, NIST's CAVP,
               pyca/cryptography; test_wycheproof.py.
"""

from collections.abc import Iterator

from purecrypto import hmac, weierstrass
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.errors import InvalidSignature
from purecrypto.hmac import HashClass
from purecrypto.weierstrass import Affine, Curve

DOES_NOT_FIT = "the signature does not fit the message and the public key"


def sign(curve: Curve, d: int, digest: bytes, hash_class: HashClass) -> tuple[int, int]:
    """Return (r, s), the signature of a digest that `hash_class` made: FIPS 186-5 section 6.4.1."""
    n = curve.n
    e = bits2int(digest, n)
    candidates = nonces(curve, d, digest, hash_class)
    while True:
        k = next(candidates)
        [(x, _)] = weierstrass.to_affine(curve, weierstrass.scalar_mult_base(curve, k))
        r = x % n
        s = pow(k, -1, n) * (e + r * d) % n
        if r != 0 and s != 0:  # step 11: or else the next k, once in 2^256
            return r, s


def verify(curve: Curve, Q: Affine, digest: bytes, r: int, s: int) -> None:
    """Return if (r, s) is a signature of this digest under Q, or else raise InvalidSignature: 6.4.2."""
    n, p = curve.n, curve.p
    # 1. Where 1/0 comes out as 0, (0, 0) would fit every message (Java in 2022, CVE-2022-21449); r + n or
    # s + n would make a second signature of the first.
    if not (1 <= r < n and 1 <= s < n):
        raise InvalidSignature("r and s are numbers from 1 to n - 1")
    # 2. and 3.
    e = bits2int(digest, n)
    # 4.
    s_inverse = pow(s, -1, n)
    # 5.
    u = e * s_inverse % n
    v = r * s_inverse % n
    # 6. Infinity has no x.
    uG, vQ = weierstrass.scalar_mult_base(curve, u), weierstrass.scalar_mult(curve, v, Q)
    X, _, Z = weierstrass.add(curve, uG, vQ)
    if Z == 0:
        raise InvalidSignature(DOES_NOT_FIT)
    # 7. to 9. x modulo n has to be r.  So x = X/Z^2 is r, or r + n where that is still below p.  To multiply
    # by Z^2 takes less than to divide.
    if not any(x * Z * Z % p == X for x in (r, r + n) if x < p):
        raise InvalidSignature(DOES_NOT_FIT)


# k: RFC 6979


def nonces(curve: Curve, d: int, digest: bytes, hash_class: HashClass) -> Iterator[int]:  # appendix C.3 [1]
    """Yield the k for this key and digest, and, should the first not do, others: section 3.2.

    K and V are the state of a generator (HMAC_DRBG, SP 800-90A) that is seeded with both.  Steps a to h are
    the section's.
    """
    n = curve.n
    size = (n.bit_length() + 7) // 8  # bytes; the section counts in bits
    # a. is `digest`.  b. and c.
    V = b"\x01" * hash_class.digest_size
    K = hmac.new(bytes(hash_class.digest_size), None, hash_class)
    # int2octets(x) || bits2octets(h1): 2.3.3, 2.3.4
    seed = d.to_bytes(size, "big") + (bits2int(digest, n) % n).to_bytes(size, "big")
    # d. to g.
    for step in (b"\x00", b"\x01"):
        K = hmac.new(_tag(K, V + step + seed), None, hash_class)
        V = _tag(K, V)
    # h. As many bytes as n has; those that make no number from 1 to n - 1 are passed over, not reduced.
    while True:
        T = b""
        while len(T) < size:
            V = _tag(K, V)
            T += V
        k = bits2int(T, n)
        if 1 <= k < n:
            yield k
        K = hmac.new(_tag(K, V + b"\x00"), None, hash_class)
        V = _tag(K, V)


def _tag(K: hmac.HMAC, message: bytes) -> bytes:
    """Return HMAC_K(message), and leave K as it is: a key is hashed once and serves for two or three."""
    mac = K.copy()
    mac.update(message)
    return mac.digest()


def bits2int(octets: bytes, n: int) -> int:
    """Return the first bits of `octets` as a number, no more of them than n has: RFC 6979 section 2.3.2."""
    return int.from_bytes(octets, "big") >> max(0, 8 * len(octets) - n.bit_length())


# Signatures as bytes: Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 section 2.2.3), in DER
#
#     30 length   02 length r   02 length s
#
# DER gives each pair of numbers one encoding only, and whatever is not that one is refused here: or else an
# altered signature might be as good as the first, which somebody may have taken for unalterable.  Lengths of
# 128 and more have another form, which the curves here never need.

SEQUENCE = 0x30
INTEGER = 0x02
LONG_FORM = 0x80  # a length from here on would say how many bytes of length follow


def encode_signature(r: int, s: int) -> bytes:
    """Return (r, s) in DER."""
    content = _encode_integer(r) + _encode_integer(s)
    return bytes([SEQUENCE, len(content)]) + content


def decode_signature(signature: Buffer) -> tuple[int, int]:
    """Return (r, s), which are not negative.  InvalidSignature unless this is their encoding in DER.

    Whether they are below n is left to `verify`; with lengths of one byte, neither is longer than 122 bytes.
    """
    octets = as_bytes(signature, "signature")
    content, rest = _split(octets, SEQUENCE)
    if rest:
        raise InvalidSignature("not DER: bytes follow the signature")
    r, content = _split(content, INTEGER)
    s, content = _split(content, INTEGER)
    if content:
        raise InvalidSignature("not DER: bytes follow s")
    return _decode_integer(r), _decode_integer(s)


def _split(octets: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the element that comes first and has this tag, and what comes behind it."""
    if len(octets) < 2 or octets[0] != tag:
        raise InvalidSignature(f"not DER: an element with the tag {tag:02x} is missing")
    end = 2 + octets[1]
    if octets[1] >= LONG_FORM or end > len(octets):
        raise InvalidSignature("not DER: a length that is no number of bytes here")
    return octets[2:end], octets[end:]


def _encode_integer(n: int) -> bytes:
    """Return a number that is not negative: the highest bit is the sign, and so a zero byte may go ahead."""
    octets = n.to_bytes(n.bit_length() // 8 + 1, "big")
    return bytes([INTEGER, len(octets)]) + octets


def _decode_integer(octets: bytes) -> int:
    """Return the number in an INTEGER's content (X.690 section 8.3): two's complement, as short as can be."""
    if not octets:
        raise InvalidSignature("not DER: a number without digits")
    if octets[0] >= 0x80:
        raise InvalidSignature("r and s are not negative")
    if len(octets) > 1 and octets[0] == 0 and octets[1] < 0x80:
        raise InvalidSignature("not DER: a number with a superfluous zero ahead")
    return int.from_bytes(octets, "big")
