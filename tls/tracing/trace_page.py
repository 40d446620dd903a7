"""A trace as a page for a browser: the conversation, its keys and its records, explained where they stand.

    as_html(trace)               one document that needs nothing else: no network, no framework
    as_html(trace, delivery)     the same, told to who reads it over the very connection that it is about
    as_html(trace, remarks=...)  the same of one that was overheard, with what the listener has to say of it

It reads well without a script; with one, bytes and names light each other up.  What is inside of it comes
from `Trace.told()` alone, every value is escaped, and the same trace gives the same page.

`tls.markup` puts HTML together; `talk_page` with `parts_page`, `keys_page`, `records_page` and `source_page`
draw the sections, `page_pieces` what they have in common; `page_words` has the sentences, `page_style` the
looks, `page_script` the script.

Tested by      tests/tls/test_trace_page.py, tests/interop/test_chromium.py
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handshake.derivation import Derivation
from purecrypto import sha256
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls.markup import Markup, element
from tls.timing import Total
from tls.tracing import keys_page, page_script, page_style, page_words, records_page, source_page, talk_page
from tls.tracing import trace as traces
from tls.tracing.talk_page import Opened
from tls.tracing.trace import Failure, Told, Trace, TracedMessage


@dataclass(frozen=True)
class Delivery:
    """How a page came to its reader: over the connection that it explains."""

    number: int  # of the connection, since the server started
    answers: int  # that went over it before this one
    siblings: Sequence[str] = ()  # the reader's other connections
    costs: Mapping[str, Total] = field(default_factory=dict)  # of the handshake, by primitive


def as_html(trace: Trace, delivery: Delivery | None = None, remarks: Sequence[str] = ()) -> str:
    """The document."""
    told = list(trace.told())
    shown = [step for step, _, _ in told if isinstance(step, TracedMessage)]
    chain = [encoding for step in shown for encoding in traces.certificates_in(step)]
    opened = {encoding: traces.opened_certificate(encoding) for encoding in chain}
    sections = [
        ("talk", "The conversation", talk_page.draw(told, opened, trace.role)),
        ("schedule", "The keys", _schedule(told)),
        ("records", "The records", _records(told, trace)),
        ("cost", "What it cost", _cost(delivery)),
        ("code", "The source", _code(told, opened)),
    ]
    drawn = [(name, title, list(content)) for name, title, content in sections]
    drawn = [section for section in drawn if section[2]]
    body = element(
        "body",
        element("a", "Skip to the conversation", href="#talk", class_="skip"),
        element("header", *_header(trace, told, delivery, remarks)),
        _navigation([(name, title) for name, title, _ in drawn]),
        element("main", *(_section(*section) for section in drawn)),
        element(
            "footer", element("p", *_left_out(trace), page_words.SECRETS_WARNING if trace.warning else "")
        ),
        element("script", Markup(page_script.SCRIPT)),
    )
    return "<!doctype html>\n" + element("html", _head(), body, lang="en")


def policy() -> str:
    """The Content-Security-Policy: nothing may be loaded or run but the page's own style and script."""
    style, script = (_hash(text) for text in (page_style.STYLE, page_script.SCRIPT))
    return f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256.sha256(text.encode()).digest()).decode()}'"


def _head() -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", page_words.TITLE),
        element("style", Markup(page_style.STYLE)),
    )


# The top of the page


def _header(
    trace: Trace, told: Sequence[Told], delivery: Delivery | None, remarks: Sequence[str]
) -> Iterator[Markup]:
    yield element("p", "glassbox-tls", class_="brand")
    yield element("h1", page_words.TITLE)
    yield element("p", page_words.WRITTEN if delivery is None else page_words.DELIVERED, class_="lead")
    if trace.warning:
        yield element("p", element("strong", "Secret. "), page_words.SECRETS_WARNING, class_="warning")
    rows = (element("div", element("dt", what), element("dd", which)) for what, which in _agreed(told))
    yield element("dl", *rows, class_="agreed")
    yield from (element("p", page_words.STORIES[name]) for name in stories(told))
    if remarks:
        yield element("p", page_words.REMARKS)
        yield element("ul", *(element("li", remark) for remark in remarks), class_="besides")
    if delivery is not None:
        number = f"This is connection {delivery.number} since the server started; before this answer it has "
        number += "carried none. " if not delivery.answers else f"carried {delivery.answers}. "
        yield element("p", number, page_words.OWN_ANSWER)
        if delivery.siblings:
            yield element("p", "Your other connections, each with keys of its own:")
            yield element("ul", *(element("li", sibling) for sibling in delivery.siblings), class_="besides")


