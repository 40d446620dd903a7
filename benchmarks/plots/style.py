"""What the pictures share: colours, fonts, and a file that is the same each time.

The colours are Okabe and Ito's, which the colour-blind can tell apart; whoever sees none of them has the
markers and the names.
"""

import io
from contextlib import AbstractContextManager
from typing import Any

WIDTH = 9.0  # inches; a page shows them some 800 pixels wide
OURS_COLOUR, PEER_COLOUR, C_COLOUR = "#0072B2", "#D55E00", "#6B6B6B"
SIDES = {"client": "#0072B2", "server": "#D55E00"}
FAINT, GRID, INK = "#D9D9D9", "#EEEEEE", "#222222"
SMALL = 9  # points
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


def applied() -> AbstractContextManager[None]:
    """Draw inside of this, whatever the user's own settings are."""
    import matplotlib  # only where something is drawn: the page's text needs none

    context: AbstractContextManager[None] = matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE})
    return context


def drawing(height: float) -> Any:
    """An empty one, so many inches high."""
    from matplotlib.figure import Figure

    return Figure((WIDTH, height), layout="constrained", facecolor="white")


def bare(axes: Any, *sides: str) -> None:
    """Take the frame's lines off these sides, and the ticks off all."""
    axes.tick_params(length=0)
    for side in sides:
        axes.spines[side].set_visible(False)


def svg(drawn: Any) -> bytes:
    file = io.BytesIO()
    drawn.savefig(file, format="svg", metadata={"Date": None, "Creator": "glassbox-tls"})
    return file.getvalue()
