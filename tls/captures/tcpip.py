"""TCP/IP made up around the bytes of a conversation that no card has captured.

    talk = tcpip.Connection(("127.0.0.1", 40001), ("127.0.0.2", 443))
    packets = [*talk.begin(), *talk.say(True, data), *talk.end(True), *talk.end(False)]

IPv4 is RFC 791, TCP is RFC 9293.  `segments` goes the other way.

Tested by      tests/tls/test_pcapng.py, tests/journey/test_pcap.py (by tshark)
"""

import struct
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]  # an IP address as text, and a port

MAX_SEGMENT = 16384  # bytes of payload in one packet
WINDOW = 65535  # bytes that may be under way; nobody here ever waits for more
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10  # RFC 9293 section 3.1


class Connection:
    """One TCP connection: who called whom, and how far each side has counted."""

    def __init__(self, caller: Address, called: Address) -> None:
        self._addresses = {True: caller, False: called}  # by "is it the caller's?", as everything here
        self._next = {True: 1000, False: 5000}  # sequence numbers
        self._ended = False  # on one side

    def begin(self) -> list[bytes]:
        """The handshake of TCP: three packets (RFC 9293 section 3.5)."""
        return [self._packet(True, SYN), self._packet(False, SYN | ACK), self._packet(True, ACK)]

    def say(self, caller: bool, data: bytes) -> list[bytes]:
        """What the caller, or else the called, sends: as many packets as it takes."""
        starts = range(0, len(data), MAX_SEGMENT)
        return [self._packet(caller, PSH | ACK, data[start : start + MAX_SEGMENT]) for start in starts]

    def end(self, caller: bool) -> list[bytes]:
        """This side will send nothing more; if it is the second to say so, the first has the last word."""
        packets = [self._packet(caller, FIN | ACK)]
        if self._ended:
            packets.append(self._packet(not caller, ACK))
        self._ended = True
        return packets

    def _packet(self, caller: bool, flags: int, payload: bytes = b"") -> bytes:
        acknowledged = self._next[not caller] if flags & ACK else 0
        numbers = self._next[caller], acknowledged, flags
        made = _ip(self._addresses[caller], self._addresses[not caller], numbers, payload)
        following = self._next[caller] + len(payload) + bool(flags & (SYN | FIN))
        self._next[caller] = following % 2**32  # RFC 9293 section 3.4
        return made


def _ip(source: Address, target: Address, numbers: tuple[int, int, int], payload: bytes) -> bytes:
    """A packet of IPv4 with a segment of TCP in it; `numbers`: sequence, acknowledgement and flags."""
    sequence, acknowledged, flags = numbers
    words, urgent = 5, 0
    ports = source[1], target[1]
    header = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, words << 4, flags, WINDOW, 0, urgent)
    segment = header + payload
    addresses = _address(source[0]) + _address(target[0])
    pseudo_header = addresses + struct.pack(">BBH", 0, 6, len(segment))  # RFC 9293 section 3.1
    checksum = _checksum(pseudo_header + segment)
    segment = segment[:16] + struct.pack(">H", checksum) + segment[18:]

    version_and_words, time_to_live, tcp, do_not_fragment = 0x45, 64, 6, 0x4000
    length = 20 + len(segment)
    packed = struct.pack(">BBHHHBBH", version_and_words, 0, length, 0, do_not_fragment, time_to_live, tcp, 0)
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
