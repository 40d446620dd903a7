"""RFC 8448 replayed: a connection as client and as server of each section, against the recorded other side.

`tests/support/rfc8448_replay.py` has the table of what is put in; the rest has to come out byte for byte.
What else is asserted: that the secrets and keys on the way are the printed ones, that the table has no row
too many, and that nothing that comes from the other side can be changed without being noticed.
"""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest

from handshake import signatures
from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import Ticket
from record.framing import HEADER_SIZE
from tests.support import remembered, rfc8448, rfc8448_page, rfc8448_replay
from tests.support.rfc8448 import Record
from tests.support.rfc8448_replay import (
    ALL,
    AUTHENTICATED,
    COMPATIBLE,
    INJECTED,
    RESUMED,
    RETRIED,
    ROLES,
    SIMPLE,
    WITH_RSA,
    Departure,
    Injection,
)
from tls.events import ApplicationData, CloseNotify, EarlyData, HandshakeComplete, SessionTicket

X25519, SECP256R1 = 0x001D, 0x0017
SCHEMES = dict.fromkeys(WITH_RSA, 0x0804) | {RESUMED: None, AUTHENTICATED: 0x0403}  # of the server
OTHER = {"client": "server", "server": "client"}

every_part = pytest.mark.parametrize(
    ("section", "role"), [(section, role) for section in ALL for role in ROLES]
)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


@every_part
def test_our_bytes_are_the_recorded_ones(section: str, role: str) -> None:
    recorded = rfc8448.load(section).records.values()
    played = rfc8448_replay.play(section, role)
    assert played.sent == {record.name: record.record for record in recorded if record.sender == role}


@every_part
def test_what_comes_of_the_recorded_ones(section: str, role: str) -> None:
    records = rfc8448.load(section).records
    played = rfc8448_replay.play(section, role)
    complete = {
        "client": "server_flight",
        "server": "client_flight" if section == AUTHENTICATED else "client_finished",
    }
    expected: dict[str, list[object]] = {
        complete[role]: [HandshakeComplete(played.session)],
        f"{OTHER[role]}_application_data": [ApplicationData(bytes(range(50)))],
        f"{OTHER[role]}_close_notify": [CloseNotify()],
        "client_early_data": [EarlyData(b"ABCDEF")],
    }
    if role == "client":  # the ticket with which section 4 begins
        ticket = rfc8448_replay.recorded_ticket().ticket
        expected["new_session_ticket"] = [SessionTicket(Ticket(ticket, rfc8448_replay.recorded_session()))]
    heard = {name for name, record in records.items() if record.sender != role}
    assert played.heard == {name: expected.get(name, []) for name in heard}


@every_part
def test_what_was_agreed_on(section: str, role: str) -> None:
    session = rfc8448_replay.play(section, role).session
    assert session.role == role
    assert session.cipher_suite == 0x1301
    assert session.group == (SECP256R1 if section == RETRIED else X25519)
    assert session.signature_scheme == SCHEMES[section]
    assert session.server_name == "server"
    assert session.application_protocol is None
    assert session.hello_retried == (section == RETRIED)
    assert session.psk_origin == ("ticket" if section == RESUMED else None)
    assert session.early_data_accepted == (section == RESUMED)


@every_part
def test_who_the_peer_is(section: str, role: str) -> None:
    peer = rfc8448_replay.play(section, role).session.peer
    shown = {"client": "certificate", "server": "client_certificate"}[role]
    if shown in (messages := rfc8448.load(section).messages):
        assert peer is not None
        assert peer.certificate.der in messages[shown]
    else:
        assert peer is None


@every_part
def test_every_secret_and_key_is_compared(section: str, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are right, and the printed secret is another."""
    real = rfc8448_replay.secrets_and_keys
    names = list(real(rfc8448.load(section)))
    assert len(names) == {SIMPLE: 22, RESUMED: 27, RETRIED: 21, AUTHENTICATED: 21, COMPATIBLE: 21}[section]
    for name in names:
        another = {name: b"another"}
        monkeypatch.setattr(rfc8448_replay, "secrets_and_keys", lambda trace, a=another: real(trace) | a)
        with pytest.raises(Departure, match=f"^{name} is"):
            rfc8448_replay.play(section, role)


def leavable() -> list[Injection]:
    """What can be left out: no field of the settings that has to be given."""
    given = {
        field.name
        for settings in (ClientSettings, ServerSettings)
        for field in dataclasses.fields(settings)
        if field.default is dataclasses.MISSING
    }
    return [injection for injection in INJECTED if injection.where not in given]


@pytest.mark.parametrize("left_out", leavable(), ids=lambda i: f"{i.sections} {'+'.join(i.roles)} {i.where}")
def test_nothing_is_put_in_without_need(left_out: Injection) -> None:
    injected = [injection for injection in INJECTED if injection is not left_out]
    for section in left_out.sections:
        for role in left_out.roles:
            with pytest.raises((Departure, ValueError)):
                rfc8448_replay.play(section, role, injected)


@every_part
def test_nothing_that_is_heard_can_be_changed(section: str, role: str) -> None:
    """One bit, in the middle and at the end of every record."""
    for name, record in rfc8448.load(section).records.items():
        if record.sender == role:
            continue
        for place in {HEADER_SIZE + (len(record.record) - HEADER_SIZE) // 2, len(record.record) - 1}:

            def arriving(other: Record, name: str = name, place: int = place) -> bytes:
                changed = bytearray(other.record)
                if other.name == name:
                    changed[place] ^= 1
                return bytes(changed)

            with pytest.raises(Departure):
                rfc8448_replay.play(section, role, arriving=arriving)


@pytest.mark.parametrize("role", ROLES)
def test_a_stand_in_signs_nothing_else(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, f"{role.upper()}_CONTEXT", b"TLS 1.3, something else")
    with pytest.raises(Departure, match="not what was signed"):
        rfc8448_replay.play(AUTHENTICATED, role)


def with_another(where: str, value: object) -> list[Injection]:
    return [dataclasses.replace(i, value=lambda trace: value) if i.where == where else i for i in INJECTED]


def test_a_stand_in_for_an_rsa_key_looks_at_the_salt() -> None:
    with pytest.raises(Departure, match="not what was signed"):
        rfc8448_replay.play(AUTHENTICATED, "client", with_another("signature_random", bytes(64)))


def test_what_the_server_seals_is_what_it_opens_later() -> None:
    moment = rfc8448_replay.MADE_AT + timedelta(milliseconds=1)
    with pytest.raises(Departure, match="not the session of section 4"):
        rfc8448_replay.play(SIMPLE, "server", with_another("now", moment))


def test_the_client_states_the_age_of_its_ticket() -> None:
    moment = rfc8448_replay.MADE_AT + timedelta(milliseconds=7)  # it was 6
    with pytest.raises(Departure, match=r"^client_hello"):
        rfc8448_replay.play(RESUMED, "client", with_another("now", moment))


def test_more_than_was_recorded_is_a_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = rfc8448.load(SIMPLE)
    names = list(trace.records)
    shortened = {name: trace.records[name] for name in names[: names.index("new_session_ticket")]}
    monkeypatch.setattr(rfc8448, "load", lambda section: dataclasses.replace(trace, records=shortened))
    with pytest.raises(Departure, match="more than was recorded"):
        rfc8448_replay.play(SIMPLE, "server")


def test_the_page_says_what_is_so() -> None:
    assert rfc8448_page.PAGE.read_text(encoding="utf-8") == rfc8448_page.text()
