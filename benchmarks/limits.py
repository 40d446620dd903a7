"""What each figure is made of: CPython's own operations, counted and priced.

    limits.account(run, "X25519 exchange")      the parts of a figure, in seconds

A count says how often an operation was done on ints of which length (`counting`); a price says what that
takes (`operations`).  Count times price is what the arithmetic must cost; what remains is the interpreter
fetching names, going round in loops, and C code such as `int.from_bytes`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from benchmarks import counting, targets, units
from benchmarks.contenders import OURS
from benchmarks.counting import CALL, INVERSE, ITEM, POWER
from benchmarks.results import Price, Run

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterator[str]]

CASES = (
    *("SHA-256 16 B", "SHA-512 16 B", "HMAC-SHA256 32 B"),
    *("ChaCha20-Poly1305 seal 64 B", "ChaCha20-Poly1305 seal 1 KiB", "ChaCha20-Poly1305 seal 16 KiB"),
    *("ChaCha20-Poly1305 open 64 B", "ChaCha20-Poly1305 open 16 KiB"),
    *("AES-128-GCM seal 16 B", "AES-128-GCM seal 64 B", "AES-128-GCM seal 16 KiB"),
    *("X25519 key generation", "X25519 exchange", "Ed25519 sign", "Ed25519 verify"),
    *("ML-KEM-768 key generation", "ML-KEM-768 encapsulation", "ML-KEM-768 decapsulation"),
    *("P-256 key generation", "P-256 exchange", "P-256 sign", "P-256 verify"),
    *("handshake, both ends", "hybrid handshake, both ends", "transfer, client to server"),
)

# Kinds of operations; each is priced as its first one.
KINDS = {
    "and, or, xor": ("&", "|", "^"),
    "add": ("+", "-"),
    "shift": (">>", "<<"),
    "multiply": ("*", "**"),
    "divide": ("%", "//"),
    "invert": (INVERSE,),
    "power": (POWER,),
    "call": (CALL,),
    "item": (ITEM,),
}
KIND_OF = {operation: kind for kind, operations in KINDS.items() for operation in operations}


class Part(NamedTuple):
    """One kind of operation in a figure."""

    times: int
    seconds: float


def account(run: Run, case: str) -> dict[str, Part]:
    """How often each kind of operation is done, and what that costs."""
    parts: dict[str, Part] = defaultdict(lambda: Part(0, 0.0))
    for operation, left, right, times in run.counts[case]:
        kind = KIND_OF[operation]
        before = parts[kind]
        cost = times * price(run.prices, operation, left, right)
        parts[kind] = Part(before.times + times, before.seconds + cost)
    return dict(parts)


def price(prices: Sequence[Price], operation: str, left: int, right: int) -> float:
    """Seconds of one operation, from the prices that were measured nearest to it, along a straight line."""
    work = effort(operation, left, right)
    priced_as = KINDS[KIND_OF[operation]][0]
    known = sorted(
        (effort(measured.operation, measured.left, measured.right), measured.seconds)
        for measured in prices
        if measured.operation == priced_as
    )
    if len(known) == 1 or work <= known[0][0]:
        return known[0][1]
    upper = next((i for i, (size, _) in enumerate(known) if size >= work), len(known) - 1)
    (x0, y0), (x1, y1) = known[upper - 1], known[upper]
    return max(0.0, y0 + (y1 - y0) * (work - x0) / (x1 - x0))


def effort(operation: str, left: int, right: int) -> float:
    """What the time of an operation grows with: steps over digits, as CPython does them."""
    match operation:
        case "*":
            return left * right
        case "**":  # a square, wherever we use it
            return left * left
        case "%" | "//":
            return max(1, left - right + 1) * right
        case "<<" | ">>":
            return left
        case "&":
            return min(left, right)
        case counting.POWER:  # a square for each bit of the exponent
            return left * left * right
    return max(left, right)


def text(run: Run, table: Table) -> Iterator[str]:
    """Prices and accounts, as Markdown."""
    yield """\
## What limits each figure

Python's integers do the work, and the interpreter takes its time for each operation on them. An int is held
in digits of 30 bits, and what an operation costs grows with their number. Prices, measured in the same run:
"""
    yield from _prices(run, table)
    yield f"""\
How often {OURS} does each, and what it comes to at these prices. The operations are counted, not guessed: its
own code is run with a note at every operator. What is not accounted for is the interpreter fetching names and
going round in loops, and C code that is called. Of the handshake and the transfer, only the primitives are
counted. Only fewer operations, or shorter ints, bring a figure below what they come to.
"""
    yield from _accounts(run, table)
    yield from _out_of_reach(run, table)


def _prices(run: Run, table: Table) -> Iterator[str]:
    lengths = sorted({measured.left for measured in run.prices if measured.operation == "&"})
    rows = []
    for name, operation in (("and, or, xor", "&"), ("add, subtract", "+"), ("shift", ">>")):
        each = [price(run.prices, operation, length, length) for length in lengths]
        rows.append((name, *(units.duration(seconds) for seconds in each)))
    yield from table(("digits", *(str(length) for length in lengths)), rows)
    others = {
        "255 bits times 255 bits": ("*", 9, 9),
        "510 bits modulo 2^255 - 19": ("%", 18, 9),
        "1024 digits times 130 bits": ("*", 1024, 5),
        "the inverse modulo 2^255 - 19": (INVERSE, 9, 1),
        "a square root modulo 2^255 - 19": (POWER, 9, 9),
        "calling a function": (CALL, 0, 0),
        "an item of a list": (ITEM, 0, 0),
    }
    rows = [(name, units.duration(price(run.prices, *operation))) for name, operation in others.items()]
    yield from table(("operation", "price"), rows)


def _accounts(run: Run, table: Table) -> Iterator[str]:
    rows = []
    for name in run.counts:
        timed = run.case(name)
        if timed is None or OURS not in timed.figures:
            continue
        measured = timed.figures[OURS].seconds
        parts = account(run, name)
        cells = (
            f"{parts[kind].times:,}<br>{units.duration(parts[kind].seconds)}" if kind in parts else ""
            for kind in KINDS
        )
        share = sum(part.seconds for part in parts.values()) / measured
        rows.append((name, units.duration(measured), *cells, f"{100 * share:.0f} %"))
    yield from table(("work", "measured", *KINDS, "accounted for"), rows)


def _out_of_reach(run: Run, table: Table) -> Iterator[str]:
    """What the missed targets ask for, beside what the operations alone come to."""
    rows = []
    for verdict in targets.judge(run):
        timed = run.case(verdict.what)
        if verdict.reached is False and verdict.needed and timed and verdict.what in run.counts:
            parts = account(run, verdict.what)
            operations = sum(part.seconds for part in parts.values())
            largest = max(parts, key=lambda kind: parts[kind].seconds)
            rows.append(
                (
                    verdict.what,
                    verdict.target,
                    units.duration(verdict.needed),
                    units.duration(timed.figures[OURS].seconds),
                    units.duration(operations),
                    f"{largest}, {units.duration(parts[largest].seconds)}",
                )
            )
    if rows:
        yield "What the missed targets ask for, beside what the operations alone come to:\n"
        head = ("work", "target", "would have to take", "takes", "its operations alone", "most of them")
        yield from table(head, rows)
