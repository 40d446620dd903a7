"""Wrong records, alerts and post-handshake messages, said to both roles in every state they fit.

Which handshake messages are refused is in tests/handshake/test_client.py and test_server.py; here it is what
both roles have in common.  As there, the last step of each script is the one that is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from handshake import extensions, messages
from handshake.constants import HandshakeType
from handshake.errors import AlertReceived, DecodeError, IllegalParameter, Truncated, UnexpectedMessage
from handshake.message_buffer import MAX_MESSAGE
from handshake.messages import KeyUpdate, NewSessionTicket
from handshake.psk_extensions import MaxEarlyData
from record.alert import AlertDescription
from record.content_type import ContentType
from record.errors import BadRecord, MalformedAlert, RecordOverflow, UnexpectedRecord
from record.framing import MAX_CIPHERTEXT, MAX_PLAINTEXT
from tests.support import hostile, remembered
from tests.support.hostile import (
    HostileClient,
    HostilePeer,
    HostileServer,
    Phase,
    assert_dead,
    assert_refused,
    assert_still_talks,
)
from tls.events import CloseNotify, ConnectionFailed, SessionTicket

ALERT, HANDSHAKE, DATA = ContentType.ALERT, ContentType.HANDSHAKE, ContentType.APPLICATION_DATA
CHANGE_CIPHER_SPEC = ContentType.CHANGE_CIPHER_SPEC
ROLES = ("client", "server")
HELLO: Phase = "hello"  # the hostile side has said nothing yet
IN_HANDSHAKE: Phase = "handshake"  # hellos have been exchanged
CONNECTED: Phase = "connected"
EVERYWHERE = (HELLO, IN_HANDSHAKE, CONNECTED)
UNDER_KEYS = (IN_HANDSHAKE, CONNECTED)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def peer_of(role: str, phase: Phase) -> Any:
    """A hostile peer whose victim has this role and has come so far."""
    peer = HostileServer() if role == "client" else HostileClient()
    if phase == IN_HANDSHAKE:
        peer.say_hello()
    elif phase == CONNECTED:
        peer.connect()
    return peer


@dataclass(frozen=True)
class Line:
    script: Callable[[Any], None]
    error: type[Exception]
    alert: str | None
    role: str
    phase: Phase


LINES: list[Line] = []


def refused(
    error: type[Exception], alert: str | None, phases: tuple[Phase, ...], roles: tuple[str, ...] = ROLES
) -> Callable[[Any], Any]:
    """Put a script into the table, once for each role and phase."""

    def collect(script: Any) -> Any:
        LINES.extend(Line(script, error, alert, role, phase) for role in roles for phase in phases)
        return script

    return collect


# Records (sections 5.1 and 5.2)


@refused(UnexpectedRecord, "unexpected_message", EVERYWHERE)
def a_record_of_a_type_that_nobody_knows(peer: HostilePeer) -> None:  # section 5 [5]
    peer.say_raw(b"\x18\x03\x03\x00\x01\x00")


@refused(UnexpectedRecord, "unexpected_message", EVERYWHERE)
def a_first_byte_is_enough(peer: HostilePeer) -> None:
    peer.say_raw(b"H")


@refused(RecordOverflow, "record_overflow", EVERYWHERE)
def a_plaintext_record_of_one_byte_too_many(peer: HostilePeer) -> None:  # section 5.1 [15]
    peer.say_raw(b"\x16\x03\x03" + (MAX_PLAINTEXT + 1).to_bytes(2, "big"))


@refused(RecordOverflow, "record_overflow", EVERYWHERE)
def a_protected_record_of_one_byte_too_many(peer: HostilePeer) -> None:  # section 5.2 [2]
    peer.say_raw(b"\x17\x03\x03" + (MAX_CIPHERTEXT + 1).to_bytes(2, "big"))


@refused(UnexpectedRecord, "unexpected_message", (HELLO,))
def application_data_in_the_clear_before_there_are_keys(peer: HostilePeer) -> None:  # section 5.1 [18]
    peer.say_in_the_clear(DATA, b"data")


@refused(UnexpectedRecord, "unexpected_message", (HELLO,))
def an_empty_handshake_record_in_the_clear(peer: HostilePeer) -> None:  # section 5.4 [3]
    peer.say_in_the_clear(HANDSHAKE, b"")


@refused(UnexpectedRecord, "unexpected_message", (HELLO,))
def an_empty_alert_record_in_the_clear(peer: HostilePeer) -> None:
    peer.say_in_the_clear(ALERT, b"")


@refused(UnexpectedMessage, "unexpected_message", (IN_HANDSHAKE,))
def application_data_before_finished(peer: HostilePeer) -> None:
    peer.say_record(DATA, b"data")


@refused(UnexpectedMessage, "unexpected_message", (IN_HANDSHAKE,))
def empty_application_data_before_finished(peer: HostilePeer) -> None:
    peer.say_record(DATA, b"")


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def application_data_in_the_clear(peer: HostilePeer) -> None:
    peer.say_in_the_clear(DATA, b"data")


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_protected_record_too_short_for_its_tag(peer: HostilePeer) -> None:
    peer.say_in_the_clear(DATA, bytes(15))


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_protected_record_of_nothing(peer: HostilePeer) -> None:
    peer.say_in_the_clear(DATA, b"")


def sealed(peer: HostilePeer, content_type: int = DATA, content: bytes = b"data") -> bytes:
    assert peer.writes_with is not None
    return peer.writes_with.seal(content_type, content)


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_bit_of_the_tag_is_flipped(peer: HostilePeer) -> None:  # section 5.2 [3]
    wire = sealed(peer)
    peer.say_raw(wire[:-1] + bytes([wire[-1] ^ 1]))


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_bit_of_the_ciphertext_is_flipped(peer: HostilePeer) -> None:
    wire = sealed(peer)
    peer.say_raw(wire[:5] + bytes([wire[5] ^ 0x80]) + wire[6:])


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def the_version_of_a_protected_record_is_edited(peer: HostilePeer) -> None:
    wire = sealed(peer)
    peer.say_raw(wire[:2] + b"\x04" + wire[3:])


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def the_length_of_a_protected_record_is_edited(peer: HostilePeer) -> None:
    wire = sealed(peer)
    peer.say_raw(wire[:4] + bytes([wire[4] - 1]) + wire[5:-1])


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_record_is_left_out(peer: HostilePeer) -> None:
    sealed(peer)
    peer.say_raw(sealed(peer))


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def a_record_is_repeated(peer: HostilePeer) -> None:
    wire = sealed(peer, ALERT, bytes([1, AlertDescription.USER_CANCELED]))  # which by itself is ignored
    peer.say_raw(wire)
    peer.say_raw(wire)


@refused(BadRecord, "bad_record_mac", UNDER_KEYS)
def the_victims_own_keys_are_no_good_to_speak_with(peer: HostilePeer) -> None:
    """Sent back, a record is not accepted either: each direction has its keys."""
    assert peer.reads_with is not None
    peer.say_raw(type(peer.reads_with)(peer.reads_with.secret).seal(DATA, b"data"))


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def nothing_but_padding(peer: HostilePeer) -> None:  # section 5.4 [5]
    assert peer.writes_with is not None
    peer.say_raw(peer.writes_with.seal_inner(bytes(100)))


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def not_even_padding(peer: HostilePeer) -> None:  # section 5.4 [5]
    assert peer.writes_with is not None
    peer.say_raw(peer.writes_with.seal_inner(b""))


@refused(RecordOverflow, "record_overflow", UNDER_KEYS)
def an_inner_plaintext_of_one_byte_too_many(peer: HostilePeer) -> None:  # section 5.4 [6]
    assert peer.writes_with is not None
    peer.say_raw(peer.writes_with.seal(DATA, bytes(MAX_PLAINTEXT), padding=1))


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def an_empty_handshake_record(peer: HostilePeer) -> None:  # section 5.4 [3]
    peer.say_record(HANDSHAKE, b"", padding=10)


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def an_empty_alert_record(peer: HostilePeer) -> None:  # section 5.4 [3]
    peer.say_record(ALERT, b"", padding=10)


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def a_protected_record_of_a_type_that_nobody_knows(peer: HostilePeer) -> None:  # section 5 [5]
    peer.say_record(24, b"heartbeat")


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def close_notify_forged_in_the_clear(peer: HostilePeer) -> None:
    """Or else anybody could truncate what the peer says, unnoticed."""
    peer.say_in_the_clear(ALERT, b"\x01\x00")


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def handshake_in_the_clear(peer: HostilePeer) -> None:
    peer.say_in_the_clear(HANDSHAKE, messages.encode(KeyUpdate(0)))


# change_cipher_spec (section 5)


@refused(UnexpectedRecord, "unexpected_message", (HELLO, IN_HANDSHAKE))
def change_cipher_spec_of_value_2(peer: HostilePeer) -> None:  # section 5 [2]
    peer.say_change_cipher_spec(b"\x02")


@refused(UnexpectedRecord, "unexpected_message", (HELLO, IN_HANDSHAKE))
def change_cipher_spec_of_two_bytes(peer: HostilePeer) -> None:
    peer.say_change_cipher_spec(b"\x01\x01")


@refused(UnexpectedRecord, "unexpected_message", (HELLO, IN_HANDSHAKE))
def empty_change_cipher_spec(peer: HostilePeer) -> None:
    peer.say_change_cipher_spec(b"")


@refused(UnexpectedRecord, "unexpected_message", UNDER_KEYS)
def protected_change_cipher_spec(peer: HostilePeer) -> None:  # section 5 [2]
    peer.say_record(CHANGE_CIPHER_SPEC, b"\x01")


@refused(UnexpectedRecord, "unexpected_message", (HELLO,), ("server",))
def change_cipher_spec_before_client_hello(peer: HostilePeer) -> None:  # section 5 [3]
    peer.say_change_cipher_spec()


@refused(UnexpectedRecord, "unexpected_message", (CONNECTED,))
def change_cipher_spec_after_finished(peer: HostilePeer) -> None:  # section 5 [3]
    peer.say_change_cipher_spec()


# Handshake messages in records (section 5.1)


@refused(UnexpectedMessage, "unexpected_message", EVERYWHERE)
def an_alert_in_the_middle_of_a_handshake_message(peer: HostilePeer) -> None:  # section 5.1 [3]
    peer.say_record(HANDSHAKE, b"\x01")
    peer.say_alert(AlertDescription.USER_CANCELED)


@refused(UnexpectedMessage, "unexpected_message", (CONNECTED,))
def application_data_in_the_middle_of_a_handshake_message(peer: HostilePeer) -> None:  # section 5.1 [3]
    peer.say_record(HANDSHAKE, messages.encode(KeyUpdate(0))[:4])
    peer.say_record(DATA, b"data")


@refused(UnexpectedMessage, "unexpected_message", (CONNECTED,))
def empty_application_data_in_the_middle_of_a_handshake_message(peer: HostilePeer) -> None:
    peer.say_record(HANDSHAKE, messages.encode(KeyUpdate(0))[:4])
    peer.say_record(DATA, b"")


@refused(DecodeError, "decode_error", EVERYWHERE)
def a_handshake_message_of_one_byte_too_many(peer: HostilePeer) -> None:
    """It is not waited for."""
    peer.say_record(HANDSHAKE, b"\x01" + (MAX_MESSAGE + 1).to_bytes(3, "big"))


@refused(DecodeError, "decode_error", EVERYWHERE)
def a_handshake_message_of_16_mebibytes(peer: HostilePeer) -> None:
    peer.say_record(HANDSHAKE, b"\x01\xff\xff\xff")


# Alerts (section 6)


@refused(MalformedAlert, "decode_error", EVERYWHERE)
def an_alert_of_one_byte(peer: HostilePeer) -> None:  # section 5.1 [11]
    peer.say_record(ALERT, b"\x02")


@refused(MalformedAlert, "decode_error", EVERYWHERE)
def an_alert_of_three_bytes(peer: HostilePeer) -> None:
    peer.say_record(ALERT, b"\x02\x28\x00")


@refused(MalformedAlert, "decode_error", EVERYWHERE)
def two_alerts_in_a_record(peer: HostilePeer) -> None:  # section 5.1 [11]
    peer.say_record(ALERT, b"\x01\x5a\x01\x00")


@refused(AlertReceived, None, (HELLO, IN_HANDSHAKE))
def close_notify_in_the_handshake(peer: HostilePeer) -> None:
    peer.say_alert(AlertDescription.CLOSE_NOTIFY, level=1)


@refused(AlertReceived, None, (HELLO, IN_HANDSHAKE))
def the_user_cancels_the_handshake(peer: HostilePeer) -> None:
    peer.say_alert(AlertDescription.USER_CANCELED, level=1)
    peer.say_alert(AlertDescription.CLOSE_NOTIFY, level=1)


@refused(AlertReceived, None, EVERYWHERE)
def an_alert_that_nobody_knows(peer: HostilePeer) -> None:  # section 6 [8]
    peer.say_alert(200)


@refused(AlertReceived, None, EVERYWHERE)
def a_fatal_alert_that_says_it_is_a_warning(peer: HostilePeer) -> None:  # section 6 [7]
    peer.say_alert(AlertDescription.HANDSHAKE_FAILURE, level=1)


# After the handshake (section 4.7)


@refused(IllegalParameter, "illegal_parameter", (CONNECTED,))
def key_update_of_value_2(peer: HostilePeer) -> None:  # section 4.7.3 [4]
    peer.say(b"\x18\x00\x00\x01\x02")


@refused(DecodeError, "decode_error", (CONNECTED,))
def key_update_of_two_bytes(peer: HostilePeer) -> None:
    peer.say(b"\x18\x00\x00\x02\x00\x00")


@refused(UnexpectedMessage, "unexpected_message", (CONNECTED,))
def two_key_updates_in_a_record(peer: HostilePeer) -> None:  # section 5.1 [5]
    """The second would have been under the old keys."""
    peer.say(KeyUpdate(0), KeyUpdate(0))


@refused(UnexpectedMessage, "unexpected_message", (CONNECTED,))
def bytes_behind_a_key_update(peer: HostilePeer) -> None:  # section 5.1 [6]
    peer.say(KeyUpdate(0), b"\x18")


@refused(BadRecord, "bad_record_mac", (CONNECTED,))
def the_old_keys_after_a_key_update(peer: HostilePeer) -> None:  # section 4.7.3 [3]
    peer.say(KeyUpdate(0))
    peer.say_record(DATA, b"data")


@refused(BadRecord, "bad_record_mac", (CONNECTED,))
def the_next_keys_without_a_key_update(peer: HostilePeer) -> None:  # section 4.7.3 [8]
    assert peer.writes_with is not None
    peer.say_raw(peer.writes_with.next_generation().seal(DATA, b"data"))


@refused(DecodeError, "decode_error", (CONNECTED,), ("client",))
def an_empty_ticket(peer: HostilePeer) -> None:
    peer.say(NewSessionTicket(7200, 0, b"nonce", b""))


@refused(IllegalParameter, "illegal_parameter", (CONNECTED,), ("client",))
def a_ticket_with_an_extension_twice(peer: HostilePeer) -> None:
    early_data = MaxEarlyData(0)
    peer.say(NewSessionTicket(7200, 0, b"nonce", b"ticket", (early_data, early_data)))


@refused(IllegalParameter, "illegal_parameter", (CONNECTED,), ("client",))
def a_ticket_with_an_extension_of_other_messages(peer: HostilePeer) -> None:
    cookie = extensions.Cookie(b"cookie")
    peer.say(NewSessionTicket(7200, 0, b"nonce", b"ticket", (cookie,)))


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.script.__name__}-{line.role}-{line.phase}")
def test_what_is_refused(line: Line) -> None:  # section 6.2 [1, 2]
    peer = peer_of(line.role, line.phase)
    line.script(peer)
    assert_refused(peer, line.error, line.alert, line.phase)


# The peer complains: its alert is reported and never answered


@pytest.mark.parametrize("phase", EVERYWHERE)
@pytest.mark.parametrize("role", ROLES)
def test_every_error_alert_ends_the_connection(role: str, phase: Phase) -> None:  # section 6 [2, 3]
    closures = {AlertDescription.CLOSE_NOTIFY, AlertDescription.USER_CANCELED}
    for description in [*set(AlertDescription) - closures, 1, 255]:
        peer = peer_of(role, phase)
        peer.say_alert(description)
        assert_refused(peer, AlertReceived, None, phase)
        assert peer.events[-1].error.description == description


# The stream ends


@pytest.mark.parametrize("half_a_record", [b"", b"\x17", b"\x17\x03\x03\x00\x20half"])
@pytest.mark.parametrize("phase", EVERYWHERE)
@pytest.mark.parametrize("role", ROLES)
# section 6.1 [6]
def test_the_end_of_the_stream_is_no_close_notify(role: str, phase: Phase, half_a_record: bytes) -> None:
    peer = peer_of(role, phase)
    if half_a_record:
        peer.say_raw(half_a_record)
    (failure,) = peer.victim.receive_eof()
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, Truncated)
    missing = "close_notify" if phase == CONNECTED else "the handshake was complete"
    assert str(failure.error) == f"the peer's stream ended before {missing}"
    assert_dead(peer.victim, failure.error)


# What is unusual and to be accepted


@pytest.mark.parametrize("phase", EVERYWHERE)
@pytest.mark.parametrize("role", ROLES)
def test_user_canceled_alone_is_waited_upon(role: str, phase: Phase) -> None:  # section 6.1 [4]
    """Section 6.1: go on reading until close_notify."""
    peer = peer_of(role, phase)
    events = list(peer.events)
    peer.say_alert(AlertDescription.USER_CANCELED, level=1)
    assert peer.events == events
    assert peer.alerts_heard() == []
    if phase == CONNECTED:
        peer.say_alert(AlertDescription.CLOSE_NOTIFY, level=1)
        assert peer.events[-1] == CloseNotify()


@pytest.mark.parametrize("level", [0, 1, 2, 255])
@pytest.mark.parametrize("role", ROLES)
def test_close_notify_of_any_level(role: str, level: int) -> None:
    peer = peer_of(role, CONNECTED)
    peer.say_alert(AlertDescription.CLOSE_NOTIFY, level)
    assert peer.events[-1] == CloseNotify()


def test_change_cipher_spec_may_come_at_any_time_in_a_clients_handshake() -> None:  # section 5 [1]
    server = HostileServer(key_share_groups=())
    steps: list[Callable[[], None]] = [
        server.ask_again,
        server.say_hello,
        server.say_extensions,
        server.say_certificate,
        server.say_verify,
    ]
    for step in steps:
        server.say_change_cipher_spec()
        server.say_change_cipher_spec()
        step()
    server.say_change_cipher_spec()
    server.say_finished()
    assert_still_talks(server)


def test_change_cipher_spec_may_come_at_any_time_in_a_servers_handshake() -> None:
    client = HostileClient()
    client.say_hello(key_share_groups=())
    client.say_change_cipher_spec()
    client.say_hello()
    client.say_change_cipher_spec()
    client.say_change_cipher_spec()
    client.say_finished()
    assert_still_talks(client)


def test_change_cipher_spec_is_dropped_even_between_the_halves_of_a_message() -> None:
    """Section 5 has it dropped without further processing, before section 5.1 counts records."""
    server = HostileServer()
    raw = messages.encode(server.server_hello())
    server.transcript.append(raw)
    server.say_record(HANDSHAKE, raw[:10])
    server.say_change_cipher_spec()
    server.say_record(HANDSHAKE, raw[10:])
    server.agree()
    for step in (server.say_extensions, server.say_certificate, server.say_verify, server.say_finished):
        step()
    assert_still_talks(server)


@pytest.mark.parametrize("padding", [1, 100, 10_000])
@pytest.mark.parametrize("role", ROLES)
def test_padding_is_taken_off(role: str, padding: int) -> None:
    peer = peer_of(role, CONNECTED)
    peer.say_record(DATA, b"padded", padding)
    assert peer.events[-1].data == b"padded"


@pytest.mark.parametrize("role", ROLES)
def test_empty_application_data_say_nothing(role: str) -> None:
    peer = peer_of(role, CONNECTED)
    events = list(peer.events)
    for padding in (0, 1, 1000):
        peer.say_record(DATA, b"", padding)
    assert peer.events == events
    assert_still_talks(peer)


@pytest.mark.parametrize("role", ROLES)
def test_a_full_record(role: str) -> None:
    peer = peer_of(role, CONNECTED)
    peer.say_record(DATA, b"x" * MAX_PLAINTEXT)
    assert peer.events[-1].data == b"x" * MAX_PLAINTEXT
    assert_still_talks(peer)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("role", ROLES)
def test_messages_may_be_cut_into_many_records(role: str, size: int) -> None:
    """Hellos and what is protected alike (section 5.1)."""

    def in_pieces(peer: HostilePeer, raw: bytes) -> None:
        peer.transcript.append(raw)
        for start in range(0, len(raw), size):
            peer.say_record(HANDSHAKE, raw[start : start + size])

    if role == "client":
        server = HostileServer()
        in_pieces(server, messages.encode(server.server_hello()))
        server.agree()
        in_pieces(server, messages.encode(messages.EncryptedExtensions()))
        server.say_certificate()
        in_pieces(server, messages.encode(server.certificate_verify()))
        server.say_finished()
        in_pieces(server, messages.encode(NewSessionTicket(7200, 0, b"nonce", b"ticket")))
        assert tickets(server) == [(b"ticket", 7200)]
        assert_still_talks(server)
    else:
        client = HostileClient()
        in_pieces(client, messages.encode(client.client_hello()))
        keys = client.writes_with
        in_pieces(client, messages.encode(client.finished()))
        assert client.writes_with is keys
        client.writes_with = client._client_application
        in_pieces(client, messages.encode(KeyUpdate(0)))
        assert client.writes_with is not None
        client.writes_with = client.writes_with.next_generation()
        assert_still_talks(client)


def test_messages_may_share_a_record() -> None:
    server = HostileServer()
    server.say_hello()
    extensions = messages.EncryptedExtensions()
    chain = tuple(
        messages.CertificateEntry(certificate.der) for certificate in hostile.peers_in_memory.family().chain
    )
    certificate = messages.Certificate(chain)
    transcript = list(server.transcript)
    server.transcript += [messages.encode(extensions), messages.encode(certificate)]
    verify = server.certificate_verify()
    server.transcript = transcript
    server.say(extensions, certificate, verify)
    server.say_finished()
    server.say(NewSessionTicket(1, 0, b"a", b"one"), NewSessionTicket(2, 0, b"b", b"two"))
    assert tickets(server) == [(b"one", 1), (b"two", 2)]
    assert_still_talks(server)


def test_the_longest_handshake_message_is_waited_for() -> None:
    assert MAX_MESSAGE == 131_072
    server = HostileServer()
    server.say_flight(until=messages.Certificate)
    server.say_record(HANDSHAKE, b"\x0b" + MAX_MESSAGE.to_bytes(3, "big"))
    for _ in range(0, MAX_MESSAGE - MAX_PLAINTEXT, MAX_PLAINTEXT):
        server.say_record(HANDSHAKE, bytes(MAX_PLAINTEXT))
    server.say_record(HANDSHAKE, bytes(MAX_PLAINTEXT - 1))
    assert server.events == []
    server.say_record(HANDSHAKE, b"\x00")  # and now it is judged
    assert_refused(server, DecodeError, "decode_error", "handshake")


def tickets(server: HostileServer) -> list[tuple[bytes, int]]:
    """The tickets that were reported after the handshake: identity and lifetime."""
    found = [event.ticket for event in server.events if isinstance(event, SessionTicket)]
    return [(ticket.identity, ticket.session.lifetime) for ticket in found]


@pytest.mark.parametrize(("lifetime", "kept"), [(0, []), (604_800, [604_800]), (2**32 - 1, [604_800])])
def test_tickets_are_reported_but_for_those_to_be_forgotten(lifetime: int, kept: list[int]) -> None:
    """For seven days at most; unknown extensions in them are ignored (sections 4.7.1 [9] and 9.3 [5])."""
    server = HostileServer()
    server.connect()
    unknown = extensions.UnusedExtension(0x0A0A, b"?")
    server.say(NewSessionTicket(lifetime, 1, b"", b"ticket", (unknown,)))
    assert tickets(server) == [(b"ticket", seconds) for seconds in kept]
    assert_still_talks(server)


def test_what_was_good_in_a_record_is_reported_before_what_was_not() -> None:
    server = HostileServer()
    server.connect()
    server.say(NewSessionTicket(7200, 0, b"nonce", b"ticket"), b"\x18\x00\x00\x01\x02")
    assert isinstance(server.events[-2], SessionTicket)
    assert tickets(server) == [(b"ticket", 7200)]
    assert_refused(server, IllegalParameter, "illegal_parameter", "connected")


# The many states of one connection after a failure


@pytest.mark.parametrize("role", ROLES)
def test_what_comes_after_a_failure_in_the_same_bytes_is_not_looked_at(role: str) -> None:  # section 6.2 [3]
    peer = peer_of(role, CONNECTED)
    wrong, right = sealed(peer, 24, b"?"), sealed(peer, DATA, b"data")
    peer.say_raw(wrong + right)
    assert_refused(peer, UnexpectedRecord, "unexpected_message", CONNECTED)


@pytest.mark.parametrize("role", ROLES)
def test_what_comes_before_a_failure_in_the_same_bytes_is_reported(role: str) -> None:
    peer = peer_of(role, CONNECTED)
    right, wrong = sealed(peer, DATA, b"data"), sealed(peer, 24, b"?")
    peer.say_raw(right + wrong)
    data, failure = peer.events[-2:]
    assert data.data == b"data"
    assert isinstance(failure.error, UnexpectedRecord)


def test_types_of_handshake_messages_are_named_in_the_refusal() -> None:
    for number, name in ((HandshakeType.FINISHED, "finished"), (77, "of unknown type 77")):
        client = HostileClient()
        client.say(bytes([number, 0, 0, 0]))
        assert str(client.events[-1].error) == f"handshake message {name}, expected client_hello"  # type: ignore[union-attr]
