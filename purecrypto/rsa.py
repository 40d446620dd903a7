"""RSA: signatures that rest on how hard it is to find the two primes behind their product.  RFC 8017.

Everyone knows n = p * q and e.  Who knows p and q also knows d, such that x^(e * d) = x modulo n for all x:

    sign        s = m^d mod n          only he can
    verify      m = s^e mod n          anyone can

m stands for the message; how it is made is the other half of RSA, and most of its history (`rsa_padding`).

A signature is computed modulo p and modulo q, each half as long, and put together: the Chinese remainder
theorem, three times as fast.  It has a price.  If one of the halves comes out wrong, by a flipped bit of
memory say, s^e - m is divisible by one prime and not by the other, and one gcd gives the key to whoever knows
m: with PKCS #1 v1.5 to anybody, with PSS only to who knows the salt (Boneh, DeMillo and Lipton 1996, with two
signatures; Lenstra, with one).  So each signature is verified before it leaves.

Sizes          keys of 2048 to 8192 bits, less if the caller says so; a signature is as long as the modulus.
Errors         ValueError, TypeError: the caller's bug, and a private key whose numbers do not fit together.
               InvalidKey: a peer's public key out of bounds.  InvalidSignature: anything about a signature.
               AssertionError: our computation went wrong, and no signature is given away.
Side channels  Not constant-time: `pow` takes time by its operands.  Blinding multiplies what is signed by a
               random factor, so that nobody who chooses messages knows what the powers are taken of; what the
               exponents themselves give away to someone on the same machine, it leaves as it is.
Tested by      tests/purecrypto/test_rsa.py: pyca/cryptography, NIST's CAVP; test_wycheproof.py; RFC 8448.
"""

import math
from typing import Self

from purecrypto import hmac, primes, rsa_padding
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.errors import InvalidKey, InvalidSignature
from purecrypto.hmac import HashClass
from purecrypto.rsa_padding import PSS, Padding, PKCS1v15

# Below 2048 bits a modulus is too weak (SP 800-131A).  The upper bound is one on work, and that of Go's TLS:
# at 8192 bits verifying takes two milliseconds, and grows with the square of the size.
LEAST_KEY_SIZE = 2048  # bits
GREATEST_KEY_SIZE = 8192  # bits

# Verifying takes a squaring for each bit of e.  RFC 8017 section 3.1 lets e be as long as n, hundreds of
# times the work of 65537, the e of nearly every key.  Old ones have 3, and nobody needs more than 32 bits.
LEAST_EXPONENT = 3
GREATEST_EXPONENT = 2**32 - 1
LEAST_EXPONENT_OF_A_NEW_KEY = 2**16 + 1  # FIPS 186-5 A.1.1 criterion 1

BLINDING_SIZE = 128  # bits of a factor that nobody can guess; a short one is inverted in no time


class RSAPublicKey:
    """What everyone may know, in the shape of pyca/cryptography."""

    __slots__ = ("e", "n")
    n: int  # the modulus
    e: int  # the public exponent

    def __init__(self, n: int, e: int, *, least_key_size: int = LEAST_KEY_SIZE) -> None:
        """Return the key with these numbers.  InvalidKey if they are out of bounds.

        Whether p and q are primes cannot be seen from outside; if not, only its owner has trusted a bad key.
        """
        if not (isinstance(n, int) and isinstance(e, int)):
            raise TypeError("the modulus and the exponent of an RSA key are ints")
        if n <= 0 or not least_key_size <= n.bit_length() <= GREATEST_KEY_SIZE:  # appendix C.2 [1]
            bounds = f"{least_key_size} to {GREATEST_KEY_SIZE}"
            raise InvalidKey(f"an RSA modulus is a positive number of {bounds} bits, got {n.bit_length()}")
        if n % 2 == 0:
            raise InvalidKey("an RSA modulus is odd, being the product of two large primes")
        if not LEAST_EXPONENT <= e <= GREATEST_EXPONENT:
            raise InvalidKey(f"an RSA public exponent is {LEAST_EXPONENT} to {GREATEST_EXPONENT}")
        if e % 2 == 0:
            raise InvalidKey("an RSA public exponent is odd: an even one has no d")
        self.n, self.e = n, e

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self.n.bit_length()

    def verify(self, signature: Buffer, data: Buffer, padding: Padding, algorithm: HashClass | str) -> None:
        """Return if `signature` is this key's for `data`, or else raise InvalidSignature: 8.1.2, 8.2.2."""
        S, M = as_bytes(signature, "signature"), as_bytes(data, "data")
        Hash = hmac.hash_class(algorithm)
        # 1. Every signature has the length of the modulus, leading zeros included.
        k = rsa_padding.length(self.key_size)
        if len(S) != k:
            raise InvalidSignature(f"a signature of this key is {k} bytes long, got {len(S)}")
        # 2. and 3.
        m = RSAVP1(self, int.from_bytes(S, "big"))
        _checked(padding).verify(M, m, self.key_size, Hash)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RSAPublicKey):
            return NotImplemented
        return (self.n, self.e) == (other.n, other.e)

    def __hash__(self) -> int:
        return hash((self.n, self.e))

    def __repr__(self) -> str:
        return f"RSAPublicKey(n={self.n:#x}, e={self.e})"


