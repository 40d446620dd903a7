"""No peer, however slow, silent or greedy, takes more time, memory or connections than the bounds say."""

import asyncio
import http.client
import itertools
import socket
import time

import pytest

from handshake import message_buffer
from handshake.certified_keys import CertifiedKey
from handshake.constants import KeyUpdateRequest
from handshake.errors import DecodeError, IllegalParameter
from record import framing
from record.content_type import ContentType
from tests.support import oracle, peers_in_memory, servers
from tests.support.servers import Thread, client_config, one_shot_server, server_config, tcp_pair, tls_pair
from tls import aio, config, https, pump, sockets
from tls.connection import MAX_MESSAGES_WITHOUT_DATA, Connection
from tls.errors import TLSError, TLSTimeout

MEBIBYTE = 2**20
BOUND = 0.2  # seconds


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """What is not waited for here does not have to take long."""
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


def test_the_defaults_are_what_the_documentation_says():
    assert client_config().handshake_timeout == config.HANDSHAKE_TIMEOUT == 10
    assert server_config().handshake_timeout == config.HANDSHAKE_TIMEOUT
    assert (https.IDLE_TIMEOUT, https.MAX_CONNECTIONS, https.DRAIN_TIMEOUT) == (30, 100, 5)
    assert https.Server.request_queue_size >= https.MAX_CONNECTIONS
    assert message_buffer.MAX_MESSAGE == 2**17


# ---- The time of a handshake ---------------------------------------------------------------------------


def silent(accepted: socket.socket) -> None:
    """Takes what comes until the other side gives up."""
    while accepted.recv(2**16):
        pass


def dripping(accepted: socket.socket) -> None:
    """Always says something, never anything that matters: each byte in time, the handshake not."""
    change_cipher_spec = framing.frame(ContentType.CHANGE_CIPHER_SPEC, b"\x01")
    try:
        for octet in itertools.cycle(change_cipher_spec):
            accepted.send(bytes([octet]))
    except OSError:
        pass


@pytest.mark.parametrize("peer", [silent, dripping])
@pytest.mark.parametrize("settings", [{"handshake_timeout": BOUND}, {"handshake_timeout": None}])
def test_a_clients_handshake(peer, settings):
    timeout = BOUND if settings["handshake_timeout"] is None else None
    with one_shot_server(peer) as port, pytest.raises(TLSTimeout, match=r"longer than 0\.2 seconds"):
        sockets.connect("localhost", port, config=client_config(**settings), timeout=timeout)


def test_a_servers_handshake():
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server_config(handshake_timeout=BOUND), server_side=True)
    theirs_until_now = accepted.gettimeout()
    with ours, accepted:
        with pytest.raises(TLSTimeout, match="longer than") as caught:
            accepted.recv(1)
        assert accepted.gettimeout() == theirs_until_now
        with pytest.raises(TLSTimeout) as again:  # the end, not a time-out after which to go on
            accepted.do_handshake()
        assert again.value is caught.value


def test_a_peer_that_does_not_take_what_we_say():
    """Even the first flight waits for room in its buffers."""
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                ours.send(bytes(MEBIBYTE))
        ours.settimeout(BOUND)
        with pytest.raises(TLSTimeout, match="longer than"):
            sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")


@pytest.mark.parametrize("peer", [silent, dripping])
def test_a_handshake_over_asyncio(peer):
    async def connect(port):
        with pytest.raises(TLSTimeout, match=r"longer than 0\.2 seconds"):
            await aio.open_connection("localhost", port, config=client_config(handshake_timeout=BOUND))

    with one_shot_server(peer) as port:
        asyncio.run(connect(port))


