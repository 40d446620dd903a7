"""rsa: the pure-Python package that signs PKCS #1 v1.5, and no PSS."""

from collections.abc import Callable
from typing import Any

import rsa

from benchmarks.contenders import Contender
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey


class Library(Contender):
    name = "rsa"
    distribution = "rsa"
    hashes_itself = False
    note = "hashes with hashlib, and does not check what it signs"

    def rsa_pkcs1_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        own = rsa.PrivateKey(key.public_key().n, key.public_key().e, key.d, key.p, key.q)
        return lambda: rsa.sign(message, own, "SHA-256")

    def rsa_pkcs1_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], Any]:
        own = rsa.PublicKey(key.n, key.e)
        return lambda: rsa.verify(message, signature, own) == "SHA-256"
