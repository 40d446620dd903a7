"""Whoever has the key log hears what the client heard, and knows what he does not know."""

import contextlib
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from handshake import errors, messages
from handshake.constants import HandshakeType
from handshake.key_schedule import Derivation
from handshake.messages import ClientHello, ServerHello
from record import framing
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import certificates, peers_in_memory, tapped
from tests.support.damage import damage, disorder
from tests.support.tapped import Tapped
from tls import eavesdropper, keylog, wiretap
from tls import trace as traces
from tls.eavesdropper import Eavesdropper
from tls.streams import Stream
from tls.trace import Step, Trace, TracedCertificate, TracedMessage
from tls.wiretap import Overheard

CLIENT, SERVER = ("10.0.0.1", 40001), ("10.0.0.2", 443)
NOBODY_ELSES = {  # secrets that only the two ends have
    "handshake_secret",
    "derived from handshake_secret",
    "main_secret",
    "resumption_secret",
    "PSK",
}
WITH_PSK = NOBODY_ELSES | {"early_secret", "derived from early_secret"}


def heard(wire: list[tuple[Any, bytes]], lines: list[str]) -> Overheard:
    stream = Stream(CLIENT, SERVER, [(sender, bytearray(data)) for sender, data in wire])
    return wiretap.overhear(stream, keylog.read("\n".join(lines)))


def told(trace: Trace) -> list[Step]:
    """The steps, without the lines of source behind them: a client writes what an eavesdropper reads."""
    return [
        replace(step, parts=tuple(replace(part, line="") for part in step.parts))
        if isinstance(step, (TracedMessage, TracedCertificate))
        else step
        for step in trace.steps()
    ]


def blinded(step: Step, unknown: set[str]) -> Step:
    """A step of the client's own trace as an eavesdropper can tell it."""
    if not isinstance(step, Derivation) or step.name not in unknown:
        return step
    hidden = step.operation == "HKDF-Extract" and step.name != "main_secret"
    return replace(step, value=b"", context=b"" if hidden else step.context)


def expected(tap: Tapped, unknown: set[str] = NOBODY_ELSES) -> list[Step]:
    """The client's own trace from its ClientHello on: before that come binders, under keys of its own."""
    steps = [blinded(step, unknown) for step in told(tap.trace)]
    first = next(number for number, step in enumerate(steps) if isinstance(step, TracedMessage))
    return steps[first:]


SUITES = [{"cipher_suites": (suite,)} for suite in (0x1301, 0x1302, 0x1303)]
CLIENTS: list[dict[str, Any]] = [
    *SUITES,
    {"key_share_groups": ()},  # a HelloRetryRequest
    {"legacy_session_id": b""},  # no change_cipher_spec
    {"key_share_groups": (), "legacy_session_id": b""},
    {"application_protocols": (b"h2",), "record_size_limit": 200},
]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_trace_is_the_clients_own(client: dict[str, Any]) -> None:
    tap = tapped.meeting(client=client)
    tap.carry()
    tap.converse()
    overheard = heard(tap.seen, tap.lines)
    assert told(overheard.trace) == expected(tap)
    assert (overheard.remarks, overheard.version) == ((), "TLS_1_3 (0x304)")
    assert overheard.trace.role == "client"


@pytest.mark.parametrize("client", CLIENTS)
def test_on_the_way_the_same_is_heard_in_the_order_of_the_way(client: dict[str, Any]) -> None:
    tap = tapped.meeting(client=client)
    tap.carry()
    tap.converse()
    steps = told(heard(tap.wire, tap.lines).trace)
    for kind in (TracedMessage, TracedCertificate):
        assert [s for s in steps if isinstance(s, kind)] == [s for s in expected(tap) if isinstance(s, kind)]
    assert sorted(map(repr, steps)) == sorted(map(repr, expected(tap)))
    for sender in ("client", "server"):
        assert records(steps, sender) == records(expected(tap), sender)


def records(steps: list[Step], sender: str) -> list[Step]:
    found = [step for step in steps if isinstance(step, (PlainRecord, ProtectedRecord))]
    return [step for step in found if traces.sender_of(step, "client") == sender]


@pytest.mark.parametrize(("early", "taken"), [(False, True), (True, True), (True, False)])
def test_a_resumed_connection(early: bool, taken: bool) -> None:
    tap = tapped.returning(early=early, taken=taken)
    tap.carry()
    overheard = heard(tap.seen, tap.lines)
    assert told(overheard.trace) == expected(tap, WITH_PSK)
    assert overheard.remarks == ()


def test_a_client_with_a_certificate() -> None:
    client = {"certified_keys": (peers_in_memory.client_key(),)}
    tap = tapped.meeting(client=client, server=peers_in_memory.asking(require=True))
    tap.carry()
    tap.converse()
    overheard = heard(tap.seen, tap.lines)
    assert told(overheard.trace) == expected(tap)


def test_a_chain_is_taken_apart() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    tap = tapped.meeting(server={"certified_keys": (family.certified_key,)})
    tap.carry()
    opened = [
        step for step in heard(tap.wire, tap.lines).trace.steps() if isinstance(step, TracedCertificate)
    ]
    assert len(opened) == 2
    assert [b"".join(part.data for part in step.parts) for step in opened] == [c.der for c in family.chain]


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
    assert list(cut.steps()) == list(whole.trace.steps())


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
    overheard = heard(tap.wire, [])
    names = [step.name for step in overheard.trace.steps() if isinstance(step, TracedMessage)]
    assert names == ["ClientHello", "ServerHello"]
    random = peers_in_memory.CLIENT_RANDOM.hex()
    assert overheard.remarks == (
        f"the key log has nothing of this connection, client random {random}",
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
    assert closed in overheard.remarks


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


def test_a_record_that_does_not_open_is_named() -> None:
    tap = tapped.meeting()
    tap.carry()
    tap.converse()
    sender, data = tap.wire[-1]
    overheard = heard([*tap.wire[:-1], (sender, data[:-1] + bytes([data[-1] ^ 1]))], tap.lines)
    assert overheard.remarks == (
        "the server's record 1 under this key does not open, and so nothing after it",
        "1 record of the server stayed closed",
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
