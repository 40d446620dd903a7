"""Side room: rung 8 between two computers, each of which may call the other.  They share one key.

So each of them is the client today and the server tomorrow, with the same key.  In two of the variants the
key is not used as it is: first the names of both are mixed in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from journey.credentials import KEY_SIZE, Credentials, Role
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.wire import Wire
from purecrypto import hkdf


def no_names(role: Role, own: Credentials) -> bytes:
    return b""


def names_in_no_order(role: Role, own: Credentials) -> bytes:
    """Both computers must say the same, so the names are sorted.  It looks tidy."""
    return " and ".join(sorted([own.own_name, own.peer_name])).encode()


def who_calls_whom(role: Role, own: Credentials) -> bytes:
    caller, called = own.own_name, own.peer_name
    if role == "server":
        caller, called = called, caller
    return f"{caller} calls {called}".encode()


@dataclass(frozen=True)
class Variant:
    context: Callable[[Role, Credentials], bytes]  # what the key is for
    RECORD = s08.RECORD
    HANDSHAKE = s08.HANDSHAKE

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s07.Channel:
        key = hkdf.expand(own.shared_key, self.context(role, own), KEY_SIZE)
        return s08.open(wire, role, replace(own, shared_key=key), random_bytes)


VARIANTS = {
    "one key for both roles": Variant(no_names),
    "both names, in no order": Variant(names_in_no_order),
    "who calls whom": Variant(who_calls_whom),
}
