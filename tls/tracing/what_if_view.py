"""A recorded handshake in the terminal, forwards and backwards, one step at a time: `explain --what-if`.

    explain(path)         reads commands from standard input; without a path, makes a handshake to play with
    Table(replay, say)    the same for whoever has the commands: `obey` takes one line

What is not understood is answered in one line, and it goes on.

Tested by      tests/tls/test_what_if_view.py
"""

import contextlib
import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from handshake import constants
from handshake.codec import Field, Length
from handshake.constants import NamedGroup
from handshake.key_schedule import Derivation
from purecrypto import entropy
from record.content_type import ContentType
from record.framing import HEADER_SIZE
from record.layer import PlainRecord
from tls import config, throwaway
from tls.config import ClientConfig, ServerConfig
from tls.events import ApplicationData, CloseNotify, HandshakeComplete, SessionTicket
from tls.tracing import annotations, experiments, page_words, parts, source_page, tape, what_if
from tls.tracing.tape import Recorder, Tape
from tls.tracing.trace import TracedMessage
from tls.tracing.what_if import Change, Outcome, Refusal, Replay, Said, Tampered
from x509 import complaints, opened, wording
from x509.complaints import DONE
from x509.trust_store import TrustStore

PROMPT = "> "
INDENT = "     "
ROW = 16  # bytes
SHORT = 8  # bytes of a field in a list of all
MARKER_NEAR = 4  # lines before the one that raises, in which the section of its rule may be named
MADE = "no recording was given, so here is a handshake of our own client and server, made a moment ago"
PROTOCOLS = ("http/1.1", "http/1.0")  # what our client offers there; our server knows the first
UNTOLD = {"key", "iv", "derived", "finished"}  # labels of secrets that say nothing new

Say = Callable[[str], None]


def explain(path: str | None) -> int:
    """Let the user play with the recording in this file, or with a new one; the exit status."""
    if path is None:
        complaints.say(MADE)
        replay = Replay(rehearse())
    else:
        with complaints.about(path):
            with open(path, "rb") as file:
                text = file.read(tape.MAX_SIZE + 1)
            replay = Replay(tape.from_text(text.decode("utf-8", "replace")))
    table = Table(replay, lambda line: complaints.put(f"{wording.printable(line)}\n".encode()))
    table.greet()
    for line in _commands():
        if not table.obey(line):
            break
    return DONE


