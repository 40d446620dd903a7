"""The program: it writes the page, and says with its exit status whether everything is in order."""

from pathlib import Path

import pytest

from tests.compliance import __main__ as program
from tests.compliance import page, proof, rules
from tests.compliance.markers import Marker
from tests.compliance.proof import Outcome, Verdict

LIST = """
== 4.1  One

   1  MUST             client       It is kept and tested.
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one rule, which is kept."""
    for name in ("tls/code.py", "tests/tls/test_code.py", "docs/compliance.md", "rules.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "tls/code.py").write_text("x = 1  # section 4.1 [1]\n", encoding="utf-8")
    (tmp_path / "tests/tls/test_code.py").write_text("x = 1  # section 4.1 [1]\n", encoding="utf-8")
    (tmp_path / "rules.txt").write_text(LIST, encoding="utf-8")
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(page, "PAGE", tmp_path / "docs/compliance.md")
    monkeypatch.setattr(rules, "LIST", tmp_path / "rules.txt")
    return tmp_path


def test_the_page_is_written_and_then_current(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/compliance.md is not current: run python -m tests.compliance\n"
    assert program.main([]) == 0
    assert "It is kept and tested." in page.PAGE.read_text(encoding="utf-8")
    assert program.main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    (root / "tls/code.py").write_text("\nx = 1  # section 4.1 [1]\n", encoding="utf-8")  # a line further down
    assert program.main(["--check"]) == 1


def test_what_is_missing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "tests/tls/test_code.py").write_text("", encoding="utf-8")
    missing = "4.1-1 MUST (client): no test is marked for: It is kept and tested.\n"
    assert program.main(["--missing"]) == 0
    assert capsys.readouterr().out == missing + "1 rules are not accounted for\n"
    assert program.main([]) == 0
    assert program.main(["--check"]) == 1
    assert capsys.readouterr().out == missing


def test_a_marker_of_no_rule_is_wrong_in_any_case(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "tls/code.py").write_text("x = 1  # section 4.1 [1, 7]\n", encoding="utf-8")
    assert program.main([]) == 1
    assert capsys.readouterr().out == "tls/code.py:1: there is no rule 4.1-7\n"


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.MISSED, 0), (Outcome.NOT_MISSED, 1)])
def test_the_proof_is_told(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome,
    status: int,
) -> None:
    verdict = Verdict(Marker("4.1-1", "tls/code.py", 1, "x"), outcome)
    monkeypatch.setattr(proof, "prove", lambda *arguments: iter([verdict]))
    assert program.main(["--prove", "4.1-1"]) == status
    end = f"1 times a check was taken away, for 1 rules; {status} are no proof"
    assert capsys.readouterr().out == f"{verdict}\n{end}\n"
