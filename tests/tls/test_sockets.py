"""TLS over blocking sockets: what a caller of socket methods sees, with threads, files and broken peers."""

import contextlib
import errno
import http.client
import io
import socket
import ssl
import struct
import threading
from itertools import count

import pytest

from handshake.errors import AlertReceived, Truncated
from record.alert import AlertDescription
from record.content_type import ContentType
from tests.support import oracle, servers
from tests.support.servers import Thread, client_config, one_shot_server, server_config, tcp_pair, tls_pair
from tls import pump, sockets
from tls.config import ClientConfig
from tls.errors import TLSError, TLSTimeout
from tls.pump import LINGER_BYTES, SEND_SIZE
from x509.errors import NameMismatch

MEBIBYTE = 2**20
GARBAGE = b"GET / HTTP/1.0\r\n\r\n"  # no TLS
UNEXPECTED_MESSAGE = bytes([ContentType.ALERT, 3, 3, 0, 2, 2, AlertDescription.UNEXPECTED_MESSAGE])


def read_all(connection) -> bytes:
    received = bytearray()
    while data := connection.recv(2**16):
        received += data
    return bytes(received)


def read_exactly(connection, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        received += connection.recv(size - len(received))
    return bytes(received)


# ---- The handshake -------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_connect_verifies_and_talks(host):
    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.sendall(connection.recv(100).upper())

    with one_shot_server(serve) as port:
        config = client_config()
        with sockets.connect(host, port, config=config, timeout=servers.PATIENCE) as connection:
            assert connection.gettimeout() == servers.PATIENCE
            assert connection.session.peer.certificate == servers.family().leaf
            assert connection.session.server_name == ("localhost" if host == "localhost" else None)
            assert connection.getpeername() == ("127.0.0.1", port)
            connection.sendall(b"hello")
            assert connection.recv(100) == b"HELLO"
            assert connection.recv(100) == b""


def test_connect_without_trust_asks_for_it_before_it_connects():
    with pytest.raises(ValueError, match="trust"):
        sockets.connect("localhost", 1, config=ClientConfig())


def test_a_refused_connection_is_a_tls_error_with_its_number():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TLSError) as caught:
        sockets.connect("127.0.0.1", port, config=client_config())
    assert caught.value.errno == errno.ECONNREFUSED
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_a_name_that_nobody_knows(monkeypatch):
    def getaddrinfo(*_arguments, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(TLSError, match="Name or service not known"):
        sockets.connect("nowhere.example", 443, config=client_config())


def test_connecting_within_the_timeout(monkeypatch):
    def create_connection(_address, timeout):
        assert timeout == 3
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(TLSTimeout, match="timed out"):
        sockets.connect("localhost", 443, config=client_config(), timeout=3)


def test_wrapping_a_server_does_not_wait_for_the_client():
    ours, theirs = tcp_pair()
    with ours, sockets.wrap_socket(theirs, config=server_config(), server_side=True) as connection:
        assert connection.session is None
        ours.close()


def test_the_first_operation_completes_a_servers_handshake():
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server_config(), server_side=True)
    sending = Thread(accepted.sendall, b"first")
    connection = sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    with servers.closing(connection, accepted):
        assert connection.recv(10) == b"first"
        sending.result()
        assert accepted.session is not None
        accepted.do_handshake()  # changes nothing any more


def test_two_threads_may_complete_one_handshake():
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server_config(), server_side=True)
    receiving, sending = Thread(accepted.recv, 10), Thread(accepted.sendall, b"hello")
    connection = sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    with servers.closing(connection, accepted):
        connection.sendall(b"world")
        assert connection.recv(10) == b"hello"
        assert receiving.result() == b"world"
        sending.result()


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        (server_config, {}),
        (server_config, {"server_side": True, "server_hostname": "localhost"}),
        (lambda: client_config(verify=False), {"server_side": True}),
        (client_config, {}),  # no name to verify
        (client_config, {"server_hostname": "not a name"}),
    ],
)
def test_what_does_not_go_together_is_refused(config, arguments):
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ValueError):
        sockets.wrap_socket(ours, config=config(), **arguments)


def test_a_client_that_is_not_convinced_says_why_and_lets_go():
    ours, theirs = tcp_pair()

    def accept():
        with sockets.wrap_socket(theirs, config=server_config(), server_side=True) as accepted:
            accepted.do_handshake()

    handshake = Thread(accept)
    with pytest.raises(TLSError) as caught:
        sockets.wrap_socket(ours, config=client_config(), server_hostname="example.org")
    assert isinstance(caught.value.__cause__, NameMismatch)
    assert ours.fileno() == -1
    with pytest.raises(TLSError) as caught:
        handshake.result()
    assert isinstance(caught.value.__cause__, AlertReceived)
    assert caught.value.__cause__.description == AlertDescription.CERTIFICATE_UNKNOWN


