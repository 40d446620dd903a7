"""Writing a file so that nobody ever reads half of it.

Tested by      tests/tls/test_files.py
"""

import os
from pathlib import Path

from purecrypto import entropy

FOR_ALL = 0o666  # less what the user's umask takes away
FOR_THE_OWNER = 0o600


def replace(path: str | Path, text: str, *, private: bool = False) -> None:
    """Write the whole file, which is ASCII, or leave the one that was there; OSError if it cannot be written.

    One that is `private` can be read by its owner alone, whoever could read the one before.  A pipe or a
    terminal is written to and stays what it is.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_text(text, "ascii")
        return
    fresh = target.with_name(f"{target.name}.{entropy.random_bytes(8).hex()}.new")  # no other thread's
    mode = FOR_THE_OWNER if private else FOR_ALL
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
