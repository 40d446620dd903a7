"""One document that needs nothing else: every link leads somewhere, and every value is that of the trace."""

import base64
import functools
import hashlib
import html
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from handshake.constants import CipherSuite
from handshake.derivation import Derivation
from purecrypto import sha256
from purecrypto.sha2 import State
from record.protection import ProtectedRecord
from tests.support import peers_in_memory, traced
from tls.timing import Total
from tls.tracing import page_style, page_words, talk_page, trace_page
from tls.tracing import trace as traces
from tls.tracing.trace import Trace, TracedMessage
from tls.tracing.trace_page import Delivery

ROOT = Path(__file__).parents[2]
VOID = {"meta", "br"}


def asked() -> traced.Traced:
    return traced.handshake(
        server=peers_in_memory.asking(require=True), certified_keys=(peers_in_memory.client_key(),)
    )


def failed() -> Trace:
    server, trace = traced.hostile_server()
    server.say_hello()
    server.say_raw(b"\x17\x03\x03\x00\x20" + bytes(32))
    return trace


STORIES = [traced.handshake, traced.retried, traced.updated, traced.resumed_with_early_data, asked]


@functools.cache
def pages() -> list[str]:
    traces = [trace for story in STORIES for trace in (story().client_trace, story().server_trace)]  # type: ignore[operator]
    return [trace_page.as_html(trace) for trace in [*traces, failed(), Trace()]]


class Page(HTMLParser):
    """Checks that elements are closed in their order, and keeps what there is to ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.names |= {f"{tag} {name}" for name, _ in attributes}
        self.ids += [value or "" for name, value in attributes if name == "id"]
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)


@pytest.mark.parametrize("number", range(2 * len(STORIES) + 2))
def test_the_document_is_whole_and_every_link_leads_somewhere(number: int) -> None:
    page = Page(pages()[number])
    assert len(set(page.ids)) == len(page.ids)
    assert all(link.startswith("#") for link in page.links)  # nothing comes from elsewhere
    assert {link[1:] for link in page.links} <= {*page.ids, "talk"}
    assert not any(name.endswith((" style", " onclick", " src")) for name in page.names)
    assert page.text["h1"] == [page_words.TITLE]


def test_the_same_trace_gives_the_same_page() -> None:
    assert trace_page.as_html(failed()) == trace_page.as_html(failed()) == pages()[-2]


@pytest.mark.parametrize("story", STORIES)
def test_every_byte_secret_and_record_is_there(story: Any) -> None:
    trace = story().server_trace
    shown = html.unescape(re.sub(r"<[^>]*>", "", trace_page.as_html(trace)))
    dumped = re.sub(r"\s", "", shown)
    for step in trace.steps():
        match step:
            case TracedMessage():
                assert b"".join(part.data for part in step.parts).hex() in dumped
            case Derivation():
                assert step.value.hex() in shown
            case ProtectedRecord():
                assert step.nonce.hex() in shown
                assert step.sealed[-16:].hex() in shown


def palettes() -> list[dict[str, str]]:
    """The colours by day, by night and on paper."""
    blocks = re.findall(r":root \{(.*?)\}", page_style.STYLE, re.DOTALL)
    return [dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block)) for block in blocks]


def luminance(colour: str) -> float:
    """As WCAG 2 has it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


INKS = ("ink", "quiet", "client", "server", "secret", "fault")
WRITTEN = [(ink, paper) for ink in INKS for paper in ("paper", "raised")]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(("ink", "paper"), [*WRITTEN, ("ink", "lit"), ("quiet", "lit")])
def test_all_that_is_written_can_be_read(number: int, ink: str, paper: str) -> None:
    palette = palettes()[number]
    dark, light = sorted(luminance(palette[name]) for name in (ink, paper))
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG AA


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else() -> None:
    document = trace_page.as_html(traced.handshake().client_trace)
    hashes = {}
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", document, re.DOTALL)
        hashes[tag] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    assert trace_page.policy() == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert html.escape(trace_page.policy()) in document


