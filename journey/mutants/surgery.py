"""Taking a check out of running code, and putting it back.

    with applied([without(rules.check_validity, "if at > certificate.not_after:")]):
        ...                                       certificates do not expire any more

The products of this repository have no switches that turn a check off: somebody would find them.  A mutant
is made here instead.  The source of one function is read, one statement of it removed or one phrase changed,
the rest compiled again, and the function given the new code.  Whoever holds the function, in a table or
under another name, runs the mutant; when the `with` ends, it is itself again.

The text has to stand in the function exactly once.  So when the code changes, a mutant that does not fit any
more says so, instead of changing nothing.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Protocol

from journey.ladder import HERE


class Edit(Protocol):
    """One change to the running program."""

    @property
    def where(self) -> str:
        """The place of the check: file:line."""

    @property
    def check(self) -> str:
        """What stands there."""

    def apply(self, undo: ExitStack) -> None:
        """Make the change; `undo` unmakes it."""


@dataclass(frozen=True)
class Rewritten:
    """A function whose code is compiled from other lines than those in its file."""

    function: FunctionType
    line: int  # of the file
    check: str
    code: CodeType

    @property
    def where(self) -> str:
        return f"{_relative(self.function.__code__.co_filename)}:{self.line}"

    def apply(self, undo: ExitStack) -> None:
        undo.callback(setattr, self.function, "__code__", self.function.__code__)
        self.function.__code__ = self.code


@dataclass(frozen=True)
class Replaced:
    """Another value under a module's name."""

    module: Any
    name: str
    value: object

    @property
    def where(self) -> str:
        lines = inspect.getsource(self.module).splitlines()
        (line,) = (
            i for i, text in enumerate(lines, 1) if text.startswith((f"{self.name} ", f"{self.name}:"))
        )
        return f"{_relative(self.module.__file__)}:{line}"

    @property
    def check(self) -> str:
        return self.name

    def apply(self, undo: ExitStack) -> None:
        undo.callback(setattr, self.module, self.name, getattr(self.module, self.name))
        setattr(self.module, self.name, self.value)


def without(function: Callable[..., Any], statement: str) -> Rewritten:
    """The function without the one statement that begins with this line; an `if` goes with its branches.

    LookupError unless exactly one statement does.
    """
    target, lines, start = _source(function)
    found = [
        node
        for node in ast.walk(ast.parse("".join(lines)))
        if isinstance(node, ast.stmt) and lines[node.lineno - 1].partition("  # ")[0].strip() == statement
    ]
    if len(found) != 1:
        raise LookupError(f"{target.__qualname__}: {len(found)} statements begin with {statement!r}")
    (node,) = found
    assert node.end_lineno is not None
    gone = range(node.lineno - 1, node.end_lineno)
    indent = " " * node.col_offset
    kept = [line if i not in gone else "\n" for i, line in enumerate(lines)]
    kept[gone.start] = f"{indent}pass\n"
    return _rewritten(target, kept, start, gone.start, statement)


def changed(function: Callable[..., Any], phrases: Mapping[str, str]) -> Rewritten:
    """The function with each of these phrases changed into the other; the first one is the check.

    LookupError unless each stands in it exactly once, in one line.
    """
    target, lines, start = _source(function)
    places = []
    for old, new in phrases.items():
        found = [i for i, line in enumerate(lines) for _ in range(line.count(old))]
        if len(found) != 1:
            raise LookupError(f"{target.__qualname__}: {old!r} stands in it {len(found)} times")
        places.append(found[0])
        lines[found[0]] = lines[found[0]].replace(old, new)
    return _rewritten(target, lines, start, places[0], next(iter(phrases)))


@contextmanager
def applied(edits: Sequence[Edit]) -> Iterator[None]:
    """The program with these edits, until the `with` ends."""
    rewritten = [edit.function for edit in edits if isinstance(edit, Rewritten)]
    if len(set(rewritten)) != len(rewritten):
        raise ValueError("two edits of one function: the second would undo the first")
    with ExitStack() as undo:
        for edit in edits:
            edit.apply(undo)
        yield


def _source(function: Callable[..., Any]) -> tuple[FunctionType, list[str], int]:
    """The function itself, its lines from column 0 on, and the number of the first of them."""
    target = getattr(function, "__func__", function)  # of a method
    assert isinstance(target, FunctionType)
    lines, start = inspect.getsourcelines(target)
    return target, textwrap.dedent("".join(lines)).splitlines(keepends=True), start


def _rewritten(target: FunctionType, lines: list[str], start: int, index: int, check: str) -> Rewritten:
    # Empty lines before it keep the line numbers in tracebacks true.
    tree = ast.parse("\n" * (start - 1) + "".join(lines))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()  # they are round the function already, and we change what is inside
    module = compile(tree, target.__code__.co_filename, "exec")
    (code,) = (
        constant
        for constant in module.co_consts
        if isinstance(constant, CodeType) and constant.co_name == target.__name__
    )
    return Rewritten(target, start + index, check, code)


def _relative(file: str) -> str:
    return Path(file).relative_to(HERE.parent).as_posix()
