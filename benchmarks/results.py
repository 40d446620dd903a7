"""What came out of a run: figures, and everything that is needed to understand them.  To JSON and back."""

import math
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from benchmarks.contenders import OURS, Absent

MACHINE = ("processor", "cores", "Python", "system", "date")  # what is said of it


@dataclass(frozen=True)
class Figure:
    """The fastest of the rounds."""

    seconds: float  # of one call
    rounds: int
    calls: int  # in each round


@dataclass(frozen=True)
class Timed:
    """One case, and how everyone did."""

    name: str
    group: str
    size: int | None  # bytes
    figures: dict[str, Figure]  # by contender; ours is first
    absent: list[Absent] = field(default_factory=list)


@dataclass(frozen=True)
class Peer:
    """A contender, as a reader of the tables has to know him."""

    name: str
    version: str
    language: str  # contenders.C or contenders.PYTHON
    hashes_itself: bool
    note: str


@dataclass(frozen=True)
class Startup:
    """What a fresh process pays, in seconds: the median of several."""

    processes: int
    import_tls: float  # `import tls`, which loads the rest when it is asked for
    import_all: float  # and everything that a connection needs
    tables_on_import: int  # what the tables hold before anything was computed
    first_use: dict[str, float]  # by primitive: how much longer its first call takes than its second
    first_handshake: float  # both ends, their configuration included
    later_handshake: float


@dataclass(frozen=True)
class Step:
    """One side at work on one thing without interruption, in seconds from the beginning."""

    side: str
    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Share:
    """All that one side does of one thing."""

    side: str
    name: str
    count: int
    seconds: float


ALL = "*"  # of the sides, or of what they do: the pattern that fits every name


class Total(NamedTuple):
    """Several shares together."""

    times: int
    seconds: float


@dataclass(frozen=True)
class Waterfall:
    """One handshake of ours, taken apart."""

    steps: list[Step]
    shares: list[Share]

    def total(self, *names: str, side: str = ALL) -> Total:
        """All that the sides do of these things; names are patterns as a shell has them, such as "* sign"."""
        shares = [
            share
            for share in self.shares
            if fnmatchcase(share.side, side) and any(fnmatchcase(share.name, name) for name in names)
        ]
        return Total(sum(share.count for share in shares), sum(share.seconds for share in shares))


@dataclass(frozen=True)
class Waterfalls:
    """A handshake between two that have never met, and one that resumes their session."""

    full: Waterfall
    resumed: Waterfall

    def names(self, side: str) -> list[str]:
        """What the side does in either of them: what takes longest in the full one comes first."""
        names = dict.fromkeys(
            share.name for share in (*self.full.shares, *self.resumed.shares) if share.side == side
        )
        return sorted(names, key=lambda name: -self.full.total(name, side=side).seconds)


class Count(NamedTuple):
    """How often an operation was done on operands of so many digits; 0 where digits do not matter."""

    operation: str
    left: int
    right: int
    times: int


class Price(NamedTuple):
    """What an operation takes on operands of so many digits."""

    operation: str
    left: int
    right: int
    seconds: float


class Spread(NamedTuple):
    """The median of many, and how far it can be trusted."""

    median: float
    low: float  # 95 of 100 times, the median of very many is between these two
    high: float


@dataclass(frozen=True)
class Observing:
    """What it costs that one can look: handshakes beside those of a twin that nobody can look into."""

    rounds: int
    twin: float  # seconds of its handshake, the median
    ratios: dict[str, Spread]  # by who: how long it took, in times of what the twin took in the same round


@dataclass(frozen=True)
class Run:
    """A whole report."""

    machine: dict[str, str]
    quick: bool
    seconds: float  # that the run took
    peers: list[Peer]
    absent: list[Absent]  # who is not there at all
    cases: list[Timed]
    startup: Startup | None = None
    waterfalls: Waterfalls | None = None
    observing: Observing | None = None
    prices: list[Price] = field(default_factory=list)  # of CPython's own operations
    counts: dict[str, list[Count]] = field(default_factory=dict)  # of them, by case of ours

    def case(self, name: str) -> Timed | None:
        return next((timed for timed in self.cases if timed.name == name), None)


class Best(NamedTuple):
    """The fastest of some contenders at a case."""

    name: str
    seconds: float


def best(run: Run, timed: Timed, language: str) -> Best | None:
    """The fastest of the others that are written in this language, if any took part."""
    languages = {peer.name: peer.language for peer in run.peers}
    others = [
        Best(name, figure.seconds)
        for name, figure in timed.figures.items()
        if name != OURS and languages.get(name) == language
    ]
    return min(others, key=lambda other: other.seconds, default=None)


def to_json(run: Run) -> dict[str, Any]:
    return asdict(run)


def from_json(data: Any) -> Run:
    """ValueError if this is not what `to_json` wrote, or says what no run can have found."""
    run: Run = _read(Run, data)
    if missing := set(MACHINE) - run.machine.keys():
        raise ValueError(f"the machine's {', '.join(missing)} is missing")
    times = [figure.seconds for timed in run.cases for figure in timed.figures.values()]
    if run.waterfalls is not None:
        falls = (run.waterfalls.full, run.waterfalls.resumed)
        times += [share.seconds for fall in falls for share in fall.shares]
    if any(seconds <= 0 for seconds in times):
        raise ValueError("nothing takes no time")
    return run


def _read(kind: Any, data: Any) -> Any:
    """The value of type `kind` that is written as `data`; ValueError if it is of another type."""
    arguments = get_args(kind)
    if get_origin(kind) is UnionType:  # something, or None
        return None if data is None else _read(arguments[0], data)
    if get_origin(kind) is list:
        return [_read(arguments[0], item) for item in _typed(list, data)]
    if get_origin(kind) is dict:
        return {name: _read(arguments[1], value) for name, value in _typed(dict, data).items()}
    if kind is float:
        number = _typed(int if isinstance(data, int) else float, data)
        if not math.isfinite(number):
            raise ValueError(f"{number} is no measurement")
        return float(number)
    if kind in (str, int, bool):
        return _typed(kind, data)
    fields = get_type_hints(kind)  # of one of the classes above: objects in JSON, the tuples arrays
    if issubclass(kind, tuple):
        data = dict(zip(fields, _typed(list, data), strict=True))
    if _typed(dict, data).keys() != fields.keys():
        raise ValueError(f"{kind.__name__} has the fields {', '.join(fields)}")
    return kind(**{name: _read(fields[name], value) for name, value in data.items()})


def _typed(kind: type, data: Any) -> Any:
    if type(data) is not kind:
        raise ValueError(f"{data!r} is no {kind.__name__}")
    return data
