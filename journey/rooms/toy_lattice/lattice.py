"""Equations that are a little wrong, as a way to agree on a secret: what ML-KEM does, in plain numbers.

    the client keeps s, sends A and t      s and e small          t = A s + e
    the server sends, for each bit         y, e1 and e2 small     u = A^T y + e1      v = t y + e2 + bit * q/2
    the client opens it                                           v - s u = bit * q/2 + (e y + e2 - s e1)

All of it is modulo q, and what stands in the last brackets is small.  docs/post-quantum.md has it in numbers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from purecrypto.keccak import shake_128

SEED_SIZE = 32  # bytes
SECRET_SIZE = 16  # bytes that are agreed on, bit by bit
SMALL = 2  # s and y are between -2 and 2


@dataclass(frozen=True)
class Lattice:
    """n unknowns in n equations modulo q, of which each may be wrong by `error`."""

    n: int
    q: int
    error: int
    name: str = "lattice"

    @property
    def number_size(self) -> int:
        """Bytes of a number below q."""
        return (self.q.bit_length() + 7) // 8

    @property
    def offer_layout(self) -> Layout:
        return Layout(Field("seed", SEED_SIZE), Field("t", self.n * self.number_size))

    @property
    def offer_size(self) -> int:
        return SEED_SIZE + self.n * self.number_size

    @property
    def answer_size(self) -> int:
        return 8 * SECRET_SIZE * (self.n + 1) * self.number_size  # u and v for each bit

    def offer(self, random_bytes: RandomBytes) -> tuple[bytes, Callable[[bytes], bytes]]:
        """What the client sends, and what will make the secret of the answer."""
        seed = random_bytes(SEED_SIZE)
        s, e = small(random_bytes(self.n), SMALL), small(random_bytes(self.n), self.error)
        t = plus([dot(row, s) for row in self.matrix(seed)], e)
        return seed + self.encode(t), lambda answer: self.decrypt(s, answer)

    def answer(self, offer: bytes, random_bytes: RandomBytes) -> tuple[bytes, bytes]:
        """What the server sends, and the secret in it."""
        A, t = self.equations(offer)
        secret = random_bytes(SECRET_SIZE)
        return b"".join(self.encrypt(A, t, bit, random_bytes) for bit in bits(secret)), secret

    def encrypt(
        self, A: Sequence[Sequence[int]], t: Sequence[int], bit: int, random_bytes: RandomBytes
    ) -> bytes:
        y, e1 = small(random_bytes(self.n), SMALL), small(random_bytes(self.n), self.error)
        [e2] = small(random_bytes(1), self.error)
        u = plus([dot(column, y) for column in zip(*A, strict=True)], e1)
        v = dot(t, y) + e2 + bit * (self.q // 2)
        return self.encode([*u, v])

    def decrypt(self, s: Sequence[int], answer: bytes) -> bytes:
        """The secret in an answer: one bit for every n + 1 numbers."""
        numbers, found = self.decode(answer), 0
        for i in range(0, len(numbers), self.n + 1):
            *u, v = numbers[i : i + self.n + 1]
            nearer_to_half = self.q < 4 * ((v - dot(s, u)) % self.q) < 3 * self.q
            found = found << 1 | nearer_to_half
        return found.to_bytes(SECRET_SIZE, "big")

    def equations(self, offer: bytes) -> tuple[list[list[int]], list[int]]:
        """The matrix A that grows from the seed, and t."""
        return self.matrix(offer[:SEED_SIZE]), self.decode(offer[SEED_SIZE:])

    def matrix(self, seed: bytes) -> list[list[int]]:
        """n times n numbers below q (very nearly even ones, which is enough for a toy)."""
        drawn = shake_128(seed).digest(2 * self.n**2)
        numbers = [int.from_bytes(drawn[i : i + 2], "big") % self.q for i in range(0, len(drawn), 2)]
        return [numbers[i : i + self.n] for i in range(0, len(numbers), self.n)]

    def encode(self, numbers: Iterable[int]) -> bytes:
        return b"".join((number % self.q).to_bytes(self.number_size, "big") for number in numbers)

    def decode(self, data: bytes) -> list[int]:
        size = self.number_size
        numbers = [int.from_bytes(data[i : i + size], "big") for i in range(0, len(data), size)]
        if max(numbers) >= self.q:
            raise Refused(f"a number is not below {self.q}")
        return numbers


def small(drawn: bytes, largest: int) -> list[int]:
    """A number between -largest and largest of each random byte: so many bits of it minus so many others."""
    mask = (1 << largest) - 1
    return [(byte & mask).bit_count() - (byte >> 4 & mask).bit_count() for byte in drawn]


def bits(data: bytes) -> list[int]:
    """The bits of these bytes, the highest first."""
    return [byte >> i & 1 for byte in data for i in range(7, -1, -1)]


def dot(a: Iterable[int], b: Iterable[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def plus(a: Iterable[int], b: Iterable[int]) -> list[int]:
    return [x + y for x, y in zip(a, b, strict=True)]
