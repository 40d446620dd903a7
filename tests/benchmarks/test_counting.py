"""Operations are counted as they are done, by code that still does the right thing; and priced by length."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import counting, limits, operations
from benchmarks.contenders import OURS
from benchmarks.counting import CALL, INVERSE, ITEM, POWER
from benchmarks.results import Count, Price
from tests.support import made_up_run

LONG = 1 << 300  # eleven digits of 30 bits


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    counting.counts.clear()


def execute(source: str, **variables: Any) -> dict[str, Any]:
    """Run it rewritten; what it leaves behind."""
    names: dict[str, Any] = {**counting.NOTES, **variables}
    exec(compile(counting.rewritten(source), "<test>", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("source", "result", "counted"),
    [
        ("x = a + 1", LONG + 1, ("+", 11, 1)),
        ("x = a - 1", LONG - 1, ("-", 11, 1)),
        ("x = a * a", LONG * LONG, ("*", 11, 11)),
        ("x = a % 7", LONG % 7, ("%", 11, 1)),
        ("x = a // 7", LONG // 7, ("//", 11, 1)),
        ("x = 3 ** 2", 9, ("**", 1, 1)),
        ("x = a & 5", LONG & 5, ("&", 11, 1)),
        ("x = a | 5", LONG | 5, ("|", 11, 1)),
        ("x = 5 ^ a", LONG ^ 5, ("^", 1, 11)),
        ("x = 1 << 60", 1 << 60, ("<<", 1, 1)),
        ("x = a >> 60", LONG >> 60, (">>", 11, 1)),
        ("x = a\nx += 1", LONG + 1, ("+", 11, 1)),
        ("x = [a]\nx[0] ^= 1\nx = x.pop", None, ("^", 11, 1)),
        ("x = pow(a, -1, 7)", pow(LONG, -1, 7), (INVERSE, 1, 1)),
        ("x = pow(a, a, 7)", pow(LONG, LONG, 7), (POWER, 1, 11)),
        ("x = [4, 5][1]", 5, (ITEM, 0, 0)),
        ("x = len('four')", 4, (CALL, 0, 0)),
        ("x = b'a' + b'b'", b"ab", (CALL, 0, 0)),
    ],
)
def test_each_operation_is_done_and_noted(source: str, result: object, counted: tuple[str, int, int]) -> None:
    x = execute(source, a=LONG)["x"]
    assert result is None or x == result
    assert counting.counts[counted] == 1


def test_adding_in_place_keeps_the_object() -> None:
    names = execute("buffer += b'more'", buffer=bytearray(b"some "))
    same = bytearray(b"some ")
    assert execute("buffer += b'more'", buffer=same)["buffer"] is same
    assert names["buffer"] == same == b"some more"


def test_super_and_private_names_survive() -> None:
    source = """
class A:
    def __init__(self):
        self.__x = 1 + 1
class B(A):
    def __init__(self):
        super().__init__()