class RSAPrivateKey:
    """The owner's secret, in the shape of pyca/cryptography, with the numbers under its names.

    RFC 8017 appendix A.1.2 calls them modulus, publicExponent, privateExponent, prime1, prime2, exponent1,
    exponent2 and coefficient, in this order.
    """

    __slots__ = ("_public_key", "d", "dmp1", "dmq1", "iqmp", "p", "q")

    def __init__(
        self,
        n: int,
        e: int,
        *,
        d: int,
        p: int,
        q: int,
        dmp1: int,
        dmq1: int,
        iqmp: int,
        least_key_size: int = LEAST_KEY_SIZE,
    ) -> None:
        """Return the key with these numbers.  ValueError if they do not fit together.

        dmp1, dmq1     d modulo p - 1 and modulo q - 1: dP and dQ
        iqmp           q^-1 modulo p: qInv
        """
        if not all(isinstance(number, int) for number in (d, p, q, dmp1, dmq1, iqmp)):
            raise TypeError("the numbers of an RSA key are ints")
        try:
            self._public_key = RSAPublicKey(n, e, least_key_size=least_key_size)
        except InvalidKey as error:  # this key is our own, and no peer's
            raise ValueError(str(error)) from error
        self.d, self.p, self.q = d, p, q
        self.dmp1, self.dmq1, self.iqmp = dmp1, dmq1, iqmp
        self._check()

    def _check(self) -> None:
        """Raise ValueError unless the numbers are a key: RFC 8017 section 3.2.

        The equations come first, and bound every number by n.  Whether p and q are primes is then asked with
        one signature: modulo a number that is none, 2^(e * d) comes out as 2 only by rare chance.
        """
        n, e = self._public_key.n, self._public_key.e
        if not (1 < self.p < n and self.p * self.q == n):
            raise ValueError("an RSA modulus is the product of its two primes")
        if min(self.p, self.q).bit_length() < n.bit_length() // 4:  # found soon, whoever looks for it
            raise ValueError("the primes of an RSA key are about half as long as the modulus")
        if not (0 < self.d < n and all(e * self.d % (r - 1) == 1 for r in (self.p, self.q))):
            raise ValueError("the exponents of an RSA key undo each other: e * d = 1 modulo p - 1 and q - 1")
        if (self.dmp1, self.dmq1) != (self.d % (self.p - 1), self.d % (self.q - 1)):
            raise ValueError("an RSA key's dmp1 and dmq1 are d modulo p - 1 and q - 1")
        if not (0 < self.iqmp < self.p and self.q * self.iqmp % self.p == 1):
            raise ValueError("an RSA key's iqmp is the inverse of q modulo p")
        if pow(_to_the_d(self, 2), e, n) != 2:
            raise ValueError("the factors of an RSA modulus are primes")

    @classmethod
    def from_primes(cls, p: int, q: int, e: int, *, least_key_size: int = LEAST_KEY_SIZE) -> Self:
        """Return the key with these primes and this public exponent, its d the smallest that there is."""
        d = pow(e, -1, math.lcm(p - 1, q - 1))  # RFC 8017 section 3.2 and FIPS 186-5 A.1.1 criterion 3
        dmp1, dmq1, iqmp = d % (p - 1), d % (q - 1), pow(q, -1, p)
        return cls(p * q, e, d=d, p=p, q=q, dmp1=dmp1, dmq1=dmq1, iqmp=iqmp, least_key_size=least_key_size)

    def public_key(self) -> RSAPublicKey:
        """Return the key that verifies what this one signs."""
        return self._public_key

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public_key.key_size

    def sign(self, data: Buffer, padding: Padding, algorithm: HashClass | str) -> bytes:
        """Return the signature of `data`, as long as the modulus: 8.1.1, 8.2.1.

        ValueError if the key is too small for the hash and its padding.
        """
        M, Hash = as_bytes(data, "data"), hmac.hash_class(algorithm)
        m = _checked(padding).encode(M, self.key_size, Hash)
        return RSASP1(self, m).to_bytes(rsa_padding.length(self.key_size), "big")

    def __eq__(self, other: object) -> bool:
        """Two private keys with one public key sign the same things."""
        if not isinstance(other, RSAPrivateKey):
            return NotImplemented
        return self._public_key == other._public_key

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dict

    def __repr__(self) -> str:
        return f"RSAPrivateKey(secret, {self.key_size} bits)"


