"""Slow primitives that remember their answers, for tests that make the same handshake thousands of times.

The functions below depend on their arguments alone, so remembering changes nothing but the time: where
settings are fixed, a handshake asks them the same questions again and again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import pytest

from purecrypto import edwards25519, sha256, sha512, weierstrass, x25519
from purecrypto.sha2 import State

PRIMITIVES = (
    (sha256, "compress"),
    (sha512, "compress"),
    (x25519, "ladder"),
    (edwards25519, "scalar_mult"),
    (edwards25519, "scalar_mult_base"),
    (edwards25519, "decode"),
    (weierstrass, "scalar_mult"),
    (weierstrass, "scalar_mult_base"),
)
SIZE = 2**14  # answers of each


@contextmanager
def primitives() -> Iterator[None]:
    """Within this, each of `PRIMITIVES` computes an answer once."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PRIMITIVES:
            patch.setattr(module, name, lru_cache(SIZE)(getattr(module, name)))
        patch.setattr(sha256, "compress_side_by_side", one_by_one)
        yield


def one_by_one(states: Sequence[State], blocks: Sequence[bytes]) -> list[State]:
    """What the wide twin computes, out of what is remembered."""
    return [sha256.compress(state, block) for state, block in zip(states, blocks, strict=True)]
