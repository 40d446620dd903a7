"""Running the vectors: which there are, how each one ended, and what it took.

`python -m purecrypto vectors` shows what this module finds out; nothing is drawn here.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import vectors
from purecrypto import known_answers, wycheproof


@dataclass(frozen=True)
class Case:
    """One vector, ready to run: `check` raises unless the code gives the published answer."""

    primitive: str  # "hmac-sha256"
    source: str  # "RFC 4231"
    id: str
    check: Callable[[], None]
    slow: bool = False  # takes minutes


@dataclass
class Tally:
    """How the vectors of one primitive and one source have ended so far."""

    primitive: str
    source: str
    passed: int = 0
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)  # id: reason


@dataclass
class Run:
    """The cases to run, their tallies, and a line for each part that is left out."""

    cases: list[Case]
    left_out: list[str]

    def __post_init__(self) -> None:
        pairs = dict.fromkeys((case.primitive, case.source) for case in self.cases)
        self.tallies = {pair: Tally(*pair) for pair in pairs}

    def results(self) -> Iterator[Case]:
        """Run each case in turn, count it, and yield it."""
        for case in self.cases:
            tally = self.tallies[case.primitive, case.source]
            started = time.perf_counter()
            try:
                case.check()
            except known_answers.Mismatch as mismatch:
                tally.failures[case.id] = str(mismatch)
            except Exception as crash:  # to crash is to fail, and no reason to stop
                tally.failures[case.id] = f"{type(crash).__name__}: {crash}"
            else:
                tally.passed += 1
            tally.seconds += time.perf_counter() - started
            yield case

    @property
    def passed(self) -> int:
        return sum(tally.passed for tally in self.tallies.values())

    @property
    def failed(self) -> int:
        return sum(len(tally.failures) for tally in self.tallies.values())

    @property
    def seconds(self) -> float:
        return sum(tally.seconds for tally in self.tallies.values())


def names() -> list[str]:
    """Return what `prepare` takes as `only`: each primitive, and "hmac" for every "hmac-..."."""
    primitives = {*known_answers.CHECKS, *wycheproof.FILES}
    return sorted(primitives | {name.split("-", maxsplit=1)[0] for name in primitives})


def prepare(only: tuple[str, ...] = (), *, slow: bool = False) -> Run:
    """Return the run of every vector, or of those named in `only`; slow ones only where asked for."""
    cases = [*_published(), *_wycheproof()]
    order = list(dict.fromkeys(case.primitive for case in cases))
    cases.sort(key=lambda case: order.index(case.primitive))  # a primitive's sources side by side
    cases = [case for case in cases if not only or _is_one_of(case.primitive, only)]

    left_out = [] if slow else [f"{case.id} takes minutes: --slow" for case in cases if case.slow]
    for name in dict.fromkeys(case.primitive for case in cases if case.primitive in wycheproof.FILES):
        reasons = wycheproof.all_left_out(name).items()
        left_out += [f"{count} of Wycheproof's {name}: {reason}" for reason, count in reasons]
    if wycheproof.folder() is None:
        left_out.append(
            f"Wycheproof is not installed: {sys.executable} -m pip install {wycheproof.DISTRIBUTION}"
        )
    return Run([case for case in cases if slow or not case.slow], left_out)


def _published() -> Iterator[Case]:
    """Yield the vectors of our own files; "tls13_..." are handshakes, which no primitive runs."""
    for name in vectors.names():
        content = vectors.load(name)
        source = content["source"]["title"].split(":", maxsplit=1)[0]
        for group in content["groups"]:
            operation = group["operation"]
            if not operation.startswith("tls13_"):
                for vector in group["vectors"]:
                    slow = bool(vector.get("slow"))
                    yield Case(operation, source, vector["id"], _bound(operation, vector), slow)


def _wycheproof() -> Iterator[Case]:
    for operation, identifier, check in wycheproof.tests():
        yield Case(operation, "Wycheproof", identifier, check)


def _bound(operation: str, vector: known_answers.Vector) -> Callable[[], None]:
    return lambda: known_answers.CHECKS[operation](vector)


def _is_one_of(primitive: str, wanted: tuple[str, ...]) -> bool:
    return any(primitive == name or primitive.startswith(f"{name}-") for name in wanted)
