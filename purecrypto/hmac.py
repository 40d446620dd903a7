"""HMAC: a hash with a key in it, which only who knows the key can compute.  RFC 2104, FIPS 198-1.

    HMAC(K, message) = H(K ^ opad || H(K ^ ipad || message))

A key simply put before the message would not do: whoever sees H(K || message) can extend the message
(see `sha2`).  The outer hash closes that door.

Sizes          key of any length (longer than a block: hashed first); tag = the hash's digest size.
Errors         TypeError and ValueError as in the standard library: the caller's bugs.
Side channels  Compare tags with `compare_digest`, never with `==`.
Tested by      tests/purecrypto/test_hmac.py: RFC 4231, the standard library's hmac.
"""

from typing import Self, TypeAlias

from purecrypto import constant_time
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.sha2 import MerkleDamgard
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512

HashClass: TypeAlias = type[MerkleDamgard]

HASHES: dict[str, HashClass] = {"sha256": sha256, "sha384": sha384, "sha512": sha512}

IPAD = 0x36  # RFC 2104 section 2: each byte of the key is XORed with this one for the inner hash
OPAD = 0x5C  # and with this one for the outer


def new(key: Buffer, msg: Buffer | None = None, digestmod: HashClass | str = "") -> "HMAC":
    """Return an HMAC under `key`, fed with `msg`.

    `digestmod` is one of our hash classes or its name ("sha256").  TypeError if it is missing or no hash,
    ValueError if we have no hash of that name.
    """
    return HMAC(key, msg, digestmod)


def digest(key: Buffer, msg: Buffer, digest: HashClass | str) -> bytes:
    """Return the tag of `msg` under `key` in one call."""
    return HMAC(key, msg, digest).digest()


def compare_digest(a: Buffer | str, b: Buffer | str) -> bool:
    """Return whether a and b are the same, without stopping at the first difference.

    Both are bytes or both ASCII text; TypeError otherwise.
    """
    if isinstance(a, str) and isinstance(b, str):
        if not (a.isascii() and b.isascii()):
            raise TypeError("text to compare must be ASCII")
        a, b = a.encode("ascii"), b.encode("ascii")
    if isinstance(a, str) or isinstance(b, str):
        raise TypeError("cannot compare text with bytes")
    return constant_time.equal(a, b)


class HMAC:
    """A keyed hash in the shape of the standard library's.

    The key is hashed once, on construction; what is kept are the two hash states after it.  A `copy()`
    starts from them, so every further message under the same key costs two compressions less.
    """

    __slots__ = ("_inner", "_outer", "block_size", "digest_size", "name")

    def __init__(self, key: Buffer, msg: Buffer | None = None, digestmod: HashClass | str = "") -> None:
        key, hash_class = as_bytes(key, "key"), _hash_class(digestmod)
        self.name = f"hmac-{hash_class.name}"
        self.digest_size = hash_class.digest_size  # bytes
        self.block_size = hash_class.block_size  # bytes
        if len(key) > self.block_size:
            key = hash_class(key).digest()
        key = key.ljust(self.block_size, b"\x00")
        self._inner = hash_class(bytes(byte ^ IPAD for byte in key))  # and then the message
        self._outer = hash_class(bytes(byte ^ OPAD for byte in key))  # never fed: `digest` uses a copy
        if msg is not None:
            self.update(msg)

    def update(self, msg: Buffer) -> None:
        """Append `msg` to the message."""
        self._inner.update(msg)

    def digest(self) -> bytes:
        """Return the tag of the message so far; more may be appended afterwards."""
        outer = self._outer.copy()
        outer.update(self._inner.digest())
        return outer.digest()

    def hexdigest(self) -> str:
        """Return `digest()` in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """Return an HMAC of the same key and message so far that goes its own way from here."""
        twin = type(self).__new__(type(self))
        twin.name, twin.digest_size, twin.block_size = self.name, self.digest_size, self.block_size
        twin._inner, twin._outer = self._inner.copy(), self._outer
        return twin


def _hash_class(digestmod: HashClass | str) -> HashClass:
    if not digestmod:
        raise TypeError("digestmod is missing: a hash class or its name")
    if isinstance(digestmod, str):
        if digestmod.lower() not in HASHES:
            raise ValueError(f"unsupported hash {digestmod!r}: one of {', '.join(HASHES)}")
        return HASHES[digestmod.lower()]
    if not (isinstance(digestmod, type) and issubclass(digestmod, MerkleDamgard)):
        raise TypeError(f"digestmod must be a hash class of purecrypto or its name, not {digestmod!r}")
    return digestmod
