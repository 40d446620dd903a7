"""hashlib and hmac: what everybody hashes with."""

import hashlib
import hmac
import platform
from collections.abc import Callable

from benchmarks.contenders import C, Contender


class Library(Contender):
    name = "hashlib"
    language = C
    note = "of the standard library, with hmac: OpenSSL or HACL*"

    @property
    def version(self) -> str:
        return f"Python {platform.python_version()}"

    def sha256(self, data: bytes) -> Callable[[], bytes]:
        return lambda: hashlib.sha256(data).digest()

    def sha512(self, data: bytes) -> Callable[[], bytes]:
        return lambda: hashlib.sha512(data).digest()

    def hmac_sha256(self, key: bytes, data: bytes) -> Callable[[], bytes]:
        return lambda: hmac.digest(key, data, "sha256")