def test_an_error_is_raised_again_and_again():
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server_config(), server_side=True)
    with ours, accepted:
        ours.sendall(GARBAGE)
        for operation in (accepted.do_handshake, lambda: accepted.recv(1), lambda: accepted.sendall(b"x")):
            with pytest.raises(TLSError, match="is the peer speaking TLS"):
                operation()
        assert ours.recv(100) == UNEXPECTED_MESSAGE  # at once, not only when somebody closes
        ours.close()


@pytest.mark.parametrize("export", ["export", "export_early"])
def test_keys_for_the_application_fail_with_the_connection(export):
    with tls_pair() as (client, server):
        client._pump.socket.send(GARBAGE)
        for operation in (server.recv, lambda _: getattr(server, export)("EXPORTER-test", b"", 16)):
            with pytest.raises(TLSError, match="is the peer speaking TLS"):
                operation(1)


def test_the_alert_reaches_a_peer_that_has_sent_more_than_was_read():
    """A socket that is closed with unread data resets the connection; a reset may destroy the alert."""
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server_config(), server_side=True)
    with ours:
        ours.sendall(GARBAGE)
        ours.sendall(bytes(2 * pump.RECEIVE_SIZE))
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(TLSError):
            accepted.do_handshake()
        accepted.close()
        assert read_all(ours) == UNEXPECTED_MESSAGE


def test_what_the_library_logs_is_what_its_config_says():
    logs = {"client": [], "server": []}
    with tls_pair(
        client_config(key_log=logs["client"].append), server_config(key_log=logs["server"].append)
    ) as (connection, _):
        exported = connection._pump.connection.export("label", b"", 32)
    assert logs["client"] == logs["server"]
    assert [line.split()[0] for line in logs["client"]] == [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ]
    exporter_secret = bytes.fromhex(logs["client"][4].split()[2])
    assert oracle.export(exporter_secret, "label", b"", 32) == exported


def test_an_observer_sees_the_handshake():
    """From whichever end, however the connection was made."""
    seen = {"connect": [], "wrap_socket": [], "server_side": []}

    def serve(accepted):
        observe = seen["server_side"].append
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True, observe=observe) as end:
            end.recv(1)

    with one_shot_server(serve) as port:
        observe = seen["connect"].append
        sockets.connect("localhost", port, config=client_config(), observe=observe).close()
    with one_shot_server(serve) as port:
        sock, observe = socket.create_connection(("localhost", port)), seen["wrap_socket"].append
        name = "localhost"
        sockets.wrap_socket(sock, config=client_config(), server_hostname=name, observe=observe).close()
    for events in seen.values():
        assert any("client_hello" in repr(event) for event in events)


# ---- Data ----------------------------------------------------------------------------------------------


def test_a_mebibyte_each_way_at_once():
    """One thread reads while another writes, on both sides, and every pair waits for the other."""
    one, other = bytes(range(251)) * 4178, bytes(range(241)) * 4351
    with tls_pair() as (client, server):
        receiving = [Thread(read_exactly, client, len(other)), Thread(read_exactly, server, len(one))]
        sending = [Thread(client.sendall, one), Thread(server.sendall, other)]
        assert [thread.result() for thread in receiving] == [other, one]
        for thread in sending:
            thread.result()


def test_nothing_waits_while_it_holds_the_lock():
    with tls_pair() as (client, server):
        receiving = Thread(client.recv, 10)
        echo = Thread(lambda: server.sendall(server.recv(10)))
        client.sendall(b"ping")
        echo.result()
        assert receiving.result() == b"ping"


def test_two_threads_may_receive():
    """What arrives in one piece is for both: neither waits for bytes that the other has taken already."""
    with tls_pair() as (client, server):
        receiving = [Thread(client.recv, 1) for _ in range(2)]
        server._pump.connection.send(b"a")
        server.sendall(b"b")
        assert sorted(thread.result() for thread in receiving) == [b"a", b"b"]


