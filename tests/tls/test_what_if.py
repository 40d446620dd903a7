"""A replay is the handshake itself, and what is changed in it meets the checks that are there for it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake import errors
from handshake.codec import Field
from record.errors import BadRecord, RecordOverflow
from tests.support import peers_in_memory, remembered, resumed, taped
from tls.connection import Connection
from tls.events import ApplicationData, HandshakeComplete, SessionTicket
from tls.tracing.trace import Failure, TracedMessage
from tls.what_if import edits
from tls.what_if import replay as what_if
from tls.what_if.replay import Replay, Said, Tampered
from tls.what_if.tape import Recorder, Tape

ROOT = Path(__file__).parents[2]
MESSAGES = ["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"]
SERVER_SAYS = ["ServerHello", *MESSAGES, "NewSessionTicket", "NewSessionTicket", "application_data"]
ROLES = ["client", "server"]


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def step_of(replay: Replay, name: str) -> int:
    return [line.name for line in replay.script].index(name) + 1


def field_of(content: bytes, ending: str) -> Field:
    return next(f for f in edits.fields_of(content) if isinstance(f, Field) and f.path.endswith(f".{ending}"))


def on_the_way(replay: Replay, step: int, place: int) -> Tampered:
    wire = replay.recorded[step].wire
    return Tampered(step, edits.put(wire, place, bytes([wire[place] ^ 1])))


def text_of(line: str) -> str:
    file, _, number = line.rpartition(":")
    return (ROOT / file).read_text("utf-8").splitlines()[int(number) - 1]


# The replay


@pytest.mark.parametrize("role", ROLES)
def test_a_replay_sends_what_was_sent(role):
    replay = taped.replay(role)
    sent = b"".join(outcome.sent for outcome in replay.run())
    assert sent == replay.tape.sent != b""


def test_it_takes_what_was_said_apart():
    replay = taped.replay()
    assert [line.name for line in replay.script if line.name != "change_cipher_spec"] == SERVER_SAYS
    secrets = [replay.secret_of(step) for step in range(1, len(replay.script) + 1)]
    assert secrets[:2] == ["", ""]
    assert secrets[2:6] == ["server_handshake_traffic_secret"] * 4
    assert secrets[6:] == ["server_application_traffic_secret_0"] * 3
    client = [line.name for line in taped.replay("server").script]
    assert client == ["ClientHello", "change_cipher_spec", "Finished", "application_data"]


def test_each_step_has_what_it_does():
    replay = taped.replay()
    events = {replay.script[i - 1].name: outcome.events for i, outcome in enumerate(replay.recorded) if i}
    assert isinstance(events["Finished"][0], HandshakeComplete)
    assert isinstance(events["NewSessionTicket"][0], SessionTicket)
    assert events["application_data"] == (ApplicationData(taped.DATA),)
    first, hello = replay.recorded[:2]
    assert [told.step.name for told in first.told if isinstance(told.step, TracedMessage)] == ["ClientHello"]
    assert "handshake_secret" in hello.secrets
    assert all(outcome.refusal is None for outcome in replay.recorded)


@pytest.mark.parametrize("role", ROLES)
def test_it_comes_out_the_same_each_time(role):
    replay = taped.replay(role)
    there = [outcome.secrets for outcome in replay.run()]
    replay.run([Said(1, b"")])
    back = [outcome.secrets for outcome in replay.run()]
    assert there == back == [outcome.secrets for outcome in replay.recorded]


def test_it_does_not_matter_how_records_were_cut():
    """One message in each record, or all in one, or one in many: the same is said."""
    plain = taped.replay()
    small = Replay(taped.tape(client={"record_size_limit": 64}))
    assert [line.name for line in small.script] == [line.name for line in plain.script]
    certificate = step_of(small, "Certificate")
    assert small.recorded[certificate].wire.count(b"\x17\x03\x03") > 5
    assert plain.recorded[certificate].wire.count(b"\x17\x03\x03") == 1


def test_a_hello_retry_request_is_a_step():
    replay = Replay(taped.tape(client={"key_share_groups": ()}))
    assert replay.script[0].name == "HelloRetryRequest"
    assert replay.recorded[-1].refusal is None


def test_what_nobody_opened_is_a_step_as_it_came():
    recorded = taped.tape()
    recorder = Recorder()
    client = Connection(recorded.settings, recorder)
    place = len(recorded.received) // 2
    client.receive_data(edits.put(recorded.received, place, b"\xff\xff"))
    client.data_to_send()
    replay = Replay(recorder.tape())
    assert replay.script[-1].name == "unopened bytes"
    assert isinstance(replay.recorded[-1].refusal.error, BadRecord)


def test_part_of_a_message_is_a_step():
    recorded = taped.tape()
    record = b"\x16\x03\x03\x00\x08" + taped.replay().content(1)[:8]
    replay = Replay(Tape(recorded.settings, record, b""))
    assert [line.name for line in replay.script] == ["part of a message"]
    assert replay.recorded[-1].refusal is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [("02000000", "server_hello (0x2)"), ("fe000000", "message_hash (0xfe)"), ("ff000000", "unknown (0xff)")],
)
def test_a_message_that_cannot_be_read_is_a_step(raw, name):
    record = b"\x16\x03\x03\x00\x04" + bytes.fromhex(raw)
    replay = Replay(Tape(peers_in_memory.client_settings(), record, b""))
    assert [line.name for line in replay.script] == [name]
    assert replay.recorded[-1].refusal is not None


def test_skipped_early_data_is_a_step():
    recorder = Recorder()
    settings = peers_in_memory.server_settings(max_skipped_early_data=1000)
    server = Connection(settings, recorder)
    ticket = {"ticket": resumed.ticket(), "replayable_early_data": True}
    client = Connection(peers_in_memory.client_settings(**ticket))
    client.send_replayable_early_data(b"early")
    for _ in range(3):
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())
    replay = Replay(recorder.tape())
    assert "skipped record" in [line.name for line in replay.script]
    assert replay.recorded[-1].refusal is None


def test_a_repr_holds_no_secret():
    replay = taped.replay()
    key = replay.recorded[1].secrets["server_handshake_traffic_secret"]
    assert str(key)[2:-1] not in repr((replay.script, replay.recorded, Said(1, key)))


# Changes


def test_the_peer_says_something_else_and_seals_it():
    replay = taped.replay()
    step = step_of(replay, "Finished")
    changed = edits.put(replay.content(step), 10, b"\x00")
    refusal = replay.run([Said(step, changed)])[-1].refusal
    assert isinstance(refusal.error, errors.DecryptError)
    assert refusal.alert == "decrypt_error"
    assert refusal.lines[0].startswith("handshake/authentication.py:")
    assert "raise DecryptError" in text_of(refusal.lines[0])


def test_on_the_way_nobody_can_seal():
    replay = taped.replay()
    step = step_of(replay, "Finished")
    outcomes = replay.run([on_the_way(replay, step, 20)])
    assert len(outcomes) == step + 1
    assert isinstance(outcomes[-1].refusal.error, BadRecord)
    assert outcomes[-1].refusal.alert == "bad_record_mac"
    assert "raise BadRecord" in text_of(outcomes[-1].refusal.lines[0])


def test_the_header_is_authenticated():
    replay = taped.replay()
    step = step_of(replay, "EncryptedExtensions")
    refusal = replay.run([on_the_way(replay, step, 2)])[-1].refusal
    assert isinstance(refusal.error, BadRecord)


def test_what_is_lost_on_the_way_was_sealed_all_the_same():
    """Its number is used up: the next record does not open, which it does if the peer leaves this one out."""
    replay = taped.replay()
    step = step_of(replay, "CertificateVerify")
    outcomes = replay.run([Tampered(step, b"")])
    assert outcomes[step].wire == b""
    assert len(outcomes) == step + 2
    assert isinstance(outcomes[-1].refusal.error, BadRecord)


def test_a_record_opens_once():
    replay = taped.replay()
    step = step_of(replay, "NewSessionTicket")
    outcomes = replay.run([Tampered(step, replay.recorded[step].wire * 2)])
    assert len(outcomes) == step + 1
    assert isinstance(outcomes[-1].refusal.error, BadRecord)


def test_of_two_changes_of_a_step_the_later_one_counts():
    replay = taped.replay()
    step = step_of(replay, "Finished")
    said, lost = Said(step, replay.content(step)), Tampered(step, b"")
    assert replay.run([lost, said])[-1].refusal is None
    assert replay.run([said, lost])[-1].refusal is not None


def test_a_changed_random_shows_in_the_next_record():
    replay = taped.replay()
    outcomes = replay.run([Said(1, edits.put(replay.content(1), 6, b"\xff\xff"))])
    assert outcomes[1].refusal is None
    assert outcomes[1].secrets["early_secret"] == replay.recorded[1].secrets["early_secret"]
    name = "server_handshake_traffic_secret"
    assert outcomes[1].secrets[name] != replay.recorded[1].secrets[name]
    assert replay.script[len(outcomes) - 2].name == "EncryptedExtensions"
    assert isinstance(outcomes[-1].refusal.error, BadRecord)


def test_the_peer_counts_its_records_whatever_it_leaves_out():
    """Without CertificateVerify the next message is Finished, and its record opens."""
    replay = taped.replay()
    step = step_of(replay, "CertificateVerify")
    outcomes = replay.run([Said(step, b"")])
    assert outcomes[step].wire == b""
    refusal = outcomes[-1].refusal
    assert str(refusal.error) == "handshake message finished, expected certificate_verify"
    assert refusal.lines[0].startswith("handshake/conversation.py")
    assert "talk.receive(CertificateVerify)" in text_of(refusal.lines[1])


def test_later_changes_come_after_earlier_ones():
    replay = taped.replay()
    changes = [Said(1, b"a"), Said(2, b"b"), Said(1, b"c")]
    assert replay.content(1, changes) == b"c"
    assert replay.content(2, changes) == b"b"
    assert replay.content(2) == replay.script[1].content


def test_a_longer_message_is_cut_into_records():
    replay = taped.replay()
    step = step_of(replay, "Certificate")
    data = edits.replace(
        replay.content(step), field_of(replay.content(step), "cert_data"), bytes(40_000), fix=True
    )
    outcomes = replay.run([Said(step, data)])
    assert not isinstance(outcomes[-1].refusal.error, RecordOverflow)
    assert outcomes[-1].refusal.alert == "bad_certificate"


def test_the_failure_is_in_the_trace_too():
    replay = taped.replay()
    told = replay.run([Said(1, b"\x02\x00\x00\x00")])[-1].told
    assert [step.alert for step, _, _ in told if isinstance(step, Failure)] == ["decode_error"]


def test_a_line_is_where_it_was_raised_and_not_where_more_words_were_put_to_it():
    replay = taped.replay()
    step = step_of(replay, "Certificate")
    field = field_of(replay.content(step), "cert_data")
    end = field.offset + field.length - 1
    byte = replay.content(step)[end] ^ 1
    refusal = replay.run([Said(step, edits.put(replay.content(step), end, bytes([byte])))])[-1].refusal
    assert str(refusal.error).startswith("certificate 1 of 1")
    assert refusal.lines[0].startswith("x509/signatures.py:")
    assert "raise InvalidCertificateSignature" in text_of(refusal.lines[0])


def test_a_certificate_that_cannot_be_read_is_refused_where_it_is_read():
    replay = taped.replay()
    step = step_of(replay, "Certificate")
    version = field_of(replay.content(step), "cert_data").offset + 10
    refusal = replay.run([Said(step, edits.put(replay.content(step), version, b"\x05"))])[-1].refusal
    assert type(refusal.error).__name__ == "MalformedCertificate"
    assert refusal.lines[0].startswith("x509/der.py:")
    assert "raise DerError" in text_of(refusal.lines[0])
    assert refusal.lines[1].startswith("x509/certificate.py:")
    assert "wrapper.integer" in text_of(refusal.lines[1])


def test_a_codec_says_for_whom_it_reads():
    replay = taped.replay()
    refusal = replay.run([Said(1, edits.put(replay.content(1), 38, b"\xff"))])[-1].refusal
    assert refusal.lines[0].startswith("handshake/codec.py:")
    assert "legacy_session_id_echo" in text_of(refusal.lines[1])


def test_our_own_fault_is_told_as_what_it_is(monkeypatch):
    replay = taped.replay()

    def broken(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(what_if.Connection, "receive_data", broken)
    refusal = replay.run()[-1].refusal
    assert (str(refusal.error), refusal.alert) == ("a bug", "internal_error")


# Whatever is changed


def check(refusal: what_if.Refusal) -> None:
    """It is somebody's fault, and it is shown where."""
    assert isinstance(refusal.error, errors.PEER_FAULTS), refusal.error
    assert refusal.alert != "internal_error"
    assert refusal.lines
    for line in refusal.lines:
        assert re.fullmatch(r"(handshake|record|x509|tls)/\w+\.py:\d+", line)
        assert text_of(line).strip()


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_changed_ends_in_a_typed_error_or_goes_on(data):
    replay = taped.replay(data.draw(st.sampled_from(ROLES)))
    step = data.draw(st.integers(1, len(replay.script)))
    kind = data.draw(st.sampled_from([Said, Tampered]))
    content = replay.content(step) if kind is Said else replay.recorded[step].wire
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1))
    outcomes = replay.run([kind(step, edits.put(content, place, byte))])
    assert len(outcomes) >= step + 1 or outcomes[-1].refusal is not None
    for before, after in zip(replay.recorded[:step], outcomes[:step], strict=True):
        assert (before.sent, before.secrets) == (after.sent, after.secrets)
    if outcomes[-1].refusal is not None:
        check(outcomes[-1].refusal)


def test_every_byte_of_each_first_message_is_guarded():
    """The transcript covers all of it: whichever byte the peer changes, the handshake is not completed."""
    for role in ROLES:
        replay = taped.replay(role)
        for place in range(0, len(replay.content(1)), 7):
            byte = bytes([replay.content(1)[place] ^ 0x40])
            outcomes = replay.run([Said(1, edits.put(replay.content(1), place, byte))])
            events = [event for outcome in outcomes for event in outcome.events]
            assert not any(isinstance(event, HandshakeComplete) for event in events)
