"""A web server that explains itself: each request is answered with the connection that carries it.

    with GuestBook() as book:
        https.Server(address, config, pages=ExplainHandler, watch=book.watch)

Every connection gets a trace, and is timed during its handshake.  A browser is given the page, `Accept:
application/json` the trace, and everyone else readable text.  Each sees the secrets of his own connection and
of no other; of others from the same address only that they exist.

Limits         A trace has its own bound, and goes with its connection; MAX_SIBLINGS are remembered.  One
               answer is made at a time.
Tested by      tests/tls/test_explaining.py, tests/interop/test_chromium.py
"""

import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from importlib import util
from typing import Any, Self

from handshake.codec import Observer
from tls import page
from tls.https import PageHandler, Watch
from tls.timing import Tally, Total
from tls.tracing import page_words, trace_page
from tls.tracing.trace import Trace
from tls.tracing.trace_page import Delivery
from x509 import wording

MAX_SIBLINGS = 20
HEADERS = {  # the page shows keys: no other page may take it in, in whatever disguise
    "Content-Security-Policy": f"{trace_page.policy()}; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
WITHOUT_RICH = "With rich (pip install rich) this text would be the whole story."


class Guest:
    """One connection, as long as it lasts: an observer that keeps what it sees and passes it on."""

    def __init__(self, book: "GuestBook", number: int, other: Observer | None) -> None:
        self.book = book
        self.number = number  # since the server started
        self.trace = Trace()
        self.costs: Mapping[str, Total] = {}  # of the handshake
        self.address: tuple[Any, ...] = ()
        self.answers = 0
        self.is_resumed = False
        self.is_gone = False
        self._other = other

    def __call__(self, event: object) -> None:
        if not self.is_gone:
            self.trace(event)
        if self._other is not None:
            self._other(event)

    def __str__(self) -> str:
        """What others may know."""
        handshake = "a session resumed" if self.is_resumed else "a full handshake"
        answers = "1 answer" if self.answers == 1 else f"{self.answers} answers"
        state = "closed" if self.is_gone else "open"
        return f"connection {self.number} from port {self.address[1]}: {handshake}, {answers}, {state}"

    def arrive(self, address: tuple[Any, ...], *, is_resumed: bool) -> None:
        """The handshake is complete."""
        self.address, self.is_resumed = address, is_resumed
        self.book.guests.append(self)

    def leave(self) -> None:
        """The connection ends, and its secrets go with it."""
        self.is_gone = True
        self.trace = Trace()

    def siblings(self) -> list[str]:
        """Other connections from the same address."""
        others = [each for each in list(self.book.guests) if each.address[0] == self.address[0]]
        others.sort(key=lambda guest: guest.number)
        return [str(each) for each in others if each is not self]


class GuestBook:
    """The connections of a server.  While it is entered, handshakes are timed.

    also    another watch, which sees the same
    """

    def __init__(self, also: Watch = nullcontext) -> None:
        self.guests: deque[Guest] = deque(maxlen=MAX_SIBLINGS)
        self.drawing = threading.Lock()  # held while an answer is made: a trace that is full takes 80 MB
        self._also = also
        self._lock = threading.Lock()
        self._count = 0  # protected by the lock
        self._tally = Tally()

    def __enter__(self) -> Self:
        self._tally.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._tally.__exit__()

    @contextlib.contextmanager
    def watch(self) -> Iterator[Observer]:
        """For each handshake, an observer that the connection goes on with afterwards."""
        with self._lock:
            self._count += 1
            number = self._count
        side = str(number)
        with self._also() as other:
            guest = Guest(self, number, other)
            try:
                with self._tally.side(side):
                    yield guest
            finally:
                guest.costs = self._tally.take(side)


class ExplainHandler(PageHandler):
    """Whatever is asked for, the answer is about the connection."""

    def setup(self) -> None:
        super().setup()
        guest = self.server.observer_of(self.connection)
        assert isinstance(guest, Guest)
        guest.arrive(self.client_address, is_resumed=self.connection.session.psk_origin == "ticket")
        self._guest = guest

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self._guest.leave()

    def _answer(self) -> None:
        accepted, guest = self.headers.get("Accept", ""), self._guest
        with guest.book.drawing:
            body, kind = self._drawn(accepted, guest)
        guest.answers += 1
        self._send(body, kind, HEADERS)

    def _drawn(self, accepted: str, guest: Guest) -> tuple[str, str]:
        """The answer, and what kind of a text it is."""
        if "text/html" in accepted:
            delivery = Delivery(guest.number, guest.answers, guest.siblings(), guest.costs)
            return trace_page.as_html(guest.trace, delivery), "text/html"
        if "application/json" in accepted:
            return json.dumps(guest.trace.as_dict(), indent=1) + "\n", "application/json"
        return self._as_text(guest), "text/plain"

    def _as_text(self, guest: Guest) -> str:
        said = (page_words.DELIVERED_AS_TEXT, f"This is connection {guest.number}. {page_words.OWN_ANSWER}")
        head = "".join("\n".join(wording.wrapped(text, wording.WIDTH)) + "\n\n" for text in said)
        if util.find_spec("rich") is None:
            return f"{head}{WITHOUT_RICH}\n\n{page.as_text(self.connection.session)}"
        from tls.tracing import trace_view

        return head + trace_view.as_text(guest.trace)
