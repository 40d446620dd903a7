"""HMAC: a hash with a key in it, which only who knows the key can compute.  RFC 2104, FIPS 198-1.

    HMAC(K, message) = H(K ^ opad || H(K ^ ipad || message))

A key simply put before the message would not do: whoever sees H(K || message) can extend the message
(see `sha2`).  The outer hash closes that door.

Sizes          key of any length (longer than a block: hashed first); tag = the hash's digest size.
Errors         TypeError and ValueError as in the standard library: the caller's bugs.
Side channels  Compare tags with `compare_digest`, never with `==`.  The key's bytes are looked up in a table;
               Python ints are not constant-time.
Tested by      tests/purecrypto/test_hmac.py: RFC 4231, the standard library's hmac.
"""

from collections.abc import Sequence
from typing import Self, TypeAlias

from purecrypto import constant_time, sha2
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.sha2 import MerkleDamgard
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512

HashClass: TypeAlias = type[MerkleDamgard]

HASHES: dict[str, HashClass] = {"sha256": sha256, "sha384": sha384, "sha512": sha512}

# RFC 2104 section 2: each byte of the key is XORed with 0x36 for the inner hash, and with 0x5C for the outer.
# `bytes.translate` looks each byte up in one of these.
XOR_IPAD = bytes(byte ^ 0x36 for byte in range(256))
XOR_OPAD = bytes(byte ^ 0x5C for byte in range(256))


def new(key: Buffer, msg: Buffer | None = None, digestmod: HashClass | str = "") -> "HMAC":
    """Return an HMAC under `key`, fed with `msg`.

    `digestmod` is a class of SHA-2 or its name ("sha256"); SHA-3 needs no HMAC, as `keccak` says.  TypeError
    if it is missing or none of them, ValueError if none has that name.
    """
    return HMAC(key, msg, digestmod)


def hash_class(algorithm: HashClass | str) -> HashClass:
    """Return a hash class of SHA-2, given itself or its name ("sha256").

    ValueError if there is none of that name, TypeError if it is anything else.
    """
    if isinstance(algorithm, str):
        if algorithm.lower() not in HASHES:
            raise ValueError(f"unsupported hash {algorithm!r}: one of {', '.join(HASHES)}")
        return HASHES[algorithm.lower()]
    if algorithm not in HASHES.values():
        raise TypeError(f"the hash must be a hash class of SHA-2 or its name, not {algorithm!r}")
    return algorithm


def digest(key: Buffer, msg: Buffer, digest: HashClass | str) -> bytes:
    """Return the tag of `msg` under `key` in one call."""
    return HMAC(key, msg, digest).digest()


def new_side_by_side(keys: Sequence[Buffer], digestmod: HashClass | str) -> list["HMAC"]:
    """Return an HMAC under each key, fed with nothing yet: the keys are hashed side by side."""
    if not digestmod:
        raise TypeError("digestmod is missing: a hash class or its name")
    Hash = hash_class(digestmod)
    size = Hash.block_size
    padded = []
    for key in keys:
        octets = as_bytes(key, "key")
        if len(octets) > size:
            octets = Hash(octets).digest()
        padded.append(octets.ljust(size, b"\x00"))
    blocks = [key.translate(pad) for key in padded for pad in (XOR_IPAD, XOR_OPAD)]
    states = Hash.compress_side_by_side([Hash.initial_state] * len(blocks), blocks)
    hashes = [Hash.resume(state, size) for state in states]
    return [HMAC._of(inner, outer) for inner, outer in zip(hashes[::2], hashes[1::2], strict=True)]


def digests(macs: Sequence["HMAC"]) -> list[bytes]:
    """Return the tag of each of these HMACs, which share one hash function, computed side by side."""
    outers = [mac._outer.copy() for mac in macs]
    for outer, inner_digest in zip(outers, sha2.digests([mac._inner for mac in macs]), strict=True):
        outer.update(inner_digest)
    return sha2.digests(outers)


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

    __slots__ = ("_inner", "_outer")
    _inner: MerkleDamgard  # the key, and then the message
    _outer: MerkleDamgard  # the key; never fed: `digests` uses a copy

    def __init__(self, key: Buffer, msg: Buffer | None = None, digestmod: HashClass | str = "") -> None:
        (keyed,) = new_side_by_side([key], digestmod)
        self._inner, self._outer = keyed._inner, keyed._outer
        if msg is not None:
            self.update(msg)

    @classmethod
    def _of(cls, inner: MerkleDamgard, outer: MerkleDamgard) -> Self:
        mac = cls.__new__(cls)
        mac._inner, mac._outer = inner, outer
        return mac

    @property
    def name(self) -> str:
        return f"hmac-{self._inner.name}"

    @property
    def digest_size(self) -> int:
        """Bytes in a tag."""
        return self._inner.digest_size

    @property
    def block_size(self) -> int:
        """Bytes in a block of the hash."""
        return self._inner.block_size

    def update(self, msg: Buffer) -> None:
        """Append `msg` to the message."""
        self._inner.update(msg)

    def digest(self) -> bytes:
        """Return the tag of the message so far; more may be appended afterwards."""
        (tag,) = digests([self])
        return tag

    def hexdigest(self) -> str:
        """Return `digest()` in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """Return an HMAC of the same key and message so far that goes its own way from here."""
        return self._of(self._inner.copy(), self._outer)
