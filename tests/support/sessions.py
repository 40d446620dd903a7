"""Sessions to resume, made up.  `session()` is one, `any_session` is all of them, for hypothesis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from handshake.resumption import MAX_LIFETIME, ResumableSession
from handshake.suites import SUITES
from handshake.tickets import Ticket
from tests.support.strategies import host_names, uint32

THEN = datetime(2026, 7, 1, 12, tzinfo=UTC)  # when they are established
HOUR = 3600  # seconds
CHACHA20 = 0x1303


def session(**replaced: Any) -> ResumableSession:
    made = ResumableSession(
        key=bytes(range(32)),
        cipher_suite=CHACHA20,
        established_at=THEN,
        lifetime=HOUR,
        age_add=0x89ABCDEF,
        server_name="localhost",
        application_protocol=b"http/1.1",
        max_early_data=0,
        certificates=(b"leaf", b"issuer"),
    )
    return replace(made, **replaced)


def ticket(identity: bytes = b"ticket", **replaced: Any) -> Ticket:
    return Ticket(identity, session(**replaced))


def after(seconds: float) -> datetime:
    """A time so long after THEN; before it, if negative."""
    return THEN + timedelta(seconds=seconds)


@st.composite
def sessions(draw: st.DrawFn) -> ResumableSession:
    suite = draw(st.sampled_from(list(SUITES.values())))
    return ResumableSession(
        key=draw(st.binary(min_size=suite.hash_size, max_size=suite.hash_size)),
        cipher_suite=suite.number,
        established_at=draw(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC))),
        lifetime=draw(st.integers(0, MAX_LIFETIME)),
        age_add=draw(uint32),
        server_name=draw(st.none() | host_names),
        application_protocol=draw(st.none() | st.binary(min_size=1, max_size=255)),
        max_early_data=draw(uint32),
        certificates=draw(st.lists(st.binary(min_size=1, max_size=50), max_size=3).map(tuple)),
        shown=draw(st.frozensets(st.binary(min_size=32, max_size=32), max_size=3)),
        external_identity=draw(st.none() | st.binary(min_size=1, max_size=50)),
    )


any_session = sessions()
