"""The demonstration as it appears: numbered sections, one after the other.

Tested by      tests/tls/test_demo.py
"""

import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from tls import timing_view
from tls.timing import Stopwatch
from tls.tracing import trace_view
from tls.tracing.trace import Trace
from tls.visits import Visit

INDENT = "   "
COMMAND_WIDTH = trace_view.WIDTH - 9  # columns, without indentation and backslash
GOOD, BAD, QUIET = "green", "bold red", "dim"
NEXT = (
    ("run every published test vector of every primitive", "{python} -m purecrypto vectors"),
    ("serve this page until Ctrl-C, and then, in another terminal,", "{python} -m tls serve --ca-out ca.pem"),
    ("look at it with a program of your own choice,", "curl --cacert ca.pem https://localhost:8443/"),
    (
        "or see every byte and every secret of the handshake",
        "{python} -m tls get https://localhost:8443/ --ca ca.pem --trace",
    ),
    (
        "or open https://localhost:8443/ in your own browser: a page about the connection that brings it",
        "{python} -m tls serve --explain --ca-out ca.pem",
    ),
)


def title(url: str) -> None:
    """The beginning."""
    _print(Text("TLS 1.3 in pure Python, and programs that do not notice", "bold"))
    _print(Text(f"Our own web server listens on {url} with a certificate made on the spot.", QUIET))


def visit(number: int, visit: Visit) -> None:
    """What one program did, and what it says about the connection."""
    if not visit.command:
        _heading(number, f"{visit.program} is not installed: left out")
        return
    _heading(number, f"{visit.program} fetches the page")
    lines = textwrap.wrap(visit.command, COMMAND_WIDTH, break_long_words=False, break_on_hyphens=False)
    _print(Text(f"{INDENT}$ " + f" \\\n{INDENT}    ".join(lines)))
    for line in visit.said:
        _print(Text(f"{INDENT}{line}", QUIET))
    if visit.problem:
        _print(Text(f"{INDENT}✗ {visit.problem}", BAD))
    else:
        _print(Text(f"{INDENT}✓ the certificate is good, and so is the page", GOOD))


def handshake(number: int, trace: Trace) -> None:
    """What our own client and the server said to each other."""
    _heading(number, "what was said: our own client's connection, in short")
    trace_view.short(trace)


def times(number: int, full: Stopwatch, resumed: Stopwatch) -> None:
    """A waterfall, in short the one of a session that is resumed, and their moral."""
    _heading(number, "where the time of a handshake goes: both ends in one thread, no network")
    timing_view.show(full)
    timing_view.show(resumed, title="resumed by a ticket", brief=True)
    seconds: dict[str, float] = {}
    for (_, name), total in full.totals().items():
        seconds[name] = seconds.get(name, 0.0) + total.seconds
    longest = max(seconds, key=lambda name: seconds[name])
    share = 100 * seconds[longest] / full.seconds
    _print(Text(f"{INDENT}The largest part is {longest}: {share:.0f} % of the time.", QUIET))
    left = {name for _, name in resumed.totals()}
    spared = ", ".join(f"no {name}" for name in seconds if name not in left)
    times = f"{1000 * resumed.seconds:.1f} ms instead of {1000 * full.seconds:.1f} ms"
    _print(Text(f"{INDENT}With a ticket there is {spared}: {times}.", QUIET))


def what_next(number: int) -> None:
    """What a reader can type now."""
    _heading(number, "what to try next")
    for purpose, command in NEXT:
        _print(Text(f"{INDENT}{purpose}", QUIET))
        _print(Text(f"{INDENT}{INDENT}{command.format(python=_python())}"))


def failed(programs: Sequence[str], log: str) -> None:
    """What did not work, and what the server has to say about it."""
    _print(Text())
    _print(Text(f"Failed: {', '.join(programs)}.  The server's log:", BAD))
    for line in log.splitlines():
        _print(Text(f"{INDENT}{line}"))


def _python() -> str:
    """This Python as one would type it here."""
    executable = Path(sys.executable)
    return os.path.relpath(executable) if executable.is_relative_to(Path.cwd()) else "python"


def _heading(number: int, text: str) -> None:
    _print(Text())
    _print(Text(f"{number}  {text}", "bold"))


def _print(text: Text) -> None:
    trace_view.default_console().print(text, soft_wrap=True)
