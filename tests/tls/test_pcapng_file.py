"""What an observer has heard, as a file for Wireshark: read back by tshark, which no one here wrote."""

import os
import re
import resource
import stat
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from record.protection import ProtectedRecord
from tests.support import peers, peers_in_memory, resumed
from tls.captures import wiretap
from tls.captures.pcapng_file import PcapngFile
from tls.connection import Connection

START = 1_700_000_000.5
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def ticking() -> Callable[[], float]:
    times = iter(range(1000))
    return lambda: START + next(times)


def carry(client: Connection, server: Connection) -> None:
    while (there := client.data_to_send()) + (back := server.data_to_send()):
        if there:
            server.receive_data(there)
        if back:
            client.receive_data(back)


def converse(file: PcapngFile, recorded: str, **settings: Any) -> None:
    """A request and its answer, seen by the client or by the server."""
    with file.watch() as observe:
        observers = {recorded: observe}
        client = Connection(peers_in_memory.client_settings(**settings), observers.get("client"))
        tickets = peers_in_memory.TICKETS
        server = Connection(peers_in_memory.server_settings(**tickets), observers.get("server"))
        carry(client, server)
    client.send(REQUEST)
    carry(client, server)
    server.send(ANSWER)
    client.key_update(request_peer=True)
    carry(client, server)
    for end in (client, server):
        end.close()
        carry(client, server)


def tshark(path: Path, *options: str) -> str:
    command = [peers.require("tshark"), "-r", str(path), *options]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()