def rehearse(
    random_bytes: Callable[[int], bytes] = entropy.random_bytes, clock: Callable[[], datetime] = config.now
) -> Tape:
    """A handshake in memory: what came from outside into our client."""
    made = throwaway.make(now=clock(), random_bytes=random_bytes)
    recorder = Recorder()
    client = ClientConfig(
        trust=TrustStore([made.authority]),
        application_protocols=PROTOCOLS,
        groups=[NamedGroup.X25519],  # whose shares are short
        random_bytes=random_bytes,
        clock=clock,
    ).connection("localhost", observe=recorder)
    server = ServerConfig(
        certified_keys=[made.certified_key],
        application_protocols=PROTOCOLS[:1],
        random_bytes=random_bytes,
        clock=clock,
    ).connection()
    while client.session is None or server.session is None:
        server.receive_data(client.data_to_send())
        client.receive_data(server.data_to_send())
    server.send(b"welcome")
    client.receive_data(server.data_to_send())
    recorded = recorder.tape()
    assert recorded is not None
    return recorded


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
        self._outcomes = replay.recorded
        self._step = 0
        self._is_over = False
        self._peer = constants.other(replay.tape.role)

    def greet(self) -> None:
        role, steps = self._replay.tape.role, len(self._replay.script)
        self._say(f"the {role}'s end of a handshake, in {steps} steps; it sends again what it sent then")
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
        if self._step >= self._end and self._refusal is not None:
            raise ValueError(f"step {self._end} was the end; undo takes the last change away, back goes back")
        self._step += 1
        self._tell_step()

    def back(self, _: str) -> None:
        if not self._step:
            raise ValueError("this is the beginning")
        self._step -= 1
        self._tell_step()

    def go(self, rest: str) -> None:
        step = _number(rest, "a step")
        if step > len(self._replay.script):
            raise ValueError(f"there is no step {step}, the last one is {len(self._replay.script)}")
        self._step = step
        self._tell_step()

    def run(self, _: str) -> None:
        for step in range(self._step + 1, self._end + 1):
            self._step = step
            self._say(self._line(step))
        self._say_verdict()

    def steps(self, _: str) -> None:
        for step in range(len(self._replay.script) + 1):
            self._say(self._line(step))
        self._say_verdict()

    # Looking at it

    def show(self, rest: str) -> None:
        step = self._heard_step()
        content = self._replay.content(step, self._changes)
        line = self._replay.script[step - 1]
        is_message = line.content_type is ContentType.HANDSHAKE
        fields = what_if.fields_of(content) if is_message else []
        if rest:
            self._show_field(_find(fields, rest))
            return
        end = 0
        for field in fields:
            self._say(_row(field))
            end = field.offset + (field.length if isinstance(field, Length) else len(_data(field)))
        if end < len(content):
            self._say(f"{end:5}  {_short(content[end:]):<{3 * SHORT + 2}} {'not read' if end else line.name}")
        if step < len(self._outcomes):
            wire = self._outcomes[step].wire
            header = f", of which {wire[:HEADER_SIZE].hex(' ')} is the record's header" if wire else ""
            self._say(f"on the wire: {parts.count(len(wire))}{header}")

    def _show_field(self, field: Field | Length) -> None:
        if field in _certificates([field]):
            for line in opened.lines(_data(field)):
                self._say(line)
            return
        part = parts.of_field(field)
        within = part.path.partition(".cert_data.")[2]
        if within:
            section, meaning = annotations.of_element(within)
            part = dataclasses.replace(part, section=section, meaning=meaning)
        self._say(f"{part.path}, {parts.count(len(part.data))} from {part.offset} on; {part.section}")
        for start in range(0, len(part.data), ROW):
            self._say(f"{part.offset + start:5}  {part.data[start : start + ROW].hex(' ')}")
        name = re.sub(r"\[\d+\]$", "", part.path.rpartition(".")[2])
        for text in (part.text, part.meaning, "" if within else page_words.why(name)):
            for line in wording.wrapped(text, wording.WIDTH, INDENT):
                self._say(line)

    # Changing it

    def set(self, rest: str) -> None:
        path, _, value = rest.partition(" ")
        step = self._message_step()
        content = self._replay.content(step, self._changes)
        field = _find(what_if.fields_of(content), path)
        data = _value(field, value.strip())
        change = Said(step, _differing(content, what_if.replace(content, field, data)))
        try:
            fixed = Said(step, what_if.replace(content, field, data, fix=True))
        except ValueError:  # what comes in is too long for that
            fixed = None
        words = f"{field.path}: {_short(_data(field))} becomes {_short(data) or 'nothing'}"
        self._make(_Made(change, words, None if fixed == change else fixed))

    def byte(self, rest: str) -> None:
        step = self._heard_step()
        content = self._replay.content(step, self._changes)
        offset, data = _offset_and_byte(rest)
        changed = _differing(content, what_if.put(content, offset, data))
        words = f"byte {offset}: {content[offset]:02x} becomes {data.hex()}"
        self._make(_Made(Said(step, changed), words))

    def wire(self, rest: str) -> None:
        step = self._heard_step()
        wire = self._arriving(step)
        offset, data = _offset_and_byte(rest)
        changed = _differing(wire, what_if.put(wire, offset, data))
        words = f"on the way, byte {offset} of the record: {wire[offset]:02x} becomes {data.hex()}"
        self._make(_Made(Tampered(step, changed), words))

    def lose(self, _: str) -> None:
        step = self._heard_step()
        _differing(self._arriving(step), b"")
        self._make(_Made(Tampered(step, b""), "the record is lost on the way"))

    def repeat(self, _: str) -> None:
        step = self._heard_step()
        twice = _differing(self._arriving(step), self._arriving(step) * 2)
        self._make(_Made(Tampered(step, twice), "somebody on the way has the record arrive twice"))

    def _arriving(self, step: int) -> bytes:
        """What is on the wire at this step."""
        if step > self._end:
            raise ValueError(f"step {step} is not reached")
        return self._outcomes[step].wire

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
        self._say(f"as it was again: {taken.words}")
        self._step = min(self._step, taken.change.step)
        self._tell_step()

    def try_(self, rest: str) -> None:
        possible = list(experiments.possible(self._replay))
        if not rest:
            for number, (experiment, _) in enumerate(possible, 1):
                self._say(f"{number:3}  what if {experiment.title}?")
            self._say("try N tries one, from the recording as it was")
            return
        number = _number(rest, "an experiment")
        if not 1 <= number <= len(possible):
            raise ValueError(f"there is no experiment {number}, they are 1 to {len(possible)}")
        experiment, change = possible[number - 1]
        self._made = [_Made(change, experiment.title)]
        self._play()
        self._step = change.step - 1
        self._say(f"what if {experiment.title}?")
        self.run("")
        self._say(f"{INDENT}{experiment.lesson}")
        if stop := experiment.on_the_journey:
            self._say(
                f"{INDENT}It stops “{stop.attack}” of the journey, from rung {stop.rung} on: "
                f"python -m journey {stop.rung}"
            )

    def help(self, _: str) -> None:
        for name, command in COMMANDS.items():
            self._say(f"{name + ' ' + command.takes:<20} {command.help}")

    def quit(self, _: str) -> None:
        self._is_over = True

    # How it is told

    @property
    def _changes(self) -> list[Change]:
        return [made.change for made in self._made]

    @property
    def _end(self) -> int:
        """The last step that is reached."""
        return len(self._outcomes) - 1

    @property
    def _refusal(self) -> Refusal | None:
        return self._outcomes[-1].refusal

    def _make(self, made: _Made) -> None:
        self._made.append(made)
        self._play()
        self._say(made.words)
        if made.fixed is not None:
            self._say("the lengths around it are as they were: fix makes them right")
        self._tell_step()

    def _play(self) -> None:
        self._outcomes = self._replay.run(self._changes)

    def _heard_step(self) -> int:
        if not self._step:
            raise ValueError("nothing has been heard yet: next")
        return self._step

    def _message_step(self) -> int:
        step = self._heard_step()
        if self._replay.script[step - 1].content_type is not ContentType.HANDSHAKE:
            raise ValueError("no handshake message, so it has no fields: byte changes its bytes")
        return step

    def _line(self, step: int) -> str:
        """A step in one line."""
        if not step:
            return "  0  nothing has been heard yet"
        line = self._replay.script[step - 1]
        content = self._replay.content(step, self._changes)
        secret = self._replay.secret_of(step)
        under = f"under {secret}" if secret else "in the clear"
        notes = [under]
        if any(change.step == step for change in self._changes):
            notes.append("changed")
        if step > self._end:
            notes.append("not reached")
        elif self._outcomes[step].refusal is not None:
            notes.append("REFUSED")
        return f"{step:3}  {line.name:<20} {parts.count(len(content)):>10}  {', '.join(notes)}"

    def _tell_step(self) -> None:
        """A step with all that our end does about it."""
        self._say(self._line(self._step))
        if self._step > self._end:
            return
        outcome = self._outcomes[self._step]
        for label, text in self._done(outcome):
            self._say(f"{INDENT}{label:<8} {text}")
        if outcome.refusal is not None:
            self._say_refusal(outcome.refusal)

    def _done(self, outcome: Outcome) -> Iterator[tuple[str, str]]:
        heard = [
            told.line
            for told in outcome.told
            if isinstance(told.step, TracedMessage) and told.step.sender == self._peer
        ]
        for line in heard:
            yield "heard", f"{line}  {_source(line)}"
        waits = (
            self._replay.script[self._step - 1].content_type is ContentType.HANDSHAKE if self._step else False
        )
        if waits and not heard and outcome.wire and outcome.refusal is None:
            yield "waits", "for more: by its lengths this is not all"
        derived = [
            told.step.name
            for told in outcome.told
            if isinstance(told.step, Derivation) and told.step.label not in UNTOLD
        ]
        if derived:
            recorded = self._replay.recorded[self._step].secrets
            same = all(recorded.get(name) == outcome.secrets[name] for name in derived)
            yield "derives", ", ".join(derived)
            if not same:
                yield "", "which are not those of the recording, and the peer goes on with those"
        said = [
            f"{told.step.name}, {parts.count(sum(len(part.data) for part in told.step.parts))}"
            for told in outcome.told
            if isinstance(told.step, TracedMessage) and told.step.sender == self._replay.tape.role
        ]
        said += [
            "change_cipher_spec"
            for told in outcome.told
            if isinstance(told.step, PlainRecord)
            and told.step.operation == "write"
            and told.step.content_type is ContentType.CHANGE_CIPHER_SPEC
        ]
        if said:
            yield "sends", "; ".join(said)
        for event in outcome.events:
            if text := _told(event):
                yield "so", text

    def _say_refusal(self, refusal: Refusal) -> None:
        error = refusal.error
        self._say(f"{INDENT}REFUSED  {type(error).__name__}: {error}")
        self._say(f"{INDENT}alert    {refusal.alert or 'none: the peer has ended it'}")
        for label, line in zip(("line", "while"), refusal.lines, strict=False):
            self._say(f"{INDENT}{label:<8} {line}")
            self._say(f"{INDENT}{'':<8} {_source(line)}")
        if rule := next(filter(None, map(_section, refusal.lines)), ""):
            self._say(f"{INDENT}rule     {rule}")

    def _say_verdict(self) -> None:
        """How it ends."""
        if self._refusal is not None:
            self._say_refusal(self._refusal)
        elif not any(isinstance(event, HandshakeComplete) for o in self._outcomes for event in o.events):
            self._say("nothing refuses it, but the handshake is not complete: our end waits")
        elif self._changes:
            self._say("nothing refuses it")
        else:
            self._say("all as it was recorded")


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
    "repeat": _Command(Table.repeat, "", "the record arrives twice"),
    "undo": _Command(Table.undo, "", "take the last change back"),
    "try": _Command(Table.try_, "[N]", "experiments"),
    "help": _Command(Table.help, "", "this"),
    "quit": _Command(Table.quit, "", "the end"),
}


