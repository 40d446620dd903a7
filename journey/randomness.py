"""Where random bytes come from: the operating system, or a seed when a run is to be repeated.

Everything that is random on the journey is drawn through a function `random_bytes(count)`.  So a test can
repeat a run from its seed, and an attacker who has seen or stolen what a party drew can run the party's own
code again with it.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from purecrypto import chacha20
from purecrypto.sha256 import sha256

RandomBytes: TypeAlias = Callable[[int], bytes]


def seeded(seed: str) -> RandomBytes:
    """Random bytes that are the same for the same seed: the keystream under the seed's hash."""
    key = sha256(seed.encode()).digest()
    drawn = 0

    def random_bytes(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return chacha20.keystream(key, 0, drawn.to_bytes(12, "little"), count)

    return random_bytes


class Remembered:
    """Random bytes of one party, with a list of what it drew: the referee could reveal it."""

    def __init__(self, source: RandomBytes) -> None:
        self._source = source
        self.drawn: list[bytes] = []

    def __call__(self, count: int) -> bytes:
        self.drawn.append(self._source(count))
        return self.drawn[-1]


def replay(drawn: Sequence[bytes]) -> RandomBytes:
    """Random bytes that are not random at all: first what was drawn before, in order, then nothing."""
    left = list(drawn)

    def random_bytes(count: int) -> bytes:
        if not left or len(left[0]) != count:
            raise ValueError(f"{count} bytes were not drawn at this point of the recording")
        return left.pop(0)

    return random_bytes
