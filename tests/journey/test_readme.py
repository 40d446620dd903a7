"""The READMEs have their sections, and the arithmetic in them is right."""

import doctest
from pathlib import Path

import pytest

from journey import ladder, matrix, readme
from journey.ladder import HERE, Rung
from journey.referee import Outcome, Result

ROOMS = [ladder.room(name)[0] for name in ladder.rooms()]
ALL = [*ladder.rungs(), *ROOMS]


def folder(rung: Rung) -> str:
    return rung.folder


@pytest.mark.parametrize("rung", ladder.rungs(), ids=folder)
def test_a_rung_has_its_sections_in_order(rung: Rung) -> None:
    assert tuple(readme.sections(rung)) == readme.SECTIONS
    assert all(len(text) > 40 for text in readme.sections(rung).values())
    assert rung.readme.read_text(encoding="utf-8").startswith(f"# Rung {rung.number}: ")


@pytest.mark.parametrize("room", ROOMS, ids=folder)
def test_a_room_has_its_sections_in_order(room: Rung) -> None:
    assert tuple(readme.sections(room)) == readme.ROOM_SECTIONS
    assert all(len(text) > 40 for text in readme.sections(room).values())
    title, _, play, *_ = room.readme.read_text(encoding="utf-8").splitlines()
    assert title.startswith("# Room: ")
    assert play == f"`python -m journey room {room.readme.parent.name}` plays it."


@pytest.mark.parametrize("rung", ALL, ids=folder)
def test_every_example_computes_what_it_says(rung: Rung) -> None:
    text = rung.readme.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, {}, rung.folder, str(rung.readme), 0)
    runner = doctest.DocTestRunner()
    complaints: list[str] = []
    runner.run(examples, out=complaints.append)
    assert runner.failures == 0, "".join(complaints)


@pytest.mark.parametrize("rung", ALL, ids=folder)
def test_every_file_that_is_named_exists(rung: Rung) -> None:
    words = rung.readme.read_text(encoding="utf-8").split("`")[1::2]
    packages = ("purecrypto/", "record/", "x509/", "handshake/", "tls/", "journey/", "docs/")
    for word in words:
        if word.startswith(packages):
            assert (HERE.parent / word).exists(), word


@pytest.mark.parametrize("rung", ALL, ids=folder)
def test_lines_are_no_wider_than_a_page(rung: Rung) -> None:
    for line in rung.readme.read_text(encoding="utf-8").splitlines():
        assert len(line) <= 120 or line.startswith("|"), line


def test_titles_come_without_their_number() -> None:
    assert ladder.rung(0).title == "plaintext over a socket"


def play(attack: object, rung: Rung) -> Outcome:
    match rung.number:
        case 0:
            return Outcome(Result.SUCCEEDS)
        case 1:
            return Outcome(Result.REFUSED, "journey/s01_fixed_nonce/channel.py:12", "no")
        case 2:
            return Outcome(Result.DOES_NOT_APPLY, why="it has no handle")
    return Outcome(Result.LEARNS_NOTHING)


def test_the_table_says_what_comes_of_the_attacks_met_so_far() -> None:
    rows = matrix.compute(ladder.rungs()[:4], ladder.rungs()[:2], play)
    head = "| attack | shown on rung | here |\n|---|---|---|\n"
    assert readme.table(ladder.rung(0), rows) == head + (
        "| read | 0 | **succeeds** |\n| change a bit | 0 | **succeeds** |"
    )
    expected = [
        "refused in `s01_fixed_nonce/channel.py`",
        "does not apply: it has no handle",
        "learns nothing",
    ]
    for number, verdict in enumerate(expected, 1):
        assert readme.table(ladder.rung(number), rows) == head + (
            f"| read | 0 | {verdict} |\n"
            f"| change a bit | 0 | {verdict} |\n"
            f"| reuse the keystream | 1 | {verdict} |"
        )


def test_tables_are_written_where_they_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = Rung(0, "s00_plaintext", None)
    path = tmp_path / "s00_plaintext" / "README.md"
    path.parent.mkdir()
    path.write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(ladder, "HERE", tmp_path)
    rows = matrix.compute(ladder.rungs()[:1], [], play)
    assert readme.write([rung], rows) == [rung]
    table = readme.table(rung, rows)
    assert path.read_text(encoding="utf-8") == f"before\n{readme.BEGIN}\n{table}\n{readme.END}\nafter\n"
    assert readme.write([rung], rows) == []
    path.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match=r"s00_plaintext/README.md: no "):
        readme.write([rung], rows)