def test_two_threads_may_send():
    with tls_pair() as (client, server):
        sending = [Thread(client.sendall, letter * MEBIBYTE) for letter in (b"a", b"b")]
        received = read_exactly(server, 2 * MEBIBYTE)
        for thread in sending:
            thread.result()
    assert sorted((received[:MEBIBYTE], received[MEBIBYTE:])) == [b"a" * MEBIBYTE, b"b" * MEBIBYTE]


def test_who_waits_for_his_turn_waits_no_longer_than_his_bound():
    with tls_pair() as (client, server):
        client.settimeout(None)
        receiving = Thread(client.recv, 1)
        while not client._pump._receive_turn.locked():
            pass
        client.settimeout(0.01)
        with pytest.raises(TLSTimeout):
            client.recv(1)
        server.sendall(b"x")
        assert receiving.result() == b"x"


def test_send_takes_a_record_and_says_how_much_that_is():
    with tls_pair() as (client, server):
        assert client.send(bytes(SEND_SIZE + 1)) == SEND_SIZE
        assert client.send(memoryview(b"abc")) == 3
        assert read_exactly(server, SEND_SIZE + 3) == bytes(SEND_SIZE) + b"abc"
        assert client.send(b"") == 0


def test_receiving_into_a_buffer():
    with tls_pair() as (client, server):
        server.sendall(b"abcdef")
        buffer = bytearray(b"........")
        assert client.recv_into(buffer, 2) == 2
        assert client.pending() == 4
        assert client.recv_into(memoryview(buffer)[2:]) == 4
        assert buffer == b"abcdef.."
        assert client.recv(0) == b""


def test_flags_and_negative_sizes_are_refused():
    with tls_pair() as (client, _):
        for call in (
            lambda: client.recv(1, socket.MSG_PEEK),
            lambda: client.recv_into(bytearray(1), 1, socket.MSG_PEEK),
            lambda: client.recv(-1),
            lambda: client.send(b"x", socket.MSG_OOB),
            lambda: client.sendall(b"x", socket.MSG_OOB),
        ):
            with pytest.raises(ValueError):
                call()


def test_new_keys_on_both_sides():
    with tls_pair() as (client, server):
        client.key_update(request_peer=True)
        client.sendall(b"under new keys")
        assert server.recv(100) == b"under new keys"
        server.sendall(b"and so are ours")
        assert client.recv(100) == b"and so are ours"


# ---- The end -------------------------------------------------------------------------------------------


def test_half_close():
    with tls_pair() as (client, server):
        client.sendall(b"that is all")
        client.shutdown(socket.SHUT_WR)
        assert read_all(server) == b"that is all"
        server.sendall(b"not from here")
        server.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"not from here"
        for connection in (client, server):
            with pytest.raises(TLSError) as caught:
                connection.sendall(b"more")
            assert caught.value.errno == errno.EPIPE
            with pytest.raises(TLSError):
                connection.key_update()


def test_a_stream_that_is_cut_is_an_error_after_what_was_received():
    ours, theirs = tcp_pair()
    server = Thread(_say_and_cut, theirs, b"half of it")
    connection = sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    server.result()
    assert connection.recv(100) == b"half of it"
    with pytest.raises(TLSError) as caught:
        connection.recv(100)
    assert isinstance(caught.value.__cause__, Truncated)
    connection.close()


def _say_and_cut(sock: socket.socket, data: bytes) -> None:
    connection = sockets.wrap_socket(sock, config=server_config(), server_side=True)
    connection.sendall(data)
    sock.close()


def test_a_stream_that_ends_in_the_handshake():
    ours, theirs = tcp_pair()
    theirs.shutdown(socket.SHUT_WR)
    with theirs, pytest.raises(TLSError) as caught:
        sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    assert isinstance(caught.value.__cause__, Truncated)


def test_a_reset_is_a_tls_error_with_its_number():
    ours, theirs = tcp_pair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with pytest.raises(TLSError) as caught:
        sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    assert caught.value.errno in (errno.ECONNRESET, errno.EPIPE)
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_a_reset_while_we_listen():
    with tls_pair() as (client, server):
        receiving = Thread(client.recv, 1)
        while not client._pump._receive_turn.locked():
            pass
        server._pump.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server._pump.socket.close()
        with pytest.raises(TLSError) as caught:
            receiving.result()
        assert caught.value.errno == errno.ECONNRESET
        assert isinstance(caught.value.__cause__, ConnectionResetError)


def test_who_cannot_send_hears_of_it_at_once():
    with tls_pair() as (client, server):
        client._pump.socket.shutdown(socket.SHUT_WR)
        with pytest.raises(TLSError) as caught:
            client.sendall(b"x")
        assert caught.value.errno == errno.EPIPE
        server._pump.socket.close()


