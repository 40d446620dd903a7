"""A stopwatch's result, drawn as a waterfall: time runs to the right, each primitive has a line.

Tested by      tests/tls/test_timing_view.py
"""

from collections.abc import Container

from rich.console import Console
from rich.text import Text

from tls.timing import THE_REST, Stopwatch, Total
from tls.tracing import trace_view

NAME_WIDTH = 24  # columns
NUMBERS_WIDTH = 26
BLOCKS = " ▁▂▃▄▅▆▇█"  # how much of a column's time was spent on the line's primitive
STYLES = {"client": trace_view.CLIENT, "server": trace_view.SERVER}


def show(watch: Stopwatch, console: Console | None = None, *, title: str = "", brief: bool = False) -> None:
    """Print a line for each side and each of its primitives: times, milliseconds, share, and when.

    title      what it is that was timed
    brief      only the sides' lines
    """
    console = console or trace_view.default_console()
    width = min(trace_view.WIDTH, console.width) - NAME_WIDTH - NUMBERS_WIDTH
    totals = watch.totals()
    everything = watch.seconds
    end = f"{1000 * everything:.1f} ms"
    heads = f"{title:{NAME_WIDTH}}{'times':>6}{'ms':>10}{'share':>8}  0 ms{end:>{width - 4}}"
    console.print(Text(heads, "dim"))
    for side in dict.fromkeys(side for side, _ in totals):
        style = STYLES.get(side, "")
        parts = {name: total for (whose, name), total in totals.items() if whose == side}
        whole = Total(0, sum(total.seconds for total in parts.values()))
        numbers = _numbers(side, whole, everything)
        console.print(Text.assemble((numbers, f"bold {style}"), (_bar(watch, side, parts, width), style)))
        for name in () if brief else sorted(parts, key=lambda name: name == THE_REST):
            numbers = _numbers(f"  {name}", parts[name], everything)
            console.print(Text.assemble(numbers, (_bar(watch, side, {name}, width), style)))


def _numbers(name: str, total: Total, everything: float) -> str:
    share = 100 * total.seconds / everything if everything else 0.0
    return f"{name:{NAME_WIDTH}}{total.times or '':>6}{1000 * total.seconds:10.2f}{share:6.0f} %  "


def _bar(watch: Stopwatch, side: str, names: Container[str], width: int) -> str:
    """One block for each column of time, as high as the part of it that these primitives took."""
    begin, end = watch.spans[0].start, watch.spans[-1].end
    column = (end - begin) / width or 1.0  # seconds
    filled = [0.0] * width
    for span in watch.spans:
        if span.side == side and span.name in names:
            for i in range(int((span.start - begin) / column), width):
                left = begin + i * column
                filled[i] += max(0.0, min(span.end, left + column) - max(span.start, left)) / column
                if span.end <= left + column:
                    break
    return "".join(_block(share) for share in filled).rstrip()


def _block(share: float) -> str:
    """As high as the share; what was there at all can be seen."""
    return BLOCKS[min(max(round(8 * share), 1), 8)] if share else BLOCKS[0]
