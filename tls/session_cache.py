"""What a client keeps for its next connections: tickets, and the sessions that they resume.
RFC 9846 section 4.7.1 and appendix C.4.

    from 'localhost:8443', received 2026-07-01 12:00:00 UTC
    -----BEGIN TLS 1.3 SESSION-----
    AA5sb2NhbGhvc3Q6ODQ0MwAg...
    -----END TLS 1.3 SESSION-----

A ticket is given out once: whoever sees one a second time knows that it is the same client.  The server sees
that even so; connections that should not be known to be one client's use a cache each (appendix C.4).

The file holds the keys of sessions.  Whoever reads it can come to the server as this client, client
certificate included; can pretend to be the server to this client; and can read early data sent with these
tickets.  So it is for its owner's eyes alone.

Tested by      tests/tls/test_session_cache.py
"""

import contextlib
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from handshake.codec import Reader, Writer
from handshake.errors import PeerError
from handshake.tickets import Ticket
from x509 import files, pem

LABEL = "TLS 1.3 SESSION"
MAX_HOSTS = 256
MAX_TICKETS = 8  # for each of them
MAX_FILE_SIZE = 2**28  # bytes; the largest tickets of all hosts take less


def name_of(host: str, port: int) -> str:
    """Under what name `sockets` and `aio` keep the tickets of a server: "localhost:8443"."""
    return f"{host}:{port}"


class SessionCache:  # appendix C.4 [4]
    """Tickets by host; connections in any number of threads may share it.

    A host is whatever its user calls it, such as "localhost:8443"; the tickets of one are tried nowhere else.
    When there are more than `max_hosts`, the one that got no ticket for the longest time is forgotten, and of
    a host with more than `max_tickets` the oldest ticket.
    """

    def __init__(self, *, max_hosts: int = MAX_HOSTS, max_tickets: int = MAX_TICKETS) -> None:
        self._lock = threading.Lock()
        self._max_hosts = max_hosts
        self._max_tickets = max_tickets
        self._tickets: OrderedDict[str, deque[Ticket]] = OrderedDict()  # what is newest comes last

    def add(self, host: str, ticket: Ticket) -> None:
        """Keep a ticket for the next connection to this host."""
        with self._lock:
            self._tickets.setdefault(host, deque(maxlen=self._max_tickets)).append(ticket)
            self._tickets.move_to_end(host)
            if len(self._tickets) > self._max_hosts:
                self._tickets.popitem(last=False)

    def take(self, host: str, at: datetime) -> Ticket | None:
        """The newest ticket for this host that can still be used, which is then no longer here; or None."""
        with self._lock:
            tickets = self._tickets.get(host, deque())
            while tickets:
                ticket = tickets.pop()  # appendix C.4 [1]
                if not tickets:
                    del self._tickets[host]
                if ticket.session.is_fresh(at):  # section 4.3.11.1 [1]
                    return ticket
            return None

    def save(self, path: str | Path) -> None:
        """Write all tickets into a file that its owner alone can read; OSError if that cannot be done."""
        with self._lock:
            kept = [(host, ticket) for host, tickets in self._tickets.items() for ticket in tickets]
            files.replace(path, "".join(_to_pem(host, ticket) for host, ticket in kept), private=True)

    def load(self, path: str | Path) -> None:
        """Add the tickets of a file; OSError if it cannot be read, ValueError if it is not one of ours."""
        text = files.read_at_most(path, MAX_FILE_SIZE)
        if len(text) > MAX_FILE_SIZE:
            raise ValueError(f"more than {MAX_FILE_SIZE} bytes, which no file of tickets has")
        blocks = pem.decode(text, LABEL)
        if text and not blocks:
            raise ValueError(f"no {LABEL} in this file")
        for host, ticket in [_decode(block) for block in blocks]:  # all of them, or none
            self.add(host, ticket)


class SessionFile(SessionCache):
    """Tickets that are kept in a file alone, at every moment, so that several processes may share it.

    What is taken is out of the file before anybody can be shown it, whatever becomes of the process.  A file
    that is not there is made; OSError and ValueError as of `load` and `save`, from each method.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self._path = path
        with self._turn():
            pass  # can it be read and written?

    def add(self, host: str, ticket: Ticket) -> None:
        with self._turn() as cache:
            cache.add(host, ticket)

    def take(self, host: str, at: datetime) -> Ticket | None:
        with self._turn() as cache:
            return cache.take(host, at)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[SessionCache]:
        with files.turn(self._path):
            cache = SessionCache()
            with contextlib.suppress(FileNotFoundError):
                cache.load(self._path)
            yield cache
            cache.save(self._path)


def _to_pem(host: str, ticket: Ticket) -> str:
    writer = Writer()
    writer.opaque16("host", host.encode("utf-8"))
    writer.opaque("ticket", ticket.encode())
    received_at = ticket.session.established_at.astimezone(UTC)
    note = f"from {host!a}, received {received_at:%Y-%m-%d %H:%M:%S} UTC\n"
    return note + pem.encode(writer.getvalue(), LABEL)


def _decode(block: bytes) -> tuple[str, Ticket]:
    reader = Reader(block)
    try:
        return reader.opaque16("host").decode("utf-8"), Ticket.decode(reader.rest("ticket"))
    except (PeerError, UnicodeDecodeError) as error:
        raise ValueError(f"a {LABEL} that cannot be read: {error}") from error
