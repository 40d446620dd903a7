"""Writes `docs/interop.md` from a run of the matrix."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handshake.constants import CipherSuite, NamedGroup
from tests.interop import matrix
from tests.interop.conversation import LARGE, Role
from tests.interop.kinds import Kind
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
        """It works; or it has a reason not to, and fails with openssl too."""
        if self.case.reason is None:
            return self.failure is None
        return self.failure is not None and self.in_our_place is not None


def write(results: Sequence[Result], versions: dict[Party, str], machine: str, day: date) -> str:
    """The page."""
    notes = Notes()
    parts = [INTRODUCTION.format(day=day.isoformat(), machine=machine), _programs(versions)]
    for kind in dict.fromkeys(result.case.kind for result in results):
        parts.append(f"## {kind.name} certificates\n\n" + _plain(results, kind, notes))
    parts.append(FEATURES.format(size=LARGE // 2**20) + _features(results, notes))
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
refers to the notes: the reason why a pair cannot work, and what is said when `openssl` is in our place."""

FEATURES = """\
## HelloRetryRequest and large transfers

As a client, the program first sends a key share in a group that we do not take, and as a server it gets none
from us: either way one HelloRetryRequest. The large transfer is {size} MiB each way.

"""


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
        text = f"{case.party.name}, {case.role}: {case.reason}. With us: {_plain_words(result.failure)}. "
        text += f"With openssl in our place: {_plain_words(result.in_our_place)}."
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


def _features(results: Sequence[Result], notes: Notes) -> str:
    found = {(result.case.party, result.case.role, result.case.feature): result for result in results}
    rows = []
    for party, role in dict.fromkeys((party, role) for party, role, _ in found):
        retry = found.get((party, role, "retry"))
        retried = _cell(retry, notes) if retry is not None else notes.number(_no_retry(party, role))
        rows.append([f"{party.name}, {role}", retried, _cell(found.get((party, role, "large")), notes)])
    return table(["", "HelloRetryRequest", "large transfer"], rows)


def _no_retry(party: Party, role: Role) -> str:
    first = " and ".join(group.name.lower() for group in party.first_shares or ())
    return f"{party.name}, {role}: always sends a share for {first}, so there is nothing to ask for again."


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
