"""The connection without I/O, where nobody does anything wrong: what is said, when, and under which keys."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handshake import messages
from handshake.certified_keys import CertifiedKey
from handshake.constants import HandshakeType
from handshake.errors import AlertReceived, Truncated, UnexpectedMessage
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    ServerKeyShare,
    ServerName,
    SupportedVersions,
)
from handshake.messages import ClientHello, EncryptedExtensions, KeyUpdate
from handshake.settings import Grease
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from record.content_type import ContentType
from record.errors import BadRecord
from record.framing import HEADER_SIZE, MAX_PLAINTEXT
from record.protection import ProtectedRecord
from tests.support import oracle, peers_in_memory, remembered
from tests.support.hostile import Heard, HostileClient, HostilePeer, HostileServer, assert_dead, fatal
from tests.support.peers_in_memory import (
    Link,
    application_data,
    client_settings,
    connected,
    server_settings,
)
from tls import key_updates
from tls.connection import Connection
from tls.events import (
    ApplicationData,
    CloseNotify,
    ConnectionFailed,
    HandshakeComplete,
    PeerKeyUpdate,
)

GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
ROLES = ("client", "server")
COMPATIBILITY_RECORD = bytes.fromhex("14 0303 0001 01")
CLOSE_NOTIFY = Heard(True, ContentType.ALERT, b"\x01\x00")


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def hostile_peer_of(role: str) -> Any:
    """One that stays honest: it serves to look at what the other side puts on the wire."""
    return HostileServer() if role == "client" else HostileClient()


def ends(link: Link, sender: str) -> tuple[Connection, Connection]:
    """The connection that sends, and the one that receives."""
    return (link.client, link.server) if sender == "client" else (link.server, link.client)


def pass_on(sender: Connection, receiver: Connection) -> list[Any]:
    return receiver.receive_data(sender.data_to_send())


# The handshake on the wire, record by record

HANDSHAKE, CHANGE_CIPHER_SPEC, PROTECTED = "handshake", "change_cipher_spec", "application_data"


def flights(link: Link) -> list[tuple[str, list[str]]]:
    """Who sends which records together."""
    return [
        (sender, [ContentType(record[0]).name.lower() for record in oracle.records(data)])
        for sender, data in link.flights
    ]


# sections 4 [1] and 5.1 [4, 7]
def test_one_round_trip_in_compatibility_mode() -> None:  # appendix E.4 [1]
    assert flights(connected()) == [
        ("client", [HANDSHAKE]),
        ("server", [HANDSHAKE, CHANGE_CIPHER_SPEC, PROTECTED]),
        ("client", [CHANGE_CIPHER_SPEC, PROTECTED]),
    ]


def test_one_round_trip_without() -> None:
    assert flights(connected(client_settings(legacy_session_id=b""))) == [
        ("client", [HANDSHAKE]),
        ("server", [HANDSHAKE, PROTECTED]),
        ("client", [PROTECTED]),
    ]


def test_two_round_trips_in_compatibility_mode() -> None:  # appendix E.4 [1]
    assert flights(connected(client_settings(key_share_groups=()))) == [
        ("client", [HANDSHAKE]),
        ("server", [HANDSHAKE, CHANGE_CIPHER_SPEC]),
        ("client", [CHANGE_CIPHER_SPEC, HANDSHAKE]),
        ("server", [HANDSHAKE, PROTECTED]),
        ("client", [PROTECTED]),
    ]


def test_two_round_trips_without() -> None:
    assert flights(connected(client_settings(key_share_groups=(), legacy_session_id=b""))) == [
        ("client", [HANDSHAKE]),
        ("server", [HANDSHAKE]),
        ("client", [HANDSHAKE]),
        ("server", [HANDSHAKE, PROTECTED]),
        ("client", [PROTECTED]),
    ]


@pytest.mark.parametrize("settings", [{}, {"key_share_groups": ()}])
# section 5.1 [12, 16, 17], appendix E.5 [5, 10]
def test_versions_of_the_records(settings: dict[str, Any]) -> None:
    """Only the first ClientHello's shows an older one (section 5.1)."""
    link = connected(client_settings(**settings))
    first, *others = [record for _, data in link.flights for record in oracle.records(data)]
    assert first[:3] == bytes.fromhex("16 0301")
    assert {record[1:3] for record in others} == {bytes.fromhex("0303")}
    assert all(r == COMPATIBILITY_RECORD for r in others if r[0] == ContentType.CHANGE_CIPHER_SPEC)


