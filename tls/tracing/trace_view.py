"""A trace as a person wants to see it: every byte with its name, every secret with its place in the schedule.

    show(trace)      everything, in the order in which it happened: secrets included
    short(trace)     who said what to whom, and when which keys came into force: no secret

What is drawn comes from `Trace.steps()` alone.

Tested by      tests/tls/test_trace_view.py
"""

import io
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from handshake import constants
from handshake.constants import NamedGroup, Role
from handshake.derivation import Derivation
from record import alert, framing
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord, RecordProtection
from tls.tracing import formulas, parts, parts_view
from tls.tracing import trace as traces
from tls.tracing.parts_view import QUIET
from tls.tracing.trace import Failure, Step, Trace, TracedCertificate, TracedMessage

WIDTH = 100  # columns, where the terminal has as many, and where there is no terminal
DIAGRAM_WIDTH = 84  # columns
LEGEND = "─ in the clear   ═ sealed: under (early), {handshake} or [application] keys"
BRACKETS = {
    "early": ("(", ")"),
    "handshake": ("{", "}"),
}  # as in the RFC, by what is in the name of the secret
HALVES = ("   ML-KEM's", "   X25519's")  # of the secret of X25519MLKEM768, a row each
HEX_ROW = 64  # digits of what goes into a secret in a row
DATA_ROW = 16  # bytes of application data in a row
DATA_ROWS = 4  # of each record that are shown
DONE = {"write": "sent", "read": "received", "seal": "sealed", "open": "opened", "skip": "skipped"}

# From the terminal's own palette, so that they can be read on light and on dark.
CLIENT, SERVER, SECRET, FAULT = "cyan", "magenta", "green", "bold red"
STYLES = {"client": CLIENT, "server": SERVER, "peer": FAULT}


def show(trace: Trace, console: Console | None = None) -> None:
    """Print all that the trace holds: secrets included."""
    console = console or default_console()
    width = min(WIDTH, console.width)
    if trace.warning:
        _print(console, [Text(trace.warning, "bold"), Text()])
    hybrid = False  # whether two key exchanges have made the shared secret
    for step in trace.steps():
        match step:
            case TracedMessage():
                hybrid = hybrid or _selects_hybrid(step)
                lines = _message(step, trace.role, width)
            case TracedCertificate():
                continue  # drawn below its message, and so is our own, which nobody has read
            case Derivation():
                halves = HALVES if hybrid and step.name == "handshake_secret" else ()
                lines = _secret(step, halves, width)
            case PlainRecord() | ProtectedRecord():
                lines = _record(step, traces.sender_of(step, trace.role), width)
            case Failure():
                lines = _failure(step, width)
        _print(console, [*lines, Text()])
    if trace.left_out:
        _print(console, [Text(f"The trace was full: {trace.left_out} later events were left out.", "bold")])


def as_text(trace: Trace) -> str:
    """All that the trace holds, without colours: secrets included."""
    text = io.StringIO()
    show(trace, Console(file=text, width=WIDTH, highlight=False, color_system=None))
    return text.getvalue()


