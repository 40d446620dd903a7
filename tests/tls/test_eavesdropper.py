"""Whoever has the key log hears what the client heard, and knows what he does not know."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from handshake import errors, messages
from handshake.constants import HandshakeType, PskKeyExchangeMode
from handshake.derivation import Derivation
from handshake.messages import Certificate, CertificateEntry, ClientHello, Finished, ServerHello
from record import framing
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import certificates, peers_in_memory, remembered, tapped
from tests.support.damage import damage, disorder
from tests.support.oracle import X25519MLKEM768
from tests.support.peers_in_memory import X25519, client_keys, server_keys
from tests.support.tapped import Tapped
from tls import keylog
from tls.captures import eavesdropper, wiretap
from tls.captures.eavesdropper import Eavesdropper
from tls.captures.streams import Stream
from tls.captures.wiretap import Overheard
from tls.tracing import trace as traces
from tls.tracing.trace import Step, Trace, TracedCertificate, TracedMessage

CLIENT, SERVER = ("10.0.0.1", 40001), ("10.0.0.2", 443)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def heard(wire: list[tuple[Any, bytes]], lines: list[str]) -> Overheard:
    stream = Stream(CLIENT, SERVER, [(sender, bytearray(data)) for sender, data in wire])
    return wiretap.overhear(stream, keylog.read("\n".join(lines)))


SUITES = [{"cipher_suites": (suite,)} for suite in (0x1301, 0x1302, 0x1303)]
CLIENTS: list[dict[str, Any]] = [
    *SUITES,
    {"key_share_groups": ()},  # a HelloRetryRequest
    {"legacy_session_id": b""},  # no change_cipher_spec
    {"key_share_groups": (), "legacy_session_id": b""},
    {"application_protocols": (b"h2",), "record_size_limit": 200},
    {"psk_modes": ()},  # no resumption
]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_trace_is_the_clients_own(client: dict[str, Any]) -> None:
    tap = tapped.meeting(client=client)
    tap.carry()
    tap.converse()
    overheard = heard(tap.seen, tap.lines)
    assert tapped.bare(overheard.trace) == tapped.as_overheard(tap)
    assert (overheard.remarks, overheard.version) == ((), "TLS_1_3 (0x304)")
    assert overheard.trace.role == "client"


@pytest.mark.parametrize("client", CLIENTS)
def test_on_the_way_the_same_is_heard_in_the_order_of_the_way(client: dict[str, Any]) -> None:
    tap = tapped.meeting(client=client)
    tap.carry()
    tap.converse()
    steps = tapped.bare(heard(tap.wire, tap.lines).trace)
    for kind in (TracedMessage, TracedCertificate):
        assert [s for s in steps if isinstance(s, kind)] == [
            s for s in tapped.as_overheard(tap) if isinstance(s, kind)
        ]
    assert sorted(map(repr, steps)) == sorted(map(repr, tapped.as_overheard(tap)))
    for sender in ("client", "server"):
        assert records(steps, sender) == records(tapped.as_overheard(tap), sender)


@pytest.mark.parametrize("shares", [(X25519MLKEM768, X25519), (X25519,)], ids=["at once", "asked for"])
def test_the_hybrid(shares: tuple[int, ...]) -> None:
    """Its share is opened in the hello that has it, be it the second one."""
    keys = [keys_of(X25519MLKEM768, X25519) for keys_of in (client_keys, server_keys)]
    tap = tapped.meeting(
        client={"private_keys": keys[0], "key_share_groups": shares},
        server={**peers_in_memory.TICKETS, "private_keys": keys[1]},
    )
    tap.carry()
    tap.converse()
    overheard = heard(tap.seen, tap.lines)
    assert overheard.remarks == ()
    assert tapped.bare(overheard.trace) == tapped.as_overheard(tap)
    said = [step for step in overheard.trace.steps() if isinstance(step, TracedMessage)]
    opened = [{part.path.rpartition(".")[2]: len(part.data) for part in step.parts} for step in said]
    clients = [parts for parts in opened if "t_hat" in parts]
    servers = [parts for parts in opened if "u" in parts]
    assert [(parts["t_hat"], parts["rho"], parts["x25519"]) for parts in clients] == [(1152, 32, 32)]
    assert [(parts["u"], parts["v"], parts["x25519"]) for parts in servers] == [(960, 128, 32)]


def records(steps: list[Step], sender: str) -> list[Step]:
    found = [step for step in steps if isinstance(step, (PlainRecord, ProtectedRecord))]
    return [step for step in found if traces.sender_of(step, "client") == sender]


@pytest.mark.parametrize(("early", "taken"), [(False, True), (True, True), (True, False)])
def test_a_resumed_connection(early: bool, taken: bool) -> None:
    tap = tapped.returning(early=early, taken=taken)
    tap.carry()
    overheard = heard(tap.seen, tap.lines)
    assert tapped.bare(overheard.trace) == tapped.as_overheard(tap, tapped.WITH_PSK)
    assert overheard.remarks == ()


@pytest.mark.parametrize(
    "client",
    [
        {"cipher_suites": (0x1301, 0x1303)},  # two suites of one hash: which of them seals early data?
        {"key_share_groups": ()},  # a HelloRetryRequest, which refuses them
    ],
)
def test_early_data_that_take_some_finding_out(client: dict[str, Any]) -> None:
    tap = tapped.returning(**client)
    tap.carry()
    tap.client.send(b"question")
    tap.carry()
    overheard = heard(tap.seen, tap.lines)
    told = [step for step in tapped.as_overheard(tap) if not isinstance(step, Derivation)]  # but for binders
    assert [step for step in tapped.bare(overheard.trace) if not isinstance(step, Derivation)] == told
    assert overheard.remarks == ()
    sealed = [step.content for step in overheard.trace.steps() if isinstance(step, ProtectedRecord)]
    assert b"what could not wait" in sealed
    assert b"question" in sealed


def test_a_client_with_a_certificate() -> None:
    client = {"certified_keys": (peers_in_memory.client_key(),)}
    tap = tapped.meeting(client=client, server=peers_in_memory.asking(require=True))
    tap.carry()
    tap.converse()
    overheard = heard(tap.seen, tap.lines)
    assert tapped.bare(overheard.trace) == tapped.as_overheard(tap)


def test_a_chain_is_taken_apart() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    tap = tapped.meeting(server={"certified_keys": (family.certified_key,)})
    tap.carry()
    told = [step for step in heard(tap.wire, tap.lines).trace.steps() if isinstance(step, TracedCertificate)]
    assert len(told) == 2
    assert [b"".join(part.data for part in step.parts) for step in told] == [c.der for c in family.chain]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_any_fragmentation_tells_the_same(size: int) -> None:
    tap = tapped.meeting()
    tap.carry()
    tap.converse()
    pieces = [
        (sender, data[start : start + size])
        for sender, data in tap.wire
        for start in range(0, len(data), size)
    ]
    whole, cut = heard(tap.wire, tap.lines), Trace()
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), cut)
    for sender, piece in pieces:
        listener.hear(sender, piece)
    listener.end()
    assert tapped.bare(cut) == tapped.bare(whole.trace)


def test_each_step_has_the_line_that_tells_it() -> None:
    """Which is one of those that tell a client, but for what is told of records and of whole messages."""
    tap = tapped.meeting()
    tap.carry()
    for step, line, _ in heard(tap.wire, tap.lines).trace.told():
        told_here = isinstance(step, (TracedMessage, PlainRecord, ProtectedRecord))
        assert line.startswith("tls/captures/eavesdropper.py:" if told_here else ("handshake/", "x509/")), (
            step
        )
        for part in getattr(step, "parts", ()):
            assert part.line.startswith(("handshake/", "x509/"))


def test_messages_that_records_cut_up_are_told_before_their_records_by_the_client() -> None:
    tap = tapped.meeting()
    ((_, record), *rest) = _after_the_handshake(tap)
    content = record[framing.HEADER_SIZE :]
    cut = b"".join(framing.frame(ContentType.HANDSHAKE, piece) for piece in (content[:50], content[50:]))
    steps = list(heard([("client", cut), *rest], tap.lines).trace.steps())
    assert isinstance(steps[0], TracedMessage)
    assert [type(step) for step in steps[1:3]] == [PlainRecord, PlainRecord]
    assert heard([("client", cut), *rest], tap.lines).remarks == ()


def _after_the_handshake(tap: Tapped) -> list[tuple[Any, bytes]]:
    tap.carry()
    return tap.wire


# What the key log does not have


def test_without_a_key_log_only_the_hellos_are_heard() -> None:
    tap = tapped.meeting()
    tap.carry()
    other = f"SERVER_TRAFFIC_SECRET_0 {bytes(32).hex()} {bytes(32).hex()}"
    (said, *_) = heard(tap.wire, [other]).remarks
    random = peers_in_memory.CLIENT_RANDOM.hex()
    assert said == f"the key log has nothing of this connection, client random {random}"
    overheard = heard(tap.wire, [])
    names = [step.name for step in overheard.trace.steps() if isinstance(step, TracedMessage)]
    assert names == ["ClientHello", "ServerHello"]
    assert overheard.remarks == (
        "there is no key log: nothing after the hellos can be heard",
        "1 record of the client stayed closed",
        "2 records of the server stayed closed",
    )
    values = {step.name: step.value for step in overheard.trace.steps() if isinstance(step, Derivation)}
    assert values["early_secret"] != b""  # anybody can compute it
    assert values["client_handshake_traffic_secret"] == b""


def without(lines: list[str], *labels: str) -> list[str]:
    return [line for line in lines if line.split()[0] not in labels]


@pytest.mark.parametrize(
    ("missing", "closed"),
    [
        ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "5 records of the client stayed closed"),
        ("CLIENT_TRAFFIC_SECRET_0", "4 records of the client stayed closed"),
        ("SERVER_TRAFFIC_SECRET_0", "4 records of the server stayed closed"),
        ("SERVER_HANDSHAKE_TRAFFIC_SECRET", "5 records of the server stayed closed"),
    ],
)
def test_a_secret_that_is_missing_keeps_its_records_closed(missing: str, closed: str) -> None:
    tap = tapped.meeting()
    tap.carry()
    tap.converse()
    overheard = heard(tap.wire, without(tap.lines, missing))
    assert overheard.remarks[-1] == closed
    assert not any("does not open" in remark for remark in overheard.remarks)


def test_early_data_whose_key_is_not_logged_are_stepped_over() -> None:
    for taken in (True, False):
        tap = tapped.returning(taken=taken)
        tap.carry()
        tap.client.send(b"question")
        tap.carry()
        overheard = heard(tap.wire, without(tap.lines, "CLIENT_EARLY_TRAFFIC_SECRET"))
        closed = "2 records" if taken else "1 record"  # with the EndOfEarlyData
        assert overheard.remarks == (f"{closed} of the client stayed closed",)
        sealed = [step for step in overheard.trace.steps() if isinstance(step, ProtectedRecord)]
        assert (sealed[-1].operation, sealed[-1].content) == ("seal", b"question")


def test_secrets_of_another_suite_open_nothing() -> None:
    tap = tapped.meeting()
    tap.carry()
    lines = [f"{line}{'00' * 16}" for line in tap.lines]
    assert "3 records of the server stayed closed" not in heard(tap.wire, lines).remarks
    assert not any(isinstance(step, ProtectedRecord) for step in heard(tap.wire, lines).trace.steps())


def spoiled(wire: list[tuple[Any, bytes]], number: int) -> list[tuple[Any, bytes]]:
    """The wire with the last byte of one chunk changed."""
    spoiled = list(wire)
    sender, data = wire[number]
    spoiled[number] = sender, data[:-1] + bytes([data[-1] ^ 1])
    return spoiled


def test_a_record_that_does_not_open_is_named() -> None:
    tap = tapped.meeting()
    tap.carry()
    tap.converse()
    answer = max(number for number, (sender, _) in enumerate(tap.seen[:-1]) if sender == "server")
    assert heard(spoiled(tap.seen, answer), tap.lines).remarks == (
        "the server's record 0 under this key does not open, and so nothing after it",
        "2 records of the server stayed closed",
    )


def test_after_early_data_that_are_stepped_over_every_record_has_to_open() -> None:
    tap = tapped.returning()
    tap.carry()
    last = max(number for number, (sender, _) in enumerate(tap.seen) if sender == "client")
    lines = without(tap.lines, "CLIENT_EARLY_TRAFFIC_SECRET")
    assert heard(spoiled(tap.seen, last), lines).remarks == ("3 records of the client stayed closed",)
    tap.client.send(b"question")
    assert (
        heard(spoiled([*tap.seen, tap.seen[-1]], len(tap.seen) - 1), lines)
        .remarks[0]
        .startswith("the client's record 0 under this key does not open")
    )


def test_a_finished_over_something_else_is_named() -> None:
    """As where a message was lost, or another connection's secrets are in the log."""
    tap = tapped.meeting()
    tap.carry()
    (_, first), *rest = tap.wire
    hello = messages.decode(first[framing.HEADER_SIZE :])
    assert isinstance(hello, ClientHello)
    other = messages.encode(replace(hello, legacy_session_id=bytes(32)))
    overheard = heard([("client", framing.frame(ContentType.HANDSHAKE, other)), *rest], tap.lines)
    assert overheard.remarks == (
        "the server's Finished is about something else than what was heard",
        "the client's Finished is about something else than what was heard",
    )


