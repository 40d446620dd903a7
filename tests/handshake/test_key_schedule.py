"""The key schedule against the recorded handshakes of RFC 8448: every secret, key, iv, Finished and record.

Their suite is TLS_AES_128_GCM_SHA256.  The others are held against `tests.support.oracle`.
"""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake import key_schedule
from handshake.derivation import Derivation
from handshake.key_schedule import (
    ApplicationSecrets,
    EarlyDataSecrets,
    EarlySecret,
    ExporterSecret,
    HandshakeSecret,
    MainSecret,
    ResumptionSecret,
    TrafficSecret,
    TrafficSecrets,
)
from handshake.suites import SUITES, Suite
from purecrypto import sha256, sha512
from purecrypto.sha2 import State
from record import framing
from record.content_type import ContentType
from record.framing import Record
from tests.support import oracle, rfc8448

AES_128_GCM, AES_256_GCM, CHACHA20 = SUITES[0x1301], SUITES[0x1302], SUITES[0x1303]
each_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.number.name)

SECTIONS = ["3", "5", "6", "7"]
CONTENT_TYPES = {
    "alert": ContentType.ALERT,
    "handshake": ContentType.HANDSHAKE,
    "application_data": ContentType.APPLICATION_DATA,
}


class Run:
    """Everything that the key schedule makes of one trace, and what its observer sees on the way."""

    def __init__(self, trace: rfc8448.Trace) -> None:
        self.derivations: list[Derivation] = []
        hashes = trace.transcript_hashes
        self.early = EarlySecret(AES_128_GCM, self._observe)
        self.handshake = self.early.handshake_secret(trace.shared_secret)
        self.handshake_traffic = self.handshake.traffic_secrets(hashes["server_hello"])
        self.main = self.handshake.main_secret()
        self.application_traffic = self.main.application_secrets(hashes["server_finished"])
        self.exporter_secret = self.application_traffic.exporter.value
        self.traffic = {
            secret.name: secret
            for secrets in (self.handshake_traffic, self.application_traffic)
            for secret in (secrets.client, secrets.server)
        }

    def _observe(self, seen: object) -> None:
        if isinstance(seen, Derivation):
            self.derivations.append(seen)

    def derived(self, name: str) -> Derivation:
        (found,) = [derivation for derivation in self.derivations if derivation.name == name]
        return found


@pytest.fixture(params=SECTIONS)
def trace(request: pytest.FixtureRequest) -> rfc8448.Trace:
    return rfc8448.load(request.param)


@pytest.fixture
def run(trace: rfc8448.Trace) -> Run:
    return Run(trace)


def test_every_secret(trace: rfc8448.Trace, run: Run) -> None:
    computed = {
        "early_secret": run.early.value,
        "handshake_secret": run.handshake.value,
        "main_secret": run.main.value,
        "exporter_secret": run.exporter_secret,
        "early_derived_secret": run.derived("derived from early_secret").value,
        "handshake_derived_secret": run.derived("derived from handshake_secret").value,
    } | {name: secret.value for name, secret in run.traffic.items()}
    recorded = {name: secret for name, secret in trace.secrets.items() if not name.startswith("resumption")}
    assert computed == recorded
    assert len(computed) == 10


def test_every_key_and_iv(trace: rfc8448.Trace, run: Run) -> None:
    assert len(run.traffic) == len(trace.traffic_keys) == 4
    for name, secret in run.traffic.items():
        secret.protection()
        assert run.derived(f"{name}: key").value == trace.traffic_keys[name].key
        assert run.derived(f"{name}: iv").value == trace.traffic_keys[name].iv


@pytest.mark.parametrize("sender", ["client", "server"])
def test_finished(trace: rfc8448.Trace, run: Run, sender: str) -> None:
    recorded = trace.finished[sender]
    secret = run.traffic[recorded.secret]
    assert secret is getattr(run.handshake_traffic, sender)
    assert secret.finished(recorded.transcript_hash) == recorded.verify_data
    assert run.derived(f"{secret.name}: finished_key").value == recorded.finished_key


