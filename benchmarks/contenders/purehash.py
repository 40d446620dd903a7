"""purehash: hashes in hashlib's shape."""

from collections.abc import Callable
from typing import Any

import purehash

from benchmarks.contenders import Contender


class Library(Contender):
    name = "purehash"
    distribution = "purehash"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        return lambda: purehash.sha256(data).digest()

    def sha512(self, data: bytes) -> Callable[[], Any]:
        return lambda: purehash.sha512(data).digest()
