"""Every dress that a segment of TCP comes in, and what is no segment."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import captures
from tls.captures import segments
from tls.captures.capture import Packet
from tls.captures.segments import Segment, Skipped

TCP = captures.tcp(40001, 443, 7, b"hello")
IPV4, IPV6 = captures.ipv4(TCP), captures.ipv6(TCP)
OVER_IPV4 = Segment(("10.0.0.1", 40001), ("10.0.0.2", 443), 7, 0x18, b"hello", 0)
OVER_IPV6 = Segment(("::1", 40001), ("::2", 443), 7, 0x18, b"hello", 0)
MACS = bytes(12)


@pytest.mark.parametrize(
    ("link_type", "before_4", "before_6"),
    [
        (101, b"", b""),
        (12, b"", b""),
        (14, b"", b""),
        (228, b"", b""),
        (229, b"", b""),
        (0, struct.pack("<I", 2), struct.pack("<I", 30)),
        (0, struct.pack(">I", 2), struct.pack(">I", 24)),
        (108, struct.pack(">I", 2), struct.pack(">I", 28)),
        (1, MACS + b"\x08\x00", MACS + b"\x86\xdd"),
        (1, MACS + b"\x81\x00\x00\x05\x08\x00", MACS + b"\x81\x00\x00\x05\x86\xdd"),
        (1, MACS + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00", MACS + b"\x91\x00\x00\x05\x86\xdd"),
        (113, bytes(14) + b"\x08\x00", bytes(14) + b"\x86\xdd"),
        (276, b"\x08\x00" + bytes(18), b"\x86\xdd" + bytes(18)),
    ],
)
def test_every_link_layer(link_type: int, before_4: bytes, before_6: bytes) -> None:
    assert segments.of(Packet(link_type, before_4 + IPV4)) == OVER_IPV4
    assert segments.of(Packet(link_type, before_6 + IPV6)) == OVER_IPV6


def ip(packet: bytes) -> Segment:
    return segments.of(Packet(101, packet))


def test_what_fills_a_frame_is_not_said() -> None:
    assert ip(IPV4 + bytes(6)) == OVER_IPV4
    assert ip(IPV6 + bytes(6)) == OVER_IPV6


def test_what_was_not_captured_is_missing() -> None:
    for packet in (IPV4[:-2], IPV6[:-2]):
        assert (ip(packet).payload, ip(packet).missing) == (b"hel", 2)


def test_a_packet_that_the_card_was_to_cut_up_has_no_length() -> None:
    assert ip(captures.ipv4(TCP, total=0)) == OVER_IPV4
    assert ip(captures.ipv6(TCP, total=0)) == OVER_IPV6


def test_options_are_stepped_over() -> None:
    assert ip(captures.ipv4(captures.tcp(40001, 443, 7, b"hello", options=bytes(12)))) == OVER_IPV4
    longer = bytes([0x46]) + IPV4[1:3] + bytes([IPV4[3] + 4]) + IPV4[4:20] + bytes(4) + IPV4[20:]
    assert ip(longer) == OVER_IPV4


def test_extension_headers_are_stepped_over() -> None:
    hop_by_hop, routing = b"\x2b\x00" + bytes(6), b"\x33\x01" + bytes(14)
    authentication, fragment = b"\x2c\x04" + bytes(22), b"\x3c\xff\x00\x00" + bytes(4)  # the only fragment
    headers = hop_by_hop + routing + authentication + fragment + b"\x06\x00" + bytes(6)
    assert ip(captures.ipv6(TCP, headers=headers, first=0)) == OVER_IPV6


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (captures.ipv4(TCP, protocol=17), ""),
        (captures.ipv4(TCP, fragment=0x2000), "fragments of IP"),
        (captures.ipv4(TCP, fragment=0x0001), "fragments of IP"),
        (captures.ipv4(TCP, fragment=0x0001, protocol=17), ""),
        (captures.ipv6(TCP, first=17), ""),
        (captures.ipv6(TCP, first=44, headers=b"\x06\x00\x00\x01" + bytes(4)), "fragments of IP"),
        (captures.ipv6(TCP, first=44, headers=b"\x06\x00\x00\x08" + bytes(4)), "fragments of IP"),
        (captures.ipv6(TCP, first=44, headers=b"\x11\x00\x00\x08" + bytes(4)), ""),
        (captures.ipv6(TCP, first=0, headers=b"\x06\xff" + bytes(6)), "damaged"),
        (captures.ipv6(b"", first=0), "damaged"),
        (captures.ipv6(TCP, total=4, first=0, headers=b"\x06\x00" + bytes(6)), "damaged"),
        (b"", "damaged"),
        (b"\x50" + bytes(40), "damaged"),
        (b"\x44" + captures.ipv4(TCP[:8] + b"\x50" + TCP[9:])[1:], "damaged"),  # TCP four bytes before
        (b"\x4f" + IPV4[1:], "damaged"),
        (IPV4[:5], "damaged"),
        (IPV4[:19], "damaged"),
        (IPV4[:39], "damaged"),
        (captures.ipv4(TCP, total=19), "damaged"),
        (captures.ipv4(TCP, total=39), "damaged"),
        (IPV6[:5], "damaged"),
        (IPV6[:39], "damaged"),
        (captures.ipv4(TCP[:12] + b"\x4f" + TCP[13:]), "damaged"),
        (captures.ipv4(TCP[:12] + b"\x70" + TCP[13:]), "damaged"),
    ],
)
def test_what_is_no_segment_is_skipped(packet: bytes, reason: str) -> None:
    with pytest.raises(Skipped) as caught:
        ip(packet)
    assert str(caught.value) == reason


def test_what_is_not_ip_and_what_is_not_known() -> None:
    with pytest.raises(Skipped, match=r"^$"):
        segments.of(Packet(1, MACS + b"\x08\x06" + bytes(28)))  # ARP
    with pytest.raises(Skipped, match="of link type 127, which is not known here"):
        segments.of(Packet(127, IPV4))


@given(st.sampled_from([0, 1, 101, 113, 276, 999]), st.sampled_from([IPV4, IPV6]), st.data())
def test_damage_gives_a_segment_or_is_skipped(link_type: int, packet: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(packet) - 1))
    damaged = packet[:position] + data.draw(st.binary(max_size=8)) + packet[position + 1 :]
    try:
        segments.of(Packet(link_type, damaged))
    except Skipped:
        pass
