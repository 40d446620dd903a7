"""Each side says how large a protected record may be, and the other keeps to it.  RFC 8449 section 4.

And status_request beside it: the other thing that is said only to who has asked.  RFC 6066 section 8.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from handshake.certificate_extensions import CertificateStatus, StatusRequest
from handshake.certified_keys import CertifiedKey
from handshake.constants import HandshakeType
from handshake.errors import IllegalParameter, UnsupportedExtension
from handshake.extensions import RecordSizeLimit, SignatureAlgorithms, UnusedExtension
from handshake.messages import Certificate, CertificateEntry, CertificateRequest
from record import padding
from record.content_type import ContentType
from record.errors import RecordOverflow
from record.protection import MAX_INNER_PLAINTEXT
from tests.support import peers_in_memory, remembered
from tests.support.hostile import HostileClient, HostilePeer, HostileServer, assert_connected, assert_refused
from tests.support.peers_in_memory import TICKETS

LIMIT = 100
DATA = ContentType.APPLICATION_DATA


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def sizes(peer: HostilePeer) -> list[int]:
    """Of the protected records that the victim has sent."""
    return [heard.inner_size for heard in peer.heard if heard.protected]


def assert_keeps_to(peer: HostilePeer, limit: int) -> None:
    """The victim has done so in the handshake, and does so with data and padding."""
    assert max(sizes(peer)) == limit
    peer.victim.send(bytes(3 * limit))
    peer.listen()
    assert max(sizes(peer)) == limit
    assert [heard.content for heard in peer.heard[-4:-1]] == [bytes(limit - 1)] * 3


# Our server


@pytest.mark.parametrize("policy", [padding.none, padding.full])
@pytest.mark.parametrize("limit", [64, LIMIT])
def test_a_server_keeps_to_the_clients_limit(limit: int, policy: padding.Policy) -> None:
    """From EncryptedExtensions on, which are longer here than that."""
    protocol = b"a protocol with a name that does not fit into a record of sixty-four bytes"
    client = HostileClient(application_protocols=(protocol,), padding_policy=policy, **TICKETS)
    client.say_hello(record_size_limit=limit, application_protocols=(protocol,))
    client.say_finished()
    assert_connected(client)
    assert_keeps_to(client, limit)


@pytest.mark.parametrize("limit", [MAX_INNER_PLAINTEXT, MAX_INNER_PLAINTEXT + 1, 2**16 - 1])
def test_more_than_we_ever_send_is_no_limit(limit: int) -> None:
    client = HostileClient(padding_policy=padding.full)
    client.say_hello(extra=(RecordSizeLimit(limit),))
    client.say_finished()
    assert max(sizes(client)) == MAX_INNER_PLAINTEXT


def test_a_limit_below_64_bytes_is_refused() -> None:
    client = HostileClient()
    client.say_hello(extra=(RecordSizeLimit(63),))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


def limit_heard(client: HostileClient) -> RecordSizeLimit | None:
    (answer,) = client.heard_of(HandshakeType.ENCRYPTED_EXTENSIONS)
    found: RecordSizeLimit | None = answer.find(RecordSizeLimit)
    return found


def test_a_server_says_its_own_to_who_says_his() -> None:
    client = HostileClient(record_size_limit=LIMIT)
    client.say_hello(record_size_limit=200)
    assert limit_heard(client) == RecordSizeLimit(LIMIT)
    other = HostileClient(record_size_limit=LIMIT)
    other.say_hello()
    assert limit_heard(other) is None


def say_of_size(peer: HostilePeer, size: int) -> None:
    """Data in a record whose content, type and padding are so long."""
    assert peer.writes_with is not None
    peer.say_raw(peer.writes_with.seal(DATA, b"data", padding=size - 5))


def test_and_holds_him_to_it() -> None:
    client = HostileClient(record_size_limit=LIMIT)
    client.connect(record_size_limit=200)
    say_of_size(client, LIMIT)
    assert client.events[-1].data == b"data"  # type: ignore[union-attr]
    client.events.pop()
    say_of_size(client, LIMIT + 1)
    assert_refused(client, RecordOverflow, "record_overflow", "connected")


def test_in_the_handshake_too() -> None:
    client = HostileClient(record_size_limit=LIMIT)
    client.say_hello(record_size_limit=200)
    client.say(client.finished(), padding=LIMIT - 36)
    assert_refused(client, RecordOverflow, "record_overflow", "handshake")


def test_who_says_none_is_not_bound() -> None:
    client = HostileClient(record_size_limit=LIMIT)
    client.connect()
    say_of_size(client, MAX_INNER_PLAINTEXT)
    assert client.events[-1].data == b"data"  # type: ignore[union-attr]


# Our client


@pytest.mark.parametrize("policy", [padding.none, padding.full])
@pytest.mark.parametrize("limit", [64, LIMIT])
def test_a_client_keeps_to_the_servers_limit(limit: int, policy: padding.Policy) -> None:
    """In its certificate as well, which comes in several records then."""
    key = peers_in_memory.client_key()
    server = HostileServer(record_size_limit=2000, padding_policy=policy, certified_keys=(key,))
    server.say_flight(RecordSizeLimit(limit), until=Certificate)
    server.say(CertificateRequest(b"", (SignatureAlgorithms((0x0807,)),)))
    server.say_certificate()
    server.say_verify()
    server.say_finished()
    assert_connected(server)
    assert len(server.heard_of(HandshakeType.CERTIFICATE)[0].certificate_list) == 1
    assert_keeps_to(server, limit)


def test_a_client_holds_the_server_to_its_own() -> None:
    server = HostileServer(record_size_limit=LIMIT)
    server.say_hello()
    server.say_extensions(RecordSizeLimit(MAX_INNER_PLAINTEXT))
    certificate = server.certified_key.leaf.der
    assert len(certificate) > LIMIT
    server.say_certificate()
    assert_refused(server, RecordOverflow, "record_overflow", "handshake")


def test_but_not_one_that_does_not_know_the_extension() -> None:
    server = HostileServer(record_size_limit=LIMIT)
    server.connect()
    say_of_size(server, MAX_INNER_PLAINTEXT)
    assert server.events[-1].data == b"data"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "limit", "error", "alert"),
    [
        (None, LIMIT, UnsupportedExtension, "unsupported_extension"),
        (200, 63, IllegalParameter, "illegal_parameter"),
        (200, MAX_INNER_PLAINTEXT + 1, IllegalParameter, "illegal_parameter"),
    ],
)
def test_an_answer_that_is_refused(asked: int | None, limit: int, error: type[Exception], alert: str) -> None:
    server = HostileServer(record_size_limit=asked)
    server.say_hello()
    server.say_extensions(RecordSizeLimit(limit))
    assert_refused(server, error, alert, "handshake")


# status_request

RESPONSE = b"an OCSP response"


def stapling() -> CertifiedKey:
    family = peers_in_memory.family()
    return CertifiedKey((*family.chain, family.authority.certificate), family.leaf_key, RESPONSE)


def statuses(client: HostileClient) -> list[Any]:
    (certificate,) = client.heard_of(HandshakeType.CERTIFICATE)
    return [entry.extensions for entry in certificate.certificate_list]


def test_a_status_is_said_to_who_asks_beside_the_leaf() -> None:  # sections 4.5.1 [8] and 4.5.1.1 [1]
    client = HostileClient(certified_keys=(stapling(),))
    client.connect(status_request=True)
    assert statuses(client) == [(CertificateStatus(RESPONSE),), ()]


@pytest.mark.parametrize("extra", [(), (UnusedExtension(5, b"\x02?"),)])
def test_and_to_nobody_else(extra: tuple[Any, ...]) -> None:
    client = HostileClient(certified_keys=(stapling(),))
    client.connect(extra=extra)
    assert statuses(client) == [(), ()]


def test_who_has_none_says_none() -> None:
    client = HostileClient()
    client.connect(status_request=True)
    assert statuses(client) == [()]


def test_a_client_passes_it_on() -> None:
    server = HostileServer(status_request=True)
    assert server.client_hello.find(StatusRequest) == StatusRequest()
    server.say_flight(until=Certificate)
    entries = (
        CertificateEntry(stapling().leaf.der, (CertificateStatus(RESPONSE),)),
        *(
            CertificateEntry(issuer.der, (CertificateStatus(b"of the issuer"),))
            for issuer in stapling().certificate_chain[1:]
        ),
    )
    server.say(Certificate(entries))
    server.say_verify()
    server.say_finished()
    assert_connected(server)
    assert server.victim.session is not None
    assert server.victim.session.peer is not None
    assert server.victim.session.peer.ocsp_response == RESPONSE


def test_an_answer_is_no_duty() -> None:
    server = HostileServer(status_request=True)
    server.connect()
    assert server.victim.session is not None
    assert server.victim.session.peer is not None
    assert server.victim.session.peer.ocsp_response is None
