"""Where the time of a handshake goes: it runs to the right, and each primitive has a line for each side.

The full handshake is on the left, the resumed one on the right: same lines, same scale.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.plots import style
from benchmarks.results import ALL, Run, Step, Waterfall, Waterfalls


class Line(NamedTuple):
    """One of a side's primitives, or ALL that the side does."""

    side: str
    name: str


def draw(run: Run) -> bytes:
    """Time runs to the right; each primitive has a line for each side."""
    with style.applied():
        falls = run.waterfalls or Waterfalls(Waterfall([], []), Waterfall([], []))
        lines = [Line(side, name) for side in style.SIDES for name in _names(falls, side)]
        drawing = style.drawing(1.3 + 0.29 * len(lines))
        left, right = drawing.subplots(1, 2, sharex=True, sharey=True)
        end = 1000 * max(
            (step.end for fall in (falls.full, falls.resumed) for step in fall.steps), default=1.0
        )
        _panel(left, "full", falls.full, lines, end)
        _panel(right, "resumed", falls.resumed, lines, end)
        _name_lines(left, lines)
        drawing.supxlabel("milliseconds since the client began", fontsize=style.SMALL)
        return style.svg(drawing)


def _names(falls: Waterfalls, side: str) -> list[str]:
    names = falls.names(side)
    return [ALL, *names] if names else []


def _panel(axes: Any, title: str, fall: Waterfall, lines: Sequence[Line], end: float) -> None:
    """The bars of one handshake, and beside each line its numbers."""
    for row, line in enumerate(lines):
        whole = line.name == ALL
        mine = [step for step in fall.steps if step.side == line.side and (whole or step.name == line.name)]
        colour, height, alpha = style.SIDES[line.side], *((0.25, 0.4) if whole else (0.72, 1.0))
        axes.broken_barh(
            bars(mine, end), (row - height / 2, height), facecolors=colour, alpha=alpha, zorder=3
        )
        times, seconds = fall.total(line.name, side=line.side)
        text = {"fontsize": style.SMALL, "color": colour}
        if whole or not seconds:
            text["fontweight"] = "bold"
        if seconds:
            _right(axes, (end, row), 54, f"{1000 * seconds:.2f} ms", text)
        if not whole and (times or not seconds):  # what is no primitive is not counted
            _right(axes, (end, row), 86, f"{times} x", text)
    axes.set_title(f"{title}, {1000 * fall.total(ALL).seconds:.1f} ms", loc="left", fontsize=11.5)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlim(0, end)
    axes.grid(axis="x", color=style.GRID, zorder=0)
    style.bare(axes, "top", "right", "left")


def _name_lines(axes: Any, lines: Sequence[Line]) -> None:
    axes.set_yticks(range(len(lines)), [line.side if line.name == ALL else line.name for line in lines])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color(style.SIDES[line.side])
        label.set_fontweight("bold" if line.name == ALL else "normal")


def bars(steps: Sequence[Step], end: float) -> list[tuple[float, float]]:
    """Start and length in milliseconds; where no gap can be seen is one bar, and every bar can be seen."""
    visible = end / 450
    drawn: list[tuple[float, float]] = []
    for step in steps:
        start, stop = 1000 * step.start, 1000 * step.end
        if drawn and start - sum(drawn[-1]) < visible:
            start, _ = drawn.pop()
        drawn.append((start, max(stop - start, visible)))
    return drawn


def _right(axes: Any, place: tuple[float, float], points: float, words: str, text: dict[str, Any]) -> None:
    """Numbers in a column to the right of the picture, flush on their right."""
    offset = {"xytext": (points, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
    axes.annotate(words, place, **offset, **text)
