"""One side of an overheard conversation: what it has said, and what that is sealed with.

Tested by      tests/tls/test_eavesdropper.py
"""

from handshake.codec import Observer
from handshake.constants import Role
from handshake.key_schedule import TrafficSecret
from handshake.message_buffer import MessageBuffer
from record.framing import RecordBuffer
from record.layer import PlainRecord
from record.protection import ProtectedRecord, RecordProtection


class Side:
    """What one of the two says, and what it is sealed with."""

    def __init__(self, sender: Role) -> None:
        self.sender = sender
        self.records = RecordBuffer()
        self.messages = MessageBuffer()
        self.heard: list[PlainRecord | ProtectedRecord] = []  # and not told yet
        self.secret: TrafficSecret | None = None  # in force, as is the next
        self.protection: RecordProtection | None = None
        self.coming: TrafficSecret | None = None  # in force from the next sealed record on
        self.stray = False  # whether early data that cannot be opened may come first
        self.finished = False  # whether its Finished has been heard
        self.closed = 0  # records that were not opened
        self.lost = False  # whether nothing more can be understood

    def tell(self, observe: Observer) -> None:
        """Tell what has been heard and not been told."""
        for record in self.heard:
            observe(record)
        self.heard.clear()

    def use(self, secret: TrafficSecret | None) -> None:
        """Open what comes next with this secret; None: it stays closed."""
        self.coming, self.secret = None, secret
        self.protection = secret.protection() if secret is not None else None

    def use_what_is_coming(self) -> None:
        if self.coming is not None:
            self.use(self.coming)
