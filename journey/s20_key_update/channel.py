"""Rung 20: key update.  After each message its key is replaced by another one, and forgotten."""

from handshake.key_schedule import TrafficSecret
from journey.credentials import Credentials, Role
from journey.randomness import RandomBytes
from journey.s18_encrypted_handshake import channel as s18
from journey.s19_close_notify import channel as s19
from journey.wire import Wire

CERTIFICATES = s19.CERTIFICATES
HANDSHAKE = s19.HANDSHAKE
RECORD = s19.RECORD  # ciphertext, tag

KEY_UPDATE = (b"\x18", b"\x16")  # content and its type, by the numbers of TLS


class Channel(s19.Channel):
    """Keeps the two secrets from which its keys are made, and never those that came before."""

    def __init__(self, wire: Wire, sending: TrafficSecret, receiving: TrafficSecret) -> None:
        super().__init__(wire, s18.key(sending), s18.key(receiving))
        self.sending_secret = sending
        self.receiving_secret = receiving

    def send(self, message: bytes) -> None:
        super().send(message)
        self.send_content(*KEY_UPDATE)  # under the old key; the next one will be under the new
        self.sending_secret = self.sending_secret.next_generation()
        self.sending_key, self.sent = s18.key(self.sending_secret), 0

    def receive(self) -> bytes:
        while (received := self.receive_content()) == KEY_UPDATE:
            self.receiving_secret = self.receiving_secret.next_generation()
            self.receiving_key, self.received = s18.key(self.receiving_secret), 0
        return s19.data(*received)


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel as on rung 18."""
    secrets = s18.shake_hands(wire, role, credentials, random_bytes)
    return Channel(wire, *s18.sending_and_receiving(role, secrets))