# What is not TLS 1.3, or not understood


def plain(message: bytes) -> bytes:
    return framing.frame(ContentType.HANDSHAKE, message)


def answered(*said: bytes) -> Overheard:
    """A ClientHello and what somebody answers, in the clear."""
    tap = tapped.meeting()
    hello = tap.client.data_to_send()
    return heard([("client", hello), *(("server", data) for data in said)], tap.lines)


def test_another_version_is_named_and_left_alone() -> None:
    server_hello = ServerHello(bytes(32), b"", 0xC02F, ())
    certificate = b"\x0b\x00\x00\x03\x00\x00\x00"
    overheard = answered(plain(messages.encode(server_hello) + certificate), plain(certificate))
    assert overheard.version == "TLS_1_2 (0x303)"
    assert overheard.remarks == ("the server chose TLS_1_2 (0x303): what is explained here is TLS 1.3",)
    assert not overheard.explained


def test_another_suite_is_named() -> None:
    tap = tapped.meeting()
    tap.carry()
    hello = tap.wire[1][1]
    number = hello.index(b"\x13\x03", 40)
    overheard = answered(hello[: number + 1] + b"\x04" + hello[number + 2 :])
    assert overheard.remarks == (
        "the server chose TLS_AES_128_CCM_SHA256 (0x1304), a suite that we do not have",
    )


