"""The lines of source that a page refers to, each with its neighbours, file by file.

Tested by      tests/tls/test_trace_page.py
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tls import markup
from tls.markup import Markup, element
from tls.tracing import page_pieces, source

AROUND = 3  # lines before and after


def draw(lines: Iterable[str]) -> Iterator[Markup]:
    """One part of the page for each file; `lines` are such as "handshake/client.py:87"."""
    by_file: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for line in lines:
        file, number = source.file_and_number(line)
        by_file[file][number] = line
    for file in sorted(by_file):
        yield element(
            "details",
            element("summary", element("code", file)),
            element("pre", *_excerpts(file, by_file[file]), class_="source"),
        )


def _excerpts(file: str, lines: Mapping[int, str]) -> Iterator[Markup]:
    text = source.text(file)
    shown = {near for number in lines for near in range(number - AROUND, number + AROUND + 1)}
    before = 0
    for number in sorted(shown & set(range(1, len(text) + 1))):
        if number != before + 1:
            yield element("span", "⋯\n", class_="quiet")
        before = number
        row = f"{number:4}  {text[number - 1]}\n"
        if number in lines:
            yield element("mark", row, id=page_pieces.line_anchor(lines[number]))
        else:
            yield markup.join([row])
