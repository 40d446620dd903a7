"""The report in a terminal: who is there, a table of figures and ratios, the targets, what starting costs."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks import targets, units
from benchmarks.contenders import OURS, C
from benchmarks.results import Observing, Run
from benchmarks.stream import Sample

QUIET = "dim"
GOOD, BAD, UNKNOWN = "green", "red", "yellow"


def show(run: Run, console: Console) -> None:
    """Everything that a run has found out."""
    console.print()
    for line in preface(run):
        console.print(Text(line, QUIET), soft_wrap=True)
    console.print()
    if run.cases:
        console.print(figures(run))
    for line in left_out(run):
        console.print(Text(line, UNKNOWN), soft_wrap=True)
    if run.observing is not None:
        console.print(observing(run.observing))
    if run.startup is not None:
        console.print(startup(run))
    judged = verdicts(run)
    if judged.row_count:
        console.print(judged)


def preface(run: Run) -> list[str]:
    """Machine, versions, and how the figures came about."""
    machine = run.machine
    return [
        f"{machine['processor']}, {machine['cores']} cores; {machine['Python']}; {machine['system']}",
        ", ".join(f"{peer.name} {peer.version}" for peer in run.peers),
        "Contenders take turns, round by round; a figure is the fastest round's. MB is 10^6 bytes."
        + (" A quick run: expect noise." if run.quick else ""),
    ]


def figures(run: Run) -> Table:
    """One line a contender, ours first in each case; each peer's ratio is what we are to it."""
    languages = {peer.name: peer.language for peer in run.peers}
    table = Table("case", "contender", box=None, pad_edge=False, header_style=QUIET)
    for column in ("a call", "rate", f"{OURS} is"):
        table.add_column(column, justify="right")
    for timed in run.cases:
        ours = timed.figures.get(OURS)
        for name, figure in sorted(timed.figures.items(), key=lambda item: item[0] != OURS):
            is_ours = name == OURS
            table.add_row(
                Text(timed.name if is_ours else "", "bold"),
                Text(f"{name} (C)" if languages.get(name) == C else name, "bold" if is_ours else ""),
                units.duration(figure.seconds),
                units.rate(timed.size, figure.seconds) if timed.size else "",
                "" if is_ours or ours is None else _versus(ours.seconds, figure.seconds),
            )
        table.add_row()
    return table


def left_out(run: Run) -> list[str]:
    """By name, and why: who is not installed, and who could not be timed at which case."""
    lines = [f"not there: {absent.name}: {absent.why}" for absent in run.absent]
    if lines:
        lines.append("(`make bench` installs what is missing)")
    for timed in run.cases:
        if timed.absent:
            who = "; ".join(f"{absent.name}, {absent.why}" for absent in timed.absent)
            lines.append(f"left out of {timed.name}: {who}")
    return lines


def observing(found: Observing) -> Table:
    """What it costs that one can look inside."""
    twin = units.duration(found.twin)
    title = f"beside a twin without observers ({twin}), {found.rounds} rounds"
    table = Table("a handshake", "takes", "the median is between", title=title, title_justify="left")
    for row in observing_rows(found):
        table.add_row(*row)
    return table


def observing_rows(found: Observing) -> Iterable[tuple[str, str, str]]:
    """Who, how much longer its handshake takes than the twin's, and how far that can be trusted."""
    for name, ratio in found.ratios.items():
        yield name, _percent(ratio.median), f"{_percent(ratio.low)} and {_percent(ratio.high)}"


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f} %"


def startup(run: Run) -> Table:
    """What a fresh process pays."""
    assert run.startup is not None
    paid = run.startup
    table = Table(title=f"start-up, median of {paid.processes} fresh processes", title_justify="left")
    table.add_column("what")
    table.add_column("time", justify="right")
    for what, seconds in startup_rows(run):
        table.add_row(what, units.duration(seconds))
    return table


def startup_rows(run: Run) -> Iterable[tuple[str, float]]:
    """What a fresh process pays, in words and seconds."""
    if run.startup is None:
        return
    paid = run.startup
    yield "import tls", paid.import_tls
    yield "import tls and all that a connection needs", paid.import_all
    for name, seconds in paid.first_use.items():
        yield f"first use of {name}, more than a later one", seconds
    yield "first handshake of a process, both ends, certificates read, tables built", paid.first_handshake
    yield "a later handshake, both ends", paid.later_handshake


def verdicts(run: Run) -> Table:
    """The targets, reached or missed."""
    table = Table("work", "target", "measured", "", title="targets", title_justify="left")
    for verdict in targets.judge(run):
        if verdict.reached is None and not run.startup:
            continue  # a part of the cases has a part of the targets
        style = {True: GOOD, False: BAD, None: UNKNOWN}[verdict.reached]
        word = {True: "reached", False: "missed", None: "-"}[verdict.reached]
        table.add_row(verdict.what, verdict.target, verdict.measured, Text(word, style))
    return table


def _versus(ours: float, theirs: float) -> Text:
    return Text(units.versus(ours, theirs), GOOD if theirs >= ours else "")


def streamed(sample: Sample, total: int) -> Text:
    """One interval of a stream."""
    sent, mib = sample.sent / 2**20, sample.memory / 2**20
    bar = "█" * round(30 * sample.sent / total)
    return Text.assemble(f"{sent:10,.1f} MiB sent  ", (f"{bar:<30}", GOOD), f"  {mib:8,.1f} MiB of memory")
