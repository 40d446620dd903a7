"""Early data is taken once, and not at all where there is doubt."""

import sys
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from handshake import anti_replay
from handshake.anti_replay import CAPACITY, WINDOW, StrikeRegister
from handshake.resumption import ResumableSession
from tests.support import sessions
from tests.support.sessions import THEN, after, session

W = WINDOW
LONG_AGO = after(-1e6)


def register(**replaced: Any) -> StrikeRegister:
    return StrikeRegister(**{"started_at": LONG_AGO, "lock": threading.Lock()} | replaced)


def admit(
    to: StrikeRegister, at: float, binder: bytes = b"binder", *, stated: float | None = None, **replaced: Any
) -> bool:
    """Have a ClientHello come so many seconds after THEN, the client stating that age or another one."""
    made = sessions.ticket(**replaced)
    age = made.obfuscated_age(after(at if stated is None else stated))
    return to.admit(made.session, age, binder, after(at))


def test_the_window_is_the_one_for_the_internet() -> None:
    assert W == 10


def test_once() -> None:  # section 8 [3]
    to = register()
    assert admit(to, 60)
    assert not admit(to, 60)
    assert not admit(to, 60.001, stated=60)


def test_another_binder_is_another_client_hello() -> None:
    to = register()
    assert admit(to, 60, b"a")
    assert admit(to, 60, b"b")
    assert not admit(to, 60, b"a")


@pytest.mark.parametrize(
    ("at", "fresh"),
    [(60 - W - 0.001, False), (60 - W, True), (60, True), (60 + W, True), (60 + W + 0.001, False)],
)
def test_it_has_to_come_when_it_says(at: float, fresh: bool) -> None:  # section 8 [4]
    assert admit(register(), at, stated=60) is fresh


def test_the_age_comes_out_of_its_disguise() -> None:
    assert admit(register(), 60, age_add=2**32 - 1)
    wrong = register().admit(session(), 60_000, b"binder", after(60))  # nothing added
    assert not wrong


def test_when_it_should_arrive() -> None:
    assert anti_replay.expected_arrival(session(age_add=2**32 - 1), 1499) == after(1.5)
    assert anti_replay.expected_arrival(session(age_add=5), 5) == THEN


@pytest.mark.parametrize("first", [60 - W, 60, 60 + W])
@pytest.mark.parametrize("later", [60, 60 + W - 0.001, 60 + W, 60 + W + 0.001, 60 + 2 * W, 60 + 3 * W, 1e5])
def test_a_copy_never_comes_through(first: float, later: float) -> None:
    """Neither while it is remembered nor when it has been forgotten."""
    to = register()
    assert admit(to, first, stated=60)
    assert admit(to, max(first, later), b"another")  # what has had its time is forgotten now
    assert not admit(to, max(first, later), stated=60)


def test_a_clock_that_is_put_back_brings_nothing_back() -> None:
    to = register()
    assert admit(to, 60)
    assert admit(to, 1000, b"much later")
    assert not admit(to, 60)


def test_what_a_slow_thread_asks_late_is_still_taken() -> None:
    to = register()
    assert admit(to, 60.002, b"fast")
    assert admit(to, 60.001, b"slow")


# Its memory


def test_when_it_is_full_it_forgets_nobody() -> None:
    to = register(capacity=3)
    assert [admit(to, 60, bytes([number])) for number in range(5)] == [True, True, True, False, False]
    assert not admit(to, 60, bytes([0]))
    assert not admit(to, 60 + W, bytes([0]), stated=60)


def test_what_is_over_makes_room() -> None:
    to = register(capacity=2)
    assert admit(to, 60, b"a")
    assert admit(to, 65, b"b")
    assert not admit(to, 60 + W, b"c")  # both may still be copied
    assert admit(to, 60 + W + 0.001, b"d")
    assert not admit(to, 65 + W, b"e")


def test_what_ends_first_is_forgotten_first() -> None:
    to = register(capacity=2)
    assert admit(to, 60, b"a", stated=60 + W)
    assert admit(to, 60, b"b", stated=60 - W)
    assert admit(to, 60.001, b"c")  # in the place of b
    assert not admit(to, 60.001, b"a", stated=60 + W)


