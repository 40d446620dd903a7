"""Chains for the differential run: good ones, and what alterations make of them.

    for case in generate.cases(seed=1, count=5000): ...

A case begins as a chain to which nobody objects (`drafts`): a leaf for www.example.com, up to three
intermediates and a root, as the authorities of the web make them.  Most are then altered (`catalogue`), once
or twice, each time at one place: "leaf: expired", "root: no basicConstraints".  The same seed gives the same
bytes, and the cases of a long run begin with those of a short one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from tests.differential import catalogue, drafts


@dataclass(frozen=True)
class Case:
    """A chain as bytes, the leaf first, and what was done to it."""

    number: int
    alterations: tuple[str, ...]
    chain: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    reference: str  # for whom the client looks

    @property
    def what(self) -> frozenset[str]:
        """The alterations without their places."""
        return frozenset(alteration.partition(": ")[2] for alteration in self.alterations)

    def __str__(self) -> str:
        return f"case {self.number} ({', '.join(self.alterations) or 'unaltered'})"


def cases(seed: int, count: int) -> Iterator[Case]:
    for number in range(count):
        yield case(seed, number)


def case(seed: int, number: int) -> Case:
    random = Random(f"{seed} {number}")
    chain = drafts.good_chain(random)
    done: list[str] = []
    if random.random() < 0.4:
        done.append(catalogue.alter(chain, catalogue.SHAPES, random))
    for _ in range(random.choice((0, 1, 1, 1, 2, 2))):
        done.append(catalogue.alter(chain, random.choice(catalogue.GROUPS), random))
    return _signed(number, done, chain)


def singles(seed: int) -> Iterator[Case]:
    """Every alteration by itself, at each of its places in a chain of four."""
    entries = dict.fromkeys(entry for group in (catalogue.SHAPES, *catalogue.GROUPS) for entry in group)
    both = ((entry, place) for entry in entries for place in entry.places)
    for number, (entry, place) in enumerate(both):
        random = Random(f"{seed} {entry.name} {place}")
        chain = drafts.good_chain(random)
        while len(chain.path) != 4:
            chain = drafts.good_chain(random)
        yield _signed(number, [catalogue.alter(chain, [replace(entry, places=(place,))], random)], chain)


def _signed(number: int, done: list[str], chain: drafts.Chain) -> Case:
    return Case(
        number,
        tuple(dict.fromkeys(done)),
        tuple(draft.der() for draft in chain.sent()),
        tuple(draft.der() for draft in chain.anchors),
        chain.reference,
    )
