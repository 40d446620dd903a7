"""What two parties say to each other, and on what terms.

The client sends some content, and the server, which knows how much comes, sends it back and closes: data goes
both ways, and one has to be the other's equal.  To resume a session it takes two visits.  In the first the
client may leave without a word, as soon as it has what it needs to come back.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from handshake.constants import CipherSuite, NamedGroup
from tests.interop.kinds import Credentials, Kind

Role = Literal["client", "server"]

PATIENCE = 30.0  # seconds for a whole conversation: far more than it takes
LINE_SIZE = 1024  # bytes; lines, because gnutls-cli reads its input as text and sends each by itself
SMALL = 20 * 1024  # bytes each way: more than one record holds
LARGE = 2**20
EARLY = b"early " * 170 + b"\n"  # what is said before the handshake, if the server takes it; not sent back
MAX_EARLY = 4096  # bytes that servers take
PSK_IDENTITY = "interop"
PSK = bytes(range(32))
RECORD_SIZE = 4096  # bytes in a record, where a limit is agreed on: of less gnutls-cli would lose some


class Failed(Exception):
    """The two did not come together; the text is what one of them said about it."""


class Missing(Exception):
    """The program is not on this machine; the text is its name."""


@dataclass(frozen=True)
class Terms:
    """What the two are told to agree on, and how much they say."""

    kind: Kind
    credentials: Credentials  # of the server, and the CA file of the client
    suite: CipherSuite
    group: NamedGroup
    decoy: NamedGroup | None = None  # the client's guess, wrong on purpose: the server has `group` alone
    size: int = SMALL
    http: bool = False  # the content is inside a POST request, and its answer
    visits: tuple[int, ...] = (0,)  # how often the client comes; of a server, which of the visits are to it
    forgets: bool = False  # there are two servers, and the second knows nothing of the first
    early: Literal["", "accepted", "refused"] = ""  # data before the handshake, in the second visit
    psk: Literal["", "beside", "alone"] = ""  # a pre-shared key from elsewhere, beside a key exchange or not
    asks: Literal["", "request", "require", "later"] = ""  # for the client's certificate
    shows: bool = False  # the client has one: for simplicity's sake the server's
    updates: Role | None = None  # who changes its keys, and asks the other to do so
    limits: bool = False  # records are to be small, both ways
    status: bool = False  # the server staples an OCSP response
    cookie: bool = False  # the server demands one

    @functools.cached_property
    def content(self) -> bytes:
        return content(self.size)

    def groups(self, role: Role) -> tuple[NamedGroup, ...]:
        """What a party in this role may use, best first."""
        return (self.group,) if role == "server" or self.decoy is None else (self.decoy, self.group)

    @property
    def rounds(self) -> int:
        """How often the content goes there and back.

        Who is asked for something may wait until there is something to read or to send: so there is more.
        """
        return 2 if self.updates is not None or self.asks == "later" else 1

    def resumed(self, visit: int) -> bool:
        """Whether this visit is to go on with an earlier session."""
        return visit > 0 and not self.forgets

    def early_data(self, visit: int) -> bytes:
        """What the server gets before the handshake."""
        return EARLY if visit and self.early == "accepted" else b""

    def may_say_nothing(self, visit: int) -> bool:
        """The first of two visits is for what the client can take along."""
        return visit == 0 and (len(self.visits) > 1 or self.forgets)


def content(size: int) -> bytes:
    """Lines of text, no two of them the same."""
    return b"".join(
        b"%07d " % number * (LINE_SIZE // 8 - 1) + b"%07d\n" % number for number in range(size // LINE_SIZE)
    )


def answer(
    receive: Callable[[int], bytes], send: Callable[[bytes], Any], terms: Terms, visit: int = 0
) -> None:
    """The server's part, over any connection: take the content, and give it back."""
    early = bytearray()
    while len(early) < len(terms.early_data(visit)):
        early += _some(receive, len(terms.early_data(visit)) - len(early))
    if early != terms.early_data(visit):
        raise Failed("other early data came than were sent")
    for _ in range(terms.rounds):
        received = bytearray()
        if terms.may_say_nothing(visit):
            received += receive(1)
            if not received:
                return
        if terms.http:
            while b"\r\n\r\n" not in received:
                received += _some(receive, 65536)
            del received[: received.index(b"\r\n\r\n") + 4]
        while len(received) < terms.size:
            received += _some(receive, terms.size - len(received))
        same_or_failed(bytes(received), terms)
        if terms.http:
            last = "Connection: close\r\n" if terms.rounds == 1 else ""
            send(f"HTTP/1.1 200 OK\r\nContent-Length: {terms.size}\r\n{last}\r\n".encode())
        send(terms.content)


def _some(receive: Callable[[int], bytes], size: int) -> bytes:
    data = receive(size)
    if not data:
        raise Failed("the client closed too early")
    return data


def same_or_failed(received: bytes, terms: Terms) -> None:
    """Failed if this is not what the client sent."""
    if len(received) != terms.size:
        raise Failed(f"{len(received)} bytes came of the {terms.size} that were sent")
    if received != terms.content:
        raise Failed("something else came than was sent")
