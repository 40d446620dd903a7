"""What a stranger writes stays on its line."""

from datetime import UTC, datetime, timedelta, timezone

from x509 import wording


def test_what_could_rewrite_a_terminal_is_escaped():
    assert wording.printable("a\x1b[2J\nü\u202e✓") == r"a\x1b[2J\nü\u202e✓"


def test_no_line_is_too_long_and_nothing_is_lost():
    lines = list(wording.wrapped("one two " + "x" * 100, 60, "- ", "  "))
    assert lines[0] == "- one two " + "x" * 50
    assert [line[:2] for line in lines] == ["- ", "  "]
    assert max(map(len, lines)) <= 60
    assert "".join(line[2:] for line in lines) == "one two " + "x" * 100
    assert list(wording.wrapped("a\nb\x1b", 60)) == [r"a\nb\x1b"]
    assert list(wording.wrapped("a b", 4, "> ")) == ["> a", "> b"]


def test_one_is_no_many():
    assert [wording.count(number, "byte") for number in (0, 1, 2)] == ["0 bytes", "1 byte", "2 bytes"]


def test_a_time_is_told_to_the_second():
    assert wording.moment(datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=UTC)) == "2026-07-01 12:00:00 UTC"
    west = timezone(timedelta(hours=-2))  # where it is year 10,000 in UTC
    assert wording.moment(datetime.max.replace(tzinfo=west)) == "9999-12-31 23:59:59 UTC-02:00"
