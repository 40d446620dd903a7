"""Resumed connections and early data, as who drives a connection sees them: what may be said when."""

from collections.abc import Iterator
from typing import Any

import pytest

from handshake import messages
from handshake.constants import ExtensionType
from handshake.errors import UnexpectedMessage
from handshake.messages import KeyUpdate, NewSessionTicket
from handshake.suites import Suite
from record.content_type import ContentType
from tests.support import oracle, peers_in_memory, remembered, resumed
from tests.support.hostile import HostileServer, assert_refused, assert_still_talks
from tests.support.peers_in_memory import Link, connected
from tests.support.resumed import MAX_EARLY_DATA
from tls.connection import MAX_MESSAGES_WITHOUT_DATA
from tls.events import (
    ApplicationData,
    ConnectionFailed,
    EarlyData,
    HandshakeComplete,
    PeerKeyUpdate,
    SessionTicket,
)
from tls.line import LAST_RECORDS

ROLES = ("client", "server")
EARLY, QUESTION, ANSWER = b"before the handshake", b"a question", b"an answer"


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def kinds(events: list[Any]) -> list[type]:
    return [type(event) for event in events]


def agree(link: Link) -> None:
    """Both are connected, and can hear each other."""
    assert link.client.session is not None and link.server.session is not None
    link.client.send(QUESTION)
    assert link.to_server() == [ApplicationData(QUESTION)]
    link.server.send(ANSWER)
    assert link.to_client()[-1] == ApplicationData(ANSWER)


# Resumption


@pytest.mark.parametrize("key_share_groups", [(peers_in_memory.X25519,), ()])
def test_a_session_is_resumed_without_a_certificate(key_share_groups: tuple[int, ...]) -> None:
    link = resumed.link(client={"key_share_groups": key_share_groups})
    link.carry()
    ours, theirs = link.client.session, link.server.session
    assert ours is not None and theirs is not None
    assert ours.psk_origin == theirs.psk_origin == "ticket"
    assert ours.hello_retried == theirs.hello_retried == (not key_share_groups)
    assert ours.signature_scheme is theirs.signature_scheme is None
    assert ours.peer is not None  # who it was when the session began
    assert ours.peer.certificate == peers_in_memory.family().leaf
    assert link.client.export("label", b"", 32) == link.server.export("label", b"", 32)
    agree(link)


def test_the_tickets_of_a_resumed_connection_resume_the_next() -> None:  # appendix C.4 [3]
    link = resumed.link()
    for _ in range(3):
        link.carry()
        assert kinds(link.client_events) == [HandshakeComplete, SessionTicket, SessionTicket]
        assert link.server_events == [HandshakeComplete(link.server.session)]
        assert link.client.session is not None and link.client.session.psk_origin == "ticket"
        link = resumed.link(client={"ticket": link.client_events[-1].ticket})


def test_a_server_that_has_lost_its_keys_shows_its_certificate() -> None:
    link = resumed.link(server={"ticket_keys": ()})
    link.carry()
    assert link.client.session is not None and link.client.session.psk_origin is None
    agree(link)


# Early data


def test_early_data_that_is_taken() -> None:
    link = resumed.link(EARLY)
    early, complete = link.to_server(), None
    assert early == [EarlyData(EARLY)]
    assert link.server.session is None  # nothing is proved yet
    assert kinds(link.to_client()) == [HandshakeComplete]
    complete = link.to_server()
    assert complete == [HandshakeComplete(link.server.session)]
    for end in (link.client, link.server):
        assert end.session is not None and end.session.early_data_accepted
    assert end.export_early("label", b"", 32) == link.client.export_early("label", b"", 32)
    assert end.export_early("label", b"", 32) != end.export("label", b"", 32)
    agree(link)


