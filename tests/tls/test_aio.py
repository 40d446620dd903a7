"""TLS over asyncio's streams, against itself, against the blocking shell and against Python's own ssl."""

import asyncio
import contextlib
import errno
import gc
import socket
import ssl
import struct

import pytest

from handshake.errors import AlertReceived, Truncated
from record.alert import AlertDescription
from record.content_type import ContentType
from tests.support import servers
from tests.support.servers import client_config, server_config
from tls import aio, pump, sockets
from tls.errors import TLSError
from tls.events import HandshakeComplete
from x509.errors import NameMismatch, UnknownAuthority
from x509.trust_store import TrustStore

MEBIBYTE = 2**20


def run(main):
    """Run it; what asyncio would only log fails the test."""

    async def watched():
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        async with asyncio.timeout(servers.PATIENCE):
            result = await main
        gc.collect()  # what nobody has looked at complains when it goes
        assert complaints == []
        return result

    return asyncio.run(watched())


@contextlib.asynccontextmanager
async def serving(callback, **settings):
    """A server of ours; the value is its port.  It ends when its callbacks have."""
    tasks = []

    async def call(reader, writer):
        tasks.append(asyncio.current_task())
        await callback(reader, writer)

    server = await aio.start_server(call, "127.0.0.1", 0, config=server_config(**settings))
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*tasks)


async def connect(port, **settings):
    return await aio.open_connection("localhost", port, config=client_config(**settings))


def narrow(writer):
    """Have the operating system hold little, so that little fills it."""
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, option, 2**15)


async def shout(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_streams_as_asyncio_programs_know_them():
    async def main():
        async with serving(shout, application_protocols=["shout"]) as port:
            reader, writer = await connect(port, application_protocols=["shout"])
            writer.writelines([b"one\n", b"two\n"])
            await writer.drain()
            assert await reader.readline() == b"ONE\n"
            assert await reader.readexactly(4) == b"TWO\n"
            session = writer.get_extra_info("session")
            assert session.application_protocol == b"shout"
            assert session.peer.certificate == servers.family().leaf
            assert writer.get_extra_info("peername") == ("127.0.0.1", port)
            assert writer.get_extra_info("nothing", "of the kind") == "of the kind"
            assert writer.can_write_eof()
            assert not writer.is_closing()
            assert not reader.at_eof()
            writer.write(b"three")
            writer.write_eof()
            assert await reader.read() == b"THREE"
            assert reader.at_eof()
            assert writer.transport._protocol.eof_received()  # TCP's end is not ours: we may go on
            with pytest.raises(RuntimeError):
                writer.write(b"too late")
            assert writer.transport._protocol._timer.cancelled()  # the handshake's
            writer.close()
            assert writer.is_closing()
            timer = writer.transport._protocol._timer
            writer.close()
            assert writer.transport._protocol._timer is timer
            await writer.wait_closed()

    run(main())


def test_a_mebibyte_each_way_at_once():
    one, other = bytes(range(251)) * 4178, bytes(range(241)) * 4351

    async def exchange(reader, writer, ours):
        writer.write(ours)
        writer.write_eof()
        _, theirs = await asyncio.gather(writer.drain(), reader.read())
        writer.close()
        await writer.wait_closed()
        return theirs

    async def main():
        heard = []

        async def callback(reader, writer):
            heard.append(await exchange(reader, writer, other))

        async with serving(callback) as port:
            assert await exchange(*await connect(port), one) == other
        assert heard == [one]

    run(main())


def test_many_at_once():
    async def client(port, number):
        reader, writer = await connect(port)
        writer.write(b"%d\n" % number)
        assert await reader.readline() == b"%d\n" % number
        writer.close()
        await writer.wait_closed()

    async def main():
        async with serving(shout) as port:
            await asyncio.gather(*(client(port, number) for number in range(20)))

    run(main())


def test_new_keys():
    async def main():
        async with serving(shout) as port:
            reader, writer = await connect(port)
            writer.transport.key_update(request_peer=True)
            writer.write(b"under new keys\n")
            assert await reader.readline() == b"UNDER NEW KEYS\n"
            writer.close()
            await writer.wait_closed()

    run(main())


def test_the_name_to_verify_need_not_be_the_host():
    async def main():
        async with serving(shout) as port:
            config = client_config()
            connected = aio.open_connection("127.0.0.1", port, config=config, server_hostname="localhost")
            _, writer = await connected
            assert writer.get_extra_info("session").server_name == "localhost"
            writer.close()
            await writer.wait_closed()
            with pytest.raises(TLSError) as caught:
                await aio.open_connection("127.0.0.1", port, config=config, server_hostname="example.org")
            assert isinstance(caught.value.__cause__, NameMismatch)

    run(main())


def test_a_server_never_hears_of_a_handshake_that_failed():
    calls = []

    async def callback(*arguments):
        calls.append(arguments)

    async def main():
        async with serving(callback) as port:
            with pytest.raises(TLSError) as caught:
                await connect(port, trust=TrustStore([]))
            assert isinstance(caught.value.__cause__, UnknownAuthority)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            alert = bytes([ContentType.ALERT, 3, 3, 0, 2, 2, AlertDescription.UNEXPECTED_MESSAGE])
            assert await reader.read() == alert
            writer.close()

    run(main())
    assert calls == []


def test_no_time_bound_outlives_its_handshake():
    async def main():
        loop, timers = asyncio.get_running_loop(), []
        call_later = loop.call_later

        def remember(*arguments):
            timers.append(call_later(*arguments))
            return timers[-1]

        loop.call_later = remember
        async with serving(shout) as port:
            with pytest.raises(TLSError):
                await connect(port, trust=TrustStore([]))
        assert len(timers) >= 4  # of the handshake and of the end, on both sides
        assert all(timer.cancelled() for timer in timers)

    run(main())


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TLSError) as caught:
        run(connect(port))
    assert isinstance(caught.value.__cause__, OSError)


