"""What a person sees of the journey: scenes, READMEs, lists and the matrix, drawn with rich.

Everything here draws and decides nothing.  Colour and width are the terminal's; when the output is piped,
what comes out is plain text.
"""

import re
import textwrap
from collections.abc import Sequence

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from journey import ladder, matrix, readme, story
from journey.attacks import Attack
from journey.errors import Refused
from journey.ladder import Rung
from journey.layout import Layout, Span
from journey.matrix import Row
from journey.mutants.trial import Finding, Kind, Verdict
from journey.referee import Outcome, Result
from x509 import wording

ACTOR_WIDTH = 9  # columns
MAX_ROWS = 16  # of bytes for one field, where nothing else limits them
COLOURS = {"client": "cyan", "server": "blue", "Mallory": "bold red", "thief": "bold magenta"}
FIELD_COLOURS = ("magenta", "cyan", "green", "yellow", "blue")
RESULT_COLOURS = {
    Result.SUCCEEDS: "bold red",
    Result.REFUSED: "green",
    Result.LEARNS_NOTHING: "green",
    Result.DOES_NOT_APPLY: "dim",
}
SYMBOLS = {
    Result.SUCCEEDS: "●",
    Result.REFUSED: "■",
    Result.LEARNS_NOTHING: "–",
    Result.DOES_NOT_APPLY: "·",
}


class Narrator:
    """A listener that draws each event as it happens."""

    def __init__(self, console: Console, rows: int) -> None:
        self._console = console
        self._rows = rows  # of bytes, at most, for one field

    def __call__(self, event: story.Event) -> None:
        match event:
            case story.Said(connection, party, text, known):
                self._line(party, Text.assemble(_numbered("says: ", connection), _marked(text, known)))
            case story.Told():
                self._line("Mallory", Text(event.text))
            case story.Shown(label, frame, layout, before):
                self._line("Mallory", Text(f"{label}:", style="dim"))
                dump = hexdump(frame, layout, before, self._console, self._rows)
                self._console.print(Padding(dump, (0, 0, 0, 5)))
            case story.Revealed(name, value):
                self._line("thief", Text.assemble(f"{name} = ", (shortened(value), "magenta")))
            case story.Claimed(guess, right):
                verdict = ("  and that is right", "bold red") if right else ("  which is wrong", "green")
                self._line("Mallory", Text.assemble("the secret is ", quoted(guess), verdict))
            case story.Accepted(connection, party, messages, sent):
                for i, message in enumerate(messages):
                    line = Text.assemble(_numbered("accepts: ", connection), quoted(message))
                    self._line(party, line.append_text(_suspicion(i, message, sent)))
            case story.Refusal(connection, party, where, reason):
                line = Text.assemble(_numbered("refuses: ", connection), (reason, "green"))
                self._line(party, line.append(f"  ({where})", style="dim"))

    def verdict(self, outcome: Outcome) -> None:
        """Draw what came of it all."""
        self._line("", Text(f"=> {outcome}", style=RESULT_COLOURS[outcome.result]))

    def _line(self, actor: str, text: Text) -> None:
        _print_line(self._console, actor, text)


