"""The interop matrix, each pair a test; `docs/interop.md` is what one run of it looked like."""

import contextlib
import dataclasses
import io
import types
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from handshake.certificate_extensions import CertificateStatus
from handshake.constants import CipherSuite, NamedGroup
from handshake.conversation import HandshakeMessage
from handshake.extensions import RecordSizeLimit
from handshake.groups import GROUPS
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    ClientHello,
    EncryptedExtensions,
    KeyUpdate,
    Message,
)
from handshake.suites import SUITES
from record.content_type import ContentType
from record.protection import ProtectedRecord
from tests.interop import conversation, kinds, matrix, page
from tests.interop import party as parties
from tests.interop.conversation import EARLY, RECORD_SIZE, Failed, Missing, Role, Terms
from tests.interop.kinds import Credentials, Kind
from tests.interop.matrix import Case
from tests.interop.page import Result
from tests.interop.parties import ours
from tests.interop.parties.openssl import OpenSSL
from tests.interop.party import Party
from tests.support import peers

CASES = matrix.cases()
EVERYDAY = matrix.everyday(CASES)


@pytest.fixture(scope="session")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Credentials]:
    """Certificates of each kind, made when first asked for."""
    made: dict[Kind, Credentials] = {}

    def of(kind: Kind) -> Credentials:
        peers.require("openssl")
        if kind not in made:
            made[kind] = kinds.make_credentials(kind, tmp_path_factory.mktemp(kind.name))
        return made[kind]

    return of


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left_behind() -> Iterator[None]:
    yield
    for party in matrix.PARTIES:
        party.close()


def require(case: Case) -> None:
    try:
        matrix.version(case.party)
    except Missing as missing:
        peers.missing(str(missing))


@pytest.mark.interop
@pytest.mark.timeout(400)  # the first test with Go compiles it
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=() if case in EVERYDAY else pytest.mark.long) for case in CASES],
)
def test_a_pair(case: Case, credentials: Callable[[Kind], Credentials]) -> None:
    """It works; or it has a reason not to, and does not work with openssl in our place either."""
    require(case)
    if case.reason is None:
        matrix.attempt(case, credentials(case.kind))
        return
    for we in (matrix.OURS, matrix.STAND_IN) if case.openssl_can_stand_in else (matrix.OURS,):
        with pytest.raises(Failed):
            matrix.attempt(case, credentials(case.kind), we)


@pytest.mark.interop
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "party", [party for party in matrix.PARTIES if party.verifies], ids=lambda party: party.name
)
def test_a_client_refuses_a_stranger(
    party: Party, credentials: Callable[[Kind], Credentials], tmp_path: Path
) -> None:
    """That it works says something only because this does not."""
    case = next(case for case in CASES if (case.party, case.role, case.reason) == (party, "client", None))
    require(case)
    known, stranger = credentials(case.kind), kinds.make_credentials(case.kind, tmp_path)
    matrix.attempt(case, known)
    with pytest.raises(Failed):
        matrix.attempt(case, dataclasses.replace(known, ca=stranger.ca))


@pytest.mark.interop
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("party", "role"),
    [
        pytest.param(party, role, id=f"{party.name}-{role}")
        for party in matrix.PARTIES
        for role in party.roles
        if party.lack(role, "identified", kinds.KINDS[0]) is None and (role == "client" or party.verifies)
    ],
)
def test_a_server_refuses_a_client_that_is_a_stranger_or_nobody(
    party: Party, role: Role, credentials: Callable[[Kind], Credentials], tmp_path: Path
) -> None:
    """That it is let in says something only because these are not."""
    case = next(
        case for case in CASES if (case.party, case.role, case.feature) == (party, role, "identified")
    )
    require(case)
    terms = case.terms(credentials(case.kind))
    other = kinds.make_credentials(case.kind, tmp_path)
    strangers = dataclasses.replace(other, ca=terms.credentials.ca)  # it trusts the server
    ends = (party, matrix.OURS) if role == "client" else (matrix.OURS, party)
    for as_client, why in (
        (
            dataclasses.replace(terms, credentials=strangers),
            "its signature was not made with its issuer's key",
        ),
        (dataclasses.replace(terms, shows=False), "the client has none to show"),
    ):
        with pytest.raises(Failed) as failed:
            parties.meet(*ends, terms, as_client=as_client)
        assert "glassbox-tls: TLSError: " in str(failed.value)
        assert role == "server" or why in str(failed.value)


