"""purecrypt: primitives in the shapes of pyca/cryptography."""

from collections.abc import Callable
from typing import Any

from purecrypt import aes, chacha, ec, eddsa, x25519

from benchmarks.contenders import Contender


class Library(Contender):
    name = "purecrypt"
    distribution = "purecrypt"
    hashes_itself = False
    note = "hashes with hashlib; decodes Ed25519's key and R each time it verifies, and refuses small orders"

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: b"".join(chacha.chacha20_poly1305_encrypt(key, nonce, plaintext, data))

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: chacha.chacha20_poly1305_decrypt(key, nonce, sealed[:-16], sealed[-16:], data)

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: b"".join(aes.gcm_encrypt(key, nonce, plaintext, data))

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        return lambda: aes.gcm_decrypt(key, nonce, sealed[:-16], sealed[-16:], data)

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], Any]:
        return lambda: aes.ctr_encrypt(key, counter_block, text)

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

    def p256_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: ec.ECPrivateKey.from_private_bytes(private, ec.P256).public_key().to_sec1_bytes()

    def p256_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ours = ec.ECPrivateKey.from_private_bytes(private, ec.P256)
        theirs = ec.ECPublicKey.from_sec1_bytes(public, ec.P256)
        return lambda: ours.ecdh(theirs)

    def p256_sign(self, private: bytes, message: bytes) -> Callable[[], Any]:
        key = ec.ECPrivateKey.from_private_bytes(private, ec.P256)
        return lambda: key.sign_ecdsa(message)

    def p256_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        key = ec.ECPublicKey.from_sec1_bytes(public, ec.P256)

        def job() -> bool:
            key.verify_ecdsa(signature, message)
            return True

        return job

    def p384_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        key = ec.ECPublicKey.from_sec1_bytes(public, ec.P384)

        def job() -> bool:
            key.verify_ecdsa(signature, message, "sha384")
            return True

        return job