def test_a_server_that_answers_nobody() -> None:
    tap = tapped.meeting()
    tap.carry()
    assert heard(tap.wire[1:2], tap.lines).remarks == ("there is no ClientHello that this server answers",)


def test_a_certificate_that_cannot_be_read_is_told_as_far_as_it_can() -> None:
    trace = Trace()
    listener = Eavesdropper({}, trace)
    leaf = bytearray(peers_in_memory.family().leaf.der)
    leaf[leaf.index(b"200101000000Z")] = ord("x")
    raw = messages.encode(Certificate((CertificateEntry(bytes(leaf)), CertificateEntry(bytes(leaf)))))
    listener._message(listener._server, raw)
    (remark,) = listener.remarks
    assert remark.startswith(
        "a certificate of the server cannot be read: certificate.tbsCertificate.validity"
    )
    assert [type(step) for step in trace.steps()] == [TracedMessage, TracedCertificate]


def test_a_server_that_says_no() -> None:
    overheard = answered(framing.frame(ContentType.ALERT, b"\x02\x28"))
    assert (overheard.version, overheard.remarks, overheard.explained) == ("", (), True)
    assert [type(step) for step in overheard.trace.steps()] == [TracedMessage, PlainRecord, PlainRecord]


def test_a_message_of_an_unknown_kind_is_counted_in_the_transcript() -> None:
    """As a compressed certificate is: what follows can be heard."""
    overheard = answered(plain(b"\x19\x00\x00\x02ab"))
    assert overheard.remarks == (
        "the server's message of type 25, 6 bytes, is of a kind that is not read here",
    )


