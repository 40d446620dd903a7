"""The waterfall: a line for each primitive on each side, and blocks where it was at work."""

import io
from typing import Any

import pytest
from rich.console import Console

from tests.support import peers_in_memory
from tls import timing, timing_view
from tls.timing import THE_REST, Span, Stopwatch

WIDTH = 100
COLUMNS = WIDTH - timing_view.NAME_WIDTH - timing_view.NUMBERS_WIDTH


def drawn(*spans: Span, counts: dict[tuple[str, str], int] | None = None, width: int = WIDTH) -> list[str]:
    watch = Stopwatch()
    watch.spans.extend(spans)
    watch.counts.update(counts or {})
    return shown(watch, width)


def shown(watch: Stopwatch, width: int = WIDTH, **options: Any) -> list[str]:
    file = io.StringIO()
    timing_view.show(watch, Console(file=file, width=width, highlight=False), **options)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def bar(line: str) -> str:
    return line[WIDTH - COLUMNS :]


def test_each_line_has_a_count_milliseconds_and_share() -> None:
    lines = drawn(
        Span("client", THE_REST, 0.0, 0.010),
        Span("client", "SHA-256 block", 0.010, 0.040),
        Span("server", "X25519", 0.040, 0.080),
        counts={("client", "SHA-256 block"): 7, ("server", "X25519"): 1},
    )
    assert [line[: WIDTH - COLUMNS].split() for line in lines] == [
        ["times", "ms", "share"],
        ["client", "40.00", "50", "%"],
        ["SHA-256", "block", "7", "30.00", "38", "%"],
        ["everything", "else", "10.00", "12", "%"],  # always the last
        ["server", "40.00", "50", "%"],
        ["X25519", "1", "40.00", "50", "%"],
    ]
    assert bar(lines[0]).split() == ["0", "ms", "80.0", "ms"]
    assert len(lines[0]) == WIDTH


def test_blocks_stand_where_the_time_went() -> None:
    lines = drawn(Span("client", "A", 0.0, 1.0), Span("client", "B", 1.0, 2.0), Span("server", "A", 2.0, 4.0))
    quarter = COLUMNS // 4
    assert COLUMNS == 50
    assert bar(lines[2]) == "█" * quarter + "▄"
    assert bar(lines[3]) == " " * quarter + "▄" + "█" * quarter
    assert bar(lines[5]) == " " * 2 * quarter + " " + "█" * (2 * quarter + 1)


def test_a_block_is_as_high_as_its_share_and_never_invisible() -> None:
    spans = [
        Span("client", "A", 0.0, 49.0),
        Span("client", "B", 49.0, 49.001),
        Span("client", "A", 49.001, 50.0),
    ]
    assert bar(drawn(*spans)[3]) == " " * 49 + "▁"
    halves = [Span("client", "A", n / 2, n / 2 + 0.25) for n in range(100)] + [Span("client", "B", 50, 50)]
    assert set(bar(drawn(*halves)[2])) == {"▄"}


def test_a_side_has_a_bar_for_all_that_it_does() -> None:
    spans = [Span("client", "A", 0.0, 1.0), Span("client", "B", 1.0, 2.0), Span("server", "A", 2.0, 4.0)]
    lines = drawn(*spans)
    assert bar(lines[1]) == "█" * 25
    assert bar(lines[4]) == " " * 25 + "█" * 25


def test_in_brief_there_are_only_the_sides_under_a_title() -> None:
    watch = Stopwatch()
    watch.spans = [
        Span("client", "A", 0.0, 0.01),
        Span("client", "B", 0.01, 0.02),
        Span("server", "A", 0.02, 0.04),
    ]
    full, brief = shown(watch), shown(watch, title="again", brief=True)
    assert brief[0].split()[:2] == ["again", "times"]
    assert len(brief[0]) == len(full[0])
    assert brief[1:] == [full[1], full[4]]


def test_no_time_at_all_is_no_error() -> None:
    assert drawn() != []
    assert drawn(Span("client", "A", 1.0, 1.0))[1].split() == ["client", "0.00", "0", "%"]


@pytest.mark.parametrize("width", [100, 80, 200])
def test_a_real_handshake_fits_and_everything_is_there(width: int) -> None:
    watch = timing.handshake(peers_in_memory.client_settings(), peers_in_memory.server_settings())
    lines = shown(watch, width)
    assert max(map(len, lines)) <= min(width, WIDTH)
    names = {name for _, name in watch.totals()}
    assert names == {line.strip().split("  ")[0] for line in lines[1:]} - {"client", "server"}