# ---- The matrix itself -----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Axes:
    """The axes of a matrix that is larger than ours may be today."""

    suites: tuple[CipherSuite, ...] = tuple(CipherSuite)[:3]
    groups: tuple[NamedGroup, ...] = (NamedGroup.X25519, NamedGroup.SECP256R1, NamedGroup.SECP384R1)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    monkeypatch.setattr(matrix, "OURS", Axes())
    return matrix.cases()


def test_every_program_plays_its_roles() -> None:
    assert {(case.party, case.role) for case in CASES} == {
        (party, role) for party in matrix.PARTIES for role in party.roles
    }
    assert {case.kind for case in CASES} == set(kinds.KINDS)
    assert {case.suite for case in CASES} == set(SUITES)
    assert {case.group for case in CASES} == set(GROUPS)
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_day_each_program_meets_every_value_of_every_axis(large: list[Case]) -> None:
    everyday = matrix.everyday(large)
    for values in (lambda case: case.kind, lambda case: case.suite, lambda case: case.group):
        assert {(case.party, case.role, values(case)) for case in everyday} == {
            (case.party, case.role, values(case)) for case in large
        }
    assert sum(not case.feature for case in everyday) < len(large) / 4
    features = {(case.party, case.role, case.feature) for case in large if case.feature}
    slow = {(party, role, "large") for party, role, _ in features if party.slow}
    assert {(case.party, case.role, case.feature) for case in everyday if case.feature} == features - slow
    identified = [case for case in everyday if case.feature == "identified"]
    assert len(identified) == len({(case.party, case.role) for case in identified})
    assert {case.kind for case in identified} == set(kinds.KINDS)


def test_every_program_retries_and_moves_much_data(large: list[Case]) -> None:
    """With three groups there is one that each of them does not guess."""
    roles = {(case.party, case.role) for case in large}
    for feature in ("retry", "large"):
        assert {(case.party, case.role) for case in large if case.feature == feature} == roles


def test_what_a_program_does_not_have_is_a_reason(large: list[Case]) -> None:
    case = large[0]
    assert case.reason is None
    for lacking, name in (
        ({"suites": {}}, case.suite.name),
        ({"groups": {}}, case.group.name.lower()),
        ({"kinds": frozenset()}, case.kind.name),
    ):
        narrow = type("Narrow", (OpenSSL,), lacking)()
        assert name in (dataclasses.replace(case, party=narrow).reason or "")
        assert matrix.cases_of(narrow, "client") != []  # tried all the same


def test_what_a_program_lacks_is_not_tried_and_stands_on_the_page(large: list[Case]) -> None:
    """Whatever it is not said to lack is tried."""

    class Narrow(OpenSSL):
        name = "Narrow"
        lacks = parties.lacking("a reason", "resumed", "identified RSA", roles=["server"])

    tried = [case for role in Narrow.roles for case in matrix.cases_of(Narrow(), role)]
    missing = {(role, feature) for role in Narrow.roles for feature in matrix.FEATURES}
    missing -= {(case.role, case.feature) for case in tried}
    assert missing == {("server", "resumed"), ("server", "cookie"), ("client", "identified-later")}
    assert {c.kind.name for c in tried if (c.role, c.feature) == ("server", "identified")} == {
        kind.name for kind in kinds.KINDS if kind.name != "RSA"
    }
    text = page.write([Result(case, None) for case in tried], {}, "a machine", date(2026, 7, 1))
    assert "Narrow, server: a reason." in text
    assert text.count("[1]") == 2  # resumed, and identified with RSA


def test_a_client_that_always_guesses_right_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "OURS", Axes(groups=(NamedGroup.X25519,)))
    guesser = type("Guesser", (OpenSSL,), {"first_shares": (NamedGroup.X25519,)})()
    cases = matrix.cases_of(guesser, "client")
    assert "retry" not in {case.feature for case in cases}
    text = page.write([Result(case, None) for case in cases], {}, "a machine", date(2026, 7, 1))
    assert "| OpenSSL, client | [1] | ✓ | ✓ |" in text
    assert "1. OpenSSL, client: always sends a share for x25519" in text


def test_a_pair_that_fails_is_told_apart_from_one_that_cannot_work(large: list[Case]) -> None:
    possible = large[0]
    impossible = next(case for case in large if case.reason is not None)
    assert Result(possible, None).as_expected
    assert not Result(possible, "alert", "alert").as_expected
    assert Result(impossible, "alert", "alert").as_expected
    assert not Result(impossible, "alert", None).as_expected  # openssl can do it
    assert not Result(impossible, None).as_expected  # so the reason is wrong


