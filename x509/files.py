"""Reading no more of a file than its parser takes, writing it so that nobody ever reads half of it, and
changing it so that nobody else's change is lost.

Tested by      tests/x509/test_files.py
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from purecrypto import entropy

try:
    import fcntl
except ImportError:  # Windows: several processes do not take turns there
    fcntl = None  # type: ignore[assignment]

FOR_ALL = 0o666  # less what the user's umask takes away
FOR_THE_OWNER = 0o600


def read_at_most(path: str | Path, size: int) -> bytes:
    """The whole file; of one that is larger than `size` a byte more, so that its parser complains."""
    with open(path, "rb") as file:
        return file.read(size + 1)


def replace(path: str | Path, text: str, *, private: bool = False) -> None:
    """Write the whole file, or leave the one that was there; OSError if it cannot be written.

    One that is `private` can be read by its owner alone, whoever could read the one before.  A pipe or a
    terminal is written to and stays what it is.
    """
    given = Path(path)
    # OSError for a link of another's in /tmp, if the system says so.
    if given.exists() and not given.is_file():
        given.write_text(text, "utf-8")
        return
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f"{target.name}.{entropy.random_bytes(8).hex()}.new")  # no other thread's
    mode = FOR_THE_OWNER if private else FOR_ALL
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def turn(path: str | Path) -> Iterator[None]:
    """Wait for all others, threads and processes, that change this file in their turn, and keep them waiting.

    The lock is a file beside it, because the file itself is replaced; OSError if there cannot be one.
    """
    lock = os.open(f"{os.path.realpath(path)}.lock", os.O_WRONLY | os.O_CREAT, FOR_THE_OWNER)
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)  # which ends the turn
