"""Writes docs/differential.md from a run."""

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import cryptography

from tests.differential import catalogue, disagreements
from tests.differential.disagreements import OPENSSL, PYCA, Kind
from tests.differential.generate import Case
from tests.differential.judges import Verdicts


@dataclass
class Tally:
    """What came of a run so far."""

    chains: int = 0
    unaltered: int = 0
    # of "we, they": how often each pair of verdicts, True for a good chain
    pairs: dict[str, Counter[tuple[bool, bool]]] = field(
        default_factory=lambda: {OPENSSL: Counter(), PYCA: Counter()}
    )
    kinds: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, Case] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)

    def add(self, case: Case, verdicts: Verdicts) -> None:
        self.chains += 1
        self.unaltered += not case.alterations
        self.pairs[OPENSSL][not verdicts.us, not verdicts.openssl] += 1
        self.pairs[PYCA][not verdicts.us_web, not verdicts.pyca] += 1
        for other, said, kind in disagreements.of(case, verdicts):
            if kind is None:
                self.unexplained.append(f"{case}: {other} and we disagree: {said}")
                continue
            self.kinds[kind] += 1
            shortest = self.examples.get(kind, case)
            self.examples[kind] = min(shortest, case, key=lambda one: len(one.alterations))

    @property
    def unused(self) -> list[Kind]:
        """The kinds that explain nothing."""
        return [kind for kind in disagreements.KINDS if not self.kinds[kind]]


INTRODUCTION = """\
# Three verifiers and the same chains

Written by `make differential` on {day}: {chains:,} chains of seed {seed}, by Python {python}, {openssl} and
pyca/cryptography {pyca}.

A generator makes chains as the authorities of the web do, for hosts, wildcards and addresses, with up to
three intermediates. To most of them something is done, at one place or at two, out of a catalogue of
{alterations} alterations: a validity that has ended, a constraint, a twin of an authority, a signature by the
wrong key. Then all are asked about the same bytes:

- **openssl and our profile RFC 5280**: `openssl verify -purpose sslserver -auth_level 2 -policy anyPolicy
  -partial_chain`, with the host's name or address. It is not asked for `-x509_strict`, which is about how
  certificates should be issued.
- **pyca/cryptography and our profile of the web**: its verifier of servers, which has no other profile.

{unaltered:,} of the chains are unaltered, and everybody accepts them.

{table}

Every disagreement was looked up in the standards, and is of one of the kinds below; one of an unknown kind
fails the run. Where we were wrong we have changed, so what remains is either theirs or left open. **Who is
right?** "we" where a standard says so, be it of verifiers or of certificates that we refuse; "both" where it
leaves the choice to the verifier, or where they refuse what has not kept to a rule for those who issue.
openssl may have several complaints about one chain, and then the chain is counted with each.

`python -m tests.differential --seed {seed} --case 178` says what each of them makes of one case, and
writes its files, for `python -m x509 explain` and whoever wants to look into it.
"""

SECTIONS = {
    (OPENSSL, True): "We accept, openssl refuses",
    (OPENSSL, False): "We refuse, openssl accepts",
    (PYCA, True): "Our profile of the web accepts, pyca/cryptography refuses",
    (PYCA, False): "Our profile of the web refuses, pyca/cryptography accepts",
}


def write(tally: Tally, seed: int, openssl: str, day: date) -> str:
    """The page."""
    introduction = INTRODUCTION.format(
        day=day.isoformat(),
        chains=tally.chains,
        seed=seed,
        python=platform.python_version(),
        openssl=openssl,
        pyca=cryptography.__version__,
        alterations=sum(map(len, (catalogue.SHAPES, *dict.fromkeys(map(tuple, catalogue.GROUPS))))),
        unaltered=tally.unaltered,
        table=_agreement(tally),
    )
    return "\n".join([introduction, *(_section(tally, *which) for which in SECTIONS)])


def _agreement(tally: Tally) -> str:
    heading = ["we and", "both accept", "both refuse", "we alone accept", "they alone accept"]
    rows = [
        [
            other,
            *(f"{found[pair]:,}" for pair in ((True, True), (False, False), (True, False), (False, True))),
        ]
        for other, found in tally.pairs.items()
    ]
    return table(heading, rows)


def _section(tally: Tally, other: str, we_accept: bool) -> str:
    rows = [
        f"| {tally.kinds[kind]} | {tally.examples[kind]} {told(kind)}"
        for kind in disagreements.KINDS
        if (kind.other, kind.we_accept) == (other, we_accept)
    ]
    heading = table(["cases", "for example", "kind", "right", "by", "why"], [])
    return "\n".join([f"## {SECTIONS[other, we_accept]}\n", heading, *rows, ""])


def told(kind: Kind) -> str:
    """The end of the kind's row, which is the same for every run."""
    return f"| **{kind.name}** | {kind.right} | {kind.source} | {kind.why} |"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