def test_what_the_peer_said_before_it_left_can_still_be_received():
    with tls_pair() as (client, server):
        server.sendall(b"go away")
        server.shutdown(socket.SHUT_WR)
        server._pump.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server._pump.socket.close()
        with pytest.raises(TLSError) as caught:
            for _ in count():
                client.sendall(b"and what about")
        assert caught.value.errno in (errno.EPIPE, errno.ECONNRESET)
        with pytest.raises(TLSError):  # and this stays so
            client.sendall(b"this?")
        assert read_all(client) == b"go away"


def test_shutting_down_for_reading_wakes_who_waits():
    with tls_pair() as (client, server):
        receiving = Thread(client.recv, 1)
        client.shutdown(socket.SHUT_RD)
        assert receiving.result() == b""
        client.sendall(b"the other way is open")
        assert server.recv(100) == b"the other way is open"
        client.shutdown(socket.SHUT_RDWR)
        assert server.recv(100) == b""


def test_shutting_down_for_reading_ends_a_handshake():
    ours, theirs = tcp_pair()
    config = server_config(handshake_timeout=None)
    with ours, sockets.wrap_socket(theirs, config=config, server_side=True) as accepted:
        accepted.settimeout(None)
        handshake = Thread(accepted.do_handshake)
        accepted.shutdown(socket.SHUT_RD)
        with pytest.raises(TLSError) as caught:
            handshake.result()
        assert isinstance(caught.value.__cause__, Truncated)
        ours.close()


def test_shutting_down_for_writing_cancels_a_handshake():
    """Or else it would look again and again at the end of the peer's stream, until its time is up."""
    client, server = servers.tcp_pair()
    with client, sockets.wrap_socket(server, config=server_config(), server_side=True) as accepted:
        accepted.shutdown(socket.SHUT_WR)
        client.shutdown(socket.SHUT_WR)
        with pytest.raises(TLSError) as caught:
            accepted.recv(1)
    assert caught.value.errno == errno.EPIPE


def test_shutting_down_what_is_closed():
    with tls_pair() as (client, server):
        closing = Thread(server.close)
        client.close()
        closing.result()
        with pytest.raises(TLSError):
            client.shutdown(socket.SHUT_RD)


def test_a_closed_socket_says_so():
    with tls_pair() as (client, server):
        closing = Thread(server.close)
        client.close()
        closing.result()
        client.close()  # once more changes nothing
        assert client.fileno() == -1
        with pytest.raises(TLSError) as caught:
            client.recv(1)
        assert caught.value.errno == errno.EBADF
        with pytest.raises(TLSError):
            client.sendall(b"x")
        assert "closed" in repr(client)


def test_closing_what_another_thread_receives_from(monkeypatch):
    """That is neither the end of the stream nor an attack on it, whatever of it `close` reads away."""
    with tls_pair(server=server_config(tickets=0)) as (client, server):
        waiting, closing = threading.Event(), threading.Event()

        def wait(*_arguments):
            waiting.set()
            assert closing.wait(servers.PATIENCE)

        def let_the_other_look(_deadline):
            closing.set()
            receiving.join(servers.PATIENCE)

        monkeypatch.setattr(client._pump, "_wait", wait)
        monkeypatch.setattr(client._pump, "_drain", let_the_other_look)
        receiving = Thread(client.recv, 1)
        assert waiting.wait(servers.PATIENCE)
        server._pump.socket.shutdown(socket.SHUT_WR)  # without close_notify
        client.close()
        with pytest.raises(TLSError) as caught:
            receiving.result()
        assert caught.value.errno == errno.EBADF


@pytest.mark.parametrize("operation", ["recv", "sendall"])
def test_close_wakes_who_waits_for_a_silent_peer(operation, monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)
    with tls_pair(server=server_config(tickets=0)) as (client, _):
        client.settimeout(None)
        waiting = threading.Event()
        wait = client._pump._wait

        def tell_and_wait(*arguments):
            waiting.set()
            wait(*arguments)

        monkeypatch.setattr(client._pump, "_wait", tell_and_wait)
        stuck = Thread(getattr(client, operation), 1 if operation == "recv" else bytes(20 * MEBIBYTE))
        assert waiting.wait(servers.PATIENCE)
        client.close()
        with pytest.raises(TLSError):
            stuck.result()


