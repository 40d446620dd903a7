"""Side room: real TLS 1.3, as on rung 21, and two services of one owner behind one certificate.

One is a web site, the other, called `ftp.` before the site's name, takes and gives out files.  What do client
and servers say to each other about what they want, and what do they make of it?
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from handshake.session import Session
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.parties import Channel, Party
from journey.randomness import RandomBytes
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import settings
from journey.wire import Wire


@dataclass(frozen=True)
class Variant:
    client_offers: bool = False  # by ALPN: the client says which protocol it is about to speak
    client_insists: bool = False  # and goes on only if the server has agreed to it
    know_alpn: tuple[str, ...] = ("http/1.1",)  # whose servers compare the offer with their own protocol
    servers_compare_names: bool = False  # the one in the client's hello, SNI, with their own
    RECORD = s21.RECORD
    HANDSHAKE = s21.HANDSHAKE

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s21.Channel:
        protocol = own.protocol.encode()
        if role == "client":
            offers = (protocol,) if self.client_offers else ()
            client = replace(settings.for_client(own, random_bytes), application_protocols=offers)
            channel = s21.Channel(wire, client)
            if self.client_insists and agreed(channel).application_protocol != protocol:
                channel.close()
                raise Refused(f"the server has not agreed to speak {own.protocol}")
        else:
            compares = (protocol,) if own.protocol in self.know_alpn else ()
            own = replace(own, certificate_chain=own.joint_chain)
            server = replace(settings.for_server(own, random_bytes), application_protocols=compares)
            channel = s21.Channel(wire, server)
            if self.servers_compare_names and agreed(channel).server_name != own.own_name:
                channel.close()
                raise Refused(f"the client wants {agreed(channel).server_name}, and this is {own.own_name}")
        return channel


def agreed(channel: s21.Channel) -> Session:
    """What both sides have agreed on in the handshake."""
    assert channel.connection.session is not None
    return channel.connection.session


def web_server(channel: Channel, party: Party) -> None:
    """Whatever is asked for, the answer is a page of the site's own."""
    for _ in requests(channel, party):
        say(channel, party, b"HTTP/1.1 200 OK\r\n\r\n<h1>Welcome back</h1>")


def ftp_server(channel: Channel, party: Party) -> None:
    """Takes commands, one a line.  This one knows none, and is polite about it."""
    say(channel, party, b"220 FTP server ready")
    for request in requests(channel, party):
        for line in filter(None, request.splitlines()):
            say(channel, party, b"500 " + line + b": command not understood")


def say(channel: Channel, party: Party, message: bytes) -> None:
    party.sent.append(message)
    channel.send(message)


def requests(channel: Channel, party: Party) -> Iterator[bytes]:
    """All that the peer says; at the end of it, this side is closed as well."""
    try:
        while True:
            party.accepted.append(channel.receive())
            yield party.accepted[-1]
    finally:
        channel.close()


VARIANTS = {
    "nobody says what he speaks": Variant(),
    "ALPN, which the neighbour ignores": Variant(client_offers=True),
    "ALPN, and the client insists": Variant(client_offers=True, client_insists=True),
    "ALPN, which both servers know": Variant(client_offers=True, know_alpn=("http/1.1", "ftp")),
    "the servers look at the name": Variant(servers_compare_names=True),
}
