"""The referee: holds the secrets, runs the parties, and decides what came of an attack.

    outcome = referee.play(attack, rung)

Everything is fresh each time: keys, names, messages.  With a seed, everything is the same each time.
"""

import enum
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from journey import credentials, story
from journey.attacks import Attack
from journey.errors import EndOfStream, Refused
from journey.ladder import HERE, Rung
from journey.parties import PEER, Link, Party
from journey.randomness import RandomBytes, seeded
from journey.scene import Scene
from journey.story import Listener
from journey.wire import Leg, Memory, Tap, Wire
from purecrypto import entropy

ROOT = HERE.parent
# A refusal is placed where the rung's code, or the real stack's, gave up: not in the tools that it used.
PLACES = tuple(ROOT / package for package in ("record", "x509", "handshake", "tls"))


class Result(enum.StrEnum):
    """What can come of an attack against a rung."""

    SUCCEEDS = "succeeds"
    REFUSED = "refused"
    LEARNS_NOTHING = "learns nothing"
    DOES_NOT_APPLY = "does not apply"


@dataclass(frozen=True)
class Outcome:
    """One cell of the matrix.  `where` and `why` belong to a refusal; `why` also says what is missing."""

    result: Result
    where: str | None = None  # file:line
    why: str | None = None

    def __str__(self) -> str:
        match self.result:
            case Result.REFUSED:
                return f"refused at {self.where}"
            case Result.DOES_NOT_APPLY:
                return f"does not apply: {self.why}"
        return str(self.result)


@dataclass(frozen=True)
class Crossing:
    """One frame on one of the wires."""

    connection: int
    party: str  # whose wire it is
    to_party: bool
    frame: bytes


def play(
    attack: Attack,
    rung: Rung,
    *,
    seed: str | None = None,
    lay: Callable[[str, Tap], tuple[Wire, Leg]] | None = None,
    capture: Callable[[Crossing], None] = lambda crossing: None,
    listener: Listener = story.nobody,
) -> Outcome:
    """Run one attack against one rung and judge it."""
    lack = attack.missing(rung)
    if lack is not None:
        return Outcome(Result.DOES_NOT_APPLY, why=lack)
    scene = Scene(
        rung,
        credentials=credentials.issue(_source(seed)("credentials")),
        source=_source(seed),
        lay=lay or Memory().lay,
        tap=lambda *crossing: capture(Crossing(*crossing)),
        listener=listener,
    )
    evidence = scene._evidence
    try:
        attack.run(scene)
    except (EndOfStream, Refused):
        pass  # somebody would not go on: with whom she spoke, or her own copy of the honest code
    finally:
        for link in evidence.links:
            link.close()
    refusals = [(link, party) for link in evidence.links for party in link.parties.values() if party.refused]
    for link in evidence.links:
        for party in link.parties.values():
            _report(link, party, listener)
    if attack.goal(evidence):
        return Outcome(Result.SUCCEEDS)
    if refusals:
        refused = refusals[-1][1].refused
        assert refused is not None
        return Outcome(Result.REFUSED, place(refused), str(refused))
    return Outcome(Result.LEARNS_NOTHING)


def _report(link: Link, party: Party, listener: Listener) -> None:
    if party.accepted and link.aloud:
        peer = link.parties.get(PEER[party.role])
        sent = tuple(peer.sent) if peer else None
        listener(story.Accepted(link.number, party.role, tuple(party.accepted), sent))
    if party.refused is not None:
        listener(story.Refusal(link.number, party.role, place(party.refused), str(party.refused)))


def place(error: BaseException) -> str:
    """The innermost line of the rung's own code, or of the real stack below it, in an error's traceback."""
    origin = error.__cause__  # `raise Refused(...) from error`: where the first error came up
    if origin is None and type(error.__context__) is type(error):
        origin = error.__context__  # the same one, raised again with more words
    if origin is not None:
        return place(origin)
    found = "?"
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if any(path.is_relative_to(place) for place in PLACES) or _is_a_rungs(path):
            found = f"{path.relative_to(ROOT).as_posix()}:{frame.lineno}"
    return found


def _is_a_rungs(path: Path) -> bool:
    return path.is_relative_to(HERE) and path.parent != HERE


def _source(seed: str | None) -> Callable[[str], RandomBytes]:
    """Random bytes for each purpose: the operating system's, or a stream of its own from the seed."""
    if seed is None:
        return lambda purpose: entropy.random_bytes
    return lambda purpose: seeded(f"{seed}/{purpose}")
