"""Who has met before: tickets, early data and client certificates over sockets and over asyncio's streams."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handshake.anti_replay import StrikeRegister
from handshake.codec import Field
from handshake.errors import AlertReceived, CertificateRequired, Truncated
from record.alert import AlertDescription
from tests.support import peers_in_memory, remembered, resumed, servers
from tests.support.servers import PATIENCE, Thread, closing, tcp_pair
from tls import aio, sockets
from tls.config import TICKET_LIFETIME, ClientConfig, ServerConfig
from tls.errors import TLSError
from tls.session_cache import SessionCache
from tls.sockets import TLSSocket
from tls.ticket_keys import TicketKeys
from x509.errors import UnknownAuthority
from x509.trust_store import TrustStore

ROOM = 1000  # bytes of early data that our servers take here, if they take any
EARLY = b"early, "


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def client_config(**settings: Any) -> ClientConfig:
    return servers.client_config(**settings)


def server_config(**settings: Any) -> ServerConfig:
    """With the client's clock: what is measured here are not seconds."""
    return servers.server_config(**({"clock": servers.clock} | settings))


def taking_early_data(**settings: Any) -> ServerConfig:
    return server_config(**({"max_replayable_early_data": ROOM} | settings))


def export_all(connection: Any) -> bytes:
    """What this end computes for the application, from the secret of early data too where there was some."""
    keys: bytes = connection.export("EXPORTER-test", b"context", 16)
    with contextlib.suppress(ValueError):
        keys += connection.export_early("EXPORTER-test", b"context", 16)
    return keys


class Served:
    """What a server has to tell of a connection."""

    def __init__(self, connection: TLSSocket, heard: bytes) -> None:
        self.session = connection.session
        self.exported = export_all(connection)
        self.heard = heard


def echo(accepted: socket.socket, config: ServerConfig) -> Served:
    """Say back what was heard, when all of it was."""
    heard = b""
    with sockets.wrap_socket(accepted, config=config, server_side=True) as connection:
        while data := connection.recv(2**14):
            heard += data
        connection.sendall(heard)
        return Served(connection, heard)


Call = Callable[..., tuple[TLSSocket, bytes, Served]]


