"""Lines of our own source, as a trace names them: "handshake/client.py:87".

at_work             the line behind an event, found by looking who reports it
of_traceback        the lines behind an error
file_and_number     what such a name says; `text` has all lines of the file

Tested by      tests/tls/test_trace.py, tests/tls/test_what_if.py
"""

import sys
import traceback
from pathlib import Path
from types import FrameType

from x509.errors import DerError

ROOT = Path(__file__).parents[2]
REPORTED_BY = ("handshake.", "record.", "x509.", "tls.connection", "tls.captures.eavesdropper")
RAISED_BY = (*REPORTED_BY, "tls.line")
# Files whose callers know what it is about, and functions: of the key schedule, and of the eavesdropper
CARRIERS = {"handshake.codec", "handshake.conversation", "handshake.derivation", "x509.der"}
CARRYING = {"_expanded", "tell"}


def at_work() -> str:
    """The line that is at work, as far as it knows what it is about: not the one that moves its bytes.

    To be called by the observer itself, whose caller is the first that is looked at.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(REPORTED_BY) and module not in CARRIERS and frame.f_code.co_name not in CARRYING:
            return _named(module, frame.f_lineno)
        frame = frame.f_back
    return ""  # the event was made elsewhere, for instance by a test


def of_traceback(error: Exception) -> tuple[str, ...]:
    """Where an error was raised, and, if that only moves bytes, what it was at work for."""
    lines: list[tuple[str, str]] = []  # the innermost first
    raised: BaseException | None = error
    while isinstance(raised, (type(error), DerError)):  # it may have been raised again, in more words
        for frame, number in traceback.walk_tb(raised.__traceback__):
            module = frame.f_globals.get("__name__", "")
            if module.startswith(RAISED_BY):
                lines.insert(0, (module, _named(module, number)))
        raised = raised.__context__
    knowing = [line for module, line in lines if module not in CARRIERS]
    return tuple(dict.fromkeys([line for _, line in lines[:1]] + knowing[:1]))


def file_and_number(line: str) -> tuple[str, int]:
    """The file, as seen from ROOT, and the number of the line in it, from 1."""
    file, _, number = line.rpartition(":")
    return file, int(number)


def text(file: str) -> list[str]:
    """All lines of a file."""
    return (ROOT / file).read_text("utf-8").splitlines()


def _named(module: str, number: int) -> str:
    return f"{module.replace('.', '/')}.py:{number}"
