"""What crossed the wires, as a file that Wireshark opens: pcapng, with TCP/IP made up around each frame.

Each wire becomes a TCP connection of its own, from its first handshake to its last FIN, because that is what
an attacker in the middle really has: one connection to the client and another one to the server.  Each packet
carries a comment that says which rung and which attack it belongs to and what its fields are.

The format, and TCP/IP, are those of `tls/captures/pcapng.py`.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from journey.referee import Crossing
from journey.tcp import prefixed
from tls.captures import pcapng, tcpip

ADDRESSES = {"client": "127.0.0.1", "mallory": "127.0.0.2", "server": "127.0.0.3"}
PORT = 9846  # of whoever is called; callers count up from FIRST_CALLER
FIRST_CALLER = 40001


@dataclass(frozen=True)
class Captured:
    """A frame that crossed, and what is to be said about it."""

    scene: int  # counts the attacks, so that connection 1 of one is not taken for that of another
    crossing: Crossing
    comment: str


def encode(captured: Sequence[Captured], start: float) -> bytes:
    """The whole file.  `start`: seconds since 1970; each packet comes a millisecond after the one before."""
    file = [pcapng.beginning()]
    for i, (packet, comment) in enumerate(_packets(captured)):
        file.append(pcapng.packet(packet, int(start * 1e6) + 1000 * i, comment))
    return b"".join(file)


def _packets(captured: Sequence[Captured]) -> Iterator[tuple[bytes, str]]:
    connections: dict[tuple[int, str], tcpip.Connection] = {}
    scene, callers = -1, itertools.count(FIRST_CALLER)
    for item in captured:
        crossing = item.crossing
        if item.scene != scene:
            yield from _hang_up(connections)
            scene = item.scene
        caller, called = ("client", "mallory") if crossing.party == "client" else ("mallory", "server")
        key = (crossing.connection, crossing.party)
        if key not in connections:
            ends = (ADDRESSES[caller], next(callers)), (ADDRESSES[called], PORT)
            connections[key] = tcpip.Connection(*ends)
            comments = item.comment, "", ""
            yield from zip(connections[key].begin(), comments, strict=True)
        sender = "mallory" if crossing.to_party else crossing.party
        for packet in connections[key].say(sender == caller, prefixed(crossing.frame)):
            yield packet, item.comment
    yield from _hang_up(connections)


def _hang_up(connections: dict[tuple[int, str], tcpip.Connection]) -> Iterator[tuple[bytes, str]]:
    for connection in connections.values():
        for packet in (*connection.end(True), *connection.end(False)):
            yield packet, ""
    connections.clear()
