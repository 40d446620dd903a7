"""What a client keeps: each ticket for one host, given out once, while it lives; and the same as a file."""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake.resumption import ResumableSession
from handshake.tickets import Ticket
from tests.support.sessions import HOUR, THEN, after, any_session, ticket
from tls import session_cache
from tls.session_cache import LABEL, MAX_HOSTS, MAX_TICKETS, SessionCache, SessionFile
from x509 import files, pem

HOST, OTHER = "localhost:8443", "www.example.com:443"


def numbered(number: int, **replaced: Any) -> Ticket:
    return ticket(number.to_bytes(4, "big"), **replaced)


def cache_of(*numbers: int, host: str = HOST, **sizes: int) -> SessionCache:
    cache = SessionCache(**sizes)
    for number in numbers:
        cache.add(host, numbered(number))
    return cache


def all_of(cache: SessionCache, host: str = HOST, seconds: float = 1) -> list[int]:
    """The numbers of all the tickets for this host, in the order in which they are given out."""
    found = []
    while (taken := cache.take(host, after(seconds))) is not None:
        found.append(int.from_bytes(taken.identity, "big"))
    return found


def test_what_is_kept_is_given_out_once() -> None:  # appendix C.4 [1]
    cache = cache_of(1)
    assert cache.take(HOST, THEN) == numbered(1)
    assert cache.take(HOST, THEN) is None


def test_the_newest_comes_first() -> None:
    assert all_of(cache_of(1, 2, 3)) == [3, 2, 1]


def test_a_host_gets_what_is_its_own() -> None:
    cache = cache_of(1)
    cache.add(OTHER, numbered(2))
    assert cache.take("localhost:443", THEN) is None
    assert all_of(cache) == [1]
    assert all_of(cache, OTHER) == [2]


def test_what_is_stale_is_dropped() -> None:  # section 4.3.11.1 [1]
    cache = SessionCache()
    cache.add(HOST, numbered(1, lifetime=2 * HOUR))
    cache.add(HOST, numbered(2, lifetime=HOUR))
    assert cache.take(HOST, after(HOUR)) == numbered(1, lifetime=2 * HOUR)
    assert cache.take(HOST, THEN) is None  # 2 was dropped, and does not come back


def test_a_ticket_to_be_discarded_at_once() -> None:
    cache = SessionCache()
    cache.add(HOST, numbered(1, lifetime=0))
    assert cache.take(HOST, THEN) is None


# It is bounded


def test_a_host_has_a_number_of_tickets() -> None:
    assert all_of(cache_of(*range(5), max_tickets=3)) == [4, 3, 2]
    assert all_of(cache_of(*range(100))) == list(range(99, 99 - MAX_TICKETS, -1))


def test_there_is_a_number_of_hosts() -> None:
    cache = SessionCache(max_hosts=2)
    for number, host in enumerate("abac"):
        cache.add(host, numbered(number))
    assert all_of(cache, "b") == []
    assert all_of(cache, "a") == [2, 0]
    assert all_of(cache, "c") == [3]


def test_the_usual_number_of_hosts() -> None:
    cache = SessionCache()
    for number in range(MAX_HOSTS + 1):
        cache.add(str(number), numbered(number))
    assert all_of(cache, "0") == []
    assert all_of(cache, "1") == [1]


def test_a_host_without_tickets_takes_no_room() -> None:
    cache = SessionCache(max_hosts=2)
    cache.add("a", numbered(1))
    cache.add("b", numbered(2))
    assert cache.take("b", THEN) == numbered(2)  # its last one
    cache.add("c", numbered(3))
    assert all_of(cache, "a") == [1]
    assert all_of(cache, "c") == [3]
    assert cache._tickets == {}


# As a file


def saved(cache: SessionCache, folder: Path) -> Path:
    path = folder / "sessions.pem"
    cache.save(path)
    return path


def loaded(path: Path, **sizes: int) -> SessionCache:
    cache = SessionCache(**sizes)
    cache.load(path)
    return cache


def test_a_file_has_it_all(tmp_path: Path) -> None:
    cache = cache_of(1, 2)
    cache.add(OTHER, numbered(3))
    again = loaded(saved(cache, tmp_path))
    assert all_of(again) == all_of(cache) == [2, 1]
    assert all_of(again, OTHER) == all_of(cache, OTHER) == [3]


def test_a_file_has_them_in_their_order(tmp_path: Path) -> None:
    cache = SessionCache()
    for number, host in enumerate("aba"):
        cache.add(host, numbered(number))
    smaller = loaded(saved(cache, tmp_path), max_hosts=1, max_tickets=1)
    assert all_of(smaller, "b") == []
    assert all_of(smaller, "a") == [2]


@given(host=st.text(max_size=50), identity=st.binary(min_size=1, max_size=50), made=any_session)
def test_every_ticket_survives(
    tmp_path_factory: pytest.TempPathFactory, host: str, identity: bytes, made: ResumableSession
) -> None:
    cache = SessionCache()
    cache.add(host, Ticket(identity, made))
    path = saved(cache, tmp_path_factory.getbasetemp())
    again = loaded(path)
    assert again._tickets == cache._tickets


