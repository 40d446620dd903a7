"""sha256py: one hash."""

from collections.abc import Callable
from typing import Any

from sha256py import core

from benchmarks.contenders import Contender


class Library(Contender):
    name = "sha256py"
    distribution = "sha256py"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        return lambda: core.Sha256(data).digest()
