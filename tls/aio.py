"""TLS over asyncio's streams: the readers and writers that asyncio programs know.

    reader, writer = await aio.open_connection("localhost", 8443, config=ClientConfig(trust=...))
    server = await aio.start_server(serve_one, "localhost", 8443, config=ServerConfig(...))

    TCP transport  <->  _Protocol, driving a Connection  <->  TLSTransport  <->  StreamReader, StreamWriter

The streams are asyncio's own.  Below them stands a transport that seals what it is given, and below that a
protocol that opens what arrives.  A reader that is full pauses the TCP transport, and a TCP transport that is
full makes `writer.drain` wait, as with any other stream.

Errors         `TLSError`, from `open_connection` and from the reader; `TLSTimeout` for a handshake that
               takes longer than the config's handshake_timeout.  A server hears of complete handshakes only.
Limits         What is written at once is sealed at once: write large data piece by piece, with `drain`.
Tested by      tests/tls/test_aio.py
"""

import asyncio
import errno
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, cast

from handshake.codec import Observer
from handshake.tickets import Ticket
from tls import errors, pump, session_cache
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from tls.errors import TLSError, TLSTimeout
from tls.events import CloseNotify, Event, HandshakeComplete
from tls.inbox import Inbox
from x509 import names

LIMIT = 2**16  # bytes: a reader that holds more than twice as much pauses the peer
CLOSE_TIMEOUT = 30.0  # seconds for what was written to leave, once the writer is closed

Callback = Callable[[StreamReader, StreamWriter], Awaitable[None] | None]


async def open_connection(
    host: str,
    port: int,
    *,
    config: ClientConfig,
    server_hostname: str | None = None,
    replayable_early_data: bytes = b"",
    observe: Observer | None = None,
    limit: int = LIMIT,
    **more: Any,
) -> tuple[StreamReader, StreamWriter]:
    """Connect, complete the handshake, and return both ends of the stream.

    `server_hostname` is the name to verify, if it is not `host`; `more` goes to `loop.create_connection`.
    `writer.get_extra_info("session")` says what was agreed on.  `replayable_early_data` and `observe`
    are those of `sockets.connect`, with all that it says of them.
    """
    loop = asyncio.get_running_loop()
    name = server_hostname or host
    cache_name = session_cache.name_of(name, port)
    names.parse_reference(name)  # is it a name at all? asked before anything is sent
    reader = StreamReader(limit=limit, loop=loop)
    streams = StreamReaderProtocol(reader, loop=loop)

    def connected() -> _Protocol:  # only now: a connection takes its ticket out of the cache
        connection = config.connection(
            name, cache_name=cache_name, replayable_early_data=replayable_early_data, observe=observe
        )
        return _Protocol(connection, config, streams, partial(config.remember, cache_name))

    try:
        _, protocol = await loop.create_connection(connected, host, port, **more)
    except OSError as error:
        raise errors.from_cause(error) from error
    try:
        await protocol.established
    except TLSError:
        await asyncio.shield(protocol.closed)  # the loop may end with us: the socket has to go first
        raise
    except BaseException:
        protocol.lower.abort()
        raise
    return reader, StreamWriter(protocol.upper, streams, reader, loop)


async def start_server(
    callback: Callback,
    host: str | None = None,
    port: int | None = None,
    *,
    config: ServerConfig,
    limit: int = LIMIT,
    **more: Any,
) -> asyncio.Server:
    """Call `callback(reader, writer)` for each connection whose handshake is complete.

    `more` goes to `loop.create_server`.
    """
    loop = asyncio.get_running_loop()

    def protocol() -> _Protocol:
        streams = StreamReaderProtocol(StreamReader(limit=limit, loop=loop), callback, loop=loop)
        return _Protocol(config.connection(), config, streams)

    return await loop.create_server(protocol, host, port, **more)


