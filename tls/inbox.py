"""What a connection has brought for its application, in both shells, `pump` and `aio`.

    inbox.take(connection.receive_data(...))
    inbox.received                            plaintext, to be handed over and taken out

Early data wait here for the end of the handshake.
"""

from collections.abc import Callable, Iterable

from handshake.tickets import Ticket
from tls import errors
from tls.errors import TLSError
from tls.events import (
    ApplicationData,
    CloseNotify,
    ConnectionFailed,
    EarlyData,
    Event,
    HandshakeComplete,
    SessionTicket,
)


class Inbox:
    """Of one connection.

    remember     called with each ticket that comes
    received     plaintext that nobody has taken yet
    closed       whether the peer has said that no more will come
    failure      the end of everything, if somebody was at fault
    """

    def __init__(self, remember: Callable[[Ticket], None] | None = None) -> None:
        self.received = bytearray()
        self.closed = False
        self.failure: TLSError | None = None
        self._early = bytearray()
        self._remember = remember

    def take(self, events: Iterable[Event]) -> None:
        """Put everything where it belongs."""
        for event in events:
            match event:
                case EarlyData(data):
                    self._early += data
                case HandshakeComplete():
                    # Only now is it the client's own: who sends a copy of it has no Finished (section 8).
                    self.received += self._early
                    self._early.clear()
                case ApplicationData(data):
                    self.received += data
                case SessionTicket(ticket) if self._remember is not None:
                    self._remember(ticket)
                case CloseNotify():
                    self.closed = True
                case ConnectionFailed(cause):
                    self.failure = errors.from_cause(cause)
