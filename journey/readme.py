"""The READMEs of the rungs: their sections, and the table in them that is computed and not written.

Each README ends its section "Still broken" with a table between two marks: every attack that the reader has
met so far, and what comes of it on this rung.  `python -m journey matrix --write` brings all of them up to
date; a test fails when one is not.
"""

import re
from collections.abc import Sequence

from journey import matrix
from journey.ladder import Rung
from journey.matrix import Row
from journey.referee import Result

SECTIONS = (
    "Idea",
    "What it adds",
    "What it gives up",
    "The attack",
    "Why it works",
    "Still broken",
    "In real TLS",
)
ROOM_SECTIONS = ("Idea", "The attack", "Why it works", "What repairs it", "In real TLS")

BEGIN = "<!-- computed by `python -m journey matrix --write` -->"
END = "<!-- end of what is computed -->"
TABLE = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def sections(rung: Rung) -> dict[str, str]:
    """Title and text of each second-level section."""
    text = rung.readme.read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def table(rung: Rung, rows: Sequence[Row]) -> str:
    """What comes of the attacks met so far on this rung, as a Markdown table."""
    lines = ["| attack | shown on rung | here |", "|---|---|---|"]
    for row in rows:
        if row.home.number <= rung.number:
            (cell,) = (cell for cell in row.cells if cell.rung.number == rung.number)
            lines.append(f"| {row.attack.name} | {row.home.number} | {_verdict(cell)} |")
    return "\n".join(lines)


def _verdict(cell: matrix.Cell) -> str:
    match cell.outcome.result:
        case Result.SUCCEEDS:
            return "**succeeds**"
        case Result.REFUSED:
            file = (cell.outcome.where or "").rsplit(":", 1)[0]  # without the line, which moves
            return f"refused in `{file.removeprefix('journey/')}`"
        case Result.DOES_NOT_APPLY:
            return f"does not apply: {cell.outcome.why}"
    return str(cell.outcome.result)


def computed(text: str, rung: Rung, rows: Sequence[Row]) -> str:
    """The README's text with its table as it has to be; ValueError if it has no place for one."""
    if not TABLE.search(text):
        raise ValueError(f"{rung.folder}/README.md: no `{BEGIN}` and `{END}`")
    return TABLE.sub(lambda _: f"{BEGIN}\n{table(rung, rows)}\n{END}", text)


def write(rungs: Sequence[Rung], rows: Sequence[Row]) -> list[Rung]:
    """Bring all tables up to date; return the rungs whose README has changed."""
    changed = []
    for rung in rungs:
        text = rung.readme.read_text(encoding="utf-8")
        new = computed(text, rung, rows)
        if new != text:
            rung.readme.write_text(new, encoding="utf-8")
            changed.append(rung)
    return changed
