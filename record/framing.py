"""From bytes to records and back: a five-byte header, then a bounded fragment.  RFC 9846 section 5.1.

    struct {
        ContentType type;
        ProtocolVersion legacy_record_version;     ignored when read
        uint16 length;
        opaque fragment[TLSPlaintext.length];
    } TLSPlaintext;

This is where every received byte enters.  The type and the length are judged as soon as the header is
there, so what a peer can make us buffer is bounded by one record.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from record.content_type import ContentType
from record.errors import RecordOverflow, UnexpectedRecord

HEADER_SIZE = 5  # bytes
MAX_PLAINTEXT = 2**14  # bytes of content in one record (section 5.1)
MAX_CIPHERTEXT = 2**14 + 256  # bytes of encrypted_record (section 5.2)
LEGACY_VERSION = 0x0303  # on every record but the first ClientHello's (section 5.1)
# appendix E.5 [10]
FIRST_LEGACY_VERSION = 0x0301  # on the initial ClientHello, for the sake of old servers (section 5.1)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stood on the wire, header included: the AEAD authenticates those five bytes."""

    content_type: ContentType
    header: bytes
    fragment: bytes


def frame(content_type: ContentType, fragment: bytes, legacy_version: int = LEGACY_VERSION) -> bytes:
    """Put a header before `fragment`, which is at most MAX_PLAINTEXT bytes."""
    return header(content_type, len(fragment), legacy_version) + fragment


def header(content_type: ContentType, length: int, legacy_version: int = LEGACY_VERSION) -> bytes:
    """The five bytes before a fragment of `length` bytes; also the AEAD's additional data (section 5.2)."""
    return bytes([content_type]) + legacy_version.to_bytes(2, "big") + length.to_bytes(2, "big")


def length_in(header: bytes | bytearray) -> int:
    """How long the fragment is that a record's header announces."""
    return int.from_bytes(header[3:HEADER_SIZE], "big")  # section 5.1 [13]


def fragments(content: bytes, size: int = MAX_PLAINTEXT) -> Iterator[bytes]:  # section 5.4 [2]
    """Cut content into pieces of at most `size` bytes, for a record each; nothing at all gives no piece."""
    for start in range(0, len(content), size):  # section 5.1 [8, 14]
        yield content[start : start + size]


class RecordBuffer:
    """Received bytes, handed out as whole records however they were cut up on the way."""

    def __init__(self) -> None:
        self._received = bytearray()

    def receive(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        self._received += data

    def next_record(self, max_ciphertext: int = MAX_CIPHERTEXT) -> Record | None:
        """Remove and return the first record, or None until all of it has arrived.

        Raises UnexpectedRecord on an unknown type and RecordOverflow on a length out of bounds; those of
        protected records may be tightened.
        """
        if not self._received:
            return None
        content_type = _known_type(self._received[0])
        if len(self._received) < HEADER_SIZE:
            return None
        length = length_in(self._received)
        limit = max_ciphertext if content_type is ContentType.APPLICATION_DATA else MAX_PLAINTEXT
        if length > limit:  # sections 5.1 [15] and 5.2 [2]
            raise RecordOverflow(f"a record of {length} bytes, at most {limit} allowed")
        end = HEADER_SIZE + length
        if len(self._received) < end:
            return None
        record = bytes(self._received[:end])
        del self._received[:end]  # cheap, however much follows: it only moves its start
        return Record(content_type, record[:HEADER_SIZE], record[HEADER_SIZE:])


def _known_type(byte: int) -> ContentType:  # appendix E.5 [6]
    try:
        return ContentType(byte)
    except ValueError:  # section 5 [5]: unexpected record types end the connection
        raise UnexpectedRecord(f"content type {byte} is none of TLS: is the peer speaking TLS?") from None