def generate_private_key(public_exponent: int = 65537, key_size: int = LEAST_KEY_SIZE) -> RSAPrivateKey:
    """Return a new private key: FIPS 186-5 A.1.  ValueError for a size or an exponent out of bounds."""
    if not LEAST_KEY_SIZE <= key_size <= GREATEST_KEY_SIZE or key_size % 2:
        bounds = f"{LEAST_KEY_SIZE} to {GREATEST_KEY_SIZE}"
        raise ValueError(f"a new key has an even number of bits, {bounds}, not {key_size}")
    if not LEAST_EXPONENT_OF_A_NEW_KEY <= public_exponent <= GREATEST_EXPONENT or public_exponent % 2 == 0:
        bounds = f"{LEAST_EXPONENT_OF_A_NEW_KEY} to {GREATEST_EXPONENT}"
        raise ValueError(f"the public exponent of a new key is odd and {bounds}, not {public_exponent}")
    p, q = primes.two_primes(key_size, public_exponent)
    return RSAPrivateKey.from_primes(p, q, public_exponent)


def RSAVP1(key: RSAPublicKey, s: int) -> int:
    """Return m = s^e mod n: RFC 8017 section 5.2.2."""
    # 1. or else s + n would be a second signature
    if s >= key.n:
        raise InvalidSignature("the signature is not below the modulus")
    # 2.
    return pow(s, key.e, key.n)


def RSASP1(key: RSAPrivateKey, m: int) -> int:
    """Return s = m^d mod n: RFC 8017 section 5.2.1, blinded, and verified before it is returned."""
    n, e = key.public_key().n, key.public_key().e
    # (m * r^e)^d = m^d * r: a random r on the way in, and off again on the way out
    r = primes.random_bits(BLINDING_SIZE) | 1
    s = _to_the_d(key, m * pow(r, e, n) % n) * pow(r, -1, n) % n
    if pow(s, e, n) != m:
        raise AssertionError("an RSA signature came out wrong; it could have given the key away")
    return s


def _to_the_d(key: RSAPrivateKey, m: int) -> int:
    """Return m^d mod n by way of p and q: 5.2.1 step 2b."""
    p, q, dP, dQ, qInv = key.p, key.q, key.dmp1, key.dmq1, key.iqmp
    # i. (pow is asked for less if m is reduced first)
    s_1, s_2 = pow(m % p, dP, p), pow(m % q, dQ, q)
    # iii. and iv. Garner: s is s_2 modulo q, and s_1 modulo p
    h = (s_1 - s_2) * qInv % p
    return s_2 + q * h


def _checked(padding: Padding) -> Padding:
    if not isinstance(padding, (PSS, PKCS1v15)):
        raise TypeError(f"the padding must be PSS(...) or PKCS1v15(), not {padding!r}")
    return padding
