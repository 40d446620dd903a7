"""Whole handshake messages, from records that cut them up or hold several.  RFC 9846 section 5.1.

buffer.add(content of a record)
while (raw := buffer.next_message()) is not None: ...
"""

from handshake.errors import DecodeError
from handshake.messages import HEADER_SIZE

MAX_MESSAGE = 2**17  # bytes; a chain of ten large certificates fits


class MessageBuffer:
    """What has been received of handshake messages and not been taken; true where that is something."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def add(self, content: bytes) -> None:
        self._bytes += content

    def next_message(self) -> bytes | None:
        """Remove and return the next message, header included; None if it is not whole yet.

        DecodeError for one that says it is longer than MAX_MESSAGE: nobody waits for the rest of it.
        """
        if len(self._bytes) < HEADER_SIZE:
            return None
        length = int.from_bytes(self._bytes[1:HEADER_SIZE], "big")
        if length > MAX_MESSAGE:
            raise DecodeError(f"a handshake message of {length} bytes, at most {MAX_MESSAGE}")
        end = HEADER_SIZE + length
        if len(self._bytes) < end:
            return None
        raw = bytes(self._bytes[:end])
        del self._bytes[:end]
        return raw

    def clear(self) -> None:
        self._bytes.clear()
