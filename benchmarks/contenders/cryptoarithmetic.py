"""cryptoarithmetic: for study, in the standard's words."""

from collections.abc import Callable
from typing import Any

from cryptoarithmetic import hashing

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
