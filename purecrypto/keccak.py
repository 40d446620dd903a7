"""Keccak: SHA3-256, SHA3-512, SHAKE128 and SHAKE256, all made of one permutation.  FIPS 202.

SHA-2 is a chain of compressions.  SHA-3 is a sponge: a state of 200 bytes of which the first `rate` bytes
meet the outside world, and the rest (the capacity) never does.

             block 1        block 2                      digest: the first rate bytes, and so on
                |              |                            ^               ^
    rate     0 -+-> +---+ -----+-> +---+ ---> ... +---+ ----+----> +---+ ---+--->
                    | f |          | f |          | f |            | f |
    capacity 0 ---> +---+ -------> +---+ ---> ... +---+ ---------> +---+ ------->
                             absorb                            squeeze

Absorb means: XOR a block into the rate, then stir the whole state by f = Keccak-f[1600].  Squeeze means: give
away the rate, stir, give away more.  Whoever sees a digest does not see the capacity, so he cannot go on
hashing where its owner stopped: no length extension, and no need of HMAC.  What a SHAKE gives has no end,
which makes it an "extendable-output function" (XOF): ask for as many bytes as you like.

The permutation has a file of its own, `keccak_f`.

Sizes          state 200 bytes.  Rates and digests:
               SHA3-256 136 and 32 bytes, SHA3-512 72 and 64, SHAKE128 168, SHAKE256 136.
Errors         TypeError for what is not bytes, ValueError for a negative length: the caller's bugs.
Side channels  No secret-dependent branch or table here; Python ints are not constant-time.
Tested by      tests/purecrypto/test_keccak.py: NIST's CAVP files, hashlib.
"""

import operator
from collections.abc import Sequence
from typing import NamedTuple, Self

from purecrypto import keccak_f
from purecrypto.buffers import Buffer, as_bytes

# --- The sponge, in the shape of hashlib -------------------------------------------------------------------


class Sponge:
    """What the four functions share: absorbing, padding, squeezing (section 4)."""

    name: str
    digest_size: int  # bytes; 0 where the caller chooses
    block_size: int  # bytes: the rate
    suffix: int  # the bits that tell the functions apart, and the first 1 of the padding (section 6)

    __slots__ = ("_pending", "_state")

    def __init__(self, data: Buffer = b"", *, usedforsecurity: bool = True) -> None:
        """Start a hash with `data`.  `usedforsecurity` changes nothing, as in hashlib outside FIPS mode."""
        self._state = [0] * 25
        self._pending = b""  # what does not fill a block yet
        self.update(data)

    def update(self, data: Buffer) -> None:
        """Append `data` to the message.  TypeError if it is text or anything else that is not bytes."""
        data = self._pending + as_bytes(data, "data")
        whole = len(data) - len(data) % self.block_size
        self._state = self._absorb(data[:whole])
        self._pending = data[whole:]

    def copy(self) -> Self:
        """Return a hash of the same message so far that goes its own way from here."""
        copied = type(self)()
        copied._state, copied._pending = self._state, self._pending
        return copied

    @classmethod
    def pad(cls, message: bytes) -> bytes:
        """Return the message with the suffix, as few 0 bits as fill the block, and a 1 (5.1: pad10*1)."""
        padded = bytearray(message)
        padded.append(cls.suffix)
        padded.extend(bytes(-len(padded) % cls.block_size))
        padded[-1] |= 0x80  # which may be the byte of the suffix
        return bytes(padded)

    def _absorb(self, blocks: bytes) -> list[int]:
        """Return the state after some whole blocks."""
        state, lanes = self._state, keccak_f.lanes_of(1)
        for start in range(0, len(blocks), self.block_size):
            block = keccak_f.side_by_side([fill(blocks[start : start + self.block_size])])
            state = keccak_f.permute(list(map(operator.xor, state, block)), lanes)
        return state

    def _squeeze(self, length: int) -> bytes:
        """Return the first `length` bytes of the digest; more may be appended to the message afterwards."""
        check_length(length)
        state = self._absorb(self.pad(self._pending))
        digest = keccak_f.apart(state, 1)[0][: self.block_size]
        while len(digest) < length:
            state = keccak_f.permute(state, keccak_f.lanes_of(1))
            digest += keccak_f.apart(state, 1)[0][: self.block_size]
        return digest[:length]


