"""Writes `docs/pkits.md`: every test of the suite, what NIST wants of it, and what we say."""

from pathlib import Path

from tests.pkits import suite
from tests.pkits.suite import Case, Section
from x509.errors import CertificateError, RevocationListError

PAGE = Path(__file__).resolve().parents[2] / "docs/pkits.md"

INTRODUCTION = """\
# NIST's test suite for certificate paths

Written by `.venv/bin/python -m tests.pkits`, with what `make .venv/.with-test` installs.

The Public Key Interoperability Test Suite (PKITS 1.0.1) has a certificate for nearly everything that RFC 5280
asks of a path, and says of each whether it is good. Here `path.verify_chain` is asked, with all authorities
of the suite in one list, all its revocation lists in the trust store, and 2020 as the time. Of {cases}
questions (some tests ask several, about different policies), we give NIST's answer to {agreed}. Each of the
other {others} has its reason in the table: what this library does not know, it refuses; only where the suite
expects a delta list to be read, with the latest changes, the complete list counts here.

✓ is NIST's answer; (✓) is NIST's answer too, but for a reason of our own.
"""


def write() -> str:
    """The page."""
    sections = suite.load()
    cases = [case for section in sections for case in section.cases]
    others = sum(case.name in suite.OTHERWISE for case in cases)
    parts = [INTRODUCTION.format(cases=len(cases), agreed=len(cases) - others, others=others)]
    parts += map(_section, sections)
    parts.append(_lists())
    return "\n".join(parts)


def answer(case: Case) -> str:
    """What we say of it: good, or the error in its own words."""
    try:
        suite.verify(case)
    except CertificateError as error:
        return f"{type(error).__name__}: {error}"
    return "good"


def _section(section: Section) -> str:
    rows = [
        [case.number, _name(case), "good" if case.good else "bad", *_ours(case)] for case in section.cases
    ]
    heading = f"## {section.number} {section.title}\n\n"
    return heading + table(["", "test", "to NIST", "", "to us"], rows)


def _name(case: Case) -> str:
    """With what is asked of policies."""
    asked = []
    if case.wanted.policies is not None:
        asked.append("policy " + " or ".join(sorted(oid.rpartition(".")[2] for oid in case.wanted.policies)))
    elif case.wanted.explicit:
        asked.append("some policy")
    if case.wanted.inhibit_mapping:
        asked.append("no mapping")
    if case.wanted.inhibit_any:
        asked.append("no anyPolicy")
    return ", ".join([case.name, *asked])


def _ours(case: Case) -> list[str]:
    said = answer(case)
    agreed = (said == "good") == case.good
    reason = suite.OTHERWISE.get(case.name) or suite.BY_THE_WAY.get(case.name)
    sign = "✗" if not agreed else "(✓)" if reason else "✓"
    return [sign, said + (f". Why: {reason}." if reason else "")]


def _lists() -> str:
    refused = {
        name: str(one)
        for name, one in suite.revocation_lists().items()
        if isinstance(one, RevocationListError)
    }
    text = (
        "## Lists that cannot be used\n\nSome because they are bad, which is what their tests are about.\n\n"
    )
    return text + table(["list", "why it is refused when it is read"], map(list, refused.items()))


def table(heading: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
