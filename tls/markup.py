"""HTML, put together so that nothing is forgotten: a plain string is text and is escaped, always.

    element("p", "is 1 < 2? ", element("b", "yes"), class_="answer")

Only what `element` and `join` return is taken for HTML; what a peer has sent is a plain string and stays one.

Tested by      tests/tls/test_markup.py
"""

import html
from collections.abc import Iterable

VOID = {"meta", "br"}  # elements without an end


class Markup(str):
    """A string that is HTML already."""

    __slots__ = ()


def element(name: str, /, *content: str | int, **attributes: str | int | bool) -> Markup:
    """One element.  `class_` is class, `data_from` is data-from; True is an attribute without a value."""
    opening = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    if name in VOID:
        return Markup(f"<{name}{opening}>")
    return Markup(f"<{name}{opening}>{join(content)}</{name}>")


def join(pieces: Iterable[str | int], separator: str = "") -> Markup:
    """Pieces one after the other; what is no HTML becomes some."""
    return Markup(
        separator.join(piece if isinstance(piece, Markup) else html.escape(str(piece)) for piece in pieces)
    )


def spaced(pieces: Iterable[str | int]) -> list[str | int]:
    """The same pieces with a space between each two."""
    return [each for piece in pieces for each in (" ", piece)][1:]


def _attribute(key: str, value: str | int | bool) -> str:
    name = key.removesuffix("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
