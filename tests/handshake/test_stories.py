"""Both stories told to each other, without record layer, connection or network.

A story is a generator: it yields what it wants done and is resumed with what it has waited for.  Here the
messages pass from one to the other by hand, and the effects of each are written down.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest

from handshake import client, messages, server, tickets
from handshake.anti_replay import StrikeRegister
from handshake.conversation import Conversation, HandshakeMessage
from handshake.derivation import Secret
from handshake.effects import (
    ExpectMessage,
    LimitReceived,
    LimitSent,
    LogSecrets,
    ReadWith,
    SendChangeCipherSpec,
    SendData,
    SendMessage,
    SkipEarlyData,
    Story,
    WriteWith,
)
from handshake.errors import UnexpectedMessage
from handshake.key_schedule import TrafficSecrets
from handshake.session import ConnectionSecrets, Session
from handshake.tickets import Ticket
from tests.support import certificates, peers_in_memory, reachable, remembered, sessions
from tests.support.peers_in_memory import TICKET_KEY, TICKET_LIFETIME, TICKETS


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


class Told:
    """A story on its way, and what it has asked for so far, in short."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.effects: list[str] = []
        self.sent: list[bytes] = []
        self.kept: ConnectionSecrets | None = None
        self.session: Session | None = None
        self.resume(None)

    def resume(self, raw: bytes | None) -> None:
        """Tell on until the story waits or ends."""
        try:
            effect = self.story.send(raw)
            while not isinstance(effect, ExpectMessage):
                self.effects.append(self._in_short(effect))
                effect = next(self.story)
            self.effects.append("expect " + " or ".join(kind.name.lower() for kind in effect.types))
        except StopIteration as end:
            self.session, self.kept = end.value

    def _in_short(self, effect: object) -> str:
        match effect:
            case SendMessage(raw):
                self.sent.append(raw)
                return f"send {messages.HandshakeType(raw[0]).name.lower()}"
            case SendChangeCipherSpec():
                return "send change_cipher_spec"
            case ReadWith(secret, early_data):
                return f"read with {secret.name}" + f", early data {early_data}" * (early_data is not None)
            case WriteWith(None, early_data):
                assert not early_data
                return "write in the clear"
            case WriteWith(secret, early_data):
                return f"write with {secret.name}" + f", early data {early_data}" * bool(early_data)
            case SendData():
                return "SendData"
            case SkipEarlyData(size) | LimitSent(size) | LimitReceived(size):
                return f"{type(effect).__name__} {size}"
            case LogSecrets(_, secrets):
                return "log " + ", ".join(secret.name for secret in secrets)
        raise AssertionError(effect)


def tell(client_settings: dict[str, Any], server_settings: dict[str, Any]) -> tuple[Told, Told]:
    ours = Told(client.handshake(peers_in_memory.client_settings(**client_settings), Conversation("client")))
    theirs = Told(
        server.handshake(peers_in_memory.server_settings(**server_settings), Conversation("server"))
    )
    while ours.sent or theirs.sent:
        for teller, listener in ((ours, theirs), (theirs, ours)):
            while teller.sent:
                raw = teller.sent.pop(0)
                if listener.session is None:  # tickets come when its story is over
                    listener.resume(raw)
    assert ours.session is not None
    assert theirs.session is not None
    return ours, theirs


CLIENT_ENDS = [
    "expect encrypted_extensions",
    "expect certificate_request or certificate",
    "expect certificate_verify",
    "expect finished",
    "log client_application_traffic_secret_0, server_application_traffic_secret_0, exporter_secret",
    "send finished",
    "write with client_application_traffic_secret_0",
    "read with server_application_traffic_secret_0",
]
SERVER_ENDS = [
    "log client_handshake_traffic_secret, server_handshake_traffic_secret",
    "read with client_handshake_traffic_secret",
    "write with server_handshake_traffic_secret",
    "send encrypted_extensions",
    "send certificate",
    "send certificate_verify",
    "send finished",
    "log client_application_traffic_secret_0, server_application_traffic_secret_0, exporter_secret",
    "write with server_application_traffic_secret_0",
    "expect finished",
    "read with client_application_traffic_secret_0",
]
CLIENT_KEYS = [
    "log client_handshake_traffic_secret, server_handshake_traffic_secret",
    "read with server_handshake_traffic_secret",
]
COMPATIBILITY = ["send change_cipher_spec"]


@pytest.mark.parametrize("compatibility", [COMPATIBILITY, []], ids=["compatible", "plain"])
def test_one_round_trip(compatibility: list[str]) -> None:
    ours, theirs = tell({} if compatibility else {"legacy_session_id": b""}, {})
    assert ours.effects == [
        "send client_hello",
        "expect server_hello",
        *CLIENT_KEYS,
        *compatibility,
        "write with client_handshake_traffic_secret",
        *CLIENT_ENDS,
    ]
    assert theirs.effects == ["expect client_hello", "send server_hello", *compatibility, *SERVER_ENDS]


