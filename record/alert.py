"""Alerts: two bytes that close one direction of a connection, or refuse it altogether.  RFC 9846 section 6.

In TLS 1.3 the severity follows from the description: `close_notify` and `user_canceled` are closure
alerts, everything else, unknown descriptions included, is fatal whatever the level byte says.
"""

from dataclasses import dataclass
from enum import IntEnum

from record.errors import MalformedAlert

ALERT_SIZE = 2  # bytes: level, description


class AlertLevel(IntEnum):
    """A legacy field, written as section 6 asks and ignored when read."""

    WARNING = 1
    FATAL = 2


class AlertDescription(IntEnum):
    """Why the sender stops (sections 6.1 and 6.2)."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    RECORD_OVERFLOW = 22
    HANDSHAKE_FAILURE = 40
    BAD_CERTIFICATE = 42
    UNSUPPORTED_CERTIFICATE = 43
    CERTIFICATE_REVOKED = 44
    CERTIFICATE_EXPIRED = 45
    CERTIFICATE_UNKNOWN = 46
    ILLEGAL_PARAMETER = 47
    UNKNOWN_CA = 48
    ACCESS_DENIED = 49
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    INAPPROPRIATE_FALLBACK = 86
    USER_CANCELED = 90
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    UNRECOGNIZED_NAME = 112
    BAD_CERTIFICATE_STATUS_RESPONSE = 113
    UNKNOWN_PSK_IDENTITY = 115
    CERTIFICATE_REQUIRED = 116
    GENERAL_ERROR = 117  # new in RFC 9846
    NO_APPLICATION_PROTOCOL = 120


CLOSURE_ALERTS = frozenset({AlertDescription.CLOSE_NOTIFY, AlertDescription.USER_CANCELED})


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.  `description` is an `AlertDescription`, or a plain int that nobody has assigned yet."""

    description: int

    @classmethod
    def decode(cls, fragment: bytes) -> "Alert":
        """Read the content of an alert record, which holds exactly one alert (section 5.1)."""
        if len(fragment) != ALERT_SIZE:  # section 5.1 [11]
            raise MalformedAlert(f"an alert record holds {ALERT_SIZE} bytes, got {len(fragment)}")
        _ignored_level, description = fragment  # section 6 [7]
        return cls(description)

    def encode(self) -> bytes:
        """Write the alert; closure alerts are warnings, all others fatal (sections 6.1 and 6.2)."""
        level = AlertLevel.WARNING if self.is_closure else AlertLevel.FATAL  # sections 6 [6] and 6.1 [2]
        return bytes([level, self.description])  # section 5.1 [9, 10]

    @property
    def is_closure(self) -> bool:
        """Whether this ends one direction in good order instead of reporting an error."""
        return self.description in CLOSURE_ALERTS


def name_of(description: int) -> str:
    """The RFC's spelling of an alert description; its number when it is not an assigned one."""
    try:
        return AlertDescription(description).name.lower()
    except ValueError:
        return f"unknown alert {description}"


def name_in(fragment: bytes) -> str:
    """The same of the content of an alert record; empty if that is not one alert."""
    return name_of(fragment[1]) if len(fragment) == ALERT_SIZE else ""