def default_console() -> Console:
    """As wide as the terminal; without one, as wide as what is printed here."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def error_console() -> Console:
    """The same on standard error, for commands whose standard output is for data."""
    width = None if sys.stderr.isatty() else WIDTH
    return Console(stderr=True, highlight=False, width=width)


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)


# Everything


def _message(step: TracedMessage, role: Role, width: int) -> Iterator[Text]:
    size = parts.count(sum(len(part.data) for part in step.parts))
    detail = f"refused   {size}" if step.sender == "peer" else f"{_arrow(step.sender)}   {size}"
    yield from _heading(step, width, "━━", step.name, detail, style=STYLES[step.sender])
    section = traces.note_of(step).section
    yield from parts_view.lines(step.parts, section, width, whole="length", abridged="cert_data")
    owner = constants.other(role) if step.sender == "peer" else step.sender
    for number, encoding in enumerate(traces.certificates_in(step), 1):
        yield Text()
        opened = TracedCertificate(number, tuple(traces.opened_certificate(encoding)))
        yield from _certificate(opened, owner, width)


def _certificate(step: TracedCertificate, owner: Role, width: int) -> Iterator[Text]:
    title = f"certificate {step.number}"
    yield from _heading(step, width, "──", title, "taken apart", style=STYLES[owner])
    section = traces.note_of(step).section
    yield from parts_view.lines(step.parts, section, width, whole="certificate")


def _selects_hybrid(step: TracedMessage) -> bool:
    number = NamedGroup.X25519MLKEM768.to_bytes(2, "big")
    return any(part.path.endswith("server_share.group") and part.data == number for part in step.parts)


def _secret(step: Derivation, halves: Sequence[str], width: int) -> Iterator[Text]:
    yield from _heading(step, width, "◆", step.name, style=SECRET)
    yield Text(f"   {formulas.formula(step)}")
    if named := formulas.input_of(step):
        yield Text(f"   {named}")
        rows = textwrap.wrap(step.context.hex(), HEX_ROW)  # which a half fills
        yield from (Text(f"     {row}{half}") for row, half in zip_longest(rows, halves, fillvalue=""))
    yield Text.assemble("   = ", (step.value.hex() or formulas.UNKNOWN, SECRET))


def _record(step: PlainRecord | ProtectedRecord, sender: str, width: int) -> Iterator[Text]:
    done = DONE[step.operation]
    number = f" {step.sequence_number}" if isinstance(step, ProtectedRecord) else ""
    yield from _heading(step, width, "▪", f"record{number} {done}", _arrow(sender), style=STYLES[sender])
    outside, length = ContentType(step.header[0]), framing.length_in(step.header)
    yield Text(f"   header   {step.header.hex(' ')}   {_name(outside)}, {parts.count(length)}")
    content = f"{_name(step.content_type)}, {parts.count(len(step.content))}"
    if isinstance(step, ProtectedRecord):
        yield Text(f"   nonce    {step.nonce.hex()}   iv XOR {step.sequence_number}")
        yield Text(f"   tag      {step.sealed[-RecordProtection.TAG_SIZE :].hex()}")
        content += f", padded with {parts.count(step.padding)}" if step.padding else ""
    yield Text(f"   content  {content}{_alert(step)}")
    if step.content_type is ContentType.APPLICATION_DATA:
        yield from _data(step.content)


def _alert(step: PlainRecord | ProtectedRecord) -> str:
    name = alert.name_in(step.content) if step.content_type is ContentType.ALERT else ""
    return f": {name}" if name else ""


def _data(content: bytes) -> Iterator[Text]:
    shown = content[: DATA_ROW * DATA_ROWS]
    for start in range(0, len(shown), DATA_ROW):
        row = shown[start : start + DATA_ROW]
        characters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield Text.assemble((f"{start:5}  ", QUIET), row.hex(" ").ljust(3 * DATA_ROW + 1), characters)
    if len(content) > len(shown):
        yield Text(f"       … and {parts.count(len(content) - len(shown))} more", QUIET)


def _failure(step: Failure, width: int) -> Iterator[Text]:
    told = f"the peer is told {step.alert}" if step.alert else "the peer is told nothing"
    yield from _heading(step, width, "━━", "failure", told, style=FAULT)
    for line in textwrap.wrap(step.error, width - 3):
        yield Text(f"   {line}", FAULT)


def _heading(
    step: Step, width: int, mark: str, title: str, detail: str = "", *, style: str
) -> Iterator[Text]:
    section, meaning = traces.note_of(step)
    line = Text.assemble((f"{mark} ", style), (title, f"bold {style}"), f"   {detail}")
    yield parts_view.with_section(line, section, width)
    if meaning:
        yield Text(f"   {meaning}", QUIET)


def _arrow(sender: str) -> str:
    return "client ▶ server" if sender == "client" else "client ◀ server"


def _name(content_type: ContentType) -> str:
    return content_type.name.lower()


# In short


def short(trace: Trace, console: Console | None = None) -> None:
    """Print the messages as arrows, and the keys where they come into force; no secret."""
    console = console or default_console()
    _print(console, _diagram(trace, min(DIAGRAM_WIDTH, console.width)))


def _diagram(trace: Trace, width: int) -> Iterator[Text]:
    yield Text(f" client{'server':>{width - 7}}")
    yield _across(width)
    for step, _, secret in trace.told():
        match step:
            case TracedMessage(name, sender, message) if sender != "peer":
                size = sum(len(part.data) for part in message)
                yield _said(name, size, sender, secret, width)
            case Derivation(label="iv"):
                owner = secret.partition("_")[0]
                yield _across(width, Text(f"{owner}'s records from here on: {secret}", SECRET))
            case PlainRecord() | ProtectedRecord() if step.content_type is not ContentType.HANDSHAKE:
                owner = traces.sender_of(step, trace.role)
                said = f"{_name(step.content_type).replace('_', ' ')}{_alert(step)}"
                yield _said(said, len(step.content), owner, secret, width)
            case Failure(error):
                for line in textwrap.wrap(error, width - 8):
                    yield _across(width, Text(line, FAULT))
    yield _across(width)
    yield Text(f"   {LEGEND}", QUIET)


def _said(what: str, size: int, sender: str, key: str, width: int) -> Text:
    """An arrow; the brackets are those of the RFC's figures."""
    if key:
        left, right = next((pair for stage, pair in BRACKETS.items() if stage in key), ("[", "]"))
        what = f"{left}{what}{right}"
    line, end = "═" if key else "─", parts.count(size)
    middle = f"{line} {what} ".ljust(width - 8 - len(end), line) + f" {end} {line}"
    ends = ("├", "▶│") if sender == "client" else ("│◀", "┤")
    return Text(f"  {ends[0]}{middle}{ends[1]}", STYLES[sender])


def _across(width: int, text: Text | None = None) -> Text:
    middle = text or Text()
    space = width - 4 - middle.cell_len
    return Text.assemble("  │", " " * (space // 2), middle, " " * (space - space // 2), "│")
