"""Writes docs/compliance.md."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.compliance.account import Account, State
from tests.compliance.markers import Marker
from tests.compliance.rules import ADVICE, STRICT, Rule, Section

PAGE = Path(__file__).resolve().parents[2] / "docs/compliance.md"

INTRODUCTION = """\
# Every rule of RFC 9846

{total} times the RFC says what has to be done, or should be, or not. This page goes through all of them
in the RFC's order. For each rule it names the lines of our code that keep it and the test that fails
without them, or says why the rule is not ours to keep,
or why we do not follow an advice.

**How to read it.** A rule's number is its place among these words in its section: 4.2.2-3 is the third
MUST, SHOULD or the like of section 4.2.2. What has to be so is told in our own words, and told the same
way for a MUST and a MUST NOT; for what the RFC says, read the RFC. *Kept in* leads to the line that does
what is right or refuses what is wrong, *shown by* to the test, or to its line in a table of tests. A rule
that only advises (SHOULD) may do without one.

**How it is made.** The list of rules is `tests/compliance/rules.txt`; numbers and keywords were taken
from the RFC's source. Comments in code and tests name the rules, as in `# section 4.2.2 [3]`, and `python
-m tests.compliance` collects them and writes this page. The tests fail when a rule is not accounted for.
`python -m tests.compliance --prove` takes the checks away, one after the other, and sees that the tests
named here fail.
"""


def write(account: Account) -> str:
    """The page."""
    total = sum(len(section.rules) for section in account.sections)
    parts = [INTRODUCTION.format(total=total), _summary(account)]
    parts += [_section(account, section) for section in account.sections]
    return "\n".join(parts)


def _summary(account: Account) -> str:
    counts = Counter((rule.keyword, account.state(rule)) for rule in account.rules.values())
    keywords = [keyword for keyword in STRICT + ADVICE if any(name == keyword for name, _ in counts)]
    states = [state for state in State if any(one is state for _, one in counts)]
    rows = [[state.value, *(str(counts[name, state] or "") for name in keywords)] for state in states]
    rows.append(["**all**", *(f"**{sum(counts[name, state] for state in states)}**" for name in keywords)])
    return table(["", *keywords], rows) + "\n"


def _section(account: Account, section: Section) -> str:
    rows = [
        [str(rule.ordinal), rule.keyword, rule.binds, rule.text, *_evidence(account, rule)]
        for rule in section.rules
    ]
    heading = ["", "", "binds", "what has to be so", "kept in", "shown by"]
    return f"## {section.number} {section.title}\n\n{table(heading, rows)}\n"


def _evidence(account: Account, rule: Rule) -> tuple[str, str]:
    match account.state(rule):
        case State.REPEATED:
            return f"as {_link_to_rule(account, rule.same_as)}", ""
        case State.NOT_OURS:
            return f"*{rule.not_ours}*", ""
        case State.NOT_KEPT:
            return f"**not kept:** *{rule.not_kept}*", ""
    code = "<br>".join(_link(marker) for marker in account.code.get(rule.id, ())) or "**nothing**"
    tests = "<br>".join(_link(marker) for marker in account.tests.get(rule.id, ()))
    return code, tests or (f"*{rule.no_test}*" if rule.no_test else "**nothing**" if rule.is_strict else "")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _link(marker: Marker) -> str:
    where = f" `{marker.where}`" if marker.where else ""
    case = "" if not marker.case or marker.case == marker.where else f": {marker.case}"
    text = f"{marker.path.removeprefix('tests/')}{where}{case}"
    return f"[{text}](../{marker.path}#L{marker.line})".replace("|", "\\|")


def _link_to_rule(account: Account, rule_id: str) -> str:
    section = next(section for section in account.sections for rule in section.rules if rule.id == rule_id)
    slug = re.sub(r"[^\w -]", "", f"{section.number} {section.title}".lower()).replace(" ", "-")
    return f"[{rule_id}](#{slug})"
