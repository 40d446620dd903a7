"""Both stories told to each other, without record layer, connection or network.

A story is a generator: it yields what it wants done and is resumed with what it has waited for.  Here the
messages pass from one to the other by hand, and the effects of each are written down.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from handshake import client, messages, server
from handshake.conversation import Conversation, HandshakeMessage
from handshake.effects import (
    ExpectMessage,
    KeepSecrets,
    LogSecrets,
    ReadWith,
    SendChangeCipherSpec,
    SendMessage,
    Story,
    WriteWith,
)
from handshake.errors import UnexpectedMessage
from handshake.key_schedule import Secret, TrafficSecrets
from handshake.session import Session
from tests.support import peers_in_memory, reachable, remembered


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
        self.kept: KeepSecrets | None = None
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
            self.session = end.value

    def _in_short(self, effect: object) -> str:
        match effect:
            case SendMessage(raw):
                self.sent.append(raw)
                return f"send {messages.HandshakeType(raw[0]).name.lower()}"
            case SendChangeCipherSpec():
                return "send change_cipher_spec"
            case ReadWith(secret):
                return f"read with {secret.name}"
            case WriteWith(secret):
                return f"write with {secret.name}"
            case LogSecrets(_, secrets):
                return "log " + ", ".join(secret.name for secret in secrets)
            case KeepSecrets():
                self.kept = effect
                return "keep secrets"
        raise AssertionError(effect)


def tell(client_settings: dict[str, Any], server_settings: dict[str, Any]) -> tuple[Told, Told]:
    ours = Told(client.handshake(peers_in_memory.client_settings(**client_settings), Conversation("client")))
    theirs = Told(
        server.handshake(peers_in_memory.server_settings(**server_settings), Conversation("server"))
    )
    while ours.sent or theirs.sent:
        for teller, listener in ((ours, theirs), (theirs, ours)):
            while teller.sent:
                listener.resume(teller.sent.pop(0))
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
    "keep secrets",
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
    "keep secrets",
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
def test_a_session_keeps_no_secret(sender: int) -> None:
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
