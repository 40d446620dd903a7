"""The command line's `--record FILE`: one connection, kept so that `explain --what-if` can play it again.

Tested by      tests/tls/test_taping.py
"""

import contextlib
from argparse import Namespace
from collections.abc import Callable, Iterator

from handshake.codec import Observer
from tls import files
from x509 import complaints


class TapeFile:
    """A file for the first connection of a command."""

    def __init__(self, path: str) -> None:
        from tls.tracing.tape import Recorder  # only where somebody records

        self._path = path
        self._recorder = Recorder()
        self._free = [self._recorder]

    @contextlib.contextmanager
    def watch(self) -> Iterator[Observer]:
        """An observer for a connection; those after the first are not recorded."""
        try:
            yield self._free.pop()
        except IndexError:
            yield _ignore

    def write(self) -> None:
        """Write what there is, for its owner's eyes alone; nothing if there was no connection."""
        with complaints.about(self._path):
            tape = self._recorder.tape()
            if tape is None:
                return
            files.replace(self._path, tape.as_text(), private=True)
        complaints.say(f"{self._path} holds every secret of this connection: keep it to yourself")


def with_tape(command: Callable[[Namespace], int]) -> Callable[[Namespace], int]:
    """A command whose connection is recorded, whatever comes of it, if --record says so."""

    def run(options: Namespace) -> int:
        if options.record is None:
            return command(options)
        options.record = file = TapeFile(options.record)
        try:
            return command(options)
        finally:
            file.write()

    return run


def _ignore(_: object) -> None:
    """Observe nothing."""
