"""What a command says when something is wrong: one line, and nothing else.

Between the command line and everything below it that raises: files, names, peers, networks.
"""

import contextlib
import sys
from collections.abc import Iterator

from tls import errors


class Complaint(Exception):
    """The one line that says what is wrong."""


@contextlib.contextmanager
def about(subject: str) -> Iterator[None]:
    """Turn what may go wrong into one line about `subject`."""
    try:
        yield
    except BrokenPipeError:  # of standard output: the network's is a TLSError
        raise
    except (OSError, ValueError) as error:
        raise Complaint(f"{subject}: {errors.reason(error)}") from error


def say(line: str) -> None:
    """One line to standard error, whatever characters a peer has put into it."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    sys.stderr.write(f"{shown}\n")
    sys.stderr.flush()
