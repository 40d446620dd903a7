"""Mutants: each is killed, and leaves nothing behind; a stale one and a surviving one are noticed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import pytest

from handshake.errors import IllegalParameter
from handshake.psk_extensions import EarlyDataIndication
from journey import __main__ as program
from journey.attacks import Attack
from journey.mutants import catalogue, hostile, of_client_certificates, of_early_data, returning, trial
from journey.mutants.stage import Stage
from journey.mutants.surgery import Replaced, Rewritten, applied, changed, without
from journey.mutants.trial import TOP, Act, Beaten, Finding, Kind, Mutant
from purecrypto.ed25519 import Ed25519PrivateKey
from record import framing
from record.content_type import ContentType
from record.errors import RecordOverflow
from x509 import names

STAGE = Stage()
AT_LEAST = 129  # mutants
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", catalogue.MUTANTS, ids=lambda mutant: mutant.name)
def test_no_mutant_survives(mutant: Mutant) -> None:
    verdict = trial.judge(mutant, STAGE)
    assert not verdict.with_check.got_through, verdict
    assert verdict.without_check.got_through, verdict
    assert not verdict.survives


def test_the_catalogue() -> None:
    titles = [mutant.name for mutant in catalogue.MUTANTS]
    assert len(set(titles)) == len(titles) >= AT_LEAST
    assert {mutant.kind for mutant in catalogue.MUTANTS} == set(Kind)
    assert catalogue.called("Finished") == [m for m in catalogue.MUTANTS if "Finished" in m.name] != []
    assert catalogue.called("") == list(catalogue.MUTANTS)


def test_a_client_and_an_honest_server_understand_each_other() -> None:
    """Otherwise an act could be refused for the wrong reason."""
    server = STAGE.hostile_server()
    server.flight()
    assert server.victim.connection.session is not None
    server.victim.connection.send(b"hello")
    server.say_raw(b"")
    assert server.first_data() == b"hello"
    server.say_inner(b"and hello\x17\0\0")
    assert server.victim.accepted == b"and hello"


def test_a_server_and_an_honest_client_understand_each_other() -> None:
    """With all that a client can bring: a ticket, early data, a second hello, a certificate."""
    remembered = returning.session(STAGE, max_early_data=100)
    early = {"max_replayable_early_data": 100, "anti_replay": of_early_data.register()}
    client = returning.returning_client(STAGE, remembered, **early)
    client.offer(early=True)
    client.say_early(b"hello")
    client.end_early_data()
    assert client.finished().early_data_accepted
    client.say_record(ContentType.APPLICATION_DATA, b" again")
    assert (returning.early_data_of(client.victim), client.victim.accepted) == (b"hello", b" again")
    assert len(client.tickets) == 2

    client = returning.returning_client(STAGE, remembered)
    client.offer(key_share_groups=())
    client.offer()
    session = client.finished()
    assert (session.psk_origin, session.hello_retried) == ("ticket", True)

    client = of_client_certificates.asked(STAGE)
    key = Ed25519PrivateKey.generate()
    client.show(of_client_certificates.chain_of(STAGE.certifier, key))
    client.verify(key)
    assert of_client_certificates.connected_as(client) == "CN=alice.example"


def test_a_client_and_a_server_that_it_knows_understand_each_other() -> None:
    certificates = returning.path_of(STAGE, STAGE.chain())
    remembered = returning.session(STAGE, certificates=certificates, max_early_data=100)
    server = returning.known_server(STAGE, remembered, replayable_early_data=True)
    session = returning.select_psk(server, EarlyDataIndication())
    assert (session.psk_origin, session.early_data_accepted) == ("ticket", True)
    assert session.peer is not None and session.peer.path is not None
    assert tuple(c.der for c in session.peer.path.certificates) == certificates


# --- Surgery -----------------------------------------------------------------------------------------------


def absolute(number: int) -> int:
    """What the tests operate on."""
    if number < 0:  # a comment
        number = -number
    limit = 10
    if number > limit:
        raise ValueError(f"{number} is too much")
    return number


class Patient:
    """Has methods."""

    @classmethod
    def of_class(cls, number: int) -> int:
        return number + 1

    def method(self, number: int) -> int:
        return number + 1


def test_a_statement_is_removed_and_put_back() -> None:
    alias = absolute
    edit = without(absolute, "if number < 0:")
    with applied([edit]):
        assert alias(-3) == -3
        with pytest.raises(ValueError, match="11 is too much") as refusal:
            absolute(11)
    assert absolute(-3) == 3
    # The lines after the gap are still where they were.
    assert refusal.traceback[-1].lineno == absolute.__code__.co_firstlineno - 1 + 6
    assert edit.line == absolute.__code__.co_firstlineno + 2
    assert edit.where == f"tests/journey/test_mutants.py:{edit.line}"
    assert edit.check == "if number < 0:"


def test_phrases_are_changed() -> None:
    edit = changed(absolute, {"number > limit": "number > 10 * limit", "= -number": "= -number + 1"})
    with applied([edit]):
        assert (absolute(50), absolute(-3)) == (50, 4)
    assert edit.check == "number > limit"
    with applied([changed(Patient.of_class, {"+ 1": "+ 2"}), changed(Patient.method, {"+ 1": "+ 3"})]):
        assert (Patient.of_class(1), Patient().method(1)) == (3, 4)
    assert (Patient.of_class(1), Patient().method(1)) == (2, 2)


def test_a_value_is_replaced() -> None:
    edit = Replaced(framing, "MAX_PLAINTEXT", 3)
    with applied([edit]):
        buffer = framing.RecordBuffer()
        buffer.receive(framing.header(ContentType.HANDSHAKE, 4))
        with pytest.raises(RecordOverflow, match="at most 3"):
            buffer.next_record()
    assert framing.MAX_PLAINTEXT == 2**14
    file, line = edit.where.split(":")
    assert file == "record/framing.py"
    with open(framing.__file__, encoding="utf-8") as source:
        assert source.read().splitlines()[int(line) - 1].startswith("MAX_PLAINTEXT =")


@pytest.mark.parametrize("statement", ["if number < 1:", "number", "number = -number  # a comment"])
def test_a_statement_that_is_not_there_is_missed(statement: str) -> None:
    with pytest.raises(LookupError, match="absolute: 0 statements begin with"):
        without(absolute, statement)


def test_what_stands_there_twice_is_refused() -> None:
    def twice(number: int) -> int:
        number += 1
        number += 1
        return number

    with pytest.raises(LookupError, match="2 statements"):
        without(twice, "number += 1")
    for phrases in ({"number": "n"}, {"return number": "return 0", "+= 1": "-= 1"}, {"nothing": ""}):
        with pytest.raises(LookupError, match=r"stands in it [0245] times"):
            changed(twice, phrases)


def test_two_edits_of_one_function_are_refused() -> None:
    edits = [changed(absolute, {"= 10": "= 20"}), without(absolute, "if number < 0:")]
    with pytest.raises(ValueError, match="two edits of one function"), applied(edits):
        pass
    assert absolute(-3) == 3


def test_all_is_put_back_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), applied([without(absolute, "if number < 0:")]):
        assert absolute(-3) == -3
        raise ZeroDivisionError
    assert absolute(-3) == 3


def test_the_catalogue_edits_code_as_it_is() -> None:
    """No mutant's code is left in a function, whatever ran before."""
    for mutant in catalogue.MUTANTS:
        for edit in mutant.edits:
            if isinstance(edit, Rewritten):
                assert isinstance(edit.function, FunctionType)
                assert edit.function.__code__ is not edit.code
                file, number = edit.where.split(":")
                with open(ROOT / file, encoding="utf-8") as source:
                    assert edit.check in source.read().splitlines()[int(number) - 1]


