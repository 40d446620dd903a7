"""What the terminal shows of a run."""

import io
from dataclasses import replace

from rich.console import Console

from benchmarks import report
from benchmarks.contenders import Absent
from benchmarks.results import Run
from benchmarks.stream import Sample
from tests.support import made_up_run


def shown(run: Run) -> str:
    text = io.StringIO()
    report.show(run, Console(file=text, width=160, highlight=False))
    return text.getvalue()


def line(text: str, *parts: str) -> str:
    """The first line that has all parts."""
    return next(line for line in text.splitlines() if all(part in line for part in parts))


def test_machine_and_versions_stand_beside_the_figures() -> None:
    text = shown(made_up_run.run())
    assert line(text, "Made-up 9000", "2 cores", "CPython 3.11.7", "Linux")
    assert line(text, "purepycrypto 3.2.1", "tlslite-ng 0.8.2")
    assert "fastest round" in text


def test_a_case_has_our_figure_and_each_peers_with_the_ratio() -> None:
    text = shown(made_up_run.run()).split("SHA-256 1 KiB")[1]
    assert text.split()[:5] == ["glassbox-tls", "1.00", "µs", "1,020", "MB/s"]
    assert line(text, "hashlib (C)", "10.0 ns").endswith("100 x slower")
    assert line(text, "purepycrypto", "8.00 µs").endswith("8.00 x faster")


def test_who_is_missing_is_named() -> None:
    text = shown(made_up_run.run())
    assert "not there: PyNaCl: not installed (No module named 'nacl')" in text
    assert "left out of SHA-256 1 MiB: cryptoarithmetic, would take about 9 s a call" in text


def test_targets_are_reached_or_missed() -> None:
    text = shown(made_up_run.run(purepycrypto=5.0))
    assert line(text, "seal 16 KiB", "purepycrypto", "5.00 x faster", "missed")
    assert line(text, "handshake, both ends", "tlslite-ng", "30.0 x faster", "reached")
    assert line(text, "import of tls", "under 150 ms", "60 ms", "reached")
    assert line(text, "first handshake", "15.0 ms more", "reached")


def test_start_up_is_a_table_of_its_own() -> None:
    text = shown(made_up_run.run())
    assert line(text, "first use of Ed25519 sign", "7.00 ms")
    assert line(text, "a later handshake", "15.0 ms")


def test_a_part_of_the_cases_has_its_targets_and_no_others() -> None:
    run = made_up_run.run()
    part = replace(run, cases=[run.case("X25519 exchange")], startup=None, waterfalls=None)  # type: ignore[list-item]
    text = shown(part)
    assert line(text, "X25519 exchange", "tlslite-ng", "reached")
    assert "Ed25519" not in text
    assert "start-up" not in text


def test_a_quick_run_says_so() -> None:
    assert "quick run" not in shown(made_up_run.run())
    assert "quick run" in shown(replace(made_up_run.run(), quick=True))


def test_names_are_never_taken_for_markup() -> None:
    run = replace(made_up_run.run(), absent=[Absent("[red]x[/red]", "[bold]why[/bold]")])
    assert "not there: [red]x[/red]: [bold]why[/bold]" in shown(run)


def test_an_interval_of_a_stream() -> None:
    text = report.streamed(Sample(512 * 2**20, 24 * 2**20), 1024 * 2**20).plain
    assert "512.0 MiB sent" in text and "24.0 MiB of memory" in text
    assert text.count("█") == 15
