"""The account and the page: of a small repository in order, and of all that can be wrong with it."""

from pathlib import Path

import pytest

from tests.compliance import account, page, rules
from tests.compliance.account import Account, State

LIST = """
== 4.1  One

   1  MUST             client       It is kept and tested.
   2  MUST NOT         both         It cannot be tested.
                                    no test: Nobody sees it.
   3  SHOULD           server       It is kept.
   4  MUST             both         It is said elsewhere.
                                    same as 4.1-1
   5  MUST             writers      It is not ours.
                                    not ours: We write no RFCs.
   6  SHOULD           both         It is advice.
                                    not kept: We know better.
"""
CODE = "def f():  # sections 4.1 [2] and 4.1 [3]\n    pass  # section 4.1 [1]\n"
TEST = "def test_f():  # section 4.1 [1]\n    pass\n"


def take(root: Path, listed: str = LIST, code: str = CODE, test: str = TEST) -> Account:
    for name, source in (("tls/code.py", code), ("tests/tls/test_code.py", test)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source, encoding="utf-8")
    return account.take(root, rules.read(listed))


def complaints(taken: Account) -> list[str]:
    return [*account.missing(taken), *account.contradictions(taken)]


def test_everything_in_order(tmp_path: Path) -> None:
    taken = take(tmp_path)
    assert complaints(taken) == []
    assert [taken.state(rule) for rule in taken.rules.values()] == [
        State.SHOWN,
        State.UNTESTABLE,
        State.ENFORCED,
        State.REPEATED,
        State.NOT_OURS,
        State.NOT_KEPT,
    ]


@pytest.mark.parametrize(
    ("replaced", "by", "complaint"),
    [
        ("4.1 [1]\n", "4.1\n", "4.1-1 MUST (client): nothing is marked for: It is kept and tested."),
        ("[2] and 4.1 [3]", "[2]", "4.1-3 SHOULD (server): nothing is marked for: It is kept."),
        (
            "():  # section 4.1 [1]",
            "():",
            "4.1-1 MUST (client): no test is marked for: It is kept and tested.",
        ),
        (
            "no test: Nobody sees it.",
            "",
            "4.1-2 MUST NOT (both): no test is marked for: It cannot be tested.",
        ),
        ("def f():  # s", "def f():  # section 4.7 [1], s", "tls/code.py:1: there is no rule 4.7-1"),
        ("4.1 [1]\n", "4.1 [1, 4]\n", "tls/code.py:2: 4.1-4 says the same as 4.1-1: mark that one"),
        (
            "():  # section 4.1 [1]",
            "():  # section 4.1 [1, 5]",
            "test_code.py:1: 4.1-5 is said to be not ours",
        ),
        (
            "():  # section 4.1 [1]",
            "():  # section 4.1 [1, 2]",
            "4.1-2: it is said that no test could see it",
        ),
        ("4.1 [1]\n", "4.1 [1, 6]\n", "tls/code.py:2: 4.1-6 is said not to be kept: We know better."),
        ("SHOULD           both ", "MUST             both ", "4.1-6: a MUST has to be kept"),
        ("same as 4.1-1", "same as 4.1-3", "4.1-4: 4.1-3 cannot stand for it"),
        ("same as 4.1-1", "same as 4.1-4", "4.1-4: 4.1-4 cannot stand for it"),
        ("same as 4.1-1", "same as 4.1-9", "4.1-4: 4.1-9 cannot stand for it"),
        ("def test_f():  #", '"""section 4.1 [1]"""\ndef test_f():  #', "4.1-1 is marked where no test is"),
    ],
)
def test_what_is_not(tmp_path: Path, replaced: str, by: str, complaint: str) -> None:
    code, test, listed = (text.replace(replaced, by) for text in (CODE, TEST, LIST))
    assert (code, test, listed) != (CODE, TEST, LIST)
    found = complaints(take(tmp_path, listed, code, test))
    assert any(complaint in line for line in found), found


def test_the_page(tmp_path: Path) -> None:
    written = page.write(take(tmp_path))
    assert written.startswith("# Every rule of RFC 9846\n\n6 times the RFC says")
    assert "| **all** | **3** | **1** | **2** |" in written
    assert "| not ours to keep | 1 |  |  |" in written
    assert written.endswith("""\
## 4.1 One

|  |  | binds | what has to be so | kept in | shown by |
| --- | --- | --- | --- | --- | --- |
| 1 | MUST | client | It is kept and tested. | [tls/code.py `f`](../tls/code.py#L2) | \
[tls/test_code.py `test_f`](../tests/tls/test_code.py#L1) |
| 2 | MUST NOT | both | It cannot be tested. | [tls/code.py `f`](../tls/code.py#L1) | *Nobody sees it.* |
| 3 | SHOULD | server | It is kept. | [tls/code.py `f`](../tls/code.py#L1) |  |
| 4 | MUST | both | It is said elsewhere. | as [4.1-1](#41-one) |  |
| 5 | MUST | writers | It is not ours. | *We write no RFCs.* |  |
| 6 | SHOULD | both | It is advice. | **not kept:** *We know better.* |  |
""")


def test_on_the_page_what_is_missing_is_seen(tmp_path: Path) -> None:
    written = page.write(take(tmp_path, code="", test=""))
    assert "| It is kept and tested. | **nothing** | **nothing** |" in written
    assert "| It is kept. | **nothing** |  |" in written
    assert "| not accounted for | 1 | 1 | 1 |" in written


def test_a_marked_line_of_a_table_is_shown_by_its_name(tmp_path: Path) -> None:
    test = 'TABLE = {\n    "a|b": 1,  # section 4.1 [1]\n}\n'
    written = page.write(take(tmp_path, test=test))
    assert "| [tls/test_code.py `TABLE`: a\\|b](../tests/tls/test_code.py#L2) |" in written
