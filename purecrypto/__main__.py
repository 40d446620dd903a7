"""`python -m purecrypto vectors`: is every primitive right, as far as its published vectors can tell?

The table is drawn with rich, from the extra `cli`; `--json` needs nothing.
"""

import argparse
import errno
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import util
from typing import TYPE_CHECKING, Any

from purecrypto import vector_run
from purecrypto.vector_run import Run

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

# Exit status
ALL_PASSED = 0
FAILED = 1
MISUSED = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count

# What a write to standard output may end in; anything else is the fault of another file.
OF_STANDARD_OUTPUT = {errno.EPIPE, errno.ENOSPC, errno.EFBIG}

REFRESH_SECONDS = 0.1  # the table is drawn at most this often


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    names = vector_run.names()
    for name in options.only:
        if name not in names:
            return complain(f"no primitive is named {name!r}; there are {', '.join(names)}", MISUSED)
    if not options.json and util.find_spec("rich") is None:
        return complain(
            "the table needs rich: pip install rich, or .venv/bin/python after make demo (--json does not)",
            FAILED,
        )

    run = Run([], [])
    try:
        run = vector_run.prepare(tuple(options.only), slow=options.slow)
        if options.json:
            print(json.dumps(report(run), indent=2), flush=True)
        else:
            show(run)
    except KeyboardInterrupt:
        return complain(
            f"interrupted after {run.passed + run.failed} of {len(run.cases)} vectors", INTERRUPTED
        )
    except OSError as error:
        if error.errno not in OF_STANDARD_OUTPUT:
            raise
        # Nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # the reader has seen enough: `... | head`
            return FAILED
        return complain(f"standard output: {error.strerror}", FAILED)
    return ALL_PASSED if run.passed and not run.failed else FAILED


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m purecrypto", description="The primitives, put to the test."
    )
    vectors = parser.add_subparsers(required=True, metavar="vectors").add_parser(
        "vectors", help="run the published test vectors of every primitive"
    )
    vectors.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    vectors.add_argument("--slow", action="store_true", help="run what takes minutes, too")
    vectors.add_argument("--only", action="append", default=[], metavar="NAME", help="such as x25519 or hmac")
    return parser.parse_args(arguments)


def complain(line: str, status: int) -> int:
    print(line, file=sys.stderr)
    return status


def report(run: Run) -> dict[str, Any]:
    """Run everything and return what `--json` prints."""
    for _ in run.results():
        pass
    return {
        "passed": run.passed,
        "failed": run.failed,
        "seconds": round(run.seconds, 3),
        "left_out": run.left_out,
        "primitives": [
            {
                "primitive": tally.primitive,
                "source": tally.source,
                "passed": tally.passed,
                "failed": len(tally.failures),
                "seconds": round(tally.seconds, 3),
                "failures": [{"id": id, "reason": reason} for id, reason in tally.failures.items()],
            }
            for tally in run.tallies.values()
        ],
    }


def show(run: Run) -> None:
    """Run everything under a table that fills up, then name what failed and what was left out."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    drawn = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for case in run.results():
            if time.monotonic() - drawn > REFRESH_SECONDS:
                live.update(progress(run, case.id), refresh=True)
                drawn = time.monotonic()
    console.print(table(run))
    for tally in run.tallies.values():
        for id, reason in tally.failures.items():
            console.print(f"FAILED {id}: {reason}", style="red", markup=False, soft_wrap=True)
    for line in run.left_out:
        console.print(f"left out: {line}", style="yellow", markup=False, soft_wrap=True)


def progress(run: Run, just_done: str) -> "Group":
    from rich.columns import Columns
    from rich.console import Group
    from rich.progress_bar import ProgressBar

    done, total = run.passed + run.failed, len(run.cases)
    return Group(table(run), Columns([ProgressBar(total, done, width=40), f"{done}/{total}", just_done]))


def table(run: Run) -> "Table":
    from rich.table import Table

    drawn = Table("primitive", "source", show_footer=True)
    drawn.columns[0].footer = "all"
    drawn.add_column("passed", f"{run.passed:,}", justify="right", style="green")
    drawn.add_column("failed", f"{run.failed:,}", justify="right", style="red" if run.failed else "")
    drawn.add_column("time", f"{run.seconds:.2f} s", justify="right")
    for tally in run.tallies.values():
        counts = f"{tally.passed:,}", f"{len(tally.failures):,}"
        drawn.add_row(tally.primitive, tally.source, *counts, f"{tally.seconds:.2f} s")
    return drawn


if __name__ == "__main__":
    sys.exit(main())
