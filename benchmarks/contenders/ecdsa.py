"""ecdsa: what most pure-Python programs sign with, tlslite-ng among them."""

from collections.abc import Callable
from typing import Any

from ecdsa import Ed25519, SigningKey, VerifyingKey

from benchmarks import contenders
from benchmarks.contenders import Contender


class Library(Contender):
    name = "ecdsa"
    distribution = "ecdsa"
    hashes_itself = False
    note = "hashes with hashlib"

    def __init__(self) -> None:
        contenders.refuse_accelerators("gmpy2", "gmpy")

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        def job() -> Any:
            return SigningKey.from_string(seed, Ed25519).verifying_key.to_string()

        return job

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = SigningKey.from_string(seed, Ed25519)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = VerifyingKey.from_string(public, Ed25519)
        return lambda: key.verify(signature, message)
