"""Bytes on the left, names on the right: nothing is missing, and the tree is that of the paths."""

import re

from rich.text import Text

from tests.support import traced
from tls.tracing import parts_view
from tls.tracing.parts import Part
from tls.tracing.trace import TracedCertificate, TracedMessage

WIDTH = 100


def part(
    path: str,
    offset: int,
    data: bytes,
    text: str = "",
    *,
    section: str = "RFC 1 section 1",
    meaning: str = "",
) -> Part:
    return Part(path, offset, data, text, section, meaning)


def drawn(*parts: Part, width: int = WIDTH, whole: str = "length", abridged: str = "") -> list[str]:
    lines = parts_view.lines(parts, "RFC 1 section 1", width, whole=whole, abridged=abridged)
    return [line.plain.rstrip() for line in lines]


def test_names_nest_by_their_paths() -> None:
    assert drawn(
        part("m.kind", 0, b"\x01", "hello"),
        part("m", 1, b"\x00\x08", "8 bytes"),
        part("m.list", 3, b"\x06", "6 bytes"),
        part("m.list[0].type", 4, b"\x0a"),
        part("m.list[0].a", 5, b"\x01", "1 byte"),
        part("m.list[0].a", 6, b"\xff"),
        part("m.list[1].type", 7, b"\x0b"),
        part("m.last", 8, b"\xcc\xdd"),
    ) == [
        "    0  01                      kind  hello",
        "    1  00 08                   length  8 bytes",
        "    3  06                      list  6 bytes",
        "    4  0a                      ├─ [0].type",
        "    5  01 ff                   ├─ [0].a  1 byte",
        "    7  0b                      └─ [1].type",
        "    8  cc dd                   last",
    ]


def test_the_whole_may_hold_everything() -> None:
    assert drawn(
        part("c", 0, b"\x30\x02", "SEQUENCE"), part("c.x", 2, b"\x05\x00", "NULL"), whole="certificate"
    ) == [
        "    0  30 02                   certificate  SEQUENCE",
        "    2  05 00                   └─ x  NULL",
    ]


def test_long_values_take_rows_and_short_ones_share_one_with_their_length() -> None:
    assert drawn(part("m.a", 0, b"\x09", "9 bytes"), part("m.a", 1, bytes(range(9)), "'x'")) == [
        "    0  09                      a  9 bytes: 'x'",
        "    1  00 01 02 03 04 05 06 07",
        "    9  08",
    ]
    assert drawn(part("m.a", 0, b"\x07"), part("m.a", 1, bytes(7))) == ["    0  07 00 00 00 00 00 00 00 a"]


def test_a_name_without_bytes_has_no_line() -> None:
    assert drawn(part("m.a", 0, b"\x00", "0 bytes"), part("m.a.data", 1, b"")) == [
        "    0  00                      a  0 bytes"
    ]


def test_a_meaning_stands_below_its_name_inside_of_the_tree() -> None:
    assert drawn(
        part("m.a", 0, b"\x01", meaning="what a is for"),
        part("m.a.b", 1, b"\x02", meaning="what b is for"),
        part("m.a.c", 2, b"\x03"),
    ) == [
        "    0  01                      a",
        "                               │  what a is for",
        "    1  02                      ├─ b",
        "                               │     what b is for",
        "    2  03                      └─ c",
    ]


def test_a_section_is_said_where_it_changes() -> None:
    lines = drawn(
        part("m.a", 0, b"\x01", section="RFC 2 section 7.1"),
        part("m.a.b", 1, b"\x02", section="RFC 2 section 7.1"),
        part("m.c", 2, b"\x03"),
    )
    assert lines[0].endswith("a" + " " * (WIDTH - 31 - 1 - len("RFC 2 §7.1")) + "RFC 2 §7.1")
    assert [line for line in lines if "§" in line] == lines[:1]


def test_a_section_that_finds_no_room_beside_the_value_stands_beside_the_meaning() -> None:
    lines = drawn(
        part("m.a", 0, b"\x01", "t" * 60, section="RFC 2 section 7.1", meaning="why"),
        part("m.b", 1, b"\x02", "t" * 60, section="RFC 2 section 7.2"),
    )
    assert lines[1].endswith("RFC 2 §7.1")
    assert "RFC" not in lines[2]
    assert lines[3].endswith("RFC 2 §7.2")  # for want of a meaning
    assert all(len(line) <= WIDTH for line in lines)


def test_a_long_meaning_is_wrapped() -> None:
    lines = drawn(part("m.a", 0, b"\x01", meaning="word " * 20), width=60)
    assert len(lines) > 3
    assert all(len(line) <= 60 for line in lines)


def test_a_section_needs_two_columns_between() -> None:
    section = "RFC 2 section 7.1"
    room = WIDTH - parts_view.LEFT - len("a  ") - len("  RFC 2 §7.1")
    assert len(drawn(part("m.a", 0, b"\x01", "t" * room, section=section))) == 1
    assert len(drawn(part("m.a", 0, b"\x01", "t" * (room + 1), section=section))) == 2


def test_what_is_abridged_shows_its_ends() -> None:
    lines = drawn(
        part("m.cert_data", 0, bytes(range(40))), part("m.other", 40, bytes(24)), abridged="cert_data"
    )
    assert lines == [
        "    0  00 01 02 03 04 05 06 07 cert_data",
        "       … taken apart below",
        "   32  20 21 22 23 24 25 26 27",
        "   40  00 00 00 00 00 00 00 00 other",
        "   48  00 00 00 00 00 00 00 00",
        "   56  00 00 00 00 00 00 00 00",
    ]


def test_what_fits_two_rows_needs_no_abridging() -> None:
    assert drawn(part("m.cert_data", 0, bytes(16)), abridged="cert_data") == [
        "    0  00 00 00 00 00 00 00 00 cert_data",
        "    8  00 00 00 00 00 00 00 00",
    ]


def test_what_only_has_a_number_gets_its_name() -> None:
    assert drawn(part("m.extensions[6].extension_35", 0, b"x")) == [
        "    0  78                      extensions[6].session_ticket"
    ]


def test_every_byte_and_every_name_of_a_real_message_is_shown() -> None:
    for step in traced.retried().client_trace.steps():
        if not isinstance(step, (TracedMessage, TracedCertificate)):
            continue
        whole = "length" if isinstance(step, TracedMessage) else "certificate"
        lines = [line.plain for line in parts_view.lines(step.parts, "", WIDTH, whole=whole)]
        shown = b"".join(bytes.fromhex(line[7 : parts_view.LEFT]) for line in lines)
        assert shown == b"".join(part.data for part in step.parts)
        right = "\n".join(line[parts_view.LEFT :] for line in lines)
        for one in step.parts:
            name = re.findall(r"\[\d+\]|[^.\[\]]+", one.path)[-1]
            assert not one.data or name in right or whole in right
            assert one.text in right


def test_a_line_keeps_its_section_at_least_apart() -> None:
    assert parts_view.with_section(Text("x" * 50), "RFC 1 section 2", 40).plain == "x" * 50 + "  RFC 1 §2"
    assert parts_view.with_section(Text("x"), "RFC 1 section 2", 40).plain == "x" + " " * 31 + "RFC 1 §2"
