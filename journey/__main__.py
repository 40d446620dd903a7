"""`python -m journey`: every broken channel attacked before your eyes, and repaired, until it is TLS.

    python -m journey                       the whole ladder
    python -m journey 4                     one rung in full, with its README
    python -m journey room NAME             a side room
    python -m journey matrix                every attack against every rung
    python -m journey mutants               the real stack with one check removed at a time
    python -m journey 4 server              you are a party yourself: in three terminals,
    python -m journey 4 client              server and client, and between them, if she
    python -m journey 4 mallory             is started before the client, the attacker

What is drawn is drawn with rich, from the extra `cli`; `--json` needs nothing.
"""

import argparse
import errno
import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from journey import ladder, matrix, readme
from journey.attacks import Attack
from journey.ladder import Rung
from journey.referee import Outcome, Result
from journey.theatre import Theatre, Transcript

if TYPE_CHECKING:
    from rich.console import Console

# Exit status
AS_DECLARED = 0
SURPRISED = 1
MISUSED = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count

# What a write to standard output may end in; anything else is the fault of another file.
OF_STANDARD_OUTPUT = {errno.EPIPE, errno.ENOSPC, errno.EFBIG}

ROWS_ON_THE_LADDER = 3  # of bytes for one field
ROWS_IN_FULL = 16
ROLES = ("server", "client", "mallory")


class Complaint(Exception):
    """Something that the user can put right; the text is all that he is told."""

    def __init__(self, line: str, status: int = MISUSED) -> None:
        super().__init__(line)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Complains in one line instead of explaining everything again."""

    def error(self, message: str) -> NoReturn:
        raise Complaint(f"{message}; --help explains")


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        try:
            return run(parse(arguments))
        finally:
            sys.stdout.flush()  # now, and not when the interpreter ends and nobody catches what it raises
    except Complaint as complaint:
        print(complaint, file=sys.stderr)
        return complaint.status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        if error.errno not in OF_STANDARD_OUTPUT:
            raise
        # Nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno != errno.EPIPE:  # that reader has seen enough: `... | head`
            print(f"standard output: {error.strerror}", file=sys.stderr)
        return SURPRISED


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m journey",
        description=__doc__.split("\n\n", 1)[1] if __doc__ else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", help="a rung's number, `room`, `matrix` or `mutants`")
    parser.add_argument("who", nargs="?", help="server, client or mallory; after `room`, its name")
    parser.add_argument("--list", action="store_true", help="all rungs and side rooms")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a story")
    parser.add_argument("--tcp", action="store_true", help="over real loopback sockets")
    parser.add_argument(
        "--pcap", metavar="FILE", type=Path, help="write what crossed the wires, for Wireshark"
    )
    parser.add_argument("--write", action="store_true", help="with `matrix`: update the READMEs' tables")
    parser.add_argument("--only", metavar="NAME", help="with `mutants`: those whose names contain this")
    terminals = parser.add_argument_group("in three terminals")
    terminals.add_argument("--port", type=int, default=9846, help="the server's; Mallory's is the next one")
    terminals.add_argument("--middle", action="store_true", help="Mallory speaks the protocol herself")
    terminals.add_argument("--passphrase", default="journey", help="what the demo keys are made from")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> int:
    if not options.json and util.find_spec("rich") is None:
        raise Complaint(
            "the story needs rich: pip install rich, or .venv/bin/python after make demo (--json does not)",
            SURPRISED,
        )
    if options.write and options.what != "matrix":
        raise Complaint("--write belongs to `matrix`")
    if options.only is not None and options.what != "mutants":
        raise Complaint("--only belongs to `mutants`")
    if options.list:
        return list_all(options)
    if options.what == "matrix":
        if options.who is not None:
            raise Complaint("`matrix` stands alone")
        return show_matrix(options)
    if options.what == "mutants":
        if options.who is not None:
            raise Complaint("`mutants` stands alone")
        return show_mutants(options)
    if options.what == "room":
        return show_room(options)
    if options.what is None:
        return perform(options, ladder.rungs(), in_full=False)
    rung = rung_called(options.what)
    if options.who is not None:
        return take_part(options, rung)
    return perform(options, [rung], in_full=True)


def rung_called(name: str) -> Rung:
    if name in ladder.rooms():
        raise Complaint(f"that is a side room: `python -m journey room {name}`")
    if not name.isdecimal():
        raise Complaint(
            f"there is no {name!r}: say a rung's number, `room`, `matrix` or `mutants`, or --list"
        )
    try:
        return ladder.rung(int(name))
    except LookupError as error:
        raise Complaint(str(error)) from error


def console() -> "Console":
    from rich.console import Console

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that lacks a sign
    return Console(highlight=False)


def perform(options: argparse.Namespace, rungs: Sequence[Rung], *, in_full: bool) -> int:
    """Play the attacks of these rungs, each on its own rung, and say what came of them."""
    theatre = Theatre(over_tcp=options.tcp)
    played: list[tuple[Attack, Rung, Outcome]] = []
    if options.json:
        stories = []
        for rung in rungs:
            scenes = []
            for attack in rung.attacks:
                transcript = Transcript()
                played.append((attack, rung, theatre.play(attack, rung, transcript)))
                scenes.append(_scene(attack, played[-1][2], transcript))
            stories.append(
                {"rung": rung.number, "folder": rung.folder, "title": rung.title, "scenes": scenes}
            )
        print(json.dumps({"rungs": stories}, indent=2), flush=True)
    else:
        from journey.narration import Narrator

        drawn = console()
        narrator = Narrator(drawn, ROWS_IN_FULL if in_full else ROWS_ON_THE_LADDER)
        for rung in rungs:
            (show_in_full if in_full else show_on_the_ladder)(drawn, theatre, rung)
            for attack in rung.attacks:
                played.append((attack, rung, _play_aloud(drawn, narrator, theatre, attack, rung)))
            _what_is_left(drawn, rung, in_full)
    _save(options, theatre)
    return _status(played)


def show_on_the_ladder(drawn: "Console", theatre: Theatre, rung: Rung) -> None:
    """The rung's idea, and what it does to the attacks of the rung below."""
    from journey import narration

    part = ladder.part(rung.number)
    if rung.number == 0 or ladder.part(rung.number - 1) != part:
        drawn.print(narration.part_heading(*part))
    drawn.print(narration.heading(rung))
    drawn.print(narration.first_paragraph(rung, "Idea"))
    for below in ladder.rungs():
        if below.number == rung.number - 1:
            for attack in below.attacks:
                drawn.print(narration.repaired(attack, theatre.play(attack, rung)))


