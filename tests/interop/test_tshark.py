"""tshark, given our key log, decrypts a connection of ours with openssl."""

import select
import socket
import subprocess
import threading

import pytest

from tests.support import pcap, peers, programs

pytestmark = pytest.mark.interop


class Tap:
    """A relay that writes down what passes, so that no capture privilege is needed."""

    def __init__(self, target_port: int) -> None:
        self.chunks: list[tuple[str, bytes]] = []
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self) -> None:
        client, _ = self._listener.accept()
        with self._listener, client, socket.create_connection(self._target) as server:
            other = {client: ("client", server), server: ("server", client)}
            while other:
                for ready in select.select(list(other), [], [], 30)[0]:
                    sender, receiver = other[ready]
                    data = ready.recv(65536)
                    if data:
                        self.chunks.append((sender, data))
                        receiver.sendall(data)
                    else:
                        del other[ready]
                        receiver.shutdown(socket.SHUT_WR)

    def join(self) -> None:
        self._thread.join(60)


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
