"""What happens in a scene, as data: whoever tells the story decides how it looks.

The attack and the referee emit these; `narration` draws them, the matrix swallows them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from journey.layout import Layout


@dataclass(frozen=True)
class Said:
    """An honest party is about to send this.  `known` is what anybody could guess of it: the rest is '?'."""

    connection: int
    party: str
    text: bytes
    known: bytes


@dataclass(frozen=True)
class Told:
    """The attacker says what she does and why."""

    text: str


@dataclass(frozen=True)
class Shown:
    """Bytes that the attacker looks at, or has made from those `before`."""

    label: str
    frame: bytes
    layout: Layout | None
    before: bytes | None = None


@dataclass(frozen=True)
class Revealed:
    """The referee hands out a secret: a theft."""

    name: str
    value: str


@dataclass(frozen=True)
class Claimed:
    """The attacker says that this is the secret."""

    guess: bytes
    right: bool


@dataclass(frozen=True)
class Accepted:
    """What an honest party has taken for the words of its peer."""

    connection: int
    party: str
    messages: tuple[bytes, ...]
    sent_by_peer: tuple[bytes, ...] | None  # None: there is no peer


@dataclass(frozen=True)
class Refusal:
    """An honest party stopped, here and for this reason."""

    connection: int
    party: str
    where: str
    reason: str


Event: TypeAlias = Said | Told | Shown | Revealed | Claimed | Accepted | Refusal
Listener: TypeAlias = Callable[[Event], None]


def nobody(event: Event) -> None:
    """The listener that does not listen."""
