"""A trace tells everything, in order, and a connection without one pays nothing."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from handshake import codec, conversation, derivation, key_schedule
from handshake import messages as handshake_messages
from handshake.derivation import Derivation
from handshake.effects import LogSecrets
from handshake.messages import EncryptedExtensions, NewSessionTicket
from handshake.psk_extensions import MaxEarlyData
from record import layer, protection
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import certificates, peers_in_memory, traced
from tls.connection import Connection
from tls.tracing import trace as traces
from tls.tracing.trace import Failure, Trace, TracedCertificate, TracedMessage
from x509 import der

ROOT = Path(__file__).parents[2]


def outline(trace: Trace) -> list[str]:
    """The steps in a word each."""
    return [_word(step) for step in trace.steps()]


def _word(step: traces.Step) -> str:
    match step:
        case TracedMessage(name, sender):
            return f"{sender}: {name}"
        case TracedCertificate(number):
            return f"certificate {number}"
        case Derivation(name):
            return name
        case PlainRecord(operation, _, content_type):
            return f"{operation} {content_type.name.lower()}"
        case ProtectedRecord(operation, sequence_number, content_type=content_type):
            return f"{operation} {content_type.name.lower()} {sequence_number}"
        case Failure(_, alert):
            return f"failure: {alert}"
    raise AssertionError(step)


def test_the_whole_story_of_a_client() -> None:
    assert outline(traced.handshake().client_trace) == [
        "client: ClientHello",
        "write handshake",
        "read handshake",
        "server: ServerHello",
        "early_secret",
        "derived from early_secret",
        "handshake_secret",
        "client_handshake_traffic_secret",
        "server_handshake_traffic_secret",
        "derived from handshake_secret",
        "server_handshake_traffic_secret: key",
        "server_handshake_traffic_secret: iv",
        "write change_cipher_spec",
        "client_handshake_traffic_secret: key",
        "client_handshake_traffic_secret: iv",
        "read change_cipher_spec",
        "open handshake 0",
        "server: EncryptedExtensions",
        "server: Certificate",
        "certificate 1",
        "server: CertificateVerify",
        "server: Finished",
        "server_handshake_traffic_secret: finished_key",
        "main_secret",
        "client_application_traffic_secret_0",
        "server_application_traffic_secret_0",
        "exporter_secret",
        "client_handshake_traffic_secret: finished_key",
        "client: Finished",
        "seal handshake 0",
        "client_application_traffic_secret_0: key",
        "client_application_traffic_secret_0: iv",
        "server_application_traffic_secret_0: key",
        "server_application_traffic_secret_0: iv",
        "resumption_secret",
    ]


def test_both_sides_tell_of_the_same_messages_and_secrets() -> None:
    both = traced.handshake(server=peers_in_memory.TICKETS)
    client, server = both.client_trace, both.server_trace
    assert secrets(client) == secrets(server)
    assert messages(client) == messages(server)
    assert [(sender, name) for name, sender, _ in messages(client)] == [
        ("client", "ClientHello"),
        ("server", "ServerHello"),
        ("server", "EncryptedExtensions"),
        ("server", "Certificate"),
        ("server", "CertificateVerify"),
        ("server", "Finished"),
        ("client", "Finished"),
        ("server", "NewSessionTicket"),
        ("server", "NewSessionTicket"),
    ]


def secrets(trace: Trace) -> dict[str, bytes]:
    return {step.name: step.value for step in trace.steps() if isinstance(step, Derivation)}


def messages(trace: Trace) -> list[tuple[str, str, bytes]]:
    """Name, sender and all bytes of each message."""
    found = [step for step in trace.steps() if isinstance(step, TracedMessage)]
    return [(step.name, step.sender, b"".join(part.data for part in step.parts)) for step in found]


def test_the_secrets_are_those_of_the_connection() -> None:
    kept: list[LogSecrets] = []
    both = traced.handshake(key_log=kept.append)
    assert both.client.session is not None
    _, agreed = kept
    told = secrets(both.server_trace)
    logged = {secret.name: secret.value for secret in agreed.secrets}
    assert logged.keys() == {
        "client_application_traffic_secret_0",
        "server_application_traffic_secret_0",
        "exporter_secret",
    }
    assert logged.items() <= told.items()


def test_a_retried_handshake() -> None:
    both = traced.retried()
    expected = ["ClientHello", "HelloRetryRequest", "ClientHello", "ServerHello"]
    assert [name for name, _, _ in messages(both.client_trace)][:4] == expected
    assert [name for name, _, _ in messages(both.server_trace)][:4] == expected


def test_each_certificate_of_a_chain_is_told_with_its_own_bytes() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    chain = tuple(certificate.der for certificate in family.chain)
    both = traced.handshake(server={"certified_keys": (family.certified_key,)})
    told = [step for step in both.client_trace.steps() if isinstance(step, TracedCertificate)]
    assert [step.number for step in told] == [1, 2]
    assert [b"".join(part.data for part in step.parts) for step in told] == list(chain)


def test_what_comes_after_the_handshake() -> None:
    both = traced.updated()
    client, server = outline(both.client_trace), outline(both.server_trace)
    assert client[client.index("resumption_secret") + 1 :] == [
        "seal application_data 0",
        "client: KeyUpdate",
        "client_application_traffic_secret_1",
        "seal handshake 1",  # still under the old keys
        "client_application_traffic_secret_1: key",
        "client_application_traffic_secret_1: iv",
        "seal application_data 0",
        "open handshake 0",
        "server: KeyUpdate",
        "server_application_traffic_secret_1",
        "server_application_traffic_secret_1: key",
        "server_application_traffic_secret_1: iv",
        "seal alert 1",
        "open application_data 0",
        "open alert 1",
    ]
    assert server.count("client: KeyUpdate") == server.count("server: KeyUpdate") == 1


def test_a_ticket_is_told() -> None:
    server, trace = traced.hostile_server()
    server.connect()
    ticket = NewSessionTicket(7200, 1, b"\x00", b"ticket", (MaxEarlyData(0),))
    server.say(ticket)
    assert outline(trace)[-2:] == ["server: NewSessionTicket", "PSK"]


def test_the_story_of_a_client_that_resumes_with_early_data() -> None:
    assert outline(traced.resumed_with_early_data().client_trace) == [
        "early_secret",
        "binder_key",
        "binder_key: finished_key",
        "client: ClientHello",
        "early_secret",
        "client_early_traffic_secret",
        "early_exporter_secret",
        "write handshake",
        "write change_cipher_spec",
        "client_early_traffic_secret: key",
        "client_early_traffic_secret: iv",
        "seal application_data 0",
        "read handshake",
        "server: ServerHello",
        "early_secret",
        "derived from early_secret",
        "handshake_secret",
        "client_handshake_traffic_secret",
        "server_handshake_traffic_secret",
        "derived from handshake_secret",
        "server_handshake_traffic_secret: key",
        "server_handshake_traffic_secret: iv",
        "read change_cipher_spec",
        "open handshake 0",
        "server: EncryptedExtensions",
        "server: Finished",
        "server_handshake_traffic_secret: finished_key",
        "main_secret",
        "client_application_traffic_secret_0",
        "server_application_traffic_secret_0",
        "exporter_secret",
        "client: EndOfEarlyData",
        "seal handshake 1",  # the last record under the early key
        "client_handshake_traffic_secret: key",
        "client_handshake_traffic_secret: iv",
        "client_handshake_traffic_secret: finished_key",
        "client: Finished",
        "seal handshake 0",
        "client_application_traffic_secret_0: key",
        "client_application_traffic_secret_0: iv",
        "server_application_traffic_secret_0: key",
        "server_application_traffic_secret_0: iv",
        "resumption_secret",
        "open handshake 0",
        "server: NewSessionTicket",
        "PSK",
        "server: NewSessionTicket",
        "PSK",
        "exporter_secret: EXPORTER-key",
        "exported for EXPORTER-key",
        "early_exporter_secret: EXPORTER-early",
        "exported for EXPORTER-early",
    ]


def test_both_sides_of_a_resumed_session_tell_the_same() -> None:
    both = traced.resumed_with_early_data()
    assert secrets(both.client_trace) == secrets(both.server_trace)
    assert messages(both.client_trace) == messages(both.server_trace)
    assert not any(isinstance(step, TracedCertificate) for step in both.client_trace.steps())


def test_early_data_that_is_stepped_over_is_told() -> None:
    both = traced.resumed_with_early_data(taken=False)
    assert "skip application_data" in outline(both.server_trace)
    assert "client_early_traffic_secret" in outline(both.client_trace)
    assert "client_early_traffic_secret" not in outline(both.server_trace)


def test_the_certificates_of_a_client_are_told_by_the_server() -> None:
    both = traced.handshake(
        server=peers_in_memory.asking(require=True), certified_keys=(peers_in_memory.client_key(),)
    )
    told = [step for step in both.server_trace.steps() if isinstance(step, TracedCertificate)]
    (leaf,) = peers_in_memory.client_key().certificate_chain
    assert [b"".join(part.data for part in step.parts) for step in told] == [leaf.der]
    names = [name for name, sender, _ in messages(both.server_trace) if sender == "client"]
    assert names == ["ClientHello", "Certificate", "CertificateVerify", "Finished"]


def test_the_role_is_that_of_who_begins() -> None:
    both = traced.handshake()
    assert (both.client_trace.role, both.server_trace.role) == ("client", "server")
    assert Trace().role == "server"  # who has heard nothing yet
    records = [step for step in both.server_trace.steps() if isinstance(step, (PlainRecord, ProtectedRecord))]
    senders = [traces.sender_of(record, "server") for record in records]
    assert senders == ["client", "server", "server", "server", "client", "client"]


# Handshakes that fail


def test_a_refused_message_is_told_as_far_as_it_was_read() -> None:
    server, trace = traced.hostile_server()
    hello = handshake_messages.encode(server.server_hello())
    cut = hello[4:-10]
    server.say(hello[:1] + len(cut).to_bytes(3, "big") + cut)
    record, refused, failure, alert = list(trace.steps())[-4:]
    assert isinstance(record, PlainRecord)
    assert isinstance(refused, TracedMessage)
    assert (refused.name, refused.sender) == ("ServerHello", "peer")
    assert "server_hello.cipher_suite" in [part.path for part in refused.parts]
    assert refused.parts[-1].path == "server_hello.extensions"  # a length that says more than there is
    assert failure == Failure(
        "DecodeError: server_hello.extensions: 46 bytes expected, 36 left", "decode_error"
    )
    assert isinstance(alert, PlainRecord)
    assert (alert.operation, alert.content_type) == ("write", ContentType.ALERT)


def test_a_refused_certificate_is_told_as_far_as_it_was_read() -> None:
    server, trace = traced.hostile_server()
    server.say_hello()
    server.say_extensions()
    leaf = bytearray(peers_in_memory.family().leaf.der)
    time = leaf.index(b"200101000000Z")
    leaf[time] = ord("x")
    server.say_certificate(bytes(leaf))
    told = list(trace.steps())
    certificate = next(step for step in told if isinstance(step, TracedCertificate))
    assert certificate.parts[-1].path == "certificate.tbsCertificate.validity"
    assert any(isinstance(step, Failure) and step.alert == "bad_certificate" for step in told)


def test_a_record_that_does_not_open_is_the_failure() -> None:
    server, trace = traced.hostile_server()
    server.say_hello()
    server.say_raw(b"\x17\x03\x03\x00\x20" + bytes(32))
    assert outline(trace)[-2:] == ["failure: bad_record_mac", "seal alert 0"]


def test_the_peers_complaint_is_answered_with_nothing() -> None:
    server, trace = traced.hostile_server()
    server.say_alert(40)
    record, failure = list(trace.steps())[-2:]
    assert isinstance(record, PlainRecord)
    assert failure == Failure("AlertReceived: the peer ended the connection: handshake_failure", "")


def test_a_stream_that_ends_too_early_is_told() -> None:
    trace = Trace()
    Connection(peers_in_memory.client_settings(), trace).receive_eof()
    assert outline(trace)[-1] == "failure: "


def test_an_unexpected_message_is_told_by_its_record() -> None:
    client, trace = traced.hostile_client()
    client.say(EncryptedExtensions())
    assert outline(trace) == ["read handshake", "failure: unexpected_message", "write alert"]


# Where it comes from


def line_of(file: str, code: str) -> str:
    """The one line of a file that has this code in it, as a trace names it."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if code in line)
    return f"{file}:{number}"


