"""Records on a page: what each carried, under which key and nonce, and the bytes around it.

What is shown comes from the records of a trace alone.

Tested by      tests/tls/test_trace_page.py
"""

from collections.abc import Iterator, Sequence

from handshake import constants
from handshake.constants import ProtocolVersion
from record import alert, framing
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord, RecordProtection
from tls.markup import Markup, element
from tls.tracing import annotations, page_pieces, page_words, parts
from tls.tracing import trace as traces
from tls.tracing.trace import Told

SHOWN = 256  # bytes of application data
ROW = 16


def draw(told: Sequence[Told], role: str) -> Markup:
    """All records, in the order in which they were read and written."""
    return element("ol", *(_record(each, role) for each in told), class_="records")


def _record(told: Told, role: str) -> Markup:
    step, line, secret = told
    assert isinstance(step, (PlainRecord, ProtectedRecord))
    sender = traces.sender_of(step, "client" if role == "client" else "server")
    note = annotations.of_record(step)
    sealed = isinstance(step, ProtectedRecord)
    number = f" {step.sequence_number}" if isinstance(step, ProtectedRecord) else ""
    said = f"{_name(step.content_type)}, {parts.count(len(step.content))}"
    summary = element(
        "summary",
        element("span", page_pieces.arrow(sender), class_="who"),
        element("b", f"{'sealed' if sealed else 'in the clear'}{number}"),
        element("span", said, class_="value"),
    )
    rows = element("dl", *(cell for row in _rows(step, secret) for cell in row))
    names = (_name(step.content_type),)
    details = element(
        "details",
        summary,
        page_pieces.remarks(note.meaning, page_words.why(*names), page_words.stop(*names)),
        page_pieces.references(note.section, line),
        rows,
        *_content(step),
    )
    return element("li", details, class_=sender)


def _rows(step: PlainRecord | ProtectedRecord, secret: str) -> Iterator[tuple[Markup, ...]]:
    outside, length = ContentType(step.header[0]), framing.length_in(step.header)
    version = constants.name_of(ProtocolVersion, int.from_bytes(step.header[1:3], "big"))
    yield _cell("header", step.header.hex(" "), f"{_name(outside)}, {version}, {parts.count(length)}")
    if isinstance(step, ProtectedRecord):
        key = element("a", f"{secret}: key", href=f"#{page_pieces.key_anchor(secret + ': key')}")
        yield _cell("key", key)
        yield _cell("sequence number", str(step.sequence_number), name="sequence_number")
        yield _cell("nonce", step.nonce.hex(), f"iv XOR {step.sequence_number}")
        yield _cell("tag", step.sealed[-RecordProtection.TAG_SIZE :].hex())
        yield _cell("padding", parts.count(step.padding) if step.padding else "none")
        yield _cell("true type", _name(step.content_type), "hidden: the byte after the content")


def _cell(title: str, value: str, remark: str = "", name: str = "") -> tuple[Markup, Markup]:
    more = page_pieces.remarks(remark, page_words.why(name or title), page_words.stop(name or title))
    shown = value if isinstance(value, Markup) else element("code", value)
    return element("dt", title), element("dd", shown, " ", more)


def _content(step: PlainRecord | ProtectedRecord) -> Iterator[Markup]:
    match step.content_type:
        case ContentType.ALERT if name := alert.name_in(step.content):
            yield element("p", element("code", step.content.hex(" ")), f" {name}")
        case ContentType.APPLICATION_DATA:
            yield element("pre", _text_dump(step.content[:SHOWN]), class_="data")
            if len(step.content) > SHOWN:
                yield element("p", f"… and {parts.count(len(step.content) - SHOWN)} more", class_="quiet")


def _text_dump(data: bytes) -> str:
    lines = []
    for start in range(0, len(data), ROW):
        row = data[start : start + ROW]
        characters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        lines.append(f"{row.hex(' '):{3 * ROW}} {characters}")
    return "\n".join(lines)


def _name(content_type: ContentType) -> str:
    return content_type.name.lower()