def test_a_stream_that_is_cut_in_the_handshake():
    async def main():
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            with pytest.raises(TLSError) as caught:
                await connect(server.sockets[0].getsockname()[1])
            assert isinstance(caught.value.__cause__, (Truncated, ConnectionError))

    run(main())


def test_a_stream_that_is_cut():
    async def cut(reader, writer):
        writer.write(b"half of it")
        await writer.drain()
        writer.transport.abort()

    async def main():
        async with serving(cut) as port:
            reader, writer = await connect(port)
            with pytest.raises(TLSError) as caught:
                while True:
                    await reader.read()
            assert isinstance(caught.value.__cause__, Truncated)
            with pytest.raises(TLSError):
                await writer.drain()
            writer.write(b"into the void, as asyncio has it")
            with pytest.raises(TLSError):
                writer.transport.key_update()
            with pytest.raises(TLSError):
                await writer.wait_closed()

    run(main())


def test_streams_hear_once_that_they_are_lost(monkeypatch):
    lost = []
    monkeypatch.setattr(
        asyncio.StreamReaderProtocol, "connection_lost", lambda _streams, error: lost.append(error)
    )

    async def cut(reader, writer):
        await writer.drain()
        writer.transport.abort()

    async def main():
        async with serving(cut) as port:
            _, writer = await connect(port)
            await writer.transport._protocol.closed

    run(main())
    assert [type(error) for error in lost] in ([type(None), TLSError], [TLSError, type(None)])


def test_a_reset():
    async def reset(reader, writer):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def main():
        async with serving(reset) as port:
            reader, writer = await connect(port)
            with pytest.raises(TLSError) as caught:
                await reader.read()
            assert isinstance(caught.value.__cause__, ConnectionResetError)
            assert writer.is_closing()
            writer.close()

    run(main())


def test_who_streams_hears_of_a_reset():
    """A loop of write and drain has to let the event loop run, or nobody ever tells it."""
    sealed = []

    async def main():
        async with serving(shout) as port:
            _, writer = await aio.open_connection(
                "localhost", port, config=client_config(), observe=sealed.append
            )
            writer.transport._protocol.lower.abort()  # as TCP does when it can send no more
            assert writer.is_closing()
            assert sealed
            sealed.clear()
            with pytest.raises(ConnectionResetError):
                for _ in range(10):
                    writer.write(b"more")
                    await writer.drain()

    run(main())
    assert sealed == []


