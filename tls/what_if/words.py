"""How a recorded handshake is told that is played with changes: in lines of text.

line, step      a step in one line, and with all that our end does about it
verdict         how it ends
row, rest       the bytes of a message, field by field; `about_field` says what one is for
becomes         the bytes of one before and after a change
lesson          what an experiment shows

Tested by      tests/tls/test_what_if_view.py
"""

import dataclasses
import re
from collections.abc import Iterator

from handshake import constants
from handshake.codec import Field, Length
from handshake.derivation import Derivation
from record.content_type import ContentType
from record.framing import HEADER_SIZE
from record.layer import PlainRecord
from tls.events import ApplicationData, CloseNotify, Event, HandshakeComplete, SessionTicket
from tls.tracing import annotations, page_words, parts, source
from tls.tracing.trace import TracedMessage
from tls.what_if import edits
from tls.what_if.experiments import Experiment
from tls.what_if.replay import Outcome, Played, Refusal
from x509 import opened, wording

INDENT = "     "
ROW = 16  # bytes
SHORT = 8  # bytes of a field in a list of all
MARKER_NEAR = 4  # lines, up from the one that raises, in which the section of its rule may be named
MARKER = re.compile(r"#.*?(RFC \d+ )?(section|appendix)s? ([A-Z]?[\d.]*\d)")  # a comment that names a rule
UNTOLD = {"key", "iv", "derived", "finished"}  # labels of secrets that say nothing new


# ---- Steps -----------------------------------------------------------------------------------------------


def line(played: Played, step: int) -> str:
    if not step:
        return "  0  nothing has been heard yet"
    speech, secret = played.replay.script[step - 1], played.replay.secret_of(step)
    notes = [f"under {secret}" if secret else "in the clear"]
    if any(change.step == step for change in played.changes):
        notes.append("changed")
    if step > played.end:
        notes.append("not reached")
    elif played.outcomes[step].refusal is not None:
        notes.append("REFUSED")
    size = parts.count(len(played.replay.content(step, played.changes)))
    return f"{step:3}  {speech.name:<20} {size:>10}  {', '.join(notes)}"


def step(played: Played, step: int) -> Iterator[str]:
    yield line(played, step)
    if step <= played.end:
        outcome = played.outcomes[step]
        for label, text in _done(played, step, outcome):
            yield f"{INDENT}{label:<8} {text}"
        if outcome.refusal is not None:
            yield from _refused(outcome.refusal)


def verdict(played: Played) -> Iterator[str]:
    if played.refusal is not None:
        yield from _refused(played.refusal)
    elif not played.is_complete:
        yield "nothing refuses it, but the handshake is not complete: our end waits"
    elif played.changes:
        yield "nothing refuses it"
    else:
        yield "all as it was recorded"


