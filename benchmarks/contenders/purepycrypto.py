"""purepycrypto: unrolled loops, generated at import."""

from collections.abc import Callable
from typing import Any

from purepycrypto import chacha, ed25519, hash, kdf
from purepycrypto.x25519 import x25519_base, x25519_shared

from benchmarks.contenders import Contender


class Library(Contender):
    name = "purepycrypto"
    distribution = "purepycrypto"
    note = (
        "signs from the seed, and so computes the public key each time, and indexes no table by a secret; "
        "decodes the key and R each time it verifies"
    )

    def sha256(self, data: bytes) -> Callable[[], Any]:
        return lambda: hash.sha256(data)

    def sha512(self, data: bytes) -> Callable[[], Any]:
        return lambda: hash.sha512(data)

    def hmac_sha256(self, key: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: kdf.hmac_sha256(key, data)

    def hkdf_expand(self, prk: bytes, info: bytes, length: int) -> Callable[[], Any]:
        return lambda: kdf.hkdf_expand(prk, info, length)

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha.chacha20poly1305_encrypt(key, nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha.chacha20poly1305_decrypt(key, nonce, sealed, data)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: x25519_base(private)

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        return lambda: x25519_shared(private, public)[0]

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: ed25519.ed25519_publickey(seed)

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        return lambda: ed25519.ed25519_sign(message, seed)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        return lambda: ed25519.ed25519_verify(signature, message, public)
