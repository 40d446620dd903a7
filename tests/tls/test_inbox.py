"""What both shells have received and not handed over yet."""

from handshake.errors import UnexpectedMessage
from tests.support import peers_in_memory, sessions
from tls.errors import TLSError
from tls.events import (
    ApplicationData,
    CloseNotify,
    ConnectionFailed,
    EarlyData,
    HandshakeComplete,
    PeerKeyUpdate,
    SessionTicket,
)
from tls.inbox import Inbox


def complete() -> HandshakeComplete:
    session = peers_in_memory.connected().server.session
    assert session is not None
    return HandshakeComplete(session)


def test_early_data_wait_for_the_end_of_the_handshake() -> None:
    inbox = Inbox()
    inbox.take([EarlyData(b"one"), EarlyData(b" two")])
    assert not inbox.received
    inbox.take([complete(), ApplicationData(b" three")])
    assert inbox.received == b"one two three"
    inbox.take([ApplicationData(b" four")])
    assert inbox.received == b"one two three four"  # and nothing comes twice


def test_tickets_are_remembered_if_somebody_wants_them() -> None:
    tickets = [sessions.ticket(), sessions.ticket()]
    remembered: list[object] = []
    Inbox(remembered.append).take(SessionTicket(ticket) for ticket in tickets)
    assert remembered == tickets
    Inbox().take(SessionTicket(ticket) for ticket in tickets)


def test_the_end() -> None:
    inbox = Inbox()
    inbox.take([ApplicationData(b"data"), PeerKeyUpdate(False)])
    assert (inbox.closed, inbox.failure) == (False, None)
    inbox.take([CloseNotify()])
    assert (inbox.closed, inbox.failure) == (True, None)


def test_a_failure_is_as_the_shells_raise_it() -> None:
    inbox = Inbox()
    cause = UnexpectedMessage("not now")
    inbox.take([ApplicationData(b"before it"), ConnectionFailed(cause)])
    assert isinstance(inbox.failure, TLSError)
    assert inbox.failure.__cause__ is cause
    assert (bytes(inbox.received), inbox.closed) == (b"before it", False)
