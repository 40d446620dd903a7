"""The groups that a hello of rung 14 offers: X25519, and for old servers the small numbers of rung 9."""

from collections.abc import Callable
from dataclasses import dataclass

from journey.s09_small_numbers.channel import GROUP as SMALL
from journey.s11_x25519 import channel as s11
from purecrypto import x25519

NAME_SIZE = 2  # bytes
X25519 = b"\x00\x1d"  # by the number that it has in TLS
OLD = b"\x01\xff"


@dataclass(frozen=True)
class Group:
    """One way to agree on a secret."""

    private_size: int  # bytes
    share_size: int  # bytes
    share: Callable[[bytes], bytes]
    agree: Callable[[bytes, bytes], bytes]


GROUPS = {  # the best first
    X25519: Group(x25519.KEY_SIZE, x25519.KEY_SIZE, s11.share, s11.agree),
    OLD: Group(SMALL.private_size, SMALL.size, SMALL.share, SMALL.agree),
}