@pytest.mark.parametrize("key_share_groups", [(peers_in_memory.X25519,), ()])
def test_early_data_that_is_refused_is_stepped_over(key_share_groups: tuple[int, ...]) -> None:
    link = resumed.link(EARLY, taken=False, client={"key_share_groups": key_share_groups})
    link.carry()
    for end, events in ((link.client, link.client_events), (link.server, link.server_events)):
        assert not any(isinstance(event, EarlyData) for event in events)
        assert end.session is not None and not end.session.early_data_accepted
        with pytest.raises(ValueError, match="no early data was accepted"):
            end.export_early("label", b"", 32)
    agree(link)


def test_where_no_early_data_was_offered_there_is_no_early_key() -> None:
    link = resumed.link()
    link.carry()
    with pytest.raises(ValueError, match="no early data was accepted"):
        link.client.export_early("label", b"", 32)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_exported_before_the_handshake_is_complete(role: str) -> None:
    link = resumed.link(EARLY)
    end = link.client if role == "client" else link.server
    for export in (end.export, end.export_early):
        with pytest.raises(ValueError, match="the handshake is not complete"):
            export("label", b"", 32)
    if role == "server":
        link.to_server()  # it has the secret, but the client has not proved anything
        with pytest.raises(ValueError, match="the handshake is not complete"):
            end.export_early("label", b"", 32)


@pytest.mark.parametrize("role", ROLES)
def test_a_dead_connection_exports_nothing(role: str) -> None:
    link = resumed.link(EARLY)
    link.carry()
    end = link.client if role == "client" else link.server
    (failure,) = end.receive_eof()
    assert isinstance(failure, ConnectionFailed)
    for export in (end.export, end.export_early):
        with pytest.raises(type(failure.error)):
            export("label", b"", 32)


def test_exported_early_keys_are_those_of_section_7_5() -> None:  # section 7.5 [2]
    link = resumed.link(EARLY)
    link.carry()
    (hello,) = oracle.messages(oracle.records(link.sent_by("client"))[0][5:])
    exporter = oracle.EarlySecrets(resumed.ticket().session.key).exporter(oracle.transcript_hash(hello))
    expected = oracle.export(exporter, "label", b"context", 48)
    assert link.client.export_early("label", b"context", 48) == expected
    assert link.server.export_early("label", b"context", 48) == expected
    assert link.client.export("label", b"context", 48) != expected  # section 7.5 [1]


# section 4.3.11.3 [1]
def test_a_server_that_has_taken_early_data_need_not_wait_with_its_answer() -> None:  # section 2.3
    link = resumed.link(EARLY)
    link.to_server()
    link.server.send(ANSWER)
    assert link.server.session is None
    assert link.to_client()[1:] == [ApplicationData(ANSWER)]
    link.carry()
    agree(link)


@pytest.mark.parametrize("early", [None, EARLY])
def test_any_other_server_has_to_wait(early: bytes | None) -> None:
    link = resumed.link(early, taken=False)
    with pytest.raises(ValueError, match="not complete"):
        link.server.send(ANSWER)
    link.to_server()
    with pytest.raises(ValueError, match="not complete"):
        link.server.send(ANSWER)


def test_no_keys_are_updated_before_the_end_of_the_handshake() -> None:
    """KeyUpdate comes after Finished (section 4.7.3), whatever else may be sent before."""
    link = resumed.link(EARLY)
    for end in (link.client, link.server):
        with pytest.raises(ValueError, match="not complete"):
            end.key_update()
    link.to_server()
    with pytest.raises(ValueError, match="not complete"):
        link.server.key_update()


def test_a_client_that_closes_after_early_data_has_cancelled() -> None:
    link = resumed.link(EARLY)
    link.client.close()
    events = link.to_server()
    assert kinds(events) == [EarlyData, ConnectionFailed]
    assert link.server.session is None


# How much of it


