"""What is drawn of each event, as plain text and in colour."""

import io

import pytest
from rich.console import Console, RenderableType

from journey import ladder, narration, story
from journey.attacks import Attack, reads_a_secret
from journey.ladder import Rung
from journey.layout import Field, Layout
from journey.matrix import Cell, Row
from journey.narration import Narrator, Terminal
from journey.referee import Outcome, Result

LAYOUT = Layout(Field("nonce", 4), Field("ciphertext"))
FRAME = bytes(range(4)) + b"abcdefghijklmnopqrstuvwxyz"


def canvas(width: int = 90, colour: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        no_color=not colour,
    )


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def drawn(*events: story.Event, rows: int = 3, width: int = 90, colour: bool = False) -> str:
    console = canvas(width, colour)
    for event in events:
        Narrator(console, rows)(event)
    return "\n".join(line.rstrip() for line in text_of(console).splitlines())


def printed(thing: RenderableType, width: int = 90) -> str:
    console = canvas(width)
    console.print(thing)
    return "\n".join(line.rstrip() for line in text_of(console).splitlines())


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (story.Said(1, "client", b"hello", b"hello"), '   client  says: "hello"'),
        (story.Said(2, "server", b"hi\x00", b"hi?"), '   server  (connection 2) says: "hi·"'),
        (story.Told("She waits."), "  Mallory  She waits."),
        (story.Revealed("server: shared_key", "00ff"), "    thief  server: shared_key = 00ff"),
        (
            story.Revealed("server: random bytes", "ab" * 40),
            f"    thief  server: random bytes =\n           {'ab' * 32}…",
        ),
        (story.Claimed(b"x7f", True), '  Mallory  the secret is "x7f"  and that is right'),
        (story.Claimed(b"x7f", False), '  Mallory  the secret is "x7f"  which is wrong'),
        (story.Refusal(1, "server", "a.py:3", "no"), "   server  refuses: no  (a.py:3)"),
    ],
)
def test_an_event_is_a_line(event: story.Event, line: str) -> None:
    assert drawn(event) == line


def test_what_was_accepted_is_compared_with_what_was_sent() -> None:
    event = story.Accepted(1, "server", (b"A", b"C", b"X"), (b"A", b"B", b"C"))
    assert drawn(event).splitlines() == [
        '   server  accepts: "A"',
        '   server  accepts: "C"  <- not when it was sent',
        '   server  accepts: "X"  <- its peer never said that',
    ]
    alone = story.Accepted(2, "server", (b"A",), None)
    assert drawn(alone) == '   server  (connection 2) accepts: "A"  <- and nobody is there'
    silent = story.Accepted(1, "client", (b"A",), ())
    assert drawn(silent) == '   client  accepts: "A"  <- its peer never said that'


def test_a_long_text_is_cut() -> None:
    shown = drawn(story.Accepted(1, "server", (bytes(1000),), ()), width=1200)
    assert f'"{"·" * 400}…"' in shown


def test_bytes_are_annotated() -> None:
    assert drawn(story.Shown("here", FRAME, LAYOUT)).splitlines() == [
        "  Mallory  here:",
        "          nonce  00010203                             ····",
        "     ciphertext  61626364 65666768 696a6b6c 6d6e6f70  abcdefghijklmnop",
        "                 71727374 75767778 797a               qrstuvwxyz",
    ]
    assert drawn(story.Shown("bare", b"\x01", None)).splitlines()[1].strip() == "01  ·"


def test_a_narrow_terminal_gets_shorter_rows_and_long_fields_are_cut() -> None:
    assert drawn(story.Shown("here", FRAME, LAYOUT), width=71, rows=2).splitlines() == [
        "  Mallory  here:",
        "          nonce  00010203             ····",
        "     ciphertext  61626364 65666768    abcdefgh",
        "                 696a6b6c 6d6e6f70    ijklmnop",
        "                 … and 10 bytes more",
    ]
    assert "61626364 65666768 696a6b6c 6d6e6f70" in drawn(story.Shown("here", FRAME, LAYOUT), width=72)


def test_what_is_new_and_what_is_secret_is_set_off_in_colour() -> None:
    red, underline = "\x1b[1;31m", "\x1b[4;33m"
    changed = FRAME[:5] + b"!" + FRAME[6:] + b"longer"
    shown = drawn(story.Shown("here", changed, LAYOUT, FRAME), colour=True)
    assert f"{red}21\x1b" in shown
    assert f"{red}6c\x1b" in shown  # the first byte of what is longer
    assert shown.count(f"{red}21") + sum(shown.count(f"{red}{byte:02x}") for byte in b"longer") == 7
    assert f"{red}6c\x1b" not in drawn(story.Shown("here", FRAME, LAYOUT), colour=True)
    said = drawn(story.Said(1, "client", b"code x?", b"code ??"), colour=True)
    assert said.count(underline) == 1
    assert f"{underline}x" in said


def test_only_fields_have_colours() -> None:
    magenta, cyan = "\x1b[35m", "\x1b[36m"
    with_fields = drawn(story.Shown("here", FRAME, LAYOUT), colour=True)
    assert f"{magenta}00" in with_fields
    assert f"{cyan}61" in with_fields
    assert magenta not in drawn(story.Shown("here", FRAME, None), colour=True)