@pytest.mark.parametrize(
    ("story", "names"),
    [
        (traced.handshake, ["full"]),
        (traced.retried, ["full", "retried"]),
        (asked, ["full", "asked"]),
        (traced.updated, ["full", "updated"]),
        (traced.resumed_with_early_data, ["resumed", "early"]),
    ],
)
def test_what_happened_is_told_in_sentences(story: Any, names: list[str]) -> None:
    for trace in (story().client_trace, story().server_trace):
        assert list(trace_page.stories(list(trace.told()))) == names
        assert all(html.escape(page_words.STORIES[name]) in trace_page.as_html(trace) for name in names)


def test_a_failure_is_told() -> None:
    document = trace_page.as_html(failed())
    assert html.escape(page_words.STORIES["failed"]) in document
    assert "BadRecord" in document
    assert "the peer is told bad_record_mac" in document


def test_a_server_that_failed_to_prove_its_key_is_not_said_to_have_proved_it() -> None:
    server, trace = traced.hostile_server()
    server.say_hello()
    server.say_extensions()
    server.say_certificate(b"no certificate")
    assert list(trace_page.stories(list(trace.told()))) == ["failed"]


def test_the_transcript_hash_grows_with_each_message() -> None:
    both = traced.retried()
    told = list(both.client_trace.told())
    hashes, said = talk_page.TranscriptHashes(told), b""
    names = []
    for step, _, _ in told:
        if isinstance(step, TracedMessage):
            if step.name == "HelloRetryRequest":
                said = b"\xfe\x00\x00\x20" + hashlib.sha256(said).digest()
            said += b"".join(part.data for part in step.parts)
            _, after, covers = hashes.around(step)
            assert after == hashlib.sha256(said).digest()
            names.append(covers)
            assert after.hex() in trace_page.as_html(both.client_trace)
    assert names[0] == "ClientHello"
    assert names[-1] == "ClientHello..client Finished"