@pytest.mark.interop
@pytest.mark.parametrize("recorded", ["client", "server"])
@pytest.mark.parametrize("settings", [{}, {"key_share_groups": ()}])
def test_tshark_opens_it_decrypted(recorded: str, settings: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    converse(PcapngFile(str(path), ticking()), recorded, **settings)
    conversation = tshark(path, "-q", "-z", "follow,tls,ascii,0")
    assert "GET / HTTP/1.1" in conversation
    assert "HTTP/1.1 200 OK" in conversation
    kinds = tshark(path, "-T", "fields", "-e", "tls.handshake.type").replace(",", "\n").split()
    assert {"1", "2", "8", "11", "15", "20", "4", "24"} == set(kinds)


@pytest.mark.interop
def test_tshark_has_nothing_to_complain_about(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    converse(PcapngFile(str(path), ticking()), "client")
    fields = ["ip.checksum.status", "tcp.checksum.status", "_ws.expert.severity"]
    told = tshark(
        path,
        *("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"),
        *("-T", "fields", *(argument for field in fields for argument in ("-e", field))),
    )
    rows = [line.split("\t") for line in told.splitlines()]
    assert {tuple(row[:2]) for row in rows} == {("1", "1")}  # good
    assert not {severity for row in rows for severity in row[2].split(",")} & {"6291456", "8388608"}


@pytest.mark.interop
def test_each_connection_is_a_stream_and_early_data_opens_too(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    file = PcapngFile(str(path), ticking())
    converse(file, "client")
    with file.watch() as observe:
        client = Connection(resumed.client_settings(early=True), observe)
        server = Connection(resumed.server_settings(early=True))
        client.send_replayable_early_data(REQUEST)
        carry(client, server)
    server.send(ANSWER)
    carry(client, server)
    for stream in (0, 1):
        conversation = tshark(path, "-q", "-z", f"follow,tls,ascii,{stream}")
        assert "GET / HTTP/1.1" in conversation
        assert "HTTP/1.1 200 OK" in conversation


# The file, without anybody's help


@pytest.mark.parametrize("recorded", ["client", "server"])
def test_what_is_recorded_can_be_explained(recorded: str, tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    converse(PcapngFile(str(path), ticking()), recorded)
    overheard = wiretap.read(path.read_bytes()).overhear(1)
    assert overheard.remarks == ()
    sealed = [step for step in overheard.trace.steps() if isinstance(step, ProtectedRecord)]
    said = {(step.operation, step.content) for step in sealed if step.content_type == 23}
    assert said == {("seal", REQUEST), ("open", ANSWER)}


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Kind and body of each."""
    found, position = [], 0
    while position < len(data):
        kind, length = struct.unpack_from("<II", data, position)
        found.append((kind, data[position + 8 : position + length - 4]))
        position += length
    return found


def test_secrets_stand_before_the_packets_that_they_open(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    converse(PcapngFile(str(path), ticking()), "client")
    file = blocks(path.read_bytes())
    assert [kind for kind, _ in file[:8]] == [0x0A0D0D0A, 1, 10, 10, 10, 10, 10, 6]
    assert {kind for kind, _ in file[7:]} == {6}
    lines = b"".join(body[8:].rstrip(b"\0") for kind, body in file if kind == 10).decode().splitlines()
    labels = [line.split()[0] for line in lines]
    random = peers_in_memory.CLIENT_RANDOM.hex()
    assert [line.split()[1] for line in lines] == [random] * 5
    assert sorted(labels) == [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
    ]


def test_packets_say_when_and_what(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    converse(PcapngFile(str(path), ticking()), "client")
    packets = [body for kind, body in blocks(path.read_bytes()) if kind == 6]
    first = struct.unpack_from("<III", packets[0])
    assert first[1] << 32 | first[2] == int(START * 1e6)
    assert any(b"handshake, in the clear" in packet for packet in packets)
    sealed = rb"record 0 under its key: application_data, \d+ bytes, padded with 0 bytes"
    assert any(re.search(sealed, packet) for packet in packets)


def flags(path: Path) -> list[tuple[int, int]]:
    """The port that sent each packet, and its flags."""
    packets = [body[20:] for kind, body in blocks(path.read_bytes()) if kind == 6]
    return [(struct.unpack_from(">H", packet, 20)[0], packet[33]) for packet in packets]


def test_an_alert_is_the_end_of_its_side(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    file = PcapngFile(str(path), ticking())
    with file.watch() as observe:
        client = Connection(peers_in_memory.client_settings(reference_identity="other.example"), observe)
        server = Connection(peers_in_memory.server_settings())
        carry(client, server)
    assert [(port, flag) for port, flag in flags(path) if flag & 1] == [(40001, 0x11)]


def test_a_handshake_that_is_cancelled_goes_on_to_its_close_notify(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    file = PcapngFile(str(path), ticking())
    with file.watch() as observe:
        client = Connection(peers_in_memory.client_settings(), observe)
        client.data_to_send()
        client.close()
    assert [flag for _, flag in flags(path)] == [0x02, 0x12, 0x10, 0x18, 0x18, 0x18, 0x11]


def test_a_connection_that_says_nothing_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    with PcapngFile(str(path), ticking()).watch():
        pass
    assert [kind for kind, _ in blocks(path.read_bytes())] == [0x0A0D0D0A, 1]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_full_disk_costs_what_was_to_be_written_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "talk.pcapng"
    file = PcapngFile(str(path), ticking())
    converse(file, "client")
    whole = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 1000, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            converse(file, "client")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == whole
    converse(file, "client")
    assert tshark(path, "-Y", "http.response", "-T", "fields", "-e", "tcp.stream").split() == ["0", "1"]


def test_the_file_is_its_owners_alone_even_if_it_was_not_before(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_bytes(b"something longer than the beginning of a capture, which must not be left at its end")
    old.chmod(0o644)
    before = os.umask(0)
    try:
        for path in (new, old):
            PcapngFile(str(path), ticking())
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (new, old)} == {0o600}
    assert new.read_bytes() == old.read_bytes()


@pytest.mark.skipif(os.chmod not in os.supports_fd, reason="permissions of open files")
def test_it_is_the_file_that_was_opened_that_others_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one that somebody has put in its place since."""
    path, moved = tmp_path / "file", tmp_path / "moved"
    path.touch(0o666)
    path.chmod(0o666)
    opens = os.open

    def opened_and_replaced(name: str, flags: int, mode: int) -> int:
        monkeypatch.undo()
        descriptor = opens(name, flags, mode)
        path.rename(moved)
        path.touch()
        return descriptor

    monkeypatch.setattr(os, "open", opened_and_replaced)
    PcapngFile(str(path), ticking())
    assert stat.S_IMODE(moved.stat().st_mode) == 0o600
    assert moved.stat().st_size > 0
