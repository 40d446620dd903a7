"""pure25519: Ed25519 by the author of magic-wormhole."""

from collections.abc import Callable
from typing import Any

from pure25519 import ed25519_oop

from benchmarks.contenders import Contender


class Library(Contender):
    name = "pure25519"
    distribution = "pure25519"
    hashes_itself = False
    note = "hashes with hashlib; decodes Ed25519's key and R each time it verifies"

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: ed25519_oop.SigningKey(seed).vk_s

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = ed25519_oop.SigningKey(seed)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = ed25519_oop.VerifyingKey(public)

        def job() -> bool:
            key.verify(signature, message)
            return True

        return job
