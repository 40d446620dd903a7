"""Honest conversations, and attacks on bad channels that tests make up, under the journey's own referee."""

from collections.abc import Callable, Sequence
from typing import Any

from journey import referee
from journey.attacks import Attack, Evidence
from journey.ladder import Rung
from journey.parties import Link, Party
from journey.referee import Outcome
from journey.scene import Scene


def watch(rung: Rung, run: Callable[[Scene], None], **options: Any) -> tuple[Outcome, Evidence]:
    """Run a scene and return what came of it, and the evidence that a referee would have."""
    kept: list[Evidence] = []

    def remember(evidence: Evidence) -> bool:
        kept.append(evidence)
        return True

    outcome = referee.play(Attack("a test", run, remember, wins=()), rung, **options)
    return outcome, kept[0]


def converse(
    rung: Rung,
    client: Sequence[bytes],
    server: Sequence[bytes],
    mallory: Callable[[Link], None] = Link.relay,
    **options: Any,
) -> dict[str, Party]:
    """Let both parties say these messages; whoever sits in between lets everything pass."""

    def run(scene: Scene) -> None:
        says = [[scene.message(text) for text in texts] for texts in (client, server)]
        with scene.connect(client=says[0], server=says[1]) as link:
            mallory(link)

    _, evidence = watch(rung, run, **options)
    return {str(role): party for role, party in evidence.links[0].parties.items()}
