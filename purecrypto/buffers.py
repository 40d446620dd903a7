"""What callers may pass as bytes, and the one way in which every primitive checks it.

A wrong type is a `TypeError` and a wrong length a `ValueError`: the caller's bug, never a peer's fault.
"""

from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


def as_bytes(value: Buffer, name: str) -> bytes:
    """Return `value` as bytes; TypeError when it is text, a number or anything else."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{name} must be bytes, bytearray or memoryview, not {type(value).__name__}")


def exactly(value: Buffer, length: int, name: str) -> bytes:
    """Return `value` as `length` bytes; ValueError when it has another length."""
    data = as_bytes(value, name)
    if len(data) != length:
        raise ValueError(f"{name} must be {length} bytes long, got {len(data)}")
    return data
