"""In the room of the recording that waits: keep what was sent, and open it when it has become easy.

Two different years are played.  In one there is a quantum computer: it finds logarithms, and a table of baby
steps in a small group stands for it, or a table of all shares where X25519 has few private keys.  In the
other somebody has found out how to solve equations that are a little wrong: three unknowns stand for them.
"""

import functools
from dataclasses import dataclass

from journey.attacks import Attack, Need, reads_a_secret
from journey.errors import Refused
from journey.ladder import Rung
from journey.parties import Secret
from journey.rooms.recording_that_waits.channel import NUMBERS, SMALL_CURVE
from journey.rooms.toy_lattice import attack as toy_lattice
from journey.rooms.toy_lattice.channel import THREE, Agreement
from journey.s09_small_numbers import attack as s09
from journey.s11_x25519 import channel as s11
from journey.scene import Scene

CODE_WORDS = b"the source's name is "


@dataclass(frozen=True)
class Kept:
    """What lies in her cellar: all frames, and the offers and answers in them by name."""

    from_client: list[bytes]
    from_server: list[bytes]
    offers: dict[str, bytes]
    answers: dict[str, bytes]
    secret: Secret  # which she would like to know


def wait_for_a_quantum_computer(scene: Scene) -> None:
    """Record a conversation; many years later, compute the client's exponent."""
    kept = record(scene)
    scene.tell("Twenty years later there is a computer that finds logarithms.")
    if NUMBERS in scene.rung.channel.halves:
        read(scene, kept, NUMBERS, find_number(scene, kept))
    else:
        read(scene, kept, SMALL_CURVE, find_point(scene, kept))


def find_number(scene: Scene, kept: Kept) -> bytes:
    offer, answer = kept.offers[NUMBERS.name], kept.answers[NUMBERS.name]
    group = NUMBERS.group
    scene.show_bytes("the client's share", offer)
    x = s09.logarithm(group, int.from_bytes(offer, "big"))
    scene.tell(f"{group.g}^{x} mod {group.p} = {int.from_bytes(offer, 'big')}: that was its exponent.")
    scene.show_bytes("the server's share", answer)
    number = group.agree(x.to_bytes(group.private_size, "big"), answer)
    scene.tell(f"Raised to that power, it is {int.from_bytes(number, 'big')}: both computed this number.")
    return number


def find_point(scene: Scene, kept: Kept) -> bytes:
    offer, answer = kept.offers[SMALL_CURVE.name], kept.answers[SMALL_CURVE.name]
    scene.show_bytes("the client's share", offer)
    private_key = all_private_keys()[offer]
    scene.tell("It stands in a table, and the number that made it beside it; the client never said that.")
    scene.show_bytes("the server's share", answer)
    point = s11.agree(private_key, answer)
    scene.show_bytes("times that number: what both computed", point)
    return point


@functools.cache
def all_private_keys() -> dict[bytes, bytes]:
    """For each share, the private key that it comes from."""
    keys = [SMALL_CURVE.private_key(i) for i in range(256)]
    return {s11.share(key): key for key in keys}


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
    offers, answers, *_ = (
        layout.dissect(frame) for (_, layout), frame in zip(scene.rung.handshake, hellos, strict=True)
    )
    from_client, from_server = link.client.received, link.server.received
    size = sum(map(len, from_client + from_server))
    scene.tell(f"She has listened, and keeps {size} bytes.  Both have hung up, and their keys are gone.")
    said = from_client[sum(sender == "client" for sender, _ in scene.rung.handshake)]
    scene.show("the record that she cannot read", said)
    return Kept(from_client, from_server, offers, answers, secret)


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
    try:
        text = scene.rung.channel.overhear(kept.from_client, kept.from_server, secrets)
        scene.claim(kept.secret, text.removeprefix(CODE_WORDS))
    except Refused:
        scene.tell("The record does not open.")


def is_agreed_on_with(*breakable: Agreement, otherwise: str) -> Need:
    """A need: one of these as a half of the secret."""

    def missing(rung: Rung) -> str | None:
        return None if any(half in breakable for half in rung.channel.halves) else otherwise

    return missing


ATTACKS = (
    Attack(
        "wait for a quantum computer",
        wait_for_a_quantum_computer,
        reads_a_secret,
        wins=((0, 0), (4, 4)),
        needs=(
            is_agreed_on_with(NUMBERS, SMALL_CURVE, otherwise="no logarithm here that a toy could compute"),
        ),
    ),
    Attack(
        "wait for a discovery",
        wait_for_a_discovery,
        reads_a_secret,
        wins=((2, 2),),
        needs=(is_agreed_on_with(THREE, otherwise="no equations here that a toy could solve"),),
    ),
)
