"""What CPython takes for its own operations: the prices of which every figure here is a sum.

Each is timed in a loop of many, and the same loop without it is taken off.  An operation on ints costs more
the longer they are, so each is timed at several lengths, in digits as CPython counts them.
"""

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import counting
from benchmarks import measure as measuring
from benchmarks.cases import Job, some_bytes
from benchmarks.counting import CALL, INVERSE, ITEM, POWER
from benchmarks.measure import Effort
from benchmarks.results import Price

P = 2**255 - 19
ROOT = 2**252 - 3  # the exponent of a square root (RFC 8032 section 5.1.3)
REPEAT = 50  # in each call, so that the call itself does not count
# In digits: a word, two side by side, a field element, ..., a record.
LENGTHS = (1, 2, 3, 9, 18, 64, 256, 1024, 2048)
PRODUCTS = ((1, 1), (2, 2), (9, 1), (9, 9), (64, 1), (64, 5), (1024, 1), (1024, 5))
DIVISIONS = ((1, 1), (5, 5), (9, 9), (10, 9), (18, 9), (14, 5), (64, 5))
NOTHING = "nothing"

Operation = tuple[str, int, int]
Loop = Callable[[], Any]


def measure(effort: Effort) -> list[Price]:
    """Seconds of each operation at each length."""
    named: dict[str, tuple[Operation, Loop]] = {
        f"{operation}": (operation, loop) for operation, loop in loops()
    }
    jobs = {name: Job(loop) for name, (_, loop) in named.items()}
    timed = {name: figure.seconds / REPEAT for name, figure in measuring.take_turns(jobs, effort).items()}
    nothing = timed[f"{(NOTHING, 0, 0)}"]
    return [
        Price(*operation, max(0.0, timed[name] - nothing))
        for name, (operation, _) in named.items()
        if operation[0] != NOTHING
    ]


def loops() -> Iterator[tuple[Operation, Loop]]:
    """Each operation in a loop of `REPEAT`, and an empty one."""
    repeat = range(REPEAT)

    def nothing() -> None:
        for _ in repeat:
            pass

    yield (NOTHING, 0, 0), nothing
    yield from _interpreter(repeat)
    for length in LENGTHS:
        yield from _lengthwise(repeat, length)
    for left, right in PRODUCTS:
        yield ("*", left, right), _product(repeat, _number(left, 1), _number(right, 2))
    for left, right in DIVISIONS:
        yield ("%", left, right), _remainder(repeat, _number(left, 3), _number(right, 4))
    yield from _powers(repeat)


def _interpreter(repeat: range) -> Iterator[tuple[Operation, Loop]]:
    items = list(range(64))

    def empty() -> None:
        pass

    def call() -> None:
        for _ in repeat:
            empty()

    def item() -> None:
        for _ in repeat:
            items[17]

    yield (CALL, 0, 0), call
    yield (ITEM, 0, 0), item


def _lengthwise(repeat: range, length: int) -> Iterator[tuple[Operation, Loop]]:
    """What goes through the digits once."""
    a, b = _number(length, 5), _number(length, 6)

    def logic() -> None:
        for _ in repeat:
            a & b

    def addition() -> None:
        for _ in repeat:
            a + b

    def shift() -> None:
        for _ in repeat:
            a >> 12

    yield ("&", length, length), logic
    yield ("+", length, length), addition
    yield (">>", length, 1), shift


def _product(repeat: range, a: int, b: int) -> Loop:
    def product() -> None:
        for _ in repeat:
            a * b

    return product


def _remainder(repeat: range, a: int, b: int) -> Loop:
    def remainder() -> None:
        for _ in repeat:
            a % b

    return remainder


def _powers(repeat: range) -> Iterator[tuple[Operation, Loop]]:
    """An inverse, the power that a square root is made of, and a short power modulo a shorter prime."""
    x, small = _number(9, 7) % P, 2**130 - 5

    def inverse() -> None:
        for _ in repeat:
            pow(x, -1, P)

    def power() -> None:
        for _ in repeat:
            pow(x, ROOT, P)

    def short_power() -> None:
        for _ in repeat:
            pow(x, 64, small)

    yield (INVERSE, 9, 1), inverse
    yield (POWER, 9, counting.digits(ROOT)), power
    yield (POWER, 5, 1), short_power


def _number(digits: int, seed: int) -> int:
    """Of exactly so many digits, and odd."""
    bits = digits * counting.DIGIT_BITS
    lower = int.from_bytes(some_bytes(bits // 8 + 1, seed), "big") & (1 << bits - 1) - 1
    return lower | 1 << bits - 1 | 1
