"""The page is written from a run: its figures are the run's, and the same run gives the same page."""

import subprocess
import sys
from dataclasses import replace
from importlib import util
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import cases, limits, page, targets
from benchmarks.plots import cost, growth, waterfall
from tests.support import made_up_run

ROOT = Path(__file__).parents[2]
drawing = pytest.mark.skipif(util.find_spec("matplotlib") is None, reason="needs the extra `bench`")

SECTIONS = (
    *("What pure Python costs", "Targets", "Method", "All figures", "A handshake, taken apart"),
    *("What looking costs", "What starting costs", "What limits each figure", "Who took part"),
)


def test_the_page_has_its_sections_in_order() -> None:
    headings = [
        line.lstrip("# ") for line in page.text(made_up_run.run()).splitlines() if line.startswith("#")
    ]
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)
    assert "SHA-256" in headings and "X25519" in headings


def test_the_text_needs_no_matplotlib() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; from benchmarks import page; "
        "from tests.support import made_up_run; print(page.text(made_up_run.run()), end='')"
    )
    text = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout
    assert text.decode() == page.text(made_up_run.run())


def test_its_figures_are_the_runs() -> None:
    text = page.text(made_up_run.run())
    assert "Made-up 9000 (2 cores)" in text
    assert "on 2026-11-26" in text
    assert "3 minutes and 20 seconds" in text
    assert "| **glassbox-tls** | **1.00 µs** |" in text
    assert "| purepycrypto | 8.00 µs `x 8.00` |" in text
    assert "| *hashlib* | 10.0 ns `/ 100` |" in text
    assert "Blocks of SHA-256 compressed: the client 20, the server 30; resumed, the client 25, the" in text
    assert "| Ed25519 verify | 2 | 3.80 ms | 56 % | 0 |  |  |" in text
    assert "| SHA-256 block | 20 | 2.00 ms | 29 % | 25 | 2.50 ms | 71 % |" in text
    assert "| everything else |  | 1.00 ms | 15 % |  | 1.00 ms | 29 % |" in text
    assert "| HMAC | 0 |  |  | 5 | 500 µs | 12 % |" in text  # what only a resumed handshake does
    assert "| a later handshake, both ends | 15.0 ms |" in text
    assert "100 rounds" in text
    assert "The twin's takes 15.0 ms;" in text
    assert "| nobody looks | +0.1 % | -0.2 % and +0.4 % |" in text
    assert "| a trace at each end | +12.5 % | +12.0 % and +13.0 % |" in text


def test_a_sentence_says_what_a_ticket_spares_and_what_remains() -> None:
    text = " ".join(page.text(made_up_run.run()).split())
    for said in (
        "Signatures made: 1, resumed 0; verified: 2, resumed 0; certificates read: 0, resumed 0.",
        " what falls away is Ed25519 verify, Ed25519 sign: 4.00 ms, or 40 % of the full handshake.",
        "SHA-256, HMAC and HKDF (5.00 ms, resumed 6.50 ms)",
        "All together: 10.0 ms, resumed 7.50 ms.",
        "Hashing, in SHA-2, HMAC and Keccak, takes 5.00 ms of the full handshake, or 50 %.",
    ):
        assert said in text, said


def test_another_run_gives_other_figures() -> None:
    before, after = page.text(made_up_run.run()), page.text(made_up_run.run(purepycrypto=2.0))
    assert "package of each row, glassbox-tls is between 4.00 x faster (" in before
    assert "package of each row, glassbox-tls is between 2.00 x faster (" in after


def test_targets_are_counted() -> None:
    text = page.text(made_up_run.run(purepycrypto=5.0))
    assert (
        "| ChaCha20-Poly1305 seal 16 KiB | 7 x faster than purepycrypto | 5.00 x faster | **missed** |"
        in text
    )
    missed = sum(target.whom == "purepycrypto" and target.times > 5 for target in targets.RATIOS)
    assert missed
    judged = len(targets.RATIOS) + 3  # those of start-up
    assert f"{judged - missed} of {judged} reached." in text


