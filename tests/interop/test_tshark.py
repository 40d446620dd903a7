"""tshark, given our key log, decrypts a connection of ours with openssl."""

import subprocess

import pytest

from tests.support import pcap, peers, programs
from tests.support.tap import Tap

pytestmark = pytest.mark.interop


def test_tshark_reads_the_request_and_the_answer(tmp_path):
    tshark = peers.require("tshark")
    credentials = programs.make_credentials(tmp_path)
    keylog, capture = tmp_path / "keys.log", tmp_path / "capture.pcap"
    with programs.openssl_server(credentials, "-www") as port:
        tap = Tap(port)
        programs.tls("get", f"https://localhost:{tap.port}/", "--ca", credentials.ca, "--keylog", keylog)
        tap.join()
    pcap.write(capture, tap.chunks)

    def decode(*options: str) -> str:
        command = [tshark, "-r", capture, "-d", "tcp.port==443,tls", *options]
        return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode()

    conversation = ["-q", "-z", "follow,tls,ascii,0"]
    assert "HTTP" not in decode(*conversation)  # without the key log it cannot
    opened = decode("-o", f"tls.keylog_file:{keylog}", *conversation)
    assert "GET / HTTP/1.1" in opened
    assert "HTTP/1.0 200 ok" in opened
    messages = decode("-o", f"tls.keylog_file:{keylog}", "-T", "fields", "-e", "tls.handshake.type")
    assert {"1", "2", "8", "11", "15", "20"} <= set(messages.replace(",", "\n").split())