# --- Trials ------------------------------------------------------------------------------------------------


def mutant(act: Act, name: str = "a mutant of the tests") -> Mutant:
    return Mutant(name, "nowhere", (without(names.verify_name, "if not matches:"),), Kind.ATTACK, act)


def refused(stage: Stage) -> str:
    raise IllegalParameter("never")


def beaten(stage: Stage) -> str:
    raise Beaten("not this way", "a.py:1")


@pytest.mark.parametrize("act", [refused, beaten, lambda stage: "always"])
def test_a_survivor_is_noticed(act: Act) -> None:
    assert trial.judge(mutant(act), STAGE).survives


def test_findings() -> None:
    assert trial.attempt(lambda stage: "it", STAGE) == Finding(True, "it")
    assert trial.attempt(beaten, STAGE) == Finding(False, "not this way", "a.py:1")
    line = refused.__code__.co_firstlineno + 1
    expected = Finding(False, "IllegalParameter: never", f"tests/journey/test_mutants.py:{line}")
    assert trial.attempt(refused, STAGE) == expected


def test_a_bug_is_no_refusal() -> None:
    def buggy(stage: Stage) -> str:
        raise KeyError("a bug")

    before = names.verify_name.__code__
    with pytest.raises(KeyError):
        trial.judge(mutant(buggy), STAGE)
    assert names.verify_name.__code__ is before


