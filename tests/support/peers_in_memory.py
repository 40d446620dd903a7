"""Both ends of a connection in one process, joined by two lists of bytes, with nothing random in them.

    link = connected()                            the handshake is done
    link.client.send(b"hello")
    assert link.to_server() == [ApplicationData(b"hello")]

Random bytes, private keys, certificates and the time are the same in every run, so a wire can be recorded and
played again.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from handshake.certified_keys import CertifiedKey
from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import TicketKey
from tests.support import certificates, oracle
from tests.support.certificates import Family
from tls import keylog
from tls.connection import Connection
from tls.events import ApplicationData, Event, HandshakeComplete
from x509 import oids
from x509.trust_store import TrustStore

CHACHA20, X25519 = 0x1303, 0x001D  # what the client offers, unless told otherwise
CLIENT_RANDOM = bytes(range(0x20))
SERVER_RANDOM = bytes(range(0x20, 0x40))
SESSION_ID = bytes(range(0x40, 0x60))
CLIENT_PRIVATE_KEY = bytes(range(0x60, 0x80))
SERVER_PRIVATE_KEY = bytes(range(0x80, 0xA0))
SIGNATURE_RANDOM = bytes(range(0x40))
TICKET_KEY = TicketKey.from_random(bytes(range(0x50, 0x80)))
TICKET_LIFETIME = 3600  # seconds
TICKETS: dict[str, Any] = {  # settings of a server that gives two to each client
    "ticket_keys": (TICKET_KEY,),
    "ticket_random": bytes(range(0xD0, 0xF0)),
    "ticket_lifetime": TICKET_LIFETIME,
}


def client_keys(*groups: int) -> dict[int, bytes]:
    """The client's private values for these groups, best first."""
    return {group: oracle.private_key_for(group, CLIENT_PRIVATE_KEY) for group in groups}


def server_keys(*groups: int) -> dict[int, bytes]:
    return {group: oracle.private_key_for(group, SERVER_PRIVATE_KEY) for group in groups}


@cache
def family() -> Family:
    """The authority that clients trust, and the server's certificate for localhost."""
    return certificates.authority_and_leaf()


@cache
def client_authority() -> certificates.Authority:
    """The authority that servers trust, if they ask for a certificate."""
    return certificates.root(30, "Client Root")


@cache
def client_key() -> CertifiedKey:
    """A client's certificate, and its key."""
    purpose = certificates.extended_key_usage(oids.CLIENT_AUTH)
    extensions = certificates.leaf_extensions(extended_key_usage=purpose, subject_alternative_name=None)
    public_key = certificates.key(31).public_key()
    leaf = certificates.leaf_under(
        client_authority(), "a client", public_key=public_key, extensions=extensions
    )
    return CertifiedKey((leaf,), certificates.key(31))


def asking(*, require: bool = False) -> dict[str, Any]:
    """Settings of a server that asks its clients for a certificate."""
    trust = TrustStore([client_authority().certificate])
    return {"trust": trust, "client_certificates": "require" if require else "request"}


@cache
def _client_settings() -> ClientSettings:
    return ClientSettings(
        random=CLIENT_RANDOM,
        private_keys={X25519: CLIENT_PRIVATE_KEY},
        signature_random=SIGNATURE_RANDOM,
        key_share_groups=(X25519,),
        now=certificates.NOW,
        trust=family().trust,
        reference_identity="localhost",
        cipher_suites=(CHACHA20,),
        server_name="localhost",
        legacy_session_id=SESSION_ID,
    )


@cache
def _server_settings() -> ServerSettings:
    return ServerSettings(
        random=SERVER_RANDOM,
        private_keys={X25519: SERVER_PRIVATE_KEY},
        signature_random=SIGNATURE_RANDOM,
        certified_keys=(family().certified_key,),
        now=certificates.NOW,
    )


def client_settings(**replaced: Any) -> ClientSettings:
    return replace(_client_settings(), **replaced)


def server_settings(**replaced: Any) -> ServerSettings:
    return replace(_server_settings(), **replaced)


class Link:
    """A client and a server, and what has been carried between them."""

    def __init__(self, client: ClientSettings | None = None, server: ServerSettings | None = None) -> None:
        self.logs: dict[str, list[str]] = {"client": [], "server": []}  # the lines of their key logs
        client_log, server_log = (keylog.in_lines(lines.append) for lines in self.logs.values())
        self.client = Connection(client or client_settings(), key_log=client_log)
        self.server = Connection(server or server_settings(), key_log=server_log)
        self.flights: list[tuple[str, bytes]] = []  # (sender, bytes) in the order of the wire
        self.client_events: list[Event] = []
        self.server_events: list[Event] = []

    def to_server(self) -> list[Event]:
        """Carry what the client has to send; return what it meant to the server."""
        data = self.client.data_to_send()
        events = self.server.receive_data(data) if data else []
        if data:
            self.flights.append(("client", data))
        self.server_events += events
        return events

    def to_client(self) -> list[Event]:
        """Carry what the server has to send; return what it meant to the client."""
        data = self.server.data_to_send()
        events = self.client.receive_data(data) if data else []
        if data:
            self.flights.append(("server", data))
        self.client_events += events
        return events

    def carry(self) -> None:
        """Carry everything, until both ends are silent."""
        before = -1
        while len(self.flights) != before:
            before = len(self.flights)
            self.to_server()
            self.to_client()

    def sent_by(self, sender: str) -> bytes:
        """All that one side has put on the wire."""
        return b"".join(data for who, data in self.flights if who == sender)


def connected(client: ClientSettings | None = None, server: ServerSettings | None = None) -> Link:
    """A link whose handshake is complete on both sides."""
    link = Link(client, server)
    link.carry()
    assert link.client_events == [HandshakeComplete(link.client.session)]
    assert link.server_events == [HandshakeComplete(link.server.session)]
    return link


def application_data(events: Iterable[Event]) -> bytes:
    """All that the application would have been given."""
    return b"".join(event.data for event in events if isinstance(event, ApplicationData))
