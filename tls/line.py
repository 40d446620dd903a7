"""The line to the peer: records and handshake messages in both directions, and the secrets they are under.
RFC 9846 sections 5 and 7.2.

    line.reader.receive(data)      bytes in; content and messages come out of `reader` and `received`
    line.say(raw)                  a message of our flight, which leaves as a whole
    line.read_with(secret)         from here on under new keys: between two messages, never within one

It sees to it that no message has its beginning under one key and its end under the next.  Who may say what,
and when, is for story and connection.
"""

from handshake.codec import Observer
from handshake.errors import UnexpectedMessage
from handshake.key_schedule import TrafficSecret
from handshake.message_buffer import MessageBuffer
from record.content_type import ContentType
from record.layer import RecordReader, RecordWriter
from record.padding import Policy

LAST_RECORDS = 2  # kept back under each key: for a KeyUpdate and an alert


class Line:
    """Both directions of one connection.

    reader, writer           the records
    received                 what has come of handshake messages and has not been acted on
    reads_with, writes_with  the secrets of each direction; None: in the clear
    """

    def __init__(self, first_legacy_version: int, observe: Observer | None, padding_policy: Policy) -> None:
        self.reader = RecordReader(observe)
        self.writer = RecordWriter(first_legacy_version, observe, padding_policy)
        self.received = MessageBuffer()
        self.reads_with: TrafficSecret | None = None
        self.writes_with: TrafficSecret | None = None
        self._flight = bytearray()  # messages of ours, until the keys change or the flight ends

    def say(self, raw: bytes) -> None:
        """Add a handshake message to our flight."""
        self._flight += raw

    def flush(self) -> None:
        """Write the flight, in as few records as it takes."""
        self.writer.write(ContentType.HANDSHAKE, bytes(self._flight))  # section 5.1 [2]
        self._flight.clear()

    def read_with(self, secret: TrafficSecret) -> None:
        """Open everything from now on under `secret`.  UnexpectedMessage if a message has begun before."""
        if self.received:  # section 5.1 [5, 6]
            raise UnexpectedMessage("handshake bytes left over where the keys change")
        self.reads_with = secret  # section 7.2 [1]
        self.reader.read_with(secret.protection())

    def write_with(self, secret: TrafficSecret | None) -> None:
        """Seal everything from now on under `secret`; None: in the clear again."""
        self.flush()  # messages end where keys change (section 5.1 [4, 7])
        self.writes_with = secret  # section 7.2 [1]
        self.writer.write_with(secret.protection() if secret else None)

    @property
    def is_worn(self) -> bool:
        """Whether our AEAD's limit on one key is reached, but for the last records (section 5.5)."""
        assert self.writes_with is not None
        return self.writer.records_sealed >= self.writes_with.suite.max_records - LAST_RECORDS

    def let_go(self) -> None:
        """Forget keys and buffers; what has been written can still be sent (section 6)."""
        # section 6 [4], appendix F.1.4 [1]
        self.reads_with = self.writes_with = None
        self.reader = RecordReader()
        self.writer.end()
        self.received.clear()
        self._flight.clear()
