"""A message or certificate on a page: its bytes on one side, the tree of names on the other.

Every byte is in the dump once, in a run that has the number of its part; a row of the tree says which parts
it stands for (`data-from`, `data-to`), so that a script can light up one side when the reader points at the
other.  Rows nest as the length prefixes nest.

What is shown comes from `Part`s alone.

Tested by      tests/tls/test_parts_page.py
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tls import markup
from tls.markup import Markup, element
from tls.tracing import elsewhere, page_pieces, page_words, parts
from tls.tracing.parts import Part

ROW = 16  # bytes in a row of the dump
SHORT = 8  # bytes that are shown beside their name as well
LONG = 32  # bytes that are, where there is not more than a word to say about them
SAY_LITTLE = {"extension_type", "name_type", "obfuscated_ticket_age", "key_exchange"}  # and are no preview
PREVIEWED = 3  # things inside of a group that are named while it is closed
NOT_AS_NAMED = ("GREASE", "HelloRetryRequest")  # values that are not what the name of their field says
OPEN_LEVELS = 1  # of the tree that are open from the start


@dataclass
class Node:
    """A name in the tree, its own bytes, and the names inside of it."""

    name: str
    parts: list[Part] = field(default_factory=list)
    inside: "list[Node]" = field(default_factory=list)
    first: int = -1  # number of the first part in it
    last: int = -1

    def take(self, number: int) -> None:
        self.first = number if self.first < 0 else self.first
        self.last = number


def draw(found: Sequence[Part], section: str, whole: str = "length") -> Markup:
    """All bytes and all names; `whole` is what to call the bytes that have the path of everything."""
    rows = (_row(node, section, "", 0) for node in tree(found, whole))
    names = element("ul", *rows, class_="names")
    return element("div", element("div", _dump(found), class_="dump"), names, class_="bytes")


def tree(found: Sequence[Part], whole: str) -> list[Node]:
    """Nest by path; the bytes of the whole come as a name of their own."""
    top = Node("")
    for number, part in enumerate(found):
        names = re.findall(r"\[\d+\]|[^.\[\]]+", part.path)
        node = top
        for name in names[1:] or [whole]:
            node.take(number)
            if not node.inside or node.inside[-1].name != name:
                node.inside.append(Node(name))
            node = node.inside[-1]
        node.take(number)
        node.parts.append(part)
    return [_as_extension(node) for node in top.inside]


def _as_extension(node: Node) -> Node:
    """An extension is a type, a length and a body: three in one place, under the body's name."""
    node.inside = [_as_extension(each) for each in node.inside]
    if len(node.inside) == 2 and node.inside[0].name == "extension_type":
        kind, body = node.inside
        length = Node("length", body.parts, [], body.first, body.first + len(body.parts) - 1)
        return Node(body.name, [], [kind, length, *body.inside], node.first, node.last)
    return node


def _row(node: Node, section: str, line: str, depth: int) -> Markup:
    """One name and what is inside.  Section and line of source are said where they change."""
    own = node.parts or _first(node).parts
    about = own[-1] if node.parts else _about(node)
    is_length = node.name == "length"
    references = Markup("") if is_length else _references(about, section, line)
    head = list(_head(node))
    note = page_pieces.remarks(about.meaning, *_told(node)) if not is_length else Markup("")
    attributes: dict[str, str | int] = {"class_": "row", "data_from": node.first, "data_to": node.last}
    if not node.inside:
        return element("li", element("div", *head, references, class_="head"), note, **attributes)
    inner, said = [], about.line
    for each in node.inside:
        inner.append(_row(each, about.section, said, depth + 1))
        said = (each.parts or _first(each).parts)[-1].line
    opened = element(
        "details",
        element("summary", *head),
        element("div", note, references, class_="note"),
        element("ul", *inner),
        open=depth < OPEN_LEVELS,
    )
    return element("li", opened, **attributes)


def _head(node: Node) -> Iterator[Markup]:
    """Name, bytes and meaning in one line."""
    yield element("span", elsewhere.spoken(node.name), class_="name")
    data = b"".join(part.data for part in node.parts)
    said = ": ".join(part.text for part in node.parts if part.text)
    if node.parts and (len(data) <= SHORT or (" " not in said and len(data) <= LONG)):
        yield element("span", data.hex(" ") if len(data) <= SHORT else data.hex(), class_="hex")
    elif not said and node.parts:
        said = parts.count(len(node.parts[-1].data))
    yield element("span", said or ("" if node.parts else _preview(node)), class_="value")


def _preview(node: Node) -> str:
    """The first things that are said inside of a group."""
    said = list(_texts(node))
    return ", ".join(text.partition(" (")[0] for text in said[:PREVIEWED]) + (
        " …" if said[PREVIEWED:] else ""
    )


def _texts(node: Node) -> Iterator[str]:
    if node.name not in SAY_LITTLE:
        yield from (part.text for part in node.parts if part.text and not part.is_length)
    for each in node.inside:
        yield from _texts(each)


def _told(node: Node) -> tuple[str, page_words.Stop | None]:
    name = page_words.name_at(node.parts[0].path) if node.parts else node.name
    said = next((text for text in NOT_AS_NAMED for part in node.parts if part.text.startswith(text)), name)
    return page_words.why(elsewhere.spoken(said)), page_words.stop(said)


def _references(about: Part, section: str, line: str) -> Markup:
    new_section = about.section if about.section != section else ""
    new_line = about.line if about.line != line else ""
    return page_pieces.references(new_section, new_line)


def _first(node: Node) -> Node:
    return node if node.parts else _first(node.inside[0])


def _about(node: Node) -> Part:
    """What a group without bytes of its own is about: for an extension, its body."""
    length = next((each for each in node.inside if each.name == "length"), None)
    return (length or _first(node)).parts[-1]


def _dump(found: Sequence[Part]) -> Markup:
    """Rows of bytes, with their offsets."""
    size = sum(len(part.data) for part in found)
    offsets = "\n".join(f"{offset:04x}" for offset in range(0, size, ROW))
    column, runs = 0, []
    for number, part in enumerate(found):
        pieces = []
        for byte in part.data:
            separator = "" if not column else "\n" if column % ROW == 0 else " "
            pieces.append(f"{separator}{byte:02x}")
            column += 1
        text = "".join(pieces)
        if text[:1].isspace():
            runs.append(Markup(text[0]))
        runs.append(
            element("span", text.lstrip(), data_part=number, class_="length" if part.is_length else "")
        )
    return markup.join(
        [element("pre", offsets, class_="offsets", aria_hidden="true"), element("pre", *runs, class_="hexes")]
    )
