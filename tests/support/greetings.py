"""Handshakes of the journey in which something is edited on the way."""

from collections.abc import Callable

from journey import referee
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.ladder import Rung
from journey.parties import Party
from journey.scene import Scene
from tests.support.journey import watch

Edit = Callable[[Role, dict[str, bytes]], None]


def edited(
    rung: Rung, edit: Edit, *, first_contact: bool = False, seed: str | None = None
) -> dict[Role, Party]:
    """Both parties after a handshake with edited fields; the client says `hello` and the server `welcome`."""

    def run(scene: Scene) -> None:
        lines = {"client": [scene.message(b"hello")], "server": [scene.message(b"welcome")]}
        with scene.connect(**lines, first_contact=first_contact) as link:
            link.handshake(edit)
            link.relay()

    _, evidence = watch(rung, run, seed=seed)
    return evidence.links[0].parties


def nothing(sender: Role, fields: dict[str, bytes]) -> None:
    """The edit that changes nothing."""


def understood_each_other(parties: dict[Role, Party]) -> bool:
    return parties["server"].accepted == [b"hello"] and parties["client"].accepted == [b"welcome"]


def refusal(party: Party) -> tuple[str, str]:
    """File and reason; AssertionError if it has refused nothing."""
    assert isinstance(party.refused, Refused)
    return referee.place(party.refused).rsplit(":", 1)[0].removeprefix("journey/"), str(party.refused)


def mallorys(rung: Rung) -> Credentials:
    """The credentials of the attacker of some run."""
    kept: list[Credentials] = []
    watch(rung, lambda scene: kept.append(scene.credentials))
    return kept[0]
