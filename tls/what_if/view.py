"""A recorded handshake in the terminal, forwards and backwards, one step at a time: `explain --what-if`.

    explain(path)         reads commands from standard input; without a path, makes a handshake to play with
    Table(replay, say)    the same for whoever has the commands: `obey` takes one line

What is not understood is answered in one line, and it goes on.

Tested by      tests/tls/test_what_if_view.py
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from handshake import constants
from record import framing
from record.content_type import ContentType
from tls.tracing import parts
from tls.what_if import edits, experiments, rehearsal, tape_text, typed
from tls.what_if import words as what_if_words
from tls.what_if.replay import Change, Played, Replay, Said, Tampered
from x509 import complaints, files, wording
from x509.complaints import DONE

PROMPT = "> "
MADE = "no recording was given, so here is a handshake of our own client and server, made a moment ago"

Say = Callable[[str], None]


def explain(path: str | None) -> int:
    """Let the user play with the recording in this file, or with a new one; the exit status."""
    if path is None:
        complaints.say(MADE)
        replay = Replay(rehearsal.make())
    else:
        with complaints.about(path):
            text = files.read_at_most(path, tape_text.MAX_SIZE).decode("utf-8", "replace")
            replay = Replay(tape_text.read(text))
    table = Table(replay, lambda line: complaints.put(f"{wording.printable(line)}\n".encode()))
    table.greet()
    for line in _commands():
        if not table.obey(line):
            break
    return DONE


def _commands() -> Iterator[str]:
    """Lines of standard input; a person is prompted for them."""
    if sys.stdin is None:
        return
    if not sys.stdin.isatty():
        yield from (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        return
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # lines that can be edited, and called back
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            return


class _Made(NamedTuple):
    """A change that the user has made."""

    change: Change
    words: str
    fixed: Said | None = None  # the same with the lengths around it made right


class Table:
    """Where a recording is played with: what is changed, and the step that is looked at."""

    def __init__(self, replay: Replay, say: Say) -> None:
        self._replay = replay
        self._say = say
        self._made: list[_Made] = []
        self._played = Played(replay, [], replay.recorded)
        self._step = 0
        self._is_over = False
        self._peer = constants.other(replay.tape.role)

    def greet(self) -> None:
        role, steps = self._replay.tape.role, len(self._replay.script)
        self._say(f"the {role}'s end of a handshake, in {steps} steps; played again, it sends the same bytes")
        self._say("next goes on, back goes back, try has experiments, help says the rest")
        self._tell_step()

    def obey(self, line: str) -> bool:
        """Do what a line says; whether to go on."""
        word, _, rest = line.strip().partition(" ")
        meant = word.lower() or "next"
        name = next((name for name in COMMANDS if name.startswith(meant)), None)
        try:
            if name is None:
                raise ValueError(f"there is no command {word!a}: help lists them")
            COMMANDS[name].run(self, rest.strip())
        except ValueError as error:
            self._say(f"no: {error}")
        return not self._is_over

    # Going through it

    def next(self, _: str) -> None:
        if self._step >= len(self._replay.script):
            raise ValueError("that was the last step; back goes the other way")
        if self._step >= (end := self._played.end) and self._played.refusal is not None:
            raise ValueError(f"{_was_the_end(end)}, back goes back")
        self._step += 1
        self._tell_step()

    def back(self, _: str) -> None:
        if not self._step:
            raise ValueError("this is the beginning")
        self._step -= 1
        self._tell_step()

    def go(self, rest: str) -> None:
        step = typed.number(rest, "a step")
        if step > len(self._replay.script):
            raise ValueError(f"there is no step {step}, the last one is {len(self._replay.script)}")
        self._step = step
        self._tell_step()

    def run(self, _: str) -> None:
        end = self._played.end
        for step in range(min(self._step + 1, end), end + 1):
            self._step = step
            self._say(what_if_words.line(self._played, step))
        self._say_all(what_if_words.verdict(self._played))

    def steps(self, _: str) -> None:
        for step in range(len(self._replay.script) + 1):
            self._say(what_if_words.line(self._played, step))
            if step == self._played.end and self._played.refusal is not None:
                self._say_all(what_if_words.verdict(self._played))
        if self._played.refusal is None:
            self._say_all(what_if_words.verdict(self._played))

    # Looking at it

    def show(self, rest: str) -> None:
        step = self._heard_step()
        content = self._replay.content(step, self._changes)
        speech = self._replay.script[step - 1]
        is_message = speech.content_type is ContentType.HANDSHAKE
        fields = edits.fields_of(content) if is_message else []
        if rest:
            self._say_all(what_if_words.about_field(typed.find(fields, rest)))
            return
        self._say_all(map(what_if_words.row, fields))
        read = sum(field.length for field in fields)
        if read < len(content):
            self._say(what_if_words.rest(content, read, "not read" if read else speech.name))
        if step <= self._played.end:
            self._say(what_if_words.record(self._played.outcomes[step].wire))

    # Changing it

    def set(self, rest: str) -> None:
        path, _, value = rest.partition(" ")
        step = self._message_step()
        content = self._replay.content(step, self._changes)
        field = typed.find(edits.fields_of(content), path)
        data = typed.value(value.strip(), field)
        change = Said(step, _differing(content, edits.replace(content, field, data)))
        try:
            fixed = Said(step, edits.replace(content, field, data, fix=True))
        except ValueError:  # what comes in is too long for that
            fixed = None
        words = f"{field.path}: {what_if_words.becomes(parts.of_field(field).data, data)}"
        self._make(_Made(change, words, None if fixed == change else fixed))

    def byte(self, rest: str) -> None:
        step = self._heard_step()
        content = self._replay.content(step, self._changes)
        offset, data = typed.offset_and_byte(rest)
        changed = _differing(content, edits.put(content, offset, data))
        words = f"byte {offset}: {content[offset]:02x} becomes {data.hex()}"
        self._make(_Made(Said(step, changed), words))

    def wire(self, rest: str) -> None:
        step = self._heard_step()
        wire = self._arriving(step)
        offset, data = typed.offset_and_byte(rest)
        changed = _differing(wire, edits.put(wire, offset, data))
        words = f"on the way, byte {offset} of the record: {wire[offset]:02x} becomes {data.hex()}"
        self._make(_Made(Tampered(step, changed), words))

    def lose(self, _: str) -> None:
        step = self._heard_step()
        _differing(self._arriving(step), b"")
        self._make(_Made(Tampered(step, b""), "the record is lost on the way"))

    def repeat(self, _: str) -> None:
        step = self._heard_step()
        wire = self._arriving(step)
        first = wire[: framing.HEADER_SIZE + framing.length_in(wire)]
        again = _differing(wire, wire + first)
        self._make(_Made(Tampered(step, again), "somebody on the way has the record arrive once more"))

    def _arriving(self, step: int) -> bytes:
        """What is on the wire at this step."""
        if step > self._played.end:
            raise ValueError(f"step {step} is not reached: {_was_the_end(self._played.end)}")
        return self._played.outcomes[step].wire

    def drop(self, _: str) -> None:
        step = self._heard_step()
        name = self._replay.script[step - 1].name
        _differing(self._replay.content(step, self._changes), b"")
        self._make(_Made(Said(step, b""), f"the {self._peer} leaves {name} out"))

    def fix(self, _: str) -> None:
        if not self._made or self._made[-1].fixed is None:
            raise ValueError("the last change was none that makes lengths wrong")
        last = self._made.pop()
        assert last.fixed is not None
        self._make(_Made(last.fixed, f"{last.words}, and the lengths around it fit"))

    def undo(self, _: str) -> None:
        if not self._made:
            raise ValueError("nothing has been changed")
        taken = self._made.pop()
        self._play()
        self._say(f"taken back: {taken.words}")
        self._step = min(self._step, taken.change.step)
        self._tell_step()

    def try_(self, rest: str) -> None:
        possible = list(experiments.possible(self._replay))
        if not rest:
            for number, (experiment, _) in enumerate(possible, 1):
                self._say(f"{number:3}  what if {experiment.title}?")
            self._say("try N tries one, from the recording as it was")
            return
        number = typed.number(rest, "an experiment")
        if not 1 <= number <= len(possible):
            raise ValueError(f"there is no experiment {number}, they are 1 to {len(possible)}")
        experiment, change = possible[number - 1]
        self._made = [_Made(change, experiment.title)]
        self._play()
        self._step = change.step - 1
        self._say(f"what if {experiment.title}?")
        self.run("")
        self._say_all(what_if_words.lesson(experiment))

    def help(self, _: str) -> None:
        for name, command in COMMANDS.items():
            self._say(f"{name + ' ' + command.takes:<20} {command.help}")

    def quit(self, _: str) -> None:
        self._is_over = True

    # What it comes to

    @property
    def _changes(self) -> list[Change]:
        return [made.change for made in self._made]

    def _make(self, made: _Made) -> None:
        self._made.append(made)
        self._play()
        self._say(made.words)
        if made.fixed is not None:
            self._say("the lengths around it are as they were: fix makes them right")
        self._tell_step()

    def _play(self) -> None:
        self._played = Played(self._replay, self._changes, self._replay.run(self._changes))

    def _tell_step(self) -> None:
        self._say_all(what_if_words.step(self._played, self._step))

    def _say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)

    def _heard_step(self) -> int:
        if not self._step:
            raise ValueError("nothing has been heard yet: next")
        return self._step

    def _message_step(self) -> int:
        step = self._heard_step()
        if self._replay.script[step - 1].content_type is not ContentType.HANDSHAKE:
            raise ValueError("no handshake message, so it has no fields: byte changes its bytes")
        return step


class _Command(NamedTuple):
    run: Callable[[Table, str], None]
    takes: str
    help: str


COMMANDS = {
    "next": _Command(Table.next, "", "one step on; an empty line does the same"),
    "back": _Command(Table.back, "", "one step back"),
    "go": _Command(Table.go, "N", "to step N"),
    "run": _Command(Table.run, "", "to the end"),
    "steps": _Command(Table.steps, "", "all steps, and how it ends"),
    "show": _Command(Table.show, "[PATH]", "the bytes of this step, field by field; or one field"),
    "set": _Command(Table.set, "PATH VALUE", 'the peer says another value: 25, 0x19, x25519, c0ffee, "text"'),
    "fix": _Command(Table.fix, "", "make the lengths around the last change right"),
    "byte": _Command(Table.byte, "OFFSET VALUE", "the peer says another byte"),
    "drop": _Command(Table.drop, "", "the peer does not say it"),
    "wire": _Command(Table.wire, "OFFSET VALUE", "on the way, a byte of the record is changed"),
    "lose": _Command(Table.lose, "", "the record does not arrive"),
    "repeat": _Command(Table.repeat, "", "the record arrives once more"),
    "undo": _Command(Table.undo, "", "take the last change back"),
    "try": _Command(Table.try_, "[N]", "a list of experiments; or one, from the recording as it was"),
    "help": _Command(Table.help, "", "this"),
    "quit": _Command(Table.quit, "", "the end"),
}


def _was_the_end(step: int) -> str:
    return f"step {step} was the end; undo takes the last change away"


def _differing(before: bytes, after: bytes) -> bytes:
    if before == after:
        raise ValueError("that is what it says already")
    return after
