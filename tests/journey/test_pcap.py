"""The capture file: its bytes, read back by hand, and by tshark, which no one here wrote."""

import itertools
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from journey import ladder, pcap
from journey.pcap import Captured
from journey.referee import Crossing
from journey.theatre import Theatre
from tests.support import peers
from tls.captures import tcpip

FRAMES = [
    Captured(1, Crossing(1, "client", False, b"hello"), "rung 0: a test"),
    Captured(1, Crossing(1, "server", True, b"good bye"), "rung 0: a test"),
    Captured(1, Crossing(1, "server", False, b""), "rung 0: a test"),
    Captured(2, Crossing(1, "client", False, b"again"), "rung 1: étude"),
]
START = 1_700_000_000.5
SYN, SYN_ACK, ACK, DATA, FIN = 0x02, 0x12, 0x10, 0x18, 0x11


@dataclass
class Packet:
    microseconds: int
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    comment: str


def parse(data: bytes) -> list[Packet]:
    """All packets of a pcapng file with raw IPv4 in it; every length and checksum is checked."""
    packets, position, kinds = [], 0, []
    while position < len(data):
        kind, length = struct.unpack_from("<II", data, position)
        assert struct.unpack_from("<I", data, position + length - 4) == (length,)
        assert length % 4 == 0
        body = data[position + 8 : position + length - 4]
        kinds.append(kind)
        if kind == 6:
            packets.append(parse_packet(body))
        position += length
    assert kinds[:2] == [0x0A0D0D0A, 1]
    assert set(kinds[2:]) <= {6}
    return packets


def parse_packet(body: bytes) -> Packet:
    _, high, low, captured, original = struct.unpack_from("<IIIII", body)
    assert captured == original
    ip, options = body[20 : 20 + captured], body[20 + captured + -captured % 4 :]
    comment = ""
    if options:
        code, length = struct.unpack_from("<HH", options)
        assert code == 1
        assert length > 0
        comment = options[4 : 4 + length].decode()
    assert ip[0] == 0x45
    assert struct.unpack_from(">H", ip, 2) == (len(ip),)
    assert ones_complement_sum(ip[:20]) == 0xFFFF
    tcp = ip[20:]
    assert ones_complement_sum(ip[12:20] + struct.pack(">HH", 6, len(tcp)) + tcp) == 0xFFFF
    source, target, sequence, acknowledged, words, flags = struct.unpack_from(">HHIIBB", tcp)
    assert words >> 4 == 5
    dotted = [".".join(str(byte) for byte in address) for address in (ip[12:16], ip[16:20])]
    ends = (dotted[0], source), (dotted[1], target)
    return Packet(high << 32 | low, *ends, sequence, acknowledged, flags, tcp[20:], comment)


def ones_complement_sum(data: bytes) -> int:
    padded = data + bytes(len(data) % 2)
    return (sum(struct.unpack(f">{len(padded) // 2}H", padded)) - 1) % 0xFFFF + 1


def test_each_wire_is_a_connection_from_its_handshake_to_its_end() -> None:
    packets = parse(pcap.encode(FRAMES, START))
    client, mallory, server = "127.0.0.1", "127.0.0.2", "127.0.0.3"
    seen = [(packet.source[0], packet.target[0], packet.flags, packet.payload) for packet in packets]
    call = lambda a, b: [(a, b, SYN, b""), (b, a, SYN_ACK, b""), (a, b, ACK, b"")]  # noqa: E731
    end = lambda a, b: [(a, b, FIN, b""), (b, a, FIN, b""), (a, b, ACK, b"")]  # noqa: E731
    assert seen == [
        *call(client, mallory),
        (client, mallory, DATA, b"\0\0\0\5hello"),
        *call(mallory, server),
        (mallory, server, DATA, b"\0\0\0\x08good bye"),
        (server, mallory, DATA, b"\0\0\0\0"),
        *end(client, mallory),
        *end(mallory, server),
        *call(client, mallory),
        (client, mallory, DATA, b"\0\0\0\5again"),
        *end(client, mallory),
    ]
    callers = {packet.source[1] for packet in packets if packet.flags == SYN}
    assert callers == {40001, 40002, 40003}
    assert {packet.target[1] for packet in packets if packet.flags == SYN} == {pcap.PORT}


def test_numbers_follow_from_what_was_sent() -> None:
    following: dict[tuple[tuple[str, int], tuple[str, int]], int] = {}
    for packet in parse(pcap.encode(FRAMES, START)):
        there, back = (packet.source, packet.target), (packet.target, packet.source)
        if there in following:
            assert packet.sequence == following[there]
        if packet.flags & 0x10:
            assert packet.acknowledged == following[back]
        else:
            assert packet.acknowledged == 0
        following[there] = packet.sequence + len(packet.payload) + bool(packet.flags & 0x03)


def test_time_goes_on_and_comments_say_what_it_is() -> None:
    packets = parse(pcap.encode(FRAMES, START))
    times = [packet.microseconds for packet in packets]
    assert times[0] == 1_700_000_000_500_000
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {1000}
    assert {packet.comment for packet in packets if packet.payload} == {"rung 0: a test", "rung 1: étude"}


def test_a_long_frame_takes_several_packets() -> None:
    frame = bytes(range(256)) * 300
    packets = parse(pcap.encode([Captured(1, Crossing(1, "client", False, frame), "")], START))
    payloads = [packet.payload for packet in packets if packet.payload]
    assert b"".join(payloads) == len(frame).to_bytes(4, "big") + frame
    assert max(map(len, payloads)) == tcpip.MAX_SEGMENT


@pytest.mark.interop
def test_tshark_has_nothing_to_complain_about(tmp_path: Path) -> None:
    theatre = Theatre()
    for rung in ladder.rungs()[:8]:
        for attack in rung.attacks:
            theatre.play(attack, rung)
    path = tmp_path / "journey.pcapng"
    path.write_bytes(theatre.capture_file(START))
    command = [
        peers.require("tshark"),
        *("-r", str(path), "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"),
        *("-T", "fields", "-e", "ip.checksum.status", "-e", "tcp.checksum.status"),
        *("-e", "_ws.expert.severity", "-e", "frame.comment"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) > 100
    good, worse_than_a_note = "1", {"6291456", "8388608"}  # warning, error
    assert {tuple(row[:2]) for row in rows} == {(good, good)}
    assert not {severity for row in rows for severity in row[2].split(",")} & worse_than_a_note
    assert {"rung 0: read", "rung 7: forge after a restart"} <= {row[3] for row in rows}
