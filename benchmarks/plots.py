"""The pictures: what pure Python costs, how cost grows with size, and where the time of a handshake goes.

    plots.cost(run), plots.growth(run), plots.waterfall(run)        each the bytes of an SVG file

The same run gives the same bytes.  The colours are Okabe and Ito's, which the colour-blind can tell apart;
whoever sees none of them has the markers and the names.
"""

import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks import report, units
from benchmarks.cases import size_name
from benchmarks.contenders import PYTHON, C
from benchmarks.contenders.glassbox import NAME as OURS
from benchmarks.results import Run, Share, Step, Timed, Waterfall

WIDTH = 9.0  # inches; a page shows them some 800 pixels wide
OURS_COLOUR, PEER_COLOUR, C_COLOUR = "#0072B2", "#D55E00", "#6B6B6B"
SIDES = {"client": "#0072B2", "server": "#D55E00"}
FAINT, INK = "#D9D9D9", "#222222"
STYLE = {
    "svg.hashsalt": "glassbox-tls",  # the ids in the file; without it they are random
    "svg.fonttype": "path",  # looks the same where the font is not installed
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 10.5,
    "text.color": INK,
    "axes.edgecolor": "#AAAAAA",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}

# One row each, if the run has them.
COST_ROWS = (
    *("SHA-256 1 KiB", "HMAC-SHA256 32 B", "ChaCha20-Poly1305 seal 64 B", "ChaCha20-Poly1305 seal 16 KiB"),
    *("X25519 key generation", "X25519 exchange", "Ed25519 sign", "Ed25519 verify"),
    *("handshake, both ends", "transfer, client to server"),
)
ROW_NAMES = {
    "handshake, both ends": "TLS 1.3 handshake",
    "transfer, client to server": "TLS 1.3 transfer, 64 KiB",
}
NAMES_IN_HEIGHT = 20  # of a panel of curves, one above the other
GROWTH_GROUPS = ("SHA-256", "ChaCha20-Poly1305 seal")


def cost(run: Run) -> bytes:
    """One row an operation: the best C library, ourselves, and the best of the other pure-Python ones."""
    chosen = [timed for name in COST_ROWS if (timed := run.case(name))] or run.cases[: len(COST_ROWS)]
    rows = [timed for timed in chosen if OURS in timed.figures]
    with matplotlib.rc_context(STYLE):
        drawing = Drawing((WIDTH, 1.3 + 0.46 * len(rows)), layout="constrained", facecolor="white")
        axes = drawing.subplots()
        for row, timed in enumerate(rows):
            _cost_row(axes, row, run, timed)
        axes.set_ylim(len(rows) - 0.5, -0.6)
        axes.set_yticks(range(len(rows)), [ROW_NAMES.get(timed.name, timed.name) for timed in rows])
        _time_axis(axes, [figure.seconds for timed in rows for figure in _shown(run, timed).values()])
        axes.set_xlabel("time of one call (logarithmic)")
        _cost_legend(axes)
        return _svg(drawing)


def growth(run: Run) -> bytes:
    """Throughput against size, for the hash and the AEAD: one line a contender."""
    with matplotlib.rc_context(STYLE):
        drawing = Drawing((WIDTH, 4.9), layout="constrained", facecolor="white")
        for axes, group in zip(drawing.subplots(1, len(GROWTH_GROUPS)), GROWTH_GROUPS, strict=True):
            _growth_panel(axes, run, group)
        return _svg(drawing)


def waterfall(run: Run) -> bytes:
    """Time runs to the right; each primitive has a line for each side."""
    with matplotlib.rc_context(STYLE):
        fall = run.waterfall or Waterfall([], [])
        lines = _lines(fall.shares)
        drawing = Drawing((WIDTH, 1.0 + 0.29 * len(lines)), layout="constrained", facecolor="white")
        _waterfall_lines(drawing.subplots(), fall, lines)
        return _svg(drawing)


# ---- the cost of pure Python ---------------------------------------------------------------------------


def _shown(run: Run, timed: Timed) -> dict[str, report.Best]:
    """What one row shows: ours, and the best of each language, if there is one."""
    shown = {OURS: report.Best(OURS, timed.figures[OURS].seconds)}
    for language in (C, PYTHON):
        if best := report.best(run, timed, language):
            shown[language] = best
    return shown


def _cost_row(axes: Any, row: int, run: Run, timed: Timed) -> None:
    shown = _shown(run, timed)
    ours = shown[OURS].seconds
    times = [best.seconds for best in shown.values()]
    axes.plot(
        [min(times), max(times)], [row, row], color=FAINT, linewidth=3, zorder=1, solid_capstyle="round"
    )
    for key, colour, marker in ((C, C_COLOUR, "s"), (PYTHON, PEER_COLOUR, "D"), (OURS, OURS_COLOUR, "o")):
        if key in shown:
            axes.plot(
                shown[key].seconds, row, marker, color=colour, markersize=9 if key == OURS else 7, zorder=3
            )
    if C in shown:
        ratio = f"{units.digits(ours / shown[C].seconds)} x"
        _beside(axes, shown[C].seconds, row, f"{shown[C].name}  {ratio}", C_COLOUR, left=True)
    if PYTHON in shown:
        text = f"{_times_slower(shown[PYTHON].seconds / ours)}  {shown[PYTHON].name}"
        _beside(axes, max(times), row, text, PEER_COLOUR, left=False)