@pytest.mark.parametrize(
    ("said", "remark"),
    [
        (b"HTTP/1.0 400 Bad Request", "content type 72 is none of TLS: is the peer speaking TLS?"),
        (plain(b"\x02\xff\xff\xff"), "a handshake message of 16777215 bytes, at most 131072"),
    ],
)
def test_what_cannot_be_understood_ends_its_side(said: bytes, remark: str) -> None:
    overheard = answered(said, said)
    assert overheard.remarks == (f"what the server says from here on cannot be understood: {remark}",)


def test_a_message_that_cannot_be_read_is_told_by_its_record_alone() -> None:
    overheard = answered(plain(b"\x02\x00\x00\x01\x03"))
    assert overheard.remarks[0].startswith("a message of the server cannot be read: server_hello.")
    assert [type(step) for step in overheard.trace.steps()] == [TracedMessage, PlainRecord, PlainRecord]


def test_what_stands_in_the_clear_where_it_should_not_is_not_listened_to() -> None:
    tap = tapped.meeting()
    tap.carry()
    wire = [*tap.wire, ("server", plain(b"\x18\x00\x00\x01\x00"))]
    assert heard(wire, tap.lines).remarks == (
        "a message of the server in the clear, where keys are in force",
    )


def test_a_key_update_beside_the_finished_changes_nothing() -> None:
    """A server that the client would refuse: there is no next generation of a handshake key."""
    listener = Eavesdropper({}, Trace())
    tap = tapped.meeting()
    tap.carry()
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), Trace())
    for sender, data in tap.wire[:2]:
        listener.hear(sender, data)
    assert listener._server.secret is not None
    listener._server.secret = listener._logged(
        listener._server,
        eavesdropper.HANDSHAKE,
        listener._suite,  # type: ignore[arg-type]
    )
    update = bytes([HandshakeType.KEY_UPDATE, 0, 0, 1, 0])
    listener._message(listener._server, update)
    listener._change_keys(listener._server, update)
    assert listener._server.secret is not None
    assert listener._server.secret.name == "server_handshake_traffic_secret"