def test_every_record_is_opened_and_sealed_as_it_was(trace: rfc8448.Trace, run: Run) -> None:
    protected = [record for record in trace.records.values() if record.secret is not None]
    assert len(protected) >= 4
    for recorded in protected:
        content = (CONTENT_TYPES[recorded.content_type], recorded.payload)
        opening, sealing = (run.traffic[recorded.secret].protection() for _ in range(2))
        opening.sequence_number = sealing.sequence_number = recorded.sequence_number
        wire = recorded.record
        record = Record(
            ContentType.APPLICATION_DATA, wire[: framing.HEADER_SIZE], wire[framing.HEADER_SIZE :]
        )
        assert opening.open(record) == content, recorded.name
        assert sealing.seal(*content) == wire, recorded.name


# Against an independent implementation, for every suite


@each_suite
@settings(max_examples=30)
@given(
    shared_secret=st.sampled_from((32, 48)).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    said=st.binary(),
    updates=st.integers(0, 3),
)
def test_any_shared_secret_and_transcript(
    suite: Suite, shared_secret: bytes, said: bytes, updates: int
) -> None:
    transcript = oracle.transcript_hash(said, suite=oracle.SUITES[suite.number])
    expected = oracle.Secrets(shared_secret, transcript, oracle.SUITES[suite.number])
    client, server = expected.application(transcript)
    handshake = EarlySecret(suite).handshake_secret(shared_secret)
    traffic = handshake.traffic_secrets(transcript)
    assert traffic.client.value == expected.client_handshake.secret
    assert traffic.server.value == expected.server_handshake.secret
    assert traffic.client.finished(transcript) == expected.client_handshake.finished(transcript)
    main = handshake.main_secret()
    application = main.application_secrets(transcript)
    assert application.exporter.value == expected.exporter(transcript)
    pairs = [(application.client, client), (application.server, server)]
    for _ in range(updates):
        pairs = [(ours.next_generation(), theirs.next_generation()) for ours, theirs in pairs]
    for ours, theirs in pairs:
        assert ours.value == theirs.secret
        wire = ours.protection().seal(ContentType.APPLICATION_DATA, b"data")
        assert theirs.open(wire) == (ContentType.APPLICATION_DATA, b"data")


@each_suite
@settings(max_examples=30)
@given(
    psk=st.binary(min_size=16, max_size=64),
    shared_secret=st.none() | st.binary(min_size=32, max_size=48),
    said=st.binary(),
    nonce=st.binary(max_size=255),
)
def test_any_pre_shared_key(
    suite: Suite, psk: bytes, shared_secret: bytes | None, said: bytes, nonce: bytes
) -> None:
    """With a key exchange beside it, or zeros in its place."""
    theirs = oracle.SUITES[suite.number]
    transcript = oracle.transcript_hash(said, suite=theirs)
    expected = oracle.EarlySecrets(psk, theirs)
    early = EarlySecret(suite, psk=psk)
    assert early.value == expected.early_secret
    for label, external in (("res binder", False), ("ext binder", True)):
        assert early.binder_key(label).value == expected.binder_key(external=external)
        assert early.binder_key(label).finished(transcript) == expected.binder(transcript, external=external)
    secrets = early.early_data_secrets(transcript)
    assert secrets.exporter.value == expected.exporter(transcript)
    wire = secrets.client.protection().seal(ContentType.APPLICATION_DATA, b"early")
    assert expected.client_traffic(transcript).open(wire) == (ContentType.APPLICATION_DATA, b"early")
    later = oracle.Secrets(shared_secret or bytes(theirs.hash_size), transcript, theirs, psk)
    handshake = early.handshake_secret(shared_secret)
    traffic = handshake.traffic_secrets(transcript)
    assert traffic.client.value == later.client_handshake.secret
    assert traffic.server.value == later.server_handshake.secret
    resumption = handshake.main_secret().resumption_secret(transcript)
    assert resumption.value == later.resumption(transcript)
    assert resumption.psk(nonce) == oracle.ticket_psk(resumption.value, nonce, theirs)


