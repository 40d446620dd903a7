"""Captures of what no card has captured: pcapng, with TCP/IP made up around the bytes of a conversation.

    file = pcapng.beginning()
    file += pcapng.secrets("CLIENT_TRAFFIC_SECRET_0 0001... ...")       before the packets that need them
    talk = pcapng.Connection(("127.0.0.1", 40001), ("127.0.0.2", 443))
    for packet in [*talk.begin(), *talk.say(True, data), *talk.end(True), *talk.end(False)]:
        file += pcapng.packet(packet, microseconds, "a comment")

Wireshark opens such a file like any other, and with the secrets in it already decrypted.  It takes no
privilege to make one, because nothing is captured.

The format is draft-ietf-opsawg-pcapng; IPv4 is RFC 791, TCP is RFC 9293.

Tested by      tests/tls/test_pcapng.py, tests/journey/test_pcap.py (by tshark)
"""

import struct
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]  # an IPv4 address with dots, and a port

SECTION_HEADER, INTERFACE, ENHANCED_PACKET, DECRYPTION_SECRETS = 0x0A0D0D0A, 1, 6, 0x0A  # kinds of blocks
BYTE_ORDER_MAGIC = 0x1A2B3C4D
TLS_KEY_LOG = 0x544C534B  # "TLSK", a kind of secrets
COMMENT, END_OF_OPTIONS = 1, 0  # kinds of options
LINKTYPE_RAW = 101  # packets begin with their IP header
MAX_SEGMENT = 16384  # bytes of TCP payload in one packet
WINDOW = 65535  # bytes that may be under way; nobody here ever waits for more
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10  # RFC 9293 section 3.1


# ---- The file ------------------------------------------------------------------------------------------


def beginning() -> bytes:
    """What stands at the beginning: one section, one interface."""
    unknown_length = -1
    section = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, unknown_length)
    return _block(SECTION_HEADER, section) + _block(INTERFACE, struct.pack("<HHI", LINKTYPE_RAW, 0, 0))


def packet(data: bytes, microseconds: int, comment: str = "") -> bytes:
    """A packet, when it was seen (microseconds since 1970), and what is to be said about it."""
    header = struct.pack("<IIIII", 0, microseconds >> 32, microseconds & 0xFFFFFFFF, len(data), len(data))
    text, options = comment.encode(), b""
    if text:
        options = struct.pack("<HH", COMMENT, len(text)) + _padded(text)
        options += struct.pack("<HH", END_OF_OPTIONS, 0)
    return _block(ENHANCED_PACKET, header + _padded(data) + options)


def secrets(key_log: str) -> bytes:
    """Lines of an NSS key log (`tls/keylog.py`), for the packets that come after them."""
    text = key_log.encode("ascii")
    return _block(DECRYPTION_SECRETS, struct.pack("<II", TLS_KEY_LOG, len(text)) + _padded(text))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


# ---- The packets ---------------------------------------------------------------------------------------


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
