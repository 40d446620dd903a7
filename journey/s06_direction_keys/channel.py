"""Rung 6: a key for each direction and each purpose, all of them made from one by labels."""

from journey.credentials import Credentials, Role
from journey.randomness import RandomBytes
from journey.s05_sequence_numbers import channel as s05
from journey.wire import Wire
from purecrypto import hmac

RECORD = s05.RECORD  # nonce, ciphertext, tag


class Channel:
    """Two one-way channels of rung 5, with different keys."""

    def __init__(self, sending: s05.Channel, receiving: s05.Channel) -> None:
        self.sending = sending
        self.receiving = receiving

    def send(self, message: bytes) -> None:
        self.sending.send(message)

    def receive(self) -> bytes:
        return self.receiving.receive()

    def close(self) -> None:
        self.sending.close()


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> Channel:
    """Open a channel: what the client sends with, the server receives with, and the other way round."""

    def one_way(sender: bytes) -> s05.Channel:
        key = derive(credentials.shared_key, sender + b" encrypts")
        mac_key = derive(credentials.shared_key, sender + b" authenticates")
        return s05.Channel(wire, key, mac_key, random_bytes)

    from_client, from_server = one_way(b"client"), one_way(b"server")
    if role == "client":
        return Channel(sending=from_client, receiving=from_server)
    return Channel(sending=from_server, receiving=from_client)


def derive(key: bytes, label: bytes) -> bytes:
    """Another key of 32 bytes for what the label says; it tells nothing about `key` or about its sisters."""
    return hmac.digest(key, label, "sha256")