def test_the_page_shows_what_works_what_cannot_and_what_fails(large: list[Case]) -> None:
    cannot = [case for case in large if case.reason is not None]
    words = "4047AB0C:error:no suitable", "409796EBA47F0000:error:0A000126:SSL routines:eof:../ssl/a.c:318:"
    results = [Result(case, words[0], words[1]) if case in cannot else Result(case, None) for case in large]
    text = page.write(results, {cannot[0].party: "1.2"}, "a machine", date(2026, 7, 1))
    assert f"{cannot[0].party.name}, {cannot[0].role}: {cannot[0].reason}. With us: " in text
    assert "With openssl in our place: SSL routines:eof." in text
    assert text.count("With us: ") == len({(case.party, case.role, case.reason) for case in cannot})
    assert text.count(page.WORKS) == 1 + len(large) - len(cannot)  # and the one that explains it
    assert "FAILS" not in text
    failing = page.write([Result(large[0], "its words"), *results[1:]], {}, "a machine", date(2026, 7, 1))
    assert "**FAILS** [1] |" in failing
    assert f"1. {large[0].name}: its words\n" in failing


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ({}, {"cipher_suite": CipherSuite.TLS_AES_128_CCM_SHA256}),
        ({}, {"group": NamedGroup.X448}),
        ({"decoy": NamedGroup.SECP521R1}, {"hello_retried": False}),
        ({"cookie": True}, {"hello_retried": False}),
        ({}, {"psk_origin": "ticket"}),
        ({"visits": (0, 1)}, {"psk_origin": None}),
        ({"visits": (0, 1), "forgets": True, "early": "refused"}, {"psk_origin": "ticket"}),
        ({"psk": "beside"}, {"psk_origin": "ticket"}),
        ({"psk": "alone"}, {"group": NamedGroup.X25519}),
        ({"visits": (0, 1), "early": "accepted"}, {"early_data_accepted": False}),
        ({"visits": (0, 1), "early": "refused"}, {"early_data_accepted": True}),
        ({"asks": "require", "shows": True}, {"peer": None}),
        ({"asks": "request"}, {"peer": "somebody"}),
    ],
)
def test_what_was_agreed_on_has_to_be_what_was_asked_for(
    asked: dict[str, Any], other: dict[str, Any], credentials: Callable[[Kind], Credentials]
) -> None:
    terms = dataclasses.replace(CASES[0].terms(credentials(CASES[0].kind)), **asked)
    visit = terms.visits[-1]
    agreed = {
        "role": "server",
        "cipher_suite": terms.suite,
        "group": None if terms.psk == "alone" else terms.group,
        "hello_retried": True,
        "psk_origin": "external" if terms.psk else "ticket" if visit and not terms.forgets else None,
        "early_data_accepted": terms.early == "accepted",
        "peer": "somebody" if terms.shows else None,
    }
    ours.as_agreed(types.SimpleNamespace(**agreed), terms, visit)
    with pytest.raises(Failed):
        ours.as_agreed(types.SimpleNamespace(**(agreed | other)), terms, visit)


ASKS, ANSWERS = KeyUpdate(1), KeyUpdate(0)
SHOWS, REQUESTS = Certificate((CertificateEntry(b"x"),)), CertificateRequest(b"", ())
HELLO = ClientHello(bytes(32), b"", (), (RecordSizeLimit(RECORD_SIZE),))
ANSWERED = EncryptedExtensions((RecordSizeLimit(RECORD_SIZE),))


@pytest.mark.parametrize(
    ("asked", "seen", "sizes"),
    [
        ({"updates": "server"}, [("server", ASKS), ("client", ANSWERS)], ()),
        ({"asks": "require"}, [("server", REQUESTS)], ()),
        ({"asks": "later"}, [("server", SHOWS), ("server", REQUESTS), ("client", SHOWS)], ()),
        ({"limits": True}, [("client", HELLO), ("server", ANSWERED)], [RECORD_SIZE - 1, RECORD_SIZE]),
    ],
)
def test_what_leaves_no_trace_in_the_session_has_to_be_seen(
    asked: dict[str, Any],
    seen: list[tuple[Role, Message]],
    sizes: Sequence[int],
    credentials: Callable[[Kind], Credentials],
) -> None:
    terms = dataclasses.replace(CASES[0].terms(credentials(CASES[0].kind)), **asked)

    def check(seen: list[tuple[Role, Message]], size: int = 1) -> None:
        watch = ours.Watch("client")
        for sender, message in seen:
            watch(HandshakeMessage(sender, message, b""))
        content = bytes(size)
        watch(ProtectedRecord("open", 0, b"", b"", ContentType.APPLICATION_DATA, content, 0, b""))
        watch.check(terms)

    check(seen)
    for missing in range(len(seen)):
        with pytest.raises(Failed):
            check(seen[:missing] + seen[missing + 1 :])
    if sizes:
        fits, too_much = sizes
        check(seen, fits)
        with pytest.raises(Failed):
            check(seen, too_much)


