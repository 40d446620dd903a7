"""ecdsa: what most pure-Python programs sign with, tlslite-ng among them."""

from collections.abc import Callable
from hashlib import sha256, sha384
from typing import Any

from ecdsa import ECDH, Ed25519, NIST256p, NIST384p, SigningKey, VerifyingKey
from ecdsa.util import sigdecode_der, sigencode_der

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

    def p256_public(self, private: bytes) -> Callable[[], Any]:
        def job() -> Any:
            return SigningKey.from_string(private, NIST256p).verifying_key.to_string("uncompressed")

        return job

    def p256_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ecdh = ECDH(NIST256p)
        ecdh.load_private_key_bytes(private)
        ecdh.load_received_public_key_bytes(public)
        job: Callable[[], Any] = ecdh.generate_sharedsecret_bytes
        return job

    def p256_sign(self, private: bytes, message: bytes) -> Callable[[], Any]:
        key = SigningKey.from_string(private, NIST256p, sha256)
        return lambda: key.sign_deterministic(message, sigencode=sigencode_der)

    def p256_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = VerifyingKey.from_string(public, NIST256p, sha256)
        return lambda: key.verify(signature, message, sigdecode=sigdecode_der)

    def p384_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = VerifyingKey.from_string(public, NIST384p, sha384)
        return lambda: key.verify(signature, message, sigdecode=sigdecode_der)
