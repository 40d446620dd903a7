"""The twin that nobody can look into says the same bytes, and nothing in it is there for an observer."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import observing, unobserved
from benchmarks.observing import TWIN
from benchmarks.unobserved import OBSERVER, Copy
from tls.events import ConnectionFailed
from tls.tracing import trace

ROOT = Path(__file__).parents[2]
CERTIFICATES = {"Asked", "Judged", "Tried", "DeadEnd", "Compared"}  # what is reported while they are judged
REPORTS = {event.__name__ for event in trace.EVENTS if event is not ConnectionFailed} | CERTIFICATES


@pytest.fixture
def rewind(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the same random bytes come once more."""
    drawn = 0

    def random_bytes(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return (drawn.to_bytes(4, "big") * (size // 4 + 1))[:size]

    def rewind() -> None:
        nonlocal drawn
        drawn = 0

    configs = observing._configs

    def with_these_bytes(copy: Copy) -> tuple[Any, Any]:
        client, server = (replace(config, random_bytes=random_bytes) for config in configs(copy))
        return client, server

    monkeypatch.setattr(observing, "_configs", with_these_bytes)
    return rewind


def files_of_the_twin() -> dict[str, ast.Module]:
    """What a handshake of its own needs."""
    observing.contestants()[TWIN]()
    specs = [module.__spec__ for name, module in sys.modules.items() if name.startswith("unobserved.")]
    origins = [Path(spec.origin) for spec in specs if spec is not None and spec.origin is not None]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in origins}


def names(tree: ast.Module) -> Iterator[str]:
    """Of variables, attributes, parameters and arguments."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name))
            ):
                yield name


def made(tree: ast.Module) -> set[str]:
    """Whatever is called by a plain name: where reports are made, their classes."""
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_no_report_is_left_and_nothing_that_would_be_needed_for_one() -> None:
    files = files_of_the_twin()
    assert {"handshake/codec.py", "record/protection.py", "x509/der.py", "tls/connection.py"} <= files.keys()
    seen: set[str] = set()
    for file, tree in files.items():
        seen |= made(tree) & REPORTS
        blinded = unobserved.blinded(tree)
        assert not OBSERVER.intersection(names(blinded)), file
        assert not REPORTS & made(blinded), file
    assert seen == REPORTS  # the original makes each of them


def test_all_contestants_say_the_same_bytes(rewind: Callable[[], None]) -> None:
    said = {}
    for name, shake_hands in observing.contestants().items():
        shake_hands()  # what is made once has been made
        rewind()
        said[name] = shake_hands()
    assert len(said) == 4
    assert len({tuple(flights) for flights in said.values()}) == 1
    assert all(said[TWIN][:3])  # hello, answer, Finished


def test_they_are_not_the_same_code_and_the_unchanged_is_the_originals() -> None:
    for shake_hands in observing.contestants().values():
        shake_hands()
    writers = [
        sys.modules[f"{name}handshake.codec"].Writer for name in ("", "unchanged.", "again.", "unobserved.")
    ]
    assert len(set(writers)) == 4
    original, *unchanged, twin = (writer.__init__.__code__ for writer in writers)
    assert unchanged == [original, original]
    assert "_observe" in original.co_names and "_observe" not in twin.co_names


SOURCE = '''
class Reader:
    def __init__(self, data, observe=None, path="", *, also=1, _observe):
        self._data = data
        self._observe = observe

    def read(self):
        """Reads."""
        value = take(self._data, observe=self._observe)
        self._tell(value)
        if self.more and self._observe is not None:
            self._observe(Field(value))
        elif value:
            value += 1
        for each in value:
            self.question(each).tell()
        if value:
            self._tell(value)
        else:
            self._tell(None)
        return Reader(value, self._observe, "path")

    def _tell(self, value):
        """Tells."""
        if self._observe is not None:
            self.tell(Field(value))

    def tell(self, value):
        if self._observe is not None:
            self._observe(value)

    def close(self):
        """Nothing to do."""

    def end(self):
        self.close()
'''
BLINDED = '''
class Reader:
    def __init__(self, data, path="", *, also=1):
        self._data = data

    def read(self):
        """Reads."""
        value = take(self._data)
        if value:
            value += 1
        if value:
            pass
        return Reader(value, "path")

    def close(self):
        """Nothing to do."""

    def end(self):
        self.close()
'''


def test_what_is_taken_out() -> None:
    assert ast.unparse(unobserved.blinded(ast.parse(SOURCE))) == ast.unparse(ast.parse(BLINDED))
