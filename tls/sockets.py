"""TLS over blocking sockets, in the shape of Python's own socket objects.

    with sockets.connect("localhost", 8443, config=ClientConfig(trust=...)) as connection:
        connection.sendall(b"hello")
        answer = connection.recv(1000)

A thin shell: `tls/connection.py` knows the protocol, this file moves its bytes.  The socket below never
blocks.  Each operation takes the lock, does what can be done at once, lets the lock go, and only then waits.
So one thread may read while another writes, and a time bound holds for an operation as a whole, however
slowly the peer drips.

Received data is bounded because nothing is read before somebody asks for it; sent data because one record is
sealed at a time.

Errors         `TLSError`, an OSError, raised from its cause; `TLSTimeout`, also a TimeoutError.  After a
               time-out while receiving one may go on; any other error is the end, and is raised again.
Limits         No non-blocking mode: use `tls/aio.py`, or `tls/connection.py` itself.
Tested by      tests/tls/test_sockets.py, tests/tls/test_bounds.py
"""

import contextlib
import errno
import io
import selectors
import socket
import threading
import time
from selectors import EVENT_READ, EVENT_WRITE
from types import TracebackType
from typing import Any, Self

from handshake.session import Session
from purecrypto.buffers import Buffer
from record import framing
from tls import errors, keylog
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from tls.errors import TLSError, TLSTimeout
from tls.events import ApplicationData, CloseNotify, ConnectionFailed

RECEIVE_SIZE = framing.HEADER_SIZE + framing.MAX_CIPHERTEXT  # bytes taken at once: the largest record
SEND_SIZE = framing.MAX_PLAINTEXT  # bytes sealed at once: one record
LINGER_SECONDS = 1.0  # that `close` waits for the peer to close as well
LINGER_BYTES = 2**18  # that `close` reads and forgets meanwhile

# poll where there is one: select cannot watch descriptors above 1023
_Selector: Any = getattr(selectors, "PollSelector", selectors.SelectSelector)


def connect(
    host: str, port: int, *, config: ClientConfig | None = None, timeout: float | None = None
) -> "TLSSocket":
    """Connect to `host`, a DNS name or an IP address, and return the connection, its handshake complete.

    `timeout` (seconds) bounds the connecting, the handshake and each operation after it; `settimeout` changes
    it.  Raises TLSError; ValueError for a config without trust, or a host that is neither name nor address.
    """
    config = config or ClientConfig()
    connection = Connection(config.settings(host), config.observe)
    try:
        sock = socket.create_connection((host, port), timeout)
    except OSError as error:
        raise errors.from_cause(error) from error
    return _handshaken(TLSSocket(sock, connection, config))


def wrap_socket(
    sock: socket.socket,
    *,
    config: ClientConfig | ServerConfig,
    server_side: bool = False,
    server_hostname: str | None = None,
) -> "TLSSocket":
    """Speak TLS over a connected socket, which from now on belongs to the returned object.

    A client's handshake is complete on return.  A server's waits for `do_handshake`, or for the first thing
    sent or received, so that a thread that accepts connections never has to wait for one of them.
    """
    if isinstance(config, ServerConfig):
        if not server_side or server_hostname is not None:
            raise ValueError("a ServerConfig goes with server_side=True and without a server_hostname")
        return TLSSocket(sock, Connection(config.settings(), config.observe), config)
    if server_side:
        raise ValueError("server_side=True needs a ServerConfig")
    connection = Connection(config.settings(server_hostname), config.observe)
    return _handshaken(TLSSocket(sock, connection, config))


def _handshaken(connection: "TLSSocket") -> "TLSSocket":
    try:
        connection.do_handshake()
    except BaseException:
        connection.close()
        raise
    return connection