def test_the_file_is_for_its_owner(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = saved(cache_of(1), tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_says_for_whom(tmp_path: Path) -> None:
    text = saved(cache_of(1), tmp_path).read_text()
    assert text.startswith(
        f"from 'localhost:8443', received 2026-07-01 12:00:00 UTC\n-----BEGIN {LABEL}-----\n"
    )


def test_a_host_cannot_write_into_the_file(tmp_path: Path) -> None:
    evil = f"x\n-----BEGIN {LABEL}-----\nAAAA\n-----END {LABEL}-----\n"
    assert all_of(loaded(saved(cache_of(1, host=evil), tmp_path)), evil) == [1]


def test_an_empty_cache_is_an_empty_file(tmp_path: Path) -> None:
    path = saved(SessionCache(), tmp_path)
    assert path.read_bytes() == b""
    assert all_of(loaded(path)) == []


def test_loading_adds(tmp_path: Path) -> None:
    cache = cache_of(1)
    cache.load(saved(cache_of(2), tmp_path))
    assert all_of(cache) == [2, 1]


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        loaded(tmp_path / "nothing")


def test_a_file_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(cache_of(1), tmp_path)
    monkeypatch.setattr(session_cache, "MAX_FILE_SIZE", path.stat().st_size)
    assert all_of(loaded(path)) == [1]
    monkeypatch.setattr(session_cache, "MAX_FILE_SIZE", path.stat().st_size - 1)
    with pytest.raises(ValueError, match="which no file of tickets has"):
        loaded(path)


GOOD = session_cache._to_pem(HOST, numbered(1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a shopping list\n", f"no {LABEL} in this file"),
        (pem.encode(b"leaf", "CERTIFICATE"), f"no {LABEL} in this file"),
        (GOOD[:-40], "no END line"),
        (GOOD.replace("AA5s", "****"), "not base64"),
        (GOOD + pem.encode(b"\0\5local", LABEL), r"a TLS 1.3 SESSION that cannot be read: ticket\.identity"),
        (GOOD + pem.encode(b"\0\2\xff\xff\0\1x", LABEL), "cannot be read"),
        (GOOD + pem.encode(b"\0\1x\0\1y\1", LABEL), "format 1"),
        ("\N{SNOWMAN}\0\xff", f"no {LABEL} in this file"),
    ],
)
def test_what_is_no_such_file_adds_nothing(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text, "utf-8")
    cache = SessionCache()
    with pytest.raises(ValueError, match=complaint) as caught:
        cache.load(path)
    assert "\n" not in str(caught.value)
    assert all_of(cache) == []


# Many threads


@pytest.mark.parametrize("what", ["add", "take", "save"])
def test_nothing_happens_without_its_lock(tmp_path: Path, what: str) -> None:
    class Rival:
        """A lock for which another thread was quicker: all is gone, something else is there."""

        def __enter__(self) -> None:
            cache._tickets.clear()
            cache._lock = threading.Lock()
            cache.add(HOST, numbered(7))

        def __exit__(self, *_: object) -> None:
            pass

    cache = cache_of(1)
    cache._lock = Rival()  # type: ignore[assignment]
    if what == "add":
        cache.add(HOST, numbered(2))
        assert all_of(cache) == [2, 7]
    elif what == "take":
        assert cache.take(HOST, THEN) == numbered(7)
    else:
        assert all_of(loaded(saved(cache, tmp_path))) == [7]


def test_it_lets_go_of_its_lock(tmp_path: Path) -> None:
    cache = cache_of(1, 2)
    cache.take(HOST, THEN)
    assert not cache._lock.locked()
    with pytest.raises(FileNotFoundError):
        cache.save(tmp_path / "nowhere" / "file")
    assert not cache._lock.locked()


# Many processes


def test_a_shared_file_has_what_is_there_at_every_moment(tmp_path: Path) -> None:
    path = saved(cache_of(1), tmp_path)
    one, other = SessionFile(path), SessionFile(path)
    other.add(HOST, numbered(2))
    assert one.take(HOST, THEN) == numbered(2)
    assert all_of(loaded(path)) == [1]
    assert other.take(HOST, THEN) == numbered(1)  # appendix C.4 [1]
    assert one.take(HOST, THEN) is None
    assert path.read_text() == ""


def test_a_shared_file_is_made_if_there_is_none(tmp_path: Path) -> None:
    SessionFile(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_shared_file_that_is_not_one_of_ours_says_so_and_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a diary")
    with pytest.raises(ValueError, match=f"no {LABEL}"):
        SessionFile(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "a diary"


@pytest.mark.parametrize("what", ["add", "take"])
def test_changes_of_a_shared_file_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whatever is done to the file in the turns before this one is not lost."""
    shared = SessionFile(saved(cache_of(1), tmp_path))
    turn = files.turn

    @contextlib.contextmanager
    def after_another(path: Path) -> Iterator[None]:
        cache_of(7).save(path)
        with turn(path):
            yield

    monkeypatch.setattr(files, "turn", after_another)
    if what == "add":
        shared.add(HOST, numbered(2))
        assert all_of(loaded(tmp_path / "sessions.pem")) == [2, 7]
    else:
        assert shared.take(HOST, THEN) == numbered(7)
