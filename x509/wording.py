"""Lines for a person to read, whatever a stranger has put into the words.

Tested by      tests/x509/test_wording.py
"""

import textwrap
from collections.abc import Iterator
from datetime import datetime

WIDTH = 100  # columns, unless the caller says something else
MINIMUM_WIDTH = 60  # columns, without which what is drawn here has no room


def printable(text: str) -> str:
    """The text with an escape for whatever could rewrite the reader's terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def wrapped(text: str, width: int, first: str = "", later: str | None = None) -> Iterator[str]:
    """The text in lines no longer than `width`; `first` before the first, `later` before the rest."""
    yield from textwrap.wrap(
        printable(text), width, initial_indent=first, subsequent_indent=first if later is None else later
    )


def moment(time: datetime) -> str:
    """A time to the second, in its own zone: near the ends of the calendar there may be no other."""
    return f"{time:%Y-%m-%d %H:%M:%S %Z}"


def count(number: int, what: str) -> str:
    """A number of things in words: "1 byte", "2 bytes"."""
    return f"1 {what}" if number == 1 else f"{number} {what}s"
