"""What a tree of packages imports, read with `ast`, and which of the house's rules that breaks.

`violations(root)` is the whole rule book: it returns one line for each breach, with file, line and reason.
tests/architecture/test_imports.py asks it about this repository and about bad trees made for the purpose.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A package imports itself and what stands below it: siblings on one floor do not see each other.
FLOORS = {
    "vectors": set(),
    "purecrypto": set(),
    "record": {"purecrypto"},
    "x509": {"purecrypto"},
    "handshake": {"purecrypto", "record", "x509"},
    "tls": {"purecrypto", "record", "x509", "handshake"},
    "journey": {"purecrypto", "record", "x509", "handshake", "tls", "vectors"},
}
# Packages inside of one floor, and those beside them that they do not see.
ABOVE = {
    "tls/tracing": ("tls.captures", "tls.what_if"),
    "tls/captures": ("tls.what_if",),
    "tls/what_if": ("tls.captures",),
}

# Cryptography and randomness that this repository writes itself or takes from purecrypto/entropy.py.
FORBIDDEN = {
    *("hashlib", "hmac", "ssl", "secrets", "random", "uuid", "ctypes", "crypt"),
    *("_hashlib", "_ssl", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3", "_blake2", "_md5", "_hmac"),
    *("_random", "_ctypes", "_crypt", "_uuid"),
}
FORBIDDEN_NAMES = {
    "os.urandom": "randomness comes from purecrypto/entropy.py",
    "os.getrandom": "randomness comes from purecrypto/entropy.py",
    "binascii.crc32": "a checksum in C",
    "binascii.crc_hqx": "a checksum in C",
    "zlib.crc32": "a checksum in C",
    "zlib.adler32": "a checksum in C",
}

# Modules with a price (asyncio and the http ones import ssl themselves) or a reach: only where they are used.
ONLY_IN = {
    "rich": {"*/__main__.py", "tls/*_view.py", "tls/*/*_view.py", "journey/narration.py"},
    "certifi": {"tls/trust.py"},
    "asyncio": {"tls/aio.py"},
    "http": {"tls/https.py", "tls/visits.py", "tls/__main__.py"},
    "subprocess": {"tls/visits.py"},
    "vectors": {"purecrypto/vector_run.py", "journey/mutants/*.py"},
}
NAME_ONLY_IN = {"os.urandom": {"purecrypto/entropy.py"}}

# What computes and nothing else: no file, socket, clock, thread or process (STYLE.md's no-I/O rule).
PURE_MODULES = {
    *("__future__", "abc", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copy"),
    *("dataclasses", "datetime", "enum", "functools", "heapq", "ipaddress", "itertools", "math", "numbers"),
    *("operator", "re", "string", "struct", "textwrap", "types", "typing", "unicodedata", "weakref"),
}
PURE_FILES = (
    *("purecrypto/*", "record/*", "x509/*", "handshake/*"),
    *("tls/connection.py", "tls/line.py", "tls/key_updates.py", "tls/events.py"),
)
IMPURE_BY_TRADE = {
    "purecrypto/entropy.py": "asks the operating system for random bytes",
    "purecrypto/vector_run.py": "times the vectors",
    "purecrypto/wycheproof.py": "reads an installed package's files",
    "*/__main__.py": "is a program",
    "x509/arguments.py": "reads a program's command line",
    "x509/ca.py": "makes keys and files, as of now",
    "x509/complaints.py": "says how a program ends",
    "x509/files.py": "reads and writes a program's files",
    "x509/loading.py": "reads files and standard input",
}
IMPURE_CALLS = {"open", "print", "input", "breakpoint", "eval", "exec"}
IMPURE_METHODS = {"now", "utcnow", "today"}  # of datetime and date

# Functions of these packages are called as `module.function(...)`, so that a timer or a mutant that is put
# into the module is seen by all.
QUALIFIED = {"purecrypto", "record", "x509", "handshake"}
UNQUALIFIED = {
    "purecrypto.buffers",  # argument checks: nothing to time, nothing to break
    "purecrypto.sha2",  # makes the hashes' constants while they are imported
}


@dataclass(frozen=True)
class Import:
    module: str  # "" where the name is computed while running
    names: tuple[str, ...]  # what `from module import ...` takes; empty for `import module`
    line: int

    def reached(self) -> set[str]:
        """Every dotted name that may be a module: `from a import b` reaches a and a.b."""
        return {self.module, *(f"{self.module}.{name}" for name in self.names)}


def violations(root: Path) -> list[str]:
    found = []
    for package in FLOORS:
        for path in sorted((root / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            file = path.relative_to(root).as_posix()
            for line, reason in sorted(_breaches(root, file, tree)):
                found.append(f"{file}:{line}: {reason}")
    return found


def imports(file: str, tree: ast.Module) -> Iterator[Import]:
    """Every import of a file, those inside functions and those made by call included.

    Of a computed name at least the package must stand there: `import_module(f"journey.{name}")`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(_absolute(file, node), names, node.lineno)
        elif isinstance(node, ast.Call) and _called(node) in ("__import__", "import_module"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.JoinedStr) and first.values:
                first = first.values[0]
                name = str(first.value).rpartition(".")[0] if isinstance(first, ast.Constant) else ""
            else:
                constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
                name = first.value if constant else ""
            yield Import(name, (), node.lineno)


