"""A tape holds what came from outside, and is read as strictly as anything that came from outside."""

import dataclasses
import json
from typing import Any

import pytest

from handshake.conversation import HandshakeMessage
from handshake.messages import Certificate, CertificateEntry
from handshake.settings import ClientSettings, Grease, ServerSettings
from record import padding
from tests.support import certificates, peers_in_memory, resumed, revocation_lists, taped
from tests.support.peers_in_memory import Link, client_settings, server_settings
from tls.connection import Connection
from tls.tracing import tape
from tls.tracing.tape import LEFT_OUT, MAX_RECEIVED, Recorder, TapeError
from tls.tracing.what_if import Replay
from x509.profiles import Profile
from x509.trust_store import TrustStore

CLIENTS: list[dict[str, Any]] = [
    {},
    {"grease": Grease(0x0A0A, 0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A), "pad_hello": True},
    {"key_share_groups": (), "record_size_limit": 500, "status_request": True},
    {"trust": None, "reference_identity": None, "server_name": None, "legacy_session_id": b""},
    {"ticket": resumed.ticket()},
    {"certified_keys": (peers_in_memory.client_key(),), "post_handshake_auth": True},
]
SERVERS = [{}, {}, {}, {}, peers_in_memory.TICKETS, peers_in_memory.asking(require=True)]


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("number", range(len(CLIENTS)))
def test_a_tape_is_read_as_it_was_written_and_can_be_played(number, role):
    recorded = taped.tape(role, client=CLIENTS[number], server=SERVERS[number])
    text = recorded.as_text()
    again = tape.from_text(text)
    assert again.as_text() == text
    assert (again.role, again.received, again.sent) == (role, recorded.received, recorded.sent)
    names = {field.name for field in dataclasses.fields(recorded.settings)} - {"trust"}
    for name in names:
        assert getattr(again.settings, name) == getattr(recorded.settings, name)
    Replay(again)


def test_it_holds_what_was_on_the_wire():
    link = peers_in_memory.connected()
    recorder = Recorder()
    client = Connection(client_settings(), recorder)
    client.receive_data(link.sent_by("server"))
    recorded = recorder.tape()
    assert recorded.received == link.sent_by("server")
    assert recorded.sent == link.sent_by("client") == client.data_to_send()


def test_it_ends_with_the_first_data_of_the_peer():
    recorder = Recorder()
    link = Link()
    link.client = Connection(client_settings(), recorder)
    link.carry()
    link.server.send(b"first")
    link.to_client()
    before = recorder.tape().received
    link.server.send(b"second")
    link.to_client()
    assert recorder.tape().received == before


@pytest.mark.parametrize("act", [lambda client: client.send(b"data"), Connection.close])
def test_what_the_application_has_sent_is_not_ours(act):
    recorder = Recorder()
    link = Link()
    link.client = Connection(client_settings(), recorder)
    link.carry()
    before = recorder.tape().sent
    act(link.client)
    assert recorder.tape().sent == before != b""


def test_a_cancelled_handshake_can_be_played():
    recorder = Recorder()
    client = Connection(client_settings(), recorder)
    before = client.data_to_send()
    client.close()
    assert client.data_to_send()
    assert recorder.tape().sent == before


