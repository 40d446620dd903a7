"""A capture file from bytes that never crossed a network card: no root, no packet filter, no timing.

Ethernet is left out (link type RAW, 101); each chunk of a TCP stream becomes one IPv4 packet with correct
lengths and sequence numbers.  Checksums are left zero, which readers take for "computed by the hardware".
"""

import struct
from collections.abc import Iterable
from pathlib import Path

LINKTYPE_RAW = 101
CLIENT = (bytes([127, 0, 0, 1]), 49152)
SERVER = (bytes([127, 0, 0, 1]), 443)
MAX_SEGMENT = 1400  # bytes
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10


def write(path: Path, chunks: Iterable[tuple[str, bytes]]) -> None:
    """Write a capture of one TCP connection: `chunks` are ("client" or "server", the bytes it sent)."""
    sent = {"client": 1000, "server": 2000}
    packets = [_packet("client", sent, b"", SYN), _packet("server", sent, b"", SYN | ACK)]
    sent["client"] += 1
    sent["server"] += 1
    packets.append(_packet("client", sent, b"", ACK))
    for sender, data in chunks:
        for start in range(0, len(data), MAX_SEGMENT):
            segment = data[start : start + MAX_SEGMENT]
            packets.append(_packet(sender, sent, segment, PSH | ACK))
            sent[sender] += len(segment)
    packets += [_packet(sender, sent, b"", FIN | ACK) for sender in ("client", "server")]
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW)
    records = (
        struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet
        for number, packet in enumerate(packets)
    )
    path.write_bytes(header + b"".join(records))


def _packet(sender: str, sent: dict[str, int], data: bytes, flags: int) -> bytes:
    receiver = "server" if sender == "client" else "client"
    source, target = (CLIENT, SERVER) if sender == "client" else (SERVER, CLIENT)
    acknowledged = sent[receiver] if flags & ACK else 0
    tcp = struct.pack(
        ">HHIIBBHHH", source[1], target[1], sent[sender], acknowledged, 5 << 4, flags, 65535, 0, 0
    )
    total = 20 + len(tcp) + len(data)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, 6, 0, source[0], target[0])
    return ip + tcp + data
