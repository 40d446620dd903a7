"""Early data: sent before the handshake, taken once and only as what it was sent for, or stepped over.
RFC 9846 sections 2.3, 4.3.10 and 4.6.

First our client before a hostile server, then our server before a hostile client.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handshake import messages, tickets
from handshake.anti_replay import StrikeRegister
from handshake.constants import ExtensionType, HandshakeType
from handshake.errors import (
    DecodeError,
    IllegalParameter,
    UnexpectedMessage,
    UnsupportedExtension,
    UnsupportedVersion,
)
from handshake.extensions import ApplicationProtocols, Cookie, SelectedGroup
from handshake.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    KeyUpdate,
    NewSessionTicket,
)
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import EarlyDataIndication, MaxEarlyData
from handshake.suites import SUITES
from record.content_type import ContentType
from record.errors import BadRecord
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered, sessions
from tests.support.hostile import (
    Heard,
    HostileClient,
    HostilePeer,
    HostileServer,
    Psk,
    Refused,
    Table,
    assert_connected,
    assert_refused,
)
from tests.support.peers_in_memory import CHACHA20, TICKET_KEY, TICKET_LIFETIME, TICKETS, X25519
from tls.events import EarlyData, SessionTicket

AES_128_GCM, AES_256_GCM = 0x1301, 0x1302
NOW = certificates.NOW
SECOND = timedelta(seconds=1)
MAX = 1000  # bytes of early data
KEYS = {CHACHA20: bytes(range(32)), AES_128_GCM: bytes(range(1, 33)), AES_256_GCM: bytes(range(48))}
DATA = ContentType.APPLICATION_DATA
INDICATION = EarlyDataIndication()

each_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda number: SUITES[number].number.name)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def changes_heard(peer: HostilePeer) -> int:
    """How often the victim has sent change_cipher_spec."""
    return sum(heard.content_type == ContentType.CHANGE_CIPHER_SPEC for heard in peer.heard)


# ---- The client -----------------------------------------------------------------------------------------


def offering(**replaced: Any) -> dict[str, Any]:
    """Settings of a client that may send early data; those of its ticket's session may be replaced."""
    family = peers_in_memory.family()
    suite = replaced.get("cipher_suite", CHACHA20)
    usual = {
        "key": KEYS[suite],
        "application_protocol": None,
        "max_early_data": MAX,
        "certificates": (family.leaf.der, family.authority.certificate.der),
    }
    return {"ticket": sessions.ticket(**(usual | replaced)), "replayable_early_data": True}


@each_suite
@pytest.mark.parametrize("compatibility", [True, False])
# sections 4.3.10 [1] and 4.6 [1]
def test_a_client_whose_early_data_is_taken(suite: int, compatibility: bool) -> None:
    settings = offering(cipher_suite=suite) | ({} if compatibility else {"legacy_session_id": b""})
    server = HostileServer(suite=suite, **settings)
    server.victim.send_replayable_early_data(b"early")
    server.listen()
    assert server.heard[-1] == Heard(True, DATA, b"early")
    server.say_flight(INDICATION, psk=server.psks[0], until=Finished)
    server.victim.send_replayable_early_data(b"and some more")  # until the server's Finished has come
    server.listen()
    server.say_finished()
    assert_connected(server)
    heard = [(one.content_type, one.content) for one in server.heard if one.protected]
    *data, end, finished = heard
    assert data == [(DATA, b"early"), (DATA, b"and some more")]
    assert end == (ContentType.HANDSHAKE, messages.encode(EndOfEarlyData()))
    assert finished[1][0] == HandshakeType.FINISHED
    assert changes_heard(server) == compatibility
    session = server.victim.session
    assert session is not None
    assert (session.early_data_accepted, session.psk_origin) == (True, "ticket")
    known = oracle.SUITES[suite]
    exporter = server.psks[0].early.exporter(oracle.transcript_hash(server.transcript[0], suite=known))
    exported = oracle.export(exporter, "label", b"context", 40, known)
    assert server.victim.export_early("label", b"context", 40) == exported
    hostile.assert_still_talks(server)


def test_it_is_sealed_under_the_first_key() -> None:  # section 4.3.10 [2]
    others = (PreSharedKey(b"external", bytes(range(50, 82))),)
    server = HostileServer(**offering(), external_psks=others)
    server.victim.send_replayable_early_data(b"early")
    server.listen()
    assert server.heard[-1] == Heard(True, DATA, b"early")