def test_an_alert_in_the_middle_reaches_both_sides():
    """A record that does not open: the server tells the client why, and tells its own callback."""
    heard = []

    async def callback(reader, writer):
        with pytest.raises(TLSError, match="does not open"):
            await reader.read()
        heard.append("server")
        with pytest.raises(TLSError):
            await writer.wait_closed()

    async def main():
        async with serving(callback) as port:
            reader, writer = await connect(port)
            lower = writer.transport._protocol.lower
            lower.write(bytes([ContentType.APPLICATION_DATA, 3, 3, 0, 32]) + bytes(32))
            lower.write(bytes(2**18))  # more than anybody reads
            with pytest.raises(TLSError) as caught:
                await reader.read()
            assert isinstance(caught.value.__cause__, AlertReceived)
            assert caught.value.__cause__.description == AlertDescription.BAD_RECORD_MAC
            heard.append("client")

    run(main())
    assert sorted(heard) == ["client", "server"]


def test_what_a_dead_connection_is_asked_for_raises_what_it_died_of():
    async def callback(reader, writer):
        transport = writer.transport
        for ask in (
            reader.read,
            transport.key_update,
            lambda: transport.export("EXPORTER-test", b"", 16),
            lambda: transport.export_early("EXPORTER-test", b"", 16),
        ):
            with pytest.raises(TLSError, match="is the peer speaking TLS"):
                await ask()

    async def main():
        async with serving(callback) as port:
            _, writer = await connect(port)
            writer.transport._protocol.lower.write(b"GET / HTTP/1.0\r\n\r\n")
            await writer.transport._protocol.closed

    run(main())


@pytest.mark.parametrize("end", ["write_eof", "close", "abort"])
def test_no_new_keys_for_who_has_said_all(end):
    async def main():
        async with serving(shout) as port:
            _, writer = await connect(port)
            getattr(writer.transport, end)()
            with pytest.raises(TLSError) as caught:
                writer.transport.key_update()
            assert caught.value.errno == errno.EPIPE
            writer.close()

    run(main())


def test_closing_early_still_delivers_what_was_written():
    """What the peer has sent meanwhile must not make the system reset the connection."""

    async def callback(reader, writer):
        writer.write(b"answer\n" + bytes(4 * MEBIBYTE))
        writer.close()
        await writer.wait_closed()

    async def main():
        async with serving(callback) as port:
            reader, writer = await connect(port)
            writer.write(bytes(2**17))
            assert await reader.readline() == b"answer\n"
            assert len(await reader.read()) == 4 * MEBIBYTE
            writer.close()
            await writer.wait_closed()

    run(main())


def test_close_waits_only_so_long_for_a_silent_peer(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)

    async def main():
        done = asyncio.Event()

        async def callback(reader, writer):
            assert await reader.read() == b""  # close_notify
            await done.wait()
            writer.close()

        async with serving(callback) as port:
            _, writer = await connect(port)
            writer.close()
            writer.close()
            await writer.wait_closed()
            done.set()

    run(main())


def test_close_ends_the_stream_so_that_the_peer_can_end_it_too(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 10 * servers.PATIENCE)

    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.do_handshake()
            accepted.setblocking(True)
            while accepted.recv(1000):
                pass

    async def main(port):
        _, writer = await connect(port)
        writer.transport.pause_reading()  # as a full reader would
        writer.close()
        await writer.wait_closed()

    with servers.one_shot_server(serve) as port:
        run(main(port))


def test_close_reads_only_so_much_from_a_peer_that_goes_on(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 10 * servers.PATIENCE)

    async def callback(reader, writer):
        with pytest.raises(OSError):
            while True:
                writer.write(bytes(2**16))
                await writer.drain()

    async def main():
        async with serving(callback) as port:
            _, writer = await connect(port)
            writer.close()
            await writer.wait_closed()

    run(main())


def test_close_gives_up_on_a_peer_that_takes_nothing(monkeypatch):
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.01)
    monkeypatch.setattr(aio, "CLOSE_TIMEOUT", 0.05)

    async def main():
        done = asyncio.Event()

        async def callback(reader, writer):
            narrow(writer)
            writer.transport.pause_reading()
            await done.wait()
            writer.transport.resume_reading()
            with pytest.raises(TLSError):
                await reader.read()

        async with serving(callback) as port:
            _, writer = await connect(port)
            narrow(writer)
            writer.write(bytes(2 * MEBIBYTE))
            writer.close()
            await writer.wait_closed()
            done.set()

    run(main())


