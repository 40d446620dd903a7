"""A mutant, and its trial: is the hostile act refused with the check, and does it get through without?

A mutant whose trial shows no difference *survives*: then the check is not needed, or, more likely, nobody
would notice if it were lost.  None may survive.
"""

import enum
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from handshake.errors import PEER_FAULTS
from journey import ladder, referee, story
from journey.attacks import Attack, Evidence
from journey.ladder import HERE, Rung
from journey.mutants import surgery
from journey.mutants.stage import Stage
from journey.mutants.surgery import Edit
from journey.referee import Result
from journey.s21_tls13 import channel as s21
from purecrypto.errors import CryptoError

Act: TypeAlias = Callable[[Stage], str]  # says what got through; raises what it was refused with


class Kind(enum.StrEnum):
    """Who gets something through when the check is gone."""

    ATTACK = "attack"  # anybody on the way, with what is public or was stolen aloud
    HOSTILE_PEER = "hostile peer"  # the one with whom the victim speaks
    VECTOR = "published vector"  # nobody on the wire yet: a document says that this is to be refused


class Beaten(Exception):
    """A hostile act has come to nothing; `where` is the line that stopped it, if one did."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(why)
        self.where = where


@dataclass(frozen=True)
class Mutant:
    """The stack without one check.

    name     a few words: what is missing
    section  where the rule is
    edits    what makes the mutant; the first one is at the check
    kind     who profits
    act      what then gets through
    """

    name: str
    section: str
    edits: tuple[Edit, ...]
    kind: Kind
    act: Act

    @property
    def where(self) -> str:
        return self.edits[0].where


@dataclass(frozen=True)
class Finding:
    """What came of one hostile act."""

    got_through: bool
    text: str
    where: str = ""  # file:line of a refusal


@dataclass(frozen=True)
class Verdict:
    """A mutant's trial: the same act with the check in its place, and without it."""

    mutant: Mutant
    with_check: Finding
    without_check: Finding

    @property
    def survives(self) -> bool:
        return self.with_check.got_through or not self.without_check.got_through


def judge(mutant: Mutant, stage: Stage) -> Verdict:
    """Try the mutant's act against the real stack, then against the mutant."""
    with_check = attempt(mutant.act, stage)
    with surgery.applied(mutant.edits):
        without_check = attempt(mutant.act, stage)
    return Verdict(mutant, with_check, without_check)


def attempt(act: Act, stage: Stage) -> Finding:
    """Try a hostile act; anything but a refusal that a peer can cause is a bug, and raised."""
    try:
        return Finding(True, act(stage))
    except Beaten as beaten:
        return Finding(False, str(beaten), beaten.where)
    except (*PEER_FAULTS, CryptoError) as error:
        return Finding(False, f"{type(error).__name__}: {error}", place(error))


def place(error: BaseException) -> str:
    """The innermost line of ours that raised this, or what it was raised from."""
    origin = error.__cause__
    if origin is None and type(error.__context__) is type(error):
        origin = error.__context__  # the same one, raised again with more words
    if origin is not None:
        return place(origin)
    found = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    return f"{Path(found[-1].filename).relative_to(HERE.parent).as_posix()}:{found[-1].lineno}"


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(HERE.parent)


# --- Attacks under the referee of the journey --------------------------------------------------------------

TOP = Rung(21, "s21_tls13", s21)  # the real stack


def on(rung: Rung, *attacks: Attack | str) -> Act:
    """An act: play these attacks; a name means the ladder's attack that is called so.

    They stand or fall together: RuntimeError if only some of them succeed.
    """

    def act(stage: Stage) -> str:
        gains, defeats = [], []
        known = {attack.name: attack for rung in ladder.rungs() for attack in rung.attacks}
        for wanted in attacks:
            attack = known[wanted] if isinstance(wanted, str) else wanted
            evidence, heard = _play(attack, rung)
            if attack.goal(evidence):
                gains.append(f"{attack.name}: {_gain(heard)}")
            else:
                defeats.append(_defeat(attack, evidence))
        if gains and defeats:
            raise RuntimeError(f"one succeeds, the other does not: {gains} and {defeats}")
        if defeats:
            raise defeats[-1]
        return "; ".join(gains)

    return act


def _play(attack: Attack, rung: Rung) -> tuple[Evidence, list[story.Event]]:
    """Let the referee play it; return what he has seen, and what an audience has heard."""
    seen: list[Evidence] = []
    heard: list[story.Event] = []

    def goal(evidence: Evidence) -> bool:
        seen.append(evidence)
        return attack.goal(evidence)

    outcome = referee.play(replace(attack, goal=goal), rung, listener=heard.append)
    if not seen:
        raise ValueError(f"{attack.name}: {outcome}")
    return seen[0], heard


def _defeat(attack: Attack, evidence: Evidence) -> Beaten:
    """What has stopped the attack."""
    refused = [party.refused for party in evidence.parties() if party.refused is not None]
    if not refused:
        return Beaten(f"{attack.name}: {Result.LEARNS_NOTHING}")
    error = refused[-1].__cause__ or refused[-1]
    return Beaten(f"{type(error).__name__}: {error}", place(error))


def _gain(events: list[story.Event]) -> str:
    """What the attacker has from it: a secret, or words that somebody believes."""
    gains = []
    for event in events:
        match event:
            case story.Claimed(guess, True):
                gains.append(f"she reads the secret {quoted(guess)}")
            case story.Accepted(_, party, messages, _):
                gains.append(f"the {party} accepts {' and '.join(map(quoted, messages))}")
    return gains[-1] if gains else "it wins"


# --- Saying what came of it --------------------------------------------------------------------------------


def quoted(data: bytes) -> str:
    """Bytes as a person reads them."""
    return repr(data)[1:]


def crash(bug: Exception) -> str:
    """A peer's bytes have caused what only our own bugs may raise."""
    return f"the program crashes: {type(bug).__name__} comes out of receive_data"


def report(verdict: Verdict) -> dict[str, Any]:
    """One verdict as plain data, for `--json`."""
    mutant = verdict.mutant
    return {
        "mutant": mutant.name,
        "section": mutant.section,
        "where": mutant.where,
        "check": mutant.edits[0].check,
        "kind": mutant.kind.value,
        "with_check": {"refused": verdict.with_check.text, "where": verdict.with_check.where},
        "without_check": verdict.without_check.text,
        "survives": verdict.survives,
    }