def test_early_data_is_over_with_the_servers_finished() -> None:
    server = HostileServer(**offering())
    assert server.victim.early_data_room == MAX
    server.connect(INDICATION, psk=server.psks[0])
    assert server.victim.early_data_room == 0
    with pytest.raises(ValueError, match="early data"):
        server.victim.send_replayable_early_data(b"late")


def test_early_data_is_over_with_close() -> None:
    """Nothing may follow close_notify (section 6.1)."""
    server = HostileServer(**offering())
    server.victim.close()
    server.listen()
    assert server.victim.early_data_room == 0
    with pytest.raises(ValueError, match="early data"):
        server.victim.send_replayable_early_data(b"late")
    assert server.victim.data_to_send() == b""


def test_early_data_is_over_with_a_failure() -> None:
    server = HostileServer(**offering())
    server.say(server.server_hello(cipher_suite=AES_256_GCM))
    assert server.victim.early_data_room == 0
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")


@pytest.mark.parametrize("sent", [b"early", b""])
@pytest.mark.parametrize("selected", [True, False], ids=["the key taken", "the key refused"])
@pytest.mark.parametrize("compatibility", [True, False])
# section 4.6 [2]
def test_a_client_whose_early_data_is_refused(sent: bytes, selected: bool, compatibility: bool) -> None:
    """There is no EndOfEarlyData then (section 4.6), and the early exporter is of no use."""
    server = HostileServer(**(offering() | ({} if compatibility else {"legacy_session_id": b""})))
    server.victim.send_replayable_early_data(sent)
    server.listen()
    psk = server.psks[0] if selected else None
    server.say_flight(psk=psk, until=Finished if selected else Certificate)
    assert server.victim.early_data_room == 0
    if not selected:
        server.say_certificate()
        server.say_verify()
    server.say_finished()
    assert_connected(server)
    assert [raw[0] for raw in server.messages_heard] == [HandshakeType.CLIENT_HELLO, HandshakeType.FINISHED]
    assert changes_heard(server) == compatibility
    assert server.victim.session is not None
    assert not server.victim.session.early_data_accepted
    with pytest.raises(ValueError, match="no early data was accepted"):
        server.victim.export_early("label", b"", 32)
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("compatibility", [True, False])
@pytest.mark.parametrize("group", [True, False], ids=["another share", "a cookie"])
# section 4.3.10 [7]
def test_a_hello_retry_request_rules_early_data_out(compatibility: bool, group: bool) -> None:
    settings = offering() | ({} if compatibility else {"legacy_session_id": b""})
    server = HostileServer(**(settings | ({"key_share_groups": ()} if group else {})))
    server.victim.send_replayable_early_data(b"early")
    server.ask_again(SelectedGroup(X25519) if group else Cookie(b"cookie"))
    assert server.victim.early_data_room == 0
    assert not server.client_hello.has(ExtensionType.EARLY_DATA)
    assert server.heard[-1] == Heard(False, ContentType.HANDSHAKE, server.messages_heard[-1])
    server.connect(psk=server.psks[0])
    assert changes_heard(server) == compatibility
    assert server.victim.session is not None
    assert (server.victim.session.hello_retried, server.victim.session.psk_origin) == (True, "ticket")
    assert not server.victim.session.early_data_accepted
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("compatibility", [True, False])
def test_a_client_changes_its_cipher_spec_once(retried: bool, compatibility: bool) -> None:
    """Without early data; above it is with it (appendix E.4)."""
    server = HostileServer(**({} if compatibility else {"legacy_session_id": b""}))
    if retried:
        server.ask_again(Cookie(b"cookie"))
    server.connect()
    assert changes_heard(server) == compatibility


EXTERNAL = PreSharedKey(b"external", KEYS[CHACHA20])

