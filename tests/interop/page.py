"""Writes `docs/interop.md` from a run of the matrix."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handshake.constants import CipherSuite, NamedGroup
from tests.interop import matrix
from tests.interop.conversation import LARGE, RECORD_SIZE, Role
from tests.interop.kinds import KINDS, Kind
from tests.interop.matrix import Case
from tests.interop.party import Party

WORKS = "✓"


@dataclass(frozen=True)
class Result:
    """What came of a case."""

    case: Case
    failure: str | None  # None: it worked
    in_our_place: str | None = None  # how it failed with openssl, where it failed with us

    @property
    def as_expected(self) -> bool:
        """It works; or it has a reason not to, and fails with openssl too, if that can be tried."""
        if self.case.reason is None:
            return self.failure is None
        fails_too = self.in_our_place is not None or not self.case.openssl_can_stand_in
        return self.failure is not None and fails_too


def write(results: Sequence[Result], versions: dict[Party, str], machine: str, day: date) -> str:
    """The page."""
    notes = Notes()
    parts = [INTRODUCTION.format(day=day.isoformat(), machine=machine), _programs(versions)]
    for kind in dict.fromkeys(result.case.kind for result in results):
        parts.append(f"## {kind.name} certificates\n\n" + _plain(results, kind, notes))
    for about, columns in FEATURES.items():
        heading = about.format(size=LARGE // 2**20, records=RECORD_SIZE)
        parts.append(heading + _features(results, columns, notes))
    if notes.texts:
        parts.append("## Notes\n\n" + "\n".join(f"{number}. {text}" for text, number in notes.texts.items()))
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
# Interop matrix

Written by `make interop` on {day}, on {machine}.

Every program talks to us in each role that it has, with every kind of certificate, cipher suite and group of
our tables: one connection each, in which the client sends 20 KiB and gets them back. ✓ means that the
handshake was completed with just this suite and group, that the client, where it verifies chains at all (see
the remarks), found the certificate good for its authority and its name, and that all data came back. A number
refers to the notes: the reason why a pair cannot work, and what is said when `openssl` is in our place, if it
has the group itself."""

FEATURES = {
    """\
## HelloRetryRequest and large transfers

As a client, the program first sends a key share in a group that we do not take, and as a server it gets none
from us: either way one HelloRetryRequest. With a cookie, our server asks for nothing else. The large transfer
is {size} MiB each way.

""": {
        "retry": "HelloRetryRequest",
        "cookie": "and a cookie",
        "large": "large transfer",
    },
    """\
## Sessions that are resumed, early data, pre-shared keys

The client comes back and resumes its session with a ticket, which both ends have to say; and again, with a
HelloRetryRequest each time. Early data are taken; refused, by a server that has stopped taking them; refused
by another server, to which the ticket means nothing. A pre-shared key that both were given is used beside a
key exchange (psk_dhe_ke) and alone (psk_ke).

""": {
        "resumed": "resumed",
        "resumed-retry": "resumed after a HelloRetryRequest",
        "early": "early data taken",
        "early-refused": "refused",
        "early-forgotten": "ticket of another server",
        "psk": "pre-shared key",
        "psk-alone": "alone",
    },
    """\
## Client certificates

With each kind of key the server requires a certificate and the client shows one. Then the server asks, and
the client has none; and the server asks after the handshake, which as a server we do not.

""": {
        **{f"identified {kind.name}": kind.name for kind in KINDS},
        "anonymous": "asked in vain",
        "identified-later": "asked later",
    },
    """\
## KeyUpdate, record_size_limit, OCSP stapling

One end changes its keys and asks the other to do so, and data go both ways under the new ones. Records are
limited to {records} bytes, both ways. The server staples an OCSP response.

""": {
        "update": "KeyUpdate, it asks",
        "updated": "KeyUpdate, we ask",
        "limits": "record_size_limit",
        "status": "OCSP",
    },
}


class Notes:
    """Footnotes: each text once, and each reason."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}
        self._reasons: dict[tuple[Party, Role, str | None], str] = {}

    def number(self, text: str) -> str:
        return f"[{self.texts.setdefault(text, len(self.texts) + 1)}]"

    def cannot(self, result: Result) -> str:
        """Why a program cannot do this, and what was said when it was tried for the first time."""
        case = result.case
        text = f"{case.party.name}, {case.role}: {case.reason}. With us: {_plain_words(result.failure)}."
        if result.in_our_place is not None:
            text += f" With openssl in our place: {_plain_words(result.in_our_place)}."
        return self.number(self._reasons.setdefault((case.party, case.role, case.reason), text))


def _plain_words(said: str | None) -> str:
    """Without the thread numbers and the lines of source that openssl names."""
    return re.sub(r"\b[0-9A-F]{16}:error:[0-9A-F]+:|:\.\./\S+:\d+:", "", said or "").rstrip(".")


def _programs(versions: dict[Party, str]) -> str:
    rows = [
        [party.name, version, " and ".join(party.roles), party.notes] for party, version in versions.items()
    ]
    return "## The programs\n\n" + table(["program", "version", "as", "remarks"], rows)


def _plain(results: Sequence[Result], kind: Kind, notes: Notes) -> str:
    columns = [(suite, group) for suite in matrix.OURS.suites for group in matrix.OURS.groups]
    found = {
        (result.case.party, result.case.role, result.case.suite, result.case.group): result
        for result in results
        if result.case.kind == kind and not result.case.feature
    }
    rows = []
    for party, role in dict.fromkeys((party, role) for party, role, _, _ in found):
        cells = [_cell(found.get((party, role, *column)), notes) for column in columns]
        rows.append([f"{party.name}, {role}", *cells])
    return table(["", *(_heading(*column) for column in columns)], rows)


def _features(results: Sequence[Result], columns: dict[str, str], notes: Notes) -> str:
    found = {}
    for result in results:
        case = result.case
        named = f"{case.feature} {case.kind.name}" if case.feature in matrix.WITH_EVERY_KIND else case.feature
        found[case.party, case.role, named] = result
    rows = []
    for party, role in dict.fromkeys((result.case.party, result.case.role) for result in results):
        cells = [
            _cell(found[party, role, named], notes)
            if (party, role, named) in found
            else _lack(party, role, named, notes)
            for named in columns
        ]
        rows.append([f"{party.name}, {role}", *cells])
    return table(["", *columns.values()], rows)


def _lack(party: Party, role: Role, named: str, notes: Notes) -> str:
    """Why there is no result."""
    feature, _, kind = named.partition(" ")
    if role not in matrix.FEATURES[feature][0]:
        return ""
    reason = party.lacks.get((role, feature)) or party.lacks.get((role, named))
    if reason is None and "retry" in feature:
        first = " and ".join(group.name.lower() for group in party.first_shares or ())
        reason = f"always sends a share for {first}, so there is nothing to ask for again"
    if reason is None and kind not in party.kinds:
        reason = f"it does not take {kind} certificates"
    both = all(party.lacks.get((each, feature)) == reason for each in party.roles)
    return notes.number(f"{party.name}: {reason}." if both else f"{party.name}, {role}: {reason}.")


def _cell(result: Result | None, notes: Notes) -> str:
    if result is None:
        return ""
    if result.failure is None:
        return WORKS
    case = result.case
    if not result.as_expected:
        return "**FAILS** " + notes.number(f"{case.name}: {result.failure}")
    return notes.cannot(result)


def _heading(suite: CipherSuite, group: NamedGroup) -> str:
    return f"{matrix.short(suite).replace('_', '-')}<br>{group.name.lower()}"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
