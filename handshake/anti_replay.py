"""Early data only once: what a server remembers across connections.  RFC 9846 sections 8.2 and 8.3.

Early data is the one thing in TLS that an attacker can send a second time: he copies a ClientHello with what
follows, and the server, which has added nothing of its own yet, cannot tell the copy by its keys.  So it
writes down who has been here.  Because it cannot write for ever, it takes early data only from a ClientHello
that was sent just now, by the client's own account, which no copyist can change: then whatever it has
forgotten is refused for its age.

    expected arrival = when the ticket was made + the age that the client states         (section 8.3)

    ------------|--------------------------|--------------------------|---------------> time
         expected - window          expected arrival          expected + window
                     may be taken here, once; remembered until the end

What it protects against: that one server takes the same early data twice.  What it does not:

- Several servers that share their ticket keys and do not share a register: each takes a copy (section 8.2).
- A server that starts again with the ticket keys that it had, and a clock that was set back meanwhile: it
  knows nothing of those who were there, and believes that they could not have been.  New keys end that.
- A client that sends again, on a new connection, what it does not know to have arrived (section 8).  No
  server can see that below the application; what comes early has to be harmless if it comes twice.

Refusing early data costs a round trip and nothing else.  So in every doubt the answer is no: when the
register is full, when a clock was put back, when the server has just started.
"""

import heapq
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from handshake import resumption
from handshake.resumption import ResumableSession

WINDOW = 10.0  # seconds: for what clocks and networks do on the Internet (section 8.3)
CAPACITY = 2**16  # ClientHellos in two windows: several thousand a second, and some 15 MB


class StrikeRegister:
    """The ClientHellos whose early data was taken lately; all connections of a server share one.

    started_at   when this server began to write them down
    lock         held while it does, such as threading.Lock(); connections may be in many threads
    window       seconds that a ClientHello may come before its expected arrival, or after it
    capacity     how many are remembered at most.  None is forgotten before its time, or an attacker could
                 flush out what he wants to send again; when it is full, early data has to wait.
    """

    def __init__(
        self,
        *,
        started_at: datetime,
        lock: AbstractContextManager[object],
        window: float = WINDOW,
        capacity: int = CAPACITY,
    ) -> None:
        self._lock = lock
        self._window = timedelta(seconds=window)
        self._capacity = capacity
        self._started_at = resumption.whole_milliseconds(started_at)
        self._latest = self._started_at  # that any connection knew
        self._binders: set[bytes] = set()
        self._by_end: list[tuple[datetime, bytes]] = []  # a heap: what can be forgotten first is first

    def admit(self, session: ResumableSession, obfuscated_age: int, binder: bytes, at: datetime) -> bool:
        """Write this ClientHello down, and return whether its early data may be taken.

        To be asked once for a ClientHello, when its binder has been verified: it stands for the whole, the
        stated age included, and an unverified one anybody can change (section 8.2).  If the answer is no, the
        handshake goes on without early data.
        """
        expected = expected_arrival(session, obfuscated_age)
        with self._lock:
            # Were a clock put back, what has been forgotten would be fresh again: for us it stands still.
            self._latest = at = max(at, self._latest)
            self._forget(at)
            # sections 4.3.10 [3] and 8 [4]
            if abs(at - expected) > self._window:  # section 8.3
                return False
            # section 8.2 [4]
            if session.established_at < self._started_at and expected - self._window <= self._started_at:
                return False  # it may have been taken before we started (section 8.2)
            if binder in self._binders or len(self._binders) >= self._capacity:  # section 8 [3]
                return False
            self._binders.add(binder)
            heapq.heappush(self._by_end, (expected + self._window, binder))
            return True

    def _forget(self, at: datetime) -> None:
        """Drop those that are refused for their age from now on."""
        while self._by_end and self._by_end[0][0] < at:
            _, binder = heapq.heappop(self._by_end)
            self._binders.remove(binder)


def expected_arrival(session: ResumableSession, obfuscated_age: int) -> datetime:
    """When a ClientHello that states this age for this ticket should come (section 8.3).

    The client counts from when it has received the ticket, so the age that it states is short of ours by a
    round trip, which the window has room for.
    """
    age = (obfuscated_age - session.age_add) % 2**32  # milliseconds
    return session.established_at + timedelta(milliseconds=age)
