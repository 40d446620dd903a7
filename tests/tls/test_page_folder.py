"""A server writes a page for each of its connections: whole ones, failed ones, and no more than so many."""

import contextlib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import client_config, server_config
from tls import https
from tls.events import ConnectionOver
from tls.https import Server
from tls.tracing import page_folder, trace_page
from tls.tracing.page_folder import PageFolder
from x509 import files


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accepting thread looks up more often than it has to."""
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    watch = PageFolder(str(folder)).watch
    config = server_config(application_protocols=["http/1.1"])
    with Server(
        ("127.0.0.1", 0), config, watch=watch
    ).running() as server:  # at its end, all pages are written
        yield server


def fetch(server: Server) -> None:
    with https.get(f"https://localhost:{server.server_port}/", client_config()) as answer:
        assert b"".join(answer.body())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_each_connection_becomes_a_page_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    with serving(folder) as server:
        fetch(server)
        fetch(server)
    assert mode(folder) == 0o700
    pages = sorted(folder.iterdir())
    assert [page.name for page in pages] == ["connection-001.html", "connection-002.html"]
    documents = [page.read_text("utf-8") for page in pages]
    for page, document in zip(pages, documents, strict=True):
        assert mode(page) == 0o600
        assert document.startswith("<!doctype html>")
        assert "server_application_traffic_secret_0" in document
        assert "GET / HTTP/1.1" in document  # after the handshake
        assert document.count("close_notify") >= 2  # of both: the connection as a whole
    assert documents[0] != documents[1]


def test_one_page_is_made_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, a hundred full traces would take gigabytes."""
    folder = PageFolder(str(tmp_path))
    monkeypatch.setattr(trace_page, "as_html", lambda _: str(folder._drawing.locked()))
    with folder.watch() as observe:
        assert observe is not None
        observe(ConnectionOver())
    assert (tmp_path / "connection-001.html").read_text() == "True"
    assert not folder._drawing.locked()


def test_a_connection_that_fails_has_its_page(tmp_path: Path) -> None:
    with serving(tmp_path) as server, socket.create_connection(("127.0.0.1", server.server_port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while client.recv(1000):
            pass
    (page,) = tmp_path.iterdir()
    assert "the peer is told unexpected_message" in page.read_text("utf-8")


def test_there_is_a_last_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page_folder, "MAX_PAGES", 2)
    folder = PageFolder(str(tmp_path))
    for _ in range(4):
        with folder.watch() as observe:
            pass
        if observe is not None:
            observe(ConnectionOver())
    assert len(list(tmp_path.iterdir())) == 2
    assert capsys.readouterr().err == f"{tmp_path} has 2 pages: later connections get none\n"


def test_a_connection_beyond_the_last_page_is_served_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_folder, "MAX_PAGES", 0)
    with serving(tmp_path) as server:
        fetch(server)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "replace", no_space)
    with serving(tmp_path) as server:
        fetch(server)
    said = capsys.readouterr().err
    assert f"tls: {tmp_path / 'connection-001.html'}: No space left on device\n" in said
    assert "Traceback" not in said
