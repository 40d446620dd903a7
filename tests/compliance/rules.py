"""The rules of RFC 9846: reads `rules.txt`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("rules.txt")
STRICT = ("MUST", "MUST NOT", "REQUIRED", "SHALL", "SHALL NOT")
ADVICE = ("SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED")
BOUND = ("client", "server", "both", "application", "middlebox", "writers")

HEADING = re.compile(r"== (?P<number>[1-9A-F][\d.]*)  (?P<title>\S.*)")
RULE = re.compile(r" *(?P<ordinal>\d+)  (?P<keyword>[A-Z ]*[A-Z]) +(?P<binds>[a-z]+) +(?P<text>[^ ].*)")
REMARK = re.compile(r" +(?P<kind>same as|not ours:|not kept:|no test:) (?P<text>.*)")


@dataclass
class Rule:
    """One keyword of the RFC, and what it asks for."""

    section: str
    ordinal: int
    keyword: str
    binds: str
    text: str
    same_as: str = ""
    not_ours: str = ""
    not_kept: str = ""
    no_test: str = ""

    @property
    def id(self) -> str:
        return f"{self.section}-{self.ordinal}"

    @property
    def is_strict(self) -> bool:
        return self.keyword in STRICT

    @property
    def is_ours(self) -> bool:
        """Whether code has to keep it, under this very id."""
        return not (self.same_as or self.not_ours or self.not_kept)


@dataclass
class Section:
    """A section of the RFC that has rules."""

    number: str
    title: str
    rules: list[Rule]


def load() -> list[Section]:
    """The whole list."""
    return read(LIST.read_text(encoding="utf-8"))


def read(text: str) -> list[Section]:
    """Sections and their rules; ValueError names the line that is none of the three kinds."""
    sections: list[Section] = []
    for line in text[text.index("\n== ") :].splitlines():
        if heading := HEADING.fullmatch(line):
            sections.append(Section(heading["number"], heading["title"], []))
        elif rule := RULE.fullmatch(line):
            fields = rule.groupdict() | {"section": sections[-1].number, "ordinal": int(rule["ordinal"])}
            sections[-1].rules.append(Rule(**fields))
        elif remark := REMARK.fullmatch(line):
            setattr(sections[-1].rules[-1], remark["kind"].rstrip(":").replace(" ", "_"), remark["text"])
        elif line.strip():
            raise ValueError(f"no heading, rule or remark: {line}")
    return sections


def by_id(sections: Iterable[Section]) -> dict[str, Rule]:
    return {rule.id: rule for section in sections for rule in section.rules}