def after_the_handshake(tap: Tapped) -> Eavesdropper:
    """A listener who has heard all that there was."""
    tap.carry()
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), Trace())
    for sender, data in tap.seen:
        listener.hear(sender, data)
    return listener


def test_a_ticket_that_comes_before_the_clients_finished_belongs_to_no_transcript() -> None:
    tap = tapped.meeting()
    tap.carry()
    finished = max(number for number, (sender, _) in enumerate(tap.seen) if sender == "client")
    tickets = [chunk for chunk in tap.seen[finished + 1 :] if chunk[0] == "server"]
    wire = [*tap.seen[:finished], *tickets, tap.seen[finished]]
    assert tickets
    assert heard(wire, tap.lines).remarks == ()


def test_a_hello_after_the_handshake_begins_nothing() -> None:
    tap = tapped.meeting()
    listener = after_the_handshake(tap)
    hello = tap.seen[0][1][framing.HEADER_SIZE :]
    for side in (listener._client, listener._server):
        listener._message(side, hello)
        assert listener._client.protection is not None
        assert listener._hello == messages.decode(hello)
    other = bytearray(hello)
    other[10] ^= 1
    listener._message(listener._server, bytes(other))
    assert listener._hello == messages.decode(hello)


def test_a_second_finished_begins_nothing_and_is_about_something_else() -> None:
    """As in authentication after the handshake (section 4.7.2)."""
    listener = after_the_handshake(tapped.meeting())
    finished = messages.encode(Finished(bytes(32)))
    for side in (listener._server, listener._client):
        listener._message(side, finished)
        listener._change_keys(side, finished)
    assert listener.remarks == []
    assert listener._server.coming is None


def test_a_finished_before_there_is_a_suite() -> None:
    """Under the early key, from a client that no server has answered yet."""
    tap = tapped.returning()
    tap.carry()
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), Trace())
    for sender, data in tap.seen[:3]:
        listener.hear(sender, data)
    assert listener._client.secret is not None
    listener._message(listener._client, messages.encode(Finished(bytes(32))))
    assert listener.remarks == []


def test_without_a_key_exchange_zeros_are_mixed_in() -> None:
    tap = tapped.returning(early=False, psk_modes=(PskKeyExchangeMode.PSK_KE,))
    tap.carry()
    overheard = heard(tap.seen, tap.lines)
    mixed_in = {step.name: step.context for step in overheard.trace.steps() if isinstance(step, Derivation)}
    assert (mixed_in["handshake_secret"], mixed_in["early_secret"]) == (bytes(32), b"")
    assert overheard.remarks == ()


def test_a_gap_in_the_capture_is_named() -> None:
    tap = tapped.meeting()
    tap.carry()
    stream = Stream(CLIENT, SERVER, [(s, bytearray(data)) for s, data in tap.wire], {"server": 1200})
    assert wiretap.overhear(stream, {}).remarks[-1] == (
        "after 1200 bytes of the server something is missing in the capture: what comes then is not heard"
    )


def test_what_is_heard_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tap = tapped.meeting()
    tap.carry()
    hello = len(tap.wire[0][1])
    monkeypatch.setattr(eavesdropper, "MAX_SIZE", hello + 10)
    overheard = heard(tap.wire, tap.lines)
    assert overheard.remarks == (f"only the first {hello + 10} bytes are heard",)
    assert [type(step) for step in overheard.trace.steps()] == [TracedMessage, PlainRecord]


