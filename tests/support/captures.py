"""Capture files and packets by hand, in every dress that they come in."""

import struct
from collections.abc import Iterable

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
MICROSECONDS, NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
RAW, ETHERNET = 101, 1


def pcap(
    packets: Iterable[bytes], link_type: int = RAW, *, order: str = "<", magic: int = MICROSECONDS
) -> bytes:
    file = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for packet in packets:
        file += struct.pack(f"{order}IIII", 1, 2, len(packet), len(packet)) + packet
    return file


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link_type: int = RAW, kept: int = 0, order: str = "<") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link_type, 0, kept), order)


def enhanced(packet: bytes, number: int = 0, order: str = "<") -> bytes:
    header = struct.pack(f"{order}IIIII", number, 0, 0, len(packet), len(packet))
    return block(6, header + packet, order)


def secrets(text: bytes, order: str = "<", kind: int = 0x544C534B) -> bytes:
    return block(10, struct.pack(f"{order}II", kind, len(text)) + text, order)


def tcp(
    source: int,
    target: int,
    sequence: int,
    payload: bytes = b"",
    *,
    flags: int = PSH | ACK,
    options: bytes = b"",
) -> bytes:
    words = 5 + len(options) // 4
    header = struct.pack(">HHIIBBHHH", source, target, sequence, 0, words << 4, flags, 65535, 0, 0)
    return header + options + payload


def ipv4(segment: bytes, *, protocol: int = 6, fragment: int = 0, total: int | None = None) -> bytes:
    total = 20 + len(segment) if total is None else total
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    return struct.pack(">BBHHHBBH", 0x45, 0, total, 0, fragment, 64, protocol, 0) + addresses + segment


def ipv6(segment: bytes, *, headers: bytes = b"", first: int = 6, total: int | None = None) -> bytes:
    """`headers`: extension headers, the last of which says 6; `first`: the kind of the first one."""
    total = len(headers) + len(segment) if total is None else total
    addresses = bytes(15) + b"\x01" + bytes(15) + b"\x02"
    return struct.pack(">IHBB", 0x60000000, total, first, 64) + addresses + headers + segment
