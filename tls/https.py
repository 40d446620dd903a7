"""HTTP over our own TLS: a small threaded web server, and a client that fetches one page.

    with https.Server(("127.0.0.1", 8443), ServerConfig(...)).running() as server: ...
    with https.get("https://localhost:8443/", ClientConfig(trust=...)) as answer:
        body = b"".join(answer.body())

HTTP itself is the standard library's (`http.server`, `http.client`), which sees a `TLSSocket` where it
expects a socket.  The server gives each connection a thread of its own, its handshake included, so nobody
waits for a slow or hostile client; and each thread is bounded:

    handshake      the config's handshake_timeout
    idle           IDLE_TIMEOUT for the next request to arrive as a whole, and for each piece of an answer
    at once        MAX_CONNECTIONS; who comes then waits in the operating system's queue until one is done
    the end        DRAIN_TIMEOUT for the answers under way when the server is stopped

Tested by      tests/tls/test_https.py, tests/tls/test_bounds.py
"""

import contextlib
import http.client
import http.server
import io
import os
import socket
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any, Self

from handshake.codec import Observer
from handshake.errors import Truncated
from handshake.session import Session
from purecrypto.buffers import Buffer
from tls import page, sockets
from tls.config import ClientConfig, ServerConfig
from tls.errors import TLSError, TLSTimeout
from tls.events import ConnectionOver
from tls.pump import SEND_SIZE
from tls.sockets import TLSSocket
from x509 import complaints

PORT = 443
USER_AGENT = "glassbox-tls"
IDLE_TIMEOUT = 30.0  # seconds
MAX_CONNECTIONS = 100
DRAIN_TIMEOUT = 5.0  # seconds
FETCH_TIMEOUT = 30.0  # seconds for each operation of the client
POLL_SECONDS = 0.2  # how long the accepting thread waits before it looks whether it has to stop
CHUNK_SIZE = 2**16  # bytes

HEADERS = {"User-Agent": USER_AGENT, "Accept": "text/plain, */*;q=0.5", "Connection": "close"}

Watch = Callable[[], AbstractContextManager[Observer | None]]