def test_an_alert_of_ours_is_on_it():
    recorder = Recorder()
    client = Connection(client_settings(), recorder)
    before = client.data_to_send()
    client.receive_data(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    alert = client.data_to_send()
    assert alert
    assert recorder.tape().sent == before + alert
    assert Replay(recorder.tape()).recorded[-1].refusal.alert == "unexpected_message"


def test_it_does_not_grow_for_ever():
    recorder = Recorder()
    server = Connection(server_settings(), recorder)
    server.data_to_send()
    record = b"\x16\x03\x01\x40\x00" + b"\x01\x01\x00\x00" + bytes(2**14 - 4)
    for _ in range(200):
        recorder(tape.Received(record * 10))
    assert MAX_RECEIVED <= len(recorder.tape().received) < MAX_RECEIVED + 10 * len(record)


def test_without_a_connection_there_is_none():
    assert Recorder().tape() is None


def test_of_the_anchors_only_those_that_were_needed_are_on_it():
    store = TrustStore(
        [certificates.root(70, "Somebody Else").certificate, *peers_in_memory.family().trust.anchors],
        profile=Profile.WEB,
    )
    recorded = taped.tape(client={"trust": store}).settings.trust
    assert recorded.anchors == peers_in_memory.family().trust.anchors
    assert recorded.profile is Profile.WEB


def test_revocation_lists_are_needed():
    lists = (revocation_lists.list_of(peers_in_memory.client_authority()),)
    store = TrustStore(peers_in_memory.family().trust.anchors, revocation_lists=lists)
    assert taped.tape(client={"trust": store}).settings.trust.revocation_lists == lists


def test_a_certificate_that_cannot_be_read_needs_no_anchor():
    certificate = peers_in_memory.family().certified_key.leaf
    recorder = Recorder()
    recorder(tape.Begun(client_settings()))
    recorder(HandshakeMessage("server", Certificate((CertificateEntry(certificate.der[:-1]),)), b""))
    assert recorder.tape().settings.trust.anchors == ()


def test_the_anchors_of_a_session_that_is_resumed_are_needed():
    recorded = taped.tape(client={"ticket": resumed.ticket()}, server=peers_in_memory.TICKETS)
    assert recorded.settings.trust.anchors == peers_in_memory.family().trust.anchors
    assert Replay(recorded).recorded[-1].refusal is None


def test_a_repr_holds_no_secret():
    recorded = taped.tape()
    for secret in (peers_in_memory.CLIENT_PRIVATE_KEY, peers_in_memory.CLIENT_RANDOM):
        assert secret.hex() in recorded.as_text()
        assert str(secret)[2:-1] not in repr(recorded)
    assert repr(recorded) == "Tape()"


def test_every_setting_is_written_or_refused():
    for role, kind in (("client", ClientSettings), ("server", ServerSettings)):
        names = {field.name for field in dataclasses.fields(kind)}
        written = set(json.loads(taped.tape(role).as_text())["settings"])
        assert names - written == {name for name in LEFT_OUT if name in names}


@pytest.mark.parametrize(
    "settings",
    [
        {"padding_policy": padding.to_multiple_of(64)},
        {"extensions": (object(),)},
        {"external_psks": (object(),)},
        {"replayable_early_data": True},
    ],
)
def test_what_cannot_be_written_is_refused(settings):
    recorded = tape.Tape(client_settings(**settings), b"", b"")
    with pytest.raises(TapeError, match=f"a connection with {next(iter(settings))} cannot be recorded"):
        recorded.as_text()


# What a file may hold


def changed(change: Any, role: str = "client") -> str:
    held = json.loads(taped.tape(role).as_text())
    change(held)
    return json.dumps(held)


def settings_with(name: str, value: Any, role: str = "client") -> str:
    return changed(lambda held: held["settings"].__setitem__(name, value), role)


HOSTILE = {
    "nothing": "",
    "cut": taped.tape().as_text()[:-100],
    "no JSON": "random bytes \x00\x01",
    "deep": "[" * 100_000,
    "a list": "[]",
    "a number": "7",
    "a huge number": "9" * 10_000,
    "another format": '{"format": "something"}',
    "another version": changed(lambda held: held.update(version=2)),
    "a version that is no number": changed(lambda held: held.update(version=[1])),
    "no role": changed(lambda held: held.pop("role")),
    "another role": changed(lambda held: held.update(role="eavesdropper")),
    "a role that is a list": changed(lambda held: held.update(role=["client"])),
    "something more": changed(lambda held: held.update(more=1)),
    "nothing received": changed(lambda held: held.pop("received")),
    "received is no hex": changed(lambda held: held.update(received="xyz")),
    "received is a number": changed(lambda held: held.update(received=7)),
    "no settings": changed(lambda held: held.update(settings=None)),
    "a setting is missing": changed(lambda held: held["settings"].pop("random")),
    "an unknown setting": settings_with("shell", "rm"),
    "a flag that is a number": settings_with("pad_hello", 1),
    "a number that is a flag": settings_with("max_certificates", True),
    "a number below zero": settings_with("max_certificates", -1),
    "a number without bound": settings_with("max_certificates", 2**64),
    "a list that is text": settings_with("cipher_suites", "1301"),
    "a list of text": settings_with("cipher_suites", ["1301"]),
    "a time without its zone": settings_with("now", "2026-07-01T12:00:00"),
    "no time": settings_with("now", "noon"),
    "a name that is a number": settings_with("server_name", 7),
    "keys that are no pairs": settings_with("private_keys", [[29]]),
    "a key that is no hex": settings_with("private_keys", [[29, 7]]),
    "no certificate": settings_with("trust", {"anchors": ["00"], "revocation_lists": [], "profile": "WEB"}),
    "no profile": settings_with("trust", {"anchors": [], "revocation_lists": [], "profile": "LAX"}),
    "no ticket": settings_with("ticket", "00"),
    "not all of it": settings_with("grease", {"cipher_suite": 1}),
    "a key without a certificate": settings_with(
        "certified_keys", [{"certificate_chain": [], "private_key": "00", "ocsp_response": None}], "server"
    ),
    "a ticket key that is short": settings_with("ticket_keys", [{"name": "00", "key": "00"}], "server"),
    "who is asked": settings_with("client_certificates", "perhaps", "server"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_tape_is_refused_in_one_line(text):
    with pytest.raises(TapeError) as refused:
        tape.from_text(text)
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 200


def test_a_huge_file_is_not_read():
    with pytest.raises(TapeError, match="too large"):
        tape.from_text(" " * (tape.MAX_SIZE + 1))


@pytest.mark.parametrize(
    "text",
    [
        settings_with("private_keys", [[29, "00"]]),
        settings_with("private_keys", []),
        settings_with("key_share_groups", [7]),
        settings_with("cipher_suites", [7]),
        settings_with("signature_schemes", [7]),
        settings_with("reference_identity", "no name at all!"),
        settings_with("ticket_random", "", "server"),
        settings_with("private_keys", [], "server"),
        changed(lambda held: held.update(sent="00" + held["sent"])),
        settings_with("random", "00" * 32),
    ],
)
def test_a_tape_that_does_not_come_out_as_it_was_is_refused(text):
    with pytest.raises(TapeError, match=r"cannot be played|does not send what was sent"):
        Replay(tape.from_text(text))


def test_revocation_lists_are_kept():
    lists = (revocation_lists.list_of(peers_in_memory.client_authority()),)
    store = TrustStore(peers_in_memory.family().trust.anchors, revocation_lists=lists)
    recorded = tape.Tape(client_settings(trust=store), b"", b"")
    assert tape.from_text(recorded.as_text()).settings.trust.revocation_lists == lists
