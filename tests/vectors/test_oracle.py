"""The oracle computes what RFC 8448 recorded: section 3, and section 4, which resumes it with early data."""

import pytest

from tests.support import oracle, rfc8448
from tests.support.oracle import EarlySecrets, Secrets
from tests.support.rfc8448 import Trace

SUITE = oracle.SUITES[0x1301]


@pytest.fixture(scope="module")
def first() -> Trace:
    return rfc8448.load("3")


@pytest.fixture(scope="module")
def second() -> Trace:
    return rfc8448.load("4")


def through(trace: Trace, last: str) -> bytes:
    """Transcript-Hash(ClientHello..last)."""
    names = list(trace.messages)
    said = (trace.messages[name] for name in names[: names.index(last) + 1])
    return oracle.transcript_hash(*said, suite=SUITE)


def secrets(trace: Trace, psk: bytes | None = None) -> Secrets:
    return Secrets(trace.shared_secret, through(trace, "server_hello"), SUITE, psk)


def test_a_session_ends_in_the_key_of_its_ticket(first: Trace, second: Trace) -> None:
    assert first.ticket is not None
    resumption_secret = secrets(first).resumption(through(first, "client_finished"))
    psk = oracle.ticket_psk(resumption_secret, first.ticket.ticket_nonce, SUITE)
    assert EarlySecrets(psk, SUITE).early_secret == second.secrets["early_secret"]
    assert psk == first.secrets["resumption_psk"]


def test_the_next_one_begins_with_it(first: Trace, second: Trace) -> None:
    early = EarlySecrets(first.secrets["resumption_psk"], SUITE)
    assert early.early_secret == second.secrets["early_secret"]
    assert early.binder_key() == second.secrets["binder_key"]
    assert early.binder_key(external=True) != early.binder_key()
    client_hello = through(second, "client_hello")
    assert early.exporter(client_hello) == second.secrets["early_exporter_secret"]
    traffic = early.client_traffic(client_hello)
    assert traffic.secret == second.secrets["client_early_traffic_secret"]
    record = second.records["client_early_data"]
    assert traffic.open(record.record) == (23, record.payload)


def test_its_client_hello_has_a_binder(first: Trace, second: Trace) -> None:
    offered, client_hello = second.offered_psk, second.messages["client_hello"]
    assert offered is not None
    truncated = oracle.truncate(client_hello, SUITE)
    assert truncated == offered.truncated_hello
    binder = EarlySecrets(first.secrets["resumption_psk"], SUITE).binder(SUITE.hash(truncated))
    assert binder == offered.binder
    assert client_hello == truncated + b"\x00\x21\x20" + binder


def test_binders_of_several_hashes_are_cut_off() -> None:
    sha256, sha384 = oracle.SUITES[0x1301], oracle.SUITES[0x1302]
    binders = b"\x20" + bytes(32) + b"\x30" + bytes(48)
    client_hello = b"hello" + len(binders).to_bytes(2, "big") + binders
    assert oracle.truncate(client_hello, sha256, sha384) == b"hello"
    assert oracle.truncate(b"hello\x00\x21\x20" + bytes(32)) == b"hello"


def test_all_that_follows(first: Trace, second: Trace) -> None:
    resumed = secrets(second, first.secrets["resumption_psk"])
    finished = through(second, "server_finished")
    client, server = resumed.application(finished)
    found = {
        "client_handshake_traffic_secret": resumed.client_handshake.secret,
        "server_handshake_traffic_secret": resumed.server_handshake.secret,
        "main_secret": resumed.main_secret,
        "client_application_traffic_secret_0": client.secret,
        "server_application_traffic_secret_0": server.secret,
        "exporter_secret": resumed.exporter(finished),
        "resumption_secret": resumed.resumption(through(second, "client_finished")),
    }
    assert found == {name: second.secrets[name] for name in found}
