"""A tape holds what came from outside, and no more than it takes to have it again."""

import pytest

from handshake.conversation import HandshakeMessage
from handshake.messages import Certificate, CertificateEntry
from tests.support import certificates, peers_in_memory, resumed, revocation_lists, taped
from tests.support.peers_in_memory import Link, client_settings, server_settings
from tls.connection import Connection
from tls.what_if import tape
from tls.what_if.replay import Replay
from tls.what_if.tape import MAX_RECEIVED, Recorder
from x509.profiles import Profile
from x509.trust_store import TrustStore


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


@pytest.mark.parametrize("failing", [False, True])
def test_what_answers_something_later_than_that_is_not_on_it(failing):
    recorder = Recorder()
    link = Link()
    link.client = Connection(client_settings(), recorder)
    link.carry()
    link.server.send(b"first")
    link.to_client()
    if failing:
        link.client.receive_data(b"\x17\x03\x03\x00\x20" + bytes(32))
    else:
        link.server.key_update(request_peer=True)
        link.to_client()
    assert link.client.data_to_send()  # an alert, or a KeyUpdate
    assert Replay(recorder.tape()).recorded[-1].refusal is None


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
    assert repr(recorded) == "Tape()"
