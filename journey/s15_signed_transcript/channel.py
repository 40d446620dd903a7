"""Rung 15: the server signs all that was said, so that nothing of it can have been changed on the way."""

from journey.credentials import Credentials, Role
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s14_finished import channel as s14
from journey.wire import Wire

RECORD = s14.RECORD  # ciphertext, tag
HANDSHAKE = s14.HANDSHAKE


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Rung 14's handshake; the signature covers both hellos and not only the two shares in them."""
    return s14.open(wire, role, credentials, random_bytes, covered=lambda shares, hellos: hellos)
