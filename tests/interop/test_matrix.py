"""The interop matrix, each pair a test; `docs/interop.md` is what one run of it looked like."""

import contextlib
import dataclasses
import io
import types
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from handshake.constants import CipherSuite, NamedGroup
from handshake.groups import GROUPS
from handshake.suites import SUITES
from tests.interop import conversation, kinds, matrix, page
from tests.interop import party as parties
from tests.interop.conversation import Failed, Missing, Terms
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
    for we in (matrix.OURS, matrix.STAND_IN):
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
    assert len(everyday) < len(large) / 4
    slow = {case.party for case in large if case.party.slow}
    assert slow
    assert not any(case.feature == "large" and case.party in slow for case in everyday)


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


def test_a_client_that_always_guesses_right_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "OURS", Axes(groups=(NamedGroup.X25519,)))
    guesser = type("Guesser", (OpenSSL,), {"first_shares": (NamedGroup.X25519,)})()
    cases = matrix.cases_of(guesser, "client")
    assert "retry" not in {case.feature for case in cases}
    text = page.write([Result(case, None) for case in cases], {}, "a machine", date(2026, 7, 1))
    assert "| OpenSSL, client | [1] | ✓ |" in text
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


def test_what_was_agreed_on_has_to_be_what_was_asked_for(credentials: Callable[[Kind], Credentials]) -> None:
    terms = dataclasses.replace(CASES[0].terms(credentials(CASES[0].kind)), decoy=NamedGroup.SECP521R1)
    agreed = {"cipher_suite": terms.suite, "group": terms.group, "hello_retried": True}
    ours.as_agreed(types.SimpleNamespace(**agreed), terms)
    other = {
        "cipher_suite": CipherSuite.TLS_AES_128_CCM_SHA256,
        "group": NamedGroup.X448,
        "hello_retried": False,
    }
    for name, value in other.items():
        with pytest.raises(Failed):
            ours.as_agreed(types.SimpleNamespace(**(agreed | {name: value})), terms)


class Fake(Party):
    """Fails where it is told to."""

    name = "fake"

    def __init__(self, fails: str = "") -> None:
        self._fails = fails

    def _may_fail(self, here: str) -> None:
        if here == self._fails:
            raise Failed(here)

    def talk(self, port: int, terms: Terms) -> None:
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
