"""In the room of the recording that waits: keep what was sent, and open it when it has become easy.

Two different years are played.  In one there is a quantum computer: it finds logarithms, and a table of baby
steps in a small group stands for it.  In the other somebody has found out how to solve equations that are a
little wrong: three unknowns stand for them.
"""

from dataclasses import dataclass

from journey.attacks import Attack, Need, reads_a_secret
from journey.errors import Refused
from journey.ladder import Rung
from journey.parties import Secret
from journey.rooms.recording_that_waits.channel import NUMBERS, channel_under
from journey.rooms.toy_lattice import attack as toy_lattice
from journey.rooms.toy_lattice.channel import THREE, Agreement
from journey.s09_small_numbers import attack as s09
from journey.scene import Scene
from journey.wire import Recording

CODE_WORDS = b"the source's name is "


@dataclass(frozen=True)
class Kept:
    """What lies in her cellar: the offers and answers by name, and the client's records."""

    offers: dict[str, bytes]
    answers: dict[str, bytes]
    records: list[bytes]
    secret: Secret  # which she would like to know


def wait_for_a_quantum_computer(scene: Scene) -> None:
    """Record a conversation; many years later, compute the client's exponent."""
    kept = record(scene)
    scene.tell("Twenty years later there is a computer that finds logarithms.")
    offer, answer = kept.offers[NUMBERS.name], kept.answers[NUMBERS.name]
    group = NUMBERS.group
    scene.show_bytes("the client's share", offer)
    x = s09.logarithm(group, int.from_bytes(offer, "big"))
    scene.tell(f"{group.g}^{x} mod {group.p} = {int.from_bytes(offer, 'big')}: that was its exponent.")
    scene.show_bytes("the server's share", answer)
    number = group.agree(x.to_bytes(group.private_size, "big"), answer)
    scene.tell(f"Raised to that power, it is {int.from_bytes(number, 'big')}: both computed this number.")
    read(scene, kept, NUMBERS, number)


def wait_for_a_discovery(scene: Scene) -> None:
    """Record a conversation; many years later, solve the client's equations."""
    kept = record(scene)
    scene.tell("Ten years later somebody solves equations that are a little wrong.")
    A, t = THREE.equations(kept.offers[THREE.name])
    toy_lattice.show_equations(scene, THREE, A, t)
    s = next(toy_lattice.small_solutions(THREE, A, t))
    scene.tell(f"{toy_lattice.written(s)}: with that each bit of the server's answer opens.")
    read(scene, kept, THREE, THREE.decrypt(s, kept.answers[THREE.name]))


def record(scene: Scene) -> Kept:
    """Let everything pass, change nothing, and keep it."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        hellos = link.handshake()
        link.relay()
    client_hello, server_hello = (
        layout.dissect(frame) for (_, layout), frame in zip(scene.rung.handshake, hellos, strict=True)
    )
    size = sum(map(len, link.client.received + link.server.received))
    scene.tell(f"She has listened, and keeps {size} bytes.  Both have hung up, and their keys are gone.")
    _, *records = link.client.received
    scene.show("the record that she cannot read", records[0])
    return Kept(client_hello, server_hello, records, secret)


def read(scene: Scene, kept: Kept, broken: Agreement, found: bytes) -> None:
    """Open the record with what was found.  Where another half belongs, she has nothing better than zeros."""
    secrets = [found if half == broken else bytes(32) for half in scene.rung.channel.halves]
    for half in scene.rung.channel.halves:
        if half != broken:
            offer, answer = len(kept.offers[half.name]), len(kept.answers[half.name])
            scene.tell(
                f"But the keys were made of this and of {half.name}: {offer} bytes there, {answer} back."
            )
            scene.tell("She knows nothing of that half, and puts zeros in its place.")
    channel = channel_under(Recording(kept.records), "server", secrets)
    try:
        scene.claim(kept.secret, channel.receive().removeprefix(CODE_WORDS))
    except Refused:
        scene.tell("The record does not open.")


def is_agreed_on_with(half: Agreement, otherwise: str) -> Need:
    """A need: this half in the secret."""

    def missing(rung: Rung) -> str | None:
        return None if half in rung.channel.halves else otherwise

    return missing


ATTACKS = (
    Attack(
        "wait for a quantum computer",
        wait_for_a_quantum_computer,
        reads_a_secret,
        wins=((0, 0),),
        needs=(is_agreed_on_with(NUMBERS, "no logarithm here that a toy could compute"),),
    ),
    Attack(
        "wait for a discovery",
        wait_for_a_discovery,
        reads_a_secret,
        wins=((2, 2),),
        needs=(is_agreed_on_with(THREE, "no equations here that a toy could solve"),),
    ),
)
