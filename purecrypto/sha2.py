"""What SHA-256, SHA-384 and SHA-512 share: the chain of blocks, the padding, the constants.  FIPS 180-4.

A hash of any length is built from one function that compresses a block of fixed length, in the way that
Merkle and Damgard proved sound in 1989: start from a fixed state, mix in block after block, and end with
the message's length, so that no padded message is the end of another.

             block 1       block 2              last block: ... 1000 ... 0 length
                |             |                     |
    H(0) --> compress --> compress --> ... ---> compress --> H(N) = digest

The digest of SHA-256 and SHA-512 is the whole state, so whoever knows it can go on hashing where its
owner stopped ("length extension").  That is why a key in front of a message makes no authentication
code, and why HMAC exists; SHA-384 withholds a quarter of the state and has no such hole.

The constants are digits of square and cube roots of the first primes, which nobody could choose at will.
"""

import math
import struct
from collections.abc import Sequence
from typing import Self

from purecrypto.buffers import Buffer, as_bytes

State = tuple[int, ...]  # H(i): eight words

# The first 80 primes: 2, 3, 5, ..., 409
PRIMES = [n for n in range(2, 410) if all(n % divisor for divisor in range(2, math.isqrt(n) + 1))]


class MerkleDamgard:
    """A hash in the shape of hashlib's.  A subclass gives the sizes, the initial state and `compress`.

    A block is 16 words and the length field two, so that all other sizes follow from `block_size`.
    """

    name: str
    digest_size: int  # bytes
    block_size: int  # bytes
    initial_state: State  # H(0), section 5.3

    __slots__ = ("_length", "_pending", "_state")

    def __init__(self, data: Buffer = b"", *, usedforsecurity: bool = True) -> None:
        """Start a hash with `data`.  `usedforsecurity` changes nothing, as in hashlib outside FIPS mode."""
        self._state = self.initial_state
        self._pending = b""  # what does not fill a block yet
        self._length = 0  # bytes hashed so far, the pending ones included
        self.update(data)

    def update(self, data: Buffer) -> None:
        """Append `data` to the message.  TypeError if it is text or anything else that is not bytes."""
        data = as_bytes(data, "data")
        self._length += len(data)
        self._state, self._pending = self._compress_blocks(self._pending + data)

    def digest(self) -> bytes:
        """Return the hash of the message so far; more may be appended afterwards."""
        state, _ = self._compress_blocks(self._pending + self._padding())
        return self._octets(state)

    def hexdigest(self) -> str:
        """Return `digest()` in hexadecimal."""
        return self.digest().hex()

    def copy(self) -> Self:
        """Return a hash of the same message so far that goes its own way from here."""
        return self.resume(self._state, self._length, self._pending)

    @classmethod
    def resume(cls, state: State, length: int, pending: bytes = b"") -> Self:
        """Return a hash that has come as far as `state`, with `pending` to be mixed in next.

        length    bytes hashed so far, the pending ones included; without those, a multiple of the block size
        """
        resumed = cls.__new__(cls)
        resumed._state, resumed._length, resumed._pending = state, length, pending
        return resumed

    @staticmethod
    def compress(state: State, block: bytes) -> State:
        """Mix one block into the state: section 6."""
        raise NotImplementedError

    @classmethod
    def compress_side_by_side(cls, states: Sequence[State], blocks: Sequence[bytes]) -> list[State]:
        """Mix one block into each state.  A subclass may know how to do so in less time than one by one."""
        return [cls.compress(state, block) for state, block in zip(states, blocks, strict=True)]

    def _compress_blocks(self, data: bytes) -> tuple[State, bytes]:
        """Return the state after all whole blocks of `data`, and what is left over."""
        state, size = self._state, self.block_size
        whole = len(data) - len(data) % size
        for start in range(0, whole, size):
            state = self.compress(state, data[start : start + size])
        return state, data[whole:]

    @classmethod
    def _octets(cls, state: State) -> bytes:
        word_format = "I" if cls.block_size == 64 else "Q"
        return struct.pack(f">8{word_format}", *state)[: cls.digest_size]

    def _padding(self) -> bytes:
        """Return a 1 bit, as few 0 bits as fill the last block, and the message's length in bits (5.1)."""
        length_size = self.block_size // 8
        zeros = -(self._length + 1 + length_size) % self.block_size
        return b"\x80" + bytes(zeros) + (8 * self._length).to_bytes(length_size, "big")


def digests(hashes: Sequence[MerkleDamgard]) -> list[bytes]:
    """Return the digest of each of these hashes, which are of one kind (or TypeError), computed side by side.

    That takes as many steps as the longest of them has blocks left, and not as many as all have together.
    """
    if not hashes:
        return []
    kind = type(hashes[0])
    if any(type(hasher) is not kind for hasher in hashes):
        raise TypeError("hashes computed side by side must be of one kind")
    states = [hasher._state for hasher in hashes]
    rests = [hasher._pending + hasher._padding() for hasher in hashes]
    for start in range(0, max(map(len, rests)), kind.block_size):
        unfinished = [i for i, rest in enumerate(rests) if start < len(rest)]
        blocks = [rests[i][start : start + kind.block_size] for i in unfinished]
        compressed = kind.compress_side_by_side([states[i] for i in unfinished], blocks)
        for i, state in zip(unfinished, compressed, strict=True):
            states[i] = state
    return [kind._octets(state) for state in states]


def square_root_fraction(n: int, bits: int) -> int:
    """Return the first `bits` bits of the fractional part of the square root of n (section 5.3)."""
    return math.isqrt(n << 2 * bits) % (1 << bits)


def cube_root_fraction(n: int, bits: int) -> int:
    """Return the first `bits` bits of the fractional part of the cube root of n (section 4.2)."""
    scaled = n << 3 * bits
    root = 1 << -(-scaled.bit_length() // 3)  # no less than the root: Newton's method descends to it
    while (closer := (2 * root + scaled // (root * root)) // 3) < root:
        root = closer
    return root % (1 << bits)
