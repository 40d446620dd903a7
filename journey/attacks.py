"""What an attack declares about itself: what it needs, what it is after, and where it gets it.

An attack is one function, `run(scene)`, the same for every rung.  It works through what the rung publishes
and what the scene offers; it does not decide whether it has succeeded.  That is what its goal is for: a
question to the referee, who has the evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from journey.ladder import Rung

if TYPE_CHECKING:
    from journey.parties import Link, Party, Secret
    from journey.scene import Scene

Need: TypeAlias = Callable[[Rung], str | None]  # what the rung lacks, or None


@dataclass
class Evidence:
    """What the referee has to judge by."""

    links: "list[Link]" = field(default_factory=list)
    claims: "list[tuple[Secret, bytes]]" = field(default_factory=list)  # "this secret is that text"
    aims: list[bytes] = field(default_factory=list)  # texts that the attacker said she would have accepted

    def parties(self) -> "list[Party]":
        return [party for link in self.links for party in link.parties.values()]


Goal: TypeAlias = Callable[[Evidence], bool]


@dataclass(frozen=True)
class Attack:
    """One way to break a channel.

    name         a few words, unique on the journey
    run          the attack itself
    goal         decides whether it has succeeded
    wins         the rungs on which it does: (first, last), ...  A second interval is a reopening, and the
                 README of the rung that reopens says under "What it gives up" why
    needs        what a rung must publish for the attack to be tried at all
    reveals      the secrets that somebody has to steal for it, by their names
    chance       of success on those rungs; a test measures it
    translation  if the attack cannot be tried on the top rung: the name of the one that takes its place
    """

    name: str
    run: "Callable[[Scene], None]"
    goal: Goal
    wins: tuple[tuple[int, int], ...]
    needs: tuple[Need, ...] = ()
    reveals: tuple[str, ...] = ()
    chance: float = 1.0
    translation: str | None = None

    def wins_on(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.wins)

    def missing(self, rung: Rung) -> str | None:
        """What the rung lacks, in words; None if the attack can be tried."""
        return next((lack for need in self.needs if (lack := need(rung)) is not None), None)


# --- Needs -------------------------------------------------------------------------------------------------


def a_field(name: str, size: int | None = None) -> Need:
    """Records with a field of this name, and of this size if one is given."""

    def missing(rung: Rung) -> str | None:
        found = rung.record.field(name)
        if found is None:
            return f"its records have no {name}"
        if size is not None and found.size != size:
            return f"its {name} has {found.size} bytes, not {size}"
        return None

    return missing


def a_greeting(name: str) -> Need:
    """A handshake in which a field of this name is sent."""

    def missing(rung: Rung) -> str | None:
        if not rung.handshake:
            return "it has no handshake"
        if not any(layout.field(name) for _, layout in rung.handshake):
            return f"nobody sends a {name} in its handshake"
        return None

    return missing


def a_constant(name: str, what: str) -> Need:
    """A constant that the rung's module publishes; `what` says in words what is missing without it."""
    return lambda rung: None if hasattr(rung.channel, name) else f"it has no {what}"


# --- Goals -------------------------------------------------------------------------------------------------


def reads_a_secret(evidence: Evidence) -> bool:
    """The attacker has said what a secret is, and it is that."""
    return any(secret._text == guess for secret, guess in evidence.claims)


def plants_her_words(evidence: Evidence) -> bool:
    """A party has accepted a message with the text that the attacker announced; its peer sent none such."""
    return any(
        aim in accepted
        for link in evidence.links
        for party in link.parties.values()
        for accepted in _not_sent_by_the_peer(link, party)
        for aim in evidence.aims
    )


def changes_a_message(evidence: Evidence) -> bool:
    """A party has accepted a message that its peer never sent."""
    return any(
        _not_sent_by_the_peer(link, party) for link in evidence.links for party in link.parties.values()
    )


def changes_the_order(evidence: Evidence) -> bool:
    """A party has accepted its peer's messages in another order or number than they were sent."""
    return any(
        party.accepted != _sent_by_the_peer(link, party)[: len(party.accepted)]
        for link in evidence.links
        for party in link.parties.values()
        if len(link.parties) == 2
    )


def reflects_a_message(evidence: Evidence) -> bool:
    """A party has accepted its own words as its peer's."""
    return any(
        message in party.sent
        for link in evidence.links
        for party in link.parties.values()
        for message in _not_sent_by_the_peer(link, party)
    )


def repeats_a_connection(evidence: Evidence) -> bool:
    """A party without a peer has accepted messages: all that it heard was a recording."""
    return any(
        party.accepted for link in evidence.links if len(link.parties) == 1 for party in link.parties.values()
    )


def cuts_the_end(evidence: Evidence) -> bool:
    """A party believes that its peer has said everything, and it has not."""
    return any(
        party.heard_the_end and party.accepted != _sent_by_the_peer(link, party)
        for link in evidence.links
        for party in link.parties.values()
    )


def _sent_by_the_peer(link: "Link", party: "Party") -> list[bytes]:
    return [text for other in link.parties.values() if other is not party for text in other.sent]


def _not_sent_by_the_peer(link: "Link", party: "Party") -> list[bytes]:
    sent = _sent_by_the_peer(link, party)
    return [message for message in party.accepted if message not in sent]
