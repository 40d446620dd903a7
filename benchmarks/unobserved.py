"""A twin of ours that nobody can look into: the same source, and the observing is not in it.

    load("unobserved", blinded)         the twin
    load("again", unchanged)            a copy of which nothing was taken out, for a fair comparison

The packages above `purecrypto`, where the observing is, are read once more from their files and run under
other names.  What is taken out of their syntax trees on the way is everything that serves an observer:
parameter, argument, attribute, each `if observe is not None` with what stands in it, and the functions that
hold nothing else, with their calls.  So there is no second copy to be kept in step, and the rest is the same
to the letter.
"""

import ast
import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from importlib import util
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("record", "x509", "handshake", "tls")  # purecrypto reports nothing: everyone uses the same one
OBSERVER = {"observe", "_observe"}  # what it is called, as a variable, a parameter and an attribute
TELLING = {"tell"}  # functions that do nothing but report, and are called from other files

Change = Callable[[ast.Module], ast.Module]


@functools.cache
def load(name: str, change: Change) -> "Copy":
    """The packages as `name.record`, `name.handshake`, ..., each file changed before it is compiled."""
    sys.meta_path.append(_Finder(name, change))
    return Copy(name)


class Copy:
    """The packages once more: `copy.module("handshake.codec")`."""

    def __init__(self, name: str) -> None:
        self._prefix = f"{name}." if name else ""

    def module(self, name: str) -> Any:
        return importlib.import_module(self._prefix + name)


ORIGINAL = Copy("")


def blinded(tree: ast.Module) -> ast.Module:
    """A file without anything that is there for an observer."""
    idle = _functions_without_body(tree)
    tree = _Blindfold().visit(tree)
    while empty := _functions_without_body(tree) - idle:  # they did nothing but report
        tree = _Without(empty).visit(tree)
    tree = _Without(TELLING).visit(tree)
    return ast.fix_missing_locations(tree)


def unchanged(tree: ast.Module) -> ast.Module:
    return tree


def is_observer(node: ast.AST | None) -> bool:
    return (isinstance(node, ast.Name) and node.id in OBSERVER) or (
        isinstance(node, ast.Attribute) and node.attr in OBSERVER
    )


class _Shortened(ast.NodeTransformer):
    """Takes statements out; what loses its whole body goes as well, or passes."""

    def generic_visit(self, node: ast.AST) -> Any:
        super().generic_visit(node)
        if isinstance(node, ast.For) and not node.body:
            return None
        if isinstance(node, ast.If | ast.With) and not node.body:
            node.body = [ast.Pass()]
        return node


class _Blindfold(_Shortened):
    def visit_If(self, node: ast.If) -> Any:
        asked = (each.left for each in ast.walk(node.test) if isinstance(each, ast.Compare))
        if any(is_observer(each) for each in asked):
            return [self.visit(statement) for statement in node.orelse]
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        return None if any(is_observer(target) for target in node.targets) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        node.args = [argument for argument in node.args if not is_observer(argument)]
        node.keywords = [keyword for keyword in node.keywords if keyword.arg not in OBSERVER]
        return self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> Any:
        missing: list[ast.expr | None] = [None] * (len(node.args) - len(node.defaults))
        kept = [
            (argument, default)
            for argument, default in zip(node.args, [*missing, *node.defaults], strict=True)
            if argument.arg not in OBSERVER
        ]
        node.args = [argument for argument, _ in kept]
        node.defaults = [default for _, default in kept if default is not None]
        keyword_only = [
            (argument, default)
            for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            if argument.arg not in OBSERVER
        ]
        node.kwonlyargs = [argument for argument, _ in keyword_only]
        node.kw_defaults = [default for _, default in keyword_only]
        return self.generic_visit(node)


class _Without(_Shortened):
    """Takes functions out, and their calls."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return None if node.name in self._names else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        return None if name in self._names else self.generic_visit(node)


def _functions_without_body(tree: ast.Module) -> set[str]:
    """Those that have a docstring at most."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.body[ast.get_docstring(node) is not None :]:
            found.add(node.name)
    return found


class _Moved(ast.NodeTransformer):
    """Imports from the copies what the original imports from the packages."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if node.module is not None and node.module.partition(".")[0] in PACKAGES:
            node.module = f"{self._name}.{node.module}"
        return node


class _Finder(MetaPathFinder, Loader):
    """Finds the copies under their names, and runs them."""

    def __init__(self, name: str, change: Change) -> None:
        self._name = name
        self._change = change

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == self._name:
            return ModuleSpec(name, None, is_package=True)
        original = name.removeprefix(f"{self._name}.")
        if original == name or original.partition(".")[0] not in PACKAGES:
            return None
        found = util.find_spec(original)
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return ModuleSpec(name, self, origin=found.origin, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None and spec.origin is not None
        tree = ast.parse(Path(spec.origin).read_text("utf-8"), spec.origin)
        tree = _Moved(self._name).visit(self._change(tree))
        exec(compile(tree, spec.origin, "exec"), module.__dict__)
