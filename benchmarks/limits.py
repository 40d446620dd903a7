"""What each figure is made of: CPython's own operations, counted and priced."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarks import units
from benchmarks.results import Run

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[str]]


def text(run: Run, table: Table) -> Iterator[str]:
    """The prices, as Markdown."""
    yield """\
## What limits each figure

Python's integers do the work, and the interpreter takes its time for each operation on them. These are the
prices, measured in the same run:
"""
    rows = [(name, units.duration(price)) for name, price in run.operations.items()]
    yield from table(("operation", "price"), rows)
