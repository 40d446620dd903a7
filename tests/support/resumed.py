"""Both ends of a connection in memory that have met before, as `peers_in_memory` has them for strangers.

link = resumed.link()                   a session is to be resumed; nothing has been carried yet
link = resumed.link(early=b"data")      and the client has sent data before the handshake
link.carry()
"""

from datetime import timedelta
from functools import cache
from threading import Lock
from typing import Any

from handshake.anti_replay import StrikeRegister
from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import Ticket
from tests.support import certificates, peers_in_memory
from tests.support.peers_in_memory import TICKETS, Link
from tls.events import SessionTicket

MAX_EARLY_DATA = 1000  # bytes that servers take here, if they take any


@cache
def ticket(**tickets_of_client: Any) -> Ticket:
    """What a server that would take early data has given in the first meeting."""
    first = Link(
        peers_in_memory.client_settings(**tickets_of_client),
        peers_in_memory.server_settings(**TICKETS, max_replayable_early_data=MAX_EARLY_DATA),
    )
    first.carry()
    return next(event.ticket for event in first.client_events if isinstance(event, SessionTicket))


def client_settings(*, early: bool = False, **replaced: Any) -> ClientSettings:
    """A client that has a ticket, and may have data that cannot wait."""
    wanted = {"ticket": ticket(), "replayable_early_data": early}
    return peers_in_memory.client_settings(**(wanted | replaced))


def server_settings(*, early: bool = False, **replaced: Any) -> ServerSettings:
    """A server that resumes sessions, and may take early data: its register has seen nobody yet."""
    wanted: dict[str, Any] = dict(TICKETS)
    if early:
        wanted |= {"max_replayable_early_data": MAX_EARLY_DATA, "anti_replay": register()}
    return peers_in_memory.server_settings(**(wanted | replaced))


def register() -> StrikeRegister:
    """One that has been there for longer than any ticket."""
    return StrikeRegister(started_at=certificates.NOW - timedelta(days=1), lock=Lock())


def link(
    early: bytes | None = None,
    *,
    taken: bool = True,
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
) -> Link:
    """Both ends; the client has sent this early data, which the server takes or not."""
    made = Link(
        client_settings(early=early is not None, **(client or {})),
        server_settings(early=early is not None and taken, **(server or {})),
    )
    if early is not None:
        made.client.send_replayable_early_data(early)
    return made