def show_in_full(drawn: "Console", theatre: Theatre, rung: Rung) -> None:
    from journey import narration

    drawn.print(narration.whole_readme(rung))
    drawn.print(narration.heading(rung))
    drawn.print(f"  the code: journey/{rung.folder}/channel.py")
    drawn.print(f"  the attack: journey/{rung.folder}/attack.py")


def _play_aloud(drawn: "Console", narrator: Any, theatre: Theatre, attack: Attack, rung: Rung) -> Outcome:
    from journey import narration

    drawn.print(narration.attack_heading(attack))
    outcome = theatre.play(attack, rung, narrator)
    narrator.verdict(outcome)
    return outcome


def _what_is_left(drawn: "Console", rung: Rung, in_full: bool) -> None:
    from journey import narration

    drawn.print(narration.still_broken(rung))
    if not in_full:
        drawn.print(narration.first_paragraph(rung, "Still broken"))
    drawn.print()


def show_room(options: argparse.Namespace) -> int:
    """A side room: its README, then its attacks against each of its variants."""
    if options.who is None:
        raise Complaint(f"say which room: {', '.join(ladder.rooms())}")
    try:
        variants = ladder.room(options.who)
    except LookupError as error:
        raise Complaint(str(error)) from error
    theatre = Theatre(over_tcp=options.tcp)
    played: list[tuple[Attack, Rung, Outcome]] = []
    if options.json:
        stories = []
        for variant in variants:
            scenes = []
            for attack in variant.attacks:
                transcript = Transcript()
                played.append((attack, variant, theatre.play(attack, variant, transcript)))
                scenes.append(_scene(attack, played[-1][2], transcript))
            stories.append({"variant": variant.variant, "scenes": scenes})
        print(json.dumps({"room": options.who, "variants": stories}, indent=2), flush=True)
    else:
        from rich.rule import Rule

        from journey import narration

        drawn = console()
        drawn.print(narration.whole_readme(variants[0]))
        narrator = narration.Narrator(drawn, ROWS_IN_FULL)
        for variant in variants:
            drawn.print(Rule(f"[bold]{variant.variant}", align="left"))
            for attack in variant.attacks:
                played.append((attack, variant, _play_aloud(drawn, narrator, theatre, attack, variant)))
    _save(options, theatre)
    return _status(played)


