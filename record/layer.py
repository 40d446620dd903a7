"""The two halves of the record layer as a connection uses them.  RFC 9846 section 5.

`RecordReader` turns received bytes into (content type, content); `RecordWriter` turns content into bytes
to send.  Each half starts in the clear and is given one `RecordProtection` after another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from record import alert, framing, padding
from record.content_type import ContentType
from record.errors import BadRecord, RecordOverflow, UnexpectedRecord
from record.framing import MAX_CIPHERTEXT, Record, RecordBuffer
from record.padding import Policy
from record.protection import MAX_INNER_PLAINTEXT, RecordProtection

CHANGE_CIPHER_SPEC = b"\x01"  # the one value that may be seen, and is dropped (section 5)


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """What an observer sees of a record that no key protects, or none that we have."""

    operation: str  # "read", "write", or "skip" for early data that are dropped unopened
    header: bytes
    content_type: ContentType
    content: bytes = field(repr=False)


class RecordReader:
    """Received bytes, one opened record at a time."""

    def __init__(self, observe: Callable[[object], None] | None = None) -> None:
        self._observe = observe
        self._buffer = RecordBuffer()
        self._protection: RecordProtection | None = None
        self._max_ciphertext = MAX_CIPHERTEXT
        self._skippable = 0  # bytes of early data that may still be dropped
        self.drops_change_cipher_spec = False  # true from the first ClientHello to the peer's Finished

    def receive(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        self._buffer.receive(data)

    def read_with(self, protection: RecordProtection) -> None:
        """From the next record on, accept only what opens under `protection`."""
        self._protection = protection

    def limit(self, inner_plaintext_size: int) -> None:
        """From the next record on, refuse protected ones that hold more (RFC 8449 section 4).

        Content, type and padding count together.
        """
        self._max_ciphertext = min(inner_plaintext_size, MAX_INNER_PLAINTEXT) + RecordProtection.TAG_SIZE

    def skip_early_data(self, budget: int) -> None:
        """Drop the early data that are on their way though we have refused them (section 4.3.10).

        They are under a key that we do not have.  Before there are keys, after a HelloRetryRequest, they are
        what looks protected, until anything else comes; later on what does not open, until something does.
        Not more than `budget` bytes of records are dropped, headers included: then they are a fault again.
        """
        self._skippable = budget

    def next_content(self) -> tuple[ContentType, bytes] | None:
        """Open the next record and return its type and content; None until more bytes arrive.

        Raises a RecordError; nothing more may be read after it.
        """
        # Who sent early data did not know our limit yet.
        while record := self._buffer.next_record(MAX_CIPHERTEXT if self._skippable else self._max_ciphertext):
            protected = record.content_type is ContentType.APPLICATION_DATA
            if self._protection is None and protected and self._skip(record):
                continue
            if self._observe is not None and (self._protection is None or not protected):
                self._observe(PlainRecord("read", record.header, record.content_type, record.fragment))
            if record.content_type is ContentType.CHANGE_CIPHER_SPEC:  # section 5 [1]
                self._check_change_cipher_spec(record)
                continue
            if self._protection is None:
                self._skippable = 0
                return _unprotected(record)
            if not protected:
                # Once keys are in place nothing in the clear is believed, least of all a close_notify.
                raise UnexpectedRecord(_forgeable(record))
            if (opened := self._open(self._protection, record)) is not None:
                return opened
        return None

    def _open(self, protection: RecordProtection, record: Record) -> tuple[ContentType, bytes] | None:
        """Open a protected record; None if it is dropped."""
        try:
            opened = protection.open(record)  # section 4.7.3 [8]
        except BadRecord:
            if not self._skip(record):
                raise
            protection.sequence_number = 0  # under this key nothing has come yet
            return None
        self._skippable = 0
        if len(record.fragment) > self._max_ciphertext:  # RFC 8449 section 4
            raise RecordOverflow(
                f"a record of {len(record.fragment)} bytes, at most {self._max_ciphertext} allowed"
            )
        return opened

    def _skip(self, record: Record) -> bool:
        """Whether the record is early data, to be dropped (section 4.3.10)."""
        self._skippable -= framing.HEADER_SIZE + len(record.fragment)
        if self._skippable < 0:
            return False
        if self._observe is not None:
            self._observe(PlainRecord("skip", record.header, record.content_type, record.fragment))
        return True

    def _check_change_cipher_spec(self, record: Record) -> None:
        """Return if the record is to be dropped without further processing (section 5)."""
        if not self.drops_change_cipher_spec:  # section 5 [3]
            raise UnexpectedRecord("change_cipher_spec outside the handshake")
        if record.fragment != CHANGE_CIPHER_SPEC:  # section 5 [2]
            raise UnexpectedRecord(f"change_cipher_spec of value {record.fragment[:8].hex() or 'nothing'}")


def _forgeable(record: Record) -> str:
    """What to say about a record in the clear.

    A client that has no keys of its own yet complains in the clear, for instance about our certificate
    (appendix A.1), and the reader of a log wants to know of what.
    """
    if record.content_type is ContentType.ALERT and (said := alert.name_in(record.fragment)):
        return f"an unprotected alert, {said}, by the peer or by anybody on the way"
    return f"an unprotected {record.content_type.name.lower()} record"


def _unprotected(record: Record) -> tuple[ContentType, bytes]:
    if record.content_type is ContentType.APPLICATION_DATA:  # section 5.1 [18]: always protected
        raise UnexpectedRecord("application data before there are keys")
    # section 5.4 [3]
    if not record.fragment:  # section 5.1
        raise UnexpectedRecord(f"an empty {record.content_type.name.lower()} record")
    return record.content_type, record.fragment


class RecordWriter:
    """Content, cut into records and sealed; what is written waits here until it is taken to be sent."""

    def __init__(
        self,
        first_legacy_version: int = framing.LEGACY_VERSION,
        observe: Callable[[object], None] | None = None,
        padding_policy: Policy = padding.none,
    ) -> None:
        self._observe = observe
        self._padding_policy = padding_policy
        self._max_inner_plaintext = MAX_INNER_PLAINTEXT
        self._protection: RecordProtection | None = None
        self._legacy_version = first_legacy_version
        self._unsent = bytearray()
        self._ended = False

    def write_with(self, protection: RecordProtection | None) -> None:
        """Seal everything that is written from now on under `protection`; None: in the clear again."""
        self._protection = protection

    def limit(self, inner_plaintext_size: int) -> None:
        """Seal no more into one record from now on (RFC 8449 section 4); more than we ever do is no limit.

        Content, type and padding count together.
        """
        self._max_inner_plaintext = min(inner_plaintext_size, MAX_INNER_PLAINTEXT)

    @property
    def max_content(self) -> int:
        """How many bytes of content fit one protected record."""
        return self._max_inner_plaintext - 1  # the type

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
        if self._protection is None:
            for fragment in framing.fragments(content):
                self._write_plain(content_type, fragment, self._legacy_version)
        else:
            for fragment in framing.fragments(content, self.max_content):
                room = self.max_content - len(fragment)
                zeros = min(self._padding_policy(len(fragment), room), room)  # section 5.4
                self._unsent += self._protection.seal(content_type, fragment, zeros)
        self._legacy_version = framing.LEGACY_VERSION  # section 5.1 [12, 17]

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
