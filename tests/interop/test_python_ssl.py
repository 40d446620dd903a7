"""Python's `ssl` (OpenSSL inside) as client and as server, and many of it at once."""

import contextlib
import select
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import tls
from tests.support import programs
from tests.support.programs import Credentials
from tls import page
from x509.trust_store import TrustStore

pytestmark = pytest.mark.interop

MEBIBYTE = 2**20
CONTENT = bytes(range(251)) * (MEBIBYTE // 251 + 1)
CONTENT = CONTENT[:MEBIBYTE]
AT_ONCE = 50  # connections


@pytest.fixture(scope="module")
def credentials(tmp_path_factory) -> Credentials:
    return programs.make_credentials(tmp_path_factory.mktemp("credentials"))


def receive_all(connection) -> bytes:
    received = bytearray()
    while data := connection.recv(65536):
        received += data
    return bytes(received)


def exchange(connection: ssl.SSLSocket) -> bytes:
    """Send the content while receiving it, in one thread: two can spoil an SSLSocket before Python 3.13."""
    connection.setblocking(False)
    unsent, received = memoryview(CONTENT), bytearray()
    while unsent or len(received) < MEBIBYTE:
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if unsent:
                unsent = unsent[connection.send(unsent[:16384]) :]
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            data = connection.recv(65536)
            assert data, "cut short"
            received += data
            continue  # there may be more of it inside
        assert any(select.select([connection], [connection] if unsent else [], [], 60))
    connection.settimeout(60)
    return bytes(received)


def ssl_client(port: int, ca) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    raw = socket.create_connection(("localhost", port), timeout=60)
    return context.wrap_socket(raw, server_hostname="localhost")


def test_our_client_and_its_server_exchange_a_mebibyte_each_way(credentials):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.certificate, credentials.key)
    listener = socket.create_server(("127.0.0.1", 0))
    heard = {}

    def serve() -> None:
        raw, _ = listener.accept()
        with context.wrap_socket(raw, server_side=True) as connection:
            heard["server"] = exchange(connection)
            connection.unwrap()

    server = threading.Thread(target=serve)
    server.start()
    config = tls.ClientConfig(trust=TrustStore.from_pem(credentials.ca.read_text()))
    port = listener.getsockname()[1]
    with listener, tls.connect("localhost", port, config=config, timeout=60) as connection:
        sender = threading.Thread(target=connection.sendall, args=(CONTENT,))
        sender.start()
        heard["client"] = receive_all(connection)
        sender.join()
    server.join()
    assert heard["client"] == CONTENT
    assert heard["server"] == CONTENT


def certified_key(credentials) -> tls.CertifiedKey:
    return tls.CertifiedKey.from_pem(credentials.certificate.read_text(), credentials.key.read_text())


def test_its_client_and_our_server_exchange_a_mebibyte_each_way(credentials):
    config = tls.ServerConfig(
        certified_keys=[certified_key(credentials)],
    )
    listener = socket.create_server(("127.0.0.1", 0))
    heard = {}

    def serve() -> None:
        raw, _ = listener.accept()
        with tls.wrap_socket(raw, config=config, server_side=True) as connection:
            sender = threading.Thread(target=connection.sendall, args=(CONTENT,))
            sender.start()
            received = bytearray()
            while len(received) < MEBIBYTE:
                received += connection.recv(65536)
            heard["server"] = bytes(received)
            sender.join()

    server = threading.Thread(target=serve)
    server.start()
    with listener, ssl_client(listener.getsockname()[1], credentials.ca) as connection:
        heard["client"] = exchange(connection)
        assert connection.recv(1) == b""
    server.join()
    assert heard["server"] == CONTENT
    assert heard["client"] == CONTENT


def test_its_client_asks_for_alpn_and_a_name(credentials):
    config = tls.ServerConfig(
        certified_keys=[certified_key(credentials)],
        application_protocols=["echo/2", "echo/1"],
    )
    listener = socket.create_server(("127.0.0.1", 0))
    sessions = []

    def serve() -> None:
        raw, _ = listener.accept()
        with tls.wrap_socket(raw, config=config, server_side=True) as connection:
            connection.sendall(connection.recv(100))
            sessions.append(connection.session)

    server = threading.Thread(target=serve)
    server.start()
    context = ssl.create_default_context(cafile=credentials.ca)
    context.set_alpn_protocols(["echo/1", "echo/2"])
    raw = socket.create_connection(listener.getsockname(), timeout=60)
    with listener, context.wrap_socket(raw, server_hostname="localhost") as connection:
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        assert connection.selected_alpn_protocol() == "echo/2"  # the server's preference decides
    server.join()
    assert sessions[0].server_name == "localhost"
    assert sessions[0].application_protocol == b"echo/2"


def test_fifty_connections_at_once(tmp_path):
    """All are open before the first is used: none waits for another."""
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca) as port, ThreadPoolExecutor(AT_ONCE) as pool:
        connections = list(pool.map(lambda _: ssl_client(port, ca), range(AT_ONCE)))
        assert {connection.version() for connection in connections} == {"TLSv1.3"}

        def get(connection: ssl.SSLSocket) -> bytes:
            with connection:
                connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return receive_all(connection)

        pages = list(pool.map(get, connections))
    assert len(pages) == AT_ONCE
    for answer in pages:
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert page.TITLE.encode() in answer
        assert answer.endswith(b"did the client guess the group?\n")
