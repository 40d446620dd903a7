"""Whole connections in every suite, group and scheme, with an end that is none of ours.

Two ends of ours would agree on any mistake that they share: a hash of the wrong length, a secret with a byte
too few.  `tests.support.oracle` has been told the same things by the RFC and computes them with hashlib and
pyca/cryptography.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from handshake import messages
from handshake.constants import HandshakeType
from handshake.errors import DecodeError
from handshake.extensions import ClientKeyShares, SelectedGroup
from handshake.groups import GROUPS
from handshake.messages import CertificateVerify, Finished, KeyUpdate
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered
from tests.support.hostile import HostileClient, HostilePeer, HostileServer, assert_refused
from tests.support.peers_in_memory import X25519
from tls.events import PeerKeyUpdate
from x509.algorithms import KeyKind
from x509.private_keys import PrivateKey

SIGNED = [(number, kind) for number, scheme in SCHEMES.items() for kind in KeyKind if kind in scheme.kinds]

each_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda number: SUITES[number].number.name)
each_group = pytest.mark.parametrize("group", GROUPS, ids=lambda number: GROUPS[number].number.name)
each_scheme = pytest.mark.parametrize(
    ("scheme", "kind"), SIGNED, ids=lambda value: getattr(value, "name", None) or SCHEMES[value].number.name
)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def test_the_oracle_knows_what_we_know() -> None:
    """Or else something would be left out here."""
    assert oracle.SUITES.keys() == SUITES.keys()
    assert {X25519, oracle.X25519MLKEM768, *oracle.CURVES} == GROUPS.keys()
    assert {oracle.ED25519, *oracle.HASHES} >= SCHEMES.keys()
    assert {kind for _, kind in SIGNED} == set(KeyKind) == hostile.USUAL_SCHEME.keys()


def assert_talks_on(peer: HostilePeer) -> None:
    """Both have the keys of the application, and of the generations after them."""
    hostile.assert_still_talks(peer)
    for _ in range(2):
        say_key_update(peer, request_peer=True)
        hostile.assert_still_talks(peer)
        assert peer.messages_heard[-1] == messages.encode(KeyUpdate(0))
    peer.victim.key_update()
    hostile.assert_still_talks(peer)
    say_key_update(peer, request_peer=False)
    hostile.assert_still_talks(peer)


def say_key_update(peer: HostilePeer, *, request_peer: bool) -> None:
    peer.say(KeyUpdate(request_peer))
    assert peer.events[-1] == PeerKeyUpdate(reply_requested=request_peer)
    assert peer.writes_with is not None
    peer.writes_with = peer.writes_with.next_generation()


def assert_same_session(peer: HostilePeer, **expected: Any) -> None:
    """What the victim says of the connection, and what it exports (section 7.5); just after Finished."""
    session = peer.victim.session
    assert session is not None
    assert session.cipher_suite == peer.suite
    assert session.group == peer.group
    assert {name: getattr(session, name) for name in expected} == expected
    assert peer.secrets is not None
    through_server_finished = digest(peer, peer.transcript[:-1])
    suite, exporter = oracle.SUITES[peer.suite], peer.secrets.exporter(through_server_finished)
    for length in (1, 32, 100):
        expected = oracle.export(exporter, "EXPORTER-test", b"context", length, suite)
        assert peer.victim.export("EXPORTER-test", b"context", length) == expected


def assert_proved(client: HostileClient, key: PrivateKey) -> None:
    """The victim has signed and authenticated what was said, as pyca and hashlib see it."""
    at = [raw[0] for raw in client.transcript].index(HandshakeType.CERTIFICATE_VERIFY)
    verify, finished = map(messages.decode, client.transcript[at : at + 2])
    assert isinstance(verify, CertificateVerify)
    content = oracle.certificate_verify_content("server", digest(client, client.transcript[:at]))
    oracle.verify(certificates.theirs(key).public_key(), verify.signature, content, verify.algorithm)
    assert client.secrets is not None
    through_certificate_verify = digest(client, client.transcript[: at + 1])
    assert finished == Finished(client.secrets.server_handshake.finished(through_certificate_verify))


def digest(peer: HostilePeer, said: list[bytes]) -> bytes:
    return oracle.transcript_hash(*said, suite=oracle.SUITES[peer.suite])


# Our client


@each_suite
def test_our_client(suite: int) -> None:
    server = HostileServer(suite=suite)
    server.connect()
    assert_same_session(server, hello_retried=False)
    assert_talks_on(server)


@each_suite
@each_group
def test_our_client_asked_for_another_group(suite: int, group: int) -> None:  # section 9.1 [4, 5]
    """The first hello is replaced by its hash, whose length is part of what is hashed (section 4.1)."""
    keys = peers_in_memory.client_keys(*GROUPS)
    guessed = X25519 if group != X25519 else oracle.SECP256R1
    server = HostileServer(suite=suite, group=group, private_keys=keys, key_share_groups=(guessed,))
    server.ask_again(SelectedGroup(group))
    server.connect()
    assert_same_session(server, hello_retried=True)
    assert_talks_on(server)


@each_scheme
def test_our_client_verifies(scheme: int, kind: KeyKind) -> None:  # section 9.1 [3]
    server = HostileServer(
        certified_key=certificates.certified_key(kind), signature_schemes=(scheme,), suite=0x1302
    )
    server.say_flight(until=CertificateVerify)
    server.say_verify(scheme=scheme)
    server.say_finished()
    assert_same_session(server, signature_scheme=scheme)
    hostile.assert_still_talks(server)


# Our server


@each_suite
def test_our_server(suite: int) -> None:
    client = HostileClient(suite=suite)
    client.connect()
    assert_proved(client, peers_in_memory.family().leaf_key)
    assert_same_session(client, hello_retried=False)
    assert_talks_on(client)


@each_suite
@each_group
def test_our_server_asks_for_another_group(suite: int, group: int) -> None:  # section 9.1 [4, 5]
    client = HostileClient(suite=suite, group=group)
    client.say_hello(key_share_groups=())
    client.connect()
    assert_proved(client, peers_in_memory.family().leaf_key)
    assert_same_session(client, hello_retried=True)
    assert_talks_on(client)


@each_scheme
def test_our_server_signs(scheme: int, kind: KeyKind) -> None:
    key = certificates.certified_key(kind)
    client = HostileClient(certified_keys=(key,), suite=0x1302)
    client.say_hello(signature_schemes=(scheme,))
    client.say_finished()
    assert_proved(client, key.private_key)
    assert_same_session(client, signature_scheme=scheme)
    hostile.assert_still_talks(client)


# Finished is as long as the suite's hash (section 4.5.3), and no suite has another's

WRONG_LENGTHS = [
    (suite, length)
    for suite, known in oracle.SUITES.items()
    for length in (12, 32, 48, 64)
    if length != known.hash_size
]


@pytest.mark.parametrize(("suite", "length"), WRONG_LENGTHS)
def test_a_servers_finished_of_another_length(suite: int, length: int) -> None:
    server = HostileServer(suite=suite)
    server.say_flight(until=Finished)
    server.say_as_last(Finished((server.finished().verify_data * 2)[:length]))
    assert_refused(server, DecodeError, "decode_error", "handshake")


@pytest.mark.parametrize(("suite", "length"), WRONG_LENGTHS)
def test_a_clients_finished_of_another_length(suite: int, length: int) -> None:
    client = HostileClient(suite=suite)
    client.say_hello()
    client.say(Finished((client.finished().verify_data * 2)[:length]))
    assert_refused(client, DecodeError, "decode_error", "handshake")


# Shares


@each_group
def test_a_share_is_the_groups_public_value(group: int) -> None:
    server = HostileServer(group=group)
    private_key = peers_in_memory.client_keys(group)[group]
    share = hostile.KeyShareEntry(group, oracle.public_value(private_key, group))
    assert server.client_hello.find(ClientKeyShares) == ClientKeyShares((share,))
    server.connect()
    client = HostileClient(group=group)
    client.connect()
