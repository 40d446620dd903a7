"""Writes `docs/rfc8448.md`: what is put into a replay of RFC 8448, and what comes out.

python -m tests.support.rfc8448_page        after a change of `rfc8448_replay.INJECTED`
"""

from collections.abc import Iterator
from pathlib import Path

from tests.support import rfc8448, rfc8448_replay
from tests.support.rfc8448 import Record, Trace
from tests.support.rfc8448_replay import INJECTED

PAGE = Path(__file__).parents[2] / "docs/rfc8448.md"

INTRODUCTION = """\
# RFC 8448, replayed

RFC 8448 prints five handshakes of TLS 1.3 byte for byte, as NSS made them: the private keys, the secrets on
the way, every message and every record. A handshake of ours is a function of its settings and of the bytes
that it receives. So with the recorded values for whatever was random or a matter of taste it has to come out
the same, and it does. Our client and our server, each against the other side's recorded bytes, together make
all {records} records, {sent} bytes. Each of them derives the {secrets} secrets and keys that are printed.

`tests/tls/test_rfc8448_replay.py` proves it at every run of the tests. This page is written from the table
out of which it makes its settings (`python -m tests.support.rfc8448_page`); a test holds the two together.

## What comes out

Every record of every section, in the order of the wire: made by us when we play its sender, heard when we
play the other. Records are compared whole, with their boundaries, headers and tags. A KeyUpdate, or an alert
other than close_notify, is in none of them.
"""

PUT_IN = """\
## What is put in

This is all of it: the settings of a replay are made from this table alone. No row is idle: a test leaves
out each in turn, but for the settings that have to be given, and the replay goes wrong in all its sections.
Where the last column has one name, it is a setting that every user has. Where it has dots, something of ours
is replaced for the time of the replay.

What is computed is not put in, with two exceptions. The ticket of section 3 says nothing to anybody but the
server of NSS that made it; the session with which section 4 begins is the one with which our section 3 ends.
And the private keys of section 6 are not printed, so a stand-in for each returns the recorded signature, once
it has seen that what it is to sign is what was signed: for RSA the very block, padding and salt included; for
ECDSA a message that the signature is good for. Key shares, binders, transcript hashes, secrets, Finished,
records, and the signatures of sections 3, 5 and 7 are our own.
"""


def text() -> str:
    """The page."""
    traces = {section: rfc8448.load(section) for section in rfc8448.SECTIONS}
    records = [record for trace in traces.values() for record in trace.records.values()]
    introduction = INTRODUCTION.format(
        sent=f"{sum(len(record.record) for record in records):,}",
        records=len(records),
        secrets=sum(len(rfc8448_replay.secrets_and_keys(trace)) for trace in traces.values()),
    )
    parts = [introduction]
    for section, trace in traces.items():
        parts.append(f"### Section {section}: {rfc8448.SECTIONS[section]}\n\n{_came_out(trace)}")
    return "\n".join([*parts, PUT_IN, _put_in()])


def _came_out(trace: Trace) -> str:
    rows = [
        (record.sender, content, record.secret or "in the clear", str(len(record.record)))
        for record, content in _contents(trace)
    ]
    return _table(("from", "content", "protected by", "bytes"), rows)


def _contents(trace: Trace) -> Iterator[tuple[Record, str]]:
    """Each record, and what is in it: handshake messages by their names."""
    said = {
        sender: [name for name in trace.messages if trace.senders[name] == sender]
        for sender in rfc8448_replay.ROLES
    }
    for record in trace.records.values():
        names = [record.content_type]
        if record.content_type == "handshake":
            names, left = [], len(record.payload)
            while left:
                names.append(said[record.sender].pop(0))
                left -= len(trace.messages[names[-1]])
        yield record, ", ".join(names)


def _put_in() -> str:
    rows = [(", ".join(i.sections), " and ".join(i.roles), i.what, i.why, f"`{i.where}`") for i in INJECTED]
    return _table(("sections", "side", "what", "why", "into what"), rows)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
