"""From a captured packet down to what it carries of TCP: link layer, IPv4 or IPv6, TCP.

Nothing here is judged, as a firewall would; checksums are not looked at, because a network card often
computes them after the packet has been captured.  What is no segment of TCP is passed over, and what it was
instead is said in a word, to be counted.

RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), and the list of link types at tcpdump.org.

Tested by      tests/tls/test_segments.py
"""

import ipaddress
from dataclasses import dataclass, field

from tls.captures.capture import Packet
from tls.captures.tcpip import Address

# Link types
NULL, LOOP = 0, 108  # BSD's loopback: the family of the address in four bytes
ETHERNET = 1
RAW, IPV4, IPV6 = {12, 14, 101}, 228, 229  # nothing at all before the IP header
LINUX_COOKED, LINUX_COOKED_2 = 113, 276  # what Linux gives for "any interface"

ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
VLAN_TAGS = {0x8100, 0x88A8, 0x9100}  # four more bytes, and then the type once more
TCP = 6
EXTENSION_HEADERS = {0, 43, 60, 135, 139, 140}  # of IPv6, whose lengths count eight bytes each
FRAGMENT_HEADER, AUTHENTICATION_HEADER = 44, 51


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of TCP."""

    source: Address
    target: Address
    sequence: int
    flags: int
    payload: bytes = field(repr=False)
    missing: int  # bytes at the end of the payload that were not captured


class Skipped(Exception):
    """No segment: the reason in a word or two, empty where nobody has to hear of it."""


def of(packet: Packet) -> Segment:
    """The segment in a packet.  Skipped if there is none that can be read."""
    ip = _without_link_layer(packet)
    version = ip[0] >> 4 if ip else 0
    if version == 4:
        return _of_ipv4(ip)
    if version == 6:
        return _of_ipv6(ip)
    raise Skipped("damaged")


def _without_link_layer(packet: Packet) -> bytes:
    """What follows the header of the link layer."""
    data, link_type = packet.data, packet.link_type
    if link_type in RAW or link_type in (IPV4, IPV6):
        return data
    if link_type in (NULL, LOOP):  # the family's number depends on the system; the IP header says it too
        return data[4:]
    if link_type == ETHERNET:
        return _by_ethertype(data, 12)
    if link_type == LINUX_COOKED:
        return _by_ethertype(data, 14)
    if link_type == LINUX_COOKED_2:
        return _by_ethertype(data[:2] + data[20:], 0)
    raise Skipped(f"of link type {link_type}, which is not known here")


def _by_ethertype(data: bytes, position: int) -> bytes:
    """What follows the two bytes that say what it is, and tags of virtual networks."""
    while (kind := int.from_bytes(data[position : position + 2], "big")) in VLAN_TAGS:
        position += 4
    if kind not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
        raise Skipped("")  # ARP and the like
    return data[position + 2 :]


def _of_ipv4(ip: bytes) -> Segment:
    header_size = (ip[0] & 15) * 4
    if header_size < 20 or len(ip) < header_size:
        raise Skipped("damaged")
    total = int.from_bytes(ip[2:4], "big") or len(ip)  # 0: the card was to cut it up
    more_fragments, offset = ip[6] & 0x20, int.from_bytes(ip[6:8], "big") & 0x1FFF
    if ip[9] != TCP:
        raise Skipped("")
    if more_fragments or offset:
        raise Skipped("fragments of IP")
    return _of_tcp(ip[12:16], ip[16:20], ip[header_size:], total - header_size)


def _of_ipv6(ip: bytes) -> Segment:
    if len(ip) < 40:
        raise Skipped("damaged")
    size = int.from_bytes(ip[4:6], "big") or len(ip) - 40  # 0: the card was to cut it up
    kind, position = ip[6], 40
    while kind in EXTENSION_HEADERS or kind in (FRAGMENT_HEADER, AUTHENTICATION_HEADER):
        if len(ip) < position + 8:
            raise Skipped("damaged")
        following, length = ip[position], ip[position + 1]
        if kind == FRAGMENT_HEADER:
            if int.from_bytes(ip[position + 2 : position + 4], "big") & 0xFFF9:  # an offset, or more to come
                raise Skipped("fragments of IP" if following == TCP else "")
            position += 8
        elif kind == AUTHENTICATION_HEADER:  # RFC 4302 section 2.2
            position += 4 * (length + 2)
        else:
            position += 8 * (length + 1)
        kind = following
    if kind != TCP:
        raise Skipped("")
    return _of_tcp(ip[8:24], ip[24:40], ip[position:], size - (position - 40))


def _of_tcp(source: bytes, target: bytes, data: bytes, size: int) -> Segment:
    """`size`: bytes that were sent: some may be missing here, and what is more only fills the frame."""
    if len(data) < 20:
        raise Skipped("damaged")
    header_size = (data[12] >> 4) * 4
    if header_size < 20 or header_size > size:
        raise Skipped("damaged")
    return Segment(
        (str(ipaddress.ip_address(source)), int.from_bytes(data[:2], "big")),
        (str(ipaddress.ip_address(target)), int.from_bytes(data[2:4], "big")),
        int.from_bytes(data[4:8], "big"),
        data[13],
        data[header_size:size],
        max(0, size - len(data)),
    )
