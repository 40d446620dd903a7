"""chacha20poly1305: tlslite-ng's AEAD as a package of its own."""

from collections.abc import Callable
from typing import Any

from chacha20poly1305 import ChaCha20Poly1305

from benchmarks.contenders import Contender


class Library(Contender):
    name = "chacha20poly1305"
    distribution = "chacha20poly1305"
    note = "tlslite-ng's AEAD as a package of its own"

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.seal(nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.open(nonce, sealed, data)
