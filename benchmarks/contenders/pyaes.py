"""pyaes: AES and its modes without authentication."""

from collections.abc import Callable
from typing import Any

import pyaes

from benchmarks.contenders import Contender


class Library(Contender):
    name = "pyaes"
    distribution = "pyaes"
    note = "has counter mode and no GCM; its counter runs on, so each text gets a new object and key schedule"

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], Any]:
        counter = int.from_bytes(counter_block, "big")
        return lambda: pyaes.AESModeOfOperationCTR(key, pyaes.Counter(counter)).encrypt(text)