def test_what_is_refused_takes_no_room() -> None:
    to = register(capacity=1)
    for number in range(5):
        assert not admit(to, 100, bytes([number]), stated=60)
    assert admit(to, 100)


def test_it_holds_thousands() -> None:
    to = register()
    for number in range(CAPACITY):
        assert admit(to, 60, number.to_bytes(32, "big"))
    assert not admit(to, 60)


# A fresh start


@pytest.mark.parametrize("stated", [60, 60 + W - 0.001, 60 + W])
def test_what_may_have_been_taken_before_the_start(stated: float) -> None:  # section 8.2 [4]
    assert not admit(register(started_at=after(60)), stated, stated=stated)


def test_a_client_that_is_early_might_have_been_there_before() -> None:
    assert admit(register(), 60, stated=60 + W)
    assert not admit(register(started_at=after(60)), 60 + 2 * W, stated=60 + W)  # the same ClientHello


def test_one_window_after_the_start() -> None:
    assert admit(register(started_at=after(60)), 60 + W + 0.001)


def test_a_ticket_made_since_the_start_was_never_used_before() -> None:
    started = THEN + timedelta(microseconds=999)  # in the same millisecond
    assert admit(register(started_at=started), 0)
    assert admit(register(started_at=after(-1)), 1)
    assert not admit(register(started_at=after(0.001)), 1)


@given(
    window=st.integers(0, 20),
    start=st.integers(0, 50),
    stated=st.integers(0, 120),
    first=st.integers(0, 120),
    second=st.integers(0, 120),
)
def test_a_restart_takes_no_copy(window: int, start: int, stated: int, first: int, second: int) -> None:
    before = register(window=window)
    again = register(window=window, started_at=after(start))
    taken = admit(before, min(first, start), stated=stated)
    assert not (taken and admit(again, max(second, start), stated=stated) and start > 0)


# Many threads


def test_only_one_of_many_threads_is_the_first() -> None:
    taken = []
    to = register()
    together = threading.Barrier(4)

    def ask() -> None:
        together.wait()
        for number in range(300):
            if admit(to, 60, number.to_bytes(2, "big")):
                taken.append(number)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert sorted(taken) == list(range(300))


def test_it_looks_and_writes_under_its_lock() -> None:
    class Late:
        """A lock for which a rival was quicker."""

        rival_took: bool | None = None

        def __enter__(self) -> None:
            if self.rival_took is None:
                self.rival_took = False  # he does not wait for himself
                self.rival_took = admit(to, 60)

        def __exit__(self, *_: object) -> None:
            pass

    lock = Late()
    to = register(lock=lock)
    assert not admit(to, 60)
    assert lock.rival_took


def test_it_lets_go_of_its_lock() -> None:
    lock = threading.Lock()
    to = register(lock=lock)
    for at, stated in ((60, 60), (60, 60), (60, 0)):
        admit(to, at, stated=stated)
        assert not lock.locked()


# Against a register that forgets nothing


class Twins(RuleBasedStateMachine):
    """What was taken once is never taken again, whatever the clock does."""

    def __init__(self) -> None:
        super().__init__()
        self.register = register(started_at=THEN, capacity=8)
        self.taken: set[tuple[int, int]] = set()
        self.now = THEN

    @rule(seconds=st.integers(-30, 60))
    def time_passes(self, seconds: int) -> None:
        self.now = max(THEN, self.now + timedelta(seconds=seconds))

    @rule(number=st.integers(0, 5), stated=st.integers(0, 100))
    def somebody_comes(self, number: int, stated: int) -> None:
        hello = (number, stated)
        binder = bytes(hello)
        made: ResumableSession = session(age_add=number)
        if self.register.admit(made, number + stated * 1000, binder, self.now):
            assert hello not in self.taken
            self.taken.add(hello)

    @rule(number=st.integers(6, 9))
    def somebody_new_is_welcome(self, number: int) -> None:
        clock: datetime = self.register._latest
        stated = (clock - THEN) // timedelta(milliseconds=1)
        binder = b"new" + bytes([number]) + stated.to_bytes(4, "big")
        full = len(self.register._binders) >= 8
        known = binder in self.register._binders
        assert self.register.admit(session(age_add=0), stated, binder, clock) or full or known


TestTwins = Twins.TestCase
