"""Side room: real TLS 1.3 between two computers that share one key, and no certificates.

Each of them runs a server for the other, and calls the other as a client.  The key has a name, by which the
client says which one it means.  What is it called, and for whom is it?
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handshake.constants import PskKeyExchangeMode
from handshake.pre_shared_keys import PreSharedKey
from handshake.settings import ClientSettings, ServerSettings
from journey.credentials import KEY_SIZE, Credentials, Role
from journey.randomness import RandomBytes
from journey.rooms.selfie.channel import who_calls_whom
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import settings
from journey.wire import Wire
from purecrypto import hkdf


def one_key(role: Role, own: Credentials) -> list[PreSharedKey]:
    """The key as it is, under the same name everywhere."""
    return [PreSharedKey(b"the key of us two", own.shared_key)]


def named_after_the_caller(role: Role, own: Credentials) -> list[PreSharedKey]:
    """A client says who it is; a server has a list of all who have the key, and is on it itself."""
    callers = [own.own_name] if role == "client" else [own.own_name, own.peer_name]
    return [PreSharedKey(caller.encode(), own.shared_key) for caller in callers]


def named_after_both(role: Role, own: Credentials) -> list[PreSharedKey]:
    """A name says who calls whom, and a server knows no key for calls to anybody else."""
    return [PreSharedKey(who_calls_whom(role, own), own.shared_key)]


def a_key_for_each_direction(role: Role, own: Credentials) -> list[PreSharedKey]:
    """Two keys are made out of one, and their name is the same."""
    key = hkdf.expand(own.shared_key, who_calls_whom(role, own), KEY_SIZE)
    return [PreSharedKey(b"the key of us two", key)]


@dataclass(frozen=True)
class Variant:
    keys: Callable[[Role, Credentials], list[PreSharedKey]]
    RECORD = s21.RECORD

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s21.Channel:
        psks: dict[str, Any] = {
            "external_psks": tuple(self.keys(role, own)),
            "psk_modes": (PskKeyExchangeMode.PSK_DHE_KE,),
        }
        party: ClientSettings | ServerSettings
        if role == "client":
            party = replace(settings.for_client(own, random_bytes), server_name=None, **psks)
        else:  # without a certificate
            party = replace(settings.for_server(own, random_bytes), certified_keys=(), **psks)
        return s21.Channel(wire, party)


VARIANTS = {
    "one key, one name": Variant(one_key),
    "named after the caller": Variant(named_after_the_caller),
    "named after who calls whom": Variant(named_after_both),
    "a key for each direction": Variant(a_key_for_each_direction),
}