class TLSSocket:
    """A connection in the shape of `socket.socket`; made by `connect` and `wrap_socket`."""

    def __init__(
        self, sock: socket.socket, connection: Connection, config: ClientConfig | ServerConfig
    ) -> None:
        self._timeout = _checked_timeout(sock.gettimeout())
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # whole flights are written: nothing to collect; not only TCP here
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._config = config
        # What the lock protects; it is never held while waiting
        self._lock = threading.Lock()
        self._connection = connection
        self._received = bytearray()  # plaintext that nobody has asked for yet
        self._unsent = bytearray()  # records that the operating system did not take yet
        self._failure: TLSError | None = None  # the end of everything
        self._send_failure: TLSError | None = None  # there may still be something to read
        self._handshake_done = False
        self._peer_closed = False  # with close_notify, or at least without a word
        self._reading_shut = False  # by us
        self._writing_shut = False
        self._closed = False
        self._files = 0  # made by `makefile` and open: the connection outlives `close` for them

    @property
    def session(self) -> Session | None:
        """What was agreed on, once the handshake is complete."""
        return self._connection.session

    # ---- The handshake -------------------------------------------------------------------------------------

    def do_handshake(self) -> None:
        """Complete the handshake within the config's handshake_timeout; nothing to do if it is complete."""
        if self._handshake_done:
            return
        bounds = [bound for bound in (self._timeout, self._config.handshake_timeout) if bound is not None]
        deadline = _deadline(min(bounds, default=None))
        try:
            while not self._advance_handshake(deadline):
                pass
        except TLSTimeout:
            error = TLSTimeout(f"the handshake took longer than {min(bounds):g} seconds")
            with self._lock:
                self._failure = self._failure or error
            raise self._failure from None

    def _advance_handshake(self, deadline: float | None) -> bool:
        with self._lock:
            self._raise_failure()
            sent = self._flush()
            self._handshake_done = sent and self._connection.session is not None
            if self._handshake_done:
                return True
        self._wait(EVENT_READ if sent else EVENT_WRITE, deadline)
        if sent:
            with self._lock:
                self._receive()
        return False

    # ---- Receiving -----------------------------------------------------------------------------------------

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return at most `size` bytes, as soon as there are any; b"" after the peer's close_notify.

        A stream that ends without close_notify is an error: somebody may have cut it (RFC 9846 section 6.1).
        """
        if size < 0 or flags:
            raise ValueError("size must not be negative, and flags are not supported")
        self.do_handshake()
        deadline = _deadline(self._timeout)
        while True:
            with self._lock:
                if self._received or not size:
                    data = bytes(self._received[:size])
                    del self._received[:size]
                    return data
                if self._peer_closed or self._reading_shut:
                    return b""
                self._raise_failure()
            self._wait(EVENT_READ, deadline)
            with self._lock:
                if not self._received:  # else another thread was faster
                    self._receive()

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As `recv`, into a writable buffer; return how many bytes came."""
        with memoryview(buffer) as view, view.cast("B") as octets:
            data = self.recv(nbytes or len(octets), flags)
            octets[: len(data)] = data
        return len(data)

    def pending(self) -> int:
        """How many bytes `recv` can return without waiting; a selector on `fileno` does not see them."""
        return len(self._received)

    def _receive(self) -> None:
        """Take what the operating system has, without waiting; the caller holds the lock."""
        try:
            data = self._socket.recv(RECEIVE_SIZE)
        except BlockingIOError:  # another thread was faster
            return
        except OSError as error:
            self._failure = errors.from_cause(error)
            return
        if not data and self._handshake_done and self._reading_shut:
            return  # we ended this direction, not the peer
        if not data and self._send_failure:
            self._failure = self._send_failure  # a reset, which sending has noticed before
            return
        try:
            events = self._connection.receive_data(data) if data else self._connection.receive_eof()
        finally:  # whatever came: the next flight, an alert, an alert about a fault of ours
            self._flush()
        for event in events:
            match event:
                case ApplicationData(content):
                    self._received += content
                case CloseNotify():
                    self._peer_closed = True
                case ConnectionFailed(cause):
                    self._failure = errors.from_cause(cause)
        keylog.write(self._connection, self._config.key_log)

    # ---- Sending -------------------------------------------------------------------------------------------

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Send one record's worth of `data`, and return how many bytes that is."""
        with memoryview(data) as view, view.cast("B") as octets:
            chunk = bytes(octets[:SEND_SIZE])
        self.sendall(chunk, flags)
        return len(chunk)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        """Send everything.  After an error nobody knows how much has gone, and nothing more can be sent."""
        if flags:
            raise ValueError("flags are not supported")
        self.do_handshake()
        deadline = _deadline(self._timeout)
        with memoryview(data) as view, view.cast("B") as octets:
            for start in range(0, len(octets), SEND_SIZE):
                with self._lock:
                    self._raise_unless_sendable()
                    self._connection.send(bytes(octets[start : start + SEND_SIZE]))
                self._flush_all(deadline)

    def key_update(self, *, request_peer: bool = False) -> None:
        """Change our sending keys, and ask the peer to change its own (RFC 9846 section 4.7.3)."""
        self.do_handshake()
        with self._lock:
            self._raise_unless_sendable()
            self._connection.key_update(request_peer=request_peer)
        self._flush_all(_deadline(self._timeout))

    def _flush_all(self, deadline: float | None) -> None:
        while True:
            with self._lock:
                sent = self._flush()
                if self._send_failure:
                    raise self._send_failure
            if sent:
                return
            try:
                self._wait(EVENT_WRITE, deadline)
            except TLSTimeout as error:  # in the middle of a record, perhaps: nothing may follow it
                with self._lock:
                    self._send_failure = error
                raise

    def _flush(self) -> bool:
        """Hand over what the operating system takes, without waiting; return whether that was everything.

        The caller holds the lock.
        """
        self._unsent += self._connection.data_to_send()
        try:
            while self._unsent and not self._send_failure:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return False
        except OSError as error:  # the peer has gone; what it said before can still be received
            self._send_failure = errors.from_cause(error)
        return True

    def _raise_unless_sendable(self) -> None:
        self._raise_failure()
        if self._send_failure:
            raise self._send_failure
        if self._writing_shut:
            raise TLSError(errno.EPIPE, "this side was shut down for sending")

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    # ---- The end -------------------------------------------------------------------------------------------

    def shutdown(self, how: int) -> None:
        """End one direction or both, as `socket.SHUT_RD`, `SHUT_WR` or `SHUT_RDWR` says.

        SHUT_WR sends close_notify; what the peer still has to say can be received (RFC 9846 section 6.1).
        SHUT_RD wakes a thread that waits in `recv`.
        """
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            with self._lock:
                self._writing_shut = True
                self._connection.close()
            self._flush_all(_deadline(self._timeout))
        if how in (socket.SHUT_RD, socket.SHUT_RDWR):
            self._reading_shut = True
        try:
            self._socket.shutdown(how)
        except OSError as error:
            raise errors.from_cause(error) from error

    def close(self) -> None:
        """Send close_notify and let the socket go, once everything made by `makefile` is closed as well.

        Waits a moment for the peer to close: what is still under way to us would otherwise make the operating
        system reset the connection, and destroy what the peer has not read yet, an alert for instance.
        """
        self._closed = True
        if self._files == 0:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._socket.fileno() < 0:
            return
        with self._lock:
            self._writing_shut = True
            self._connection.close()
        deadline = _deadline(LINGER_SECONDS)
        try:
            self._flush_all(deadline)
            self._socket.shutdown(socket.SHUT_WR)
            if not self._peer_closed:
                self._drain(deadline)
        except OSError:
            pass  # it is gone already, or does not answer: there is nobody left to tell
        finally:
            self._socket.close()

    def _drain(self, deadline: float | None) -> None:
        """Read and forget, until the peer closes or a bound is reached."""
        left = LINGER_BYTES
        while left > 0:
            self._wait(EVENT_READ, deadline)
            data = self._socket.recv(RECEIVE_SIZE)
            if not data:
                return
            left -= len(data)

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
        self._socket.setsockopt(level, name, value)

    def fileno(self) -> int:
        return self._socket.fileno()

    def getpeername(self) -> Any:
        return self._socket.getpeername()

    def getsockname(self) -> Any:
        return self._socket.getsockname()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._handshake_done else "before its handshake"
        return f"<TLSSocket {state}, {self._socket!r}>"

    def _wait(self, event: int, deadline: float | None) -> None:
        """Wait until the socket can be read from or written to; the caller holds no lock."""
        if self._socket.fileno() < 0:
            raise TLSError(errno.EBADF, "the socket is closed")
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:  # also for a peer that never pauses
            raise TLSTimeout("timed out")
        with _Selector() as selector:
            selector.register(self._socket, event)
            if not selector.select(seconds):
                raise TLSTimeout("timed out")

    def _file_closed(self) -> None:
        self._files -= 1
        if self._closed and self._files == 0:
            self._hang_up()


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
            self._connection._file_closed()

    def _check(self, possible: bool) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        if not possible:
            raise io.UnsupportedOperation("this file is for the other direction")


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _checked_timeout(timeout: float | None) -> float | None:
    if timeout is not None and timeout <= 0:
        raise ValueError("a timeout is positive, or None: this socket has no non-blocking mode")
    return timeout
