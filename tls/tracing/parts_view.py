"""A message or certificate byte by byte: offsets and bytes on the left, the tree of names on the right.

   71  00 04                   ├─ cipher_suites  4 bytes                                   RFC 9846 §B.4
                               │  │  AEAD and hash, best first
   73  13 03                   │  └─ [0]  TLS_CHACHA20_POLY1305_SHA256 (0x1303)

Tested by      tests/tls/test_parts_view.py
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest

from rich.text import Text

from tls.tracing import annotations, elsewhere
from tls.tracing.parts import Part

ROW = 8  # bytes in a row
LEFT = 31  # columns for an offset and a row of bytes
QUIET = "dim"


@dataclass
class Name:
    """A name in the tree, its own bytes, and the names inside of it."""

    name: str
    parts: list[Part]
    inside: "list[Name]" = field(default_factory=list)


def lines(
    parts: Sequence[Part], section: str, width: int, *, whole: str, abridged: str = ""
) -> Iterator[Text]:
    """All bytes and names.

    section     of what the parts belong to; said again only where it differs
    whole       what to call the bytes that have the path of everything
    abridged    a name of which only the first and last bytes are shown
    """
    for name in tree(parts, whole):
        yield from _draw(name, "", "", section, width=width - LEFT, abridged=abridged)


def with_section(line: Text, section: str, width: int) -> Text:
    """A line and, at its right end, the section that it is about."""
    shorter = annotations.abbreviated(section)
    gap = " " * max(2, width - line.cell_len - len(shorter))
    return line + Text.assemble(gap, (shorter, QUIET))


def tree(parts: Sequence[Part], whole: str) -> list[Name]:
    """Nest by path.  A name without bytes has no line of its own: it stands before the names inside of it."""
    top = Name("", [])
    above: list[tuple[list[str], Name]] = [([], top)]
    for path, same in groupby(parts, key=lambda part: part.path):
        names = re.findall(r"\[\d+\]|[^.\[\]]+", path)[1:]
        own = [part for part in same if part.data]
        if not own:
            continue
        while above[-1][0] != names[: len(above[-1][0])]:
            above.pop()
        outer, parent = above[-1]
        spoken = map(elsewhere.spoken, names[len(outer) :])
        node = Name(".".join(spoken).replace(".[", "[") or whole, own)
        parent.inside.append(node)
        if names or whole == "certificate":
            above.append((names, node))
    return top.inside


def _draw(name: Name, guide: str, below: str, section: str, *, width: int, abridged: str) -> Iterator[Text]:
    part = name.parts[0]
    said = ": ".join(part.text for part in name.parts if part.text)
    inner = below + ("│  " if name.inside else "   ")
    right = [Text.assemble((guide, QUIET), name.name, (f"  {said}", "" if name.inside else "bold"))]
    right += [Text(inner + line, QUIET) for line in textwrap.wrap(part.meaning, width - len(inner))]
    if part.section != section:
        _add_section(right, part.section, inner, width)
    left = _bytes(name.parts, bool(abridged) and part.path.endswith(abridged))
    for row_of_bytes, text in zip_longest(left, right):
        yield (row_of_bytes or Text(" " * LEFT)) + (text or Text(inner, QUIET))
    for child in name.inside:
        mark, beside = ("└─ ", "   ") if child is name.inside[-1] else ("├─ ", "│  ")
        yield from _draw(child, below + mark, below + beside, part.section, width=width, abridged=abridged)


def _add_section(lines: list[Text], section: str, inner: str, width: int) -> None:
    """Put it at the end of the first line that has room, or on a line of its own."""
    for row, line in enumerate(lines):
        if line.cell_len + 2 + len(annotations.abbreviated(section)) <= width:
            lines[row] = with_section(line, section, width)
            return
    lines.append(with_section(Text(inner, QUIET), section, width))


def _bytes(parts: list[Part], abridged: bool) -> Iterator[Text]:
    """Rows of bytes.  The length of a vector and its bytes share a row if they fit in one."""
    offset, runs = parts[0].offset, [part.data for part in parts]
    if sum(map(len, runs)) <= ROW:
        runs = [b"".join(runs)]
    for run in runs:
        starts = range(0, len(run), ROW)
        for start in starts:
            if not abridged or start in (starts[0], starts[-1]):
                row = run[start : start + ROW].hex(" ")
                yield Text.assemble((f"{offset + start:5}  ", QUIET), row.ljust(LEFT - 7))
            elif start == starts[1]:
                yield Text("       … taken apart below".ljust(LEFT), QUIET)
        offset += len(run)