def test_each_message_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An overheard connection may have any number of them, a second HelloRetryRequest included."""
    told = list(traced.retried().client_trace.told())
    messages = [each for each in told if isinstance(each.step, TracedMessage)][:4]
    compress, blocks = sha256.compress, 0

    def counted(state: State, block: bytes) -> State:
        nonlocal blocks
        blocks += 1
        return compress(state, block)

    monkeypatch.setattr(sha256, "compress", counted)
    talk_page.TranscriptHashes(told)
    once, blocks = blocks, 0
    talk_page.TranscriptHashes(messages * 51)
    sizes = [sum(len(part.data) for part in step.parts) for step, _, _ in messages]  # type: ignore[union-attr]
    assert 0 < blocks <= once + 50 * sum(size // 64 + 3 for size in sizes)


def test_what_comes_after_the_handshake_has_no_place_in_the_transcript() -> None:
    told = list(traced.updated().client_trace.told())
    hashes = talk_page.TranscriptHashes(told)
    (update, _) = (
        step for step, _, _ in told if isinstance(step, TracedMessage) and step.name == "KeyUpdate"
    )
    assert hashes.around(update) == (b"", b"", "")


@pytest.mark.parametrize(
    "suite", [CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384]
)
def test_finished_can_be_computed_again(suite: CipherSuite) -> None:
    trace = traced.handshake(server={"cipher_suites": (suite,)}, cipher_suites=(suite,)).server_trace
    document = trace_page.as_html(trace)
    told = [step for step in trace.steps() if isinstance(step, TracedMessage) and step.name == "Finished"]
    commands = re.findall(r"compute verify_data yourself</summary><pre><code>(.*?)</code>", document)
    for step, command in zip(told, commands, strict=True):
        done = subprocess.run(
            ["sh", "-c", html.unescape(command)], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == step.parts[-1].data.hex()


def shown_in(trace: Trace) -> list[bytes]:
    messages = [step for step in trace.steps() if isinstance(step, TracedMessage)]
    return [encoding for message in messages for encoding in traces.certificates_in(message)]


def test_our_own_certificate_is_opened_though_nobody_had_read_it() -> None:
    trace = traced.handshake().server_trace
    (encoding,) = shown_in(trace)
    opened = traces.opened_certificate(encoding)
    assert b"".join(part.data for part in opened) == encoding
    assert all(part.line.startswith("x509/") for part in opened)
    assert "certificate 1 of 1, opened" in trace_page.as_html(trace)


def test_what_is_said_of_the_signature_of_a_message_is_not_said_of_that_of_a_certificate() -> None:
    page = html.unescape(trace_page.as_html(traced.handshake().server_trace))
    assert page.count(page_words.WHY["signature"]) == page.count("Stops “replay a signature”") == 1
    assert page.count(page_words.WHY["tbsCertificate.signature"]) == 1


def test_a_share_of_grease_is_told_as_what_it_is() -> None:
    page = html.unescape(trace_page.as_html(traced.handshake().client_trace))
    grease, ours, servers = page.split('<span class="name">key_exchange</span>')[1:]
    share = grease.partition('<span class="name">group</span>')[0]
    assert page_words.WHY["GREASE"] in share and page_words.WHY["key_exchange"] not in share
    assert all(page_words.WHY["key_exchange"] in share for share in (ours, servers))


def test_a_record_has_the_version_that_it_says() -> None:
    page = trace_page.as_html(traced.handshake().server_trace)
    assert "handshake, TLS_1_0 (0x301), " in page  # the first ClientHello's (section 5.1)
    assert "application_data, TLS_1_2 (0x303), " in page


def test_a_certificate_that_is_none_is_opened_as_far_as_it_goes() -> None:
    encoding = bytearray(shown_in(traced.handshake().server_trace)[0])
    encoding[encoding.index(b"200101000000Z")] = ord("x")
    opened = traces.opened_certificate(bytes(encoding))
    assert b"".join(part.data for part in opened) == encoding
    assert "validity" in opened[-1].text
    assert b"".join(part.data for part in traces.opened_certificate(b"junk")) == b"junk"


def test_the_source_is_shown_with_the_lines_marked() -> None:
    trace = traced.handshake().server_trace
    document = trace_page.as_html(trace)
    marked = dict(re.findall(r'<mark id="([^"]+)">(.*?)\n</mark>', document))
    for _, line, _ in trace.told():
        file, _, number = line.rpartition(":")
        text = (ROOT / file).read_text("utf-8").splitlines()[int(number) - 1]
        name = "line-" + re.sub(r"\W", "-", file.removesuffix(".py")) + f"-{number}"
        assert html.unescape(marked[name]) == f"{int(number):4}  {text}"


def test_data_and_alerts_stand_where_they_were_said() -> None:
    both = traced.handshake()
    for size in (5, 2**14, 7):
        both.client.send(bytes(size))
    both.server.close()
    both.carry()
    document = trace_page.as_html(both.server_trace)
    talk = document[document.index('<section id="talk"') : document.index('<section id="schedule"')]
    said = re.findall(
        r'<li class="said (\w+)"><span class="who">[^<]*</span> <a href="#records">([^<]*)<', talk
    )
    # It closes before it hears the client, whose three records in a row are one item
    assert sorted(said) == [
        ("client", "application data: 16396 bytes in 3 records"),
        ("server", "alert: close_notify"),
    ]


def test_early_data_that_was_refused_is_told() -> None:
    trace = traced.resumed_with_early_data(taken=False).server_trace
    assert "early data, dropped unopened" in trace_page.as_html(trace)


def test_what_was_left_out_is_counted() -> None:
    trace = traced.handshake().client_trace
    assert "later events" not in trace_page.as_html(trace)
    trace.left_out = 7
    assert "7 later events were left out" in trace_page.as_html(trace)


# Over the connection itself


def test_a_page_knows_the_connection_that_brings_it() -> None:
    costs = {"X25519 shared secret": Total(1, 0.004), "HKDF": Total(9, 0.002)}
    trace = traced.handshake().server_trace
    document = trace_page.as_html(trace, Delivery(3, 1, ["connection 2 <b>"], costs))
    assert page_words.DELIVERED in document
    assert "This is connection 3" in document
    assert "carried 1" in document
    assert page_words.OWN_ANSWER in document
    assert "connection 2 &lt;b&gt;" in document
    table = document[document.index('<table class="cost">') :]
    assert re.findall(r'<th scope="row">([^<]+)</th><td>(\d+)</td><td>([\d.]+)</td>', table) == [
        ("X25519 shared secret", "1", "4.00"),
        ("HKDF", "9", "2.00"),
    ]
    for words in (page_words.OWN_ANSWER, "What it cost"):
        assert words not in trace_page.as_html(trace)
