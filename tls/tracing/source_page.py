"""The lines of source that a page refers to, each with its neighbours, file by file.

Tested by      tests/tls/test_trace_page.py
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tls.tracing import markup, parts_page
from tls.tracing.markup import Markup, element

ROOT = Path(__file__).parents[2]
AROUND = 3  # lines before and after


def draw(lines: Iterable[str]) -> Iterator[Markup]:
    """One part of the page for each file; `lines` are such as "handshake/client.py:87"."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for line in lines:
        file, _, number = line.rpartition(":")
        numbers[file].add(int(number))
    for file in sorted(numbers):
        yield element(
            "details",
            element("summary", element("code", file)),
            element("pre", *_excerpts(file, numbers[file]), class_="source"),
        )


def _excerpts(file: str, numbers: set[int]) -> Iterator[Markup]:
    text = (ROOT / file).read_text("utf-8").splitlines()
    shown = {near for number in numbers for near in range(number - AROUND, number + AROUND + 1)}
    before = 0
    for number in sorted(shown & set(range(1, len(text) + 1))):
        if number != before + 1:
            yield element("span", "⋯\n", class_="quiet")
        before = number
        row = f"{number:4}  {text[number - 1]}\n"
        if number in numbers:
            yield element("mark", row, id=parts_page.anchor(f"{file}:{number}"))
        else:
            yield markup.join([row])
