"""purepycrypto: unrolled loops, generated at import."""

from collections.abc import Callable
from typing import Any

from purepycrypto import aes, chacha, ed25519, hash, kdf, rsa
from purepycrypto.x25519 import x25519_base, x25519_shared

from benchmarks.contenders import Contender
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey


class Library(Contender):
    name = "purepycrypto"
    distribution = "purepycrypto"
    note = (
        "signs from the seed, and so computes the public key each time, indexing no table by a secret; "
        "decodes Ed25519's key and R each time it verifies"
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

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        cipher = aes.AES(key)
        return lambda: b"".join(cipher.gcm_encrypt(nonce, plaintext, data))

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        cipher, ciphertext, tag = aes.AES(key), sealed[:-16], sealed[-16:]
        return lambda: cipher.gcm_decrypt(nonce, ciphertext, tag, data)

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], Any]:
        cipher, nonce = aes.AES(key), counter_block[:8]  # its counter has 64 bits and starts at 0
        return lambda: cipher.encrypt_ctr(text, nonce)

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

    def rsa_pss_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        public, d = key.public_key(), pow(key.public_key().e, -1, (key.p - 1) * (key.q - 1))
        own = _with_sha256(rsa.RSAPrivateKey(public.n, public.e, d, key.p, key.q))
        return lambda: rsa.rsa_pss_sign(message, own, 0)

    def rsa_pss_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], Any]:
        own = _with_sha256(rsa.RSAPublicKey(key.n, key.e))
        return lambda: rsa.rsa_pss_verify(message, signature, own, 32)


def _with_sha256(key: Any) -> Any:
    """Its keys choose their hash by their size, and one of 2048 bits chooses SHA-512."""
    key.hash_func, key.h_len = hash.sha256, 32
    return key
