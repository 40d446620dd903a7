"""What came out of a run: figures, and everything that is needed to understand them.  To JSON and back."""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from benchmarks.contenders import OURS, Absent


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


@dataclass(frozen=True)
class Waterfall:
    """One handshake of ours, taken apart."""

    steps: list[Step]
    shares: list[Share]


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
    waterfall: Waterfall | None = None
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


def from_json(data: dict[str, Any]) -> Run:
    """KeyError or TypeError if this is not what `to_json` wrote."""
    startup, waterfall = data["startup"], data["waterfall"]
    return Run(
        machine=dict(data["machine"]),
        quick=bool(data["quick"]),
        seconds=float(data["seconds"]),
        peers=[Peer(**peer) for peer in data["peers"]],
        absent=[Absent(**absent) for absent in data["absent"]],
        cases=[
            Timed(
                name=timed["name"],
                group=timed["group"],
                size=timed["size"],
                figures={name: Figure(**figure) for name, figure in timed["figures"].items()},
                absent=[Absent(**absent) for absent in timed["absent"]],
            )
            for timed in data["cases"]
        ],
        startup=None if startup is None else Startup(**startup),
        waterfall=None
        if waterfall is None
        else Waterfall(
            steps=[Step(**step) for step in waterfall["steps"]],
            shares=[Share(**share) for share in waterfall["shares"]],
        ),
        prices=[Price(*price) for price in data["prices"]],
        counts={name: [Count(*count) for count in counts] for name, counts in data["counts"].items()},
    )
