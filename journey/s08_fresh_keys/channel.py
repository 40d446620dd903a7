"""Rung 8: a handshake.  Both sides throw in something random, so each connection has keys of its own."""

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.wire import Wire
from purecrypto import chacha20poly1305, hkdf

RANDOM_SIZE = 32  # bytes
HELLO = Layout(Field("random", RANDOM_SIZE))
HANDSHAKE = (("client", HELLO), ("server", HELLO))
RECORD = s07.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Exchange random bytes, and open a channel under keys that depend on them and on the shared key."""
    own = random_bytes(RANDOM_SIZE)
    (received,) = HELLO.split(exchange(wire, role, HELLO.join(own)))
    both = own + received if role == "client" else received + own
    return channel_under(wire, role, hkdf.extract(both, credentials.shared_key))


def exchange(wire: Wire, role: Role, hello: bytes) -> bytes:
    """Send our hello and return the peer's.  The client speaks first."""
    if role == "client":
        wire.send(hello)
        return wire.receive()
    received = wire.receive()
    wire.send(hello)
    return received


def channel_under(wire: Wire, role: Role, secret: bytes) -> s07.Channel:
    """The channel of rung 7 with two keys that are made from this connection's secret by labels."""
    from_client = hkdf.expand(secret, b"client seals", chacha20poly1305.KEY_SIZE)
    from_server = hkdf.expand(secret, b"server seals", chacha20poly1305.KEY_SIZE)
    if role == "client":
        return s07.Channel(wire, sending_key=from_client, receiving_key=from_server)
    return s07.Channel(wire, sending_key=from_server, receiving_key=from_client)