b = B()
"""
    assert execute(source)["b"]._A__x == 2


def test_ours_is_counted_in_a_process_of_its_own() -> None:
    counted = counting.of(["SHA-256 16 B", "X25519 exchange"])
    assert list(counted) == ["SHA-256 16 B", "X25519 exchange"]
    by_operation: dict[str, int] = {}
    for operation, _, _, times in counted["SHA-256 16 B"]:
        by_operation[operation] = by_operation.get(operation, 0) + times
    assert by_operation["+"] > 64 * 6
    assert by_operation[">>"] > 64 * 6
    products = sum(times for operation, left, right, times in counted["X25519 exchange"] if operation == "*")
    assert products > 255 * 8
    from purecrypto.sha256 import sha256  # here, nothing was rewritten

    assert sha256(b"abc").digest() == hashlib.sha256(b"abc").digest()
    assert not counting.counts


def test_a_failing_count_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="counting failed"):
        counting.of(["SHA-256 16 B"])


# ---- Prices and accounts -------------------------------------------------------------------------------

PRICES = [
    Price("&", 1, 1, 10.0),
    Price("&", 11, 11, 20.0),
    Price("&", 21, 21, 40.0),
    Price("call", 0, 0, 3.0),
]


@pytest.mark.parametrize(
    ("length", "seconds"), [(1, 10.0), (6, 15.0), (11, 20.0), (16, 30.0), (21, 40.0), (31, 60.0)]
)
def test_a_price_lies_on_a_line_between_those_that_were_measured(length: int, seconds: float) -> None:
    assert limits.price(PRICES, "&", length, length) == seconds


def test_what_is_priced_once_has_one_price() -> None:
    assert limits.price(PRICES, CALL, 0, 0) == 3.0


@pytest.mark.parametrize(
    ("operation", "left", "right", "steps"),
    [
        *(("&", 3, 9, 3), ("|", 3, 9, 9), ("+", 9, 3, 9), ("<<", 9, 1, 9), (">>", 9, 1, 9)),
        *(("*", 9, 5, 45), ("**", 9, 1, 81), ("%", 18, 9, 90), ("%", 1, 9, 9), ("power", 9, 9, 729)),
    ],
)
def test_what_the_time_of_an_operation_grows_with(operation: str, left: int, right: int, steps: int) -> None:
    assert limits.effort(operation, left, right) == steps


def test_an_account_is_count_times_price_by_kind() -> None:
    parts = limits.account(made_up_run.run(), "SHA-256 16 B")
    assert {kind: part.times for kind, part in parts.items()} == {"and, or, xor": 20, "add": 5, "call": 3}
    assert parts["and, or, xor"].seconds == pytest.approx(20 * 1e-8)
    assert parts["add"].seconds == pytest.approx(5 * 2e-8)
    assert parts["call"].seconds == pytest.approx(3 * 2e-8)


def test_the_accounts_say_how_much_of_a_figure_they_explain() -> None:
    run = made_up_run.run(**{OURS: 1})
    rows = dict(_accounts(run))
    assert rows["SHA-256 16 B"] == "36 %"  # 360 of 1000 ns
    assert set(rows) == set(made_up_run.COUNTS)


def test_a_missed_target_stands_beside_what_its_operations_come_to() -> None:
    def rows_of(run: Any) -> list[Any]:
        return [row for row in _tables(run) if len(row) == 6]

    assert rows_of(made_up_run.run()) == []
    missed = {row[0]: row for row in rows_of(made_up_run.run(purepycrypto=1.1))}
    assert set(missed) == {"SHA-256 16 B", "Ed25519 sign"}
    assert missed["SHA-256 16 B"][2:] == ("917 ns", "1.00 µs", "360 ns", "and, or, xor, 200 ns")


def _accounts(run: Any) -> list[tuple[str, str]]:
    return [(row[0], row[-1]) for row in _tables(run) if row[-1].endswith("%")]


def _tables(run: Any) -> list[Any]:
    """The rows of all tables."""
    rows_of_all: list[Any] = []

    def table(_head: Any, rows: Any) -> Iterator[str]:
        rows_of_all.extend(rows)
        yield ""

    list(limits.text(run, table))
    return rows_of_all


def test_every_operation_that_can_be_counted_has_a_price() -> None:
    priced = {operation for (operation, _, _), _ in operations.loops()}
    for kind, members in limits.KINDS.items():
        assert members[0] in priced, kind
    assert set(limits.KIND_OF) == {*counting.FUNCTIONS, CALL, ITEM, INVERSE, POWER}


def test_the_loops_are_of_the_length_that_they_say() -> None:
    for length in (1, 2, 9, 64):
        assert counting.digits(operations._number(length, 1)) == length


def test_prices_are_the_loops_without_what_an_empty_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.results import Figure

    def timed(jobs: dict[str, Any], _effort: object) -> dict[str, Figure]:
        repeat = operations.REPEAT
        return {name: Figure((2.0 if "nothing" in name else 5.0) * repeat, 1, 1) for name in jobs}

    monkeypatch.setattr(operations.measuring, "take_turns", timed)
    prices = operations.measure(operations.measuring.QUICK)
    assert {price.seconds for price in prices} == {3.0}
    assert "nothing" not in {price.operation for price in prices}


def test_counts_are_what_results_hold() -> None:
    assert Count("+", 1, 2, 3) == ("+", 1, 2, 3)