def test_a_handshake_with_an_asyncio_server():
    async def main():
        server = await aio.start_server(
            lambda *_: pytest.fail("there was no handshake"),
            "127.0.0.1",
            0,
            config=server_config(handshake_timeout=BOUND),
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            ended = await reader.read()
            writer.close()
            return ended

    assert asyncio.run(main()).endswith(bytes([1, 0]))  # user_canceled, close_notify (RFC 9846 section 6.1)


def test_a_handshake_with_the_web_server(capsys):
    settings = server_config(handshake_timeout=BOUND)
    with (
        https.Server(("127.0.0.1", 0), settings).running() as server,
        socket.create_connection(server.server_address, servers.PATIENCE) as client,
    ):
        silent(client)
    assert "longer than 0.2 seconds" in capsys.readouterr().err


# ---- Idle time and connections at once -----------------------------------------------------------------


def web_server(**settings):
    return https.Server(("127.0.0.1", 0), server_config(), **settings)


def dial(server):
    return sockets.connect("localhost", server.server_port, config=client_config(), timeout=servers.PATIENCE)


def test_who_asks_for_nothing_is_hung_up_on_without_a_word(capsys):
    with web_server(idle_timeout=BOUND).running() as server, dial(server) as client:
        assert client.recv(1) == b""
    assert capsys.readouterr().err == ""


def test_who_asks_a_byte_at_a_time_is_hung_up_on_too(capsys):
    with web_server(idle_timeout=BOUND).running() as server, dial(server) as client:
        answer = Thread(client.recv, 1)
        try:
            for octet in itertools.chain(b"GET / HTTP/1.1\r\nCookie: ", itertools.repeat(ord("x"))):
                client.sendall(bytes([octet]))
        except TLSError:
            pass
        assert answer.result() == b""
    assert "timed out" in capsys.readouterr().err


def test_a_request_that_came_late_leaves_all_the_time_for_its_answer():
    with tls_pair() as (client, server):
        client.sendall(b"x")
        requests = https._Requests(server, servers.PATIENCE)
        requests.deadline = time.monotonic() + servers.PATIENCE / 2
        assert requests.readinto(bytearray(1)) == 1
        assert server.gettimeout() == servers.PATIENCE


def test_who_does_not_take_his_answer_is_hung_up_on(tmp_path, capsys):
    (tmp_path / "large").write_bytes(bytes(16 * MEBIBYTE))
    server = web_server(idle_timeout=BOUND, directory=tmp_path, max_connections=1)
    with server.running(), dial(server) as client:
        client.sendall(b"GET /large HTTP/1.1\r\n\r\n")
        assert server._slots.acquire(timeout=servers.PATIENCE)  # the connection is over
        server._slots.release()
    assert "timed out" in capsys.readouterr().err


def test_one_more_waits_until_there_is_room():
    with web_server(max_connections=2).running() as server:
        first, second = dial(server), dial(server)
        with pytest.raises(TLSTimeout):
            sockets.connect("localhost", server.server_port, config=client_config(), timeout=BOUND)
        first.close()
        dial(server).close()
        second.close()


# ---- Memory --------------------------------------------------------------------------------------------


def test_what_nobody_asked_for_stays_with_the_operating_system():
    with tls_pair() as (client, server):
        sending = Thread(server.sendall, bytes(MEBIBYTE))
        received = 0
        while received < MEBIBYTE:
            received += len(client.recv(1000))
            assert client.pending() <= 2 * framing.MAX_CIPHERTEXT
        sending.result()


def test_what_the_peer_does_not_take_is_not_sealed():
    with tls_pair() as (client, server):
        client.settimeout(0.05)
        with pytest.raises(TLSTimeout):
            client.sendall(bytes(16 * MEBIBYTE))
        assert 0 < len(client._pump.unsent) <= framing.MAX_CIPHERTEXT + framing.HEADER_SIZE
        server._pump.socket.close()


def test_a_reader_that_nobody_reads_from_pauses_its_peer():
    limit, size = 1000, 4 * MEBIBYTE

    async def main():
        done = asyncio.Event()
        held, received = [], []

        async def serve(reader, writer):
            while writer.transport.is_reading() and len(reader._buffer) < size:
                await asyncio.sleep(0)
            held.append(len(reader._buffer))
            received.append(len(await reader.read()))
            writer.close()
            done.set()

        server = await aio.start_server(serve, "127.0.0.1", 0, config=server_config(), limit=limit)
        async with server:
            port = server.sockets[0].getsockname()[1]
            _, writer = await aio.open_connection("localhost", port, config=client_config())
            writer.write(bytes(size))
            writer.write_eof()
            await done.wait()
            writer.close()
            await writer.wait_closed()
        return held, received

    (held,), received = asyncio.run(main())
    assert held <= 2 * limit + 2**18 + framing.MAX_PLAINTEXT  # asyncio reads 2**18 bytes at once
    assert received == [size]


def greedy(requests: int) -> tuple[bytes, Connection]:
    """What a peer sends that asks for key updates again and again, and the connection that it sends it to."""
    link = peers_in_memory.connected()
    for _ in range(requests):
        link.client._key_updates._send(KeyUpdateRequest.UPDATE_REQUESTED)  # not waiting for an answer
    return link.client.data_to_send(), link.server


def test_answers_to_key_updates_do_not_pile_up():
    """Nor for a peer that sends them one by one and reads nothing."""
    received, server = greedy(requests=MAX_MESSAGES_WITHOUT_DATA)
    records = oracle.records(received)

    class Deaf:
        def setblocking(self, flag): ...

        def recv(self, size):
            return records.pop(0)

        def send(self, data):
            raise BlockingIOError

    ours = pump.Pump(Deaf(), server)
    while records:
        ours._receive()
    assert 0 < len(ours.unsent) < 100  # one answer


def test_answers_to_key_updates_do_not_pile_up_over_asyncio():
    received, server = greedy(requests=MAX_MESSAGES_WITHOUT_DATA)
    written = bytearray()

    class Deaf(asyncio.Transport):
        def write(self, data):
            written.extend(data)

    async def main():
        streams = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        protocol = aio._Protocol(server, server_config(), streams)
        protocol.lower = Deaf()
        protocol.pause_writing()
        for record in oracle.records(received):
            protocol.data_received(record)
        assert not written
        protocol.resume_writing()

    asyncio.run(main())
    assert 0 < len(written) < 100  # one answer


def test_no_piece_of_an_answer_is_larger_than_asked_for():
    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
            connection.sendall(bytes(4 * https.CHUNK_SIZE))

    with (
        one_shot_server(serve) as port,
        pytest.raises(http.client.IncompleteRead) as caught,
        https.get(f"https://localhost:{port}", client_config()) as answer,
    ):
        for piece in answer.body():
            assert len(piece) <= https.CHUNK_SIZE
    assert len(caught.value.partial) <= https.CHUNK_SIZE


def test_a_handshake_message_and_a_chain():
    """The protocol's own bounds come out of the shell as its errors."""
    too_long = bytes([2]) + (message_buffer.MAX_MESSAGE + 1).to_bytes(3, "big")

    def serve(accepted):
        accepted.recv(2**16)
        accepted.sendall(framing.frame(ContentType.HANDSHAKE, too_long))
        silent(accepted)

    with one_shot_server(serve) as port, pytest.raises(TLSError) as caught:
        sockets.connect("localhost", port, config=client_config())
    assert isinstance(caught.value.__cause__, DecodeError)

    family = servers.family()
    many = CertifiedKey((family.leaf, *[family.authority.certificate] * 10), family.leaf_key)
    with (
        pytest.raises(TLSError, match="more than 10 certificates") as caught,
        tls_pair(server=server_config(certified_keys=[many])),
    ):
        pass
    assert isinstance(caught.value.__cause__, IllegalParameter)
