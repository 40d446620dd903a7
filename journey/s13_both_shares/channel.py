"""Rung 13: the signature covers both shares, so it is worth nothing tomorrow; and the hello offers suites."""

from collections.abc import Sequence

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.s12_signed_share import channel as s12
from journey.wire import Wire
from purecrypto import chacha20poly1305, hkdf, x25519

STRONG = b"\x13\x03"  # ChaCha20-Poly1305, by the number that it has in TLS
EXPORT = b"\xff\x01"  # the same with a key of 20 bits, for customers abroad
SUITES = (STRONG, EXPORT)  # what everybody speaks, the best first
EXPORT_BITS = 20
NAME_SIZE = 2  # bytes of a suite's number

CLIENT_HELLO = Layout(Field("share", x25519.KEY_SIZE), Field("suites", prefix=2))
SERVER_HELLO = Layout(Field("share", x25519.KEY_SIZE), Field("suite", NAME_SIZE), *s12.PROOF_FIELDS)
HANDSHAKE = (("client", CLIENT_HELLO), ("server", SERVER_HELLO))
RECORD = s07.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Exchange shares and agree on a suite.  The server signs both shares, of which one is new to it."""
    private = random_bytes(x25519.KEY_SIZE)
    share = s11.share(private)
    if role == "client":
        wire.send(CLIENT_HELLO.join(share, b"".join(SUITES)))
        received, suite, key, signature = SERVER_HELLO.split(wire.receive())
        if suite not in SUITES:
            raise Refused("the server has chosen a suite that was not offered")
        s12.verify(credentials, key, signature, share + received)
    else:
        received, offered = CLIENT_HELLO.split(wire.receive())
        suite = choose(SUITES, offered)
        wire.send(SERVER_HELLO.join(share, suite, *s12.sign(credentials, received + share)))
    return channel_under(wire, role, hkdf.extract(b"", s11.agree(private, received)), suite)


def choose(ours: Sequence[bytes], offered: bytes) -> bytes:
    """The first of ours that the client has offered, too."""
    theirs = [offered[i : i + NAME_SIZE] for i in range(0, len(offered), NAME_SIZE)]
    for name in ours:
        if name in theirs:
            return name
    raise Refused("nothing that the client offers is known here")


def channel_under(wire: Wire, role: Role, secret: bytes, suite: bytes) -> s07.Channel:
    """The channel of rung 8 in the suite that was chosen."""
    channel = s08.channel_under(wire, role, secret)
    if suite == EXPORT:
        channel.sending_key = weakened(channel.sending_key)
        channel.receiving_key = weakened(channel.receiving_key)
    return channel


def weakened(key: bytes) -> bytes:
    """A key of which 20 bits are left: the others are zero."""
    return (int.from_bytes(key, "little") % (1 << EXPORT_BITS)).to_bytes(chacha20poly1305.KEY_SIZE, "little")
