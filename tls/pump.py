"""Moves bytes between a socket and a `Connection`, for any number of threads.

The socket never blocks.  Each operation takes the lock, does what can be done at once, lets the lock go, and
only then waits.  So one thread may receive while another sends, and a time bound holds for an operation as a
whole, however slowly the peer drips.  Threads that want to do the same take turns: who waits for bytes that
another one has taken would wait for ever.

Received data is bounded because nothing is read before somebody asks for it; sent data because one record is
sealed at a time.

Errors         `TLSError`, an OSError, raised from its cause; `TLSTimeout` past a deadline.
Tested by      tests/tls/test_sockets.py, tests/tls/test_bounds.py
"""

import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, TypeAlias

from handshake.errors import PEER_FAULTS
from handshake.tickets import Ticket
from record import framing
from tls import errors
from tls.connection import Connection
from tls.errors import TLSError, TLSTimeout
from tls.inbox import Inbox

RECEIVE_SIZE = framing.HEADER_SIZE + framing.MAX_CIPHERTEXT  # bytes taken at once: the largest record
SEND_SIZE = framing.MAX_PLAINTEXT  # bytes sealed at once: one record
LINGER_SECONDS = 1.0  # that we wait at the end for the peer to close as well
LINGER_BYTES = 2**18  # that we read and forget meanwhile

Deadline: TypeAlias = float | None  # on the clock of time.monotonic; None is never

# poll where there is one: select cannot watch descriptors above 1023
_Selector: Any = getattr(selectors, "PollSelector", selectors.SelectSelector)


def deadline_in(seconds: float | None) -> Deadline:
    return None if seconds is None else time.monotonic() + seconds


@contextlib.contextmanager
def as_tls_error() -> Iterator[None]:
    """What a connection has failed with, in the shape in which all else here raises it."""
    try:
        yield
    except PEER_FAULTS as error:
        raise errors.from_cause(error) from error


@contextlib.contextmanager
def _turn(lock: threading.Lock, deadline: Deadline) -> Iterator[None]:
    if not lock.acquire(timeout=-1 if deadline is None else max(0, deadline - time.monotonic())):
        raise TLSTimeout("timed out")
    try:
        yield
    finally:
        lock.release()