# ---- Words -----------------------------------------------------------------------------------------------


def _told(event: object) -> str:
    match event:
        case HandshakeComplete():
            return "the handshake is complete"
        case SessionTicket():
            return "there is a ticket for another connection"
        case ApplicationData(data):
            return f"the application gets {parts.count(len(data))}"
        case CloseNotify():
            return "the peer will send nothing more"
    return ""


def _data(field: Field | Length) -> bytes:
    return parts.of_field(field).data


def _short(data: bytes) -> str:
    return data.hex(" ") if len(data) <= SHORT else f"{data[: SHORT - 1].hex(' ')} …"


def _row(field: Field | Length) -> str:
    part = parts.of_field(field)
    name = field.path.partition(".")[2] or "length"
    if isinstance(field, Length) and name != "length":
        name = f"{name}: length"
    said = part.text or (parts.count(len(part.data)) if len(part.data) > SHORT else "")
    return f"{part.offset:5}  {_short(part.data):<{3 * SHORT + 2}} {name}  {said}".rstrip()


def _find(fields: list[Field | Length], path: str) -> Field | Length:
    """The field that is meant, or the value in a certificate; the end of a path will do if it is alone."""
    meant = _ending(fields, path)
    meant = [field for field in meant if isinstance(field, Field)] or meant
    if not meant:
        values = (value for field in _certificates(fields) for value in what_if.values_in(field))
        meant = _ending(values, path)
    if path == "length":  # of it all: its name in the list
        meant = [field for field in fields if "." not in field.path]
    if not meant:
        raise ValueError(f"no field {path!a} here: show lists them")
    if len({field.path for field in meant}) > 1:
        raise ValueError(f"{path!a} could be {' or '.join(field.path for field in meant[:3])}")
    return meant[0]


