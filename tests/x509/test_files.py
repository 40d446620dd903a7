"""A file is read within bounds, and written whole or not at all; the command line's use of it is tested in
test_main.py.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from purecrypto import entropy
from x509 import files


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("private", "expected"), [(False, 0o644), (True, 0o600)])
@pytest.mark.parametrize("before", [None, 0o666, 0o600])
def test_who_can_read_it(tmp_path: Path, before: int | None, private: bool, expected: int) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_text("the one before")
        path.chmod(before)
    files.replace(path, "text", private=private)
    assert path.read_text() == "text"
    assert mode(path) == expected
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_never_there_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    def look_and_replace(self: Path, target: Path) -> None:
        modes.append(mode(self))
        os.replace(self, target)

    monkeypatch.setattr(Path, "replace", look_and_replace)
    files.replace(tmp_path / "file", "secret", private=True)
    assert modes == [0o600]


def test_what_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.replace(path, "before")
    with pytest.raises(UnicodeEncodeError):
        files.replace(path, "half of it, then a lone \ud800")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is being written another comes along, and both are written; whoever is last is what stays."""
    path = tmp_path / "file"
    replace = Path.replace

    def come_between(self: Path, target: Path) -> None:
        monkeypatch.setattr(Path, "replace", replace)
        files.replace(path, "two")
        replace(self, target)

    monkeypatch.setattr(Path, "replace", come_between)
    files.replace(path, "one")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_is_writing_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entropy, "random_bytes", bytes)
    anothers = tmp_path / f"file.{bytes(8).hex()}.new"
    anothers.write_text("half of it")
    with pytest.raises(FileExistsError):
        files.replace(tmp_path / "file", "text")
    assert anothers.read_text() == "half of it"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    files.replace(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "file").read_text() == "text"


def test_a_link_that_the_system_does_not_follow_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Linux does not where another user has put one into /tmp: what it leads to would be lost."""
    link, file = tmp_path / "link", tmp_path / "file"
    file.write_text("of value")
    link.symlink_to(file)
    ask = os.stat

    def stat_but_for_the_link(path: Any, **how: Any) -> os.stat_result:
        if os.fspath(path) == str(link):
            raise PermissionError(13, "Permission denied")
        return ask(path, **how)

    monkeypatch.setattr(os, "stat", stat_but_for_the_link)
    with pytest.raises(PermissionError):
        files.replace(link, "text")
    assert file.read_text() == "of value"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.replace(tmp_path / "nowhere" / "file", "text")


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.replace(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_one_turn_at_a_time(tmp_path: Path) -> None:
    with files.turn(tmp_path / "file"):
        lock = os.open(tmp_path / "file.lock", os.O_RDWR)
        assert mode(tmp_path / "file.lock") == 0o600
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)


@pytest.mark.parametrize(("size", "read"), [(4, b"text"), (3, b"text"), (2, b"tex"), (0, b"t")])
def test_no_more_is_read_than_a_byte_too_much(tmp_path: Path, size: int, read: bytes) -> None:
    path = tmp_path / "file"
    path.write_text("text")
    assert files.read_at_most(path, size) == read


def test_the_end_of_what_has_none_is_not_waited_for() -> None:
    assert files.read_at_most("/dev/zero", 100) == bytes(101)
