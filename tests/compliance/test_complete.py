"""Every rule of RFC 9846 is accounted for, docs/compliance.md says so, and no check is without its test."""

import pytest

from tests.compliance import __main__ as program


def test_every_rule_is_accounted_for_and_the_page_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_every_check_is_missed_when_it_is_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--prove"]) == 0, capsys.readouterr().out
