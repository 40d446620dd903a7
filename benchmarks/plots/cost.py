"""What one call costs: the best C library, ourselves, and the best of the other pure-Python ones."""

import math
from collections.abc import Iterable
from typing import Any

from benchmarks import results, units
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.plots import style
from benchmarks.results import Run, Timed

# One row each, if the run has them.
ROWS = (
    *("SHA-256 1 KiB", "HMAC-SHA256 32 B", "ChaCha20-Poly1305 seal 64 B", "ChaCha20-Poly1305 seal 16 KiB"),
    *("AES-128-GCM seal 16 KiB", "X25519 key generation", "X25519 exchange", "P-256 exchange"),
    *("ML-KEM-768 key generation", "ML-KEM-768 decapsulation"),
    *("Ed25519 sign", "Ed25519 verify", "P-256 verify", "RSA-2048 PSS sign"),
    *("handshake, both ends", "hybrid handshake, both ends", "transfer, client to server"),
)
ROW_NAMES = {
    "handshake, both ends": "TLS 1.3 handshake",
    "hybrid handshake, both ends": "TLS 1.3 handshake, hybrid",
    "transfer, client to server": "TLS 1.3 transfer, 64 KiB",
}
# The contenders of a row: colour, marker, and what the legend says.
MARKS = {
    C: (style.C_COLOUR, "s", "best C library: times faster"),
    OURS: (style.OURS_COLOUR, "o", OURS),
    PYTHON: (style.PEER_COLOUR, "D", "best other pure Python: times slower"),
}


def draw(run: Run) -> bytes:
    """One row an operation: the best C library, ourselves, and the best of the other pure-Python ones."""
    chosen = [timed for name in ROWS if (timed := run.case(name))] or run.cases[: len(ROWS)]
    rows = [timed for timed in chosen if OURS in timed.figures]
    with style.applied():
        drawing = style.drawing(1.3 + 0.46 * len(rows))
        axes = drawing.subplots()
        for row, timed in enumerate(rows):
            _cost_row(axes, row, run, timed)
        axes.set_ylim(len(rows) - 0.5, -0.6)
        axes.set_yticks(range(len(rows)), [ROW_NAMES.get(timed.name, timed.name) for timed in rows])
        _time_axis(axes, [figure.seconds for timed in rows for figure in _shown(run, timed).values()])
        axes.set_xlabel("time of one call (logarithmic)")
        _cost_legend(axes)
        return style.svg(drawing)


def _shown(run: Run, timed: Timed) -> dict[str, results.Best]:
    """What one row shows: ours, and the best of each language, if there is one."""
    shown = {OURS: results.Best(OURS, timed.figures[OURS].seconds)}
    for language in (C, PYTHON):
        if best := results.best(run, timed, language):
            shown[language] = best
    return shown


def _cost_row(axes: Any, row: int, run: Run, timed: Timed) -> None:
    shown = _shown(run, timed)
    ours = shown[OURS].seconds
    times = [best.seconds for best in shown.values()]
    axes.plot(
        [min(times), max(times)], [row, row], color=style.FAINT, linewidth=3, zorder=1, solid_capstyle="round"
    )
    for key, (colour, marker, _) in MARKS.items():
        if key in shown:
            axes.plot(
                shown[key].seconds, row, marker, color=colour, markersize=9 if key == OURS else 7, zorder=3
            )
    if C in shown:
        ratio = f"{units.digits(ours / shown[C].seconds)} x"
        _beside(axes, shown[C].seconds, row, f"{shown[C].name}  {ratio}", style.C_COLOUR, left=True)
    if PYTHON in shown:
        text = f"{_times_slower(shown[PYTHON].seconds / ours)}  {shown[PYTHON].name}"
        _beside(axes, max(times), row, text, style.PEER_COLOUR, left=False)


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
        fontsize=style.SMALL,
    )


def _time_axis(axes: Any, seconds: Iterable[float]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    times = list(seconds)
    low, high = (min(times), max(times)) if times else (1e-6, 1.0)
    axes.set_xscale("log")
    axes.set_xlim(low / 200, high * 60)  # room for the words on both sides
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    axes.xaxis.set_major_locator(FixedLocator([10.0**decade for decade in decades]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.round_duration(value)))
    axes.grid(axis="x", color=style.GRID, zorder=0)
    style.bare(axes, "top", "right", "left")


def _cost_legend(axes: Any) -> None:
    for colour, marker, label in MARKS.values():
        axes.plot([], [], marker, color=colour, label=label, markersize=7)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, frameon=False, fontsize=9.5, handletextpad=0.2
    )
