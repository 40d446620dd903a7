"""RSA's paddings: how a message of any length becomes a number as long as the key.  RFC 8017 section 9.

RSA alone would be a poor signature: the product of two signatures is a signature of the product, and every
number is the signature of something.  So what is signed is a hash, in a frame that no other number fits.

PSS, which TLS 1.3 signs with, hashes the message together with a random salt to H, and hides the salt under
a mask that H is stretched to:

    EM =  masked DB                                   | H               | bc
          DB = 00 ... 00 01 salt, XOR MGF1(H)           Hash(00 ... 00 | Hash(M) | salt)

PKCS #1 v1.5, the older frame, is fixed.  Certificates are still signed with it:

    EM =  00 01 ff ... ff 00 | DigestInfo | Hash(M)         DigestInfo says in DER which hash it is

The verifier of the latter never reads EM.  He makes the only one that is right, and compares.  Those who
looked for the parts instead, and did not ask whether the hash stood at the very end, took the forgeries for
keys with e = 3 that Bleichenbacher made with pencil and paper in 2006; others skipped bytes of DigestInfo.

Both paddings use one hash throughout: MGF1 with the hash of the message, as RFC 9846 section 4.3.3 wants it.

Sizes          hashes SHA-256, SHA-384, SHA-512; a salt as long as the digest unless another is asked for.
Errors         ValueError, TypeError: the signer's bug.  InvalidSignature: what a verifier may come across.
Side channels  Nothing here is secret but a message that is signed before it is published.
Tested by      tests/purecrypto/test_rsa_padding.py; with keys, by test_rsa.py and test_wycheproof.py.
"""

from dataclasses import dataclass
from typing import TypeAlias

from purecrypto import entropy, sha2, stream
from purecrypto.buffers import as_bytes
from purecrypto.errors import InvalidSignature
from purecrypto.hmac import HashClass

# 9.2 note 1: AlgorithmIdentifier and the header of the OCTET STRING.  Its parameters are NULL and not absent:
# appendix B.1 makes the exception, and since there is one encoding, there is one signature.
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
LEAST_PS = 8  # bytes of ff (9.2 step 3)
TRAILER = 0xBC  # 9.1.1 step 12


@dataclass(frozen=True)
class PSS:
    """RSASSA-PSS with MGF1 of the same hash.

    salt_length    bytes; None is the digest's length, which RFC 9846 section 4.3.3 demands
    salt           for `sign`: these bytes in place of random ones, so that signing is a pure function.  One
                   that is used twice gives no key away: PSS without any salt is sound as well.
    """

    salt_length: int | None = None
    salt: bytes | None = None

    def __post_init__(self) -> None:
        if self.salt is not None and self.salt_length not in (None, len(as_bytes(self.salt, "salt"))):
            raise ValueError(f"a salt of {len(self.salt)} bytes, and salt_length says {self.salt_length}")
        if self.salt_length is not None and self.salt_length < 0:
            raise ValueError(f"a salt of {self.salt_length} bytes")

    def encode(self, M: bytes, modBits: int, algorithm: HashClass) -> int:
        """Return what `sign` puts to the power of d: 8.1.1 step 1, and 2a."""
        if self.salt is None and self._sLen(algorithm) > length(modBits):
            raise ValueError(f"a key of {modBits} bits is too small for a salt of {self.salt_length} bytes")
        salt = entropy.random_bytes(self._sLen(algorithm)) if self.salt is None else self.salt
        return int.from_bytes(emsa_pss_encode(M, modBits - 1, algorithm, salt), "big")

    def verify(self, M: bytes, m: int, modBits: int, algorithm: HashClass) -> None:
        """Raise InvalidSignature unless m is one of the numbers that stand for M: 8.1.2 steps 2c and 3."""
        emBits = modBits - 1
        # Possible where modBits is 8k + 1, and EM a byte shorter than n:
        if m.bit_length() > 8 * length(emBits):
            raise InvalidSignature("the padded message is too long")
        EM = m.to_bytes(length(emBits), "big")
        emsa_pss_verify(M, EM, emBits, algorithm, self._sLen(algorithm))

    def _sLen(self, algorithm: HashClass) -> int:
        if self.salt is not None:
            return len(self.salt)
        return algorithm.digest_size if self.salt_length is None else self.salt_length


