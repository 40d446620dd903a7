"""Importing is instant and borrows nothing: no ssl or hashlib behind our back, and no table built yet.

Each question is asked in a fresh interpreter without site-packages, where only this checkout and the
standard library exist.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {
    *(
        "hashlib",
        "_hashlib",
        "ssl",
        "_ssl",
        "hmac",
        "secrets",
        "random",
        "asyncio",
        "http.server",
        "http.client",
    ),
    *("ctypes", "rich", "vectors"),
}
# Programs are run and not imported; asyncio, http and rich are what the others are for.
PROGRAMS = {"__main__", "vector_run", "demo"}
HEAVY_BY_TRADE = {"aio", "explaining", "https", "visits"}
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("purecrypto", "record", "x509", "handshake", "tls")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.stem not in PROGRAMS | HEAVY_BY_TRADE and not path.stem.endswith("_view")
]


def test_the_whole_library_is_light() -> None:
    """`import tls` brings in nothing of what this repository writes itself, and nothing slow."""
    assert "tls" in MODULES
    assert {"hashlib", "ssl", "asyncio", "rich"} < HEAVY
    assert HEAVY.isdisjoint(modules_after("import tls"))


def test_each_module_imports_alone_and_stays_light() -> None:
    assert {module: found for module, found in heavy_after_each(MODULES).items() if found} == {}


def test_the_questions_can_be_answered_with_no() -> None:
    assert "hashlib" in modules_after("import hashlib")
    assert heavy_after_each(["hmac", "tls.nowhere", "tls.errors"]) == {
        "hmac": ["_hashlib", "hashlib", "hmac"],
        "tls.nowhere": "No module named 'tls.nowhere'",
        "tls.errors": [],
    }


def test_no_table_is_built_by_importing() -> None:
    """SHA-512's 80 round constants are the largest thing that a primitive holds before its first use."""
    primitives = [module for module in MODULES if module.startswith("purecrypto.")]
    assert built_by(f"import sys, {', '.join(primitives)}") == {}


def test_a_built_table_would_be_seen() -> None:
    assert built_by("import sys, purecrypto.errors as e; e.TABLE = list(range(129))") == {
        "purecrypto.errors.TABLE": 129
    }
    fill = "import sys, functools, purecrypto.errors as e; e.f = functools.cache(lambda: 1); e.f()"
    assert built_by(fill) == {"purecrypto.errors.f": 1}


def modules_after(statement: str) -> set[str]:
    return set(ask(f"{statement}\nimport sys\nanswer = list(sys.modules)"))


def heavy_after_each(modules: list[str]) -> dict[str, list[str] | str]:
    """What comes in with each of these, imported in a process of its own; or why it cannot be imported.

    The processes are forks of one interpreter, which has what nearly all of them would begin with.
    """
    return ask(f"""
import dataclasses, enum, importlib, json, os, typing
def imported(module):
    try:
        importlib.import_module(module)
    except Exception as error:
        return str(error)
    return sorted({HEAVY!r} & set(sys.modules))
answer = {{}}
for module in {modules!r}:
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, json.dumps(imported(module)).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as told:
        answer[module] = json.load(told)
    os.wait()
""")


def built_by(statement: str) -> dict[str, int]:
    """Names of module-level containers of over 128 entries, and of caches that hold anything."""
    return ask(f"""{statement}
answer = {{}}
for module in [m for name, m in sys.modules.items() if name.startswith("purecrypto.")]:
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > 128:
            answer[f"{{module.__name__}}.{{name}}"] = len(value)
        if hasattr(value, "cache_info") and value.cache_info().currsize:
            answer[f"{{module.__name__}}.{{name}}"] = value.cache_info().currsize
""")


def ask(code: str):  # type: ignore[no-untyped-def]
    program = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}\nimport json\nprint(json.dumps(answer))"
    # -I: no environment, no current directory; -S: no site-packages, whose .pth files may import anything
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
