"""TLS over blocking sockets, in the shape of Python's own socket objects.

    with sockets.connect("localhost", 8443, config=ClientConfig(trust=...)) as connection:
        connection.sendall(b"hello")
        answer = connection.recv(1000)

A thin shell: `tls/connection.py` knows the protocol, `tls/pump.py` moves its bytes, and this file gives the
two of them the methods that `http.client`, `http.server` and people expect.

Errors         `TLSError`, an OSError, raised from its cause; `TLSTimeout`, also a TimeoutError.  After a
               time-out while receiving one may go on; any other error is the end, and is raised again.
Limits         No non-blocking mode: use `tls/aio.py`, or `tls/connection.py` itself.
Tested by      tests/tls/test_sockets.py, tests/tls/test_bounds.py
"""

import contextlib
import io
import socket
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from handshake.codec import Observer
from handshake.session import Session
from handshake.tickets import Ticket
from purecrypto.buffers import Buffer
from tls import errors, pump, session_cache
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from tls.errors import TLSTimeout
from tls.pump import SEND_SIZE, Pump
from x509 import names


def connect(  # appendix E.1 [4]
    host: str,
    port: int,
    *,
    config: ClientConfig,
    server_hostname: str | None = None,
    timeout: float | None = None,
    replayable_early_data: bytes = b"",
    observe: Observer | None = None,
) -> "TLSSocket":
    """Connect to `host`, a DNS name or an IP address, and return the connection, its handshake complete.

    `server_hostname` is the name to ask for and to verify, if it is not `host`.

    `replayable_early_data` goes before the handshake, if a ticket is there that allows so much.  An attacker
    can have it arrive more than once: only what does no harm then belongs there.  Whether the server took it,
    `session.early_data_accepted` says; if not, it is for the caller to decide what becomes of it.

    `timeout` (seconds) bounds the connecting, the handshake and each operation after it; `settimeout` changes
    it.  `observe` is called with everything that happens inside, secrets included.

    Raises TLSError; ValueError for a config without trust, or a host that is neither name nor address.
    """
    name = server_hostname or host
    cache_name = session_cache.name_of(name, port)
    names.parse_reference(name)  # is it a name at all? asked before anything is sent
    try:
        sock = socket.create_connection((host, port), timeout)
    except OSError as error:
        raise errors.from_cause(error) from error
    try:  # only now: a connection takes its ticket out of the cache
        connection = config.connection(
            name, cache_name=cache_name, replayable_early_data=replayable_early_data, observe=observe
        )
    except BaseException:
        sock.close()
        raise
    return _handshaken(TLSSocket(sock, connection, config, partial(config.remember, cache_name)))


def wrap_socket(
    sock: socket.socket,
    *,
    config: ClientConfig | ServerConfig,
    server_side: bool = False,
    server_hostname: str | None = None,
    observe: Observer | None = None,
) -> "TLSSocket":
    """Speak TLS over a connected socket, which from now on belongs to the returned object.

    A client's handshake is complete on return.  A server's waits for `do_handshake`, or for the first thing
    sent or received, so that a thread that accepts connections never has to wait for one of them.
    """
    if isinstance(config, ServerConfig):
        if not server_side or server_hostname is not None:
            raise ValueError("a ServerConfig goes with server_side=True and without a server_hostname")
        return TLSSocket(sock, config.connection(observe=observe), config)
    if server_side:
        raise ValueError("server_side=True needs a ServerConfig")
    cache_name = _cache_name(sock, server_hostname)
    connection = config.connection(server_hostname, cache_name=cache_name, observe=observe)
    return _handshaken(TLSSocket(sock, connection, config, partial(config.remember, cache_name)))


