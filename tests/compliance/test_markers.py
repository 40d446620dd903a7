"""Markers: which comments and docstrings name rules, and what they are about."""

from pathlib import Path

import pytest

from tests.compliance import markers
from tests.compliance.markers import Marker


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("# section 4.2.2 [3]", ["4.2.2-3"]),
        ("# Section 4.2.2 [3, 5]: why", ["4.2.2-3", "4.2.2-5"]),
        ("(sections 4.2.3 [6] and 4.2.4 [4])", ["4.2.3-6", "4.2.4-4"]),
        ("# RFC 9846 section 5 [1] and appendix E.4 [1]", ["5-1", "E.4-1"]),
        ("# RFC 8449 section 4, section 4.2.2 [3]", ["4.2.2-3"]),
        # citations, of the RFC and of others, and what only looks like one
        ("# section 4.2.2", []),
        ("# RFC 8449 section 4 [1]", []),
        ("# RFC 7301 sections 3.1 [2] and 3.2 [1]", []),
        ("# RFC 8446 appendix D.4 [1]", []),
        ("# data[4] is x[4.2.2], at v4.2 [3]", []),
    ],
)
def test_what_names_a_rule(text: str, ids: list[str]) -> None:
    assert markers.ids(text) == ids


SOURCE = '''"""A file, citing section 4 and keeping section 4 [1]."""

VALUES = {
    "one": 1,  # section 4.1 [1]
    # section 4.1 [2]
    "two": 2,
}

# section 4.1 [3]

def f(text="section 4.9 [9]"):
    """In short.

    It keeps section 4.2 [1].
    """
    x = "section 4.9 [9]"
    if x:  # section 4.2 [2]
        return


@collected
def script():
    pass  # section 4.2 [3]


class C:
    def m(self):
        pass  # section 4.3 [1]
'''


def test_where_they_stand() -> None:
    assert list(markers.read("record/a.py", SOURCE)) == [
        Marker("4-1", "record/a.py", 1, ""),
        Marker("4.1-1", "record/a.py", 4, "VALUES", "one"),
        Marker("4.1-2", "record/a.py", 5, "VALUES", "two"),
        Marker("4.1-3", "record/a.py", 9, "f"),
        Marker("4.2-1", "record/a.py", 14, "f"),
        Marker("4.2-2", "record/a.py", 17, "f"),
        Marker("4.2-3", "record/a.py", 23, "script", "script"),
        Marker("4.3-1", "record/a.py", 28, "C.m"),
    ]


def test_all_files_are_read_but_those_that_talk_about_markers(tmp_path: Path) -> None:
    for name in ("record/a.py", "tls/deep/b.py", "tests/tls/test_b.py", "tests/compliance/c.py", "docs/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1  # section 4 [1]\n", encoding="utf-8")
    assert [marker.place for marker in markers.find(tmp_path, markers.CODE)] == [
        "record/a.py:1",
        "tls/deep/b.py:1",
    ]
    assert [marker.place for marker in markers.find(tmp_path, markers.TESTS)] == ["tests/tls/test_b.py:1"]
