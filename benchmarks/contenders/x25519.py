"""x25519: the key exchange and nothing else."""

from collections.abc import Callable
from typing import Any

import x25519

from benchmarks.contenders import Contender


class Library(Contender):
    name = "x25519"
    distribution = "x25519"

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: x25519.scalar_base_mult(private)

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        return lambda: x25519.scalar_mult(private, public)
