"""What crossed the wires, as a file that Wireshark opens: pcapng, with TCP/IP made up around each frame.

Each wire becomes a TCP connection of its own, from its first handshake to its last FIN, because that is what
an attacker in the middle really has: one connection to the client and another one to the server.  Each packet
carries a comment that says which rung and which attack it belongs to and what its fields are.

The format is draft-ietf-opsawg-pcapng; IPv4 is RFC 791, TCP is RFC 9293.
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from journey.referee import Crossing
from journey.tcp import prefixed

ADDRESSES = {"client": "127.0.0.1", "mallory": "127.0.0.2", "server": "127.0.0.3"}
PORT = 9846  # of whoever is called; callers count up from FIRST_CALLER
FIRST_CALLER = 40001

LINKTYPE_RAW = 101  # packets begin with their IP header
MAX_SEGMENT = 16384  # bytes of TCP payload in one packet
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10  # RFC 9293 section 3.1


@dataclass(frozen=True)
class Captured:
    """A frame that crossed, and what is to be said about it."""

    scene: int  # counts the attacks, so that connection 1 of one is not taken for that of another
    crossing: Crossing
    comment: str


class _Connection:
    """One TCP connection: who called whom, and how far each side has counted."""

    def __init__(self, caller: str, called: str, caller_port: int) -> None:
        self.ports = {caller: caller_port, called: PORT}
        self.caller, self.called = caller, called
        self.next = {caller: 1000, called: 5000}  # sequence numbers

    def packet(self, sender: str, flags: int, payload: bytes = b"") -> bytes:
        receiver = self.called if sender == self.caller else self.caller
        acknowledged = self.next[receiver] if flags & ACK else 0
        segment = _tcp(
            (ADDRESSES[sender], self.ports[sender]),
            (ADDRESSES[receiver], self.ports[receiver]),
            (self.next[sender], acknowledged, flags),
            payload,
        )
        self.next[sender] += len(payload) + bool(flags & (SYN | FIN))
        return segment


def encode(captured: Sequence[Captured], start: float) -> bytes:
    """The whole file.  `start`: seconds since 1970; each packet comes a millisecond after the one before."""
    blocks = [_section_header(), _interface_description()]
    for i, (packet, comment) in enumerate(_packets(captured)):
        blocks.append(_enhanced_packet(packet, int(start * 1e6) + 1000 * i, comment))
    return b"".join(blocks)


def _packets(captured: Sequence[Captured]) -> Iterator[tuple[bytes, str]]:
    connections: dict[tuple[int, str], _Connection] = {}
    scene, callers = -1, itertools.count(FIRST_CALLER)
    for item in captured:
        crossing = item.crossing
        if item.scene != scene:
            yield from _hang_up(connections)
            scene = item.scene
        key = (crossing.connection, crossing.party)
        if key not in connections:
            ends = ("client", "mallory") if crossing.party == "client" else ("mallory", "server")
            connection = connections[key] = _Connection(*ends, next(callers))
            yield connection.packet(connection.caller, SYN), item.comment
            yield connection.packet(connection.called, SYN | ACK), ""
            yield connection.packet(connection.caller, ACK), ""
        connection = connections[key]
        sender = "mallory" if crossing.to_party else crossing.party
        data = prefixed(crossing.frame)
        for position in range(0, len(data), MAX_SEGMENT):
            payload = data[position : position + MAX_SEGMENT]
            yield connection.packet(sender, PSH | ACK, payload), item.comment
    yield from _hang_up(connections)


def _hang_up(connections: dict[tuple[int, str], _Connection]) -> Iterator[tuple[bytes, str]]:
    for connection in connections.values():
        yield connection.packet(connection.caller, FIN | ACK), ""
        yield connection.packet(connection.called, FIN | ACK), ""
        yield connection.packet(connection.caller, ACK), ""
    connections.clear()


def _tcp(
    source: tuple[str, int], target: tuple[str, int], control: tuple[int, int, int], payload: bytes
) -> bytes:
    sequence, acknowledged, flags = control
    header_words, window, urgent = 5, 65535, 0
    segment = (
        struct.pack(
            ">HHIIBBHHH",
            source[1],
            target[1],
            sequence,
            acknowledged,
            header_words << 4,
            flags,
            window,
            0,
            urgent,
        )
        + payload
    )
    addresses = _address(source[0]) + _address(target[0])
    pseudo_header = addresses + struct.pack(">BBH", 0, 6, len(segment))  # RFC 9293 section 3.1
    checksum = _checksum(pseudo_header + segment)
    segment = segment[:16] + struct.pack(">H", checksum) + segment[18:]

    version_and_words, time_to_live, tcp = 0x45, 64, 6
    packed = struct.pack(
        ">BBHHHBBH", version_and_words, 0, 20 + len(segment), 0, 0x4000, time_to_live, tcp, 0
    )
    checksum = _checksum(packed + addresses)
    return packed[:10] + struct.pack(">H", checksum) + addresses + segment


def _checksum(data: bytes) -> int:
    """The one's complement of the one's complement sum of all 16-bit words: RFC 1071."""
    total: int = sum(struct.unpack(f">{len(data) // 2 + len(data) % 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def _address(dotted: str) -> bytes:
    return bytes(int(part) for part in dotted.split("."))


def _section_header() -> bytes:
    byte_order_magic, unknown_length = 0x1A2B3C4D, -1
    return _block(0x0A0D0D0A, struct.pack("<IHHq", byte_order_magic, 1, 0, unknown_length))


def _interface_description() -> bytes:
    return _block(0x00000001, struct.pack("<HHI", LINKTYPE_RAW, 0, 0))


def _enhanced_packet(packet: bytes, microseconds: int, comment: str) -> bytes:
    header = struct.pack("<IIIII", 0, microseconds >> 32, microseconds & 0xFFFFFFFF, len(packet), len(packet))
    text = comment.encode()
    options = struct.pack("<HH", 1, len(text)) + _padded(text) + struct.pack("<HH", 0, 0) if text else b""
    return _block(0x00000006, header + _padded(packet) + options)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