def test_each_step_has_the_line_that_made_it() -> None:
    both = traced.updated()
    for trace in (both.client_trace, both.server_trace):
        for step, line, _ in trace.told():
            for told in (line, *(part.line for part in getattr(step, "parts", ()))):
                file, _, number = told.rpartition(":")
                assert (ROOT / file).read_text("utf-8").splitlines()[int(number) - 1].strip(), told


def test_the_line_is_that_of_who_knows_what_it_is_about() -> None:
    told = {getattr(step, "name", ""): line for step, line, _ in traced.handshake().client_trace.told()}
    assert told["EncryptedExtensions"] == line_of("handshake/client.py", "talk.receive(EncryptedExtensions)")
    assert told["main_secret"] == line_of("handshake/key_schedule.py", 'self._salt, "main_secret"')
    hello, *_ = (step for step in traced.handshake().server_trace.steps() if isinstance(step, TracedMessage))
    lines = {part.path: part.line for part in hello.parts}
    assert lines["client_hello.cipher_suites"] == line_of(
        "handshake/messages.py", 'reader.vector16("cipher_suites"'
    )


def test_a_certificate_is_told_with_the_lines_that_read_it() -> None:
    (step,) = (
        step for step in traced.handshake().client_trace.steps() if isinstance(step, TracedCertificate)
    )
    lines = {part.path.rpartition(".")[2]: part.line for part in step.parts}
    assert lines["serialNumber"] == line_of("x509/certificate.py", 'integer("serialNumber"')


