"""What a command says, and how it ends: `python -m x509` here, `python -m tls` two floors above.

Standard output carries data alone; what there is to say about it goes to standard error.  What goes wrong is
one line there, and an exit status that is not 0.  This file stands between the command line and everything
below it that raises: files, names, certificates, peers, networks.

Tested by      tests/x509/test_main.py, tests/tls/test_main.py
"""

import contextlib
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from x509 import wording
from x509.errors import CertificateError

# Exit status; 2 is argparse's for a command line that makes no sense
DONE = 0
FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells count

MAXIMUM_FILE_SIZE = 2**26  # bytes; the longest revocation lists have a fifth of it


class Complaint(Exception):
    """The one line that says what is wrong."""


def run(
    program: str,
    parse: Callable[[Sequence[str] | None], Namespace],
    commands: Mapping[str, Callable[[Namespace], int]],
    arguments: Sequence[str] | None,
) -> int:
    """Do what the command line says, sys.argv by default; return the exit status."""
    _open_what_is_closed()
    try:
        options = parse(arguments)
        return commands[options.command](options)
    except Complaint as error:
        say(f"{program}: {error}")
        return FAILED
    except BrokenPipeError:
        # The reader has seen enough: `... | head`.  Nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


@contextlib.contextmanager
def about(subject: str) -> Iterator[None]:
    """Turn what may go wrong into one line about `subject`."""
    try:
        yield
    except BrokenPipeError:  # of standard output: the network's is a TLSError
        raise
    except (OSError, ValueError, CertificateError) as error:
        raise Complaint(f"{subject}: {reason(error)}") from error


def all_of(stream: BinaryIO) -> bytes:
    """What can be read of it; ValueError for more than memory should hold, as /dev/zero has it."""
    data = stream.read(MAXIMUM_FILE_SIZE + 1)
    if len(data) > MAXIMUM_FILE_SIZE:
        raise ValueError(f"more than {MAXIMUM_FILE_SIZE} bytes, which no file of certificates or keys has")
    return data


def reason(error: Exception) -> str:
    """What to tell a person, without the number that OSError puts before it."""
    return getattr(error, "strerror", None) or str(error)


def say(line: str) -> None:
    """One line to standard error, whatever characters a peer has put into it."""
    sys.stderr.write(f"{wording.printable(line)}\n")
    sys.stderr.flush()


def put(data: bytes) -> None:
    """To standard output; what goes wrong there is nobody else's fault."""
    if sys.stdout is None:
        raise Complaint("standard output is closed")
    with about("standard output"):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def width(descriptor: int) -> int:
    """How many columns there are for lines: those of the terminal that this leads to, within reason."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:  # no terminal
        return wording.WIDTH
    return max(wording.MINIMUM_WIDTH, min(wording.WIDTH, columns))


def _open_what_is_closed() -> None:
    """A standard descriptor that is closed leads nowhere from now on; else our next file would be it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w")