class Terminal:
    """What one of the three terminals shows."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def aside(self, text: str) -> None:
        """A remark that no party has made."""
        self._console.print(Text(text, style="dim"))

    def alarm(self, text: str) -> None:
        self._console.print(Text(text, style="bold red"))

    def message(self, sender: str, message: bytes) -> None:
        """What a party has said."""
        _print_line(self._console, sender, Text(printable(message)))

    def frame(self, title: str, frame: bytes, layout: Layout, before: bytes | None = None) -> None:
        """A frame with its fields marked, if it has that layout."""
        self._console.print(Text(title, style="bold"))
        try:
            self._console.print(hexdump(frame, layout, before, self._console, MAX_ROWS))
        except Refused:
            self._console.print(hexdump(frame, None, before, self._console, MAX_ROWS))


def _print_line(console: Console, actor: str, text: Text) -> None:
    row = Table.grid(padding=(0, 2))
    row.add_column(width=ACTOR_WIDTH, justify="right", style=COLOURS.get(actor, ""))
    row.add_column()
    row.add_row(actor, text)
    console.print(row)


def _numbered(verb: str, connection: int) -> str:
    return verb if connection == 1 else f"(connection {connection}) {verb}"


def _suspicion(i: int, message: bytes, sent: Sequence[bytes] | None) -> Text:
    if sent is None:
        return Text("  <- and nobody is there", style="bold red")
    if list(sent[i : i + 1]) == [message]:
        return Text()
    if message in sent:
        return Text("  <- not when it was sent", style="bold red")
    return Text("  <- its peer never said that", style="bold red")


def _marked(text: bytes, known: bytes) -> Text:
    """A message, with what the attacker cannot know set off."""
    marked = quoted(text)
    for i, byte in enumerate(known):
        if text[i] != byte:
            marked.stylize("yellow underline", i + 1, i + 2)
    return marked


def quoted(data: bytes, limit: int = 400) -> Text:
    """Bytes as text in quotes."""
    return Text(f'"{printable(data[:limit])}{"…" if len(data) > limit else ""}"')


def shortened(value: str, limit: int = 64) -> str:
    return value if len(value) <= limit else f"{value[:limit]}…"


def hexdump(frame: bytes, layout: Layout | None, before: bytes | None, console: Console, rows: int) -> Table:
    """Annotated bytes: each field's name, its bytes in hexadecimal, and as text where they are any.

    Bytes that are not as they were `before` are set off.
    """
    spans = [Span("", 0, len(frame))] if layout is None else layout.spans(frame)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, justify="right", min_width=10)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    per_row = 16 if console.width >= 72 else 8
    for i, span in enumerate(spans):
        colour = FIELD_COLOURS[i % len(FIELD_COLOURS)] if layout is not None else ""
        for row, start in enumerate(range(span.start, span.stop, per_row)):
            if row == rows:
                table.add_row("", Text(f"… and {span.stop - start} bytes more", style="dim"), "")
                break
            piece = range(start, min(start + per_row, span.stop))
            cells = Text(style=colour)
            for position in piece:
                is_new = before is not None and before[position : position + 1] != frame[position:][:1]
                gap = " " if position > start and (position - start) % 4 == 0 else ""
                cells.append(gap).append(f"{frame[position]:02x}", style="bold red" if is_new else "")
            as_text = printable(frame[piece.start : piece.stop])
            table.add_row(span.name if row == 0 else "", cells, Text(as_text))
    return table


def printable(data: bytes) -> str:
    """Bytes as text, with a middle dot for what cannot be printed."""
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)


# --- READMEs -----------------------------------------------------------------------------------------------


def part_heading(number: int, title: str) -> Rule:
    return Rule(Text(f" Part {number}: {title} ", style="bold"), characters="=", style="bold")


def heading(rung: Rung) -> Rule:
    title = f"Rung {rung.number}: {rung.title}"
    return Rule(Text(f" {title} ", style="bold"), align="left", style="dim")


def first_paragraph(rung: Rung, section: str) -> Padding:
    text = readme.sections(rung).get(section, "").split("\n\n", maxsplit=1)[0]
    return Padding(Markdown(text), (0, 2))


def whole_readme(rung: Rung) -> Markdown:
    """A README without the marks around its table."""
    text = rung.readme.read_text(encoding="utf-8")
    return Markdown(re.sub(r"<!--.*?-->\n?", "", text))


def attack_heading(attack: Attack) -> Padding:
    text = Text.assemble((f"Attack: {attack.name}", "bold underline"))
    if attack.reveals:
        text.append(f"   (needs stolen: {', '.join(attack.reveals)})", style="magenta")
    return Padding(text, (1, 0, 0, 2))


def repaired(attack: Attack, outcome: Outcome) -> Group:
    """What becomes of an attack of the rung below, and what whoever refused it has to say."""
    text = Text.assemble(
        f"{attack.name}, once more: ", (str(outcome), RESULT_COLOURS[outcome.result]), overflow="fold"
    )
    lines = [Padding(text, (0, 0, 0, 2))]
    if outcome.result is Result.REFUSED and outcome.why is not None:
        lines.append(Padding(Text(outcome.why, style="dim"), (0, 0, 0, 6)))
    return Group(*lines)


def still_broken(rung: Rung) -> Padding:
    """The attacks met so far that are declared to win here."""
    names = [
        attack.name
        for lower in ladder.rungs()
        if lower.number <= rung.number
        for attack in lower.attacks
        if attack.wins_on(rung.number)
    ]
    text = Text.assemble("Still broken: ", (", ".join(names) or "nothing that we have met", "red"))
    return Padding(text, (1, 0, 0, 2))


# --- Lists and the matrix ----------------------------------------------------------------------------------


def contents() -> Table:
    """All rungs and rooms with their attacks."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(max_width=60)
    table.add_column(style="red", max_width=60)
    last_part = 0
    for rung in ladder.rungs():
        number, title = ladder.part(rung.number)
        if number != last_part:
            table.add_row("", Text(f"Part {number}: {title}", style="bold"), "")
            last_part = number
        table.add_row(str(rung.number), rung.title, ", ".join(attack.name for attack in rung.attacks))
    if ladder.rooms():
        table.add_row("", Text("Side rooms", style="bold"), "")
    for name in ladder.rooms():
        (first, *_) = ladder.room(name)
        attacks = ", ".join(attack.name for attack in first.attacks)
        table.add_row("", Text.assemble((name, "cyan"), ": ", first.title), attacks)
    return table


