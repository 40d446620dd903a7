"""Everything that can be reached from an object: what a thief of memory would find."""

import gc
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

CODE = (type, ModuleType, FunctionType)  # belongs to the program and holds nothing of a connection


def objects(root: object) -> Iterator[Any]:
    """`root` and all that it refers to, at any depth; classes, modules and functions are passed over."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, CODE):
            continue
        seen.add(id(found))
        yield found
        waiting += gc.get_referents(found)


def holds(root: object, secret: bytes) -> bool:
    """Whether these bytes lie anywhere in what can be reached, as bytes or as an integer's."""
    as_integers = {int.from_bytes(secret, "big"), int.from_bytes(secret, "little")}
    return any(
        (isinstance(found, (bytes, bytearray)) and secret in found)
        or (isinstance(found, int) and found in as_integers)
        for found in objects(root)
    )