@pytest.mark.parametrize("compatibility", [COMPATIBILITY, []], ids=["compatible", "plain"])
def test_two_round_trips(compatibility: list[str]) -> None:
    """Each side sends one change_cipher_spec, as early as it may (appendix E.4)."""
    settings = {"key_share_groups": ()} | ({} if compatibility else {"legacy_session_id": b""})
    ours, theirs = tell(settings, {})
    assert ours.effects == [
        "send client_hello",
        "expect server_hello",
        *compatibility,
        "send client_hello",
        "expect server_hello",
        *CLIENT_KEYS,
        "write with client_handshake_traffic_secret",
        *CLIENT_ENDS,
    ]
    assert theirs.effects == [
        "expect client_hello",
        "send server_hello",  # that is, HelloRetryRequest
        *compatibility,
        "expect client_hello",
        "send server_hello",
        *SERVER_ENDS,
    ]


# Resumed, with early data and the limits of records


def resuming(*, lie: int = 0, register: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of both, for a session of a minute ago; the client may lie about its age, in milliseconds."""
    session = sessions.session(
        certificates=(), application_protocol=None, max_early_data=1000, lifetime=TICKET_LIFETIME
    )
    identity = tickets.seal(session, TICKET_KEY, bytes(12))
    assert identity is not None
    path = (peers_in_memory.family().leaf.der, peers_in_memory.family().authority.certificate.der)
    kept = replace(session, certificates=path, age_add=session.age_add + lie)
    ours = {"ticket": Ticket(identity, kept), "replayable_early_data": True, "record_size_limit": 300}
    started_at = certificates.NOW - timedelta(days=1)
    anti_replay = StrikeRegister(started_at=started_at, lock=Lock()) if register else None
    theirs = {
        "max_replayable_early_data": 1000,
        "anti_replay": anti_replay,
        "record_size_limit": 400,
        "max_skipped_early_data": 5000,
        **TICKETS,
    }
    return ours, theirs


EARLY = [
    "send client_hello",
    "log client_early_traffic_secret, early_exporter_secret",
    *COMPATIBILITY,
    "write with client_early_traffic_secret, early data 1000",
    "expect server_hello",
]
LOG_HANDSHAKE = "log client_handshake_traffic_secret, server_handshake_traffic_secret"
LOG_APPLICATION = CLIENT_ENDS[4]


def test_early_data_that_is_accepted() -> None:  # section 4.6 [3]
    ours, theirs = tell(*resuming())
    assert ours.effects == [
        *EARLY,
        LOG_HANDSHAKE,
        "read with server_handshake_traffic_secret",
        "expect encrypted_extensions",
        "LimitSent 400",
        "LimitReceived 300",
        "expect finished",
        LOG_APPLICATION,
        "send end_of_early_data",
        "write with client_handshake_traffic_secret",
        "send finished",
        "write with client_application_traffic_secret_0",
        "read with server_application_traffic_secret_0",
    ]
    assert theirs.effects == [
        "expect client_hello",
        "send server_hello",
        *COMPATIBILITY,
        LOG_HANDSHAKE,
        "log client_early_traffic_secret, early_exporter_secret",
        "read with client_early_traffic_secret, early data 1000",
        "write with server_handshake_traffic_secret",
        "LimitSent 300",
        "send encrypted_extensions",
        "send finished",
        LOG_APPLICATION,
        "write with server_application_traffic_secret_0",
        "SendData",
        "expect end_of_early_data",
        "read with client_handshake_traffic_secret",
        "LimitReceived 400",
        "expect finished",
        "read with client_application_traffic_secret_0",
        "send new_session_ticket",
        "send new_session_ticket",
    ]
    for kept in (ours.kept, theirs.kept):
        assert kept is not None
        assert kept.early_exporter is not None
        assert kept.resumption is not None


@pytest.mark.parametrize("refusal", [{"lie": 20_000}, {"register": False}])
def test_early_data_that_is_refused(refusal: dict[str, Any]) -> None:
    ours, theirs = tell(*resuming(**refusal))
    assert ours.effects[: len(EARLY) + 8] == [
        *EARLY,
        LOG_HANDSHAKE,
        "read with server_handshake_traffic_secret",
        "expect encrypted_extensions",
        "LimitSent 400",
        "LimitReceived 300",
        "write with client_handshake_traffic_secret",
        "expect finished",
        LOG_APPLICATION,
    ]
    assert "send end_of_early_data" not in ours.effects
    at = theirs.effects.index("read with client_handshake_traffic_secret")
    assert theirs.effects[at + 1] == "SkipEarlyData 5000"
    assert "SendData" not in theirs.effects


def test_early_data_that_a_hello_retry_request_rules_out() -> None:
    ours, theirs = resuming()
    client_told, server_told = tell(ours | {"key_share_groups": ()}, theirs)
    at = len(EARLY)
    assert client_told.effects[: at + 5] == [
        *EARLY,
        "write in the clear",
        "send client_hello",
        "expect server_hello",
        LOG_HANDSHAKE,
        "read with server_handshake_traffic_secret",
    ]
    assert client_told.effects[at + 5] == "write with client_handshake_traffic_secret"
    assert server_told.effects[:6] == [
        "expect client_hello",
        "send server_hello",
        *COMPATIBILITY,
        "SkipEarlyData 5000",
        "expect client_hello",
        "send server_hello",
    ]
    assert not [effect for effect in server_told.effects[6:] if "Early" in effect]


@pytest.mark.parametrize("known", [True, False])
def test_a_client_that_is_asked_who_it_is(known: bool) -> None:
    keys = (peers_in_memory.client_key(),) if known else ()
    ours, theirs = tell({"certified_keys": keys}, peers_in_memory.asking(require=known))
    at = ours.effects.index(LOG_APPLICATION)
    proof = ["send certificate", "send certificate_verify"] if known else ["send certificate"]
    assert ours.effects[at + 1 : at + 2 + len(proof)] == [*proof, "send finished"]
    at = theirs.effects.index(LOG_APPLICATION)
    asked = ["expect certificate", "expect certificate_verify"] if known else ["expect certificate"]
    assert theirs.effects[at + 1 :] == [
        "write with server_application_traffic_secret_0",
        *asked,
        "expect finished",
        "read with client_application_traffic_secret_0",
    ]


def test_both_sides_come_to_the_same_session() -> None:
    ours, theirs = tell({"application_protocols": (b"h2",)}, {"application_protocols": (b"h2",)})
    one, other = ours.session, theirs.session
    assert one is not None
    assert other is not None
    assert (one.role, other.role) == ("client", "server")
    for name in (
        "cipher_suite",
        "group",
        "signature_scheme",
        "server_name",
        "application_protocol",
        "version",
    ):
        assert getattr(one, name) == getattr(other, name), name
    assert one.application_protocol == b"h2"
    assert one.server_name == "localhost"
    assert not one.hello_retried
    assert not other.hello_retried
    assert ours.kept is not None
    assert theirs.kept is not None
    assert ours.kept.exporter.value == theirs.kept.exporter.value
    assert ours.kept.early_exporter is theirs.kept.early_exporter is None
    assert theirs.kept.resumption is None  # it has no key to seal tickets with
    assert one.peer is not None
    assert one.peer.certificate == peers_in_memory.family().leaf
    assert other.peer is None


@pytest.mark.parametrize("sender", [0, 1])
def test_a_session_keeps_no_secret(sender: int) -> None:  # section 7.1 [1]
    """What it kept would open the records before a KeyUpdate as well (RFC 9846 section 7.2)."""
    told = tell({}, {})[sender]
    assert told.session is not None
    assert told.kept is not None
    kept = [getattr(told.session, field.name) for field in fields(told.session)]
    assert not [value for value in kept if isinstance(value, (Secret, TrafficSecrets))]
    assert not reachable.holds(told.session, told.kept.exporter.value)


def test_what_is_kept_shows_no_secret() -> None:
    ours, _ = tell({}, {})
    assert ours.kept is not None
    assert ours.kept.resumption is not None
    shown = repr(ours.kept)
    for secret in (ours.kept.exporter, ours.kept.resumption):
        assert repr(secret.value) not in shown
        assert secret.value.hex() not in shown


def test_settings_show_no_secret() -> None:
    shown = repr(peers_in_memory.client_settings()) + repr(peers_in_memory.server_settings())
    for secret in (peers_in_memory.CLIENT_PRIVATE_KEY, peers_in_memory.SERVER_PRIVATE_KEY):
        assert repr(secret) not in shown


@pytest.mark.parametrize("story", ["client", "server"])
def test_a_refusal_is_thrown_into_the_story_and_ends_it(story: str) -> None:
    waiting = (
        client.handshake(peers_in_memory.client_settings(), Conversation("client"))
        if story == "client"
        else server.handshake(peers_in_memory.server_settings(), Conversation("server"))
    )
    effect = next(waiting)
    while not isinstance(effect, ExpectMessage):
        effect = next(waiting)
    refusal = UnexpectedMessage("not now")
    with pytest.raises(UnexpectedMessage) as caught:
        waiting.throw(refusal)
    assert caught.value is refusal
    with pytest.raises(StopIteration):  # it is over, and does not come to a session
        waiting.send(b"")


def test_observers_see_every_message_of_both_sides() -> None:
    seen: list[object] = []
    ours = Told(client.handshake(peers_in_memory.client_settings(), Conversation("client", seen.append)))
    theirs = Told(server.handshake(peers_in_memory.server_settings(), Conversation("server")))
    theirs.resume(ours.sent.pop())
    for raw in theirs.sent:
        ours.resume(raw)
    told = [
        (one.sender, type(one.message).__name__, messages.encode(one.message) == one.raw)
        for one in seen
        if isinstance(one, HandshakeMessage)
    ]
    assert told == [
        ("client", "ClientHello", True),
        ("server", "ServerHello", True),
        ("server", "EncryptedExtensions", True),
        ("server", "Certificate", True),
        ("server", "CertificateVerify", True),
        ("server", "Finished", True),
        ("client", "Finished", True),
    ]