def test_what_was_extracted_before_is_not_extracted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """And serves any suite that has the hash; the observer hears of it all the same."""
    psk, shared_secret = bytes(range(32)), bytes(32)
    extracted = key_schedule.extract_psk(CHACHA20, psk)
    told: list[list[object]] = [[], []]
    afresh = EarlySecret(AES_128_GCM, told[0].append, psk)
    monkeypatch.setattr(key_schedule, "extract_psk", None)
    kept = EarlySecret(AES_128_GCM, told[1].append, psk, extracted)
    assert kept.suite is AES_128_GCM
    assert told[0] == told[1] != []
    ours, theirs = (early.handshake_secret(shared_secret).value for early in (kept, afresh))
    assert ours == theirs


def test_the_two_binder_labels_are_those_of_section_7_1() -> None:
    assert (key_schedule.EXTERNAL_BINDER, key_schedule.RESUMPTION_BINDER) == ("ext binder", "res binder")


@each_suite
@settings(max_examples=30)
@given(
    label=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=249),
    context=st.binary(max_size=300),
    length=st.integers(1, 1000),
)
def test_export(suite: Suite, label: str, context: bytes, length: int) -> None:
    theirs = oracle.SUITES[suite.number]
    exporter = key_schedule.ExporterSecret("exporter_secret", b"s" * suite.hash_size, suite, None)
    expected = oracle.export(b"s" * suite.hash_size, label, context, length, theirs)
    assert exporter.export(label, context, length) == expected


def test_no_context_is_an_empty_one() -> None:
    """Section 7.5; in TLS 1.2 it was not.  Another label, context or length gives other bytes."""
    exporter = key_schedule.ExporterSecret("exporter_secret", bytes(32), CHACHA20, None)
    questions = [("a", b"", 32), ("b", b"", 32), ("a", b"c", 32), ("a", b"", 33)]
    exported = [exporter.export(*question)[:32] for question in questions]
    assert len(set(exported)) == len(exported)


@pytest.mark.parametrize(
    ("label", "length"), [("", 32), ("x" * 250, 32), ("x", 2**16), ("x", 255 * 32 + 1), ("x", -1)]
)
def test_what_cannot_be_exported_is_the_callers_bug(label: str, length: int) -> None:
    exporter = key_schedule.ExporterSecret("exporter_secret", bytes(32), CHACHA20, None)
    with pytest.raises(ValueError, match=r"bytes"):
        exporter.export(label, b"", length)


def test_the_recorded_resumption() -> None:
    """RFC 8448 section 4: what section 3 ends in is what it begins with."""
    first, second = rfc8448.load("3"), rfc8448.load("4")
    assert first.ticket is not None
    assert second.offered_psk is not None
    resumption = Run(first).main.resumption_secret(first.transcript_hashes["client_finished"])
    assert resumption.value == first.secrets["resumption_secret"]
    psk = resumption.psk(first.ticket.ticket_nonce)
    assert psk == first.secrets["resumption_psk"]
    early = EarlySecret(AES_128_GCM, psk=psk)
    assert early.value == second.secrets["early_secret"]
    binder_key = early.binder_key(key_schedule.RESUMPTION_BINDER)
    assert binder_key.value == second.secrets["binder_key"]
    assert binder_key.finished(second.offered_psk.transcript_hash) == second.offered_psk.binder
    secrets = early.early_data_secrets(second.transcript_hashes["client_hello"])
    assert secrets.client.value == second.secrets["client_early_traffic_secret"]
    assert secrets.exporter.value == second.secrets["early_exporter_secret"]
    handshake = early.handshake_secret(second.shared_secret)
    assert handshake.value == second.secrets["handshake_secret"]


