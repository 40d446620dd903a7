"""Reading and writing the presentation language, field by named field.  RFC 9846 section 3.

Numbers are big-endian; `opaque8("cookie")` is a vector with a one-byte length, and `vector16("extensions")`
opens one to read or write the elements inside.  Every call names its field, so an observer can show path,
offset, length and value of everything on the wire, with no second description of any format.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias, TypeVar

from handshake.errors import DecodeError

Observer: TypeAlias = Callable[[object], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message, as an observer sees it."""

    path: str  # such as "client_hello.extensions[3].key_share.group"
    offset: int  # bytes from the start of the handshake message, its header included
    length: int  # bytes, a vector's own length prefix not counted
    value: int | bytes
    names: type[IntEnum] | None  # what the numbers of this field mean


@dataclass(frozen=True, slots=True)
class Length:
    """The number before a vector, as an observer sees it: with the `Field`s, every byte of a message."""

    path: str  # the vector's, such as "client_hello.cipher_suites"
    offset: int  # bytes from the start of the handshake message
    length: int  # bytes of the number itself
    value: int  # bytes of the vector


class Reader:
    """Reads the fields of `data` in order; anything that does not fit is a DecodeError."""

    def __init__(self, data: bytes, observe: Observer | None = None, path: str = "", offset: int = 0) -> None:
        self._data = data
        self._position = 0
        self._observe = observe
        self._path = path
        self._offset = offset  # of data[0] within the message

    @property
    def left(self) -> int:
        """Bytes that are left to read."""
        return len(self._data) - self._position

    @property
    def more(self) -> bool:
        """Whether anything is left to read."""
        return self.left > 0

    def uint8(self, name: str, names: type[IntEnum] | None = None) -> int:
        return self._uint(name, 1, names)

    def uint16(self, name: str, names: type[IntEnum] | None = None) -> int:
        return self._uint(name, 2, names)

    def uint32(self, name: str) -> int:
        return self._uint(name, 4, None)

    def uint64(self, name: str) -> int:
        return self._uint(name, 8, None)

    def opaque(self, name: str, size: int) -> bytes:
        """`opaque name[size]`: exactly `size` bytes."""
        start = self._position
        value = self._take(name, size)
        self._saw(name, start, value)
        return value

    def opaque8(self, name: str, minimum: int = 0, maximum: int = 2**8 - 1) -> bytes:
        """`opaque name<minimum..maximum>` with a length of one byte."""
        return self._opaque(name, 1, minimum, maximum)

    def opaque16(self, name: str, minimum: int = 0) -> bytes:
        return self._opaque(name, 2, minimum, 2**16 - 1)

    def opaque24(self, name: str, minimum: int = 0) -> bytes:
        return self._opaque(name, 3, minimum, 2**24 - 1)

    def vector8(self, name: str, minimum: int = 0) -> "Reader":
        """A reader over the elements of a vector with a length of one byte; `minimum` counts bytes."""
        return self._vector(name, 1, minimum)

    def vector16(self, name: str, minimum: int = 0) -> "Reader":
        return self._vector(name, 2, minimum)

    def vector24(self, name: str) -> "Reader":
        return self._vector(name, 3, 0)

    def rest(self, name: str) -> bytes:
        """All that is left, for formats that are somebody else's business."""
        return self.opaque(name, self.left)

    def items(self) -> Iterator["Reader"]:
        """This reader once for each element that is left, its path saying which."""
        path, index = self._path, 0
        while self.more:
            self._path = f"{path}[{index}]"
            yield self
            index += 1
        self._path = path

    def within(self, name: str) -> "Reader":
        """This reader, its path one name longer: for a structure inside a structure."""
        self._path = self._join(name)
        return self

    def end(self) -> None:
        """Refuse what is left over: a message is as long as its fields say (sections 4.3 and 6)."""
        if self.more:
            raise DecodeError(f"{self._path}: {self.left} bytes too many")

    def _uint(self, name: str, size: int, names: type[IntEnum] | None) -> int:
        start = self._position
        value = int.from_bytes(self._take(name, size), "big")
        if self._observe is not None:
            self._observe(Field(self._join(name), self._offset + start, size, value, names))
        return value

    def _opaque(self, name: str, length_size: int, minimum: int, maximum: int) -> bytes:
        length = self._length(name, length_size, minimum, maximum)
        start = self._position
        value = self._take(name, length)
        self._saw(name, start, value)
        return value

    def _vector(self, name: str, length_size: int, minimum: int) -> "Reader":
        length = self._length(name, length_size, minimum, 256**length_size - 1)
        start = self._position
        elements = self._take(name, length)
        return Reader(elements, self._observe, self._join(name), self._offset + start)

    def _length(self, name: str, size: int, minimum: int, maximum: int) -> int:
        start = self._position
        length = int.from_bytes(self._take(name, size), "big")
        if self._observe is not None:  # even if it is refused
            self._observe(Length(self._join(name), self._offset + start, size, length))
        if not minimum <= length <= maximum:  # sections 3.4 and 6 [9]
            raise DecodeError(f"{self._join(name)}: {length} bytes, must be {minimum} to {maximum}")
        return length

    def _take(self, name: str, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):  # section 6 [9]
            raise DecodeError(f"{self._join(name)}: {size} bytes expected, {self.left} left")
        value = self._data[self._position : end]
        self._position = end
        return value

    def _saw(self, name: str, start: int, value: bytes) -> None:
        if self._observe is not None:
            self._observe(Field(self._join(name), self._offset + start, len(value), value, None))

    def _join(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path and name else self._path or name


class Writer:
    """Writes fields in order, the mirror of `Reader`; a value out of range is the caller's ValueError."""

    def __init__(self, observe: Observer | None = None, path: str = "") -> None:
        self._data = bytearray()
        self._observe = observe
        self._path = path

    def getvalue(self) -> bytes:
        """All that was written."""
        return bytes(self._data)

    def uint8(self, name: str, value: int, names: type[IntEnum] | None = None) -> None:
        self._uint(name, value, 1, names)

    def uint16(self, name: str, value: int, names: type[IntEnum] | None = None) -> None:
        self._uint(name, value, 2, names)

    def uint32(self, name: str, value: int) -> None:
        self._uint(name, value, 4, None)

    def uint64(self, name: str, value: int) -> None:
        self._uint(name, value, 8, None)

    def opaque(self, name: str, value: bytes) -> None:
        """`opaque name[len(value)]`: the bytes alone, no length before them."""
        if self._observe is not None:
            self._observe(Field(self._join(name), len(self._data), len(value), value, None))
        self._data += value

    def opaque8(self, name: str, value: bytes) -> None:
        self._opaque(name, value, 1)

    def opaque16(self, name: str, value: bytes) -> None:
        self._opaque(name, value, 2)

    def opaque24(self, name: str, value: bytes) -> None:
        self._opaque(name, value, 3)

    @contextmanager
    def vector8(self, name: str) -> Iterator["Writer"]:
        """Everything written inside the `with` block is one vector with a length of one byte."""
        yield from self._vector(name, 1)

    @contextmanager
    def vector16(self, name: str) -> Iterator["Writer"]:
        yield from self._vector(name, 2)

    @contextmanager
    def vector24(self, name: str) -> Iterator["Writer"]:
        yield from self._vector(name, 3)

    @contextmanager
    def within(self, name: str) -> Iterator["Writer"]:
        """A structure inside a structure: inside the `with` block the path is one name longer."""
        path, self._path = self._path, self._join(name)
        yield self
        self._path = path

    def items(self, values: Iterable[T]) -> Iterator[T]:
        """The values one by one, the path saying which of them is being written."""
        path = self._path
        for index, value in enumerate(values):
            self._path = f"{path}[{index}]"
            yield value
        self._path = path

    def _uint(self, name: str, value: int, size: int, names: type[IntEnum] | None) -> None:
        if not 0 <= value < 256**size:
            raise ValueError(f"{self._join(name)}: {value} does not fit {size} bytes")
        if self._observe is not None:
            self._observe(Field(self._join(name), len(self._data), size, value, names))
        self._data += value.to_bytes(size, "big")

    def _opaque(self, name: str, value: bytes, length_size: int) -> None:
        self._data += self._length(name, len(self._data), len(value), length_size)
        self.opaque(name, value)

    def _vector(self, name: str, length_size: int) -> Iterator["Writer"]:
        start = len(self._data)
        self._data += bytes(length_size)
        with self.within(name):
            yield self
        content = len(self._data) - start - length_size
        self._data[start : start + length_size] = self._length(name, start, content, length_size)

    def _length(self, name: str, start: int, length: int, size: int) -> bytes:
        if length >= 256**size:
            raise ValueError(f"{self._join(name)}: {length} bytes do not fit a length of {size} bytes")
        if self._observe is not None:
            self._observe(Length(self._join(name), start, size, length))
        return length.to_bytes(size, "big")

    def _join(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path and name else self._path or name