def test_a_refusal_is_placed_at_its_origin() -> None:
    def act(stage: Stage) -> str:
        try:
            return refused(stage)
        except IllegalParameter as error:
            raise IllegalParameter("with more words") from error

    line = refused.__code__.co_firstlineno + 1
    assert trial.attempt(act, STAGE).where == f"tests/journey/test_mutants.py:{line}"


def test_attacks_stand_or_fall_together() -> None:
    def won(goal: bool) -> Attack:
        return Attack("a test", lambda scene: None, lambda evidence: goal, wins=())

    assert trial.on(TOP, won(True), won(True))(STAGE) == "a test: it wins; a test: it wins"
    with pytest.raises(Beaten, match="a test: learns nothing"):
        trial.on(TOP, won(False), won(False))(STAGE)
    with pytest.raises(RuntimeError, match="one succeeds, the other does not"):
        trial.on(TOP, won(True), won(False))(STAGE)
    without_hold = replace(won(True), needs=(lambda rung: "nobody sends",))
    with pytest.raises(ValueError, match="a test: does not apply: nobody sends"):
        trial.on(TOP, without_hold)(STAGE)


# --- The command line --------------------------------------------------------------------------------------


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Mutant]]:
    """Enough to see how they are shown."""
    chosen = [catalogue.called(name)[0] for name in ("tag not compared", "legacy_session_id_echo", "S >= L")]
    monkeypatch.setattr(catalogue, "MUTANTS", tuple(chosen))
    yield chosen


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = program.main(("mutants", *arguments))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("width", [60, 80, 120])
def test_they_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, three: list[Mutant], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    status, out, err = run(capsys)
    assert (status, err) == (program.AS_DECLARED, "")
    assert max(len(line) for line in out.splitlines()) <= width
    assert "\x1b" not in out
    words = " ".join(out.split())
    if width >= 80:
        assert all(shown.where in words for shown in three)  # in one piece
    for shown in ("RFC 9846", "attack", "hostile peer", "published", "BadRecord:", "InvalidSignature:"):
        assert shown in words
    assert "3 mutants, shown by 1 attack, 1 hostile peer, 1 published vector; none survives" in words


def test_as_json(capsys: pytest.CaptureFixture[str], three: list[Mutant]) -> None:
    status, out, _ = run(capsys, "--json", "--only", "session_id")
    (found,) = json.loads(out)["mutants"]
    assert status == program.AS_DECLARED
    assert found["mutant"] == "legacy_session_id_echo"
    assert found["check"] == "if answer.legacy_session_id_echo != client_hello.legacy_session_id:"
    assert found["where"].startswith("handshake/server_answer.py:")
    assert (found["section"], found["kind"]) == ("RFC 9846 4.2.3", "hostile peer")
    assert found["with_check"]["refused"] == "IllegalParameter: legacy_session_id_echo is not what we sent"
    assert found["with_check"]["where"].startswith("handshake/server_answer.py:")
    assert found["without_check"].startswith("the client is connected")
    assert found["survives"] is False


def test_a_survivor_is_reported(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MUTANTS", (mutant(refused),))
    monkeypatch.setenv("COLUMNS", "100")
    status, out, _ = run(capsys)
    assert status == program.SURPRISED
    assert "it survives" in out
    assert "1 mutant; these survive: a mutant of the tests" in out
    assert run(capsys, "--json")[0] == program.SURPRISED


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["mutants", "--only", "nonsense"], "no mutant's name contains 'nonsense'\n"),
        (["mutants", "server"], "`mutants` stands alone\n"),
        (["matrix", "--only", "tag"], "--only belongs to `mutants`\n"),
    ],
)
def test_misuse_gets_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    assert program.main(arguments) == program.MISUSED
    assert capsys.readouterr().err == line


def test_the_hostile_side_hears_a_hang_up() -> None:
    server = STAGE.hostile_server()
    server.flight()
    with pytest.raises(hostile.EndOfStream):
        server.first_data()