def _cache_name(sock: socket.socket, server_hostname: str | None) -> str | None:
    """The name under which `connect` would keep this peer's tickets; None if it is not reached by TCP."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or server_hostname is None:
        return None
    try:
        return session_cache.name_of(server_hostname, sock.getpeername()[1])
    except OSError:  # it has gone already: the handshake will notice
        return None


def _handshaken(connection: "TLSSocket") -> "TLSSocket":
    try:
        connection.do_handshake()
    except BaseException:
        connection.close()
        raise
    return connection


class TLSSocket:
    """A connection in the shape of `socket.socket`; made by `connect` and `wrap_socket`.

    One thread may receive while another sends.
    """

    def __init__(
        self,
        sock: socket.socket,
        connection: Connection,
        config: ClientConfig | ServerConfig,
        remember: Callable[[Ticket], None] | None = None,
    ) -> None:
        self._timeout = _checked_timeout(sock.gettimeout())
        self._handshake_timeout = config.handshake_timeout
        with contextlib.suppress(OSError):  # whole flights are written: nothing to collect; not only TCP here
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pump = Pump(sock, connection, remember)
        self._closed = False
        self._files = 0  # made by `makefile` and open: the connection outlives `close` for them

    @property
    def session(self) -> Session | None:
        """What was agreed on, once the handshake is complete."""
        return self._pump.connection.session

    def do_handshake(self) -> None:
        """Complete the handshake within the config's handshake_timeout; nothing to do if it is complete."""
        if self._pump.handshake_done:
            return
        bounds = [bound for bound in (self._timeout, self._handshake_timeout) if bound is not None]
        seconds = min(bounds, default=None)
        try:
            self._pump.complete_handshake(pump.deadline_in(seconds))
        except TLSTimeout:
            pass
        else:
            return
        raise self._pump.fail(TLSTimeout(f"the handshake took longer than {seconds:g} seconds"))

    # ---- Data ----------------------------------------------------------------------------------------------

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return at most `size` bytes, as soon as there are any; b"" after the peer's close_notify.

        A stream that ends without close_notify is an error: somebody may have cut it (RFC 9846 section 6.1).
        """
        if size < 0 or flags:
            raise ValueError("size must not be negative, and flags are not supported")
        self.do_handshake()
        return self._pump.receive(size, self._deadline())

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `recv`, into a writable buffer; return how many bytes came."""
        with memoryview(buffer) as view, view.cast("B") as octets:
            data = self.recv(nbytes or len(octets), flags)
            octets[: len(data)] = data
        return len(data)

    def pending(self) -> int:
        """How many bytes `recv` can return without waiting; a selector on `fileno` does not see them."""
        return len(self._pump.inbox.received)

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Send one record's worth of `data`, and return how many bytes that is."""
        with memoryview(data) as view, view.cast("B") as octets, octets[:SEND_SIZE] as first:
            self.sendall(first, flags)
            return len(first)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        """Send everything.  After an error nobody knows how much has gone, and nothing more can be sent."""
        if flags:
            raise ValueError("flags are not supported")
        self.do_handshake()
        with memoryview(data) as view, view.cast("B") as octets:
            self._pump.send(octets, self._deadline())

    def key_update(self, *, request_peer: bool = False) -> None:
        """Change our sending keys, and ask the peer to change its own (RFC 9846 section 4.7.3)."""
        self.do_handshake()
        self._pump.key_update(request_peer, self._deadline())

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """Keys for the application that both ends, and nobody else, can compute: see `Connection.export`."""
        self.do_handshake()
        with pump.as_tls_error():
            return self._pump.connection.export(label, context, length)

    def export_early(self, label: str, context: bytes, length: int) -> bytes:
        """The same from the secret of early data, if some was accepted: see `Connection.export_early`."""
        self.do_handshake()
        with pump.as_tls_error():
            return self._pump.connection.export_early(label, context, length)

    # ---- The end -------------------------------------------------------------------------------------------

    def shutdown(self, how: int) -> None:
        """End one direction or both, as `socket.SHUT_RD`, `SHUT_WR` or `SHUT_RDWR` says.

        SHUT_WR sends close_notify; what the peer still has to say can be received (RFC 9846 section 6.1).
        SHUT_RD wakes a thread that waits in `recv`.
        """
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            self._pump.end_sending(self._deadline())
        if how in (socket.SHUT_RD, socket.SHUT_RDWR):
            self._pump.end_receiving()
        try:
            self._pump.socket.shutdown(how)
        except OSError as error:
            raise errors.from_cause(error) from error

    def close(self) -> None:
        """Send close_notify and let the socket go, once everything made by `makefile` is closed as well.

        Waits a moment for the peer to close: see `Pump.hang_up`.
        """
        self._closed = True
        if self._files == 0:
            self._pump.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- What else a socket has ----------------------------------------------------------------------------

    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """A file over the connection, as `socket.socket.makefile` gives it; it keeps the connection open."""
        if not mode or not set(mode) <= set("rwb"):
            raise ValueError(f"mode must be made of r, w and b: {mode!r}")
        if buffering is None or buffering < 0:
            buffering = io.DEFAULT_BUFFER_SIZE
        if buffering == 0 and "b" not in mode:
            raise ValueError("text needs a buffer")
        writing = "w" in mode
        reading = "r" in mode or not writing
        raw = _File(self, reading=reading, writing=writing)
        if buffering == 0:
            return raw
        buffered: io.BufferedRWPair | io.BufferedReader | io.BufferedWriter
        if reading and writing:
            buffered = io.BufferedRWPair(raw, raw, buffering)
        elif reading:
            buffered = io.BufferedReader(raw, buffering)
        else:
            buffered = io.BufferedWriter(raw, buffering)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding, errors, newline)

    def settimeout(self, timeout: float | None) -> None:
        """Bound each later operation to so many seconds; None waits for ever."""
        self._timeout = _checked_timeout(timeout)

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, level: int, name: int, value: Any) -> None:
        self._pump.socket.setsockopt(level, name, value)

    def fileno(self) -> int:
        return self._pump.socket.fileno()

    def getpeername(self) -> Any:
        return self._pump.socket.getpeername()

    def getsockname(self) -> Any:
        return self._pump.socket.getsockname()

    def __repr__(self) -> str:
        state = "open" if self._pump.handshake_done else "before its handshake"
        return f"<TLSSocket {'closed' if self._closed else state}, {self._pump.socket!r}>"

    def _deadline(self) -> pump.Deadline:
        return pump.deadline_in(self._timeout)


class _File(io.RawIOBase):
    """What `makefile` puts its buffers on."""

    def __init__(self, connection: TLSSocket, *, reading: bool, writing: bool) -> None:
        self._connection = connection
        self._reading = reading
        self._writing = writing
        self._timed_out = False
        connection._files += 1

    def readable(self) -> bool:
        return self._reading

    def writable(self) -> bool:
        return self._writing

    def readinto(self, buffer: Any) -> int:
        self._check(self._reading)
        if self._timed_out:  # what a buffer above had collected by then is lost
            raise OSError("cannot read on after a time-out")
        try:
            return self._connection.recv_into(buffer)
        except TimeoutError:
            self._timed_out = True
            raise

    def write(self, data: Any) -> int:
        self._check(self._writing)
        return self._connection.send(data)

    def fileno(self) -> int:
        return self._connection.fileno()

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._connection._files -= 1
            if self._connection._closed:
                self._connection.close()

    def _check(self, possible: bool) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if not possible:
            raise io.UnsupportedOperation("this file is for the other direction")


def _checked_timeout(timeout: float | None) -> float | None:
    if timeout is not None and timeout <= 0:
        raise ValueError("a timeout is positive, or None: this socket has no non-blocking mode")
    return timeout
