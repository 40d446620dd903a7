"""The conversation on a page: the messages in both directions, each of which opens into its bytes.

Between them stand the keys that come into force, and below each the transcript hash, which grows with it.
A certificate is opened down to its DER, our own included.

What is shown comes from `Trace.told()` alone.

Tested by      tests/tls/test_trace_page.py
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TypeAlias

from handshake import suites, transcript
from handshake.constants import Role
from handshake.derivation import Derivation
from record import alert
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls import markup
from tls.markup import Markup, element
from tls.tracing import keys_page, page_pieces, page_words, parts, parts_page
from tls.tracing import trace as traces
from tls.tracing.parts import Part
from tls.tracing.trace import Failure, Told, TracedMessage

Opened: TypeAlias = Mapping[bytes, Sequence[Part]]  # certificates, by their encoding


def draw(told: Sequence[Told], opened: Opened, role: Role) -> Iterator[Markup]:
    """Messages, keys, data, alerts and the failure, in their order; records of data in a row are one item."""
    if not told:
        return
    yield element(
        "p",
        "Open a message to see its bytes; point at a byte or at a name, and the other lights up.",
        class_="quiet",
    )
    items: list[Markup] = []
    hashes = TranscriptHashes(told)
    secrets = {step.name: step.value for step, _, _ in told if isinstance(step, Derivation)}
    for (kind, sender), row in groupby(told, partial(_kind, role=role)):
        steps = list(row)
        if kind is ContentType.APPLICATION_DATA:
            sizes = [
                len(step.content) for step, _, _ in steps if isinstance(step, (PlainRecord, ProtectedRecord))
            ]
            items.append(_data(sizes, sender))
            continue
        for step, line, secret in steps:
            match step:
                case TracedMessage():
                    items.append(_message(step, line, hashes, secrets, opened, is_first=not items))
                case PlainRecord(operation="skip"):
                    items.append(_said("early data, dropped unopened", "client"))
                case PlainRecord() | ProtectedRecord() if kind is ContentType.ALERT:
                    items.append(_said(f"alert: {alert.name_in(step.content) or 'cut off'}", sender))
                case Derivation(label="iv"):
                    items.append(_change(secret))
                case Failure(error, told_peer):
                    tells = f"the peer is told {told_peer}" if told_peer else "the peer is told nothing"
                    items.append(element("li", element("b", error), f" ({tells})", class_="failure"))
    yield element("ol", *items, class_="talk")


def _kind(told: Told, role: Role) -> tuple[ContentType | None, str]:
    """What is in a record that was opened or is in the clear, and who sent it; nothing for all else."""
    if isinstance(told.step, (PlainRecord, ProtectedRecord)) and told.step.operation != "skip":
        return told.step.content_type, traces.sender_of(told.step, role)
    return None, ""


def _data(sizes: Sequence[int], sender: str) -> Markup:
    records = "1 record" if len(sizes) == 1 else f"{len(sizes)} records"
    return _said(f"application data: {parts.count(sum(sizes))} in {records}", sender)


def _said(what: str, sender: str) -> Markup:
    who = element("span", page_pieces.arrow(sender), class_="who")
    link = element("a", what, href="#records")
    return element("li", who, " ", link, class_=f"said {sender}")


def _change(secret: str) -> Markup:
    owner = secret.partition("_")[0]
    link = element("a", secret, href=f"#{page_pieces.key_anchor(secret)}")
    return element("li", f"from here on the {owner}’s records are under ", link, class_=f"change {owner}")


def _message(
    step: TracedMessage,
    line: str,
    hashes: "TranscriptHashes",
    secrets: Mapping[str, bytes],
    opened: Opened,
    *,
    is_first: bool,
) -> Markup:
    section, meaning = traces.note_of(step)
    sender = step.sender
    who = "refused" if sender == "peer" else page_pieces.arrow(sender)
    size = parts.count(sum(len(part.data) for part in step.parts))
    summary = element(
        "summary",
        element("span", who, class_="who"),
        element("h3", step.name),
        element("span", size, class_="value"),
        element("span", meaning, class_="meaning"),
    )
    before, after, covers = hashes.around(step)
    lead = [page_words.why(step.name), page_pieces.in_rfc(section), page_pieces.in_source(line)]
    stop = page_words.stop(step.name)
    content = [
        element("p", *markup.spaced(lead), class_="lead"),
        *([page_pieces.stopped(stop)] if stop else []),
        *_proof(step, before, secrets),
        parts_page.draw(step.parts, section),
        *_chain(step, opened),
    ]
    item = [element("details", summary, *content, class_="message", open=is_first)]
    if after:
        item.append(
            element("p", f"transcript hash of {covers} ", element("code", after.hex()), class_="transcript")
        )
    return element("li", *item, class_=sender)


def _proof(step: TracedMessage, before: bytes, secrets: Mapping[str, bytes]) -> Iterator[Markup]:
    """What a signature or a MAC is over, and how to compute the MAC again."""
    if step.name not in ("CertificateVerify", "Finished") or not before:
        return
    verb = "signed" if step.name == "CertificateVerify" else "authenticated"
    yield element("p", f"What is {verb} is the transcript hash before it: ", element("code", before.hex()))
    key = secrets.get(f"{step.sender}_handshake_traffic_secret: finished_key")
    if step.name == "Finished" and key is not None:
        command = keys_page.hmac_command(key, before, keys_page.HASHES[len(before)])
        yield page_pieces.checked(command, "compute verify_data yourself")


class TranscriptHashes:
    """The hash of all that was said, before and after each message (section 4.1)."""

    def __init__(self, told: Sequence[Told]) -> None:
        self._around: dict[int, tuple[bytes, bytes, str]] = {}
        number = next(
            (part for part in parts_of(told, "ServerHello") if part.path.endswith(".cipher_suite")), None
        )
        suite = suites.SUITES.get(int.from_bytes(number.data, "big")) if number else None
        if suite is None:
            return
        heard, before, retried = transcript.Transcript(), b"", False
        for step, _, _ in told:
            if not isinstance(step, TracedMessage) or step.sender == "peer":
                continue
            if step.name == "HelloRetryRequest" and not retried:
                heard.replace_first_hello(suite)
                retried = True
            heard.add(b"".join(part.data for part in step.parts))
            after = heard.digest_by(suite.hash)  # which hashes no more than what is new
            name = f"{step.sender} {step.name}" if step.name == "Finished" else step.name
            self._around[id(step)] = (before, after, f"ClientHello..{name}" if before else name)
            before = after
            if name == "client Finished":
                return  # what comes later has no place in it

    def around(self, step: TracedMessage) -> tuple[bytes, bytes, str]:
        """The hash before the message and after it, and what the latter covers; empty where there is none."""
        return self._around.get(id(step), (b"", b"", ""))


# Certificates


def _chain(step: TracedMessage, opened: Opened) -> Iterator[Markup]:
    chain = traces.certificates_in(step)
    for number, encoding in enumerate(chain, 1):
        title = f"certificate {number} of {len(chain)}, opened"
        summary = element(
            "summary", element("h4", title), element("span", parts.count(len(encoding)), class_="value")
        )
        drawn = parts_page.draw(opened[encoding], "RFC 5280 section 4.1", "certificate")
        yield element("details", summary, drawn, class_="certificate")


def parts_of(told: Sequence[Told], message: str) -> Iterator[Part]:
    """All parts of the messages of one kind."""
    for step, _, _ in told:
        if isinstance(step, TracedMessage) and step.name == message:
            yield from step.parts