def test_an_observer_in_between_does_not_pass_for_the_source() -> None:
    trace = Trace()

    def observe(event: object) -> None:
        trace(event)

    Connection(peers_in_memory.client_settings(), observe)
    assert all(line for _, line, _ in trace.told())
    trace(Derivation("made here", "HKDF-Extract", "0", "", b"", "", b""))
    assert list(trace.told())[-1].line == ""


def test_each_sealed_record_is_told_with_its_secret() -> None:
    both = traced.resumed_with_early_data()
    for trace in (both.client_trace, both.server_trace):
        records = [told for told in trace.told() if isinstance(told.step, ProtectedRecord)]
        for step, _, secret in records:
            iv = secrets(trace)[f"{secret}: iv"]  # the nonce is the iv, XOR the sequence number
            number = int.from_bytes(iv, "big") ^ step.sequence_number  # type: ignore[union-attr]
            assert number.to_bytes(12, "big") == step.nonce  # type: ignore[union-attr]
        assert {secret for _, _, secret in records} >= {
            "client_early_traffic_secret",
            "client_handshake_traffic_secret",
            "server_application_traffic_secret_0",
        }


@pytest.mark.parametrize(
    "story", [traced.handshake, traced.retried, traced.updated, traced.resumed_with_early_data]
)
def test_every_value_of_the_key_schedule_can_be_computed_again(story: Any) -> None:
    both = story()
    for trace in (both.client_trace, both.server_trace):
        known = {"0": b""}
        hashes = {hashlib.sha256(b"").digest(): "no message"} | transcript_hashes(trace)
        for step in trace.steps():
            if isinstance(step, Derivation):
                assert recomputed(step, known[step.source]) == step.value, step.name
                known[step.name] = step.value
                if step.covers.startswith(("ClientHello", "no message")):
                    assert hashes[step.context] == step.covers
        assert len(known) > 20