def test_early_data_has_room_for_what_the_ticket_allows() -> None:
    client = resumed.link(b"").client
    assert client.early_data_room == MAX_EARLY_DATA
    client.send_replayable_early_data(bytes(MAX_EARLY_DATA - 1))
    assert client.early_data_room == 1
    for size in (2, MAX_EARLY_DATA):
        with pytest.raises(ValueError, match=f"{size} bytes of early data, where 1 may be sent"):
            client.send_replayable_early_data(bytes(size))
    client.send_replayable_early_data(b"!")
    assert client.early_data_room == 0


def test_all_of_it_arrives() -> None:
    link = resumed.link(b"a" * 600)
    link.client.send_replayable_early_data(b"b" * 400)
    assert link.to_server() == [EarlyData(b"a" * 600), EarlyData(b"b" * 400)]
    link.carry()
    agree(link)


@pytest.mark.parametrize("settings", [{}, {"replayable_early_data": True, "ticket": None}])
def test_who_has_no_use_for_it_has_no_room(settings: dict[str, Any]) -> None:
    """Without a ticket, or without having asked for it by name."""
    link = resumed.link(client=settings)
    assert link.client.early_data_room == 0
    with pytest.raises(ValueError, match="1 bytes of early data, where 0 may be sent"):
        link.client.send_replayable_early_data(b"!")
    hello = messages.decode(oracle.records(link.client.data_to_send())[0][5:])
    assert isinstance(hello, messages.ClientHello)
    assert not hello.has(ExtensionType.EARLY_DATA)


@pytest.mark.parametrize("role", ROLES)
def test_servers_and_strangers_send_none(role: str) -> None:
    end = getattr(connected(), role)
    with pytest.raises(ValueError, match="where 0 may be sent"):
        end.send_replayable_early_data(b"!")


@pytest.mark.parametrize(
    ("taken", "key_share_groups"),
    [(True, (peers_in_memory.X25519,)), (False, (peers_in_memory.X25519,)), (False, ())],
)
def test_after_the_servers_answer_it_is_too_late(taken: bool, key_share_groups: tuple[int, ...]) -> None:
    link = resumed.link(b"", taken=taken, client={"key_share_groups": key_share_groups})
    link.to_server()
    assert link.client.early_data_room == MAX_EARLY_DATA
    link.to_client()
    assert link.client.early_data_room == 0
    with pytest.raises(ValueError, match="where 0 may be sent"):
        link.client.send_replayable_early_data(b"!")
    link.carry()
    agree(link)


def test_a_dead_client_sends_none() -> None:
    link = resumed.link(b"")
    link.client.receive_eof()
    with pytest.raises(Exception, match="ended before the handshake was complete"):
        link.client.send_replayable_early_data(b"!")


def test_early_data_stops_at_the_limit_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:  # section 5.5 [2]
    """There is no KeyUpdate yet (section 5.5); the handshake goes on all the same."""
    link = resumed.link(b"")
    monkeypatch.setattr(Suite, "max_records", LAST_RECORDS + 3)
    sent = 0
    with pytest.raises(ValueError, match="no more early data can be sealed under one key"):
        while True:
            link.client.send_replayable_early_data(b"!")
            sent += 1
    assert sent == 3
    assert link.client.early_data_room == 0
    monkeypatch.undo()
    assert link.to_server() == [EarlyData(b"!")] * 3
    link.carry()
    agree(link)


def test_more_early_data_than_the_ticket_allows_ends_the_connection() -> None:  # section 4.7.1 [10]
    link = resumed.link(bytes(MAX_EARLY_DATA))
    link.client.early_data_room = 1
    link.client.send_replayable_early_data(b"!")
    early, failure = link.to_server()
    assert early == EarlyData(bytes(MAX_EARLY_DATA))
    assert isinstance(failure, ConnectionFailed) and isinstance(failure.error, UnexpectedMessage)
    assert "more early data than the ticket allows" in str(failure.error)


