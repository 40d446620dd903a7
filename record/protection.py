"""Sealing and opening records: one direction, one key, a sequence number that never repeats.
RFC 9846 sections 5.2 to 5.4.

    struct {
        opaque content[TLSPlaintext.length];
        ContentType type;                      the true type, hidden from the wire
        uint8 zeros[length_of_padding];
    } TLSInnerPlaintext;

The nonce is the write iv XOR the sequence number, which both sides count and nobody sends: a record
that was dropped, repeated or moved is opened under another nonce than it was sealed with, and its tag
does not match.  The header is authenticated as additional data.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from purecrypto.errors import InvalidTag
from record import framing
from record.content_type import ContentType
from record.errors import BadRecord, RecordOverflow, UnexpectedRecord
from record.framing import Record

MAX_SEQUENCE_NUMBER = 2**64 - 1  # whoever seals changes keys before, at the AEAD's own limit (section 5.5)
MAX_INNER_PLAINTEXT = framing.MAX_PLAINTEXT + 1  # bytes: content, type and padding together (section 5.4)


class AEAD(Protocol):
    """The shape of an AEAD under its key: what purecrypto's ciphers offer."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ProtectedRecord:
    """What an observer sees of one record: secrets included, so only where somebody asked for it."""

    operation: str  # "seal" or "open"
    sequence_number: int
    nonce: bytes
    header: bytes
    content_type: ContentType
    content: bytes = field(repr=False)
    padding: int  # zero bytes after the content type
    sealed: bytes = field(repr=False)


class RecordProtection:
    """Protects the records of one direction under one traffic key (section 5.2).

    aead      an AEAD under the write key
    iv        the write iv; its length is the nonce's
    """

    # section 5.2 [4]
    TAG_SIZE = 16  # bytes, of every AEAD that TLS 1.3 defines

    def __init__(self, aead: AEAD, iv: bytes, observe: Callable[[object], None] | None = None) -> None:
        self._aead = aead
        self._iv = int.from_bytes(iv, "big")
        self._iv_size = len(iv)
        self._observe = observe
        self.sequence_number = 0  # of the next record (section 5.3 [1])

    def seal(self, content_type: ContentType, content: bytes, padding: int = 0) -> bytes:
        """Return the whole protected record, header included; content and padding fit one record."""
        if len(content) + 1 + padding > MAX_INNER_PLAINTEXT:  # sections 5.2 [1] and 5.4 [6]
            raise ValueError(f"content and padding exceed {MAX_INNER_PLAINTEXT - 1} bytes")
        if self.sequence_number > MAX_SEQUENCE_NUMBER:  # section 5.3 [2]
            raise AssertionError("2^64 records under one key: it should have been changed long before")
        inner = content + bytes([content_type]) + bytes(padding)  # section 5.4 [1]
        header = framing.header(ContentType.APPLICATION_DATA, len(inner) + self.TAG_SIZE)
        sequence_number, nonce = self._next_nonce()
        sealed = self._aead.encrypt(nonce, inner, header)
        if self._observe is not None:
            self._observe(
                ProtectedRecord(
                    "seal", sequence_number, nonce, header, content_type, content, padding, sealed
                )
            )
        return header + sealed

    def open(self, record: Record) -> tuple[ContentType, bytes]:  # section 5.5 [3]
        """Return a protected record's true type and content.

        Raises BadRecord, RecordOverflow or UnexpectedRecord: the peer's fault, and the end of the
        connection in each case.
        """
        if self.sequence_number > MAX_SEQUENCE_NUMBER:  # section 5.3
            raise BadRecord("2^64 records under one key")
        sequence_number, nonce = self._next_nonce()
        try:
            inner = self._aead.decrypt(nonce, record.fragment, record.header)
        except InvalidTag:  # section 5.2 [3]
            raise BadRecord(f"record {sequence_number} under this key does not open") from None
        if len(inner) > MAX_INNER_PLAINTEXT:  # section 5.4 [6]
            raise RecordOverflow(f"an inner plaintext of {len(inner)} bytes, at most {MAX_INNER_PLAINTEXT}")
        unpadded = inner.rstrip(b"\x00")  # section 5.4 [4]
        if not unpadded:  # section 5.4 [5]
            raise UnexpectedRecord("a record of nothing but padding: no content type")
        content_type, content = _true_type(unpadded[-1]), unpadded[:-1]
        if not content and content_type is not ContentType.APPLICATION_DATA:  # section 5.4 [3]
            raise UnexpectedRecord(f"an empty {content_type.name.lower()} record")
        if self._observe is not None:
            padding = len(inner) - len(unpadded)
            self._observe(
                ProtectedRecord(
                    "open",
                    sequence_number,
                    nonce,
                    record.header,
                    content_type,
                    content,
                    padding,
                    record.fragment,
                )
            )
        return content_type, content

    def _next_nonce(self) -> tuple[int, bytes]:
        """The sequence number, and its XOR with the iv (section 5.3)."""
        sequence_number = self.sequence_number
        self.sequence_number += 1
        return sequence_number, (self._iv ^ sequence_number).to_bytes(self._iv_size, "big")


def _true_type(byte: int) -> ContentType:
    if byte == ContentType.CHANGE_CIPHER_SPEC:  # section 5 [2]: never protected
        raise UnexpectedRecord("a protected change_cipher_spec")
    try:
        return ContentType(byte)
    except ValueError:  # section 5 [5]
        raise UnexpectedRecord(f"content type {byte} inside a protected record") from None