def _times_slower(ratio: float) -> str:
    """What the legend says, or else the contrary in words."""
    return f"{units.digits(ratio)} x" if ratio >= 1 else f"{units.digits(1 / ratio)} x faster"


def _beside(axes: Any, x: float, y: float, text: str, colour: str, *, left: bool) -> None:
    axes.annotate(
        text,
        (x, y),
        xytext=(-9 if left else 9, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=colour,
        fontsize=9,
    )


def _time_axis(axes: Any, seconds: Iterable[float]) -> None:
    times = list(seconds)
    low, high = (min(times), max(times)) if times else (1e-6, 1.0)
    axes.set_xscale("log")
    axes.set_xlim(low / 200, high * 60)  # room for the words on both sides
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    axes.xaxis.set_major_locator(FixedLocator([10.0**decade for decade in decades]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.round_duration(value)))
    axes.grid(axis="x", color="#EEEEEE", zorder=0)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _cost_legend(axes: Any) -> None:
    for label, colour, marker in (
        ("best C library: times faster", C_COLOUR, "s"),
        (OURS, OURS_COLOUR, "o"),
        ("best other pure Python: times slower", PEER_COLOUR, "D"),
    ):
        axes.plot([], [], marker, color=colour, label=label, markersize=7)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, frameon=False, fontsize=9.5, handletextpad=0.2
    )


# ---- how cost grows ------------------------------------------------------------------------------------


def _growth_panel(axes: Any, run: Run, group: str) -> None:
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
    axes.grid(color="#EEEEEE", zorder=0)
    axes.tick_params(length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    _name_lines(axes, ends, languages, max(sizes, default=1))


def _line_style(name: str, language: str) -> tuple[str, float, str]:
    if name == OURS:
        return OURS_COLOUR, 2.8, "o-"
    return (C_COLOUR, 1.2, "s-") if language == C else (PEER_COLOUR, 1.2, "D-")


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
            fontsize=9,
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


# ---- where the time of a handshake goes ----------------------------------------------------------------


def _lines(shares: Sequence[Share]) -> list[Share]:
    """For each side a line for all of it, under the side's own name, then its shares, the largest first."""
    lines: list[Share] = []
    for side in SIDES:
        mine = sorted((share for share in shares if share.side == side), key=lambda share: -share.seconds)
        if mine:
            lines += [Share(side, side, 0, sum(share.seconds for share in mine)), *mine]
    return lines


def _waterfall_lines(axes: Any, fall: Waterfall, lines: Sequence[Share]) -> None:
    end = 1000 * max((step.end for step in fall.steps), default=1.0)
    for row, line in enumerate(lines):
        whole = line.name == line.side
        mine = [step for step in fall.steps if step.side == line.side and (whole or step.name == line.name)]
        colour, height, alpha = SIDES[line.side], *((0.25, 0.4) if whole else (0.72, 1.0))
        axes.broken_barh(
            _bars(mine, end), (row - height / 2, height), facecolors=colour, alpha=alpha, zorder=3
        )
        text = {"fontsize": 9, "color": colour, "fontweight": "bold" if whole else "normal"}
        _right(axes, (end, row), 62, f"{1000 * line.seconds:.2f} ms", text)
        _right(axes, (end, row), 98, f"{line.count} x" if line.count else "", text)
    axes.set_yticks(range(len(lines)), [line.name for line in lines])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_color(SIDES[line.side])
        label.set_fontweight("bold" if line.name == line.side else "normal")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlim(0, end)
    axes.set_xlabel("milliseconds since the client began")
    axes.grid(axis="x", color="#EEEEEE", zorder=0)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _bars(steps: Sequence[Step], end: float) -> list[tuple[float, float]]:
    """Start and length in milliseconds; where no gap can be seen is one bar, and every bar can be seen."""
    visible = end / 450
    bars: list[tuple[float, float]] = []
    for step in steps:
        start, stop = 1000 * step.start, 1000 * step.end
        if bars and start - sum(bars[-1]) < visible:
            start, _ = bars.pop()
        bars.append((start, max(stop - start, visible)))
    return bars


def _right(axes: Any, place: tuple[float, float], points: float, words: str, text: dict[str, Any]) -> None:
    """Numbers in a column to the right of the picture, flush on their right."""
    offset = {"xytext": (points, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
    axes.annotate(words, place, **offset, **text)


def _svg(drawing: Any) -> bytes:
    file = io.BytesIO()
    drawing.savefig(file, format="svg", metadata={"Date": None, "Creator": "glassbox-tls"})
    return file.getvalue()
