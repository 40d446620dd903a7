"""What a peer can do wrong at the record layer.

Each class is one kind of fault; which alert answers it is decided in `handshake/errors.py`, where the
one table of alerts stands.
"""


class RecordError(Exception):
    """Base of all faults of the record layer: the peer's, never the caller's."""


class RecordOverflow(RecordError):
    """A record longer than RFC 9846 sections 5.1 and 5.2 allow."""


class UnexpectedRecord(RecordError):
    """A record of a type that may not come now, or with nothing in it (sections 5 and 5.4)."""


class BadRecord(RecordError):
    """A protected record that did not open: altered, reordered, replayed or forged (section 5.2)."""


class MalformedAlert(RecordError):
    """An alert record that does not hold exactly one alert of two bytes (sections 5.1 and 6)."""