def test_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take four new secrets, or have a remark: eight megabytes have room for a million."""
    monkeypatch.setattr(eavesdropper, "MAX_MESSAGES", 20)
    bounded = "only the first 20 messages are heard"
    tap = tapped.meeting()
    tap.carry()
    wire = [*tap.wire, *30 * [("server", plain(b"\x18\x00\x00\x01\x00"))]]  # where keys are in force
    remarks = heard(wire, tap.lines).remarks
    assert remarks[-1] == bounded
    assert len(remarks) < 20
    for _ in range(30):
        tap.client.key_update()
    tap.carry()
    overheard = heard(tap.wire, tap.lines)
    assert overheard.remarks == (bounded,)
    named = [step for step in overheard.trace.steps() if isinstance(step, TracedMessage)]
    assert len(named) == 20
    unknown = 30 * b"\x63\x00\x00\x00"
    overheard = heard([("client", plain(unknown)), ("server", plain(unknown))], [])
    assert overheard.remarks[20:] == (bounded,)


def test_early_data_belong_to_the_first_hello_and_a_suite_is_tried_once() -> None:
    tap = tapped.returning()
    tap.carry()
    hello = messages.decode(tap.seen[0][1][framing.HEADER_SIZE :])
    assert isinstance(hello, ClientHello)
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), Trace())
    listener._hear_client_hello(replace(hello, cipher_suites=hello.cipher_suites * 1000))
    assert len(listener._early_suites) == len(set(listener._early_suites)) > 0
    listener._hear_client_hello(hello)
    assert listener._early_suites == []


@pytest.mark.parametrize(
    ("sender", "data", "is_tls"),
    [
        ("client", b"\x16\x03\x01\x00\x05\x01", True),
        ("client", b"\x16\x03\x01\x00\x05", False),
        ("server", b"\x16\x03\x01\x00\x05\x01", False),
        ("client", b"\x15\x03\x01\x00\x05\x01", False),
        ("client", b"\x16\x02\xff\x00\x05\x01", False),
        ("client", b"\x16\x03\x05\x00\x05\x01", False),
        ("client", b"GET / HTTP/1.1", False),
    ],
)
def test_what_begins_as_tls_does(sender: Any, data: bytes, is_tls: bool) -> None:
    assert wiretap.is_tls(Stream(CLIENT, SERVER, [(sender, bytearray(data))])) is is_tls


# Whatever arrives


def hurt(number: int) -> None:
    """Damaged or disordered bytes: remarks at worst."""
    random = Random(number)
    tap = MEETINGS[number % len(MEETINGS)]
    wire = tap.wire
    if number % 3 == 0:
        wire = disorder(random, wire)
    else:
        at = random.randrange(len(wire))
        wire = [*wire[:at], (wire[at][0], damage(random, wire[at][1])), *wire[at + 1 :]]
    lines = disorder(random, tap.lines) if number % 5 == 0 else tap.lines
    if wire:
        list(heard(wire, lines).trace.steps())


def _meetings() -> list[Tapped]:
    taps = [tapped.meeting(), tapped.meeting(client={"key_share_groups": ()}), tapped.returning()]
    for tap in taps:
        tap.carry()
        tap.converse()
    return taps


MEETINGS = _meetings()


def test_damage_leads_to_remarks_and_never_to_an_error() -> None:
    for number in range(200):
        hurt(number)


def confuse(number: int) -> None:
    """Sealed messages that make no sense, in any state: whoever has the keys can send them."""
    random = Random(number)
    tap = MEETINGS[number % len(MEETINGS)]
    listener = Eavesdropper(keylog.read("\n".join(tap.lines)), trace := Trace())
    for sender, data in tap.seen[: random.randrange(len(tap.seen))]:
        listener.hear(sender, data)
    said = [step for step in tap.trace.steps() if isinstance(step, TracedMessage)]
    for step in disorder(random, said):
        raw = b"".join(part.data for part in step.parts)
        side = listener._sides[random.choice(("client", "server"))]
        side.messages.add(damage(random, raw) if random.random() < 0.3 else raw)
        with contextlib.suppress(*errors.PEER_FAULTS):
            listener._whole_messages(side)
    listener.end()
    list(trace.steps())


def test_messages_out_of_their_minds_lead_to_remarks() -> None:
    for number in range(100):
        confuse(number)


@pytest.mark.long
def test_many_messages_out_of_their_minds_lead_to_remarks() -> None:
    for number in range(5_000):
        confuse(number)


@pytest.mark.long
def test_much_damage_leads_to_remarks_and_never_to_an_error() -> None:
    for number in range(3_000):
        hurt(number)