NOT_OFFERED: dict[str, dict[str, Any]] = {
    # section 8 [2], appendix F.5 [3]
    "where it is not wanted": {"ticket": offering()["ticket"]},
    "with a ticket that allows none": offering(max_early_data=0),
    "with a ticket that is stale": offering(lifetime=0),
    "with no ticket": {"replayable_early_data": True},  # appendix E.1 [2]
    "with a key from elsewhere": {"replayable_early_data": True, "external_psks": (EXTERNAL,)},
    "with a key from elsewhere, because the ticket is stale": (
        offering(lifetime=0) | {"external_psks": (EXTERNAL,)}
    ),
    "for a suite that is not offered": offering(cipher_suite=AES_128_GCM),
    "for a protocol that is not offered": (
        offering(application_protocol=b"h2") | {"application_protocols": (b"http/1.1",)}
    ),
}


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_early_data_is_not_offered(name: str) -> None:  # section 4.3.10 [1]
    server = HostileServer(**NOT_OFFERED[name])
    assert not server.client_hello.has(ExtensionType.EARLY_DATA)
    assert server.victim.early_data_room == 0
    with pytest.raises(ValueError, match="early data"):
        server.victim.send_replayable_early_data(b"early")


@pytest.mark.parametrize(
    "settings",
    [
        offering(),
        offering() | {"external_psks": (EXTERNAL,)},
        offering() | {"application_protocols": (b"h2",)},
        offering(application_protocol=b"h2") | {"application_protocols": (b"http/1.1", b"h2")},
    ],
)
def test_but_where_it_is_good_it_is(settings: dict[str, Any]) -> None:
    assert HostileServer(**settings).client_hello.has(ExtensionType.EARLY_DATA)


STORIES = Table()
SETTINGS: dict[str, dict[str, Any]] = {}


def refused(error: type[Exception], alert: str, **settings: Any) -> Any:
    def collect(script: Any) -> Any:
        SETTINGS[script.__name__] = offering() | settings
        return STORIES.refused(error, alert, "handshake")(script)

    return collect


@refused(IllegalParameter, "illegal_parameter")
def early_data_taken_without_the_key(server: HostileServer) -> None:  # section 4.3.11 [15, 16]
    server.say_hello()
    server.say_extensions(INDICATION)


@refused(IllegalParameter, "illegal_parameter", external_psks=(EXTERNAL,))
def early_data_taken_with_another_key(server: HostileServer) -> None:  # section 4.3.11 [15, 16]
    server.say_hello(server.psks[1], place=1)
    server.say_extensions(INDICATION)


@refused(IllegalParameter, "illegal_parameter", cipher_suites=(CHACHA20, AES_128_GCM))
def early_data_taken_with_another_suite(server: HostileServer) -> None:
    """Of the same hash, so that the key is good for it; but early data was sealed with another AEAD."""
    server.suite = AES_128_GCM
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION)


PROTOCOLS = {"application_protocols": (b"h2", b"http/1.1")}


@refused(IllegalParameter, "illegal_parameter", **(offering(application_protocol=b"h2") | PROTOCOLS))
def early_data_taken_for_another_protocol(server: HostileServer) -> None:
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION, ApplicationProtocols((b"http/1.1",)))


@refused(IllegalParameter, "illegal_parameter", **(offering(application_protocol=b"h2") | PROTOCOLS))
def early_data_taken_for_no_protocol(server: HostileServer) -> None:
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION)


@refused(IllegalParameter, "illegal_parameter", **PROTOCOLS)
def early_data_taken_for_a_protocol_where_there_was_none(server: HostileServer) -> None:
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION, ApplicationProtocols((b"h2",)))


@refused(UnsupportedExtension, "unsupported_extension")
def early_data_taken_after_a_hello_retry_request(server: HostileServer) -> None:
    server.ask_again(Cookie(b"cookie"))
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION)


@refused(UnsupportedExtension, "unsupported_extension", replayable_early_data=False)
def early_data_taken_that_was_not_offered(server: HostileServer) -> None:
    server.say_hello(server.psks[0])
    server.say_extensions(INDICATION)


@refused(UnsupportedVersion, "protocol_version")
def early_data_answered_with_an_older_version(server: HostileServer) -> None:  # appendix E.3 [1]
    server.say(server.server_hello(extensions=()))


@STORIES.parametrize()
def test_what_a_client_refuses(line: Refused) -> None:
    server = HostileServer(**SETTINGS[line.script.__name__])
    line.script(server)
    assert_refused(server, line.error, line.alert, line.phase)


