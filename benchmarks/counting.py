"""How many operations a job takes, on ints of which length: counted, not guessed.

    counting.of(["SHA-256 16 B", ...])      by case; in a process of its own, where everything is loaded anew

The modules of purecrypto are loaded with their syntax trees rewritten: each `a + b` becomes a call that
notes the operator and how long its operands are, then adds.  So the counts are those of the code as it is
today, down to the last addition, and no number on the page has to be kept up to date by hand.

What is not counted are names, loops and assignments; calls are, though not what a called builtin does inside.
"""

import ast
import importlib.abc
import importlib.machinery
import json
import operator
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from benchmarks.results import Count

ROOT = Path(__file__).parents[1]
PACKAGE = "purecrypto"
DIGIT_BITS = sys.int_info.bits_per_digit

BINARY: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add, operator.iadd),
    ast.Sub: ("-", operator.sub, operator.isub),
    ast.Mult: ("*", operator.mul, operator.imul),
    ast.Mod: ("%", operator.mod, operator.imod),
    ast.FloorDiv: ("//", operator.floordiv, operator.ifloordiv),
    ast.Pow: ("**", operator.pow, operator.ipow),
    ast.BitAnd: ("&", operator.and_, operator.iand),
    ast.BitOr: ("|", operator.or_, operator.ior),
    ast.BitXor: ("^", operator.xor, operator.ixor),
    ast.LShift: ("<<", operator.lshift, operator.ilshift),
    ast.RShift: (">>", operator.rshift, operator.irshift),
}
FUNCTIONS = {symbol: (plain, in_place) for symbol, plain, in_place in BINARY.values()}
CALL, ITEM, INVERSE, POWER = "call", "item", "inverse", "power"

# What is counted: an operation, and the digits of its operands, which are 0 where they do not matter.
counts: Counter[tuple[str, int, int]] = Counter()


def of(names: Sequence[str]) -> dict[str, list[Count]]:
    """The operations of these cases, counted in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.counting", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"counting failed: {done.stderr.strip()}")
    return {name: [Count(*count) for count in found] for name, found in json.loads(done.stdout).items()}


# ---- In that process -----------------------------------------------------------------------------------


def main(names: Sequence[str]) -> None:
    sys.meta_path.insert(0, Finder())
    from benchmarks import cases  # only now: whatever it imports is rewritten
    from benchmarks.contenders.glassbox import Library

    answer = {}
    for case in cases.everything():
        if case.name in names:
            job = case.prepare(Library())
            job.run()  # tables are built, and not counted
            counts.clear()
            job.run()
            answer[case.name] = [(*operation, times) for operation, times in sorted(counts.items())]
    print(json.dumps(answer))


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the package where they are, and has them loaded by `Loader`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = Loader(fullname, spec.origin)
        return spec


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module with its operations counted, and leaves no bytecode of that behind."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return compile(rewritten(self.get_data(path)), path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(NOTES)
        super().exec_module(module)


def rewritten(source: bytes | str) -> ast.Module:
    """The syntax tree, with a note at each operation."""
    tree: ast.Module = Rewrite().visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


class Rewrite(ast.NodeTransformer):
    """`a + b` becomes `__binary__("+", a, b)`, and so on."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _call("__binary__", ast.Constant(BINARY[type(node.op)][0]), node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        value = ast.parse(ast.unparse(node.target), mode="eval").body
        noted = _call("__in_place__", ast.Constant(BINARY[type(node.op)][0]), value, node.value)
        return ast.Assign([node.target], noted)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.func = _call("__called__", node.func)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = _call("__item__", node.value)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def binary(symbol: str, left: Any, right: Any) -> Any:
    _note(symbol, left, right)
    return FUNCTIONS[symbol][0](left, right)


def in_place(symbol: str, left: Any, right: Any) -> Any:
    _note(symbol, left, right)
    return FUNCTIONS[symbol][1](left, right)


def called(function: Any) -> Any:
    if function is pow:
        return power
    counts[CALL, 0, 0] += 1
    return function


def power(base: int, exponent: int, modulus: int | None = None) -> int:
    reduced = base if modulus is None else base % modulus  # as `pow` begins
    counts[INVERSE if exponent == -1 else POWER, digits(reduced), digits(exponent)] += 1
    return pow(base, exponent, modulus)


def item(container: Any) -> Any:
    counts[ITEM, 0, 0] += 1
    return container


def _note(symbol: str, left: Any, right: Any) -> None:
    """Operations on ints count; bytes that are joined are as good as a call."""
    if isinstance(left, int) and isinstance(right, int):
        counts[symbol, digits(left), digits(right)] += 1
    else:
        counts[CALL, 0, 0] += 1


def digits(value: int) -> int:
    """In how many digits CPython holds it."""
    return -(-value.bit_length() // DIGIT_BITS) or 1


NOTES = {"__binary__": binary, "__in_place__": in_place, "__called__": called, "__item__": item}

if __name__ == "__main__":
    main(sys.argv[1:])
