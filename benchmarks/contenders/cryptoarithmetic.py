"""cryptoarithmetic: for study, in the standard's words."""

from collections.abc import Callable
from typing import Any

from cryptoarithmetic import hashing, symmetric

from benchmarks.contenders import Contender


class Library(Contender):
    name = "cryptoarithmetic"
    distribution = "cryptoarithmetic"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        digest = hashing.get_hash("sha256").digest
        return lambda: digest(data)

    def sha512(self, data: bytes) -> Callable[[], Any]:
        digest = hashing.get_hash("sha512").digest
        return lambda: digest(data)

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead = symmetric.GCM(symmetric.AES(key))
        return lambda: b"".join(aead.encrypt(plaintext, nonce, data))

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead = symmetric.GCM(symmetric.AES(key))
        return lambda: aead.decrypt(sealed[:-16], nonce, sealed[-16:], data)

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], Any]:
        cipher = symmetric.CTR(symmetric.AES(key))
        return lambda: cipher.crypt(text, counter_block)
