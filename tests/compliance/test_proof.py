"""The proof: what is taken away, which tests are run then, and that a worthless test is found out."""

import subprocess
from pathlib import Path

import pytest

from tests.compliance import account, proof, rules
from tests.compliance.proof import Outcome

CHECKS = [
    # a statement, its mark in place, and what is left of it
    ("if a == b:  # HERE\n    f()", "if ((a == b) and False):  # HERE\n    f()"),
    (
        "if a:\n    f()\nelif (b := c):  # HERE\n    g(b)",
        "if a:\n    f()\nelif (((b := c) and False)):  # HERE\n    g(b)",
    ),
    ("# HERE\nif a and (\n    b\n):\n    f()", "# HERE\nif ((a and (\n    b\n)) and False):\n    f()"),
    ("if a:\n    raise E(\n        'ä'\n    )  # HERE", "if a:\n    pass  # HERE"),
    ("try:\n    f()\nexcept E:  # HERE\n    raise G from None", "try:\n    f()\nexcept E:  # HERE\n    pass"),
    ("check(a)  # HERE", "pass  # HERE"),
    ("# HERE\n# and more\n\ncheck(a)", "# HERE\n# and more\n\npass"),
    ("def f():\n    yield x  # HERE", "def f():\n    pass  # HERE"),
    ("a.b = c  # HERE", "pass  # HERE"),
    ("a |= b  # HERE", "pass  # HERE"),
]


@pytest.mark.parametrize(("source", "left"), CHECKS)
def test_what_is_taken_away(source: str, left: str) -> None:
    compile(left, "left", "exec")
    assert proof.without(source, line_of(source)) == left


@pytest.mark.parametrize(
    "source",
    [
        "a = b  # HERE",
        "def f():\n    return a  # HERE",
        "def f():  # HERE\n    g()",
        '"""Text."""  # HERE',
        "# HERE",
    ],
)
def test_what_is_no_check(source: str) -> None:
    assert proof.without(source, line_of(source)) is None


TESTS = """
def test_itself():
    pass  # ITSELF

TABLE = [1]  # TABLE

def of_table():
    return TABLE

def helper():  # HELPER
    return of_table()

@parametrize(of_table())
def test_table():
    pass

def test_helper():
    helper()
"""


@pytest.mark.parametrize(
    ("mark", "tests"),
    [("ITSELF", {"test_itself"}), ("TABLE", {"test_table", "test_helper"}), ("HELPER", {"test_helper"})],
)
def test_which_tests_are_run(mark: str, tests: set[str]) -> None:
    assert proof.tests_of(TESTS, line_of(TESTS, f"# {mark}")) == tests


LIST = """
== 4  One

   1  MUST  both  It is no number below zero.
   2  MUST  both  It is no large number.
   3  MUST  both  It is no word.
   4  MUST  both  It has no test that runs.
   5  MUST  both  Its test fails.
   6  MUST  both  It is a number.
"""
CODE = """
def check(number):
    if number < 0:  # section 4 [1]
        raise ValueError("below zero")
    if number > 9:  # section 4 [2, 4, 5]
        raise ValueError("large")
    if not isinstance(number, int):
        raise TypeError("a word")  # section 4 [3]
    return number  # section 4 [6]
"""
TEST = """
import pytest
from tls import code

CASES = {
    "one below zero": -1,  # section 4 [1]
    "below zero": -9,
    "large": 10,  # section 4 [3]
}

@pytest.mark.parametrize("name", CASES)
def test_check(name):
    with pytest.raises(ValueError):
        code.check(CASES[name])

def test_nothing():  # section 4 [2]
    code.check(1)

def test_word():
    with pytest.raises(TypeError):
        code.check("a word")

def unused():  # section 4 [4]
    pass

def test_that_fails():  # section 4 [5, 6]
    assert False
"""


def test_a_check_is_missed_or_its_test_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # these tests need none, and start sooner
    for name, source in (("tls/code.py", CODE), ("tests/tls/test_code.py", TEST)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    taken = account.take(tmp_path, rules.read(LIST))
    verdicts = list(proof.prove(tmp_path, taken, ["4"]))
    assert {verdict.marker.rule: verdict.outcome for verdict in verdicts} == {
        "4-1": Outcome.MISSED,
        "4-2": Outcome.NOT_MISSED,
        "4-3": Outcome.NOT_MISSED,  # its test is about something else
        "4-4": Outcome.NO_TESTS,
        "4-5": Outcome.BROKEN,
    }
    assert [verdict.is_proof for verdict in verdicts].count(True) == 1
    assert str(verdicts[0]) == "4-1         its tests fail    tls/code.py:3 check"
    assert (tmp_path / "tls/code.py").read_text(encoding="utf-8") == CODE
    assert list(proof.prove(tmp_path, taken, ["4-6", "5"])) == []  # nothing to take away, and no such section


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0, Outcome.NOT_MISSED),
        (1, Outcome.MISSED),
        (2, Outcome.MISSED),  # a module cannot even be imported
        (4, Outcome.NO_TESTS),
        (5, Outcome.NO_TESTS),
        (None, Outcome.MISSED),  # they hang
    ],
)
def test_what_pytest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int | None, outcome: Outcome
) -> None:
    def run(command: list[str], *, timeout: float, **how: object) -> "subprocess.CompletedProcess[str]":
        if status is None:
            raise subprocess.TimeoutExpired(command, timeout)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", run)
    assert proof.Tree(tmp_path, tmp_path).run(["tests/test_a.py::test_a"]) is outcome


def line_of(source: str, mark: str = "# HERE") -> int:
    return source[: source.index(mark)].count("\n") + 1