@pytest.mark.parametrize("protocol", [b"h2", b"http/1.1", None])
# section 4.3.10 [15], appendix F.5 [4]
def test_what_is_refused_is_not_sent_again(protocol: bytes | None) -> None:
    """Whether the server chooses the protocol that it was meant for, another one or none."""
    server = HostileServer(**(offering(application_protocol=b"h2") | PROTOCOLS))
    server.victim.send_replayable_early_data(b"early")
    server.listen()
    server.connect(*([ApplicationProtocols((protocol,))] if protocol else []), psk=server.psks[0])
    hostile.assert_still_talks(server)
    assert server.victim.session is not None
    assert not server.victim.session.early_data_accepted
    assert server.victim.session.application_protocol == protocol
    assert [heard.content for heard in server.heard].count(b"early") == 1


# ---- The server -----------------------------------------------------------------------------------------


def register(**replaced: Any) -> StrikeRegister:
    usual = {"started_at": NOW - timedelta(days=1), "lock": threading.Lock()}
    return StrikeRegister(**(usual | replaced))


def taking(**replaced: Any) -> dict[str, Any]:
    """Settings of a server that takes early data."""
    return {"max_replayable_early_data": MAX, "anti_replay": register(), **TICKETS} | replaced


def ticket(suite: int = CHACHA20, *, age: int = 60_000, **replaced: Any) -> Psk:
    """A ticket of the server's that allows early data; the client says how many milliseconds old it is."""
    usual = {
        "key": KEYS[suite],
        "cipher_suite": suite,
        "application_protocol": None,
        "certificates": (),
        "established_at": NOW - 60 * SECOND,
        "lifetime": TICKET_LIFETIME,
        "max_early_data": MAX,
    }
    made = sessions.session(**(usual | replaced))
    identity = tickets.seal(made, TICKET_KEY, bytes(12))
    assert identity is not None
    return Psk(identity, made.key, suite, obfuscated_age=(made.age_add + age) % 2**32)


def greeted(**settings: Any) -> HostileClient:
    """A client whose early data is taken, right after its hello."""
    client = HostileClient(**taking(**settings))
    client.say_hello(psks=[ticket()], early_data=True)
    assert client.accepted_early_data
    return client


def early_data(client: HostileClient) -> list[bytes]:
    """What the victim's application was given of it."""
    return [event.data for event in client.events if isinstance(event, EarlyData)]


@each_suite
def test_a_server_takes_early_data(suite: int) -> None:  # section 4.3.10 [11, 12]
    client = HostileClient(suite=suite, **taking())
    client.say_hello(psks=[ticket(suite)], early_data=True)
    assert client.accepted_early_data
    client.say_early_data(b"one")
    client.say_early_data(b"two")
    assert early_data(client) == [b"one", b"two"]
    assert client.victim.session is None
    client.victim.send(b"an answer that need not wait")  # section 2.3
    client.listen()
    assert client.heard[-1] == Heard(True, DATA, b"an answer that need not wait")
    client.say_end_of_early_data()
    client.say_finished()
    assert_connected(client)
    session = client.victim.session
    assert session is not None
    assert (session.early_data_accepted, session.psk_origin) == (True, "ticket")
    known = oracle.SUITES[suite]
    exporter = client.psks[0].early.exporter(oracle.transcript_hash(client.transcript[0], suite=known))
    exported = oracle.export(exporter, "label", b"context", 40, known)
    assert client.victim.export_early("label", b"context", 40) == exported
    hostile.assert_still_talks(client)


def test_early_data_may_be_empty() -> None:
    client = greeted()
    client.say_end_of_early_data()
    client.say_finished()
    assert early_data(client) == []
    hostile.assert_still_talks(client)


@pytest.mark.parametrize("sizes", [(MAX,), (1, MAX - 1), (0, MAX, 0), tuple([1] * MAX)[:50]])
def test_as_much_as_the_ticket_allows(sizes: tuple[int, ...]) -> None:
    """Whatever the server would allow today: a promise is a promise."""
    client = greeted(max_replayable_early_data=1)
    assert client.early is not None
    for size in sizes:  # padding does not count (section 4.7.1)
        client.say_raw(client.early.seal(DATA, bytes(size), padding=100))
    assert early_data(client) == [bytes(size) for size in sizes if size]
    client.say_end_of_early_data()
    client.say_finished()
    hostile.assert_still_talks(client)


