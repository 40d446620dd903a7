"""Small pieces of a page, which messages, keys and records have in common.

Tested by      tests/tls/test_parts_page.py, tests/tls/test_trace_page.py, tests/tls/test_keys_page.py
"""

import re

from tls import markup
from tls.markup import Markup, element
from tls.tracing import annotations
from tls.tracing.page_words import Stop


def remarks(meaning: str, paragraph: str = "", stop: Stop | None = None) -> Markup:
    """What something is for, in a line; why it is there, and what it stops, folded away."""
    told = [element("p", paragraph)] if paragraph else []
    told += [stopped(stop)] if stop is not None else []
    if not told:
        return element("p", meaning, class_="meaning") if meaning else Markup("")
    more = element("span", "why?", class_="more")
    return element(
        "details",
        element("summary", *markup.spaced([meaning, more] if meaning else [more])),
        *told,
        class_="why",
    )


def stopped(stop: Stop) -> Markup:
    """Which attack comes to its end here."""
    command = element("code", stop.command)
    return element("p", f"Stops “{stop.attack}”, {stop.place}: ", command, class_="stop")


def references(section: str, line: str) -> Markup:
    """Where the RFC says it, and which line of source does it; what is empty is left out."""
    links = [each for each in (in_rfc(section), in_source(line)) if each]
    return element("span", *markup.spaced(links), class_="references") if links else Markup("")


def in_rfc(section: str) -> Markup:
    """The section, in short."""
    return element("span", annotations.abbreviated(section), class_="section") if section else Markup("")


def in_source(line: str) -> Markup:
    """A link to a line of source, further down on the same page; nothing where none is known."""
    if not line:
        return Markup("")
    return element("a", line.rpartition("/")[2], href=f"#{line_anchor(line)}", class_="line", title=line)


def line_anchor(line: str) -> str:
    """What a line of source is called inside of the page."""
    return "line-" + re.sub(r"\W+", "-", line.replace(".py:", "-"))


def key_anchor(name: str) -> str:
    """What a secret is called inside of the page."""
    return "key-" + "".join(each if each.isalnum() else "-" for each in name)


def arrow(sender: str) -> str:
    """Who speaks, for eyes and for screen readers."""
    return "client → server" if sender == "client" else "server → client"


def checked(command: str, why: str = "check it yourself") -> Markup:
    """A command to copy, folded away."""
    return element(
        "details", element("summary", why), element("pre", element("code", command)), class_="check"
    )