def test_who_is_missing_or_left_out_is_named() -> None:
    text = page.text(made_up_run.run())
    assert "| PyNaCl |  |  | not installed (No module named 'nacl') |" in text
    assert "- left out of SHA-256 1 MiB: cryptoarithmetic, would take about 9 s a call" in text


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head() -> None:
    width = 0
    for line in page.text(made_up_run.run()).splitlines():
        cells = line.count("|")
        if not line.startswith("|"):
            width = 0
        elif not width:
            width = cells
        assert cells == width or not line.startswith("|"), line


def test_what_tables_and_pictures_name_exists() -> None:
    groups = {case.group for case in cases.everything()}
    assert {group for _, of_table in page.TABLES for group in of_table} == groups
    assert set(growth.GROUPS) <= groups
    assert {*cost.ROWS, *limits.CASES} <= {case.name for case in cases.everything()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return page.write(made_up_run.run(), tmp_path_factory.mktemp("written"))


@drawing
def test_everything_is_written_and_the_page_shows_what_is_there(written: list[Path]) -> None:
    folder = written[0].parent
    assert sorted(path.name for path in written) == sorted(path.name for path in folder.iterdir())
    text = (folder / "benchmarks.md").read_text("utf-8")
    assert all(f"]({path.name})" in text for path in written if path.suffix == ".svg")
    assert text.count(".svg)") == 3


@drawing
def test_the_same_run_gives_the_same_files(written: list[Path], tmp_path: Path) -> None:
    for one, other in zip(written, page.write(made_up_run.run(), tmp_path), strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


@drawing
@pytest.mark.parametrize("draw", [cost.draw, growth.draw, waterfall.draw])
def test_pictures_are_svg_without_a_date_and_stay_small(draw) -> None:  # type: ignore[no-untyped-def]
    picture = draw(made_up_run.run())
    assert picture.startswith(b"<?xml")
    assert b"<svg" in picture
    assert b"dc:date" not in picture
    assert len(picture) < 300_000


@drawing
def test_both_handshakes_have_the_same_lines_and_a_zero_where_nothing_is_done() -> None:
    picture = waterfall.draw(made_up_run.run()).decode()  # each text is repeated in a comment
    for once in ("full, 10.0 ms", "resumed, 7.5 ms", "client", "server", "Ed25519 sign", "Ed25519 verify"):
        assert picture.count(f"<!-- {once} -->") == 1, once
    assert picture.count("<!-- SHA-256 block -->") == 2  # the client's and the server's
    assert picture.count("<!-- 0 x -->") == 3  # signatures in the resumed one, HMAC in the full one


@drawing
@pytest.mark.parametrize("draw", [cost.draw, growth.draw, waterfall.draw])
def test_a_run_of_one_case_can_be_drawn(draw) -> None:  # type: ignore[no-untyped-def]
    run = made_up_run.run()
    case = run.case("X25519 key generation")
    assert case is not None
    assert draw(replace(run, cases=[case], waterfalls=None)).startswith(b"<?xml")


def test_names_of_lines_are_moved_apart_but_not_further_than_needed() -> None:
    assert growth.apart([1.0, 2.0, 3.0], 0.5) == [1.0, 2.0, 3.0]
    assert growth.apart([1.0, 1.0], 0.5) == [0.75, 1.25]
    assert growth.apart([1.0, 1.2, 1.4, 9.0], 0.5) == pytest.approx([0.7, 1.2, 1.7, 9.0])
    assert growth.apart([], 0.5) == []
    moved = growth.apart([0.0, 0.9, 1.0, 1.1], 0.5)  # the group of three reaches down to the first
    assert all(b - a >= 0.5 - 1e-9 for a, b in pairwise(moved))


def test_steps_without_a_visible_gap_are_one_bar() -> None:
    step = made_up_run.Step
    steps = [
        step("client", "x", 0.0, 0.1),
        step("client", "x", 0.1001, 0.2),
        step("client", "x", 0.5, 0.5001),
    ]
    bars = waterfall.bars(steps, 1000.0)
    assert bars == [(0.0, 200.0), (500.0, 1000.0 / 450)]
