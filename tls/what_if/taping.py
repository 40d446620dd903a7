"""A file for a recorded connection: the command line's `--record FILE`, for `explain --what-if`.

Tested by      tests/tls/test_taping.py
"""

import contextlib
from collections.abc import Iterator

from tls.what_if import tape_text
from tls.what_if.tape import Recorder
from x509 import complaints, files


class TapeFile:
    """A file for the first connection of a command."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._recorder = Recorder()
        self._free = [self._recorder]

    @contextlib.contextmanager
    def watch(self) -> Iterator[Recorder | None]:
        """An observer for a connection; None for those after the first."""
        try:
            recorder = self._free.pop()
        except IndexError:
            recorder = None
        yield recorder

    def write(self) -> None:
        """Write what there is, for its owner's eyes alone; nothing if there was no connection."""
        with complaints.about(self._path):
            tape = self._recorder.tape()
            if tape is None:
                return
            files.replace(self._path, tape_text.write(tape), private=True)
        complaints.say(f"{self._path} holds every secret of this connection: keep it to yourself")
