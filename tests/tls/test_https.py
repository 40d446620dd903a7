"""The web server and its client: pages and files, many at once, and an end in good order."""

import contextlib
import dataclasses
import http.client
import socket
import struct
import time

import pytest

from handshake.errors import Truncated
from tests.support import servers
from tests.support.servers import Thread, client_config, one_shot_server, server_config, tls_pair
from tls import https, page, sockets
from tls.errors import TLSError
from tls.session_cache import SessionCache

MEBIBYTE = 2**20


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """The accepting thread looks up more often than it has to."""
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


@contextlib.contextmanager
def serving(host="127.0.0.1", **settings):
    config = settings.pop("config", None) or server_config(application_protocols=["http/1.1"])
    with https.Server((host, 0), config, **settings).running() as server:
        yield server


def get(port, **settings):
    with https.get(f"https://localhost:{port}", client_config(**settings)) as answer:
        yield from answer.body()


@contextlib.contextmanager
def dialled(server):
    config = client_config(application_protocols=["http/1.1"])
    host, port = "localhost", server.server_port
    with sockets.connect(host, port, config=config, timeout=servers.PATIENCE) as connection:
        client = http.client.HTTPConnection(host, port)
        client.sock = connection
        yield client


def fetch(server, target="/", method="GET", **headers):
    with dialled(server) as client:
        client.request(method, target, headers={"Connection": "close"} | headers)
        response = client.getresponse()
        return response, response.read()


# ---- Pages and files -----------------------------------------------------------------------------------


