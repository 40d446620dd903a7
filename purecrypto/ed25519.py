"""Ed25519: signatures of 64 bytes that anyone can check and only the key's owner can make.  RFC 8032.

The owner knows the number s behind the public point A = [s]B.  To sign, he takes a number r for this message
alone, shows R = [r]B, and answers the challenge k = SHA-512(R, A, message) with S = r + k * s modulo L.
Whoever knows A can check that

    [S]B = R + [k]A

and learns nothing of s, which r hides.  An r used for two messages would give s away: two equations, two
unknowns.  So r is no random number but a hash of the message and a second secret, `prefix`: no bad random
generator can repeat it, and signing the same message again gives the same signature.

Two equations are in use.  Ours is the one above, called cofactorless, computed as OpenSSL does it: k is
reduced modulo L, and R compared as bytes with the encoding of [S]B - [k]A.  RFC 8032 also allows a verifier
to multiply both sides by the cofactor 8 first.  For honest signatures the two agree; for points outside of
B's group, which only a dishonest signer uses, they may not.  Where many have to agree on what is valid, in
a blockchain say, that splits them, so a verifier must name its equation.  In TLS nobody gains by it.

Public keys of small order are accepted, as by OpenSSL.  One whose encoding is not canonical is refused, as
section 5.1.3 says, though OpenSSL takes it.

Sizes          private key (seed) and public key 32 bytes, signature 64 bytes; messages of any length.
Errors         ValueError, TypeError: the caller's bug.  InvalidSignature: forged, altered, of a wrong length,
               or under a public key that is no point, which shows only here, as in pyca/cryptography.
Side channels  Not constant-time: s and r select entries of tables, Python ints take time by their size.
Tested by      tests/purecrypto/test_ed25519.py: RFC 8032, pyca/cryptography; test_wycheproof.py.
"""

from typing import Self

from purecrypto import constant_time, edwards25519, entropy, sha512
from purecrypto.buffers import Buffer, as_bytes, exactly
from purecrypto.edwards25519 import L
from purecrypto.errors import InvalidKey, InvalidSignature

KEY_SIZE = 32  # bytes: private key, public key (5.1.5)
SIGNATURE_SIZE = 64  # bytes: R, then S


class Ed25519PrivateKey:
    """The owner's secret, in the shape of pyca/cryptography."""

    __slots__ = ("_prefix", "_private_key", "_public_key", "_s")

    def __init__(self, data: Buffer) -> None:
        """Expand 32 secret bytes into the scalar s, the prefix and the public key: 5.1.5."""
        self._private_key = exactly(data, KEY_SIZE, "an Ed25519 private key")
        # 1. One secret makes two that are independent.
        h = sha512.sha512(self._private_key).digest()
        self._prefix = h[32:]
        # 2. RFC 8032 calls it pruning.
        self._s = edwards25519.clamp(h[:32])
        # 3. and 4. The public key: A = [s]B.
        A = edwards25519.encode(edwards25519.scalar_mult_base(self._s))
        self._public_key = Ed25519PublicKey(A)

    @classmethod
    def generate(cls) -> Self:
        """Return a new private key: 32 random bytes."""
        return cls(entropy.random_bytes(KEY_SIZE))

    @classmethod
    def from_private_bytes(cls, data: Buffer) -> Self:
        """Return the key with these 32 bytes, the RFC's private key.  ValueError for another length."""
        return cls(data)

    def private_bytes_raw(self) -> bytes:
        """Return the 32 secret bytes, as they were given."""
        return self._private_key

    def public_key(self) -> "Ed25519PublicKey":
        """Return the key that verifies what this one signs."""
        return self._public_key

    def sign(self, data: Buffer) -> bytes:
        """Return the signature of `data`, 64 bytes: 5.1.6.

        A comes from the key itself and cannot be passed in: the same R under two different A would give
        two equations with one s.
        """
        M = as_bytes(data, "data")
        A = self._public_key.public_bytes_raw()
        # 1. and 2. The number for this message alone
        r = hash_to_number(self._prefix + M) % L
        # 3. shown as a point,
        R = edwards25519.encode(edwards25519.scalar_mult_base(r))
        # 4. the challenge,
        k = hash_to_number(R + A + M) % L
        # 5. and the answer.
        S = (r + k * self._s) % L
        # 6.
        return R + S.to_bytes(32, "little")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ed25519PrivateKey):
            return NotImplemented
        return constant_time.equal(self._private_key, other._private_key)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dict

    def __repr__(self) -> str:
        return "Ed25519PrivateKey(secret)"


class Ed25519PublicKey:
    """What everyone may know, in the shape of pyca/cryptography."""

    __slots__ = ("_A", "_public_key")

    def __init__(self, data: Buffer) -> None:
        self._public_key = exactly(data, KEY_SIZE, "an Ed25519 public key")
        self._A: edwards25519.Point | None = None  # decoded when it is first needed, and kept

    @classmethod
    def from_public_bytes(cls, data: Buffer) -> Self:
        """Return the key with these 32 bytes.  ValueError for another length.

        Whether they are a point is seen when a signature is verified, in 5.1.7's order.
        """
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """Return the 32 bytes."""
        return self._public_key

    def verify(self, signature: Buffer, data: Buffer) -> None:
        """Return if `signature` is this key's for `data`, or else raise InvalidSignature: 5.1.7."""
        signature, M = as_bytes(signature, "signature"), as_bytes(data, "data")
        if len(signature) != SIGNATURE_SIZE:
            raise InvalidSignature(f"a signature is {SIGNATURE_SIZE} bytes long, got {len(signature)}")
        # 1. Decode S and A.  R stays bytes: step 3 compares it with an encoding, which is always canonical.
        R, S = signature[:32], int.from_bytes(signature[32:], "little")
        if S >= L:  # 5.1.7: or else S + L would make a second signature of the first
            raise InvalidSignature("S is not below the group's order L")
        try:
            A = self._A = self._A or edwards25519.decode(self._public_key)
        except InvalidKey as error:
            raise InvalidSignature(f"the public key is {error}") from error
        # 2. The challenge, as the signer had to compute it
        k = hash_to_number(R + self._public_key + M) % L
        # 3. [S]B = R + [k]A, solved for R
        minus_kA = edwards25519.scalar_mult(k, edwards25519.negate(A))
        expected_R = edwards25519.add(edwards25519.scalar_mult_base(S), minus_kA)
        if edwards25519.encode(expected_R) != R:
            raise InvalidSignature("the signature does not fit the message and the public key")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ed25519PublicKey):
            return NotImplemented
        return self._public_key == other._public_key

    def __hash__(self) -> int:
        return hash(self._public_key)

    def __repr__(self) -> str:
        return f"Ed25519PublicKey({self._public_key.hex()})"


def hash_to_number(octets: bytes) -> int:
    """Return SHA-512 of `octets` as a little-endian number of 512 bits."""
    return int.from_bytes(sha512.sha512(octets).digest(), "little")