def _agreed(told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    """What was agreed on, as the messages have it."""
    for title, message, ending in (
        ("version", "ServerHello", "selected_version"),
        ("cipher suite", "ServerHello", "cipher_suite"),
        ("key exchange", "ServerHello", "server_share.group"),
        ("signature", "CertificateVerify", "algorithm"),
        ("server name", "ClientHello", "host_name"),
        ("application", "EncryptedExtensions", "protocol_name_list[0]"),
    ):
        said = [
            part.text
            for step, _, _ in told
            if isinstance(step, TracedMessage) and step.name == message
            for part in step.parts
            if part.path.endswith(ending) and not part.is_length
        ]
        if said:
            shown = said[0].partition(" (")[0].strip("'")
            yield title, "TLS 1.3" if shown == "TLS_1_3" else shown


def stories(told: Sequence[Told]) -> Iterator[str]:
    """What kind of a connection this is, as keys of `page_words.STORIES`."""
    names = [step.name for step, _, _ in told if isinstance(step, TracedMessage)]
    paths = {
        part.path.partition(".")[2].partition("].")[2] for part in talk_page.parts_of(told, "ServerHello")
    }
    resumed = "pre_shared_key.selected_identity" in paths
    if "Finished" in names:  # before that, nobody has proved anything
        exchanged = "key_share.server_share.group" in paths
        yield "full" if not resumed else "resumed" if exchanged else "resumed_without_exchange"
    if "HelloRetryRequest" in names:
        yield "retried"
    if "CertificateRequest" in names:
        yield "asked"
    if "client_early_traffic_secret" in {
        told.secret for told in told if isinstance(told.step, ProtectedRecord)
    }:
        yield "early"
    if "KeyUpdate" in names:
        yield "updated"
    if any(isinstance(step, Failure) for step, _, _ in told):
        yield "failed"


def _navigation(sections: Sequence[tuple[str, str]]) -> Markup:
    links = (element("li", element("a", title, href=f"#{name}")) for name, title in sections)
    return element("nav", element("ul", *links), aria_label="Parts of this page")


def _section(name: str, title: str, content: Sequence[Markup]) -> Markup:
    return element(
        "section",
        element("h2", title, id=f"{name}-title"),
        *content,
        id=name,
        aria_labelledby=f"{name}-title",
    )


def _left_out(trace: Trace) -> list[str]:
    return [f"The trace was full: {trace.left_out} later events were left out. "] if trace.left_out else []


# Keys, records, costs, source


def _schedule(told: Sequence[Told]) -> Iterator[Markup]:
    steps = [(step, line) for step, line, _ in told if isinstance(step, Derivation)]
    if steps:
        yield element(
            "p",
            "From one shared secret to every key. Each value is live; and wherever the secret that it came "
            "from is known, a command computes it again with somebody else's HMAC.",
            class_="quiet",
        )
        yield keys_page.draw(steps)


def _records(told: Sequence[Told], trace: Trace) -> Iterator[Markup]:
    records = [each for each in told if isinstance(each.step, (PlainRecord, ProtectedRecord))]
    if records:
        yield records_page.draw(records, trace.role)


def _cost(delivery: Delivery | None) -> Iterator[Markup]:
    if delivery is None or not delivery.costs:
        return
    yield element("p", "The handshake on our side, primitive by primitive, in pure Python.", class_="quiet")
    most = max(total.seconds for total in delivery.costs.values())
    heads = element(
        "tr", *(element("th", head, scope="col") for head in ("primitive", "calls", "milliseconds", ""))
    )
    rows = []
    for name, total in sorted(delivery.costs.items(), key=lambda item: -item[1].seconds):
        meter = element("meter", value=f"{total.seconds / most:.3f}", aria_hidden="true")
        cells = (str(total.times or ""), f"{1000 * total.seconds:.2f}", meter)
        rows.append(element("tr", element("th", name, scope="row"), *(element("td", cell) for cell in cells)))
    yield element("table", heads, *rows, class_="cost")


def _code(told: Sequence[Told], opened: Opened) -> Iterator[Markup]:
    lines = {line for _, line, _ in told}
    lines |= {part.line for step, _, _ in told for part in getattr(step, "parts", ())}
    lines |= {part.line for found in opened.values() for part in found}
    if lines := lines - {""}:
        yield element("p", "The lines that made what is above, with their neighbours.", class_="quiet")
        yield from source_page.draw(lines)