def test_a_certificate_chain_that_does_not_fit_one_record() -> None:  # section 5.1 [2]
    """Long handshake messages are cut up, and put together again (section 5.1)."""
    family = peers_in_memory.family()
    chain = (family.leaf, *[family.authority.certificate] * 60)  # which certifies itself
    many = server_settings(certified_keys=(CertifiedKey(chain, family.leaf_key),))
    link = connected(client_settings(max_certificates=61), many)
    assert flights(link)[1] == ("server", [HANDSHAKE, CHANGE_CIPHER_SPEC, PROTECTED, PROTECTED])


# What is asked for, and what comes of it


def hello_of(**settings: Any) -> ClientHello:
    sent = Connection(client_settings(**settings)).data_to_send()
    hello = messages.decode(sent[5:])
    assert isinstance(hello, ClientHello)
    return hello


def test_the_hello_says_what_the_settings_say() -> None:  # sections 4.3.1 [1] and 9.2 [2]
    hello = hello_of(application_protocols=(b"h2", b"http/1.1"))
    assert hello.random == peers_in_memory.CLIENT_RANDOM
    assert hello.legacy_session_id == peers_in_memory.SESSION_ID
    assert hello.cipher_suites == (0x1303,)
    assert hello.find(ServerName) == ServerName("localhost")
    assert hello.find(SupportedVersions) == SupportedVersions((0x0304,))
    assert hello.find(ApplicationProtocols) == ApplicationProtocols((b"h2", b"http/1.1"))
    key_shares = hello.find(ClientKeyShares)
    assert key_shares is not None
    (share,) = key_shares.client_shares
    assert share.group == peers_in_memory.X25519
    assert share.key_exchange == oracle.public_value(peers_in_memory.CLIENT_PRIVATE_KEY)


def numbers(hello: ClientHello) -> dict[str, tuple[int, ...]]:
    """Every list of numbers in a hello, by its name on the wire."""
    found: dict[str, list[int]] = {}

    def see(field: Any) -> None:
        if isinstance(field.value, int) and getattr(field, "names", None) is not None:
            name = field.path.split("[")[-2].rsplit(".", 1)[-1] if "[" in field.path else field.path
            found.setdefault(name, []).append(int(field.value))

    messages.encode(hello, see)
    return {name: tuple(values) for name, values in found.items()}


# section 4.3.3 [2]
def test_grease_stands_in_every_list() -> None:  # RFC 8701 section 3.1
    plain, greased = numbers(hello_of()), numbers(hello_of(grease=GREASE))
    assert plain["supported_signature_algorithms"] == tuple(SCHEMES)
    assert greased == plain | {
        "cipher_suites": (0x1A1A, 0x1303),
        "versions": (0x2A2A, 0x0304),
        "named_group_list": (0x3A3A, 29),
        "client_shares": (0x3A3A, 29),
        "supported_signature_algorithms": (0x4A4A, *SCHEMES),
        "extensions": (0x5A5A, *plain["extensions"]),
    }


def test_with_no_share_to_send_grease_sends_none_either() -> None:
    """That is the way to ask for a HelloRetryRequest."""
    assert hello_of(grease=GREASE, key_share_groups=()).find(ClientKeyShares) == ClientKeyShares(())


@pytest.mark.parametrize("name", ["localhost", None])
def test_server_name(name: str | None) -> None:  # section 9.2 [13]
    link = connected(client_settings(server_name=name))
    assert link.client.session is not None
    assert link.server.session is not None
    assert (link.client.session.server_name, link.server.session.server_name) == (name, name)


@pytest.mark.parametrize("grease", [None, GREASE])
@pytest.mark.parametrize("key_share_groups", [(peers_in_memory.X25519,), ()])
@pytest.mark.parametrize("session_id", [peers_in_memory.SESSION_ID, b""])
# sections 4.5.1 [1], 4.5.2 [1] and 5.3 [1]
def test_both_ends_agree(grease: Grease | None, key_share_groups: tuple[int, ...], session_id: bytes) -> None:
    link = connected(
        client_settings(
            grease=grease,
            key_share_groups=key_share_groups,
            legacy_session_id=session_id,
            application_protocols=(b"h2", b"http/1.1"),
        ),
        server_settings(application_protocols=(b"http/1.1",)),
    )
    ours, theirs = link.client.session, link.server.session
    assert ours is not None
    assert theirs is not None
    assert ours.application_protocol == theirs.application_protocol == b"http/1.1"
    assert ours.hello_retried == theirs.hello_retried == (not key_share_groups)
    assert link.client.export("label", b"context", 20) == link.server.export("label", b"context", 20)
    link.client.send(b"to the server")
    assert link.to_server() == [ApplicationData(b"to the server")]
    link.server.send(b"to the client")
    assert link.to_client() == [ApplicationData(b"to the client")]