class Pump:
    """One connection over one socket, which it owns."""

    def __init__(
        self,
        sock: socket.socket,
        connection: Connection,
        remember: Callable[[Ticket], None] | None = None,
    ) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.handshake_done = False
        self._handshake_turn = threading.Lock()
        self._receive_turn = threading.Lock()
        self._send_turn = threading.Lock()
        # What the lock protects; it is never held while waiting
        self._lock = threading.Lock()
        self.connection = connection
        self.inbox = Inbox(remember)
        self.unsent = bytearray()  # records that the operating system did not take yet
        self._failure: TLSError | None = None  # the end of everything
        self._send_failure: TLSError | None = None  # there may still be something to receive
        self._receiving_ended = False  # by us
        self._sending_ended = False

    # ---- What may have to wait -----------------------------------------------------------------------------

    def complete_handshake(self, deadline: Deadline) -> None:
        """Return when the handshake is complete and our part of it has been sent."""
        with _turn(self._handshake_turn, deadline):
            while not self.handshake_done:
                with self._lock:
                    self._raise_failure()
                    sent = self._flush()
                    if sent and self.connection.session is not None:
                        self.handshake_done = True
                        return
                self._wait(EVENT_READ if sent else EVENT_WRITE, deadline)
                with self._lock:
                    if self._sending_ended and self.connection.session is None:
                        self._raise_unless_sendable()  # cancelled: nothing can complete it any more
                    self._receive()

    def receive(self, size: int, deadline: Deadline) -> bytes:
        """Return at most `size` bytes, as soon as there are any; b"" when no more will come."""
        with _turn(self._receive_turn, deadline):
            while True:
                with self._lock:
                    if self.inbox.received or not size:
                        data = bytes(self.inbox.received[:size])
                        del self.inbox.received[:size]
                        return data
                    if self.inbox.closed or self._receiving_ended:
                        return b""
                    self._raise_failure()
                self._wait(EVENT_READ, deadline)
                with self._lock:
                    self._receive()

    def send(self, data: memoryview, deadline: Deadline) -> None:
        """Seal and send everything, record by record."""
        with _turn(self._send_turn, deadline):
            for start in range(0, len(data), SEND_SIZE):
                with self._lock:
                    self._raise_unless_sendable()
                    self.connection.send(bytes(data[start : start + SEND_SIZE]))
                self._flush_all(deadline)

    def key_update(self, request_peer: bool, deadline: Deadline) -> None:
        with _turn(self._send_turn, deadline):
            with self._lock:
                self._raise_unless_sendable()
                self.connection.key_update(request_peer=request_peer)
            self._flush_all(deadline)

    def end_sending(self, deadline: Deadline) -> None:
        """Send close_notify."""
        with _turn(self._send_turn, deadline):
            with self._lock:
                self._sending_ended = True
                self.connection.close()
            self._flush_all(deadline)

    def end_receiving(self) -> None:
        """From now on `receive` returns b""; who waits there has to be woken by a shutdown of the socket."""
        with self._lock:
            self._receiving_ended = True

    def fail(self, error: TLSError) -> TLSError:
        """Have everything that follows raise `error`, or what it raises already; return that."""
        with self._lock:
            self._failure = self._failure or error
            return self._failure

    def hang_up(self) -> None:
        """Send close_notify, read and forget until the peer closes, within bounds, and let the socket go.

        What is unread when a socket is closed makes the operating system reset the connection, and destroys
        what the peer has not read yet, an alert for instance.
        """
        deadline = deadline_in(LINGER_SECONDS)
        self.fail(TLSError(errno.EBADF, "the socket is closed"))  # as who still waits for data will hear
        try:
            self.end_sending(deadline)  # section 6.1 [5]
            self.socket.shutdown(socket.SHUT_WR)
            if not self.inbox.closed:
                self._drain(deadline)
        except OSError:
            pass  # it is gone already, or does not answer: there is nobody left to tell
        finally:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)  # wakes who waits in another thread
            self.socket.close()

    def _drain(self, deadline: Deadline) -> None:
        left = LINGER_BYTES
        while left > 0:
            self._wait(EVENT_READ, deadline)
            data = self.socket.recv(RECEIVE_SIZE)
            if not data:
                return
            left -= len(data)

    def _flush_all(self, deadline: Deadline) -> None:
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

    def _wait(self, event: int, deadline: Deadline) -> None:
        """Wait until the socket can be read from or written to; the caller does not hold the lock."""
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:  # also for a peer that never pauses
            raise TLSTimeout("timed out")
        with _Selector() as selector:
            try:
                selector.register(self.socket, event)
            except ValueError as error:  # its descriptor is -1
                raise TLSError(errno.EBADF, "the socket is closed") from error
            if not selector.select(seconds):
                raise TLSTimeout("timed out")

    # ---- What is done at once, by who holds the lock -------------------------------------------------------

    def _receive(self) -> None:
        """Take what the operating system has, and act on it; after a failure that is for `_drain` to take."""
        if self._failure:
            return
        try:
            data = self.socket.recv(RECEIVE_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            self._failure = errors.from_cause(error)
            return
        if not data and self.handshake_done and self._receiving_ended:
            return  # we ended this direction, not the peer
        if not data and self._send_failure:
            self._failure = self._send_failure  # a reset, which sending has noticed before
            return
        try:
            events = self.connection.receive_data(data) if data else self.connection.receive_eof()
        finally:  # whatever came: the next flight, an alert, an alert about a fault of ours
            self._flush()
        self.inbox.take(events)
        self._failure = self.inbox.failure

    def _flush(self) -> bool:
        """Hand over what the operating system takes; return whether that was everything.

        Nothing new is taken from the connection before the old has gone: a peer that asks for key updates
        and never reads the answers gets one answer in the end, and cannot make us keep more.
        """
        try:
            while not self._send_failure:
                if not self.unsent:
                    self.unsent += self.connection.data_to_send()
                if not self.unsent:
                    break
                del self.unsent[: self.socket.send(self.unsent)]
        except BlockingIOError:
            return False
        except OSError as error:  # the peer has gone; what it said before can still be received
            self._send_failure = errors.from_cause(error)
        return True

    def _raise_failure(self) -> None:
        if self._failure:
            raise self._failure

    def _raise_unless_sendable(self) -> None:
        self._raise_failure()
        if self._send_failure:
            raise self._send_failure
        if self._sending_ended:
            raise TLSError(errno.EPIPE, "this side was shut down for sending")