def test_the_list_has_each_part_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.strip() for line in printed(narration.contents(), 150).splitlines()]
    parts = {ladder.part(rung.number) for rung in ladder.rungs()}
    assert [line for line in lines if line.startswith("Part ")] == [
        f"Part {number}: {title}" for number, title in sorted(parts)
    ]
    assert lines.count("Side rooms") == 1
    assert all(any(f"{name}: " in line for line in lines) for name in ladder.rooms())
    monkeypatch.setattr(ladder, "rooms", lambda: ())
    assert "Side rooms" not in printed(narration.contents(), 150)


def test_the_verdict() -> None:
    console = canvas()
    Narrator(console, 3).verdict(Outcome(Result.REFUSED, "a.py:3", "no"))
    assert text_of(console).strip() == "=> refused at a.py:3"


def test_headings_say_what_has_to_be_stolen() -> None:
    def run(scene: object) -> None:
        pass

    attack = Attack("open it", run, reads_a_secret, wins=())
    assert printed(narration.attack_heading(attack)).strip() == "Attack: open it"
    theft = Attack("open it", run, reads_a_secret, wins=(), reveals=("shared_key", "memory"))
    assert printed(narration.attack_heading(theft)).strip() == (
        "Attack: open it   (needs stolen: shared_key, memory)"
    )


def test_what_is_still_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    lowest = ladder.rungs()[:4]
    monkeypatch.setattr(ladder, "rungs", lambda: lowest)
    assert (
        printed(narration.still_broken(lowest[1])).strip()
        == "Still broken: change a bit, reuse the keystream"
    )
    monkeypatch.setattr(ladder, "rungs", lambda: ())
    assert printed(narration.still_broken(lowest[1])).strip() == "Still broken: nothing that we have met"


def test_an_attack_of_the_rung_below() -> None:
    attack = ladder.rung(0).attacks[0]
    assert (
        printed(narration.repaired(attack, Outcome(Result.LEARNS_NOTHING)))
        == "  read, once more: learns nothing"
    )
    refused = Outcome(Result.REFUSED, "a.py:3", "not for you")
    assert printed(narration.repaired(attack, refused)).splitlines() == [
        "  read, once more: refused at a.py:3",
        "      not for you",
    ]


def rows_of(*results: Result) -> Row:
    attack = Attack("a test", lambda scene: None, reads_a_secret, wins=((0, 1),))
    cells = [
        Cell(Rung(number, "x", None), attack, Outcome(result, "a.py:3", "why"))
        for number, result in enumerate(results)
    ]
    return Row(cells[0].rung, attack, tuple(cells))


@pytest.mark.parametrize(
    ("results", "end"),
    [
        ([Result.SUCCEEDS, Result.SUCCEEDS, Result.REFUSED], "wins on 0-1; on 2 refused at a.py:3"),
        ([Result.SUCCEEDS, Result.SUCCEEDS], "wins on 0-1"),
        ([Result.SUCCEEDS, Result.SUCCEEDS, Result.DOES_NOT_APPLY], "wins on 0-1; on 2 does not apply: why"),
        ([Result.DOES_NOT_APPLY, Result.LEARNS_NOTHING], "wins nowhere; on 1 learns nothing"),
        ([Result.DOES_NOT_APPLY], "wins nowhere"),
    ],
)
def test_the_line_that_says_where_an_attack_ends(results: list[Result], end: str) -> None:
    table = printed(narration.whole_matrix([rows_of(*results)], 90))
    assert table.splitlines()[-1] == f"a test  {end}"


def test_the_matrix_has_a_column_for_each_rung() -> None:
    many = printed(narration.whole_matrix([rows_of(*[Result.SUCCEEDS] * 12)], 90)).splitlines()
    assert many[:3] == [
        "                            1 1",
        "rung    0 1 2 3 4 5 6 7 8 9 0 1",
        "a test  ● ● ● ● ● ● ● ● ● ● ● ●",
    ]


def test_a_surprise_stands_out_and_is_put_into_words() -> None:
    console = canvas(colour=True)
    row = rows_of(Result.SUCCEEDS, Result.REFUSED, Result.SUCCEEDS)
    console.print(narration.whole_matrix([row], 90))
    reverse = next(line for line in text_of(console).splitlines() if "a test" in line)
    assert reverse.count("\x1b[7;32m") + reverse.count("\x1b[1;7;31m") == 2
    assert (
        narration.surprise(row.cells[1]) == "a test on rung 1: refused at a.py:3; it is declared to succeed"
    )
    assert narration.surprise(row.cells[2]) == "a test on rung 2: succeeds; it is not declared to"


def test_a_terminal_shows_frames_of_any_shape() -> None:
    console = canvas()
    terminal = Terminal(console)
    terminal.frame("#0", FRAME, LAYOUT)
    terminal.frame("#1", b"\x07", LAYOUT)  # too short for a nonce
    terminal.message("server", b"hi\x00")
    terminal.aside("she smiles")
    terminal.alarm("refused")
    lines = [line.strip() for line in text_of(console).splitlines()]
    assert lines[0] == "#0"
    assert lines[1].startswith("nonce  00010203")
    assert lines[4:6] == ["#1", "07  ·"]
    assert lines[6:] == ["server  hi·", "she smiles", "refused"]