def test_close_between_looking_and_waiting():
    """Another thread's `close` comes just before the wait: its error is the one for what is closed."""
    with tls_pair() as (client, server):
        closing = Thread(server.close)
        client.close()
        closing.result()
        with pytest.raises(TLSError) as caught:
            client._pump._wait(pump.EVENT_READ, None)
        assert caught.value.errno == errno.EBADF


def test_close_says_close_notify():  # section 6.1 [5]
    with tls_pair() as (client, server):
        closing = Thread(client.close)
        assert server.recv(1) == b""
        server.close()
        closing.result()


def test_close_does_not_wait_for_a_peer_that_has_closed(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 10 * servers.PATIENCE)
    with tls_pair() as (client, server):
        server._pump.end_sending(None)  # close_notify, and nothing from TCP
        assert client.recv(1) == b""
        Thread(client.close).result()
        assert client.fileno() == -1


def test_close_ends_the_stream_so_that_the_peer_can_end_it_too(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 10 * servers.PATIENCE)

    def listen_to_the_end(sock):
        sock.settimeout(servers.PATIENCE)
        while sock.recv(1000):
            pass
        sock.close()

    with tls_pair() as (client, server):
        listening = Thread(listen_to_the_end, server._pump.socket)
        Thread(client.close).result()
        listening.result()


def test_close_waits_only_so_long_for_a_silent_peer(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)
    with tls_pair() as (client, _):
        Thread(client.close).result()
        assert client.fileno() == -1


def test_close_reads_only_so_much_from_a_peer_that_goes_on(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 10 * servers.PATIENCE)
    with tls_pair() as (client, server):
        sent = []

        def send_for_ever():
            with contextlib.suppress(TLSError):
                while True:
                    server.sendall(bytes(SEND_SIZE))
                    sent.append(SEND_SIZE)

        sending = Thread(send_for_ever)
        Thread(client.close).result()
        sending.result()
        assert sum(sent) >= LINGER_BYTES


def test_what_follows_an_exception_in_a_with_block_is_a_close():
    with tls_pair() as (client, server):
        closing = Thread(server.close)
        with pytest.raises(RuntimeError), client:
            raise RuntimeError
        assert client.fileno() == -1
        closing.result()


# ---- Time ----------------------------------------------------------------------------------------------


def test_a_time_out_while_receiving_is_not_the_end():
    with tls_pair() as (client, server):
        client.settimeout(0.01)
        with pytest.raises(TLSTimeout):
            client.recv(1)
        server.sendall(b"late")
        client.settimeout(servers.PATIENCE)
        assert client.recv(10) == b"late"


def test_a_time_bound_holds_for_the_operation_however_the_peer_drips(monkeypatch):
    """The socket is always ready: somebody always says something, and never anything that matters."""

    class Restless(pump._Selector):
        def select(self, timeout=None):
            return [True]

    with tls_pair() as (client, server):
        monkeypatch.setattr(pump, "_Selector", Restless)
        client.settimeout(0.05)
        for operation in (lambda: client.recv(1), lambda: client.sendall(bytes(16 * MEBIBYTE))):
            with pytest.raises(TLSTimeout):
                operation()
        server._pump.socket.close()


def test_a_time_out_while_sending_is_the_end_of_sending(monkeypatch):
    """Nobody knows how much has gone; so nothing may follow, least of all a close_notify."""
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)
    with tls_pair() as (client, server):
        client.settimeout(0.05)
        with pytest.raises(TLSTimeout) as caught:
            client.sendall(bytes(16 * MEBIBYTE))
        held = len(client._pump.unsent)
        server.sendall(b"heard")
        receiving = Thread(read_all, server)
        with pytest.raises(TLSTimeout) as again:
            client.sendall(b"nobody would know where this belongs")
        assert again.value is caught.value
        assert len(client._pump.unsent) == held
        client.settimeout(servers.PATIENCE)
        assert client.recv(100) == b"heard"
        client.close()
        with pytest.raises(TLSError) as caught:
            receiving.result()
        assert isinstance(caught.value.__cause__, (Truncated, ConnectionError))


@pytest.mark.parametrize("timeout", [0, 0.0, -1])
def test_there_is_no_non_blocking_mode(timeout):
    with tls_pair() as (client, _), pytest.raises(ValueError):
        client.settimeout(timeout)


def test_a_non_blocking_socket_is_not_wrapped():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        with pytest.raises(ValueError):
            sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")


# ---- Files ---------------------------------------------------------------------------------------------