def test_the_page_says_what_was_negotiated():
    with serving() as server:
        response, html = fetch(server, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        _, text = fetch(server, Accept="*/*")
        for_text, same_text = fetch(server)
    assert response.status == 200
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Server") == "glassbox-tls"
    assert for_text.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert text == same_text
    for body in (html, text):
        for agreed in (b"TLS 1.3", b"TLS_CHACHA20_POLY1305_SHA256", b"x25519", b"ed25519", b"localhost"):
            assert agreed in body
        assert b"http/1.1" in body
    assert html.startswith(b"<!doctype html>")
    assert b"<" not in text


def test_what_a_client_says_does_not_become_part_of_the_page():
    with tls_pair() as (client, _):
        session = dataclasses.replace(client.session, server_name="<script>", application_protocol=b"<b>")
    assert "<script>" not in page.as_html(session)
    assert "&lt;script&gt;" in page.as_html(session)
    assert "<b>" not in page.as_html(session)


def test_head_and_elsewhere():
    with serving() as server:
        response, body = fetch(server, method="HEAD")
        assert (response.status, body) == (200, b"")
        assert int(response.getheader("Content-Length")) > 500
        with dialled(server) as client:
            client.sock.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            assert client.sock.makefile("rb").read().endswith(b"\r\n\r\n")
        assert fetch(server, "/?query")[0].status == 200
        assert fetch(server, "/page.py")[0].status == 404
        assert fetch(server, method="POST")[0].status == 501


def test_one_connection_serves_many_requests():
    with serving() as server, dialled(server) as client:
        for _ in range(3):
            client.request("GET", "/")
            assert client.getresponse().read().startswith(page.TITLE.encode())


@pytest.mark.parametrize("field", ["Content-Length: 35", "Transfer-Encoding: chunked"])
def test_a_body_does_not_pass_for_another_request(field):
    with serving() as server, dialled(server) as client:
        body = "GET /nowhere HTTP/1.1\r\n\r\n"
        client.sock.sendall(f"GET / HTTP/1.1\r\n{field}\r\n\r\n{body}".encode())
        answer = client.sock.makefile("rb").read()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_the_files_of_a_directory(tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "large").write_bytes(bytes(range(256)) * 4096)
    (tmp_path / "secret").write_text("secret")
    with serving(directory=tmp_path / "www") as server:
        assert fetch(server, "/large")[1] == bytes(range(256)) * 4096
        assert b"large" in fetch(server)[1]
        for target in ("/../secret", "//../secret", "/%2e%2e/secret", "/..%2fsecret", "/large/../../secret"):
            response, body = fetch(server, target)
            assert response.status == 404
            assert b"secret" not in body.replace(target.encode(), b"")


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize(
    "target",
    ["http://[/", "http://[/../..", "/%00", "/%ED%A0%80", "/%ED%A0%80/../", "/?%ED%A0%80", "/%FF/%00", "/\0"],
)
def test_a_target_that_no_file_can_have_is_the_clients_fault(target, pages, tmp_path, capsys):
    with serving(directory=None if pages else tmp_path) as server, dialled(server) as client:
        client.sock.sendall(f"GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        answer = client.sock.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 40")
    assert "Traceback" not in capsys.readouterr().err


def test_over_ipv6():
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with serving("::1") as server:
        assert server.socket.family == socket.AF_INET6
        config = client_config()
        with https.get(f"https://[::1]:{server.server_port}/", config) as answer:
            assert b"".join(answer.body()).startswith(page.TITLE.encode())


# ---- Many clients, and bad ones ------------------------------------------------------------------------


def test_nobody_waits_for_a_silent_client():
    with serving() as server, socket.create_connection(server.server_address):
        assert fetch(server)[0].status == 200


def test_what_goes_wrong_with_one_client_is_one_line_and_nobody_elses_business(capsys):
    with serving() as server:
        with socket.create_connection(server.server_address, servers.PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            while client.recv(1000):
                pass
        assert fetch(server)[0].status == 200
    log = capsys.readouterr().err.splitlines()
    assert len(log) == 2
    assert log[0].startswith("127.0.0.1 - - connection ended: content type 71 is none of TLS")


def leave(client):
    """Close without close_notify, as browsers do."""
    client.sock._pump.socket.close()


def let_go(server):
    """Wait until the server has seen that its clients have gone; ending it now would hide that from it."""
    while server._connections:
        time.sleep(0.001)


def reset(client):
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sock._pump.socket.close()


@pytest.mark.parametrize(("requests", "go"), [(0, leave), (1, leave), (1, reset)])
def test_who_goes_while_nothing_is_under_way_is_not_worth_a_line(requests, go, capsys):
    with serving() as server, dialled(server) as client:
        for _ in range(requests):
            client.request("GET", "/")
            client.getresponse().read()
        go(client)
    assert "ended" not in capsys.readouterr().err


def test_who_goes_in_the_middle_of_a_request_is_told_of(capsys):
    # Without tickets: what is unread when a socket is closed makes the operating system reset the connection.
    config = server_config(application_protocols=["http/1.1"], tickets=0)
    with serving(config=config) as server, dialled(server) as client:
        client.sock.sendall(b"GET / HT")
        leave(client)
        let_go(server)
    assert "ended: the peer's stream ended before close_notify" in capsys.readouterr().err


def test_who_breaks_the_rules_between_two_requests_is_told_of(capsys):
    with serving() as server, dialled(server) as client:
        client.request("GET", "/")
        client.getresponse().read()
        client.sock._pump.socket.send(b"GET / HTTP/1.1\r\n")
        let_go(server)
    assert "ended: content type 71 is none of TLS" in capsys.readouterr().err


def test_a_bug_of_ours_is_told_in_full(capsys, monkeypatch):
    monkeypatch.setattr(page, "as_text", lambda session: 1 / 0)
    with serving() as server, pytest.raises(http.client.RemoteDisconnected):
        fetch(server)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_connection_that_fails_frees_its_place():
    with serving(max_connections=1) as server:
        for _ in range(3):
            with socket.create_connection(server.server_address) as client:
                client.sendall(b"no TLS")
        assert fetch(server)[0].status == 200


def test_accepting_may_fail(monkeypatch):
    failures = [OSError("gone before it was accepted")]
    real = https.http.server.HTTPServer.get_request

    def get_request(server):
        if failures:
            request, _ = real(server)
            request.close()
            raise failures.pop()
        return real(server)

    monkeypatch.setattr(https.http.server.HTTPServer, "get_request", get_request)
    with serving(max_connections=1) as server:
        with socket.create_connection(server.server_address, servers.PATIENCE) as client:
            assert client.recv(1) == b""
        assert fetch(server)[0].status == 200


# ---- The end -------------------------------------------------------------------------------------------


def test_at_the_end_who_waits_is_told():
    with contextlib.ExitStack() as stack:
        with serving() as server:
            client = stack.enter_context(dialled(server))
            client.request("GET", "/")
            client.getresponse().read()
            closing = Thread(client.sock.recv, 1)
        assert closing.result() == b""  # close_notify


def test_at_the_end_an_answer_under_way_is_finished(tmp_path, monkeypatch):
    monkeypatch.setattr(https, "DRAIN_TIMEOUT", servers.PATIENCE)
    (tmp_path / "large").write_bytes(bytes(4 * MEBIBYTE))
    with contextlib.ExitStack() as stack:
        with serving(directory=tmp_path) as server:
            client = stack.enter_context(dialled(server))
            client.request("GET", "/large")
            response = client.getresponse()
            reading = Thread(response.read)
        assert not server._connections
        assert len(reading.result()) == 4 * MEBIBYTE


def test_the_end_comes_even_if_somebody_does_not_take_his_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(https, "DRAIN_TIMEOUT", 0.05)
    (tmp_path / "large").write_bytes(bytes(16 * MEBIBYTE))
    with contextlib.ExitStack() as stack:
        with serving(directory=tmp_path) as server:
            client = stack.enter_context(dialled(server))
            client.request("GET", "/large")
            assert client.getresponse().status == 200
        client.sock._pump.socket.close()
        assert server._slots.acquire(timeout=servers.PATIENCE)  # its thread has ended now


def test_who_comes_at_the_very_end_is_not_forgotten():
    """Accepted just before the end, and only then listed."""
    with serving() as server:
        pass
    with tls_pair() as (_, accepted), server._listed(accepted, None):
        assert accepted.recv(1) == b""


def test_the_end_comes_even_if_a_client_has_just_gone():
    with serving() as server, tls_pair() as (client, accepted):
        for connection in (client, accepted):
            connection._pump.socket.close()
        server._connections[accepted] = None


def test_after_the_end_nobody_is_let_in():
    with serving() as server:
        address = server.server_address
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_a_handshake_is_watched_and_nothing_else():
    watched = []

    @contextlib.contextmanager
    def watch():
        seen = []
        yield seen.append
        watched.append(len(seen))

    with serving(watch=watch) as server:
        fetch(server)
        with https.get(f"https://localhost:{server.server_port}", client_config(), watch=watch) as answer:
            assert len(watched) == 3  # two handshakes of the server, one of the client
            list(answer.body())
    assert all(watched)


def test_who_comes_back_is_known_although_each_connection_is_watched_by_another():
    @contextlib.contextmanager
    def watch():
        yield [].append

    config = client_config(sessions=SessionCache())
    with serving(watch=watch) as server:
        for psk in (None, "ticket"):
            with https.get(f"https://localhost:{server.server_port}", config) as answer:
                list(answer.body())
                assert answer.session.psk_origin == psk


# ---- The client ----------------------------------------------------------------------------------------


def test_get():
    with serving() as server:
        url = f"https://localhost:{server.server_port}"
        with https.get(url, client_config()) as answer:
            assert answer.response.status == 200
            assert b"".join(answer.body()).decode() == page.as_text(
                dataclasses.replace(answer.session, role="server", peer=None)
            )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://example.org", ("example.org", 443, "/")),
        ("https://example.org:8443/a/b?c=d#e", ("example.org", 8443, "/a/b?c=d")),
        ("https://[::1]:1/", ("::1", 1, "/")),
        ("HTTPS://EXAMPLE.org/", ("example.org", 443, "/")),
    ],
)
def test_urls(url, parts):
    assert https.split_url(url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "example.org",
        "https://",
        "https://:443/",
        "https://u@x/",
        "https://x:99999/",
        "",
    ],
)
def test_what_is_no_https_url(url):
    with pytest.raises(ValueError):
        https.split_url(url)


