"""Capture files of both formats, in both byte orders, whole and damaged."""

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import captures, peers
from tls.captures import capture, pcapng
from tls.captures.capture import Capture, CaptureError, Packet

PACKETS = (b"one", b"a second one", b"", b"4444")
ORDERS = ("<", ">")


def of(link_type: int, *packets: bytes, key_log: str = "") -> Capture:
    return Capture(tuple(Packet(link_type, packet) for packet in packets), key_log)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic", [captures.MICROSECONDS, captures.NANOSECONDS])
def test_pcap(order: str, magic: int) -> None:
    file = captures.pcap(PACKETS, captures.ETHERNET, order=order, magic=magic)
    assert capture.read(file) == of(captures.ETHERNET, *PACKETS)


def test_what_stands_above_a_link_type_is_no_part_of_it() -> None:
    assert capture.read(captures.pcap([b"x"], 0x1400_0001)) == of(1, b"x")


@pytest.mark.parametrize("order", ORDERS)
def test_pcapng_with_every_kind_of_packet(order: str) -> None:
    old = struct.pack(f"{order}HHIIII", 1, 0, 0, 0, 3, 3) + b"old"
    file = captures.section(order)
    file += captures.interface(captures.RAW, 0, order) + captures.interface(captures.ETHERNET, 0, order)
    file += captures.enhanced(b"first", 0, order) + captures.enhanced(b"second", 1, order)
    file += captures.block(2, old, order)
    file += captures.block(3, struct.pack(f"{order}I", 6) + b"simple", order)
    file += captures.block(5, b"statistics, and whatever else there is", order)
    raw, ethernet = captures.RAW, captures.ETHERNET
    assert capture.read(file).packets == (
        Packet(raw, b"first"),
        Packet(ethernet, b"second"),
        Packet(ethernet, b"old"),
        Packet(raw, b"simple"),
    )


def test_a_simple_packet_is_as_long_as_its_interface_allows() -> None:
    file = captures.section() + captures.interface(kept=4)
    file += captures.block(3, struct.pack("<I", 6) + b"simp")
    assert capture.read(file) == of(captures.RAW, b"simp")


def test_sections_have_orders_and_interfaces_of_their_own() -> None:
    file = captures.section("<") + captures.interface(1) + captures.enhanced(b"one")
    file += captures.section(">") + captures.interface(101, 0, ">") + captures.enhanced(b"two", 0, ">")
    assert capture.read(file).packets == (Packet(1, b"one"), Packet(101, b"two"))
    with pytest.raises(CaptureError, match="block 5 is of an interface that nobody has described"):
        capture.read(
            captures.section() + captures.interface() * 2 + captures.section() + captures.enhanced(b"one", 1)
        )


def test_secrets_are_found_and_other_secrets_passed_over() -> None:
    file = captures.section() + captures.secrets(b"A 00 11\n") + captures.interface()
    file += captures.secrets(b"of ssh", kind=0x5353484B) + captures.secrets(b"B 22 33")
    assert capture.read(file).key_log == "A 00 11\n\nB 22 33"


def test_what_we_write_can_be_read() -> None:
    file = pcapng.beginning() + pcapng.secrets("A 00 11\n") + pcapng.packet(b"one", 2**40, "a comment")
    assert capture.read(file + pcapng.packet(b"other", 0)) == of(101, b"one", b"other", key_log="A 00 11\n")


@pytest.mark.interop
def test_what_wireshark_writes_can_be_read(tmp_path: Path) -> None:
    editcap = peers.require("editcap")
    packets = [captures.ipv4(captures.tcp(1, 2, number, b"x" * number)) for number in range(5)]
    (tmp_path / "in").write_bytes(captures.pcap(packets))
    for kind in ("pcap", "nsecpcap", "pcapng"):
        out = tmp_path / kind
        subprocess.run([editcap, "-F", kind, tmp_path / "in", out], check=True, timeout=60)
        assert capture.read(out.read_bytes()) == of(101, *packets)