def test_a_file_keeps_the_connection_open():
    with tls_pair() as (client, server):
        file = client.makefile("rb")
        client.close()
        client.close()
        server.sendall(b"line\nrest")
        assert file.readline() == b"line\n"
        server.shutdown(socket.SHUT_WR)
        assert file.read() == b"rest"
        assert client.fileno() == file.fileno() != -1
        file.close()
        file.close()
        assert client.fileno() == -1
        assert server.recv(1) == b""  # close_notify


def test_closing_a_file_alone_leaves_the_connection_open():
    with tls_pair() as (client, server):
        client.makefile("rb").close()
        client.sendall(b"still here")
        assert server.recv(100) == b"still here"


def test_files_of_all_kinds():
    with tls_pair() as (client, server):
        with client.makefile("wb") as file:
            file.write(bytes(3 * SEND_SIZE))
        assert read_exactly(server, 3 * SEND_SIZE) == bytes(3 * SEND_SIZE)
        with client.makefile("w", encoding="utf-8", newline="\r\n") as file:
            file.write("größer\n")
        assert server.recv(100) == "größer\r\n".encode()
        server.sendall(b"one\ntwo\n")
        with client.makefile("rwb") as file:
            assert file.readline() == b"one\n"
            file.write(b"x")
        assert server.recv(100) == b"x"
        server.sendall(b"drei\n")
        with client.makefile(encoding="ascii") as file:
            assert file.readline() == "drei\n"
        with client.makefile("wb", buffering=0) as file:
            assert file.write(bytes(SEND_SIZE + 1)) == SEND_SIZE
            assert not file.readable()
            with pytest.raises(io.UnsupportedOperation):
                file.read(1)
        with client.makefile("rb", buffering=0) as file:
            assert not file.writable()
            with pytest.raises(io.UnsupportedOperation):
                file.write(b"x")
        with pytest.raises(ValueError, match="closed"):
            file.read(1)


@pytest.mark.parametrize(("mode", "buffering"), [("x", None), ("", None), ("r", 0), ("a", None)])
def test_files_of_no_kind(mode, buffering):
    with tls_pair() as (client, _), pytest.raises(ValueError):
        client.makefile(mode, buffering)


def test_a_file_that_timed_out_does_not_pretend_that_nothing_was_lost():
    with tls_pair() as (client, server), client.makefile("rb") as file:
        client.settimeout(0.05)
        server.sendall(b"the first half of a line")
        with pytest.raises(TimeoutError):
            file.readline()
        server.sendall(b"and the second\n")
        with pytest.raises(OSError, match="time-out"):
            file.readline()


def test_http_client_closes_its_socket_before_it_reads_the_body():
    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            connection.sendall(bytes(10 * SEND_SIZE))

    with one_shot_server(serve) as port:
        client = http.client.HTTPConnection("localhost", port)
        client.sock = sockets.connect("localhost", port, config=client_config())
        client.request("GET", "/", headers={"Connection": "close"})
        response = client.getresponse()
        assert client.sock is None
        assert response.read() == bytes(10 * SEND_SIZE)


# ---- Python's own ssl at the other end -----------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    return servers.files(tmp_path)


def test_ssl_as_server(files):
    def serve(accepted):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files / "chain", files / "key")
        with context.wrap_socket(accepted, server_side=True) as connection:
            connection.sendall(read_exactly(connection, 5).upper())
            connection.unwrap().close()

    with one_shot_server(serve) as port, sockets.connect("localhost", port, config=client_config()) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"HELLO"


def test_ssl_as_client(files):
    ours, theirs = tcp_pair()
    context = ssl.create_default_context(cafile=str(files / "ca"))
    handshake = Thread(lambda: context.wrap_socket(ours, server_hostname="localhost"))
    with sockets.wrap_socket(theirs, config=server_config(), server_side=True) as connection:
        connection.sendall(b"hello")
        client = handshake.result()
        assert client.version() == "TLSv1.3"
        assert client.recv(100) == b"hello"
        client.sendall(b"and goodbye")
        unwrapping = Thread(client.unwrap)
        assert read_all(connection) == b"and goodbye"
        connection.shutdown(socket.SHUT_WR)
        unwrapping.result().close()


def test_ssl_does_not_trust_us(files):
    ours, theirs = tcp_pair()
    handshake = Thread(lambda: ssl.create_default_context().wrap_socket(ours, server_hostname="localhost"))
    accepted = sockets.wrap_socket(theirs, config=server_config(), server_side=True)
    with accepted, pytest.raises(TLSError, match="alert"):  # openssl does not protect this one
        accepted.recv(1)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake.result()