@pytest.mark.parametrize("role", ROLES)
def test_exported_keys_are_those_of_section_7_5(role: str) -> None:  # section 7.5 [1]
    peer = hostile_peer_of(role)
    peer.connect()
    without_client_finished = peer.transcript[:-1]
    through_server_finished = oracle.transcript_hash(*without_client_finished)
    exporter = peer.secrets.exporter(through_server_finished)
    for label, context, length in (("EXPORTER-a", b"", 32), ("EXPORTER-a", b"context", 16), ("b", b"", 100)):
        expected = oracle.export(exporter, label, context, length)
        assert peer.victim.export(label, context, length) == expected


# Everything that a handshake depends on is in its settings


@pytest.mark.parametrize("settings", [{}, {"key_share_groups": (), "grease": GREASE}])
def test_the_same_settings_make_the_same_bytes(settings: dict[str, Any]) -> None:
    def wire() -> list[tuple[str, bytes]]:
        link = connected(client_settings(**settings))
        link.client.send(b"data")
        link.to_server()
        link.server.key_update(request_peer=True)
        link.server.send(b"data")
        link.carry()
        link.client.close()
        link.carry()
        return link.flights

    assert wire() == wire()


def test_other_random_bytes_make_other_bytes() -> None:
    one, other = connected().flights, connected(client_settings(random=bytes(32))).flights
    for (_, data), (_, changed) in zip(one, other, strict=True):
        assert data != changed


# Application data


@pytest.mark.parametrize("sender", ROLES)
@pytest.mark.parametrize("length", [1, MAX_PLAINTEXT, MAX_PLAINTEXT + 1, 40_000])
def test_data_are_cut_into_records(sender: str, length: int) -> None:
    speaking, listening = ends(connected(), sender)
    data = bytes(i % 251 for i in range(length))
    speaking.send(data)
    events = pass_on(speaking, listening)
    assert application_data(events) == data
    assert [len(event.data) for event in events] == [
        min(MAX_PLAINTEXT, length - start) for start in range(0, length, MAX_PLAINTEXT)
    ]


@pytest.mark.parametrize("sender", ROLES)
def test_sending_nothing_sends_nothing(sender: str) -> None:
    speaking, _ = ends(connected(), sender)
    speaking.send(b"")
    assert speaking.data_to_send() == b""


def test_data_wait_until_the_handshake_is_complete() -> None:  # sections 2 [2] and 5.1 [18], appendix F.5 [5]
    link = Link()
    for connection in (link.client, link.server):
        with pytest.raises(ValueError, match="not complete"):
            connection.send(b"early")
        with pytest.raises(ValueError, match="not complete"):
            connection.key_update()
    link.to_server()
    with pytest.raises(ValueError, match="not complete"):
        link.server.send(b"early")  # nobody has proved yet to be there (section 4.5.3)
    assert link.to_client() == [HandshakeComplete(link.client.session)]
    link.client.send(b"with the second flight")
    events = link.to_server()
    assert events == [HandshakeComplete(link.server.session), ApplicationData(b"with the second flight")]


# Key updates (section 4.7.3)


@pytest.mark.parametrize("sender", ROLES)
def test_a_key_update_and_data_under_the_next_keys(sender: str) -> None:  # sections 4.5.3 [3] and 4.7.3 [3]
    speaking, listening = ends(connected(), sender)
    for _ in range(3):
        speaking.key_update()
        speaking.send(b"new")
        assert pass_on(speaking, listening) == [
            PeerKeyUpdate(reply_requested=False),
            ApplicationData(b"new"),
        ]
        assert listening.data_to_send() == b""
    listening.send(b"the other direction has its own keys")
    assert pass_on(listening, speaking) == [ApplicationData(b"the other direction has its own keys")]


