"""Ticket keys come and go with time; one that is gone opens nothing."""

import threading
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import tickets
from handshake.tickets import TicketKey
from tests.support.sessions import HOUR, THEN, after, session
from tls.ticket_keys import ROTATION, TicketKeys

NONCE = bytes(12)


def numbered(rotation: float = ROTATION, lifetime: float = HOUR) -> TicketKeys:
    """Keys that come out as 0, 1, 2, ..."""
    numbers = count()
    return TicketKeys(
        rotation=rotation,
        lifetime=lifetime,
        random_bytes=lambda length: next(numbers).to_bytes(length, "big"),
    )


def at(keys: TicketKeys, seconds: float) -> list[int]:
    """The numbers of the keys that there are then."""
    return [int.from_bytes(key.key, "big") for key in keys.at(after(seconds))]


def test_a_key_seals_for_twelve_hours() -> None:
    keys = numbered()
    assert at(keys, 0) == [0]
    assert at(keys, 12 * HOUR - 1) == [0]
    assert at(keys, 12 * HOUR) == [1, 0]


def test_the_old_one_stays_while_a_ticket_of_it_may_be_used() -> None:
    keys = numbered(rotation=100, lifetime=30)
    assert at(keys, 0) == [0]
    assert at(keys, 100) == [1, 0]
    assert at(keys, 129) == [1, 0]
    assert at(keys, 130) == [1]
    assert at(keys, 200) == [2, 1]


def test_long_tickets_need_many_keys() -> None:
    keys = numbered(rotation=100, lifetime=250)
    for seconds in range(0, 1000, 100):
        found = at(keys, seconds)
    assert found == [9, 8, 7, 6]


def test_after_a_long_silence_nothing_is_left() -> None:
    keys = numbered(rotation=100, lifetime=30)
    assert at(keys, 0) == [0]
    assert at(keys, 1e6) == [1]


def test_what_a_forgotten_key_has_sealed_stays_closed() -> None:
    keys = TicketKeys(rotation=100, lifetime=30)
    ticket = tickets.seal(session(), keys.at(after(99))[0], NONCE)
    assert ticket is not None
    assert tickets.open(ticket, keys.at(after(228))) == session()
    assert tickets.open(ticket, keys.at(after(229))) is None


@given(
    rotation=st.integers(1, 100),
    lifetime=st.integers(0, 300),
    steps=st.lists(st.integers(0, 150), min_size=1, max_size=20),
)
def test_a_ticket_can_be_opened_for_its_whole_life(rotation: int, lifetime: int, steps: list[int]) -> None:
    keys = numbered(rotation, lifetime)
    now, sealed = THEN, []
    for step in steps:
        now += timedelta(seconds=step)
        current = keys.at(now)
        sealed.append((now, current[0]))
        for when, key in sealed:
            age = (now - when).total_seconds()
            if age < lifetime:
                assert key in current
            if age >= rotation + lifetime:
                assert key not in current
        assert len(current) <= 2 + lifetime // rotation


# A clock that is put back


def test_a_clock_that_is_put_back_breaks_nothing() -> None:
    keys = numbered(rotation=100, lifetime=30)
    assert at(keys, 1000) == [0]
    assert at(keys, 1100) == [1, 0]
    assert at(keys, 0) == [1, 0]  # both begin anew
    assert at(keys, 99) == [1, 0]
    assert at(keys, 100) == [2, 1, 0]
    assert at(keys, 130) == [2]


def test_a_thread_that_is_late_makes_no_new_key() -> None:
    keys = numbered(rotation=100, lifetime=30)
    assert at(keys, 100.002) == [0]
    assert at(keys, 100.001) == [0]
    assert at(keys, 200.001) == [1, 0]


# Where they come from


def test_every_key_is_another() -> None:
    keys = TicketKeys(lifetime=HOUR)
    (first,) = keys.at(THEN)
    (other,) = TicketKeys(lifetime=HOUR).at(THEN)
    second, _ = keys.at(after(ROTATION))
    assert len({first.key, other.key, second.key}) == len({first.name, other.name, second.name}) == 3


@pytest.mark.parametrize(("rotation", "lifetime"), [(0, HOUR), (-1, HOUR), (100, -1)])
def test_a_time_that_makes_no_sense(rotation: float, lifetime: float) -> None:
    with pytest.raises(ValueError):
        TicketKeys(rotation=rotation, lifetime=lifetime)


def test_many_threads_get_the_same_key() -> None:
    """One of them is held up while it makes the key; the others wait for it and make none."""
    made: list[bytes] = []
    others: list[threading.Thread] = []
    found: list[tuple[TicketKey, ...]] = []

    def ask() -> None:
        found.append(keys.at(THEN))

    def slowly(length: int) -> bytes:
        made.append(bytes([len(made)]) * length)
        if len(made) == 1:
            others.extend(threading.Thread(target=ask) for _ in range(3))
            for other in others:
                other.start()
                other.join(0.01)  # it cannot come to an end
        return made[-1]

    keys = TicketKeys(lifetime=HOUR, random_bytes=slowly)
    ask()
    for other in others:
        other.join()
    assert len(made) == 1
    assert len(found) == 4
    assert len(set(found)) == 1