def test_a_copy_of_early_data_is_not_taken_twice() -> None:  # section 8 [3]
    register = resumed.register()
    first = resumed.link(EARLY, server={"anti_replay": register})
    copied = first.client.data_to_send()
    taken, refused = (
        Link(server=resumed.server_settings(early=True, anti_replay=register)).server for _ in range(2)
    )
    assert taken.receive_data(copied) == [EarlyData(EARLY)]
    assert refused.receive_data(copied) == []


# The key log


def test_the_key_log_has_the_early_secrets_first() -> None:
    link = resumed.link(EARLY)
    link.carry()
    assert [line.split()[0] for line in link.logs["client"]] == [
        "CLIENT_EARLY_TRAFFIC_SECRET",
        "EARLY_EXPORTER_SECRET",
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ]
    assert sorted(link.logs["server"]) == sorted(link.logs["client"])
    secret = bytes.fromhex(link.logs["client"][0].split()[2])
    sealed = [record for record in oracle.records(link.flights[0][1]) if record[0] == 23]
    assert oracle.Direction(secret).open(sealed[0]) == (ContentType.APPLICATION_DATA, EARLY)
    exporter = bytes.fromhex(link.logs["client"][1].split()[2])
    assert oracle.export(exporter, "label", b"", 32) == link.client.export_early("label", b"", 32)


def test_where_it_was_refused_only_the_client_knows_them() -> None:
    link = resumed.link(EARLY, taken=False)
    link.carry()
    assert len(link.logs["client"]) == len(link.logs["server"]) + 2
    assert not any("EARLY" in line for line in link.logs["server"])


@pytest.mark.parametrize("taken", [True, False])
def test_early_data_came_before_any_limit(taken: bool) -> None:
    """The server has told its limit in EncryptedExtensions; what was sent before is not measured by it."""
    link = resumed.link(
        bytes(MAX_EARLY_DATA), taken=taken, client={"record_size_limit": 64}, server={"record_size_limit": 64}
    )
    link.carry()
    early = [event for event in link.server_events if isinstance(event, EarlyData)]
    assert early == ([EarlyData(bytes(MAX_EARLY_DATA))] if taken else [])
    agree(link)


# Messages after the handshake are bounded


def test_a_flood_of_key_updates_is_ended() -> None:
    server = HostileServer()
    server.connect()
    for _ in range(MAX_MESSAGES_WITHOUT_DATA):
        say_key_update(server)
    assert server.victim.session is not None and kinds(server.events)[-1] is PeerKeyUpdate
    say_key_update(server)
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


def test_a_flood_of_tickets_is_ended() -> None:
    server = HostileServer()
    server.connect()
    for number in range(MAX_MESSAGES_WITHOUT_DATA):
        server.say(NewSessionTicket(60, 0, number.to_bytes(2, "big"), b"ticket"))
    assert kinds(server.events)[1:] == [SessionTicket] * MAX_MESSAGES_WITHOUT_DATA
    server.say(NewSessionTicket(60, 0, b"last", b"ticket"))
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


@pytest.mark.parametrize("way", ["to the victim", "from the victim"])
def test_data_either_way_excuses_them(way: str) -> None:
    server = HostileServer()
    server.connect()
    for _ in range(3):
        for _ in range(MAX_MESSAGES_WITHOUT_DATA):
            say_key_update(server)
        if way == "to the victim":
            server.say_record(ContentType.APPLICATION_DATA, b"data")
        else:
            server.victim.send(b"data")
            server.listen()
    assert_still_talks(server)


def test_empty_records_are_no_data() -> None:
    server = HostileServer()
    server.connect()
    for _ in range(MAX_MESSAGES_WITHOUT_DATA):
        say_key_update(server)
    server.say_record(ContentType.APPLICATION_DATA, b"")
    say_key_update(server)
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


def say_key_update(peer: HostileServer) -> None:
    peer.say(KeyUpdate(0))
    assert peer.writes_with is not None
    peer.writes_with = peer.writes_with.next_generation()
