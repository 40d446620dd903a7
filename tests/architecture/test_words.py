"""No tracked file holds a note to self or a path of someone's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each word is written in two halves, so that this file may be read too.
NOTES = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
HOMES = ["ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk"]
UNWANTED = re.compile(rf"\b(?:{'|'.join(NOTES)})\b|(?<![\w.>)}}])[/\\](?:{'|'.join(HOMES)})[/\\]\w")


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_unwanted_words() -> None:
    files = tracked_files()
    assert ROOT / "pyproject.toml" in files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (match := UNWANTED.search(line))
    ]
    assert found == []


@pytest.mark.parametrize("note", NOTES)
def test_a_note_to_self_is_seen(note: str) -> None:
    assert UNWANTED.search(f"# {note}: later")


@pytest.mark.parametrize("home", HOMES)
def test_a_path_of_a_machine_is_seen(home: str) -> None:
    assert UNWANTED.search(f"open('/{home}/someone/key.pem')")
    assert UNWANTED.search(f"see C:\\{home}\\someone")


@pytest.mark.parametrize("line", ["https://localhost/home/page", "www/work/index.html", "a method to do it"])
def test_a_harmless_line_passes(line: str) -> None:
    assert not UNWANTED.search(line)
