"""The search for a path as a picture: SVG that needs no library, and is the same each time.

    from the leaf, on the left, to the trust anchors; each line is a signature check, numbered in order

It has its own ground and its own colours for light and for dark.  Where a name or a reason is cut, the whole
of it is in a `title`, which a browser shows to who points at it.

Tested by      tests/x509/test_graph.py
"""

import textwrap
from collections.abc import Iterator

from x509 import graph, wording
from x509.graph import Node

# Pixels
BOX_WIDTH, BOX_HEIGHT = 236, 46
GAP = 92  # between columns, for the lines
MARGIN = 24
HEADING_LINE = 22
LINE = 15  # of small text
SPACE = 20  # between one row and the next
LEGEND = 54

# Characters
NAME_LENGTH = 31
PLACE_LENGTH = 36
REASON_LENGTH = 42
MAXIMUM_LINES = 3  # of a reason, or a heading
HEADING_PIXELS = 9  # for a character

STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #222; }
.heading { font-size: 15px; font-weight: 600; }
.name { font-size: 13px; font-weight: 600; }
.small { font-size: 11px; fill: #555; }
.number { font-size: 10px; font-weight: 600; fill: #fff; text-anchor: middle; }
.good { fill: #006b4f; font-weight: 600; }
.bad { fill: #b03a00; }
.ground { fill: #fff; }
.box { fill: #f5f6f8; stroke: #9aa1ab; stroke-width: 1.2; }
.anchor { fill: #e3eefb; stroke: #0072b2; stroke-width: 1.6; }
.left { stroke-dasharray: 5 4; }
.line { fill: none; stroke: #8a919b; stroke-width: 1.6; }
.line.answer, .box.answer { stroke: #009e73; stroke-width: 3; }
.line.unsigned { stroke: #d55e00; stroke-dasharray: 5 4; }
.dot { fill: #6b727c; }
.dot.answer { fill: #00805d; }
.dot.unsigned { fill: #c24f00; }
@media (prefers-color-scheme: dark) {
text { fill: #e8eaed; }
.small { fill: #aab0b8; }
.number { fill: #fff; }
.good { fill: #4cd6a9; }
.bad { fill: #ff9a5c; }
.ground { fill: #16191d; }
.box { fill: #23272d; stroke: #6f7781; }
.anchor { fill: #16304a; stroke: #56b4e9; }
.line { stroke: #7d858f; }
}
"""


def draw(root: Node, heading: str = "") -> str:
    """The whole file."""
    places: dict[int, tuple[int, int]] = {}  # left and top of each node's box, by its identity
    depth = max(len(node.path) for node in root.walk())
    width = max(2 * MARGIN + depth * BOX_WIDTH + (depth - 1) * GAP, 2 * MARGIN + 3 * BOX_WIDTH)
    above = _wrapped(heading, (width - 2 * MARGIN) // HEADING_PIXELS)
    bottom = _place(root, 0, MARGIN + HEADING_LINE * len(above) + SPACE, places)
    height = bottom + LEGEND
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{_escape(heading)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
    ]
    for number, line in enumerate(above):
        y = MARGIN + 12 + HEADING_LINE * number
        body.append(f'<text class="heading" x="{MARGIN}" y="{y}">{_escape(line)}</text>')
    checks = (node for node in root.walk() if node is not root)
    numbers = {id(node): number for number, node in enumerate(checks, 1)}
    for node in root.walk():
        for issuer in node.tried:
            body += _line(places[id(node)], places[id(issuer)], issuer, numbers[id(issuer)])
    for node in root.walk():
        body += _box(node, *places[id(node)])
    body += _legend(height - LEGEND)
    return "\n".join([*body, "</svg>", ""])


def _place(node: Node, column: int, top: int, places: dict[int, tuple[int, int]]) -> int:
    """Give the node and all above it their places; return where the next row begins."""
    places[id(node)] = MARGIN + column * (BOX_WIDTH + GAP), top
    below = top
    for issuer in node.tried:
        below = _place(issuer, column + 1, below, places)
    own = BOX_HEIGHT + LINE * sum(len(_wrapped(text, REASON_LENGTH)) for text, _ in _said(node))
    return max(below, top + own + SPACE)


def _said(node: Node) -> list[tuple[str, str]]:
    """What stands below a box, and its class."""
    said = [(f"{graph.BROKEN} {text}", "bad") for text in ([node.why] if node.why else node.ends)]
    if node.judged:
        mark, colour = (graph.BROKEN, "bad") if node.broken else (graph.KEPT, "good")
        said.append((f"{mark} {graph.outcome(node)}", colour))
    return said


def _box(node: Node, left: int, top: int) -> Iterator[str]:
    name, place = str(node.certificate), node.label.partition(" (")[0]
    if node.is_anchor and not place.startswith("trust anchor"):
        place += ", a trust anchor"
    classes = "box anchor" if node.is_anchor else "box"
    if node.leads_to_answer:
        classes += " answer"
    if node.why:
        classes += " left"
    yield f"<g><title>{_escape(node.label)}</title>"
    yield (f'<rect class="{classes}" x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>')
    yield f'<text class="name" x="{left + 12}" y="{top + 19}">{_escape(_cut(name, NAME_LENGTH))}</text>'
    yield f'<text class="small" x="{left + 12}" y="{top + 36}">{_escape(_cut(place, PLACE_LENGTH))}</text>'
    yield "</g>"
    y = top + BOX_HEIGHT + 1
    for text, colour in _said(node):
        yield f"<g><title>{_escape(text)}</title>"
        for row in _wrapped(text, REASON_LENGTH):
            y += LINE
            yield f'<text class="small {colour}" x="{left + 4}" y="{y}">{_escape(row)}</text>'
        yield "</g>"


def _line(start: tuple[int, int], end: tuple[int, int], issuer: Node, number: int) -> Iterator[str]:
    """From a certificate to one that may have signed it, with the number of the check."""
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    how = " unsigned" if issuer.why else " answer" if issuer.leads_to_answer else ""
    middle = (x1 + x2) // 2 - 12
    yield f'<path class="line{how}" d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2 - 24} {y2} H{x2}"/>'
    yield f'<circle class="dot{how}" cx="{x2 - 20}" cy="{y2}" r="9"/>'
    yield f'<text class="number" x="{x2 - 20}" y="{y2 + 4}">{number}</text>'


def _legend(top: int) -> Iterator[str]:
    """What the lines and boxes mean."""
    y, x = top + 26, MARGIN
    for how, meaning, width in (
        (" answer", "the good path", 132),
        ("", "signed by", 106),
        (" unsigned", "not signed by, or not to be verified", 254),
    ):
        yield f'<path class="line{how}" d="M{x} {y} H{x + 28}"/>'
        yield f'<text class="small" x="{x + 36}" y="{y + 4}">{meaning}</text>'
        x += width
    yield f'<circle class="dot" cx="{x + 9}" cy="{y}" r="9"/>'
    yield f'<text class="number" x="{x + 9}" y="{y + 4}">1</text>'
    yield f'<text class="small" x="{x + 24}" y="{y + 4}">order of the checks</text>'
    x += 150
    yield f'<rect class="box anchor" x="{x}" y="{y - 8}" width="24" height="16" rx="4"/>'
    yield f'<text class="small" x="{x + 32}" y="{y + 4}">trust anchor</text>'


def _wrapped(text: str, length: int) -> list[str]:
    return textwrap.wrap(wording.printable(text), length, max_lines=MAXIMUM_LINES, placeholder=" …")


def _cut(text: str, length: int) -> str:
    text = wording.printable(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def _escape(text: str) -> str:
    """Text that is no markup, whatever is in it."""
    return wording.printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