class Server(http.server.ThreadingHTTPServer):
    """Serves the files of `directory`, or without one a page that says what was negotiated.

    address            host and port; port 0 takes any, and `server_port` says which
    pages              what answers where there is no directory
    idle_timeout, max_connections      see above
    watch              called for each handshake: a context that gives the observer for it (secrets!), which
                       is told at the very end that the connection is over
    """

    request_queue_size = 128  # connections that the operating system holds ready meanwhile
    server_port: int

    def __init__(
        self,
        address: tuple[str, int],
        config: ServerConfig,
        *,
        directory: Path | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        max_connections: int = MAX_CONNECTIONS,
        watch: Watch = nullcontext,
        pages: "type[PageHandler] | None" = None,
    ) -> None:
        self.idle_timeout = idle_timeout
        self._config = config
        self._watch = watch
        self._max_connections = max_connections
        self._slots = threading.BoundedSemaphore(max_connections)
        self._lock = threading.Lock()
        self._connections: dict[TLSSocket, Observer | None] = {}  # protected by the lock, as is the next
        self._draining = False
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family, _, _, _, bind_to = found[0]
        handler: Any = partial(FileHandler, directory=str(directory)) if directory else pages or PageHandler
        super().__init__(bind_to, handler)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve in a thread of its own; on the way out, stop and let answers under way finish."""
        thread = threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.drain()
            thread.join()

    def drain(self) -> None:
        """Accept nobody any more, hang up on who only waits, and give the others DRAIN_TIMEOUT."""
        self.shutdown()
        self.server_close()
        with self._lock:
            self._draining = True
            waiting = list(self._connections)
        for connection in waiting:
            _stop_reading(connection)
        deadline = time.monotonic() + DRAIN_TIMEOUT
        for _ in range(self._max_connections):  # all slots are ours again: all connections are done
            self._slots.acquire(timeout=max(0, deadline - time.monotonic()))

    def observer_of(self, connection: TLSSocket) -> Observer | None:
        """Who watches this connection, which is under way."""
        with self._lock:
            return self._connections[connection]

    # What the standard library's server calls, from accepting to closing

    def server_bind(self) -> None:
        """Bind, and do not ask the name service who we are, as HTTPServer would."""
        socket_server_bind = super(http.server.HTTPServer, self).server_bind
        socket_server_bind()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection as soon as there may be one more; an OSError tells our caller to try again."""
        if not self._slots.acquire(timeout=POLL_SECONDS):
            raise OSError(f"{self._max_connections} connections are open")
        try:
            return super().get_request()
        except BaseException:
            self._slots.release()
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak with one client, in its own thread."""
        with contextlib.ExitStack() as until_the_end:
            with self._watch() as observe:
                if observe is not None:
                    until_the_end.callback(observe, ConnectionOver())
                connection = self._config.connection(observe=observe)
                wrapped = until_the_end.enter_context(TLSSocket(request, connection, self._config))
                until_the_end.enter_context(self._listed(wrapped, observe))
                wrapped.do_handshake()
            super().finish_request(wrapped, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: Any) -> None:
        """Called once for each accepted connection, when all is over."""
        super().shutdown_request(request)
        self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One line for what clients and networks do; everything about a bug of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            sys.stderr.write(f"{client_address[0]} - - connection ended: {complaints.reason(error)}\n")
        else:
            super().handle_error(request, client_address)

    @contextlib.contextmanager
    def _listed(self, connection: TLSSocket, observe: Observer | None) -> Iterator[None]:
        """Have `drain` and `observer_of` know of this connection."""
        with self._lock:
            self._connections[connection] = observe
            draining = self._draining
        if draining:
            _stop_reading(connection)
        try:
            yield
        finally:
            with self._lock:
                del self._connections[connection]


def _stop_reading(connection: TLSSocket) -> None:
    with contextlib.suppress(OSError):  # it may just have gone
        connection.shutdown(socket.SHUT_RD)


class _BoundedHandler(http.server.BaseHTTPRequestHandler):
    """What both kinds of pages have in common."""

    protocol_version = "HTTP/1.1"  # one connection, many requests
    wbufsize = SEND_SIZE  # head and body of a small answer share a record
    server: Server
    connection: Any  # a TLSSocket

    def setup(self) -> None:
        self.timeout = self.server.idle_timeout  # type: ignore[misc]  # mypy takes it for the class's
        super().setup()
        self.rfile.close()
        self._requests = _Requests(self.connection, self.timeout)
        self.rfile = io.BufferedReader(self._requests)

    def version_string(self) -> str:
        return USER_AGENT

    def handle_one_request(self) -> None:
        self._requests.deadline = time.monotonic() + self.server.idle_timeout
        if self._is_over():
            self.close_connection = True
        else:
            super().handle_one_request()

    def _is_over(self) -> bool:
        """Wait for a request to begin; True if instead the client has gone, or asks for nothing any more.

        Nothing is under way then, so nothing has been cut off even without a close_notify, and there is
        nothing to report: browsers open connections to spare, and leave them like this.
        """
        try:
            return not self.rfile.peek(1)  # type: ignore[attr-defined]  # it is the BufferedReader of `setup`
        except TLSError as error:
            if isinstance(error.__cause__, Truncated | ConnectionError) or isinstance(error, TLSTimeout):
                return True
            raise

    def parse_request(self) -> bool:
        understood = super().parse_request()
        if understood and ("Content-Length" in self.headers or "Transfer-Encoding" in self.headers):
            self.close_connection = True  # nobody reads the body, and it must not pass for another request
        if understood and not _can_be_looked_up(self.path):
            self.send_error(HTTPStatus.BAD_REQUEST, "Bad request target")
            return False
        return understood


def _can_be_looked_up(target: str) -> bool:
    """Whether it can be taken apart and name a file: the standard library's handlers ask neither."""
    if "\0" in urllib.parse.unquote(target):
        return False
    try:
        urllib.parse.urlsplit(target)  # not "http://[/"
        os.fsencode(urllib.parse.unquote(target, errors="surrogatepass"))  # not "/%ED%A0%80"
    except UnicodeDecodeError:
        return True  # no UTF-8 at all: replaced later, and not found
    except ValueError:
        return False
    return True