@pytest.mark.parametrize("role", ROLES)
# sections 4.7.3 [2, 7] and 5.1 [7]
def test_a_key_update_is_under_the_old_keys_and_what_follows_under_the_new(role: str) -> None:
    """As an independent implementation reads it."""
    peer = hostile_peer_of(role)
    peer.connect()
    old = peer.reads_with.secret
    peer.victim.key_update()
    peer.victim.send(b"data")
    peer.listen()
    assert peer.heard[-2:] == [
        Heard(True, ContentType.HANDSHAKE, messages.encode(KeyUpdate(0))),
        Heard(True, ContentType.APPLICATION_DATA, b"data"),
    ]
    assert peer.reads_with.secret == oracle.expand_label(old, "traffic upd")
    assert peer.reads_with.sequence_number == 1  # of the next record: counting began anew


@pytest.mark.parametrize("sender", ROLES)
def test_a_request_is_answered_before_the_next_data(sender: str) -> None:  # section 4.7.3 [5]
    speaking, listening = ends(connected(), sender)
    speaking.key_update(request_peer=True)
    assert pass_on(speaking, listening) == [PeerKeyUpdate(reply_requested=True)]
    listening.send(b"data")
    assert pass_on(listening, speaking) == [PeerKeyUpdate(reply_requested=False), ApplicationData(b"data")]
    assert speaking.data_to_send() == b""  # an answer is not answered


@pytest.mark.parametrize("sender", ROLES)
def test_a_request_is_answered_even_without_data(sender: str) -> None:
    speaking, listening = ends(connected(), sender)
    speaking.key_update(request_peer=True)
    pass_on(speaking, listening)
    assert pass_on(listening, speaking) == [PeerKeyUpdate(reply_requested=False)]