class TLSTransport(asyncio.Transport):
    """What a StreamWriter writes to: `writer.transport`."""

    def __init__(self, protocol: "_Protocol") -> None:
        super().__init__()
        self._protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._protocol.send(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def key_update(self, *, request_peer: bool = False) -> None:
        """Change our sending keys, and ask the peer to change its own (RFC 9846 section 4.7.3)."""
        self._protocol.key_update(request_peer=request_peer)

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """Keys for the application that both ends, and nobody else, can compute: see `Connection.export`."""
        with pump.as_tls_error():
            return self._protocol.connection.export(label, context, length)

    def export_early(self, label: str, context: bytes, length: int) -> bytes:
        """The same from the secret of early data, if some was accepted: see `Connection.export_early`."""
        with pump.as_tls_error():
            return self._protocol.connection.export_early(label, context, length)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Send close_notify; what the peer still has to say can be read (RFC 9846 section 6.1)."""
        self._protocol.finish_sending()

    def close(self) -> None:
        """Send close_notify, and wait a moment for the peer to close as well."""
        self._protocol.hang_up()

    def abort(self) -> None:
        """Let go at once, and say nothing: to the peer this is a cut connection."""
        self._protocol.lower.abort()

    def is_closing(self) -> bool:
        """Also when the TCP transport has noticed a reset, so that `drain` gives way and can hear of it."""
        return self._protocol.hung_up or self._protocol.lower.is_closing()

    def pause_reading(self) -> None:
        self._protocol.lower.pause_reading()

    def resume_reading(self) -> None:
        self._protocol.lower.resume_reading()

    def is_reading(self) -> bool:
        return self._protocol.lower.is_reading()

    def get_write_buffer_size(self) -> int:
        return self._protocol.lower.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._protocol.lower.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As of the TCP transport; "session" is what was agreed on."""
        if name == "session":
            return self._protocol.connection.session
        return self._protocol.lower.get_extra_info(name, default)


class _Protocol(asyncio.Protocol):
    """Between a TCP transport (`lower`) and the streams: drives one connection."""

    lower: asyncio.Transport  # from `connection_made` on

    def __init__(
        self,
        connection: Connection,
        config: ClientConfig | ServerConfig,
        streams: StreamReaderProtocol,
        remember: Callable[[Ticket], None] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.connection = connection
        self.upper = TLSTransport(self)
        self.established: asyncio.Future[None] = self._loop.create_future()
        self.established.add_done_callback(_is_seen)
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.hung_up = False
        self._config = config
        self._inbox = Inbox(remember)
        self._streams = streams
        self._streams_ended = False
        self._failure: TLSError | None = None  # that the streams ended with
        self._sending_ended = False
        self._writing_paused = False  # by the TCP transport, whose buffer is full
        self._bytes_to_forget = pump.LINGER_BYTES
        self._timer: asyncio.TimerHandle | None = None

    # What the TCP transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.lower = cast(asyncio.Transport, transport)
        if self._config.handshake_timeout is not None:
            self._set_timer(self._config.handshake_timeout, self._handshake_timed_out)
        self._flush()

    def data_received(self, data: bytes) -> None:
        if self.hung_up:
            self._bytes_to_forget -= len(data)
            if self._bytes_to_forget < 0:
                self.lower.abort()
            return
        try:
            events = self.connection.receive_data(data)
        finally:  # whatever came: the next flight, an alert, an alert about a fault of ours
            if not self._writing_paused:  # else answers to key updates could pile up without end
                self._flush()
        self._act_on(events)

    def eof_received(self) -> bool:
        """The TCP stream has ended; True keeps it open for what we have to say."""
        if self.hung_up:
            return False
        self._act_on(self.connection.receive_eof())
        return not self.hung_up

    def connection_lost(self, error: Exception | None) -> None:
        self.hung_up = True
        self._cancel_timer()
        self._end_streams(errors.from_cause(error) if error else None)
        self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._streams.pause_writing()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._flush()
        self._streams.resume_writing()

    # What the upper transport calls

    def send(self, data: bytes) -> None:
        if self._sending_ended:
            raise RuntimeError("cannot write after write_eof")  # as asyncio's own transports do
        if not self.upper.is_closing():
            self.connection.send(data)
            self._flush()

    def key_update(self, *, request_peer: bool) -> None:
        if self._failure:
            raise self._failure
        if self.upper.is_closing() or self._sending_ended:
            raise TLSError(errno.EPIPE, "this side was shut down for sending")
        self.connection.key_update(request_peer=request_peer)
        self._flush()

    def finish_sending(self) -> None:
        self._sending_ended = True
        self.connection.close()
        self._flush()
        self.lower.write_eof()

    def hang_up(self) -> None:
        """Send what is left and close_notify; then read and forget until the peer closes, within bounds.

        What is unread when a socket is closed makes the operating system reset the connection, and destroys
        what the peer has not read yet.
        """
        if self.hung_up:
            return
        self.hung_up = True
        self.connection.close()
        self._flush()
        if self._inbox.closed:
            self.lower.close()
        else:
            self.lower.write_eof()
            self.lower.resume_reading()
        self._linger(self._loop.time() + CLOSE_TIMEOUT, sent_before=False)

    def _linger(self, deadline: float, sent_before: bool) -> None:
        """Let go when everything has been sent for LINGER_SECONDS, or when that takes too long."""
        sent = self.lower.get_write_buffer_size() == 0
        if (sent and sent_before) or self._loop.time() >= deadline:
            self.lower.abort()
        else:
            self._set_timer(pump.LINGER_SECONDS, self._linger, deadline, sent)

    # What follows from what arrived

    def _act_on(self, events: list[Event]) -> None:
        self._inbox.take(events)
        kinds = {type(event) for event in events}
        if HandshakeComplete in kinds:
            self._cancel_timer()
            self._streams.connection_made(self.upper)
            if not self.established.done():  # cancelled, by who has had no turn yet to let go
                self.established.set_result(None)
        if self._inbox.received:
            self._streams.data_received(bytes(self._inbox.received))
            self._inbox.received.clear()
        if CloseNotify in kinds:
            self._streams.eof_received()
        if self._inbox.failure:
            self._fail(self._inbox.failure)

    def _handshake_timed_out(self) -> None:
        self._fail(TLSTimeout(f"the handshake took longer than {self._config.handshake_timeout:g} seconds"))

    def _fail(self, error: TLSError) -> None:
        self._end_streams(error)
        self.hang_up()

    def _end_streams(self, error: TLSError | None) -> None:
        if self._streams_ended:
            return
        self._streams_ended = True
        self._failure = error
        if self.connection.session is not None:
            self._streams.connection_lost(error)
        elif not self.established.done():  # else nobody waits any more
            self.established.set_exception(error or TLSError("closed before the handshake was complete"))

    def _flush(self) -> None:
        if data := self.connection.data_to_send():
            self.lower.write(data)

    def _set_timer(self, seconds: float, call: Callable[..., None], *arguments: Any) -> None:
        """The one time bound that holds now: of the handshake, then of the end."""
        self._cancel_timer()
        self._timer = self._loop.call_later(seconds, call, *arguments)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _is_seen(established: "asyncio.Future[None]") -> None:
    """A server's handshakes fail without anybody waiting for them: that is not worth a warning."""
    if not established.cancelled():
        established.exception()
