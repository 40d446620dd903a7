"""Each answer is about the connection that carries it, and about no other."""

import contextlib
import html
import http.client
import json
from pathlib import Path

import jsonschema
import pytest

from purecrypto import hkdf
from tests.support import servers
from tests.support.servers import client_config, server_config
from tls import https, page, sockets
from tls.session_cache import SessionCache
from tls.tracing import explaining, page_words, trace_page
from tls.tracing import trace as traces
from tls.tracing.explaining import ExplainHandler, Guest, GuestBook
from tls.tracing.trace import Trace
from x509 import wording

ROOT = Path(__file__).parents[2]
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """The accepting thread looks up more often than it has to."""
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


@contextlib.contextmanager
def serving(**settings):
    with GuestBook(**settings) as book:
        config = server_config(application_protocols=["http/1.1"])
        with https.Server(
            ("127.0.0.1", 0), config, pages=ExplainHandler, watch=book.watch
        ).running() as server:
            server.book = book
            yield server


@contextlib.contextmanager
def dialled(server, **settings):
    config = settings.pop("config", None) or client_config(application_protocols=["http/1.1"])
    host, port = "localhost", server.server_port
    with sockets.connect(host, port, config=config, timeout=servers.PATIENCE, **settings) as connection:
        client = http.client.HTTPConnection(host, port)
        client.sock = connection
        yield client


def ask(client, accept="*/*", target="/any/path", method="GET"):
    client.request(method, target, headers={"Accept": accept})
    response = client.getresponse()
    return response, response.read().decode()


def secret(trace, name="client_application_traffic_secret_0"):
    return next(step.value for step in trace.steps() if getattr(step, "name", "") == name).hex()


def test_the_answer_is_about_the_connection_that_carries_it():
    mine = Trace()
    with serving() as server, dialled(server, observe=mine) as client:
        response, document = ask(client, BROWSER)
        json_response, data = ask(client, "application/json")
        text_response, text = ask(client)
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert json_response.getheader("Content-Type") == "application/json; charset=utf-8"
    assert text_response.getheader("Content-Type") == "text/plain; charset=utf-8"
    for body in (document, data, text):
        assert secret(mine) in body
    assert document.startswith("<!doctype html>")
    assert page_words.DELIVERED in document
    assert " ".join(text.split()).startswith(page_words.DELIVERED_AS_TEXT)
    handshake = text.partition("GET /any/path")[0]  # afterwards it has what was answered so far
    assert secret(mine) in handshake
    assert "── certificate 1   taken apart" in handshake and "notAfter  UTCTime" in handshake
    for more in ("check it yourself", "handshake/"):  # as the text itself says
        assert more in document and more not in handshake
    assert max(map(len, text.splitlines())) <= wording.WIDTH
    assert "<" not in text.partition("ClientHello")[0]


def test_the_trace_is_as_its_schema_says():
    with serving() as server, dialled(server) as client:
        told = json.loads(ask(client, "application/json")[1])
    jsonschema.validate(told, json.loads((ROOT / "docs/trace.schema.json").read_text("utf-8")))
    assert told["role"] == "server"
    assert told["steps"][-1]["content_type"] == "application_data"  # the request itself


def test_nobody_else_may_take_the_page_in():
    with serving() as server, dialled(server) as client:
        for accept in (BROWSER, "application/json", "*/*"):
            response, _ = ask(client, accept)
            assert response.getheader("Content-Security-Policy") == (
                f"{trace_page.policy()}; frame-ancestors 'none'"
            )
            assert response.getheader("X-Content-Type-Options") == "nosniff"
            assert response.getheader("Cross-Origin-Resource-Policy") == "same-origin"
            assert response.getheader("Referrer-Policy") == "no-referrer"
            assert response.getheader("Cache-Control") == "no-store"


def test_one_answer_is_made_at_a_time(monkeypatch):
    """All at once, a hundred full traces would take gigabytes."""

    def told(handler, *_):
        return str(handler.server.book.drawing.locked()), "text/plain"

    monkeypatch.setattr(ExplainHandler, "_drawn", told)
    with serving() as server, dialled(server) as client:
        assert ask(client)[1] == "True"
        assert not server.book.drawing.locked()


