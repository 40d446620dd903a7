"""starkbank-ecdsa: signatures for payments, light and quick."""

from collections.abc import Callable
from typing import Any

from ellipticcurve import Ecdsa, PrivateKey, PublicKey, Signature
from ellipticcurve.curve import prime256v1

from benchmarks.contenders import Contender


class Library(Contender):
    name = "starkbank-ecdsa"
    distribution = "starkbank-ecdsa"
    hashes_itself = False
    note = "hashes with hashlib; has no key exchange, and mixes chance into its nonces"

    def p256_public(self, private: bytes) -> Callable[[], Any]:
        def job() -> bytes:
            key = PrivateKey(prime256v1, int.from_bytes(private, "big")).publicKey()
            return bytes.fromhex("04" + key.toString())

        return job

    def p256_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], Any]:
        key = PublicKey.fromString(public[1:].hex(), prime256v1)
        text = message.decode("ascii")  # it takes text and turns that into the same bytes
        return lambda: Ecdsa.verify(text, Signature.fromDer(signature), key)