@pytest.mark.parametrize("sizes", [(MAX + 1,), (MAX, 1), (1, MAX)])
def test_one_byte_more_is_refused(sizes: tuple[int, ...]) -> None:  # section 4.7.1 [10]
    client = greeted()
    for size in sizes:
        client.say_early_data(bytes(size))
    assert_refused(client, UnexpectedMessage, "unexpected_message", "handshake")
    assert early_data(client) == [bytes(size) for size in sizes[:-1]]


# What is not taken: the handshake goes on, and the client's data is stepped over

NOT_TAKEN: dict[str, tuple[dict[str, Any], list[Psk], dict[str, Any]]] = {
    # the server's settings, the keys that are offered, and what else is special about the hello
    "with no register": ({"anti_replay": None}, [ticket()], {}),  # section 8 [1]
    "where none is wanted": ({"max_replayable_early_data": 0}, [ticket()], {}),  # appendix F.5 [3]
    "where the ticket allows none": ({}, [ticket(max_early_data=0)], {}),
    "too late by the client's own account": ({}, [ticket(age=60_000 - 10_001)], {}),  # section 4.3.10 [3, 4]
    "too early by the client's own account": ({}, [ticket(age=60_000 + 10_001)], {}),  # section 4.3.10 [3, 4]
    "into a full register": ({"anti_replay": register(capacity=0)}, [ticket()], {}),
    "right after the server's start": ({"anti_replay": register(started_at=NOW)}, [ticket()], {}),
    "with another suite": ({}, [ticket(AES_128_GCM)], {}),  # section 4.3.10 [9]
    "for another protocol": (  # section 4.3.10 [9]
        {"application_protocols": (b"h2", b"http/1.1")},
        [ticket(application_protocol=b"http/1.1")],
        {"application_protocols": (b"http/1.1", b"h2")},
    ),
    # section 4.3.10 [9]
    "for a protocol where there is none now": ({}, [ticket(application_protocol=b"h2")], {}),
    "for no protocol where there is one now": (  # section 4.3.10 [9]
        {"application_protocols": (b"h2",)},
        [ticket()],
        {"application_protocols": (b"h2",)},
    ),
    "with a key from elsewhere": (
        {"external_psks": (EXTERNAL,)},
        [Psk(b"external", KEYS[CHACHA20], external=True)],
        {},
    ),
    "with the second key": (  # section 4.3.10 [8]
        {},
        [Psk(b"unknown", bytes(32), obfuscated_age=ticket().obfuscated_age), ticket()],
        {},
    ),
    "with a ticket that has expired": ({}, [ticket(lifetime=59)], {}),
    "with a ticket for another name": ({}, [ticket(server_name="other.example")], {}),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_early_data_is_stepped_over(name: str) -> None:  # section 4.3.10 [6, 11]
    settings, psks, hello = NOT_TAKEN[name]
    client = HostileClient(**taking(**settings))
    client.say_hello(psks=psks, early_data=True, **hello)
    assert not client.accepted_early_data
    client.say_early_data(b"early")
    client.say_early_data(b"and more")
    client.say_finished()
    assert_connected(client)
    assert early_data(client) == []
    assert client.victim.session is not None
    assert not client.victim.session.early_data_accepted
    with pytest.raises(ValueError, match="no early data was accepted"):
        client.victim.export_early("label", b"", 32)
    hostile.assert_still_talks(client)


@pytest.mark.parametrize("age", [60_000 - 10_000, 60_000, 60_000 + 10_000])
def test_within_the_window_it_is_taken(age: int) -> None:
    client = HostileClient(**taking())
    client.say_hello(psks=[ticket(age=age)], early_data=True)
    assert client.accepted_early_data


def test_a_copy_of_the_hello_is_served_without_its_early_data() -> None:  # section 8 [3]
    """Section 8.2: one register for all connections."""
    shared = register()
    copies = [HostileClient(**taking(anti_replay=shared)) for _ in range(3)]
    for client in copies:
        client.say_hello(psks=[ticket()], early_data=True)
        client.say_early_data(b"transfer 100")
    assert [early_data(client) for client in copies] == [[b"transfer 100"], [], []]
    for client in copies[1:]:
        client.say_finished()
        hostile.assert_still_talks(client)


def test_a_wrong_binder_is_not_written_down() -> None:  # section 8.2 [3]
    """Or anybody could fill the register, or strike out another's hello."""
    shared = register(capacity=1)
    liar = HostileClient(**taking(anti_replay=shared))
    liar.say_hello(psks=[ticket()], binders=[bytes(32)], early_data=True)
    honest = HostileClient(**taking(anti_replay=shared))
    honest.say_hello(psks=[ticket()], early_data=True)
    assert honest.accepted_early_data


@pytest.mark.parametrize("skipped", [0, 1])
def test_no_more_is_stepped_over_than_the_settings_say(skipped: int) -> None:
    """On the wire "early" takes five bytes of header, one for the type and 16 for the tag."""
    size = len(b"early") + 5 + 1 + 16
    client = HostileClient(**taking(anti_replay=None, max_skipped_early_data=2 * size - 1 + skipped))
    client.say_hello(psks=[ticket()], early_data=True)
    client.say_early_data(b"early")
    client.say_early_data(b"early")
    if not skipped:
        assert_refused(client, BadRecord, "bad_record_mac", "handshake")
        return
    client.say_finished()
    hostile.assert_still_talks(client)


def test_who_offered_none_sends_none() -> None:
    client = HostileClient(**taking())
    client.say_hello(psks=[ticket()])
    client.say_early_data(b"early")
    assert_refused(client, BadRecord, "bad_record_mac", "handshake")


@pytest.mark.parametrize("cookie", [b"", b"cookie"])
def test_between_the_two_hellos_it_is_stepped_over(cookie: bytes) -> None:  # section 4.3.10 [6]
    client = HostileClient(**taking(cookie=cookie))
    client.say_hello(psks=[ticket()], early_data=True, **({} if cookie else {"key_share_groups": ()}))
    client.say_early_data(b"early")
    client.say_early_data(b"and more")
    client.connect(psks=[ticket()], extra=(Cookie(cookie),) if cookie else ())
    assert early_data(client) == []
    assert client.victim.session is not None
    assert (client.victim.session.hello_retried, client.victim.session.psk_origin) == (True, "ticket")
    assert not client.victim.session.early_data_accepted
    hostile.assert_still_talks(client)


def test_after_the_second_hello_it_is_not() -> None:
    client = HostileClient(**taking())
    client.say_hello(psks=[ticket()], early_data=True, key_share_groups=())
    client.say_early_data(b"early")
    client.say_hello(psks=[ticket()])
    client.say_early_data(b"late")
    assert_refused(client, BadRecord, "bad_record_mac", "handshake")


def test_nor_before_the_second_hello_where_none_was_offered() -> None:
    client = HostileClient(**taking())
    client.say_hello(psks=[ticket()], key_share_groups=())
    client.say_early_data(b"early")
    assert client.events != []
    assert client.alerts_heard() == [Heard(False, ContentType.ALERT, hostile.fatal("unexpected_message"))]


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("offered", [True, False])
@pytest.mark.parametrize("compatibility", [True, False])
def test_a_server_changes_its_cipher_spec_once(retried: bool, offered: bool, compatibility: bool) -> None:
    """After its first message, whichever that is, if the client wants it so (appendix E.4)."""
    client = HostileClient(**taking())
    session_id = {} if compatibility else {"legacy_session_id": b""}
    hello = {"psks": [ticket()], **session_id}
    if retried:
        client.say_hello(early_data=offered, key_share_groups=(), **hello)
    client.say_hello(early_data=offered and not retried, **hello)
    if offered and not retried:
        client.say_end_of_early_data()
    client.say_finished()
    assert_connected(client)
    assert changes_heard(client) == compatibility
    if compatibility:
        assert client.heard[1].content_type == ContentType.CHANGE_CIPHER_SPEC


# EndOfEarlyData (section 4.6), and everything that may not come in its place

ENDS = Table()


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def finished_under_the_keys_of_early_data(client: HostileClient) -> None:
    client.say(client.finished())


@ENDS.refused(BadRecord, "bad_record_mac", "handshake")
def end_of_early_data_left_out(client: HostileClient) -> None:  # section 4.3.10 [13]
    """Whoever is on the way could have cut it off."""
    assert client.secrets is not None
    client.writes_with = client.secrets.client_handshake
    client.say_finished()


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def end_of_early_data_twice(client: HostileClient) -> None:
    client.say_end_of_early_data()
    client.say(EndOfEarlyData())


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def end_of_early_data_twice_in_a_record(client: HostileClient) -> None:
    client.say(EndOfEarlyData(), EndOfEarlyData())


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def finished_in_the_record_of_end_of_early_data(client: HostileClient) -> None:
    client.say(EndOfEarlyData(), Finished(bytes(32)))


@ENDS.refused(DecodeError, "decode_error", "handshake")
def end_of_early_data_with_something_in_it(client: HostileClient) -> None:
    client.say(b"\x05\x00\x00\x01\x00")


@ENDS.refused(BadRecord, "bad_record_mac", "handshake")
def early_data_after_its_end(client: HostileClient) -> None:
    client.say_end_of_early_data()
    client.say_early_data(b"late")


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def data_under_the_keys_of_the_handshake(client: HostileClient) -> None:
    client.say_end_of_early_data()
    client.say_record(DATA, b"data")


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def early_data_in_the_middle_of_its_end(client: HostileClient) -> None:
    client.say_record(ContentType.HANDSHAKE, b"\x05\x00")
    client.say_early_data(b"early")


@ENDS.refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_among_early_data(client: HostileClient) -> None:  # section 4.3.10 [12]
    client.say_certificate()


@ENDS.parametrize()
def test_how_early_data_ends(line: Refused) -> None:
    client = greeted()
    line.script(client)
    assert_refused(client, line.error, line.alert, line.phase)


EXAMPLES = {
    raw[0]: raw
    for raw in map(
        messages.encode,
        (
            ClientHello(bytes(32), b"", (CHACHA20,), ()),
            EncryptedExtensions(),
            CertificateRequest(b"", ()),
            Certificate(()),
            CertificateVerify(0x0807, bytes(64)),
            NewSessionTicket(1, 2, b"", b"ticket"),
            KeyUpdate(0),
        ),
    )
}
TYPES = sorted({*HandshakeType, 0, 3, 100, 255} - {HandshakeType.END_OF_EARLY_DATA})


@pytest.mark.parametrize("message_type", TYPES)
def test_every_other_message_is_unexpected(message_type: int) -> None:
    client = greeted()
    client.say_early_data(b"early")
    client.say(EXAMPLES.get(message_type, bytes([message_type, 0, 0, 0])))
    assert_refused(client, UnexpectedMessage, "unexpected_message", "handshake")


def test_end_of_early_data_is_part_of_the_transcript() -> None:
    client = greeted()
    client.say_end_of_early_data()
    without = client.transcript.pop()
    finished = client.finished()
    client.transcript.append(without)
    client.say(finished)
    assert client.events[-1].error is not None  # type: ignore[union-attr]
    assert client.alerts_heard() == [Heard(True, ContentType.ALERT, hostile.fatal("decrypt_error"))]


# Tickets that allow it


def test_a_ticket_says_how_much_the_server_takes() -> None:
    client = HostileClient(**taking())
    client.connect()
    given = client.heard_of(HandshakeType.NEW_SESSION_TICKET)
    assert [one.extensions for one in given] == [(MaxEarlyData(MAX),)] * 2
    inside = tickets.open(given[0].ticket, [TICKET_KEY])
    assert inside is not None
    assert inside.max_early_data == MAX


def test_both_ends_ours() -> None:
    server = peers_in_memory.server_settings(**taking())
    link = peers_in_memory.Link(server=server)
    link.carry()
    kept = next(event.ticket for event in link.client_events if isinstance(event, SessionTicket))
    client = peers_in_memory.client_settings(ticket=kept, replayable_early_data=True)
    resumed = peers_in_memory.Link(client, server)
    resumed.client.send_replayable_early_data(b"early")
    resumed.carry()
    assert [event for event in resumed.server_events if isinstance(event, EarlyData)] == [EarlyData(b"early")]
    for end in (resumed.client, resumed.server):
        assert end.session is not None
        assert end.session.early_data_accepted
    assert resumed.client.export_early("label", b"", 32) == resumed.server.export_early("label", b"", 32)
    copied = peers_in_memory.Link(replace(client), server)
    copied.client.send_replayable_early_data(b"early")
    copied.carry()
    assert copied.server.session is not None
    assert not copied.server.session.early_data_accepted
