"""Somebody on the way between two programs, who passes everything on and writes it down."""

import select
import socket
import threading

from handshake.constants import Role
from tls.captures import pcapng, tcpip


class Tap:
    """A relay that writes down what passes, so that no capture privilege is needed."""

    def __init__(self, target_port: int) -> None:
        self.chunks: list[tuple[Role, bytes]] = []
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self) -> None:
        client, _ = self._listener.accept()
        with self._listener, client, socket.create_connection(self._target) as server:
            other: dict[socket.socket, tuple[Role, socket.socket]] = {
                client: ("client", server),
                server: ("server", client),
            }
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

    def capture(self, key_log: str = "") -> bytes:
        """What has passed, as a file for Wireshark."""
        talk = tcpip.Connection(("127.0.0.1", self.port), ("127.0.0.2", self._target[1]))
        packets = talk.begin()
        for sender, data in self.chunks:
            packets += talk.say(sender == "client", data)
        packets += [*talk.end(True), *talk.end(False)]
        secrets = pcapng.secrets(key_log) if key_log else b""
        return pcapng.beginning() + secrets + b"".join(pcapng.packet(packet, 0) for packet in packets)
