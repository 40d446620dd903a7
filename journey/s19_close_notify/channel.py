"""Rung 19: a message that says "that was all", and one that says what has gone wrong."""

from journey.credentials import Credentials, Role
from journey.errors import EndOfStream, Refused
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s18_encrypted_handshake import channel as s18
from journey.wire import Wire

CERTIFICATES = s18.CERTIFICATES
HANDSHAKE = s18.HANDSHAKE
RECORD = s18.RECORD  # ciphertext, tag

# The last byte of what is encrypted says what it is, by the numbers of TLS.
ALERT, DATA = b"\x15", b"\x17"
CLOSE_NOTIFY, BAD_RECORD_MAC = b"\x00", b"\x14"


class Channel(s07.Channel):
    """Carries two types of content: the application's data, and alerts, which the two channels exchange."""

    def send(self, message: bytes) -> None:
        self.send_content(message, DATA)

    def receive(self) -> bytes:
        return data(*self.receive_content())

    def close(self) -> None:
        self.send_content(CLOSE_NOTIFY, ALERT)
        super().close()

    def send_content(self, content: bytes, content_type: bytes) -> None:
        super().send(content + content_type)

    def receive_content(self) -> tuple[bytes, bytes]:
        try:
            inner = super().receive()
        except EndOfStream:
            raise Refused("the stream has ended, and the peer had not said that this was all") from None
        except Refused:
            self.send_content(BAD_RECORD_MAC, ALERT)
            raise
        return inner[:-1], inner[-1:]


def data(content: bytes, content_type: bytes) -> bytes:
    """What is for the application; if it is the end, or something else, that is raised."""
    if content_type == DATA:
        return content
    if (content, content_type) == (CLOSE_NOTIFY, ALERT):
        raise EndOfStream("the peer has said that this was all")
    raise Refused(f"the peer has ended the conversation: {content_type.hex()} {content.hex()}")


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel as on rung 18."""
    secrets = s18.shake_hands(wire, role, credentials, random_bytes)
    return Channel(wire, *map(s18.key, s18.sending_and_receiving(role, secrets)))
