"""Both stories told to each other, without record layer, connection or network.

A story is a generator: it yields what it wants done and is resumed with what it has waited for.  Here the
messages pass from one to the other by hand, and the effects of each are written down.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from handshake import client, messages, server
from handshake.effects import (
    ExpectMessage,
    HandshakeMessage,
    LogSecrets,
    ReadWith,
    SendChangeCipherSpec,
    SendMessage,
    Story,
    WriteWith,
)
from handshake.errors import UnexpectedMessage
from handshake.key_schedule import TrafficSecret, TrafficSecrets
from handshake.session import Session
from tests.support import peers_in_memory, remembered


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
            case LogSecrets(_, secrets, exporter_secret):
                return f"log {secrets.client.name.removeprefix('client_')}" + " and exporter" * bool(
                    exporter_secret
                )
        raise AssertionError(effect)


def tell(client_settings: dict[str, Any], server_settings: dict[str, Any]) -> tuple[Told, Told]:
    ours = Told(client.handshake(peers_in_memory.client_settings(**client_settings)))
    theirs = Told(server.handshake(peers_in_memory.server_settings(**server_settings)))
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
    "log application_traffic_secret_0 and exporter",
    "send finished",
    "write with client_application_traffic_secret_0",
    "read with server_application_traffic_secret_0",
]
SERVER_ENDS = [
    "log handshake_traffic_secret",
    "read with client_handshake_traffic_secret",
    "write with server_handshake_traffic_secret",
    "send encrypted_extensions",
    "send certificate",
    "send certificate_verify",
    "send finished",
    "log application_traffic_secret_0 and exporter",
    "write with server_application_traffic_secret_0",
    "expect finished",
    "read with client_application_traffic_secret_0",
]
CLIENT_KEYS = ["log handshake_traffic_secret", "read with server_handshake_traffic_secret"]
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
    assert one.exporter_secret == other.exporter_secret
    assert one.peer is not None
    assert one.peer.certificate == peers_in_memory.family().leaf
    assert other.peer is None


def test_a_session_keeps_no_traffic_secret() -> None:
    """What it kept would open the records before a KeyUpdate as well (RFC 9846 section 7.2)."""
    ours, _ = tell({}, {})
    assert ours.session is not None
    kept = [getattr(ours.session, field.name) for field in fields(ours.session)]
    assert not [value for value in kept if isinstance(value, (TrafficSecret, TrafficSecrets))]


def test_a_session_shows_no_secret() -> None:
    ours, _ = tell({}, {})
    assert ours.session is not None
    shown = repr(ours.session)
    assert repr(ours.session.exporter_secret) not in shown
    assert "secrets" not in shown


def test_settings_show_no_secret() -> None:
    shown = repr(peers_in_memory.client_settings()) + repr(peers_in_memory.server_settings())
    for secret in (peers_in_memory.CLIENT_PRIVATE_KEY, peers_in_memory.SERVER_PRIVATE_KEY):
        assert repr(secret) not in shown


@pytest.mark.parametrize("story", ["client", "server"])
def test_a_refusal_is_thrown_into_the_story_and_ends_it(story: str) -> None:
    waiting = (
        client.handshake(peers_in_memory.client_settings())
        if story == "client"
        else server.handshake(peers_in_memory.server_settings())
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
    ours = Told(client.handshake(peers_in_memory.client_settings(), seen.append))
    theirs = Told(server.handshake(peers_in_memory.server_settings()))
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
