"""Side room: real TLS 1.3, as on rung 21, and a shop that takes orders in early data.

A client that has a ticket says its first message together with its hello, before the server has said a word.
Two servers of one owner stand next to each other, and each opens the other's tickets.  What do they remember
of early data that they have taken, and what does the shop do that comes early?
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from handshake.anti_replay import StrikeRegister
from handshake.constants import PskKeyExchangeMode
from handshake.settings import TICKET_RANDOM_SIZE, ClientSettings, ServerSettings
from journey import credentials, parties
from journey.credentials import Credentials, Role
from journey.errors import EndOfStream
from journey.randomness import RandomBytes
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import frames, settings
from journey.wire import Wire
from tls.connection import Connection
from tls.events import ApplicationData, CloseNotify, EarlyData, Event, HandshakeComplete, SessionTicket

MAX_EARLY_DATA = 2**12  # bytes


def anything(request: bytes) -> bool:
    return True


def only_what_is_harmless(request: bytes) -> bool:
    """A page may be asked for any number of times, and nothing has changed."""
    return request.startswith(b"GET ")


@dataclass(frozen=True)
class Variant:
    register: Callable[[Credentials], StrikeRegister]  # where a server looks up whether it has taken this
    is_for_early: Callable[[bytes], bool] = anything  # what the shop does before the handshake is complete
    RECORD = s21.RECORD

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> "Channel":
        party = self.client(own, random_bytes) if role == "client" else self.server(own, random_bytes)
        return Channel(wire, party, own, self.is_for_early)

    def client(self, own: Credentials, random_bytes: RandomBytes) -> ClientSettings:
        return replace(
            settings.for_client(own, random_bytes),
            psk_modes=(PskKeyExchangeMode.PSK_DHE_KE,),
            ticket=own.sessions.take(own.server_name, own.now),
            replayable_early_data=True,
        )

    def server(self, own: Credentials, random_bytes: RandomBytes) -> ServerSettings:
        return replace(
            settings.for_server(own, random_bytes),
            now=own.now,
            psk_modes=(PskKeyExchangeMode.PSK_DHE_KE,),
            ticket_keys=(own.ticket_key(),),
            ticket_random=random_bytes(TICKET_RANDOM_SIZE),
            max_replayable_early_data=MAX_EARLY_DATA,
            anti_replay=self.register(own),
        )


class Channel(s21.Channel):
    """Says its first messages early if it may, and hands on what comes early if the shop wants it so."""

    def __init__(
        self,
        wire: Wire,
        party: ClientSettings | ServerSettings,
        own: Credentials,
        is_for_early: Callable[[bytes], bool],
    ) -> None:
        self.own = own
        self.is_for_early = is_for_early
        self.said_early: list[bytes] = []
        self.unfinished = b""  # the first pieces of a message
        self.waiting: list[bytes] = []  # messages for which the handshake has to be complete
        self.ready: deque[bytes] = deque()
        # As rung 21 begins, but without waiting until the handshake is complete.
        self.wire = wire
        self.connection = Connection(party)
        self.events = deque()
        self.lock = threading.Lock()
        self.flush()

    def send(self, message: bytes) -> None:
        pieces = b"".join(frames.pieces(message))
        if len(pieces) <= self.connection.early_data_room:
            self.said_early.append(message)
            with self.lock:
                self.connection.send_replayable_early_data(pieces)
                self.flush()
        else:
            self.complete()
            super().send(message)

    def complete(self) -> None:
        """Wait for the end of the handshake; what the server has not taken early is said again then."""
        while self.connection.session is None:
            self.hear(self.next_event())
        again, self.said_early = self.said_early, []
        if not self.connection.session.early_data_accepted:
            for message in again:
                super().send(message)

    def receive(self) -> bytes:
        if self.said_early:
            self.complete()
        while not self.ready:
            self.hear(self.next_event())
        return self.ready.popleft()

    def hear(self, event: Event) -> None:
        match event:
            case EarlyData(data) | ApplicationData(data):
                self.unfinished += data
                if self.unfinished.endswith(frames.LAST):
                    message, self.unfinished = self.unfinished[:-1], b""
                    at_once = self.connection.session is not None or self.is_for_early(message)
                    (self.ready if at_once else self.waiting).append(message)
            case HandshakeComplete():
                self.ready += self.waiting
            case SessionTicket(ticket):
                self.own.sessions.add(self.own.server_name, ticket)
            case CloseNotify():
                raise EndOfStream("the peer has said that this was all")

    def close(self) -> None:
        self.complete()
        super().close()


def shop(channel: parties.Channel, party: parties.Party) -> None:
    """Does what it is asked for, one request after the other."""
    try:
        while True:
            party.accepted.append(channel.receive())
    except EndOfStream:
        channel.close()
        raise


VARIANTS = {
    "nobody remembers": Variant(lambda own: credentials.nothing_taken()),
    "each server remembers": Variant(lambda own: own.taken),
    "both servers remember together": Variant(lambda own: own.taken_by_both),
    "orders wait for the handshake": Variant(lambda own: own.taken, only_what_is_harmless),
}