class FixedLength(Sponge):
    """A hash whose digests have one length."""

    __slots__ = ()

    def digest(self) -> bytes:
        """Return the hash of the message so far; more may be appended afterwards."""
        return self._squeeze(self.digest_size)

    def hexdigest(self) -> str:
        """Return `digest()` in hexadecimal."""
        return self.digest().hex()


class ExtendableOutput(Sponge):
    """An XOF: its digest is as long as the caller likes, and a longer one begins with a shorter one."""

    digest_size = 0

    __slots__ = ()

    def digest(self, length: int) -> bytes:
        """Return `length` bytes of the output for the message so far; more may be appended afterwards."""
        return self._squeeze(length)

    def hexdigest(self, length: int) -> str:
        """Return `digest(length)` in hexadecimal."""
        return self.digest(length).hex()


class sha3_256(FixedLength):
    """SHA3-256 as `hashlib.sha3_256`: update, digest, hexdigest, copy."""

    name = "sha3_256"
    digest_size = 32  # bytes
    block_size = 136  # bytes
    suffix = 0x06  # section 6.1: the bits 01, then the padding's 1

    __slots__ = ()


class sha3_512(FixedLength):
    """SHA3-512 as `hashlib.sha3_512`."""

    name = "sha3_512"
    digest_size = 64  # bytes
    block_size = 72  # bytes
    suffix = 0x06

    __slots__ = ()


class shake_128(ExtendableOutput):
    """SHAKE128 as `hashlib.shake_128`: update, digest(length), hexdigest(length), copy."""

    name = "shake_128"
    block_size = 168  # bytes
    suffix = 0x1F  # section 6.2: the bits 1111, then the padding's 1

    __slots__ = ()


class shake_256(ExtendableOutput):
    """SHAKE256 as `hashlib.shake_256`."""

    name = "shake_256"
    block_size = 136  # bytes
    suffix = 0x1F

    __slots__ = ()


# --- Many messages side by side ----------------------------------------------------------------------------


class Request(NamedTuple):
    """A hash to be computed together with others."""

    kind: type[Sponge]
    message: bytes
    length: int  # bytes of digest


def digests(requests: Sequence[Request]) -> list[bytes]:
    """Return the digest that each request asks for, of whatever kinds and lengths, computed side by side.

    That takes as many permutations as the longest of them, and not as many as all together: the rates may
    differ, the permutation is one.
    """
    for request in requests:
        check_length(request.length)
    padded = [kind.pad(message) for kind, message, _ in requests]
    rates = [kind.block_size for kind, _, _ in requests]
    # The first output is there when the last block has been absorbed; each further one takes a permutation.
    first = [len(blocks) // rate for blocks, rate in zip(padded, rates, strict=True)]
    more = [max(0, request.length - 1) // rate for request, rate in zip(requests, rates, strict=True)]
    last = [f + m for f, m in zip(first, more, strict=True)]
    outputs = [b""] * len(requests)

    # Those that take longest lie lowest: then one that has finished is above the others, and falls off.
    order = sorted(range(len(requests)), key=lambda i: -last[i])
    A = [0] * 25
    for step in range(1, max(last, default=0) + 1):
        running = [i for i in order if step <= last[i]]
        lanes = keccak_f.lanes_of(len(running))
        A = [a & lanes.word for a in A]
        if any(step <= first[i] for i in running):
            blocks = [fill(padded[i][(step - 1) * rates[i] : step * rates[i]]) for i in running]
            A = list(map(operator.xor, A, keccak_f.side_by_side(blocks)))
        A = keccak_f.permute(A, lanes)
        if any(step >= first[i] for i in running):
            for i, state in zip(running, keccak_f.apart(A, len(running)), strict=True):
                if step >= first[i]:
                    outputs[i] += state[: rates[i]]
    return [output[: request.length] for output, request in zip(outputs, requests, strict=True)]


def check_length(length: int) -> None:
    if length < 0:
        raise ValueError(f"the length of a digest is not negative, as {length} is")


def fill(block: bytes) -> bytes:
    """Return a block, which may be empty, with zeros for the rest of a state."""
    return block.ljust(keccak_f.STATE_SIZE, b"\0")
