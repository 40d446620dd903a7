"""cryptography (pyca): OpenSSL with Rust around it."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from benchmarks.contenders import C, Contender


class Library(Contender):
    name = "cryptography"
    distribution = "cryptography"
    language = C
    note = "OpenSSL; decodes an Ed25519 key each time it verifies"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            digest = Hash(SHA256())
            digest.update(data)
            return digest.finalize()

        return job

    def sha512(self, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            digest = Hash(SHA512())
            digest.update(data)
            return digest.finalize()

        return job

    def hmac_sha256(self, key: bytes, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            mac = HMAC(key, SHA256())
            mac.update(data)
            return mac.finalize()

        return job

    def hkdf_expand(self, prk: bytes, info: bytes, length: int) -> Callable[[], Any]:
        return lambda: HKDFExpand(SHA256(), length, info).derive(prk)

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.encrypt(nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.decrypt(nonce, sealed, data)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ours, theirs = X25519PrivateKey.from_private_bytes(private), X25519PublicKey.from_public_bytes(public)
        return lambda: ours.exchange(theirs)

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        key = Ed25519PublicKey.from_public_bytes(public)

        def job() -> bool:
            key.verify(signature, message)
            return True

        return job
