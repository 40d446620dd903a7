"""What two parties say to each other, and on what terms.

The client sends some content, and the server, which knows how much comes, sends it back and closes: data goes
both ways, and one has to be the other's equal.
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

    @functools.cached_property
    def content(self) -> bytes:
        return content(self.size)

    def groups(self, role: Role) -> tuple[NamedGroup, ...]:
        """What a party in this role may use, best first."""
        return (self.group,) if role == "server" or self.decoy is None else (self.decoy, self.group)


def content(size: int) -> bytes:
    """Lines of text, no two of them the same."""
    return b"".join(
        b"%07d " % number * (LINE_SIZE // 8 - 1) + b"%07d\n" % number for number in range(size // LINE_SIZE)
    )


def answer(receive: Callable[[int], bytes], send: Callable[[bytes], Any], terms: Terms) -> None:
    """The server's part, over any connection: take the content, and give it back."""
    received = bytearray()
    if terms.http:
        while b"\r\n\r\n" not in received:
            received += _some(receive, 65536)
        del received[: received.index(b"\r\n\r\n") + 4]
        send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % terms.size)
    while len(received) < terms.size:
        received += _some(receive, terms.size - len(received))
    same_or_failed(bytes(received), terms)
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
