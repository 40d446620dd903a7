"""The markers: comments and docstrings that say which rules a line enforces, or shows to be enforced.

    if answer.legacy_version != LEGACY_VERSION:  # section 4.2.3 [2]
    # Sections 4.2.3 [6] and 4.2.4 [4, 13]: what both kinds of answer share.

A section without ordinals in brackets is a citation and no marker, and so is one of another RFC.  A comment
on a line of its own belongs to the statement below it.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

CODE = ("purecrypto", "record", "x509", "handshake", "tls")
TESTS = ("tests",)
NOT_READ = "tests/compliance/"  # it talks about markers

SECTION = r"(?:[1-9]\d*|[A-F])(?:\.\d+)*"
MARKER = re.compile(rf"(?<![\w.])(?P<section>{SECTION}) \[(?P<ordinals>\d+(?:, ?\d+)*)\]")
ANOTHER_RFC = re.compile(r"RFC (?!9846)\d+,? (?:sections?|appendix|appendices) ")
LIST = re.compile(rf"(?:{SECTION}(?: \[[\d, ]+\])?(?:, | and | to |, and ))*")  # what may stand between

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Marker:
    """One rule, named at one place."""

    rule: str
    path: str  # from the root of the repository
    line: int
    where: str  # the function, class or name around it; "" for a module's own docstring
    case: str = ""  # the line of a table of tests, by its name

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


def find(root: Path, packages: Iterable[str]) -> list[Marker]:
    """All markers in these packages, in the order of files and lines."""
    found: list[Marker] = []
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(NOT_READ):
                found += read(name, path.read_text(encoding="utf-8"))
    return found


def read(path: str, source: str) -> Iterator[Marker]:
    """The markers of one file."""
    lines = [(line, text) for line, text in prose(source) if MARKER.search(text)]
    if not lines:
        return
    tree = ast.parse(source)
    for line, text in lines:
        where, case = _surroundings(tree, anchor(source, line))
        for rule in ids(text):
            yield Marker(rule, path, line, where, case)


def ids(text: str) -> list[str]:
    """The rules that a line of prose names."""
    found = []
    for match in MARKER.finditer(text):
        before = list(ANOTHER_RFC.finditer(text, 0, match.start()))
        if before and LIST.fullmatch(text, before[-1].end(), match.start()):
            continue
        found += [f"{match['section']}-{int(ordinal)}" for ordinal in match["ordinals"].split(",")]
    return found


def prose(source: str) -> list[tuple[int, str]]:
    """Comments and the lines of docstrings, by line number."""
    found = [
        (token.start[0], token.string)
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, *_DEFINITIONS)) and ast.get_docstring(node, clean=False) is not None:
            string = node.body[0]
            found += [(line, lines[line - 1]) for line in range(string.lineno, (string.end_lineno or 0) + 1)]
    return sorted(found)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def anchor(source: str, line: int) -> int:
    """The line that a marker is about: its own, or the first one of code below where it stands alone."""
    lines = source.splitlines()
    while line < len(lines) and lines[line - 1].lstrip().startswith("#"):
        line += 1
        while line < len(lines) and not lines[line - 1].strip():
            line += 1
    return line


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def top_level(tree: ast.Module, line: int) -> ast.stmt | None:
    """The statement of the module that a line belongs to."""
    return next((node for node in tree.body if first_line(node) <= line <= (node.end_lineno or 0)), None)


def defined(node: ast.stmt) -> set[str]:
    """The names that a statement of a module gives something to."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {
        name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)
    }


def _surroundings(tree: ast.Module, line: int) -> tuple[str, str]:
    """The names around a line, and its case where it is in a table."""
    node = top_level(tree, line)
    if node is None:
        return "", ""
    if not isinstance(node, _DEFINITIONS):
        return ", ".join(sorted(defined(node))), _key(node, line)
    path, inner = [node.name], _within(node, line)
    while inner is not None:
        path.append(inner.name)
        inner = _within(inner, line)
    is_script = bool(node.decorator_list) and not node.name.startswith("test_")
    return ".".join(path), node.name if is_script else _key(node, line)


def _within(node: Definition, line: int) -> Definition | None:
    inner = (child for child in node.body if isinstance(child, _DEFINITIONS))
    return next((child for child in inner if first_line(child) <= line <= (child.end_lineno or 0)), None)


def _key(node: ast.stmt, line: int) -> str:
    """The key of the entry that a line is in, in a dict of named cases."""
    tables = [child for child in ast.walk(node) if isinstance(child, ast.Dict)]
    for table in tables:
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and key.lineno <= line <= (value.end_lineno or 0):
                return key.value if isinstance(key.value, str) else ""
    return ""
