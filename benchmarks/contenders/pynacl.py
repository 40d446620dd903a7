"""PyNaCl: libsodium."""

from collections.abc import Callable
from typing import Any

from nacl import bindings
from nacl.signing import SigningKey, VerifyKey

from benchmarks.contenders import C, Contender


class Library(Contender):
    name = "PyNaCl"
    distribution = "PyNaCl"
    language = C
    note = "libsodium; decodes an Ed25519 key each time it verifies"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_hash_sha256(data)

    def sha512(self, data: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_hash_sha512(data)

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, data, nonce, key)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, data, nonce, key)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_scalarmult_base(private)

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        return lambda: bindings.crypto_scalarmult(private, public)

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: bytes(SigningKey(seed).verify_key)

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = SigningKey(seed)
        return lambda: key.sign(message).signature

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = VerifyKey(public)
        return lambda: key.verify(message, signature) == message