def test_the_default_port_is_not_part_of_the_host_field(monkeypatch):
    requests = []

    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            requests.append(connection.recv(1000))
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with one_shot_server(serve) as port:
        monkeypatch.setattr(https, "PORT", port)
        with https.get("https://localhost/where?to", client_config()) as answer:
            assert list(answer.body()) == []
    assert requests[0].startswith(b"GET /where?to HTTP/1.1\r\nHost: localhost\r\n")


def answering(answer: bytes, *, cut: bool = False):
    """A server that says this and closes, or is cut off."""

    def serve(accepted):
        connection = sockets.wrap_socket(accepted, config=server_config(), server_side=True)
        connection.recv(1000)
        connection.sendall(answer)
        if cut:
            accepted.close()
        connection.close()

    return one_shot_server(serve)


OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = [
    OK + b"Content-Length: 5\r\n\r\nhello",
    OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello",
    OK + b"Connection: close\r\n\r\nhello",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
]
CUT_OFF = [
    OK + b"Content-Length: 6\r\n\r\nhello",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nll",
]


@pytest.mark.parametrize("answer", WHOLE)
def test_a_whole_answer(answer):
    with answering(answer) as port:
        assert b"".join(get(port)) == b"hello"


@pytest.mark.parametrize("answer", CUT_OFF)
def test_an_answer_that_is_too_short(answer):
    with answering(answer) as port, pytest.raises(http.client.IncompleteRead):
        list(get(port))


@pytest.mark.parametrize("answer", WHOLE[1:3] + CUT_OFF)
def test_an_answer_that_somebody_cut(answer):
    with answering(answer, cut=True) as port, pytest.raises(TLSError) as caught:
        list(get(port))
    assert isinstance(caught.value.__cause__, Truncated)


def test_an_answer_that_is_no_http():
    with answering(b"SSH-2.0-x\r\n") as port, pytest.raises(http.client.BadStatusLine):
        list(get(port))