def test_a_later_answer_shows_the_one_before():
    with serving() as server, dialled(server) as client:
        first = json.loads(ask(client, "application/json")[1])
        second = json.loads(ask(client, "application/json", "/again")[1])
        _, document = ask(client, BROWSER)
    steps = second["steps"][len(first["steps"]) :]
    assert second["steps"][: len(first["steps"])] == first["steps"]
    assert {step["sender"] for step in steps} == {"server", "client"}
    assert "carried 2" in document
    assert page_words.OWN_ANSWER in document


def test_siblings_are_told_of_and_not_their_secrets():
    other = Trace()
    with serving() as server, dialled(server, observe=other) as theirs, dialled(server) as client:
        ask(theirs)
        port = theirs.sock.getsockname()[1]
        _, document = ask(client, BROWSER)
        assert f"connection 1 from port {port}: a full handshake, 1 answer, open" in document
        assert secret(other) not in document
        assert "connection 2 from" not in document


def test_a_guest_from_elsewhere_is_no_sibling():
    book = GuestBook()
    here, there = Guest(book, 1, None), Guest(book, 2, None)
    here.arrive(("127.0.0.1", 5), is_resumed=False)
    there.arrive(("192.0.2.1", 6), is_resumed=True)
    assert here.siblings() == there.siblings() == []
    third = Guest(book, 3, None)
    third.arrive(("192.0.2.1", 7), is_resumed=False)
    there.leave()
    assert third.siblings() == ["connection 2 from port 6: a session resumed, 0 answers, closed"]


def test_siblings_are_told_in_the_order_in_which_they_came():
    """Handshakes may end in another order."""
    book = GuestBook()
    for number in (3, 1, 2):
        Guest(book, number, None).arrive(("127.0.0.1", number), is_resumed=False)
    told = Guest(book, 4, None)
    told.arrive(("127.0.0.1", 4), is_resumed=False)
    assert [sibling.split()[1] for sibling in told.siblings()] == ["1", "2", "3"]


def test_secrets_go_with_their_connection():
    with serving() as server, dialled(server) as client:
        ask(client)
    assert [guest.is_gone for guest in server.book.guests] == [True]
    assert [list(guest.trace.steps()) for guest in server.book.guests] == [[]]


def test_only_so_many_are_remembered():
    book = GuestBook()
    for number in range(explaining.MAX_SIBLINGS + 5):
        Guest(book, number, None).arrive(("127.0.0.1", number), is_resumed=False)
    assert len(book.guests) == explaining.MAX_SIBLINGS


def test_a_session_that_was_resumed_says_so():
    config = client_config(application_protocols=["http/1.1"], sessions=SessionCache())
    with serving() as server:
        for resumed in (False, True):
            with dialled(server, config=config) as client:
                _, document = ask(client, BROWSER)
            assert (html.escape(page_words.STORIES["resumed"]) in document) == resumed
        assert [guest.is_resumed for guest in server.book.guests] == [False, True]


def test_the_handshake_is_timed_and_nothing_is_left_wrapped():
    before = hkdf.extract
    with serving() as server, dialled(server) as client:
        assert hkdf.extract is not before
        _, document = ask(client, BROWSER)
        (guest,) = server.book.guests
        assert guest.costs["X25519 shared secret"].times == 1
        assert "What it cost" in document
        assert server.book._tally._seconds == {}
    assert hkdf.extract is before


def test_another_watch_sees_the_same():
    seen = Trace()
    with serving(also=lambda: contextlib.nullcontext(seen)) as server, dialled(server) as client:
        told = json.loads(ask(client, "application/json")[1])["steps"]
        assert told == seen.as_dict()["steps"][: len(told)]


def test_head():
    with serving() as server, dialled(server) as client:
        response, body = ask(client, BROWSER, method="HEAD")
        assert (response.status, body) == (200, "")
        assert int(response.getheader("Content-Length")) > 50_000


def test_without_rich_the_text_is_what_was_agreed_on(monkeypatch):
    monkeypatch.setattr(explaining.util, "find_spec", lambda name: None)
    with serving() as server, dialled(server) as client:
        _, text = ask(client)
    assert explaining.WITHOUT_RICH in text
    assert page.TITLE in text
    assert traces.WARNING not in text
