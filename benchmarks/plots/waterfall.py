"""Where the time of a handshake goes: it runs to the right, and each primitive has a line for each side."""

from collections.abc import Sequence
from typing import Any

from benchmarks.plots import style
from benchmarks.results import Run, Share, Step, Waterfall


def draw(run: Run) -> bytes:
    """Time runs to the right; each primitive has a line for each side."""
    with style.applied():
        fall = run.waterfall or Waterfall([], [])
        lines = _lines(fall.shares)
        drawing = style.drawing(1.0 + 0.29 * len(lines))
        _waterfall_lines(drawing.subplots(), fall, lines)
        return style.svg(drawing)


def _lines(shares: Sequence[Share]) -> list[Share]:
    """For each side a line for all of it, under the side's own name, then its shares, the largest first."""
    lines: list[Share] = []
    for side in style.SIDES:
        mine = sorted((share for share in shares if share.side == side), key=lambda share: -share.seconds)
        if mine:
            lines += [Share(side, side, 0, sum(share.seconds for share in mine)), *mine]
    return lines


def _waterfall_lines(axes: Any, fall: Waterfall, lines: Sequence[Share]) -> None:
    end = 1000 * max((step.end for step in fall.steps), default=1.0)
    for row, line in enumerate(lines):
        whole = line.name == line.side
        mine = [step for step in fall.steps if step.side == line.side and (whole or step.name == line.name)]
        colour, height, alpha = style.SIDES[line.side], *((0.25, 0.4) if whole else (0.72, 1.0))
        axes.broken_barh(
            bars(mine, end), (row - height / 2, height), facecolors=colour, alpha=alpha, zorder=3
        )
        text = {"fontsize": style.SMALL, "color": colour, "fontweight": "bold" if whole else "normal"}
        _right(axes, (end, row), 62, f"{1000 * line.seconds:.2f} ms", text)
        _right(axes, (end, row), 98, f"{line.count} x" if line.count else "", text)
    axes.set_yticks(range(len(lines)), [line.name for line in lines])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color(style.SIDES[line.side])
        label.set_fontweight("bold" if line.name == line.side else "normal")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlim(0, end)
    axes.set_xlabel("milliseconds since the client began")
    axes.grid(axis="x", color=style.GRID, zorder=0)
    style.bare(axes, "top", "right", "left")


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
