"""The proof: takes away each marked check, one at a time, and runs the tests that are marked for its rule.

It works on a copy of the repository, so nothing happens to the files that one is working on.  What is taken
away depends on the statement that a marker is about:

    if CONDITION: ...              becomes    if (CONDITION) and False: ...
    raise, a call or a yield that stands for itself, an assignment to an attribute       pass

A marker on anything else (a table, a value that is returned) says where a rule is kept, but there is no check
that could be taken away.  The tests have to fail; if they do not, the check or its test is not worth much.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.compliance import markers
from tests.compliance.account import Account
from tests.compliance.markers import Marker

TIME_LIMIT = 300  # seconds for the tests of one rule; a check whose loss makes them hang was missed too
COPIED = (*markers.CODE, "journey", "vectors", "benchmarks", "tests", "pyproject.toml", "README.md")
OWN_STATEMENTS = (ast.Raise, ast.AugAssign, ast.Delete)


class Outcome(Enum):
    """What the tests said."""

    MISSED = "its tests fail"
    NOT_MISSED = "ITS TESTS PASS"
    NO_TESTS = "NO TESTS RAN"
    BROKEN = "ITS TESTS FAIL WITH THE CHECK"


@dataclass(frozen=True)
class Verdict:
    """What came of taking one check away."""

    marker: Marker
    outcome: Outcome

    @property
    def is_proof(self) -> bool:
        return self.outcome is Outcome.MISSED

    def __str__(self) -> str:
        return f"{self.marker.rule:12}{self.outcome.value:18}{self.marker.place} {self.marker.where}"


def prove(root: Path, account: Account, chosen: Sequence[str] = ()) -> Iterator[Verdict]:
    """Take away each check that has tests, of the chosen rules or sections; of all, if none is chosen."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(root, Path(folder))
        for rule, found in account.code.items():
            if chosen and rule not in chosen and rule.rpartition("-")[0] not in chosen:
                continue
            tests = account.tests.get(rule)
            removable = [marker for marker in found if tests and tree.without(marker) is not None]
            cases = tree.cases(tests or [])
            sound = not removable or tree.run(cases)
            for marker in removable:
                outcome = tree.judge(marker, cases) if sound is Outcome.NOT_MISSED else _unsound(sound)
                yield Verdict(marker, outcome)


def _unsound(outcome: object) -> Outcome:
    return Outcome.NO_TESTS if outcome is Outcome.NO_TESTS else Outcome.BROKEN


class Tree:
    """A copy of the repository to run tests in."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self._cases: dict[str, list[str]] = {}  # of a test file, by its path
        for name in COPIED:
            source = root / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, folder / name)

    def without(self, marker: Marker) -> str | None:
        """The source of the marker's file without the check that it is about; None if it is about none."""
        return without(self.read(marker.path), marker.line)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def judge(self, marker: Marker, cases: Sequence[str]) -> Outcome:
        source, changed = self.read(marker.path), self.without(marker)
        assert changed is not None
        path = self.folder / marker.path
        path.write_text(changed, encoding="utf-8")
        try:
            return self.run(cases)
        finally:
            path.write_text(source, encoding="utf-8")

    def run(self, cases: Sequence[str]) -> Outcome:
        """Run these tests; MISSED means that one of them failed."""
        if not cases:
            return Outcome.NO_TESTS
        try:
            ended = self._pytest("-x", *cases)
        except subprocess.TimeoutExpired:
            return Outcome.MISSED
        if ended.returncode == 0:
            return Outcome.NOT_MISSED
        return Outcome.MISSED if ended.returncode in (1, 2) else Outcome.NO_TESTS  # 2: not even importable

    def cases(self, tests: Sequence[Marker]) -> list[str]:
        """What pytest has to run for these markers: their case where they name one, or else their test."""
        found: dict[str, None] = {}
        for marker in tests:
            collected = self._collected(marker.path)
            name = re.compile(rf"\[(?:.*\W)?{re.escape(marker.case)}(?:\W.*)?\]$")
            of_case = [case for case in collected if marker.case and name.search(case)]
            names = tests_of(self.read(marker.path), marker.line)
            found |= dict.fromkeys(of_case or [case for case in collected if _function(case) in names])
        return list(found)

    def _collected(self, path: str) -> list[str]:
        if path not in self._cases:
            listing = self._pytest("--collect-only", path).stdout.splitlines()
            self._cases[path] = [line for line in listing if line.startswith(f"{path}::")]
        return self._cases[path]

    def _pytest(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder), "CI": "1"},
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )


def _function(case: str) -> str:
    return case.partition("[")[0].rpartition("::")[2]


def without(source: str, line: int) -> str | None:
    """`source` without the check that a marker in this line is about; None if there is none."""
    node = statement(ast.parse(source), markers.anchor(source, line))
    if isinstance(node, ast.If):
        condition = ast.get_source_segment(source, node.test)
        return _replace(source, node.test, f"(({condition}) and False)")
    if node is None or not _stands_for_itself(node):
        return None
    return _replace(source, node, "pass")


def statement(tree: ast.Module, line: int) -> ast.stmt | None:
    """The statement that a line is part of; of an `except`, the first one inside."""
    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= _end_of_head(node):
            found = node
        if isinstance(node, ast.ExceptHandler) and node.lineno <= line < node.body[0].lineno:
            found = node.body[0]
    return found


def _end_of_head(node: ast.stmt) -> int:
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return node.end_lineno or 0
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return max(first.lineno - 1, node.lineno)


def _stands_for_itself(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets)
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return isinstance(node, (*OWN_STATEMENTS, ast.Expr)) and not is_docstring


def _replace(source: str, node: ast.expr | ast.stmt, text: str) -> str:
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None and node.end_col_offset is not None
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return (before + text.encode() + after).decode()


def tests_of(source: str, line: int) -> set[str]:
    """The tests that use, directly or not, what a line of a test file stands in; or the one that it is in."""
    tree = ast.parse(source)
    node = markers.top_level(tree, markers.anchor(source, line))
    names = set() if node is None else markers.defined(node)
    while True:
        users = [other for other in tree.body if _names(other) & names]
        more = {name for user in users for name in markers.defined(user)} - names
        if not more or any(name.startswith("test_") for name in names):
            return {name for name in names | more if name.startswith("test_")}
        names |= more


def _names(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