@pytest.mark.parametrize("role", ROLES)
def test_many_requests_get_one_answer(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    for _ in range(3):
        raw = peer.writes_with.seal(ContentType.HANDSHAKE, messages.encode(KeyUpdate(1)))
        peer.writes_with = peer.writes_with.next_generation()
        peer.events += peer.victim.receive_data(raw)  # and the victim is not asked for its bytes yet
    assert peer.events[-3:] == [PeerKeyUpdate(reply_requested=True)] * 3
    before = len(peer.heard)
    peer.victim.send(b"data")
    peer.listen()
    assert [heard.content for heard in peer.heard[before:]] == [messages.encode(KeyUpdate(0)), b"data"]


@pytest.mark.parametrize("role", ROLES)
def test_a_dead_connection_owes_no_answer(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    request = peer.writes_with.seal(ContentType.HANDSHAKE, messages.encode(KeyUpdate(1)))
    peer.writes_with = peer.writes_with.next_generation()
    peer.say_raw(request + peer.writes_with.seal(ContentType.HANDSHAKE, messages.encode(KeyUpdate(2))))
    assert isinstance(peer.events[-1], ConnectionFailed)
    assert peer.heard[-1] == Heard(True, ContentType.ALERT, fatal("illegal_parameter"))


@pytest.mark.parametrize("role", ROLES)
def test_an_own_key_update_is_answer_enough(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    raw = peer.writes_with.seal(ContentType.HANDSHAKE, messages.encode(KeyUpdate(1)))
    peer.victim.receive_data(raw)
    before = len(peer.heard)
    peer.victim.key_update()
    peer.victim.send(b"data")
    peer.listen()
    assert [heard.content for heard in peer.heard[before:]] == [messages.encode(KeyUpdate(0)), b"data"]


@pytest.mark.parametrize("sender", ROLES)
def test_one_request_at_a_time(sender: str) -> None:  # section 4.7.3 [6]
    """No second update_requested until the peer has updated its keys."""
    speaking, listening = ends(connected(), sender)
    speaking.key_update(request_peer=True)
    speaking.key_update(request_peer=True)
    assert pass_on(speaking, listening) == [
        PeerKeyUpdate(reply_requested=True),
        PeerKeyUpdate(reply_requested=False),
    ]
    assert pass_on(listening, speaking) == [PeerKeyUpdate(reply_requested=False)]
    speaking.key_update(request_peer=True)
    assert pass_on(speaking, listening) == [PeerKeyUpdate(reply_requested=True)]


def test_requests_may_cross() -> None:
    """Then each side answers, and both are two generations further."""
    link = connected()
    link.client.key_update(request_peer=True)
    link.server.key_update(request_peer=True)
    to_server, to_client = link.client.data_to_send(), link.server.data_to_send()
    assert link.server.receive_data(to_server) == [PeerKeyUpdate(reply_requested=True)]
    assert link.client.receive_data(to_client) == [PeerKeyUpdate(reply_requested=True)]
    assert link.to_server() == [PeerKeyUpdate(reply_requested=False)]
    assert link.to_client() == [PeerKeyUpdate(reply_requested=False)]
    link.client.send(b"one")
    link.server.send(b"two")
    assert (link.to_server(), link.to_client()) == ([ApplicationData(b"one")], [ApplicationData(b"two")])


def test_the_number_of_key_updates_is_bounded() -> None:  # section 4.7.3 [9]
    assert key_updates.MAX_EPOCH == 2**48 - 1
    link = connected()
    link.client._key_updates._epoch = key_updates.MAX_EPOCH - 1
    link.client.key_update()
    with pytest.raises(ValueError, match="all that a sender may make"):
        link.client.key_update()
    assert link.to_server() == [PeerKeyUpdate(reply_requested=False)]


def test_past_that_a_request_is_ignored() -> None:  # section 4.7.3 [11, 12]
    link = connected()
    link.client._key_updates._epoch = key_updates.MAX_EPOCH
    link.server.key_update(request_peer=True)
    assert link.to_client() == [PeerKeyUpdate(reply_requested=True)]
    link.client.send(b"data")
    assert link.to_server() == [ApplicationData(b"data")]


@pytest.mark.parametrize(
    "sends", [[b"x"] * 20, [bytes(MAX_PLAINTEXT) * 20], [bytes(MAX_PLAINTEXT * 3 + 1)] * 5]
)
# section 5.5 [1]
def test_a_key_is_changed_before_it_is_worn_out(monkeypatch: pytest.MonkeyPatch, sends: list[bytes]) -> None:
    """Section 5.5: no more records under one key than the suite's AEAD allows, the last ones included."""
    monkeypatch.setitem(SUITES, 0x1303, replace(SUITES[0x1303], max_records=6))
    seen: list[ProtectedRecord] = []

    def observe(happened: object) -> None:
        if isinstance(happened, ProtectedRecord) and happened.operation == "seal":
            seen.append(happened)

    link = Link()
    link.server = Connection(server_settings(), observe)
    link.carry()
    for data in sends:
        link.server.send(data)
    link.server.close()
    events = link.to_client()
    assert application_data(events) == b"".join(sends)
    updates = [record.sequence_number for record in seen if record.content[:1] == b"\x18"]
    assert len(updates) == sum(isinstance(event, PeerKeyUpdate) for event in events) > 3
    assert set(updates) == {4}  # four records of data, the KeyUpdate, and room for an alert


@pytest.mark.parametrize("role", ROLES)
def test_a_peer_that_wears_its_key_out_is_put_up_with(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUITES, 0x1303, replace(SUITES[0x1303], max_records=6))
    peer = hostile_peer_of(role)
    peer.connect()
    for number in range(10):
        peer.say_record(ContentType.APPLICATION_DATA, bytes([number]))
    assert peer.events[-10:] == [ApplicationData(bytes([number])) for number in range(10)]  # section 5.5 [3]


# Closing (section 6.1)


@pytest.mark.parametrize("first", ROLES)
def test_half_a_connection_may_be_closed(first: str) -> None:  # sections 6 [1] and 6.1 [5]
    closing, staying = ends(connected(), first)
    closing.close()
    assert pass_on(closing, staying) == [CloseNotify()]
    staying.send(b"there is more to say")
    assert pass_on(staying, closing) == [ApplicationData(b"there is more to say")]
    staying.close()
    assert pass_on(staying, closing) == [CloseNotify()]
    assert (closing.receive_eof(), staying.receive_eof()) == ([], [])


@pytest.mark.parametrize("role", ROLES)
def test_after_close_notify_nothing_more_is_sent(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    peer.victim.close()
    peer.listen()
    assert peer.heard[-1] == CLOSE_NOTIFY
    peer.victim.close()
    assert peer.victim.data_to_send() == b""
    for call in (lambda: peer.victim.send(b"data"), peer.victim.key_update):
        with pytest.raises(ValueError, match="nothing may follow"):
            call()
    heard = list(peer.heard)
    peer.say(KeyUpdate(1))  # which would have to be answered before the next data: there will be none
    assert peer.heard == heard


@pytest.mark.parametrize("role", ROLES)
def test_not_even_an_alert(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    peer.victim.close()
    peer.listen()
    peer.say_in_the_clear(ContentType.APPLICATION_DATA, bytes(40))
    (failure,) = peer.events[-1:]
    assert isinstance(failure.error, BadRecord)
    assert peer.heard[-1] == CLOSE_NOTIFY
    assert_dead(peer.victim, failure.error)


@pytest.mark.parametrize("role", ROLES)
def test_what_comes_after_close_notify_is_ignored(role: str) -> None:  # section 6.1 [1]
    peer = hostile_peer_of(role)
    peer.connect()
    notify = peer.writes_with.seal(ContentType.ALERT, b"\x01\x00")
    data = peer.writes_with.seal(ContentType.APPLICATION_DATA, b"data")
    assert peer.victim.receive_data(notify + data) == [CloseNotify()]
    kept = len(peer.victim._line.reader._buffer._received)
    for more in (data, b"no record at all", b"\x16\x03\x03\x00\x01\x00"):
        assert peer.victim.receive_data(more) == []
    assert len(peer.victim._line.reader._buffer._received) == kept  # no more of it
    assert peer.victim.receive_eof() == []
    peer.victim.send(b"and yet we may go on")
    peer.listen()
    assert peer.heard[-1].content == b"and yet we may go on"


@pytest.mark.parametrize("role", ROLES)
def test_an_owed_answer_goes_before_close_notify(role: str) -> None:
    peer = hostile_peer_of(role)
    peer.connect()
    peer.victim.receive_data(peer.writes_with.seal(ContentType.HANDSHAKE, messages.encode(KeyUpdate(1))))
    peer.victim.close()
    peer.listen()
    assert [heard.content for heard in peer.heard[-2:]] == [messages.encode(KeyUpdate(0)), b"\x01\x00"]


def test_a_client_that_cancels_says_so_and_falls_silent() -> None:  # sections 5.1 [10] and 6.1 [3]
    server = HostileServer()
    server.victim.close()
    server.listen()
    user_canceled, close_notify = b"\x01\x5a", b"\x01\x00"
    assert server.heard[-2:] == [
        Heard(False, ContentType.ALERT, user_canceled),
        Heard(False, ContentType.ALERT, close_notify),
    ]
    heard = list(server.heard)
    server.say_flight()  # too late: it must not make the client send its Finished
    assert server.events == []
    assert server.heard == heard
    assert server.victim.session is None
    assert server.victim.receive_eof() == []


def test_a_server_that_cancels_says_so_and_falls_silent() -> None:
    client = HostileClient()
    client.say_hello()
    client.victim.close()
    client.listen()
    assert [heard.content for heard in client.heard[-2:]] == [b"\x01\x5a", b"\x01\x00"]
    assert all(heard.protected for heard in client.heard[-2:])
    client.say_finished()
    assert client.events == []
    assert client.victim.session is None


def test_the_other_end_hears_that_the_handshake_is_cancelled() -> None:
    link = Link()
    link.server.close()
    (failure,) = link.to_client()
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, AlertReceived)
    assert failure.error.description == 0
    (client_hello,) = oracle.records(link.client.data_to_send())  # and no alert after it
    assert client_hello[5] == HandshakeType.CLIENT_HELLO


@pytest.mark.parametrize("role", ROLES)
def test_closing_a_dead_connection_does_nothing(role: str) -> None:
    connection, _ = ends(connected(), role)
    (failure,) = connection.receive_eof()
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, Truncated)
    connection.close()
    assert connection.data_to_send() == b""


# Our own bugs


@pytest.mark.parametrize("role", ROLES)
def test_our_own_bug_is_raised_and_the_peer_hears_internal_error(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer: HostilePeer = hostile_peer_of(role)
    peer.connect()  # type: ignore[attr-defined]

    def bug(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(messages, "decode", bug)
    with pytest.raises(ZeroDivisionError) as caught:
        peer.say(KeyUpdate(0))
    peer.listen()
    assert peer.heard[-1] == Heard(True, ContentType.ALERT, fatal("internal_error"))
    assert_dead(peer.victim, caught.value)


# What a dead connection keeps


@pytest.mark.parametrize("role", ROLES)
# appendix F.1.4 [1]
def test_a_dead_connection_lets_its_keys_go(role: str) -> None:  # section 6 [4]
    peer = hostile_peer_of(role)
    peer.connect()
    peer.say_record(ContentType.HANDSHAKE, b"\x18\x00")
    peer.say_alert(90)  # in the middle of a handshake message
    assert isinstance(peer.events[-1].error, UnexpectedMessage)
    victim = peer.victim
    assert victim._line.reads_with is None
    assert victim._line.writes_with is None
    assert victim._story is None
    assert victim._line.reader._protection is None
    assert victim._line.writer._protection is None
    assert not victim._line.received


# What an observer sees


@pytest.mark.parametrize("role", ROLES)
def test_an_observer_sees_every_message_and_every_record(role: str) -> None:
    seen: list[Any] = []
    link = Link()
    if role == "client":
        link.client = Connection(client_settings(), seen.append)
    else:
        link.server = Connection(server_settings(), seen.append)
    link.carry()
    observed = link.client if role == "client" else link.server
    observed.key_update(request_peer=True)
    observed.send(b"data")
    link.carry()
    observed.close()
    link.carry()
    kinds = [type(one).__name__ for one in seen]
    sent_and_received = [one for one in seen if type(one).__name__ == "HandshakeMessage"]
    told = [(one.sender, type(one.message).__name__) for one in sent_and_received]
    other = "server" if role == "client" else "client"
    assert told == [
        ("client", "ClientHello"),
        ("server", "ServerHello"),
        ("server", "EncryptedExtensions"),
        ("server", "Certificate"),
        ("server", "CertificateVerify"),
        ("server", "Finished"),
        ("client", "Finished"),
        (role, "KeyUpdate"),
        (other, "KeyUpdate"),
    ]
    records = [oracle.records(data) for _, data in link.flights]
    on_the_wire = [record for flight in records for record in flight]
    assert kinds.count("ProtectedRecord") == sum(record[0] == 23 for record in on_the_wire)
    assert kinds.count("PlainRecord") == sum(record[0] != 23 for record in on_the_wire)


@pytest.mark.parametrize("role", ROLES)
def test_an_observer_sees_the_failure_last(role: str) -> None:  # section 6.2 [6]
    seen: list[Any] = []
    settings = client_settings() if role == "client" else server_settings()
    connection = Connection(settings, seen.append)
    (failure,) = connection.receive_data(b"\x16\x03\x03\x00\x04\xff\x00\x00\x00")
    failures = [one for one in seen if isinstance(one, ConnectionFailed)]
    assert failures == [failure]
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, UnexpectedMessage)


def test_encrypted_extensions_are_empty_unless_there_is_something_to_say() -> None:  # section 4.3 [3]
    for server_name, said in ((None, ()), ("localhost", (ServerName(None),))):
        client = HostileClient()
        client.say_hello(server_name=server_name)
        assert messages.decode(client.messages_heard[1]) == EncryptedExtensions(said)


# What is so in every connection


def test_old_fields_of_our_client_hello() -> None:
    """What these fields once negotiated is now always the same (section 4.2.2 [6, 15])."""
    sent = Connection(client_settings(legacy_session_id=b"")).data_to_send()[HEADER_SIZE:]
    legacy_version, session_id, suites = sent[4:6], sent[38:39], sent[39:43]
    assert (legacy_version, session_id, suites) == (b"\x03\x03", b"\x00", b"\x00\x02\x13\x03")
    assert sent[43:45] == b"\x01\x00"  # legacy_compression_methods


def test_a_share_that_comes_again() -> None:
    """A peer may use one twice (section 4.3.8 [8]); ours always does so here."""
    shares = []
    for _ in range(2):
        server = HostileServer()
        server.connect()
        shares.append(server.server_hello().find(ServerKeyShare))
    assert shares[0] == shares[1] is not None


def test_the_peers_key_updates_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit may be raised one day, for other ciphers (section 4.7.3 [10])."""
    link = connected()
    monkeypatch.setattr(key_updates, "MAX_EPOCH", 2)
    for _ in range(5):
        link.client._key_updates._epoch = 0  # a peer with another limit
        link.client.key_update()
        assert link.to_server() == [PeerKeyUpdate(reply_requested=False)]
    link.client.send(b"data")
    assert link.to_server() == [ApplicationData(b"data")]