@contextlib.contextmanager
def serving(*configs: ServerConfig) -> Iterator[Call]:
    """A server with one config after the other; the value calls it, and says `question`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        port, left = listener.getsockname()[1], list(configs)

        def accept() -> Served:
            accepted, _ = listener.accept()
            accepted.settimeout(PATIENCE)
            return echo(accepted, left.pop(0))

        def call(
            config: ClientConfig, question: bytes = b"question", *, wrapped: bool = False, **how: Any
        ) -> tuple[TLSSocket, bytes, Served]:
            served = Thread(accept)
            if wrapped:
                plain = socket.create_connection(("127.0.0.1", port), PATIENCE)
                connection = sockets.wrap_socket(plain, config=config, server_hostname="localhost")
            else:
                connection = sockets.connect("localhost", port, config=config, timeout=PATIENCE, **how)
            with connection:
                connection.sendall(question)
                connection.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda: connection.recv(2**14), b""))
            return connection, answer, served.result()

        yield call


# Resumption


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_second_connection_resumes_the_first(wrapped: bool) -> None:
    config, server = client_config(sessions=SessionCache()), server_config()
    with serving(server, server, server) as call:
        for number in range(3):
            ours, answer, theirs = call(config, wrapped=wrapped)
            assert answer == b"question"
            assert ours.session is not None and theirs.session is not None
            assert ours.session.psk_origin == theirs.session.psk_origin == ("ticket" if number else None)
            assert ours.session.peer is not None
            assert ours.session.peer.certificate == servers.family().leaf


def test_both_shells_know_a_server_by_one_name() -> None:
    config, server = client_config(sessions=SessionCache()), server_config()
    with serving(server, server) as call:
        call(config, wrapped=True)
        ours, *_ = call(config)
        assert ours.session is not None and ours.session.psk_origin == "ticket"


def test_each_ticket_is_shown_once() -> None:
    """Whoever sees one twice knows that it is the same client (appendix C.4)."""
    cache, server = SessionCache(), server_config(tickets=1)
    shown: list[bytes] = []

    def note(event: object) -> None:
        if isinstance(event, Field) and event.path.endswith(".identity") and isinstance(event.value, bytes):
            shown.append(event.value)

    with serving(*[server] * 4) as call:
        for _ in range(4):
            call(client_config(sessions=cache), observe=note)
    assert len(set(shown)) == len(shown) == 3


def by_socket(port: int, config: ClientConfig, host: str = "localhost") -> None:
    sockets.connect(host, port, config=config)


def by_stream(port: int, config: ClientConfig, host: str = "localhost") -> None:
    asyncio.run(aio.open_connection(host, port, config=config))


@pytest.mark.parametrize("connect", [by_socket, by_stream])
def test_a_server_that_does_not_answer_costs_no_ticket(connect: Callable[..., None]) -> None:
    cache = SessionCache()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    cache.add(f"localhost:{port}", resumed.ticket())
    with pytest.raises(TLSError):
        connect(port, client_config(sessions=cache))
    assert cache.take(f"localhost:{port}", servers.clock()) == resumed.ticket()


@pytest.mark.parametrize("connect", [by_socket, by_stream])
def test_what_is_no_name_is_refused_before_anything_is_sent(connect: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ValueError, match="neither a DNS name"):
        connect(port, client_config(), host="127.1")  # though the operating system knows what is meant


def test_what_goes_wrong_after_connecting_lets_the_socket_go() -> None:
    def no_luck(_size: int) -> bytes:
        raise RuntimeError

    with (
        servers.one_shot_server(lambda accepted: accepted.recv(1)) as port,
        pytest.raises(RuntimeError) as caught,
    ):
        by_socket(port, client_config(random_bytes=no_luck))
    assert caught.traceback  # which would have kept the socket alive until here


def test_without_a_cache_every_connection_is_a_first_one() -> None:
    config, server = client_config(), server_config()
    with serving(server, server) as call:
        for _ in range(2):
            ours, *_ = call(config)
            assert ours.session is not None and ours.session.psk_origin is None


def test_another_server_with_other_keys_shows_its_certificate() -> None:
    config = client_config(sessions=SessionCache())
    with serving(server_config(), server_config()) as call:
        for _ in range(2):
            ours, answer, _ = call(config)
            assert ours.session is not None and ours.session.psk_origin is None
            assert answer == b"question"


def test_a_cache_is_kept_in_a_file(tmp_path: Any) -> None:
    server, file = server_config(), tmp_path / "sessions.pem"
    cache = SessionCache()
    with serving(server, server) as call:
        call(client_config(sessions=cache))
        cache.save(file)
        loaded = SessionCache()
        loaded.load(file)
        ours, *_ = call(client_config(sessions=loaded))
        assert ours.session is not None and ours.session.psk_origin == "ticket"


def test_a_server_that_is_not_trusted_any_more_is_not_resumed() -> None:
    cache, server = SessionCache(), server_config()
    with serving(server, server) as call:
        call(client_config(sessions=cache))
        stranger = TrustStore([peers_in_memory.client_authority().certificate])
        with pytest.raises(TLSError) as caught:
            call(client_config(sessions=cache, trust=stranger))
    assert isinstance(caught.value.__cause__, UnknownAuthority)


# Early data


@pytest.mark.parametrize("early", [EARLY, b"!" * ROOM], ids=["some", "all that the ticket allows"])
def test_early_data_reaches_the_application_once_and_first(early: bytes) -> None:
    config, server = client_config(sessions=SessionCache()), taking_early_data()
    with serving(server, server) as call:
        call(config)
        ours, answer, theirs = call(config, replayable_early_data=early)
    assert ours.session is not None and ours.session.early_data_accepted
    assert theirs.session is not None and theirs.session.early_data_accepted
    assert theirs.heard == answer == early + b"question"


# section 4.3.10 [15], appendix F.5 [4]
def test_where_it_is_refused_the_caller_is_told_and_nobody_has_heard_it() -> None:
    config, keys = client_config(sessions=SessionCache()), TicketKeys(lifetime=TICKET_LIFETIME)
    server, refusing = taking_early_data(ticket_keys=keys.at), server_config(ticket_keys=keys.at)
    with serving(server, refusing) as call:
        call(config)
        ours, answer, theirs = call(config, replayable_early_data=EARLY)
    assert ours.session is not None and ours.session.psk_origin == "ticket"
    assert not ours.session.early_data_accepted
    assert theirs.heard == answer == b"question"


@pytest.mark.parametrize(
    ("server", "early"),
    [
        (taking_early_data, b"!" * (ROOM + 1)),  # all of it or none
        (server_config, EARLY),  # whose tickets are not good for it
    ],
)
def test_what_a_ticket_does_not_allow_is_not_sent(server: Callable[[], ServerConfig], early: bytes) -> None:
    config, made = client_config(sessions=SessionCache()), server()
    with serving(made, made) as call:
        call(config)
        ours, answer, theirs = call(config, replayable_early_data=early)
    assert ours.session is not None and ours.session.psk_origin == "ticket"
    assert not ours.session.early_data_accepted
    assert theirs.heard == answer == b"question"


def test_without_a_ticket_nothing_is_early() -> None:
    with serving(taking_early_data()) as call:
        ours, answer, theirs = call(client_config(), replayable_early_data=EARLY)
    assert ours.session is not None and not ours.session.early_data_accepted
    assert theirs.heard == answer == b"question"


def test_a_copy_is_heard_by_nobody() -> None:
    """A thief of bytes sends the first flight again, to this server and to one that shares everything."""
    keys = TicketKeys(lifetime=TICKET_LIFETIME)
    server = taking_early_data(ticket_keys=keys.at)
    copied = first_flight(server)
    assert handshake_of(server, copied) == [EARLY]
    assert handshake_of(server, copied) == []  # the register has seen it
    register = StrikeRegister(started_at=servers.clock(), lock=contextlib.nullcontext())
    careless = taking_early_data(ticket_keys=keys.at, anti_replay=register)
    assert handshake_of(careless, copied) == [EARLY]  # what only the application can know (section 8)


def first_flight(server: ServerConfig) -> bytes:
    """What a client that has met this server before says first, with early data."""
    config = client_config(sessions=SessionCache())
    with servers.tls_pair(config, server) as (client, theirs):
        theirs.sendall(b"!")
        client.recv(1)
        cache_name = f"localhost:{client.getpeername()[1]}"
    return config.connection("localhost", cache_name=cache_name, replayable_early_data=EARLY).data_to_send()


def handshake_of(server: ServerConfig, flight: bytes) -> list[bytes]:
    """The early data that a connection of this server takes from these bytes."""
    events = server.connection().receive_data(flight)
    return [event.data for event in events]  # type: ignore[union-attr]


def test_the_application_hears_nothing_before_the_client_has_proved_itself() -> None:
    """A copy of early data comes without a Finished: whoever has no keys cannot make one (section 8)."""
    server = taking_early_data()
    flight = first_flight(server)
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server, server_side=True)
    with ours:
        receiving = Thread(accepted.recv, 100)
        ours.sendall(flight)
        assert ours.recv(2**14)  # it has read the hello, and answered
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(TLSError) as caught:
            receiving.result()
        assert isinstance(caught.value.__cause__, Truncated)
        assert accepted._pump.inbox._early == EARLY  # it was there
        assert accepted.pending() == 0
        with pytest.raises(TLSError):
            accepted.recv(100)
    accepted.close()


def test_early_data_over_asyncio() -> None:
    server, config = taking_early_data(), client_config(sessions=SessionCache())
    heard: list[bytes] = []
    exported: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        exported.append(export_all(writer.transport))
        writer.write(b"answer")
        writer.close()
        await writer.wait_closed()

    async def call(port: int, early: bytes) -> bool:
        reader, writer = await aio.open_connection(
            "localhost", port, config=config, replayable_early_data=early
        )
        writer.write(b"question")
        writer.write_eof()
        assert await reader.read() == b"answer"
        exported.append(export_all(writer.transport))
        accepted: bool = writer.get_extra_info("session").early_data_accepted
        writer.close()
        await writer.wait_closed()
        return accepted

    async def main() -> list[bool]:
        async with await aio.start_server(answer, "127.0.0.1", 0, config=server) as listening:
            port = listening.sockets[0].getsockname()[1]
            return [await call(port, early) for early in (b"", EARLY)]

    assert asyncio.run(main()) == [False, True]
    assert heard == [b"question", EARLY + b"question"]
    assert exported[0] == exported[1] != exported[2] == exported[3]
    assert [len(keys) for keys in exported] == [16, 16, 32, 32]


def test_both_ends_export_the_same() -> None:
    server, config = taking_early_data(), client_config(sessions=SessionCache())
    with serving(server, server) as call:
        for early in (b"", EARLY):
            ours, _, theirs = call(config, replayable_early_data=early)
            assert export_all(ours) == theirs.exported
            assert len(theirs.exported) == (32 if early else 16)


def test_over_asyncio_too_nothing_is_heard_before_the_client_has_proved_itself() -> None:
    server = taking_early_data()
    flight = first_flight(server)
    called: list[object] = []

    async def main() -> None:
        listening = await aio.start_server(
            lambda *streams: called.append(streams), "127.0.0.1", 0, config=server
        )
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(flight)
            assert await reader.read(1)
            writer.write_eof()
            while await reader.read(2**14):
                pass
            writer.close()
            await writer.wait_closed()

    asyncio.run(main())
    assert called == []


def test_asyncio_resumes_too() -> None:
    server, config = server_config(), client_config(sessions=SessionCache())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"answer")
        writer.close()
        await writer.wait_closed()

    async def main() -> list[str | None]:
        found = []
        async with await aio.start_server(answer, "127.0.0.1", 0, config=server) as listening:
            port = listening.sockets[0].getsockname()[1]
            for _ in range(3):
                reader, writer = await aio.open_connection("localhost", port, config=config)
                assert await reader.read() == b"answer"
                found.append(writer.get_extra_info("session").psk_origin)
                writer.close()
                await writer.wait_closed()
        return found

    assert asyncio.run(main()) == [None, "ticket", "ticket"]


# Client certificates


def asking(how: str, **settings: Any) -> ServerConfig:
    trust = TrustStore([peers_in_memory.client_authority().certificate])
    return server_config(client_certificates=how, trust=trust, **settings)


def known_client(**settings: Any) -> ClientConfig:
    return client_config(certified_keys=[peers_in_memory.client_key()], **settings)


@pytest.mark.parametrize("how", ["request", "require"])
def test_a_client_shows_who_it_is_and_is_known_again(how: str) -> None:
    server, config = asking(how), known_client(sessions=SessionCache())
    with serving(server, server) as call:
        for psk in (None, "ticket"):
            _, answer, theirs = call(config)
            assert answer == b"question"
            assert theirs.session is not None and theirs.session.psk_origin == psk
            assert theirs.session.peer is not None
            assert theirs.session.peer.certificate == peers_in_memory.client_key().leaf
            assert theirs.session.peer.path is not None


def test_a_client_that_has_nothing_to_show_may_be_served() -> None:
    server, config = asking("request"), client_config(sessions=SessionCache())
    with serving(server, server) as call:
        for psk in (None, "ticket"):
            *_, theirs = call(config)
            assert theirs.session is not None and theirs.session.psk_origin == psk
            assert theirs.session.peer is None


def test_a_session_without_a_certificate_is_not_resumed_where_one_is_required() -> None:
    config, keys = known_client(sessions=SessionCache()), TicketKeys(lifetime=TICKET_LIFETIME)
    server, stricter = (asking(how, ticket_keys=keys.at) for how in ("request", "require"))
    with serving(server, stricter) as call:
        call(client_config(sessions=config.sessions))
        *_, theirs = call(config)
        assert theirs.session is not None and theirs.session.psk_origin is None
        assert theirs.session.peer is not None


def test_or_it_is_refused() -> None:
    """For the client the handshake is complete by then: it hears of it when it listens (section 4.5.3)."""
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=asking("require"), server_side=True)
    handshake = Thread(accepted.do_handshake)
    client = sockets.wrap_socket(ours, config=client_config(), server_hostname="localhost")
    with closing(client, accepted):
        with pytest.raises(TLSError) as refused:
            handshake.result()
        assert isinstance(refused.value.__cause__, CertificateRequired)
        with pytest.raises(TLSError) as caught:
            client.recv(1)
        assert isinstance(caught.value.__cause__, AlertReceived)
        assert caught.value.__cause__.description == AlertDescription.CERTIFICATE_REQUIRED


def test_a_client_of_another_authority_is_refused() -> None:
    server = server_config(client_certificates="require", trust=servers.family().trust)
    ours, theirs = tcp_pair()
    accepted = sockets.wrap_socket(theirs, config=server, server_side=True)
    handshake = Thread(accepted.do_handshake)
    # The server says whom it trusts, so a client that has only this certificate shows none.
    client = sockets.wrap_socket(ours, config=known_client(), server_hostname="localhost")
    with closing(client, accepted), pytest.raises(TLSError) as refused:
        handshake.result()
    assert isinstance(refused.value.__cause__, (CertificateRequired, UnknownAuthority))


def test_a_client_that_is_not_asked_shows_nothing() -> None:
    with serving(server_config()) as call:
        *_, theirs = call(known_client())
    assert theirs.session is not None and theirs.session.peer is None
    assert resumed.ticket().session.certificates  # though a server's chain is remembered
