"""The account: for every rule, what enforces it and what shows that; and what is not in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tests.compliance import markers, rules
from tests.compliance.markers import Marker
from tests.compliance.rules import Rule, Section


class State(Enum):
    """How far a rule is accounted for."""

    SHOWN = "enforced, and a test shows it"
    ENFORCED = "enforced"
    UNTESTABLE = "enforced, and no test could see it broken"
    REPEATED = "says what another rule says"
    NOT_OURS = "not ours to keep"
    NOT_KEPT = "advice that we do not follow"
    MISSING = "not accounted for"


@dataclass
class Account:
    """All rules, with all markers."""

    sections: list[Section]
    code: dict[str, list[Marker]] = field(default_factory=dict)  # by rule
    tests: dict[str, list[Marker]] = field(default_factory=dict)

    @property
    def rules(self) -> dict[str, Rule]:
        return rules.by_id(self.sections)

    def state(self, rule: Rule) -> State:
        if rule.same_as:
            return State.REPEATED
        if rule.not_ours:
            return State.NOT_OURS
        if rule.not_kept:
            return State.NOT_KEPT
        if rule.id not in self.code:
            return State.MISSING
        if rule.id in self.tests:
            return State.SHOWN
        if rule.no_test:
            return State.UNTESTABLE
        return State.MISSING if rule.is_strict else State.ENFORCED


def take(root: Path, sections: list[Section] | None = None) -> Account:
    """The account of the repository at `root`."""
    account = Account(rules.load() if sections is None else sections)
    for by_rule, packages in ((account.code, markers.CODE), (account.tests, markers.TESTS)):
        for marker in markers.find(root, packages):
            by_rule.setdefault(marker.rule, []).append(marker)
    return account


def missing(account: Account) -> Iterator[str]:
    """What is not accounted for, a line each."""
    for rule in account.rules.values():
        if account.state(rule) is State.MISSING:
            what = "no test" if rule.id in account.code else "nothing"
            yield f"{rule.id} {rule.keyword} ({rule.binds}): {what} is marked for: {rule.text}"


def contradictions(account: Account) -> Iterator[str]:
    """Markers and remarks that cannot be right, a line each."""
    known = account.rules
    for by_rule in (account.code, account.tests):
        for marker in (marker for found in by_rule.values() for marker in found):
            rule = known.get(marker.rule)
            if rule is None:
                yield f"{marker.place}: there is no rule {marker.rule}"
            elif rule.same_as:
                yield f"{marker.place}: {rule.id} says the same as {rule.same_as}: mark that one"
            elif rule.not_ours:
                yield f"{marker.place}: {rule.id} is said to be not ours: {rule.not_ours}"
            elif rule.not_kept:
                yield f"{marker.place}: {rule.id} is said not to be kept: {rule.not_kept}"
    for rule in known.values():
        if rule.same_as:
            other = known.get(rule.same_as)
            if other is None or other.same_as or (rule.is_strict and not other.is_strict):
                yield f"{rule.id}: {rule.same_as} cannot stand for it"
        if rule.not_kept and rule.is_strict:
            yield f"{rule.id}: a {rule.keyword} has to be kept"
        if rule.no_test and rule.id in account.tests:
            yield f"{rule.id}: it is said that no test could see it broken, and one is marked for it"
    for name, found in account.tests.items():
        for marker in found:
            if not marker.where:
                yield f"{marker.place}: {name} is marked where no test is"
