"""A server asks after the handshake who the client is, and is answered.  RFC 9846 sections 4.3.6 and 4.7.2.

Three messages about the handshake and this one request; nothing else that was said meanwhile is in them.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from handshake import messages
from handshake.certificate_extensions import CertificateAuthorities, OidFilters, PostHandshakeAuth
from handshake.certified_keys import CertifiedKey
from handshake.constants import ExtensionType, HandshakeType
from handshake.errors import DecodeError, IllegalParameter, MissingExtension, UnexpectedMessage
from handshake.extensions import Extension, ServerKeyShare, SignatureAlgorithms, UnusedExtension
from handshake.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    Finished,
    KeyUpdate,
    NewSessionTicket,
)
from handshake.signatures import SCHEMES
from record.content_type import ContentType
from tests.support import certificates, hostile, oracle, remembered
from tests.support.hostile import Heard, HostileClient, HostileServer, assert_refused
from tests.support.oracle import Direction
from tests.support.peers_in_memory import CHACHA20
from tls.connection import MAX_MESSAGES_WITHOUT_DATA
from tls.events import CertificateRequested, SessionTicket
from x509 import encoding, oids
from x509.algorithms import KeyKind

AES_256_GCM = 0x1302
KEY = certificates.certified_key(KeyKind.P256)
UNKNOWN = UnusedExtension(0xABCD, b"?")


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def request(context: bytes = b"context", *extensions: Extension) -> CertificateRequest:
    return CertificateRequest(context, (SignatureAlgorithms(tuple(SCHEMES)), *extensions))


def connected(*keys: CertifiedKey, **settings: Any) -> HostileServer:
    """The server of a client that has these keys and may be asked for them."""
    server = HostileServer(certified_keys=keys, post_handshake_auth=True, **settings)
    server.connect()
    return server


def ask(server: HostileServer, said: CertificateRequest) -> list[bytes]:
    """What the victim answers, raw."""
    before = len(server.messages_heard)
    server.say(said)
    return server.messages_heard[before:]


def assert_answers(
    server: HostileServer,
    handshake: list[bytes],
    said: CertificateRequest,
    key: CertifiedKey = KEY,
    writes_with: Direction | None = None,
) -> None:
    """The victim shows `key`, and it is right by the oracle: about this handshake and this request alone."""
    suite = oracle.SUITES[server.suite]
    certificate, verify, finished = answer = ask(server, said)
    assert server.events[-1] == CertificateRequested(shown=True)
    heard = [handshake, [messages.encode(said)], answer]
    through = [raw for part in heard for raw in part]
    shown, proof = messages.decode(certificate), messages.decode(verify)
    assert isinstance(shown, Certificate)
    assert shown.certificate_request_context == said.certificate_request_context
    assert [entry.cert_data for entry in shown.certificate_list] == [key.leaf.der]
    assert isinstance(proof, CertificateVerify)
    content = oracle.certificate_verify_content("client", oracle.transcript_hash(*through[:-2], suite=suite))
    theirs = certificates.theirs(key.private_key).public_key()
    oracle.verify(theirs, proof.signature, content, proof.algorithm)
    reads_with = writes_with or server.reads_with
    assert reads_with is not None
    through_verify = oracle.transcript_hash(*through[:-1], suite=suite)
    assert messages.decode(finished) == Finished(reads_with.finished(through_verify))


# What is said


def test_who_may_be_asked_says_so() -> None:
    said = HostileServer(post_handshake_auth=True).client_hello
    assert said.find(PostHandshakeAuth) == PostHandshakeAuth()
    assert not HostileServer().client_hello.has(ExtensionType.POST_HANDSHAKE_AUTH)


@pytest.mark.parametrize("suite", [CHACHA20, AES_256_GCM])
@pytest.mark.parametrize("context", [b"context", b"", bytes(255)])
def test_a_client_is_asked_and_answers(suite: int, context: bytes) -> None:  # section 4.7.2 [1, 2]
    server = connected(KEY, suite=suite)
    assert_answers(server, server.transcript.copy(), request(context))
    hostile.assert_still_talks(server)


def test_it_is_asked_again_and_again() -> None:
    """Each answer is about the handshake and its own request."""
    server = connected(KEY)
    handshake = server.transcript.copy()
    for number in range(3):
        assert_answers(server, handshake, request(bytes([number])))
    hostile.assert_still_talks(server)


def test_tickets_and_data_leave_no_trace_in_it() -> None:
    server = connected(KEY)
    handshake = server.transcript.copy()
    server.say(NewSessionTicket(3600, 1, b"", b"ticket"))
    hostile.assert_still_talks(server)
    assert_answers(server, handshake, request())
    server.say(NewSessionTicket(3600, 1, b"n", b"another"))
    assert server.resumption_secret is not None
    kept = server.events[-1].ticket.session.key  # type: ignore[union-attr]
    assert kept == oracle.ticket_psk(server.resumption_secret, b"n")  # nor does the answer in what follows


def test_after_key_updates_the_finished_is_under_the_secret_in_use() -> None:
    server = connected(KEY)
    handshake = server.transcript.copy()
    server.victim.key_update()
    server.listen()
    server.say(KeyUpdate(0))
    assert server.writes_with is not None
    server.writes_with = server.writes_with.next_generation()
    assert_answers(server, handshake, request())
    hostile.assert_still_talks(server)


def test_the_three_messages_come_in_a_row() -> None:  # section 4.7.2 [4]
    """Whatever else is owed comes after them (section 4.7.2)."""
    server = connected(KEY)
    assert server.writes_with is not None
    update, asked = map(messages.encode, (KeyUpdate(1), request()))
    first = server.writes_with.seal(ContentType.HANDSHAKE, update)
    server.say_raw(first + server.writes_with.next_generation().seal(ContentType.HANDSHAKE, asked))
    assert [raw[0] for raw in server.messages_heard[-4:]] == [
        HandshakeType.CERTIFICATE,
        HandshakeType.CERTIFICATE_VERIFY,
        HandshakeType.FINISHED,
        HandshakeType.KEY_UPDATE,
    ]


def test_in_a_resumed_session_too() -> None:
    first = connected(KEY)
    first.say(NewSessionTicket(3600, 1, b"", b"ticket"))
    kept = first.events[-1].ticket  # type: ignore[union-attr]
    server = HostileServer(certified_keys=(KEY,), post_handshake_auth=True, ticket=kept)
    server.connect(psk=server.psks[0])
    assert_answers(server, server.transcript.copy(), request())


def test_a_ticket_that_comes_after_it_remembers_who_we_are() -> None:
    server = connected(KEY)
    server.say(NewSessionTicket(3600, 1, b"", b"before"))
    ask(server, request())
    for nonce in (b"1", b"2"):
        server.say(NewSessionTicket(3600, 1, nonce, b"after"))
        ask(server, request(b"", CertificateAuthorities((b"nobody",))))  # we show none, and it knows us still
    kept = [event.ticket.session for event in server.events if isinstance(event, SessionTicket)]
    assert [one.shown for one in kept] == [set(), {KEY.leaf.fingerprint}, {KEY.leaf.fingerprint}]


# Nothing to show


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), request()),
        ((KEY,), CertificateRequest(b"context", (SignatureAlgorithms((0x0807,)),))),
        ((KEY,), request(b"context", CertificateAuthorities((b"nobody",)))),
        ((KEY,), request(b"context", OidFilters(((encoding.oid(oids.KEY_USAGE), b"\x03\x02\x02\x04"),)))),
    ],
)
def test_an_empty_certificate_says_that_nothing_fits(  # section 4.7.2 [3]
    keys: tuple[CertifiedKey, ...], said: CertificateRequest
) -> None:
    server = connected(*keys)
    handshake = server.transcript.copy()
    certificate, finished = ask(server, said)
    assert messages.decode(certificate) == Certificate((), b"context")
    through = oracle.transcript_hash(*handshake, messages.encode(said), certificate)
    assert server.reads_with is not None
    assert messages.decode(finished) == Finished(server.reads_with.finished(through))
    assert server.events[-1] == CertificateRequested(shown=False)
    hostile.assert_still_talks(server)


def test_unknown_extensions_are_ignored() -> None:
    server = connected(KEY)
    assert_answers(server, server.transcript.copy(), request(b"context", UNKNOWN))


# What is refused


def test_who_did_not_offer_it_is_not_asked() -> None:  # section 4.7.2 [5]
    server = HostileServer(certified_keys=(KEY,))
    server.connect()
    server.say(request())
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


def test_nor_is_a_server() -> None:
    client = HostileClient()
    client.connect()
    client.say(request())
    assert_refused(client, UnexpectedMessage, "unexpected_message", "connected")


@pytest.mark.parametrize(
    ("said", "error", "alert"),
    [
        (CertificateRequest(b"context", ()), MissingExtension, "missing_extension"),
        (CertificateRequest(b"context", (UNKNOWN,)), MissingExtension, "missing_extension"),
        (
            request(b"context", OidFilters(((encoding.oid(oids.KEY_USAGE), b"?"),))),
            DecodeError,
            "decode_error",
        ),
        (
            request(b"context", ServerKeyShare(hostile.KeyShareEntry(29, bytes(32)))),
            IllegalParameter,
            "illegal_parameter",
        ),
    ],
)
def test_what_is_no_proper_request(said: CertificateRequest, error: type[Exception], alert: str) -> None:
    server = connected(KEY)
    server.say(said)
    assert_refused(server, error, alert, "connected")


@pytest.mark.parametrize("said", [Certificate(()), CertificateVerify(0x0807, bytes(64)), Finished(bytes(32))])
def test_a_server_says_nothing_else_of_a_handshake(said: messages.Message) -> None:
    server = connected(KEY)
    ask(server, request())
    server.say(said)
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


def test_signatures_are_not_given_without_end() -> None:
    """Each costs us more than the request costs the server."""
    server = connected()
    for _ in range(MAX_MESSAGES_WITHOUT_DATA):
        server.say(request())
    assert len(server.heard_of(HandshakeType.CERTIFICATE)) == MAX_MESSAGES_WITHOUT_DATA
    server.say(request())
    assert_refused(server, UnexpectedMessage, "unexpected_message", "connected")


def test_after_close_notify_nothing_is_said_any_more() -> None:
    server = connected(KEY)
    server.victim.close()
    server.listen()
    close_notify = Heard(True, ContentType.ALERT, b"\x01\x00")
    assert server.heard[-1] == close_notify
    assert ask(server, request()) == []
    assert server.heard[-1] == close_notify
    server.say_record(ContentType.APPLICATION_DATA, b"but it listens on")
    assert server.events[-1].data == b"but it listens on"  # type: ignore[union-attr]
