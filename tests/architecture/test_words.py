"""No tracked file holds a note to self or a path of someone's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written in two halves, so that this file may be read too.
UNWANTED = re.compile(
    "|".join(
        [
            r"\bTO" r"DO\b",
            r"\bFIX" r"ME\b",
            r"\bXX" r"X\b",
            r"(?<![\w.])/(?:ho" r"me|ro" r"ot|Us" r"ers|wo" r"rk)/\w",
            r"\b[A-Z]:\\Us" r"ers\b",
        ]
    )
)


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_unwanted_words() -> None:
    files = tracked_files()
    assert Path(ROOT / "pyproject.toml") in files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (match := UNWANTED.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "# TODO: later",
        "# FIXME",
        "# XXX why?",
        "open('/home/someone/key.pem')",
        "see /root/notes",
        "C:\\Users\\someone",
    ],
)
def test_an_unwanted_word_is_seen(line: str) -> None:
    assert UNWANTED.search(line)


@pytest.mark.parametrize("line", ["https://localhost/home/page", "www/work/index.html", "a method to do it"])
def test_a_harmless_line_passes(line: str) -> None:
    assert not UNWANTED.search(line)