def test_what_an_observer_is_told_of_a_pre_shared_key() -> None:
    seen: list[Derivation] = []
    early = EarlySecret(CHACHA20, seen.append, b"k" * 32)  # type: ignore[arg-type]
    early.binder_key(key_schedule.EXTERNAL_BINDER)
    early.early_data_secrets(b"h" * 32)
    main = early.handshake_secret(None).main_secret()
    main.resumption_secret(b"f" * 32).psk(b"nonce")
    told = [(d.name, d.source, d.label, d.covers) for d in seen]
    assert told == [
        ("early_secret", "0", "", ""),
        ("binder_key", "early_secret", "ext binder", "no message"),
        ("client_early_traffic_secret", "early_secret", "c e traffic", "ClientHello"),
        ("early_exporter_secret", "early_secret", "e exp master", "ClientHello"),
        ("derived from early_secret", "early_secret", "derived", "no message"),
        ("handshake_secret", "derived from early_secret", "", ""),
        ("derived from handshake_secret", "handshake_secret", "derived", "no message"),
        ("main_secret", "derived from handshake_secret", "", ""),
        ("resumption_secret", "main_secret", "res master", "ClientHello..client Finished"),
        ("PSK", "resumption_secret", "resumption", "the ticket's nonce"),
    ]
    assert seen[0].context == b"k" * 32
    assert seen[5].context == bytes(32)
    assert seen[-1].context == b"nonce"


# Nothing out of order: what a secret can become is in its type

FORWARD = {
    EarlySecret: {
        "binder_key": TrafficSecret,
        "early_data_secrets": EarlyDataSecrets,
        "handshake_secret": HandshakeSecret,
    },
    HandshakeSecret: {"traffic_secrets": TrafficSecrets, "main_secret": MainSecret},
    MainSecret: {"application_secrets": ApplicationSecrets, "resumption_secret": ResumptionSecret},
    ExporterSecret: {"export": bytes},
    ResumptionSecret: {"psk": bytes},
    TrafficSecret: {"protection": object, "finished": bytes, "next_generation": TrafficSecret},
}


@pytest.mark.parametrize("kind", FORWARD, ids=lambda kind: kind.__name__)
def test_each_secret_leads_to_the_next_and_nowhere_else(kind: type) -> None:  # appendix F.1.1 [1]
    methods = {name for name in vars(kind) if not name.startswith("_")}
    assert methods == set(FORWARD[kind])


def test_the_steps_have_the_types_that_they_promise() -> None:
    early = EarlySecret(CHACHA20)
    handshake = early.handshake_secret(bytes(32))
    main = handshake.main_secret()
    application = main.application_secrets(bytes(32))
    steps = [early, handshake, main, application.client]
    assert [type(step) for step in steps] == [EarlySecret, HandshakeSecret, MainSecret, TrafficSecret]


# Side by side: how often SHA-256 is asked, and for how many blocks at once


@pytest.fixture
def widths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the number of blocks whenever SHA-256 compresses."""
    asked: list[int] = []
    alone, side_by_side = sha256.compress, sha256.compress_side_by_side

    def count_one(state: State, block: bytes) -> State:
        asked.append(1)
        return alone(state, block)

    def count_some(states: list[State], blocks: list[bytes]) -> list[State]:
        asked.append(len(blocks))
        return side_by_side(states, blocks)

    EarlySecret(CHACHA20)  # its constants are computed once for all handshakes
    monkeypatch.setattr(sha256, "compress", count_one)
    monkeypatch.setattr(sha256, "compress_side_by_side", count_some)
    return asked


def test_what_is_needed_together_is_hashed_together(widths: list[int]) -> None:
    """A step of HMAC is the two halves of its key, or its inner and then its outer hash."""

    def steps() -> list[int]:
        so_far = widths.copy()
        widths.clear()
        return so_far

    early = EarlySecret(CHACHA20)
    assert steps() == []
    handshake = early.handshake_secret(bytes(32))
    assert steps() == [1, 1, 2]  # extract, with a salt that is a constant; the secret as a key
    traffic = handshake.traffic_secrets(bytes(32))
    assert steps() == [3, 3, 6, 6, 6]  # two secrets and a salt; as keys; key, iv and finished of both
    for secret in (traffic.client, traffic.server):
        secret.protection()
    assert steps() == []
    traffic.client.finished(bytes(32))
    assert steps() == [2, 1, 1]
    main = handshake.main_secret()
    assert steps() == [1, 1, 2]  # the salt was derived with the traffic secrets
    application = main.application_secrets(bytes(32))
    assert steps() == [3, 3, 6, 4, 4]  # the exporter's too; as keys; key and iv of both
    application.client.protection()
    assert steps() == []
    successor = application.client.next_generation()
    assert steps() == [1, 1, 2]
    successor.protection()
    assert steps() == [2, 2]


def test_sha384_is_asked_as_often_for_one_block_at_a_time(
    widths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its blocks are twice as long, and what is hashed grows by less."""

    def derive(suite: Suite) -> None:
        handshake = EarlySecret(suite).handshake_secret(bytes(32))
        traffic = handshake.traffic_secrets(bytes(suite.hash_size))
        traffic.client.finished(bytes(suite.hash_size))
        handshake.main_secret().application_secrets(bytes(suite.hash_size)).client.next_generation()

    derive(CHACHA20)
    asked, compress = sum(widths), sha512.compress
    widths.clear()
    EarlySecret(AES_256_GCM)  # its constants are computed once
    monkeypatch.setattr(sha512, "compress", lambda *state: widths.append(1) or compress(*state))
    derive(AES_256_GCM)
    assert widths == [1] * asked