def test_a_stapled_response_has_to_be_the_right_one(credentials: Callable[[Kind], Credentials]) -> None:
    files = credentials(CASES[0].kind)
    terms = dataclasses.replace(CASES[0].terms(files), status=True)
    for extensions, good in (
        ((CertificateStatus(files.status.read_bytes()),), True),
        ((CertificateStatus(b"another"),), False),
        ((), False),
    ):
        watch = ours.Watch("client")
        watch(HandshakeMessage("server", Certificate((CertificateEntry(b"x", extensions),)), b""))
        with contextlib.nullcontext() if good else pytest.raises(Failed):
            watch.check(terms)


class Fake(Party):
    """Fails where it is told to."""

    name = "fake"

    def __init__(self, fails: str = "") -> None:
        self._fails = fails

    def _may_fail(self, here: str) -> None:
        if here == self._fails:
            raise Failed(here)

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        self._may_fail("talking")

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Any]:
        self._may_fail("starting")
        yield types.SimpleNamespace(port=1, result=lambda patience: self._may_fail("serving"))


def test_what_either_end_says_is_heard(credentials: Callable[[Kind], Credentials]) -> None:
    terms = CASES[0].terms(credentials(CASES[0].kind))
    parties.meet(Fake(), Fake(), terms)
    with pytest.raises(Failed, match=r"^fake: talking$"):
        parties.meet(Fake("talking"), Fake(), terms)
    with pytest.raises(Failed, match=r"^fake: starting$"):
        parties.meet(Fake(), Fake("starting"), terms)
    with pytest.raises(Failed, match=r"^fake: talking; fake: serving$"):
        parties.meet(Fake("talking"), Fake("serving"), terms)


def test_a_server_that_forgets_is_two(credentials: Callable[[Kind], Credentials]) -> None:
    visits: list[tuple[int, ...]] = []

    class Server(Fake):
        @contextlib.contextmanager
        def serving(self, terms: Terms) -> Iterator[Any]:
            visits.append(terms.visits)
            yield types.SimpleNamespace(port=len(visits), result=lambda patience: None)

    class Client(Fake):
        def talk(self, ports: Sequence[int], terms: Terms) -> None:
            visits.append(tuple(ports))

    terms = dataclasses.replace(CASES[0].terms(credentials(CASES[0].kind)), visits=(0, 1))
    parties.meet(Client(), Server(), terms)
    assert visits == [(0, 1), (1, 1)]
    visits.clear()
    parties.meet(Client(), Server(), dataclasses.replace(terms, forgets=True))
    assert visits == [(0,), (1,), (1, 2)]


def test_early_data_come_first_and_a_first_visit_may_be_silent(
    credentials: Callable[[Kind], Credentials],
) -> None:
    terms = CASES[0].terms(credentials(CASES[0].kind))
    terms = dataclasses.replace(terms, visits=(0, 1), early="accepted")
    sent: list[bytes] = []
    conversation.answer(io.BytesIO(b"").read, sent.append, terms, 0)
    assert sent == []
    conversation.answer(io.BytesIO(EARLY + terms.content).read, sent.append, terms, 1)
    assert sent == [terms.content]
    for wrong in (b"", terms.content, EARLY.upper() + terms.content, EARLY):
        with pytest.raises(Failed):
            conversation.answer(io.BytesIO(wrong).read, sent.append, terms, 1)


def test_only_the_same_content_will_do(credentials: Callable[[Kind], Credentials]) -> None:
    terms = CASES[0].terms(credentials(CASES[0].kind))
    sent: list[bytes] = []
    conversation.answer(io.BytesIO(terms.content).read, sent.append, terms)
    assert sent == [terms.content]
    for wrong in (terms.content[:-1], terms.content[:-1] + b"?"):
        with pytest.raises(Failed):
            conversation.answer(io.BytesIO(wrong).read, sent.append, terms)
        with pytest.raises(Failed):
            conversation.same_or_failed(wrong, terms)
