"""The frames of rung 21: real TLS records, with names for those fields that an attacker would want.

The handshake's first two messages travel in the clear, and their layouts here fit what is written by
`handshake/client_offer.py` and `handshake/server.py`, whose last extension is the key share where nothing is
resumed.  Real programs read them with `handshake/messages.py`, which leaves nothing to the order of things.
"""

from collections.abc import Iterator

from handshake import messages
from journey.credentials import Role
from journey.layout import Field, Layout
from record.framing import HEADER_SIZE, MAX_PLAINTEXT
from record.protection import RecordProtection

RECORD = Layout(  # section 5.2; the content's true type is the last byte of the ciphertext
    Field("header", HEADER_SIZE),
    Field("ciphertext"),
    Field("tag", RecordProtection.TAG_SIZE),
)
CLIENT_HELLO = Layout(  # section 4.2.2
    Field("header", HEADER_SIZE),
    Field("message_header", 4),
    Field("legacy_version", 2),
    Field("random", 32),
    Field("legacy_session_id", prefix=1),
    Field("suites", prefix=2),
    Field("legacy_compression_methods", prefix=1),
    Field("extensions"),
    Field("share", 32),
)
SERVER_HELLO = Layout(  # section 4.2.3
    Field("header", HEADER_SIZE),
    Field("message_header", 4),
    Field("legacy_version", 2),
    Field("random", 32),
    Field("legacy_session_id_echo", prefix=1),
    Field("suite", 2),
    Field("legacy_compression_method", 1),
    Field("extensions"),
    Field("share", 32),
)
HANDSHAKE: tuple[tuple[Role, Layout], ...] = (
    ("client", CLIENT_HELLO),
    ("server", SERVER_HELLO),
    ("server", RECORD),  # EncryptedExtensions, Certificate, CertificateVerify and Finished, all in one
    ("client", RECORD),  # Finished
)

CERTIFICATES: type = messages.Certificate  # section 4.5.1

MORE, LAST = b"\0", b"\1"  # what stands at the end of each piece of a message


def pieces(message: bytes) -> Iterator[bytes]:
    """A message cut up for records: TLS carries a stream of bytes and does not know what a message is."""
    while len(message) >= MAX_PLAINTEXT:
        yield message[: MAX_PLAINTEXT - 1] + MORE
        message = message[MAX_PLAINTEXT - 1 :]
    yield message + LAST


def records(data: bytes) -> Iterator[bytes]:
    """A stream of bytes cut up into records."""
    while data:
        size = HEADER_SIZE + int.from_bytes(data[3:HEADER_SIZE], "big")
        yield data[:size]
        data = data[size:]