def test_cancelling_a_handshake_lets_the_socket_go():
    async def main():
        connected = asyncio.Event()
        ended = []

        async def callback(reader, writer):
            await reader.read(1)
            connected.set()
            with contextlib.suppress(ConnectionError):
                await reader.read()
            ended.append(True)
            writer.close()

        server = await asyncio.start_server(callback, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            connecting = asyncio.create_task(connect(port, handshake_timeout=None))
            await connected.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            while not ended:
                await asyncio.sleep(0)

    run(main())


def test_cancelling_the_end_of_a_failed_handshake_is_quiet(monkeypatch):
    """While it waits for the socket to go."""
    monkeypatch.setattr(pump, "LINGER_SECONDS", 0.05)

    async def main():
        lost = asyncio.Event()

        async def refuse(reader, writer):
            writer.write(b"no TLS")
            await reader.read()  # until the client ends its stream
            lost.set()
            await gone.wait()
            writer.close()

        gone = asyncio.Event()
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server:
            connecting = asyncio.create_task(connect(server.sockets[0].getsockname()[1]))
            await lost.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await asyncio.sleep(5 * pump.LINGER_SECONDS)
            gone.set()

    run(main())


def test_a_handshake_that_completes_just_after_it_was_cancelled(monkeypatch):
    real = aio._Protocol._act_on

    def act_on(protocol, events):
        if any(isinstance(event, HandshakeComplete) for event in events):
            protocol.established.cancel()  # in the same turn of the loop
        real(protocol, events)

    async def main():
        async with serving(ignore) as port:
            with pytest.raises(asyncio.CancelledError):
                await connect(port)

    async def ignore(reader, writer):
        with contextlib.suppress(TLSError):
            await reader.read()
        writer.close()

    monkeypatch.setattr(aio._Protocol, "_act_on", act_on)
    run(main())


def test_what_the_library_logs_is_what_its_config_says():
    lines, nothing = [], []

    async def main():
        async with serving(shout, key_log=nothing.append) as port:
            _, writer = await connect(port, key_log=lines.append)
            writer.close()
            await writer.wait_closed()

    run(main())
    assert len(lines) == 5
    assert nothing == lines


def test_a_full_transport_makes_drain_wait():
    async def main():
        async def callback(reader, writer):
            narrow(writer)
            writer.transport.pause_reading()
            assert not writer.transport.is_reading()
            while not waiting:
                await asyncio.sleep(0)
            writer.transport.resume_reading()
            assert len(await reader.read()) == 2 * MEBIBYTE
            writer.close()

        waiting = []
        async with serving(callback) as port:
            _, writer = await connect(port)
            narrow(writer)
            writer.transport.set_write_buffer_limits(high=2**16)
            writer.write(bytes(2 * MEBIBYTE))
            assert writer.transport.get_write_buffer_size() > 2**16
            draining = asyncio.create_task(writer.drain())
            await asyncio.sleep(0)
            assert not draining.done()
            waiting.append(True)
            await draining
            writer.close()
            await writer.wait_closed()

    run(main())


# ---- Others at the other end ---------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    return servers.files(tmp_path)


def test_ssl_as_client(files):
    async def main():
        async with serving(shout) as port:
            context = ssl.create_default_context(cafile=str(files / "ca"))
            reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            writer.close()
            await writer.wait_closed()

    run(main())


def test_ssl_as_server(files):
    async def main():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files / "chain", files / "key")
        server = await asyncio.start_server(shout, "127.0.0.1", 0, ssl=context)
        async with server:
            reader, writer = await connect(server.sockets[0].getsockname()[1])
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            writer.close()
            await writer.wait_closed()

    run(main())


def test_the_blocking_shell_as_client():
    async def main():
        async with serving(shout) as port:

            def client():
                with sockets.connect("localhost", port, config=client_config()) as connection:
                    connection.sendall(b"hello\n")
                    return connection.recv(100)

            assert await asyncio.to_thread(client) == b"HELLO\n"

    run(main())
