"""Rung 9: Diffie-Hellman.  Two strangers agree on a secret while everybody listens; in numbers too small."""

from dataclasses import dataclass

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import hkdf

RECORD = s07.RECORD  # ciphertext, tag


@dataclass(frozen=True)
class Group:
    """The powers of g modulo the prime p.  Everybody knows both numbers."""

    p: int
    g: int
    private_size: int  # bytes of a secret exponent

    @property
    def size(self) -> int:
        """Bytes of a number below p."""
        return (self.p.bit_length() + 7) // 8

    def share(self, x: bytes) -> bytes:
        """What is sent: g^x mod p."""
        return pow(self.g, int.from_bytes(x, "big"), self.p).to_bytes(self.size, "big")

    def agree(self, x: bytes, received: bytes) -> bytes:
        """What both sides can compute: (g^y)^x mod p, which is (g^x)^y mod p."""
        return pow(int.from_bytes(received, "big"), int.from_bytes(x, "big"), self.p).to_bytes(
            self.size, "big"
        )


GROUP = Group(p=2**36 - 137, g=2, private_size=5)
HELLO = Layout(Field("share", GROUP.size))
HANDSHAKE = (("client", HELLO), ("server", HELLO))


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Open a channel to whoever is there.  Credentials are not needed any more."""
    return open_in(GROUP, HELLO, wire, role, random_bytes)


def open_in(group: Group, hello: Layout, wire: Wire, role: Role, random_bytes: RandomBytes) -> s07.Channel:
    """Exchange shares in this group, and open a channel under keys made from what both sides compute."""
    x = random_bytes(group.private_size)
    (received,) = hello.split(s08.exchange(wire, role, hello.join(group.share(x))))
    # Extract with an empty salt: the number is secret but not evenly random, and a key has to be.
    return s08.channel_under(wire, role, hkdf.extract(b"", group.agree(x, received)))
