"""The list of rules: nothing is left out of it, and what it says is well formed."""

from collections import Counter

import pytest

from tests.compliance import rules
from tests.compliance.rules import ADVICE, BOUND, STRICT

SECTIONS = rules.load()
RULES = [rule for section in SECTIONS for rule in section.rules]

# How often the RFC's source has each keyword
KEYWORDS = {"MUST": 263, "REQUIRED": 7, "SHALL": 3, "SHOULD": 61, "RECOMMENDED": 7}
KEYWORDS |= {"MUST NOT": 80, "SHOULD NOT": 15, "NOT RECOMMENDED": 2}


def test_every_keyword_of_the_rfc_is_there() -> None:
    assert Counter(rule.keyword for rule in RULES) == KEYWORDS
    assert set(STRICT + ADVICE) >= KEYWORDS.keys()


def test_they_are_numbered_from_one_in_each_section() -> None:
    for section in SECTIONS:
        assert [rule.ordinal for rule in section.rules] == list(range(1, len(section.rules) + 1))


def test_sections_stand_in_the_order_of_the_rfc() -> None:
    def place(number: str) -> tuple[bool, list[int]]:
        first, *rest = number.split(".")
        return first.isalpha(), [int(first, 36), *map(int, rest)]

    numbers = [section.number for section in SECTIONS]
    assert numbers == sorted(set(numbers), key=place)


def test_each_is_a_sentence_about_somebody() -> None:
    for rule in RULES:
        assert rule.binds in BOUND, rule
        for text in filter(None, (rule.text, rule.not_ours, rule.not_kept, rule.no_test)):
            assert text.endswith("."), rule


def test_a_rule_has_one_remark_at_most() -> None:
    for rule in RULES:
        assert sum(map(bool, (rule.same_as, rule.not_ours, rule.not_kept, rule.no_test))) <= 1, rule


def test_what_is_there_is_read() -> None:
    (section,) = rules.read("""Words before it.

== 4.2.2  Client Hello

   1  MUST NOT         both         Nothing follows.
   2  SHOULD           client       Something follows.
                                    same as 4.3-1
   3  MUST             middlebox    More.
                                    not ours: We are none.
   4  MUST             server       No less.
                                    no test: It has no effect.
""")
    first, second, third, fourth = section.rules
    assert (section.number, section.title) == ("4.2.2", "Client Hello")
    assert (first.id, first.keyword, first.binds, first.text) == (
        "4.2.2-1",
        "MUST NOT",
        "both",
        "Nothing follows.",
    )
    assert (first.is_strict, first.is_ours) == (True, True)
    assert (second.is_strict, second.is_ours, second.same_as) == (False, False, "4.3-1")
    assert (third.is_ours, third.not_ours) == (False, "We are none.")
    assert (fourth.is_ours, fourth.no_test) == (True, "It has no effect.")


@pytest.mark.parametrize("line", ["== Client Hello", "MUST  client  Nothing.", "    because: we say so"])
def test_what_is_none_of_it_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no heading, rule or remark"):
        rules.read(f"\n== 1  One\n\n   1  MUST  both  Something.\n{line}\n")
