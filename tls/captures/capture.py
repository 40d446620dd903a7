"""Capture files: what tcpdump, Wireshark and `tls/captures/pcapng.py` write, taken apart into packets.

    captured = capture.read(data)
    captured.packets, captured.key_log

Two formats, each in both byte orders: pcap, with times in micro- or nanoseconds (draft-ietf-opsawg-pcap),
and pcapng, with any number of interfaces and with secrets in it (draft-ietf-opsawg-pcapng).  When a packet
was seen does not matter here: their order is that of the file.

Errors         CaptureError, for whatever is not as the formats say; a packet's own bytes are not looked at.
Limits         MAX_SIZE bytes of a file, MAX_PACKETS packets in it.
Tested by      tests/tls/test_capture.py
"""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tls.captures.pcapng import (
    BYTE_ORDER_MAGIC,
    DECRYPTION_SECRETS,
    ENHANCED_PACKET,
    INTERFACE,
    SECTION_HEADER,
    TLS_KEY_LOG,
)

MAX_SIZE = 2**27  # bytes
MAX_PACKETS = 1_000_000
MAX_PACKET = 2**18  # bytes, as tcpdump and Wireshark have it
PCAP = {  # the first four bytes, and which byte order they stand for
    b"\xa1\xb2\xc3\xd4": ">",  # microseconds
    b"\xd4\xc3\xb2\xa1": "<",
    b"\xa1\xb2\x3c\x4d": ">",  # nanoseconds
    b"\x4d\x3c\xb2\xa1": "<",
}
PCAPNG = b"\x0a\x0d\x0d\x0a"  # reads the same in both orders
BYTE_ORDERS = {BYTE_ORDER_MAGIC.to_bytes(4, "big"): ">", BYTE_ORDER_MAGIC.to_bytes(4, "little"): "<"}
OLD_PACKET, SIMPLE_PACKET = 2, 3  # kinds of blocks that we do not write


class CaptureError(ValueError):
    """The user's file is no capture, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet, perhaps cut off at its end by whoever captured it."""

    link_type: int  # what it begins with, such as Ethernet's 1
    data: bytes


@dataclass(frozen=True, slots=True)
class Capture:
    """What is in a file."""

    packets: tuple[Packet, ...]
    key_log: str = field(repr=False)  # the lines that are embedded in it; mostly there are none


def read(data: bytes) -> Capture:
    """Take a file apart.  CaptureError if it is no capture, or not whole."""
    if len(data) > MAX_SIZE:
        raise CaptureError(f"{len(data)} bytes, at most {MAX_SIZE}: cut out what is of interest")
    if data[:4] in PCAP:
        return Capture(_counted(_pcap(data, PCAP[data[:4]])), "")
    if data[:4] == PCAPNG:
        return _pcapng(data)
    raise CaptureError(f"neither pcap nor pcapng: it begins with {data[:4].hex() or 'nothing'}")


def _counted(found: Iterator[Packet]) -> tuple[Packet, ...]:
    packets = tuple(itertools.islice(found, MAX_PACKETS))
    for _ in found:
        raise CaptureError(f"more than {MAX_PACKETS} packets: cut out what is of interest")
    return packets


# ---- pcap ----------------------------------------------------------------------------------------------

PCAP_HEADER_SIZE, PACKET_HEADER_SIZE = 24, 16  # bytes


def _pcap(data: bytes, order: str) -> Iterator[Packet]:
    if len(data) < PCAP_HEADER_SIZE:
        raise CaptureError(f"a header of {PCAP_HEADER_SIZE} bytes expected, {len(data)} are there")
    major, _minor, _, _, _, link_type = struct.unpack_from(f"{order}HHiIII", data, 4)
    if major != 2:
        raise CaptureError(f"version {major} of pcap, which is not known here")
    position, number = PCAP_HEADER_SIZE, 0
    while position < len(data):
        number += 1
        if len(data) - position < PACKET_HEADER_SIZE:
            raise CaptureError(f"packet {number} is cut off: the file has only the beginning of it")
        _, _, size, _ = struct.unpack_from(f"{order}IIII", data, position)
        position += PACKET_HEADER_SIZE
        yield Packet(link_type & 0xFFFF, _taken(data, position, size, f"packet {number}"))  # above: flags
        position += size