def recomputed(step: Derivation, source: bytes) -> bytes:
    """HKDF-Extract and HKDF-Expand-Label, written once more (section 7.1, RFC 5869)."""
    if step.operation == "HKDF-Extract":
        return hmac.digest(source or bytes(32), step.context, "sha256")
    label = b"tls13 " + step.label.encode()
    sizes = len(step.value).to_bytes(2, "big"), bytes([len(label)]), bytes([len(step.context)])
    info = sizes[0] + sizes[1] + label + sizes[2] + step.context
    return hmac.digest(source, info + b"\x01", "sha256")[: len(step.value)]


def transcript_hashes(trace: Trace) -> dict[bytes, str]:
    """What each hash covers, in the words of the key schedule (section 4.4.1)."""
    said, found = b"", {}
    for step in trace.steps():
        if isinstance(step, TracedMessage):
            raw = b"".join(part.data for part in step.parts)
            if step.name == "HelloRetryRequest":
                said = b"\xfe\x00\x00\x20" + hashlib.sha256(said).digest()
            said += raw
            name = f"{step.sender} Finished" if step.name == "Finished" else step.name
            found[hashlib.sha256(said).digest()] = name if name == "ClientHello" else f"ClientHello..{name}"
    return found


# As data


def schema() -> Any:
    return json.loads((ROOT / "docs/trace.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("story", [traced.retried, traced.updated, traced.resumed_with_early_data])
def test_a_trace_is_as_its_schema_says(story: Any) -> None:
    both = story()
    for trace in (both.client_trace, both.server_trace):
        jsonschema.validate(json.loads(json.dumps(trace.as_dict())), schema())


def test_a_trace_of_a_failure_is_as_the_schema_says() -> None:
    server, trace = traced.hostile_server()
    hello = handshake_messages.encode(server.server_hello())
    server.say(hello[:1] + (len(hello) - 14).to_bytes(3, "big") + hello[4:-10])
    jsonschema.validate(json.loads(json.dumps(trace.as_dict())), schema())


@pytest.mark.parametrize("taken_away", ["role", "steps"])
def test_the_schema_misses_what_is_not_there(taken_away: str) -> None:
    told = traced.handshake().client_trace.as_dict()
    del told[taken_away]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema())


@pytest.mark.parametrize("number", range(4))
def test_the_schema_knows_every_key_of_a_step(number: int) -> None:
    """One of each kind: a message, a record in the clear, a secret, a sealed record."""
    kinds = ("TracedMessage", "PlainRecord", "Derivation", "ProtectedRecord")
    told = json.loads(json.dumps(traced.handshake().client_trace.as_dict()))
    step = next(step for step in told["steps"] if step["step"] == kinds[number])
    for change in (step | {"another": 1}, {key: step[key] for key in list(step)[:-1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(told | {"steps": [change]}, schema())


def test_a_trace_is_data_for_programs() -> None:
    both = traced.updated()
    told = json.loads(json.dumps(both.client_trace.as_dict()))
    assert told["warning"] == traces.WARNING
    assert told["left_out"] == 0
    steps = told["steps"]
    assert [step["step"] for step in steps[:3]] == ["TracedMessage", "PlainRecord", "PlainRecord"]
    assert all(step["section"].startswith(("RFC 9846 ", "RFC 5280 ")) for step in steps)
    hello = steps[0]
    assert hello["name"] == "ClientHello"
    assert hello["parts"][0] == {
        "path": "client_hello.msg_type",
        "offset": 0,
        "data": "01",
        "text": "client_hello (0x1)",
        "section": "RFC 9846 section 4",
        "meaning": hello["parts"][0]["meaning"],
        "line": hello["parts"][0]["line"],
        "is_length": False,
    }
    secret = next(step for step in steps if step.get("name") == "main_secret")
    assert bytes.fromhex(secret["value"]) == secrets(both.client_trace)["main_secret"]
    sealed = next(step for step in steps if step.get("operation") == "seal")
    assert sealed["content_type"] == "handshake"
    assert sealed["sequence_number"] == 0
    assert (sealed["sender"], sealed["secret"]) == ("client", "client_handshake_traffic_secret")
    assert told["role"] == "client"


def test_a_failure_is_data_too() -> None:
    server, trace = traced.hostile_server()
    server.say_alert(40)
    assert trace.as_dict()["steps"][-1] == {
        "step": "Failure",
        "error": "AlertReceived: the peer ended the connection: handshake_failure",
        "alert": "",
        "section": "RFC 9846 section 6.2",
        "meaning": "the connection is dead",
        "line": line_of("tls/connection.py", "self._observe(ConnectionFailed(error))"),
    }


@pytest.mark.parametrize(
    ("step", "section"),
    [
        (TracedMessage("Finished", "client", ()), "RFC 9846 section 4.5.3"),
        (TracedCertificate(1, ()), "RFC 5280 section 4.1"),
        (Derivation("x: key", "HKDF-Expand-Label", "x", "key", b"", "", b""), "RFC 9846 section 7.3"),
        (PlainRecord("read", bytes(5), ContentType.HANDSHAKE, b""), "RFC 9846 section 5.1"),
        (Failure("error", ""), "RFC 9846 section 6.2"),
    ],
)
def test_each_kind_of_step_has_its_note(step: traces.Step, section: str) -> None:
    assert traces.note_of(step).section == section


# Bounds and costs


def test_a_full_trace_only_counts_but_keeps_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    both = traced.handshake()
    before = len(outline(both.client_trace))
    monkeypatch.setattr(traces, "MAX_SIZE", both.client_trace._size + 2**16)
    for _ in range(4):  # two of them fit: content and cipher text are kept
        both.server.send(bytes(2**14))
    both.carry()
    both.client.receive_eof()
    assert outline(both.client_trace)[before:] == ["open application_data 0", "failure: "]
    assert both.client_trace.left_out == 3
    assert both.client_trace.as_dict()["left_out"] == 3


def test_the_bound_leaves_room_for_many_handshakes() -> None:
    assert 10 * traced.retried().client_trace._size < traces.MAX_SIZE


def test_the_name_of_a_trace_says_no_secret() -> None:
    trace = traced.handshake().client_trace
    assert repr(trace) == f"<Trace of {len(trace._events)} events>"


def test_without_a_trace_nothing_is_even_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off, it costs one comparison a place: no event is built."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an event was made for nobody")

    for module, event in (
        (codec, "Field"),
        (codec, "Length"),
        (conversation, "HandshakeMessage"),
        (derivation, "Derivation"),
        (key_schedule, "Derivation"),
        (layer, "PlainRecord"),
        (protection, "ProtectedRecord"),
        (der, "Element"),
    ):
        monkeypatch.setattr(module, event, refuse)
    link = peers_in_memory.connected()
    link.client.key_update(request_peer=True)
    link.client.send(b"hello")
    link.carry()
    link.client.close()
    link.carry()
    with pytest.raises(AssertionError, match="for nobody"):
        traced.handshake()


def test_what_has_no_place_in_the_story_is_passed_over() -> None:
    trace = Trace()
    trace("something else")
    assert (trace.left_out, list(trace.steps()), repr(trace)) == (0, [], "<Trace of 0 events>")