SECTION = captures.section() + captures.interface()
DAMAGED = [
    (b"", "neither pcap nor pcapng: it begins with nothing"),
    (b"GET / HTTP/1.1", "neither pcap nor pcapng: it begins with 47455420"),
    (captures.pcap([])[:23], "a header of 24 bytes expected, 23 are there"),
    (captures.pcap([])[:4] + b"\x03" + captures.pcap([])[5:], "version 3 of pcap"),
    (captures.pcap([b"x"])[:-2], "packet 1 is cut off: the file has only the beginning of it"),
    (captures.pcap([b"a", b"xy"])[:-1], "packet 2 is cut off: 2 bytes, 1 are there"),
    (captures.pcap([b"a" * (2**18 + 1)]), "packet 1 is said to have 262145 bytes, at most 262144"),
    (captures.section()[:8] + b"none" + captures.section()[12:], "block 1 begins a section in no known"),
    (SECTION + b"\x06\0\0\0\x0c\0\0\0", "block 3 is cut off: the file has only the beginning of it"),
    (SECTION + b"\x06\0\0\0\x08\0\0\0\x08\0\0\0", "block 3 is said to have 8 bytes"),
    (SECTION + b"\x06\0\0\0\x0d\0\0\0\0\x0d\0\0\0", "block 3 is said to have 13 bytes"),
    (SECTION + captures.enhanced(b"four")[:-4], "block 3 is cut off: 36 bytes, 32 are there"),
    (SECTION + captures.enhanced(b"four")[:-4] + b"\x28\0\0\0", "block 3 has another length at its end"),
    (SECTION + captures.block(6, bytes(16)), "block 3 is too short for what it is"),
    (captures.section() + captures.block(1, bytes(4)), "block 2 is too short for what it is"),
    (SECTION + captures.enhanced(b"x", 1), "block 3 is of an interface that nobody has described"),
    (
        captures.section() + captures.block(3, bytes(8)),
        "block 2 is of an interface that nobody has described",
    ),
    (SECTION + captures.block(6, struct.pack("<5I", 0, 0, 0, 5, 5) + b"four"), "block 3: its packet is cut"),
    (
        SECTION + captures.block(10, struct.pack("<II", 1, 5) + b"four"),
        "block 3: what is secret is cut off: 5 bytes, 4",
    ),
]


@pytest.mark.parametrize(("file", "reason"), DAMAGED, ids=[reason for _, reason in DAMAGED])
def test_a_damaged_file_is_refused(file: bytes, reason: str) -> None:
    with pytest.raises(CaptureError) as caught:
        capture.read(file)
    assert str(caught.value).startswith(reason)


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "MAX_PACKETS", 3)
    assert len(capture.read(captures.pcap(PACKETS[:3])).packets) == 3
    for file in (captures.pcap(PACKETS), SECTION + 4 * captures.enhanced(b"x")):
        with pytest.raises(CaptureError, match="more than 3 packets"):
            capture.read(file)
    monkeypatch.setattr(capture, "MAX_SIZE", 40)
    with pytest.raises(CaptureError, match="41 bytes, at most 40"):
        capture.read(bytes(41))


FILES = [
    captures.pcap(PACKETS),
    captures.pcap(PACKETS, order=">"),
    SECTION + captures.secrets(b"A 00 11") + captures.enhanced(b"one") + captures.block(3, b"\x01\0\0\0x"),
]


@pytest.mark.parametrize("file", FILES)
def test_every_byte_changed_gives_a_capture_or_a_capture_error(file: bytes) -> None:
    for position in range(len(file)):
        for value in (0, 1, 0x7F, 0x80, 0xFF, file[position] ^ 1):
            read_or_refuse(file[:position] + bytes([value]) + file[position + 1 :])
        read_or_refuse(file[:position])


@given(st.sampled_from([b"\xd4\xc3\xb2\xa1", SECTION, SECTION[:28], b""]), st.binary(max_size=200))
def test_any_bytes_give_a_capture_or_a_capture_error(beginning: bytes, rest: bytes) -> None:
    read_or_refuse(beginning + rest)


def read_or_refuse(file: bytes) -> None:
    try:
        capture.read(file)
    except CaptureError:
        pass
