"""What CPython takes for its own operations: the prices of which every figure here is a sum.

Each is timed in a loop of many, and the same loop without it is taken off.
"""

from collections.abc import Callable
from typing import Any

from benchmarks import measure as measuring
from benchmarks.cases import Job, some_bytes
from benchmarks.measure import Effort

P = 2**255 - 19
REPEAT = 200  # in each call, so that the call itself does not count
NARROW, WIDE = 2048, 16384  # bytes of a wide integer; the slope between them is the price of a digit
DIGIT_BITS = 30

# Names, as the page has them
CALL = "a function call"
INDEX = "an item of a list"
SMALL = "a 32-bit operation (AND, XOR, ADD)"
SHIFT_SMALL = "a 32-bit number shifted"
MULTIPLY = "255 bit times 255 bit"
REDUCE = "510 bit % p"
ADD = "255 bit plus 255 bit"
INVERT = "pow(x, -1, p)"
AND_DIGIT = "a wide AND or XOR, a digit"
ADD_DIGIT = "a wide ADD, a digit"
SHIFT_DIGIT = "a wide SHIFT, a digit"


def measure(effort: Effort) -> dict[str, float]:
    """Seconds of each operation."""
    timed = {
        name: figure.seconds / REPEAT
        for name, figure in measuring.take_turns(
            {name: Job(run) for name, run in jobs().items()}, effort
        ).items()
    }
    nothing = timed["nothing"]
    costs = {
        name: max(0.0, seconds - nothing)
        for name, seconds in timed.items()
        if name != "nothing" and not name.startswith(("narrow", "wide"))
    }
    digits = 8 * (WIDE - NARROW) / DIGIT_BITS
    for operation, name in (("AND", AND_DIGIT), ("ADD", ADD_DIGIT), ("SHIFT", SHIFT_DIGIT)):
        costs[name] = max(0.0, timed[f"wide {operation}"] - timed[f"narrow {operation}"]) / digits
    return costs


def jobs() -> dict[str, Callable[[], Any]]:
    """Loops of `REPEAT`, by the name of what is in them."""
    a, b = (int.from_bytes(some_bytes(32, seed), "big") % P for seed in (1, 2))
    product = a * b
    word, other = 0x9ABCDEF0, 0x12345678
    items = list(range(64))
    wide = {
        "narrow": [int.from_bytes(some_bytes(NARROW, seed), "big") for seed in (3, 4)],
        "wide": [int.from_bytes(some_bytes(WIDE, seed), "big") for seed in (5, 6)],
    }
    repeat = range(REPEAT)

    def nothing() -> None:
        for _ in repeat:
            pass

    def empty() -> None:
        pass

    def call() -> None:
        for _ in repeat:
            empty()

    def index() -> None:
        for _ in repeat:
            items[17]

    def small() -> None:
        for _ in repeat:
            word ^ other

    def shift_small() -> None:
        for _ in repeat:
            word >> 7

    def multiply() -> None:
        for _ in repeat:
            a * b

    def reduce() -> None:
        for _ in repeat:
            product % P

    def add() -> None:
        for _ in repeat:
            a + b

    def invert() -> None:
        for _ in repeat:
            pow(a, -1, P)

    loops: dict[str, Callable[[], Any]] = {
        "nothing": nothing,
        CALL: call,
        INDEX: index,
        SMALL: small,
        SHIFT_SMALL: shift_small,
        MULTIPLY: multiply,
        REDUCE: reduce,
        ADD: add,
        INVERT: invert,
    }
    for name, (x, y) in wide.items():
        loops |= _wide(name, x, y)
    return loops


def _wide(name: str, x: int, y: int) -> dict[str, Callable[[], Any]]:
    repeat = range(REPEAT)

    def conjunction() -> None:
        for _ in repeat:
            x & y

    def addition() -> None:
        for _ in repeat:
            x + y

    def shift() -> None:
        for _ in repeat:
            x >> 12

    return {f"{name} AND": conjunction, f"{name} ADD": addition, f"{name} SHIFT": shift}