def _ending(fields: Iterable[Field | Length], path: str) -> list[Field | Length]:
    return [field for field in fields if field.path == path or field.path.endswith(f".{path}")]


def _certificates(fields: Iterable[Field | Length]) -> list[Field]:
    return [field for field in _ending(fields, "cert_data") if isinstance(field, Field)]


def _value(field: Field | Length, text: str) -> bytes:
    """The bytes of a value as somebody types it."""
    if not text:
        raise ValueError('which value?  "" stands for nothing at all')
    if not isinstance(field.value, int):
        if len(text) >= 2 and text[0] == text[-1] == '"':
            return text[1:-1].encode()
        try:
            return bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            raise ValueError(f'{text!a} is neither bytes in hex nor text in "quotes"') from None
    names = field.names if isinstance(field, Field) else None
    number = names[text.upper()] if names and text.upper() in names.__members__ else _number(text, "a number")
    if number >= 256**field.length:
        raise ValueError(f"{number} does not fit {parts.count(field.length)}")
    return number.to_bytes(field.length, "big")


def _number(text: str, what: str) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if number < 0:
        raise ValueError(f"{text!a} is not {what}: 25, or 0x19")
    return number


def _differing(before: bytes, after: bytes) -> bytes:
    if before == after:
        raise ValueError("that is what it says already")
    return after


def _offset_and_byte(rest: str) -> tuple[int, bytes]:
    offset, _, value = rest.partition(" ")
    number = _number(value.strip(), "a byte")
    if number > 255:
        raise ValueError(f"{number} is no byte: 0 to 255, or 0x00 to 0xff")
    return _number(offset, "an offset"), bytes([number])


def _source(line: str) -> str:
    """The text of a line of source."""
    file, _, number = line.rpartition(":")
    return (source_page.ROOT / file).read_text("utf-8").splitlines()[int(number) - 1].strip()


def _section(line: str) -> str:
    """The rule's section, which a comment names: on the line, or where its check begins."""
    file, _, number = line.rpartition(":")
    text = (source_page.ROOT / file).read_text("utf-8").splitlines()
    for near in range(int(number), max(0, int(number) - MARKER_NEAR), -1):
        source = text[near - 1].strip()
        if marked := re.search(r"#.*?(RFC \d+ )?(section|appendix)s? ([A-Z]?[\d.]*\d)", source):
            document = "RFC 5280 " if file.startswith("x509/") else "RFC 9846 "
            return f"{marked[1] or document}{marked[2]} {marked[3]}"
        if near < int(number) and source.startswith(("def ", "raise ", "return ")):
            break
    return ""
