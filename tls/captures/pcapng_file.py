"""Connections written to a file for Wireshark while they talk, with the secrets that open them.

    file = PcapngFile(path)
    with file.watch() as observe:               around the handshake, as whatever makes connections takes it
        connection = sockets.connect(..., observe=observe)

Nothing is captured: what an observer sees of each record is the record, header and all, and its TCP/IP is
made up (`tls/captures/tcpip.py`), addresses included.  Each connection is a TCP stream of its own, and
each record a packet.

Whoever has such a file can read the connections in it; it is readable by its owner alone.

Limits         A record that did not open is no event, and so not in the file.
Errors         OSError if the file cannot be written: an observer that raises ends its connection.
Tested by      tests/tls/test_pcapng_file.py
"""

import contextlib
import itertools
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator

from handshake.codec import Observer
from handshake.conversation import HandshakeMessage
from handshake.derivation import Derivation
from handshake.messages import ClientHello
from record.alert import AlertDescription
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls import keylog
from tls.captures import pcapng, tcpip
from x509 import files, wording

CLIENT, SERVER = "127.0.0.1", "127.0.0.2"
PORT = 443  # where Wireshark expects TLS
FIRST_CALLER, CALLERS = 40001, 25000  # ports of the clients, one after the other, and how many there are


class PcapngFile:
    """A file for connections, one after the other or side by side.

    clock      seconds since 1970
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._connections = itertools.count()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, files.FOR_THE_OWNER)
        self._is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)  # and not a pipe
        if self._is_file:  # there may have been one that others could read
            # The path may lead elsewhere by now.
            os.chmod(self._descriptor if os.chmod in os.supports_fd else path, files.FOR_THE_OWNER)
            os.ftruncate(self._descriptor, 0)
        self.write(pcapng.beginning())

    @contextlib.contextmanager
    def watch(self) -> Iterator[Observer]:
        """An observer for one connection; the context is that of its handshake."""
        caller = CLIENT, FIRST_CALLER + next(self._connections) % CALLERS
        observer = _ConnectionObserver(self, tcpip.Connection(caller, (SERVER, PORT)))
        try:
            yield observer
        finally:
            observer.release()

    def write(self, blocks: bytes) -> None:
        """Write whole blocks, or none if the disk is full: half a block would hide all that come after it."""
        with self._lock:
            written = 0
            try:
                while written < len(blocks):
                    written += os.write(self._descriptor, blocks[written:])
            except OSError:
                if self._is_file:
                    os.ftruncate(self._descriptor, os.lseek(self._descriptor, -written, os.SEEK_CUR))
                raise

    def microseconds(self) -> int:
        return int(self._clock() * 1e6)


class _ConnectionObserver:
    """One connection: the observer of its records and secrets.

    Secrets have to stand before the packets that they open, and come after the first of them has been seen:
    so everything waits until the handshake is done.
    """

    def __init__(self, file: PcapngFile, talk: tcpip.Connection) -> None:
        self._file = file
        self._tcp = talk
        self._is_client: bool | None = None  # whose events these are: the client is the one who begins
        self._client_random = b""
        self._secrets = b""  # blocks that wait
        self._packets = b""
        self._waits = True

    def __call__(self, event: object) -> None:
        match event:
            case HandshakeMessage(message=ClientHello(random)):
                self._client_random = random
            case Derivation(name, value=value) if name in keylog.LABELS:
                line = keylog.line(name, self._client_random, value)
                self._secrets += pcapng.secrets(f"{line}\n")
            case PlainRecord(operation, header, content_type, content):
                comment = f"{content_type.name.lower()}, in the clear"
                self._take(operation == "write", header + content, comment, _ends(content_type, content))
            case ProtectedRecord(operation, number, _, header, content_type, content, padding, sealed):
                size, zeros = wording.count(len(content), "byte"), wording.count(padding, "byte")
                comment = f"record {number} under its key: {content_type.name.lower()}, {size}, "
                comment += f"padded with {zeros}"
                self._take(operation == "seal", header + sealed, comment, _ends(content_type, content))

    def release(self) -> None:
        """Write what waits, and from now on everything as it comes."""
        self._waits = False
        if self._secrets or self._packets:
            self._file.write(self._secrets + self._packets)
        self._secrets = self._packets = b""

    def _take(self, ours: bool, record: bytes, comment: str, ends: bool) -> None:
        now = self._file.microseconds()
        if self._is_client is None:
            self._is_client = ours
            self._packets += b"".join(pcapng.packet(packet, now) for packet in self._tcp.begin())
        from_client = ours == self._is_client
        for packet in self._tcp.say(from_client, record):
            self._packets += pcapng.packet(packet, now, comment)
        if ends:
            self._packets += b"".join(pcapng.packet(packet, now) for packet in self._tcp.end(from_client))
        if not self._waits:
            self.release()


def _ends(content_type: ContentType, content: bytes) -> bool:
    """Whether it is the last that its sender says: every alert but one is (RFC 9846 section 6)."""
    return content_type is ContentType.ALERT and content[1:] != bytes([AlertDescription.USER_CANCELED])
