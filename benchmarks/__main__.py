"""`python -m benchmarks`: what pure Python costs, and who pays least.

    python -m benchmarks                        everything, in a few minutes
    python -m benchmarks --quick                less exactly, in less than one
    python -m benchmarks --only x25519          the cases whose names contain this; repeat it for more
    python -m benchmarks --json FILE            write the run down as well
    python -m benchmarks --plot FILE.svg        draw it as well
    python -m benchmarks --page                 write docs/benchmarks.md and its plots from this run
    python -m benchmarks --from FILE ...        take a run that `--json` wrote instead of running
    python -m benchmarks --stream 1GiB          stream so much through a connection: does memory stay flat?
    python -m benchmarks --observing            only this: what it costs that one can look inside

What is drawn in the terminal is drawn with rich, and the plots with matplotlib, both from the extra `bench`.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

    from benchmarks.cases import Case
    from benchmarks.results import Run

# Exit status
DONE = 0
FAILED = 1
MISUSED = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count


class Complaint(Exception):
    """Something that the user can put right; the text is all that he is told."""

    def __init__(self, line: str, status: int = MISUSED) -> None:
        super().__init__(line)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Complains in one line instead of explaining everything again."""

    def error(self, message: str) -> NoReturn:
        raise Complaint(f"{message}; --help explains")


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        try:
            return run(parse(arguments))
        finally:
            sys.stdout.flush()  # now, and not when the interpreter ends and nobody catches what it raises
    except Complaint as complaint:
        print(f"benchmarks: {complaint}", file=sys.stderr)
        return complaint.status
    except KeyboardInterrupt:
        print("benchmarks: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m benchmarks",
        description=__doc__.split("\n\n", 1)[1] if __doc__ else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="PATTERN", help="part of a case's name"
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--list", action="store_true", help="the names of all cases")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the run as JSON")
    parser.add_argument("--plot", metavar="FILE.svg", type=Path, help="draw the cost of pure Python")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks.md and its plots")
    parser.add_argument("--from", dest="source", metavar="FILE", type=Path, help="a run that --json wrote")
    parser.add_argument("--stream", metavar="SIZE", help="such as 64MiB; fails if memory grows")
    parser.add_argument("--observing", action="store_true", help="handshakes traced and untraced, in turns")
    options = parser.parse_args(arguments)
    given = [name for name, value in vars(options).items() if value not in (None, False, [])]
    alone = [name for name in ("stream", "observing", "list") if name in given]
    if alone and len(given) > 1:
        parser.error(f"--{alone[0]} stands alone")
    if not all(pattern.strip() for pattern in options.only):
        parser.error("--only wants a part of a case's name")
    if options.source is not None and (options.only or options.quick):
        parser.error("--from takes a run as it is: no --only, no --quick")
    if options.plot is not None and options.plot.suffix != ".svg":
        parser.error(f"--plot draws SVG: {options.plot} should end in .svg")
    for option, path in (("--json", options.json), ("--plot", options.plot)):
        if path is not None and not path.absolute().parent.is_dir():
            parser.error(f"{option}: {path.parent} is no directory")
        if path is not None and path.is_dir():
            parser.error(f"{option}: {path} is a directory")
    if options.page and (options.only or options.quick):
        parser.error("--page wants a whole run: no --only, no --quick")
    return options


def run(options: argparse.Namespace) -> int:
    _require("rich")
    if options.plot is not None or options.page:
        _require("matplotlib")
    if options.stream is not None:
        return _stream(options.stream, _console())
    if options.observing:
        from benchmarks import observing, report

        console = _console()
        console.print(report.observing(observing.measure()))
        return DONE
    if options.list:
        from benchmarks import cases

        print("\n".join(case.name for case in cases.everything()))
        return DONE
    from benchmarks import report

    console = _console()
    found = _load(options.source) if options.source is not None else _measure(options, console)
    if options.page and (found.quick or found.startup is None):
        raise Complaint("--page wants a whole run, and this one is quick or a part")
    report.show(found, console)
    _write(options, found, console)
    return DONE


def _stream(text: str, console: "Console") -> int:
    """A line at each interval, and whether they grow."""
    from benchmarks import report, stream

    try:
        total = stream.parse_size(text)
    except ValueError as error:
        raise Complaint(str(error)) from error
    gauge = stream.Resident()
    taken = []
    for sample in stream.samples(total, gauge):
        taken.append(sample)
        console.print(report.streamed(sample, total))
    if stream.grows(taken, gauge):
        raise Complaint("memory grows with what is streamed", FAILED)
    console.print("memory stays flat")
    return DONE


def _measure(options: argparse.Namespace, console: "Console") -> "Run":
    """Run the cases that were asked for, under a progress bar."""
    from benchmarks import session

    chosen = _choose(options.only)
    return session.run(chosen, quick=options.quick, whole=not options.only, console=console)


def _choose(patterns: Sequence[str]) -> "list[Case]":
    """The cases whose names contain one of the patterns; all of them without any."""
    from benchmarks import cases

    everything = cases.everything()
    for pattern in patterns:
        if not any(pattern.lower() in case.name.lower() for case in everything):
            raise Complaint(f"no case's name contains {pattern!r}; --list names them")
    return [
        case
        for case in everything
        if not patterns or any(pattern.lower() in case.name.lower() for pattern in patterns)
    ]


def _load(source: Path) -> "Run":
    from benchmarks import results

    try:
        return results.from_json(json.loads(source.read_text("utf-8")))
    except OSError as error:
        raise Complaint(f"cannot read {source}: {error.strerror}") from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise Complaint(f"{source} is no run that --json wrote") from error


def _write(options: argparse.Namespace, found: "Run", console: "Console") -> None:
    """To the files that were asked for."""
    from benchmarks import results

    try:
        if options.json is not None:
            options.json.write_text(json.dumps(results.to_json(found), indent=1) + "\n", "utf-8")
            console.print(f"wrote {options.json}", style="dim", soft_wrap=True)
        if options.plot is not None:
            from benchmarks.plots import cost

            options.plot.write_bytes(cost.draw(found))
            console.print(f"wrote {options.plot}", style="dim", soft_wrap=True)
        if options.page:
            from benchmarks import page

            for path in page.write(found):
                console.print(f"wrote {path}", style="dim", soft_wrap=True)
    except OSError as error:
        raise Complaint(f"cannot write {error.filename}: {error.strerror}", FAILED) from error


def _require(module: str) -> None:
    if util.find_spec(module) is None:
        raise Complaint(f"this needs {module}: make bench installs it", FAILED)


def _console() -> "Console":
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(highlight=False, width=width)


if __name__ == "__main__":
    sys.exit(main())
