"""A few hundred chains every day; `make differential` judges thousands."""

import itertools
import shlex
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.differential import __main__ as differential
from tests.differential import catalogue, disagreements, drafts, generate, judges, page
from tests.differential.__main__ import PAGE
from tests.differential.judges import Verdicts
from tests.support import peers
from x509 import __main__ as x509_main

README = Path(__file__).parents[2] / "README.md"
CHAINS = 50
SEED = 20

GOOD = Verdicts("", "", "", "")


@pytest.mark.interop
def test_every_disagreement_is_explained() -> None:
    """Of every alteration by itself, and of random ones together."""
    openssl = peers.require("openssl")
    tally = page.Tally()
    for case in itertools.chain(generate.singles(SEED), generate.cases(SEED, CHAINS)):
        verdicts = judges.judge(case, openssl)
        assert case.alterations or verdicts == GOOD, f"{case}: {verdicts}"
        tally.add(case, verdicts)
    assert tally.unexplained == []
    assert len(tally.kinds) > 40  # there is something to explain
    for other, found in tally.pairs.items():  # and the judges have no fixed opinion
        assert found[True, True] > tally.chains // 5, other
        assert found[False, False] > tally.chains // 5, other


def test_the_same_seed_gives_the_same_chains() -> None:
    first = list(generate.cases(SEED, 20))
    assert first == list(generate.cases(SEED, 30))[:20]
    assert first != list(generate.cases(SEED + 1, 20))


def entries() -> list[catalogue.Entry]:
    return [entry for group in (catalogue.SHAPES, *catalogue.GROUPS) for entry in group]


def test_every_alteration_changes_something() -> None:
    """Applied to some good chain or other: there are those that are long enough, and keys of each kind."""
    for entry in dict.fromkeys(entries()):
        assert any(changes(entry, number) for number in range(40)), entry.name


def changes(entry: catalogue.Entry, number: int) -> bool:
    before, after = (drafts.good_chain(Random(number)) for _ in range(2))
    if len(before.path) < 3:
        return False
    catalogue.alter(after, [entry], Random(number))
    return as_bytes(before) != as_bytes(after)


def as_bytes(chain: drafts.Chain) -> tuple[object, ...]:
    sent, anchors = ([draft.der() for draft in drafts] for drafts in (chain.sent(), chain.anchors))
    return sent, anchors, chain.reference


def test_names_of_alterations_are_unique() -> None:
    names = [entry.name for entry in dict.fromkeys(entries())]
    assert len(names) == len(set(names)) > 150


def test_the_kinds_speak_of_alterations_that_are_there() -> None:
    known = {entry.name for entry in entries()}
    for kind in disagreements.KINDS:
        assert {name.partition(": ")[2] or name for name in kind.after} <= known, kind.name


CASE = generate.Case(7, ("leaf: no extKeyUsage",), (), (), "www.example.com")
WANTED = "NotPermitted: the web wants an extKeyUsage, and there is none"


@pytest.mark.parametrize(
    ("case", "verdicts", "explained"),
    [
        (CASE, replace(GOOD, us_web=WANTED), True),
        (CASE, replace(GOOD, us_web="NotPermitted: something else"), False),
        (CASE, replace(GOOD, pyca=WANTED), False),
        (CASE, replace(GOOD, us=WANTED), False),
        (replace(CASE, alterations=("leaf: expired",)), replace(GOOD, us_web=WANTED), False),
    ],
    ids=[
        "as it is told",
        "for another reason",
        "the other way round",
        "with another judge",
        "without its cause",
    ],
)
def test_a_disagreement_is_explained_only_by_what_has_led_to_it(
    case: generate.Case, verdicts: Verdicts, explained: bool
) -> None:
    tally = page.Tally()
    tally.add(case, verdicts)
    assert bool(tally.kinds) == explained
    assert bool(tally.unexplained) != explained


def test_each_of_two_complaints_is_explained() -> None:
    case = replace(CASE, alterations=("leaf: valid to this second",))
    tally = page.Tally()
    tally.add(case, replace(GOOD, openssl="10 at 0 depth lookup: expired; 26 at 0 depth lookup: purpose"))
    assert (sum(tally.kinds.values()), len(tally.unexplained)) == (1, 1)


def test_agreement_needs_no_explanation() -> None:
    tally = page.Tally()
    for verdicts in (GOOD, Verdicts("a", "b", "c", "d")):
        tally.add(CASE, verdicts)
    assert not tally.kinds and not tally.unexplained


def test_one_case_can_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    case = next(case for case in generate.cases(SEED, CHAINS) if not case.alterations)
    monkeypatch.chdir(tmp_path)
    differential.show(case, replace(GOOD, openssl="18 at 0 depth lookup: self-signed"))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == str(case)
    assert "openssl   18 at 0 depth lookup: self-signed" in said
    assert "us, web   good" in said
    command = shlex.split(said[-1].removeprefix("python -m x509 "))
    assert x509_main.main(command) == 0


def test_the_page_tells_every_kind() -> None:
    text = PAGE.read_text("utf-8")
    for kind in disagreements.KINDS:
        assert page.told(kind) in text, f"{kind.name}: run python -m tests.differential --page"
    rows = [line for line in text.splitlines() if line.startswith("| ") and " | **" in line]
    assert len(rows) == len(disagreements.KINDS)
    assert f"({PAGE.relative_to(README.parent)})" in README.read_text("utf-8")
