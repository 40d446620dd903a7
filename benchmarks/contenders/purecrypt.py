"""purecrypt: primitives in the shapes of pyca/cryptography."""

from collections.abc import Callable
from typing import Any

from purecrypt import chacha, eddsa, x25519

from benchmarks.contenders import Contender


class Library(Contender):
    name = "purecrypt"
    distribution = "purecrypt"
    hashes_itself = False
    note = "hashes with hashlib; decodes the key and R each time it verifies, and refuses keys of small order"

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: b"".join(chacha.chacha20_poly1305_encrypt(key, nonce, plaintext, data))

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha.chacha20_poly1305_decrypt(key, nonce, sealed[:-16], sealed[-16:], data)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes()

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ours = x25519.X25519PrivateKey.from_private_bytes(private)
        theirs = x25519.X25519PublicKey.from_public_bytes(public)
        return lambda: ours.exchange(theirs)

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: eddsa.Ed25519PrivateKey.from_seed(seed).public_key().public_bytes()

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = eddsa.Ed25519PrivateKey.from_seed(seed)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = eddsa.Ed25519PublicKey.from_public_bytes(public)

        def job() -> bool:
            key.verify(signature, message)
            return True

        return job