def show_matrix(options: argparse.Namespace) -> int:
    """Every attack against every rung, compared with what is declared."""
    theatre = Theatre(over_tcp=options.tcp)
    rows = matrix.compute(ladder.rungs(), ladder.rungs(), theatre.play)
    surprises = matrix.surprises(rows)
    if options.json:
        print(json.dumps(matrix.report(rows), indent=2), flush=True)
    else:
        from journey import narration

        drawn = console()
        drawn.print(narration.whole_matrix(rows, drawn.width))
        for cell in surprises:
            drawn.print(narration.surprise(cell), style="bold red")
        if options.write:
            for rung in readme.write(ladder.rungs(), rows):
                drawn.print(f"updated {rung.folder}/README.md")
    _save(options, theatre)
    return SURPRISED if surprises else AS_DECLARED


def show_mutants(options: argparse.Namespace) -> int:
    """The real stack with one check removed at a time: what gets through?"""
    from journey.mutants import catalogue, trial

    mutants = catalogue.called(options.only or "")
    if not mutants:
        raise Complaint(f"no mutant's name contains {options.only!r}")
    verdicts: list[trial.Verdict] = []
    if options.json:
        verdicts += catalogue.judge(mutants)
        print(json.dumps({"mutants": [trial.report(verdict) for verdict in verdicts]}, indent=2), flush=True)
    else:
        from journey import narration

        drawn = console()
        drawn.print(narration.mutants_heading(drawn.width))
        for verdict in catalogue.judge(mutants):
            verdicts.append(verdict)
            drawn.print(narration.mutant(verdict, drawn.width))
        drawn.print(narration.mutants_summary(verdicts))
    return SURPRISED if any(verdict.survives for verdict in verdicts) else AS_DECLARED


def list_all(options: argparse.Namespace) -> int:
    if options.json:
        rungs = [
            {
                "rung": rung.number,
                "part": ladder.part(rung.number)[0],
                "title": rung.title,
                "folder": rung.folder,
                "attacks": [attack.name for attack in rung.attacks],
            }
            for rung in ladder.rungs()
        ]
        print(json.dumps({"rungs": rungs, "rooms": list(ladder.rooms())}, indent=2), flush=True)
    else:
        from journey import narration

        console().print(narration.contents())
    return AS_DECLARED


def take_part(options: argparse.Namespace, rung: Rung) -> int:
    """One of three terminals."""
    from journey import terminals
    from journey.narration import Terminal

    if options.who not in ROLES:
        raise Complaint(f"there is no {options.who!r} on a rung: say {', '.join(ROLES)}")
    if not 0 < options.port < 65535:
        raise Complaint(f"--port must be 1 to 65534, not {options.port}")
    try:
        return terminals.run(
            rung,
            options.who,
            options.port,
            options.passphrase,
            middle=options.middle,
            terminal=Terminal(console()),
        )
    except OSError as error:
        raise Complaint(str(error), SURPRISED) from error


def _scene(attack: Attack, outcome: Outcome, transcript: Transcript) -> dict[str, Any]:
    return {
        "attack": attack.name,
        "result": outcome.result.value,
        "where": outcome.where,
        "why": outcome.why,
        "events": transcript.events,
    }


def _save(options: argparse.Namespace, theatre: Theatre) -> None:
    if options.pcap is not None:
        try:
            options.pcap.write_bytes(theatre.capture_file(time.time()))
        except OSError as error:
            raise Complaint(f"cannot write {options.pcap}: {error.strerror}", SURPRISED) from error


def _status(played: Sequence[tuple[Attack, Rung, Outcome]]) -> int:
    for attack, rung, outcome in played:
        if (outcome.result is Result.SUCCEEDS) != attack.wins_on(rung.number):
            return SURPRISED
    return AS_DECLARED


if __name__ == "__main__":
    sys.exit(main())
