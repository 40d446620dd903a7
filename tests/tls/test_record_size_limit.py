"""How large the records of a connection are: with padding (RFC 9846 section 5.4), and where their receiver
has a limit (RFC 8449 section 4)."""

from collections.abc import Iterator

import pytest

from record import padding
from record.content_type import ContentType
from record.framing import HEADER_SIZE, RecordBuffer
from record.protection import MAX_INNER_PLAINTEXT
from tests.support import remembered
from tests.support.peers_in_memory import (
    TICKETS,
    Link,
    application_data,
    client_settings,
    connected,
    server_settings,
)
from tls.events import ApplicationData, HandshakeComplete, SessionTicket

ROLES = ("client", "server")
LIMIT, TAG_SIZE = 64, 16


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def sizes(wire: bytes) -> list[int]:
    """Bytes in each protected record."""
    buffer = RecordBuffer()
    buffer.receive(wire)
    found = []
    while record := buffer.next_record(2**14 + 256):
        if record.content_type is ContentType.APPLICATION_DATA:
            found.append(len(record.fragment))
    return found


def test_the_limit_is_for_every_protected_record() -> None:
    """EncryptedExtensions says what we take, but what the client takes it has said before."""
    protocols = (b"a protocol of so long a name that EncryptedExtensions alone is more than the limit",)
    link = connected(
        client_settings(record_size_limit=LIMIT, application_protocols=protocols),
        server_settings(application_protocols=protocols),
    )
    assert max(sizes(link.sent_by("server"))) == LIMIT + TAG_SIZE


def test_a_limit_does_not_cut_a_flight() -> None:
    """Messages share a record as if there were none."""
    link = connected(client_settings(record_size_limit=2**14 + 1))
    assert len(sizes(link.sent_by("server"))) == 1


@pytest.mark.parametrize("policy", [padding.to_multiple_of(64), padding.full], ids=["64", "full"])
def test_padding_hides_lengths_and_is_taken_off(policy: padding.Policy) -> None:
    link = connected(client_settings(padding_policy=policy), server_settings(padding_policy=policy))
    seen = set()
    for data in (b"a", b"b" * 40, b"c" * 63):
        link.client.send(data)
        assert link.to_server() == [ApplicationData(data)]
        seen.add(len(link.flights[-1][1]))
    assert len(seen) == 1
    link.server.send(b"an answer")
    assert link.to_client() == [ApplicationData(b"an answer")]


@pytest.mark.parametrize("role", ROLES)
def test_each_pads_as_its_own_policy_says(role: str) -> None:
    policies = {"client": padding.none, "server": padding.none} | {role: padding.full}
    link = connected(
        client_settings(padding_policy=policies["client"]), server_settings(padding_policy=policies["server"])
    )
    for sender in ROLES:
        getattr(link, sender).send(b"!")
        link.to_server()
        link.to_client()
        size = MAX_INNER_PLAINTEXT if sender == role else 2
        assert len(link.flights[-1][1]) == HEADER_SIZE + size + TAG_SIZE


@pytest.mark.parametrize(("clients", "servers"), [(64, 300), (1000, 2**14 + 1)])
def test_no_record_is_larger_than_its_receiver_wants(clients: int, servers: int) -> None:
    """Content, type and padding together, for each direction its own."""
    link = Link(
        client_settings(record_size_limit=clients), server_settings(record_size_limit=servers, **TICKETS)
    )
    link.carry()
    kinds = [type(event) for event in link.client_events]
    assert kinds == [HandshakeComplete, SessionTicket, SessionTicket]
    for sender, size in (("server", clients), ("client", servers)):
        before = len(link.sent_by(sender))
        getattr(link, sender).send(bytes(2 * size))
        events = link.to_server() if sender == "client" else link.to_client()
        assert application_data(events) == bytes(2 * size)
        inner = [size, size, 3]
        assert sizes(link.sent_by(sender)[before:]) == [size + TAG_SIZE for size in inner]


def test_who_has_not_heard_of_limits_has_none() -> None:
    link = connected(server=server_settings(record_size_limit=64))
    link.client.send(bytes(1000))
    assert link.to_server() == [ApplicationData(bytes(1000))]
    assert len(sizes(link.flights[-1][1])) == 1