def _done(played: Played, step: int, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """What our end did at one step, each with a word for what it is."""
    role, is_message = played.replay.tape.role, False
    if step:
        is_message = played.replay.script[step - 1].content_type is ContentType.HANDSHAKE
    heard, sent, derived = [], [], []
    for what, place, _ in outcome.told:
        match what:
            case TracedMessage(sender=sender) if sender == constants.other(role):
                heard.append(f"{place}  {_text(place)}")
            case TracedMessage(name, sender=sender, parts=fields) if sender == role:
                sent.append(f"{name}, {parts.count(sum(len(field.data) for field in fields))}")
            case PlainRecord("write", content_type=ContentType.CHANGE_CIPHER_SPEC):
                sent.append("change_cipher_spec")
            case Derivation(name, label=label) if label not in UNTOLD:
                derived.append(name)
    yield from (("heard", text) for text in heard)
    if is_message and not heard and outcome.wire and outcome.refusal is None:
        yield "waits", "for more: by its lengths this is not all"
    if derived:
        yield "derives", ", ".join(derived)
        recorded = played.replay.recorded[step].secrets
        if any(recorded.get(name) != outcome.secrets[name] for name in derived):
            yield "", "others than were recorded; the peer goes on with the recorded ones"
    if sent:
        yield "sends", "; ".join(sent)
    yield from (("so", text) for event in outcome.events if (text := _meaning(event)))


def _meaning(event: Event) -> str:
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


def _refused(refusal: Refusal) -> Iterator[str]:
    yield f"{INDENT}REFUSED  {type(refusal.error).__name__}: {refusal.error}"
    yield f"{INDENT}alert    {refusal.alert or 'none: the peer has ended it'}"
    for label, place in zip(("line", "while"), refusal.lines, strict=False):
        yield f"{INDENT}{label:<8} {place}"
        yield f"{INDENT}{'':<8} {_text(place)}"
    nearby = (MARKER_NEAR, 1)  # what stands above the line that was waiting is about something else
    if rule := next(filter(None, map(_rule, refusal.lines, nearby)), ""):
        yield f"{INDENT}rule     {rule}"


def lesson(experiment: Experiment) -> Iterator[str]:
    yield f"{INDENT}{experiment.lesson}"
    if stop := experiment.on_the_journey:
        yield f"{INDENT}It stops “{stop.attack}”, {stop.place}: {stop.command}"


# ---- Bytes -----------------------------------------------------------------------------------------------


def row(field: Field | Length) -> str:
    part = parts.of_field(field)
    name = field.path.partition(".")[2] or "length"
    if isinstance(field, Length) and name != "length":
        name = f"{name}: length"
    said = part.text or (parts.count(len(part.data)) if len(part.data) > SHORT else "")
    return f"{part.offset:5}  {short(part.data):<{3 * SHORT + 2}} {name}  {said}".rstrip()


def rest(content: bytes, start: int, name: str) -> str:
    """What comes after the fields."""
    return f"{start:5}  {short(content[start:]):<{3 * SHORT + 2}} {name}"


def record(wire: bytes) -> str:
    header = f", of which {wire[:HEADER_SIZE].hex(' ')} is the record's header" if wire else ""
    return f"on the wire: {parts.count(len(wire))}{header}"


def short(data: bytes) -> str:
    return data.hex(" ") if len(data) <= SHORT else f"{data[: SHORT - 1].hex(' ')} …"


def becomes(before: bytes, after: bytes) -> str:
    """What is another now: from the beginning, or from the first byte that differs if that is far behind."""
    start = 0
    if short(before) == short(after):
        differing = (place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
        start = next(differing, min(len(before), len(after)))
    shown = [short(each[start:]) or "nothing" for each in (before, after)]
    return " becomes ".join(f"… {each}" if start else each for each in shown)


def about_field(field: Field | Length) -> Iterator[str]:
    """All bytes of a field, and what it is for; a certificate is opened down to its DER."""
    part = parts.of_field(field)
    if isinstance(field, Field) and part.path.endswith(".cert_data"):
        yield from opened.lines(part.data)
        return
    words = page_words.why(part.text, re.sub(r"\[\d+\]$", "", part.path.rpartition(".")[2]))
    if isinstance(field, edits.Value):
        within = part.path.partition(".cert_data.")[2]
        section, meaning = annotations.of_element(within)
        part = dataclasses.replace(part, text=field.words, section=section, meaning=meaning)
        words = page_words.why(page_words.name_at(within))
    yield f"{part.path}, {parts.count(len(part.data))} from {part.offset} on; {part.section}"
    for start in range(0, len(part.data), ROW):
        yield f"{part.offset + start:5}  {part.data[start : start + ROW].hex(' ')}"
    for text in (part.text, part.meaning, words):
        yield from wording.wrapped(text, wording.WIDTH, INDENT)


# ---- Source ----------------------------------------------------------------------------------------------


def _text(place: str) -> str:
    """What a line of source says; its rule is told apart."""
    file, number = source.file_and_number(place)
    line = source.text(file)[number - 1]
    marked = MARKER.search(line)
    return line[: marked.start() if marked else None].strip()


def _rule(place: str, size: int) -> str:
    """The section that a comment names, on the line or where its check begins: one of `size`; or nothing."""
    file, number = source.file_and_number(place)
    lines = source.text(file)
    document = "RFC 5280 " if file.startswith("x509/") else "RFC 9846 "
    for near in range(number, max(0, number - size), -1):
        text = lines[near - 1].strip()
        if marked := MARKER.search(text):
            return f"{marked[1] or document}{marked[2]} {marked[3]}"
        if near < number and text.startswith(("def ", "raise ", "return ")):
            break
    return ""
