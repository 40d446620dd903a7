"""Rung 10: Diffie-Hellman again, in numbers of 2048 bits."""

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s09_small_numbers import channel as s09
from journey.wire import Wire

# RFC 7919 appendix A.1, ffdhe2048: p = 2^2048 - 2^1984 + (floor(2^1918 * e) + 560316) * 2^64 - 1.
# Its middle is digits of e = 2.718..., so that nobody can suspect that it was chosen for a trapdoor.
P = int(
    "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695"
    "A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202AEC4617A"
    "D3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935"
    "984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797A"
    "BC0AB182B324FB61D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4"
    "AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61"
    "9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005"
    "C58EF1837D1683B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF",
    base=16,
)
GROUP = s09.Group(p=P, g=2, private_size=32)  # 256 bits: appendix A.1 asks for no less than 225
HELLO = Layout(Field("share", GROUP.size))
HANDSHAKE = (("client", HELLO), ("server", HELLO))
RECORD = s07.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Open a channel to whoever is there, as on rung 9."""
    return s09.open_in(GROUP, HELLO, wire, role, random_bytes)