def test_the_salt_is_derived_when_it_was_not_asked_for_before(widths: list[int]) -> None:
    handshake = EarlySecret(CHACHA20).handshake_secret(bytes(32))
    widths.clear()
    main = handshake.main_secret()
    assert widths == [1, 1, 2, 1, 1, 2]
    again = EarlySecret(CHACHA20).handshake_secret(bytes(32))
    again.traffic_secrets(bytes(32))
    assert main.value == again.main_secret().value


def test_a_key_not_expanded_ahead_is_expanded_when_it_is_asked_for() -> None:
    """Such as the Finished key of a traffic secret for data."""
    client = (
        EarlySecret(CHACHA20).handshake_secret(b"s" * 32).main_secret().application_secrets(b"t" * 32).client
    )
    finished_key = oracle.expand_label(client.value, "finished", b"", 32)
    assert client.finished(b"h" * 32) == hmac.digest(finished_key, b"h" * 32, "sha256")


def test_generations_are_counted_in_the_name() -> None:
    secret = (
        EarlySecret(CHACHA20).handshake_secret(bytes(32)).main_secret().application_secrets(bytes(32)).server
    )
    names = [secret.name]
    for _ in range(10):
        secret = secret.next_generation()
        names.append(secret.name)
    assert names == [f"server_application_traffic_secret_{n}" for n in range(11)]


# What an observer is told


def test_derivations_say_where_a_secret_came_from(trace: rfc8448.Trace, run: Run) -> None:
    hashes = trace.transcript_hashes
    told = [(d.name, d.operation, d.source, d.label, d.covers) for d in run.derivations]
    through_hello, through_finished = "ClientHello..ServerHello", "ClientHello..server Finished"
    expand, extract = "HKDF-Expand-Label", "HKDF-Extract"
    assert told == [
        ("early_secret", extract, "0", "", ""),
        ("derived from early_secret", expand, "early_secret", "derived", "no message"),
        ("handshake_secret", extract, "derived from early_secret", "", ""),
        ("client_handshake_traffic_secret", expand, "handshake_secret", "c hs traffic", through_hello),
        ("server_handshake_traffic_secret", expand, "handshake_secret", "s hs traffic", through_hello),
        ("derived from handshake_secret", expand, "handshake_secret", "derived", "no message"),
        ("main_secret", extract, "derived from handshake_secret", "", ""),
        ("client_application_traffic_secret_0", expand, "main_secret", "c ap traffic", through_finished),
        ("server_application_traffic_secret_0", expand, "main_secret", "s ap traffic", through_finished),
        ("exporter_secret", expand, "main_secret", "exp master", through_finished),
    ]
    assert run.derived("handshake_secret").context == trace.shared_secret
    assert run.derived("client_handshake_traffic_secret").context == hashes["server_hello"]
    assert run.derived("exporter_secret").context == hashes["server_finished"]


def test_no_secret_is_shown_by_accident(trace: rfc8448.Trace, run: Run) -> None:
    shown = repr([run.early, run.handshake, run.main, run.application_traffic, run.derivations])
    secrets = [secret.value for secret in (run.early, run.handshake, run.main, *run.traffic.values())]
    for secret in (*secrets, run.exporter_secret, trace.shared_secret):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