class _Requests(io.RawIOBase):
    """What a client sends, as long as a whole request arrives before the deadline."""

    def __init__(self, connection: TLSSocket, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TLSTimeout("timed out")
        self._connection.settimeout(seconds)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._timeout)


class FileHandler(_BoundedHandler, http.server.SimpleHTTPRequestHandler):
    """The files of a directory; links in it lead where they lead."""


class PageHandler(_BoundedHandler):
    """The page about the connection, at "/" and nowhere else."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if urllib.parse.urlsplit(self.path).path != "/":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        session = self.connection.session
        if "text/html" in self.headers.get("Accept", ""):  # a browser names it, curl does not
            self._send(page.as_html(session), "text/html")
        else:
            self._send(page.as_text(session), "text/plain")

    def _send(self, text: str, kind: str, headers: Mapping[str, str] | None = None) -> None:
        body = text.encode("utf-8", "backslashreplace")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept")
        self.send_header("Cache-Control", "no-store")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


# ---- The client ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a server answered: the head is here, `body` reads the rest."""

    session: Session
    response: HTTPResponse
    rest: io.RawIOBase  # of the connection, after the answer

    def body(self) -> Iterator[bytes]:
        """Yield the body in pieces.  Raises TLSError or IncompleteRead if it was cut off."""
        while chunk := self.response.read1(CHUNK_SIZE):  # `read` takes a chunk of size -1 for all that comes
            yield chunk
        if self.response.length:  # the standard library reads a short body without a word
            raise IncompleteRead(b"", self.response.length)
        if self.response.will_close:
            self.rest.read(1)  # the end itself: close_notify, or somebody cut the connection


class _Written:
    """What a request is, before there is a connection for it."""

    def __init__(self) -> None:
        self.data = bytearray()

    def sendall(self, data: Buffer) -> None:
        self.data += data

    def close(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def get(
    url: str,
    config: ClientConfig,
    *,
    timeout: float = FETCH_TIMEOUT,
    watch: Watch = nullcontext,
    replayable_early_data: bool = False,
) -> Iterator[Answer]:
    """Fetch one page; redirects are not followed.

    `replayable_early_data` sends the request before the handshake, if the config's `sessions` have a ticket
    for it: an attacker can have it arrive more than once.  If the server does not take it, it is sent again.

    Raises ValueError for what is no https URL, TLSError, and http.client.HTTPException for what is no HTTP.
    """
    host, port, target = split_url(url)
    client = http.client.HTTPConnection(host, port)
    client.default_port = PORT  # which is left out of the Host field
    client.sock = written = _Written()
    client.request("GET", target, headers=HEADERS)
    early = bytes(written.data) if replayable_early_data else b""
    with watch() as observe:
        connection = sockets.connect(
            host,
            port,
            config=config,
            timeout=timeout,
            replayable_early_data=early,
            observe=observe,
        )
    with connection, connection.makefile("rb", 0) as rest:
        client.sock = connection
        assert connection.session is not None
        if not connection.session.early_data_accepted:
            connection.sendall(written.data)
        with client.getresponse() as response:
            yield Answer(connection.session, response, rest)


def split_url(url: str) -> tuple[str, int, str]:
    """Host, port and request target; ValueError if this is no https URL."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("not an https URL, such as https://localhost:8443/")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a user name is not supported")
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return parts.hostname, PORT if parts.port is None else parts.port, target
