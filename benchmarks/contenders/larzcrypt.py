"""larzcrypt: the RFCs' own Python, tidied."""

from collections.abc import Callable
from typing import Any

from larzcrypt import chacha20poly1305, ed25519, x25519

from benchmarks.contenders import Contender


class Library(Contender):
    name = "larzcrypt"
    distribution = "larzcrypt"
    hashes_itself = False
    note = (
        "hashes with hashlib; signs from the seed, and so computes the public key each time; "
        "decodes Ed25519's key and R each time it verifies"
    )

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha20poly1305.encrypt(key, nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha20poly1305.decrypt(key, nonce, sealed, data)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: x25519.public_key(private)

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        return lambda: x25519.shared_secret(private, public)

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: ed25519.public_key(seed)

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        return lambda: ed25519.sign(seed, message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        return lambda: ed25519.verify(public, message, signature)
