"""How cost grows with size: throughput of hashes and AEADs, one line a contender."""

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.cases import size_name
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.plots import style
from benchmarks.results import Run

NAMES_IN_HEIGHT = 20  # of a panel of curves, one above the other
GROUPS = ("SHA-256", "SHA-512", "ChaCha20-Poly1305 seal", "AES-128-GCM seal")


def draw(run: Run) -> bytes:
    """Throughput against size, for two hashes and two AEADs: one line a contender."""
    with style.applied():
        drawing = style.drawing(9.8)
        for axes, group in zip(drawing.subplots(2, 2).flat, GROUPS, strict=True):
            _growth_panel(axes, run, group)
        return style.svg(drawing)


def _growth_panel(axes: Any, run: Run, group: str) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    cases = [timed for timed in run.cases if timed.group == group and timed.size]
    languages = {peer.name: peer.language for peer in run.peers}
    names = dict.fromkeys(name for timed in cases for name in timed.figures)
    ends: list[tuple[str, float, float]] = []
    for name in names:
        points = [(timed.size or 0, timed.figures[name].seconds) for timed in cases if name in timed.figures]
        sizes, rates = [size for size, _ in points], [size / seconds / 1e6 for size, seconds in points]
        colour, width, marker = _line_style(name, languages.get(name, PYTHON))
        axes.plot(
            sizes,
            rates,
            marker,
            color=colour,
            linewidth=width,
            markersize=4.5,
            zorder=3 if name == OURS else 2,
        )
        ends.append((name, sizes[-1], rates[-1]))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = [timed.size or 1 for timed in cases]
    if sizes:
        axes.set_xlim(min(sizes) / 1.5, max(sizes) * 400)  # room for the names
        axes.xaxis.set_major_locator(FixedLocator(sizes))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_name(round(value))))
        axes.tick_params(axis="x", labelrotation=45)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_title(group, loc="left", fontsize=11.5)
    axes.set_ylabel("MB/s")
    axes.grid(color=style.GRID, zorder=0)
    style.bare(axes, "top", "right")
    _name_lines(axes, ends, languages, max(sizes, default=1))


def _line_style(name: str, language: str) -> tuple[str, float, str]:
    if name == OURS:
        return style.OURS_COLOUR, 2.8, "o-"
    return (style.C_COLOUR, 1.2, "s-") if language == C else (style.PEER_COLOUR, 1.2, "D-")


def _name_lines(
    axes: Any, ends: Sequence[tuple[str, float, float]], languages: dict[str, str], right: int
) -> None:
    """Each line's name to the right of all lines, moved apart where two would touch."""
    low, high = (math.log10(limit) for limit in axes.get_ylim())
    ends = sorted(ends, key=lambda end: end[2])
    places = apart([math.log10(rate) for _, _, rate in ends], (high - low) / NAMES_IN_HEIGHT)
    for (name, size, rate), place in zip(ends, places, strict=True):
        colour, _, _ = _line_style(name, languages.get(name, PYTHON))
        leader = {
            "arrowstyle": "-",
            "color": colour,
            "linewidth": 0.5,
            "alpha": 0.5,
            "shrinkA": 0,
            "shrinkB": 3,
        }
        axes.annotate(
            name,
            (size, rate),
            xytext=(right * 2.2, 10**place),
            textcoords="data",
            color=colour,
            fontsize=style.SMALL,
            fontweight="bold" if name == OURS else "normal",
            va="center",
            arrowprops=leader,
        )


def apart(places: Sequence[float], step: float) -> list[float]:
    """The places, which ascend, moved so that neighbours are a step apart and nobody goes too far.

    Who touches is joined to a group around its common middle; groups that touch are joined again.
    """
    groups: list[list[float]] = []  # the places wanted by each group's members
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _lowest(groups[-1], step) < _lowest(groups[-2], step) + step * len(
            groups[-2]
        ):
            touching = groups.pop()
            groups[-1] += touching
    return [_lowest(group, step) + step * i for group in groups for i in range(len(group))]


def _lowest(group: Sequence[float], step: float) -> float:
    """Where a group's first member goes, if the members are a step apart around their common middle."""
    return sum(group) / len(group) - step * (len(group) - 1) / 2
