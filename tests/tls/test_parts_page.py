"""Every byte is in the dump once, rows nest as the message does, and what a peer says stays text."""

import html
import re
from html.parser import HTMLParser

import pytest

from handshake.codec import Field
from tests.support import traced
from tls.tracing import annotations, page_words, parts, parts_page
from tls.tracing.parts import Part
from tls.tracing.trace import TracedMessage


def hello() -> TracedMessage:
    return next(step for step in traced.handshake().server_trace.steps() if isinstance(step, TracedMessage))


class Dump(HTMLParser):
    """The bytes in the dump, in order, by the number of their part."""

    def __init__(self) -> None:
        super().__init__()
        self.part: int | None = None
        self.runs: dict[int, bytes] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.part = next((int(value or "") for name, value in attributes if name == "data-part"), None)

    def handle_endtag(self, tag: str) -> None:
        self.part = None

    def handle_data(self, data: str) -> None:
        if self.part is not None:
            self.runs[self.part] = bytes.fromhex(data)


def test_every_byte_is_in_the_dump_once() -> None:
    dump = Dump()
    step = hello()
    dump.feed(parts_page.draw(step.parts, ""))
    assert list(dump.runs) == [number for number, part in enumerate(step.parts) if part.data]
    assert b"".join(dump.runs.values()) == b"".join(part.data for part in step.parts)


def test_rows_have_the_bytes_of_what_is_inside() -> None:
    found = hello().parts
    for node in _every(parts_page.tree(found, "length")):
        assert node.first <= node.last
        for part in node.parts:
            assert part in found[node.first : node.last + 1]
        for inner in node.inside:
            assert node.first <= inner.first <= inner.last <= node.last


def _every(nodes: list[parts_page.Node]) -> list[parts_page.Node]:
    return [each for node in nodes for each in (node, *_every(node.inside))]


def test_an_extension_is_a_type_a_length_and_a_body_under_one_name() -> None:
    extensions = next(node for node in parts_page.tree(hello().parts, "length") if node.name == "extensions")
    share = next(node for node in extensions.inside if node.name == "key_share")
    assert [node.name for node in share.inside] == ["extension_type", "length", "client_shares"]
    first = share.inside[2].inside[1]
    assert [node.name for node in first.inside] == ["group", "key_exchange"]


def test_a_closed_group_says_what_is_inside() -> None:
    drawn = parts_page.draw(hello().parts, "")
    for name, said in (("server_name", "&#x27;localhost&#x27;"), ("key_share", "GREASE, x25519")):
        assert f'<span class="name">{name}</span><span class="value">{said}</span>' in drawn


def test_section_and_line_are_said_where_they_change() -> None:
    found = [
        Part("m.a", 0, b"\1", "", "RFC 9846 section 4", "", "handshake/a.py:1"),
        Part("m.b", 1, b"\1", "", "RFC 9846 section 5", "", "handshake/a.py:2"),
    ]
    drawn = parts_page.draw(found, "RFC 9846 section 4")
    assert re.findall(r'class="section">([^<]+)<', drawn) == ["RFC 9846 §5"]
    assert re.findall(r'href="#([^"]+)"', drawn) == ["line-handshake-a-1", "line-handshake-a-2"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><b>', "&amp;"])
def test_what_a_peer_says_stays_text(name: str) -> None:
    path = "client_hello.extensions[0].server_name.server_name_list[0].host_name"
    field = Field(path, 0, len(name), name.encode(), None)
    drawn = parts_page.draw([parts.of_field(field)], "")
    assert name not in drawn.replace("&amp;amp;", "")
    assert html.escape(ascii(name)) in drawn


def test_the_random_of_a_retry_is_none() -> None:
    told = [step for step in traced.retried().server_trace.steps() if isinstance(step, TracedMessage)]
    for step in told:
        is_retry = step.name == "HelloRetryRequest"
        if is_retry or step.name == "ServerHello":
            drawn = html.unescape(parts_page.draw(step.parts, ""))
            assert (page_words.WHY["random"] in drawn) is not is_retry
            assert ("repeat a connection" in drawn) is not is_retry
            assert (page_words.WHY["HelloRetryRequest"] in drawn) is is_retry
            assert (annotations.RETRY_RANDOM in drawn) is is_retry
    assert {"HelloRetryRequest", "ServerHello"} <= {step.name for step in told}


def test_a_number_that_says_nothing_is_no_preview() -> None:
    steps = traced.resumed_with_early_data().server_trace.steps()
    hello = next(step for step in steps if isinstance(step, TracedMessage))
    drawn = parts_page.draw(hello.parts, "")
    assert '<span class="name">pre_shared_key</span><span class="value"></span>' in drawn