@dataclass(frozen=True)
class PKCS1v15:
    """RSASSA-PKCS1-v1_5: what certificates are signed with; TLS 1.3 takes it for nothing else (4.3.3)."""

    def encode(self, M: bytes, modBits: int, algorithm: HashClass) -> int:
        """Return what `sign` puts to the power of d: 8.2.1 step 1, and 2a."""
        return int.from_bytes(emsa_pkcs1_v1_5_encode(M, length(modBits), algorithm), "big")

    def verify(self, M: bytes, m: int, modBits: int, algorithm: HashClass) -> None:
        """Raise InvalidSignature unless m is the number that stands for M: 8.2.2 steps 3 and 4."""
        try:
            expected = self.encode(M, modBits, algorithm)
        except ValueError as error:  # the signer chose a key that this hash cannot be signed with
            raise InvalidSignature(str(error)) from error
        if m != expected:
            raise InvalidSignature("the signature does not fit the message and the public key")


Padding: TypeAlias = PSS | PKCS1v15


def emsa_pss_encode(M: bytes, emBits: int, Hash: HashClass, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE: 9.1.1.  ValueError if the key is too small for hash and salt."""
    # 1. No bytes object is too long for the hash.  2.
    mHash = Hash(M).digest()
    emLen, hLen, sLen = length(emBits), Hash.digest_size, len(salt)
    # 3.
    if emLen < hLen + sLen + 2:
        raise ValueError(
            f"a key of {emBits + 1} bits is too small for {Hash.name} and a salt of {sLen} bytes"
        )
    # 4. The salt comes in.  5. and 6.
    H = Hash(bytes(8) + mHash + salt).digest()
    # 7. and 8.
    DB = (b"\x01" + salt).rjust(emLen - hLen - 1, b"\x00")
    # 9. and 10.
    maskedDB = stream.xor(DB, mgf1(H, len(DB), Hash))
    # 11. EM as a number has to stay below n: the bits that it must not have are cleared.
    maskedDB = bytes([maskedDB[0] & highest_octet(emBits)]) + maskedDB[1:]
    # 12. and 13.
    return maskedDB + H + bytes([TRAILER])


def emsa_pss_verify(M: bytes, EM: bytes, emBits: int, Hash: HashClass, sLen: int) -> None:
    """EMSA-PSS-VERIFY: 9.1.2.  Where the RFC says "inconsistent", InvalidSignature is raised."""
    # 1. No bytes object is too long for the hash.  2.
    mHash = Hash(M).digest()
    emLen, hLen = length(emBits), Hash.digest_size
    # 3.
    if emLen < hLen + sLen + 2:
        raise InvalidSignature(f"a key of {emBits + 1} bits is too small for {Hash.name} and {sLen} of salt")
    # 4.
    if EM[-1] != TRAILER:
        raise InvalidSignature(f"the padding ends in {EM[-1]:02x} and not in {TRAILER:02x}")
    # 5.
    maskedDB, H = EM[: emLen - hLen - 1], EM[emLen - hLen - 1 : -1]
    # 6.
    if maskedDB[0] & ~highest_octet(emBits):
        raise InvalidSignature("the padding has a bit above its highest")
    # 7. to 9.
    DB = stream.xor(maskedDB, mgf1(H, len(maskedDB), Hash))
    DB = bytes([DB[0] & highest_octet(emBits)]) + DB[1:]
    # 10.
    padding, salt = DB[: len(DB) - sLen], DB[len(DB) - sLen :]
    if padding != b"\x01".rjust(len(padding), b"\x00"):
        raise InvalidSignature(f"what stands before {sLen} bytes of salt is no padding")
    # 11. to 14.
    if Hash(bytes(8) + mHash + salt).digest() != H:
        raise InvalidSignature("the signature does not fit the message and the public key")


def emsa_pkcs1_v1_5_encode(M: bytes, emLen: int, Hash: HashClass) -> bytes:
    """EMSA-PKCS1-v1_5-ENCODE: 9.2.  ValueError if the key is too small for the hash."""
    # 1. and 2.
    T = DIGEST_INFO[Hash.name] + Hash(M).digest()
    # 3.
    if emLen < len(T) + LEAST_PS + 3:
        raise ValueError(f"a key of {emLen} bytes is too small for {Hash.name} in PKCS #1 v1.5")
    # 4. and 5.
    PS = b"\xff" * (emLen - len(T) - 3)
    return b"\x00\x01" + PS + b"\x00" + T


def mgf1(mgfSeed: bytes, maskLen: int, Hash: HashClass) -> bytes:
    """MGF1, one hash after the other until there are maskLen bytes: appendix B.2.1.

    None of them waits for another, so they are computed side by side.
    """
    counters = range(-(-maskLen // Hash.digest_size))
    T = b"".join(sha2.digests([Hash(mgfSeed + C.to_bytes(4, "big")) for C in counters]))
    return T[:maskLen]


def length(bits: int) -> int:
    """Return how many bytes hold so many bits."""
    return -(-bits // 8)


def highest_octet(emBits: int) -> int:
    """Return a mask of the bits that the first byte of an EM of emBits bits may have."""
    return 0xFF >> -emBits % 8