def _breaches(root: Path, file: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    package = file.split("/", maxsplit=1)[0]
    for found in imports(file, tree):
        top = found.module.split(".")[0]
        if not top:
            yield found.line, "imports a module whose name is computed"
        elif top in FLOORS:
            if top != package and top not in FLOORS[package] and not _allowed(top, file):
                yield found.line, f"{package} must not import {top}"
            yield from _unqualified(root, found)
            for above in ABOVE.get(file.rpartition("/")[0], ()):
                if any(f"{name}.".startswith(f"{above}.") for name in found.reached()):
                    yield found.line, f"{file.rpartition('/')[0]} must not import {above}"
        elif top in FORBIDDEN:
            yield found.line, f"imports {top}"
        elif top not in sys.stdlib_module_names and not _allowed(top, file):
            yield found.line, f"imports {top}, which is not in the standard library"
        elif top in ONLY_IN and not _allowed(top, file):
            yield found.line, f"imports {top}, which belongs elsewhere"
        elif _is_pure(file) and top not in PURE_MODULES:
            yield found.line, f"imports {top}, which may touch the world outside"
        for name in found.reached() & FORBIDDEN_NAMES.keys():
            if file not in NAME_ONLY_IN.get(name, ()):
                yield found.line, f"uses {name}: {FORBIDDEN_NAMES[name]}"
    yield from _uses(file, tree)
    if file.endswith("/__init__.py") and file not in ("tls/__init__.py", "vectors/__init__.py"):
        for node in tree.body:
            if not _is_docstring(node):
                yield node.lineno, "an __init__ that holds more than its docstring"


def _uses(file: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    own_names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in FORBIDDEN_NAMES and file not in NAME_ONLY_IN.get(name, ()):
                yield node.lineno, f"uses {name}: {FORBIDDEN_NAMES[name]}"
        if isinstance(node, ast.Call) and _is_pure(file):
            called = _called(node)
            if isinstance(node.func, ast.Name) and called in IMPURE_CALLS - own_names:
                yield node.lineno, f"calls {called}()"
            if isinstance(node.func, ast.Attribute) and called in IMPURE_METHODS:
                yield node.lineno, f"reads the clock with {called}()"


def _unqualified(root: Path, found: Import) -> Iterator[tuple[int, str]]:
    source = root / (found.module.replace(".", "/") + ".py")
    package = found.module.split(".", maxsplit=1)[0]
    if package in QUALIFIED and source.is_file() and found.module not in UNQUALIFIED:
        module = ast.parse(source.read_text(encoding="utf-8"))
        functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        for name in sorted(functions.intersection(found.names)):
            yield found.line, f"takes the function {name} out of {found.module}: call it through its module"


def _absolute(file: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = file.split("/")[: -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _allowed(top: str, file: str) -> bool:
    return any(Path(file).match(pattern) for pattern in ONLY_IN.get(top, ()))


def _is_pure(file: str) -> bool:
    path = Path(file)
    return any(path.match(p) for p in PURE_FILES) and not any(path.match(p) for p in IMPURE_BY_TRADE)


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