def whole_matrix(rows: Sequence[Row], width: int) -> Group:
    """The table, its legend, and one line for each attack that says where it ends."""
    name_width = max(len(row.attack.name) for row in rows) + 2
    numbers = [cell.rung.number for cell in rows[0].cells]
    tens = "".join(f"{number // 10 or ' '} " for number in numbers)
    units = "".join(f"{number % 10} " for number in numbers)
    lines = [
        Text(" " * name_width + tens, style="bold"),
        Text("rung".ljust(name_width) + units, style="bold"),
    ]
    for row in rows:
        line = Text(row.attack.name.ljust(name_width))
        for cell in row.cells:
            style = RESULT_COLOURS[cell.outcome.result]
            style += "" if cell.as_declared else " reverse"
            line.append(SYMBOLS[cell.outcome.result], style=style).append(" ")
        lines.append(line)
    legend = Text("\n")
    for result, symbol in SYMBOLS.items():
        legend.append(f"{symbol} ", style=RESULT_COLOURS[result]).append(f"{result}    ")
    ends = [_end_of(row, name_width, width) for row in rows]
    return Group(*lines, legend, Text(""), *ends)


def _end_of(row: Row, name_width: int, width: int) -> Text:
    """Where an attack wins, and what stops it on the rung after that."""
    won = [cell.rung.number for cell in row.cells if cell.outcome.result is Result.SUCCEEDS]
    beyond = [cell for cell in row.cells if cell.rung.number > max(won, default=-1)]
    after = next((cell for cell in beyond if won or cell.outcome.result is not Result.DOES_NOT_APPLY), None)
    text = f"wins on {matrix.intervals(row.attack)}" if won else "wins nowhere"
    if after is not None:
        text += f"; on {after.rung.number} {after.outcome}"
    wrapped = textwrap.wrap(text, max(20, width - name_width))
    return Text(row.attack.name.ljust(name_width) + ("\n" + " " * name_width).join(wrapped), style="")


def surprise(cell: matrix.Cell) -> str:
    """One line for a cell that is not as declared."""
    declared = "is declared to succeed" if cell.attack.wins_on(cell.rung.number) else "is not declared to"
    return f"{cell.attack.name} on rung {cell.rung.number}: {cell.outcome}; it {declared}"


# --- Mutants -----------------------------------------------------------------------------------------------

WIDE = 110  # columns
KIND_COLOURS = {Kind.ATTACK: "bold red", Kind.HOSTILE_PEER: "yellow", Kind.VECTOR: "magenta"}


def mutants_heading(width: int) -> Table:
    names = ("a check is removed\nand who gains", "the rule\nand its line", "the same act")
    return _columns(width, *(Text(name, style="bold") for name in names))


def mutant(verdict: Verdict, width: int) -> Padding:
    """One mutant: what is missing and who gains by it; the rule and its line; what came of the same act."""
    changed = verdict.mutant
    name = Text.assemble((changed.name, "bold"), "\n", (changed.kind.value, KIND_COLOURS[changed.kind]))
    rule = Text.assemble(changed.section, "\n", (changed.where, "dim"), overflow="fold")
    came = Text.assemble(_came_of("with it: ", verdict.with_check), "\n", overflow="fold")
    came.append_text(_came_of("without: ", verdict.without_check))
    if verdict.survives:
        came.append("\nit survives", style="bold red reverse")
    return Padding(_columns(width, name, rule, came), (1, 0, 0, 0))


def _columns(width: int, name: Text, rule: Text, came: Text) -> Table:
    """The three in a row; where a file's name would not fit, the first two one above the other."""
    cells, sizes = [name, rule], [width * 26 // 100, 36]
    if width < WIDE:
        cells, sizes = [Text("\n").join(cells)], [width * 42 // 100]
    table = Table.grid(padding=(0, 2, 0, 0))
    for size in (*sizes, width - sum(sizes) - 2 * len(sizes) - 2):
        table.add_column(width=size)
    table.add_row(*cells, came)
    return table


def _came_of(label: str, finding: Finding) -> Text:
    colour = "red" if finding.got_through else "green"
    text = Text.assemble((label, "dim"), (finding.text, colour))
    return text.append(f"  ({finding.where})", style="dim") if finding.where else text


def mutants_summary(verdicts: Sequence[Verdict]) -> Text:
    kinds = [verdict.mutant.kind for verdict in verdicts]
    counts = [(kinds.count(kind), kind) for kind in Kind if kind in kinds]
    total = wording.count(len(verdicts), "mutant")
    counted = ", ".join(wording.count(*kind) for kind in counts)
    survivors = [verdict.mutant.name for verdict in verdicts if verdict.survives]
    if survivors:
        return Text(f"{total}; these survive: {', '.join(survivors)}", style="bold red")
    return Text(f"{total}, shown by {counted}; none survives", style="green")
