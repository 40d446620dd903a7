"""The two halves of the record layer as a connection uses them.  RFC 9846 section 5.

`RecordReader` turns received bytes into (content type, content); `RecordWriter` turns content into bytes
to send.  Each half starts in the clear and is given one `RecordProtection` after another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from record import framing
from record.alert import ALERT_SIZE, Alert
from record.content_type import ContentType
from record.errors import UnexpectedRecord
from record.framing import Record, RecordBuffer
from record.protection import RecordProtection

CHANGE_CIPHER_SPEC = b"\x01"  # the one value that may be seen, and is dropped (section 5)


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """What an observer sees of a record that no key protects."""

    operation: str  # "read" or "write"
    header: bytes
    content_type: ContentType
    content: bytes = field(repr=False)


class RecordReader:
    """Received bytes, one opened record at a time."""

    def __init__(self, observe: Callable[[object], None] | None = None) -> None:
        self._observe = observe
        self._buffer = RecordBuffer()
        self._protection: RecordProtection | None = None
        self.drops_change_cipher_spec = False  # true from the first ClientHello to the peer's Finished

    def receive(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        self._buffer.receive(data)

    def read_with(self, protection: RecordProtection) -> None:
        """From the next record on, accept only what opens under `protection`."""
        self._protection = protection

    def next_content(self) -> tuple[ContentType, bytes] | None:
        """Open the next record and return its type and content; None until more bytes arrive.

        Raises a RecordError; nothing more may be read after it.
        """
        while (record := self._buffer.next_record()) is not None:
            protected = self._protection is not None and record.content_type is ContentType.APPLICATION_DATA
            if self._observe is not None and not protected:
                self._observe(PlainRecord("read", record.header, record.content_type, record.fragment))
            if record.content_type is ContentType.CHANGE_CIPHER_SPEC:
                self._check_change_cipher_spec(record)
                continue
            if self._protection is None:
                return _unprotected(record)
            if not protected:
                # Once keys are in place nothing in the clear is believed, least of all a close_notify.
                raise UnexpectedRecord(_forgeable(record))
            return self._protection.open(record)
        return None

    def _check_change_cipher_spec(self, record: Record) -> None:
        """Return if the record is to be dropped without further processing (section 5)."""
        if not self.drops_change_cipher_spec:
            raise UnexpectedRecord("change_cipher_spec outside the handshake")
        if record.fragment != CHANGE_CIPHER_SPEC:
            raise UnexpectedRecord(f"change_cipher_spec of value {record.fragment[:8].hex() or 'nothing'}")


def _forgeable(record: Record) -> str:
    """What to say about a record in the clear.

    A client that has no keys of its own yet complains in the clear, for instance about our certificate
    (appendix A.1), and the reader of a log wants to know of what.
    """
    if record.content_type is ContentType.ALERT and len(record.fragment) == ALERT_SIZE:
        said = Alert.decode(record.fragment).name
        return f"an unprotected alert, {said}, by the peer or by anybody on the way"
    return f"an unprotected {record.content_type.name.lower()} record"


def _unprotected(record: Record) -> tuple[ContentType, bytes]:
    if record.content_type is ContentType.APPLICATION_DATA:  # section 5.1: always protected
        raise UnexpectedRecord("application data before there are keys")
    if not record.fragment:  # section 5.1
        raise UnexpectedRecord(f"an empty {record.content_type.name.lower()} record")
    return record.content_type, record.fragment


class RecordWriter:
    """Content, cut into records and sealed; what is written waits here until it is taken to be sent."""

    def __init__(
        self,
        first_legacy_version: int = framing.LEGACY_VERSION,
        observe: Callable[[object], None] | None = None,
    ) -> None:
        self._observe = observe
        self._protection: RecordProtection | None = None
        self._legacy_version = first_legacy_version
        self._unsent = bytearray()
        self._ended = False

    def write_with(self, protection: RecordProtection) -> None:
        """Seal everything that is written from now on under `protection`."""
        self._protection = protection

    @property
    def records_sealed(self) -> int:
        """How many records have been sealed under the key in use."""
        return 0 if self._protection is None else self._protection.sequence_number

    def write(self, content_type: ContentType, content: bytes) -> None:
        """Write content of any length in records of one type.

        The caller writes whole flights, so that records end where keys change (section 5.1).  ValueError
        after `end`.
        """
        if self._ended:
            raise ValueError("the writer has ended: it has no key any more")
        for fragment in framing.fragments(content):
            if self._protection is None:
                self._write_plain(content_type, fragment, self._legacy_version)
            else:
                self._unsent += self._protection.seal(content_type, fragment)
        self._legacy_version = framing.LEGACY_VERSION

    def write_change_cipher_spec(self) -> None:
        """Write the record that makes TLS 1.3 look like TLS 1.2 to middleboxes (appendix E.4)."""
        self._write_plain(ContentType.CHANGE_CIPHER_SPEC, CHANGE_CIPHER_SPEC, framing.LEGACY_VERSION)

    def end(self) -> None:
        """Let the key go (section 6): what is waiting can still be taken, but nothing more be written."""
        self._protection = None
        self._ended = True

    def data_to_send(self) -> bytes:
        """Remove and return all that is waiting."""
        data = bytes(self._unsent)
        self._unsent.clear()
        return data

    def _write_plain(self, content_type: ContentType, fragment: bytes, legacy_version: int) -> None:
        record = framing.frame(content_type, fragment, legacy_version)
        if self._observe is not None:
            self._observe(PlainRecord("write", record[: framing.HEADER_SIZE], content_type, fragment))
        self._unsent += record