# ---- pcapng --------------------------------------------------------------------------------------------

MIN_BLOCK = 12  # bytes: kind, length, and length once more
Interface: TypeAlias = tuple[int, int]  # link type, and how many bytes are kept of a packet; 0: all


def _pcapng(data: bytes) -> Capture:
    key_logs: list[str] = []
    packets = _counted(_packets(data, key_logs))
    return Capture(packets, "\n".join(key_logs))


def _packets(data: bytes, key_logs: list[str]) -> Iterator[Packet]:
    """The packets of all sections; what there is of key logs on the way goes where it is said."""
    interfaces: list[Interface] = []  # of this section
    for number, (order, kind, body) in enumerate(_blocks(data), 1):
        try:
            if kind == SECTION_HEADER:
                interfaces.clear()
            elif kind == INTERFACE:
                link_type, _, kept = struct.unpack_from(f"{order}HHI", body)
                interfaces.append((link_type, kept))
            elif kind in (ENHANCED_PACKET, OLD_PACKET, SIMPLE_PACKET):
                yield _packet(order, kind, body, interfaces)
            elif kind == DECRYPTION_SECRETS:
                what, size = struct.unpack_from(f"{order}II", body)
                secrets = _taken(body, 8, size, "what is secret", len(body))
                if what == TLS_KEY_LOG:
                    key_logs.append(secrets.decode("utf-8", "replace"))
        except struct.error:
            raise CaptureError(f"block {number} is too short for what it is") from None
        except IndexError:
            raise CaptureError(f"block {number} is of an interface that nobody has described") from None
        except CaptureError as error:
            raise CaptureError(f"block {number}: {error}") from None


def _packet(order: str, kind: int, body: bytes, interfaces: list[Interface]) -> Packet:
    """IndexError where the interface is not there, struct.error where the block is too short."""
    if kind == SIMPLE_PACKET:
        link_type, kept = interfaces[0]
        (size,) = struct.unpack_from(f"{order}I", body)
        return Packet(link_type, _taken(body, 4, min(size, kept or size), "its packet"))
    fields = "IIIII" if kind == ENHANCED_PACKET else "HHIIII"  # interface, drops or not, time, sizes
    interface, *_, size, _ = struct.unpack_from(order + fields, body)
    return Packet(interfaces[interface][0], _taken(body, 20, size, "its packet"))


def _blocks(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Byte order, kind and body of each block."""
    order, position, number = "", 0, 0
    while position < len(data):
        number += 1
        if len(data) - position < MIN_BLOCK:
            raise CaptureError(f"block {number} is cut off: the file has only the beginning of it")
        if data[position : position + 4] == PCAPNG:
            order = BYTE_ORDERS.get(data[position + 8 : position + 12], "")
            if not order:
                raise CaptureError(f"block {number} begins a section in no known byte order")
        kind, length = struct.unpack_from(f"{order}II", data, position)
        if length < MIN_BLOCK or length % 4:
            raise CaptureError(f"block {number} is said to have {length} bytes, which no block can have")
        if length > len(data) - position:
            raise CaptureError(f"block {number} is cut off: {length} bytes, {len(data) - position} are there")
        if struct.unpack_from(f"{order}I", data, position + length - 4) != (length,):
            raise CaptureError(f"block {number} has another length at its end than at its beginning")
        yield order, kind, data[position + 8 : position + length - 4]
        position += length


def _taken(data: bytes, start: int, size: int, what: str, limit: int = MAX_PACKET) -> bytes:
    if size > limit:
        raise CaptureError(f"{what} is said to have {size} bytes, at most {limit}")
    if size > len(data) - start:
        raise CaptureError(f"{what} is cut off: {size} bytes, {len(data) - start} are there")
    return data[start : start + size]
