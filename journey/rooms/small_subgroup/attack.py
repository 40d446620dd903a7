"""In the room of small subgroups: learn the server's exponent modulo 3, 5, 7, ... and put it together.

Let q be a small factor of p - 1.  There are numbers h whose powers are only q different ones: 1, h, h^2, ...
and then 1 again.  If h is sent as a share, then h^x mod p depends on x mod q alone, and q guesses find that.
"""

import math
from collections.abc import Iterable

from journey.attacks import Attack, reads_a_secret
from journey.ladder import Rung
from journey.rooms.small_subgroup.channel import ANSWER, HELLO, confirmation
from journey.s09_small_numbers.channel import Group
from journey.scene import Scene

LARGEST = 1000  # factors up to here count as small
REPORTED = 3  # queries that are told in full
CODE_WORDS = b"the code of the safe is "


def confine_to_small_subgroups(scene: Scene) -> None:
    """Find the exponent of the server, and with it read what a client has said to it."""
    group: Group = scene.rung.channel.group
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        frames = link.handshake()
        link.relay()
        recorded = link.client.received
    server_share = ANSWER.dissect(frames[1])["share"]
    scene.show("recorded: the server's share", frames[1], ANSWER)

    factors = small_factors(group)
    residues = {}
    for q in factors:
        h = number_with_few_powers(scene, group, q)
        with scene.connect(client=None) as link:
            link.server.send(HELLO.join(encoded(h, group)))
            answer = ANSWER.dissect(link.server.receive())
        if answer["share"] != server_share:
            scene.tell("Its share is another one now, and so is its exponent: there is nothing to collect.")
            return
        residues[q] = exponent_modulo(q, h, answer["confirmation"], group)
        if len(residues) <= REPORTED:
            scene.tell(f"A share with only {q} different powers: x mod {q} = {residues[q]}.")
    scene.tell(f"... and so on: {len(factors)} queries, up to {factors[-1]}.")
    x = chinese_remainder(residues).to_bytes(group.private_size, "big")
    scene.show_bytes("put together: the server's exponent", x)
    for message in scene.open_recording(recorded, "server", kept_exponent=x):
        scene.claim(secret, message.removeprefix(CODE_WORDS))


def number_with_few_powers(scene: Scene, group: Group, q: int) -> int:
    """A number with exactly q different powers, for a prime factor q of p - 1."""
    h = 1
    while h == 1:  # happens with one r in q
        r = int.from_bytes(scene.random_bytes(group.size), "big")
        h = pow(r, (group.p - 1) // q, group.p)
    return h


def exponent_modulo(q: int, h: int, confirmed: bytes, group: Group) -> int:
    """Which power of h has been confirmed?  It tells the exponent modulo q."""
    power = 1
    for i in range(q):
        if confirmation(encoded(power, group)) == confirmed:
            return i
        power = power * h % group.p
    raise ValueError("no power of h has been confirmed")


def encoded(number: int, group: Group) -> bytes:
    return number.to_bytes(group.size, "big")


def small_factors(group: Group) -> list[int]:
    """Small odd primes that divide p - 1, as many as it takes to tell all exponents apart."""
    factors: list[int] = []
    for q in range(3, LARGEST, 2):
        if (group.p - 1) % q == 0 and all(q % smaller for smaller in factors):
            factors.append(q)
            if math.prod(factors) >= 256**group.private_size:
                break
    return factors


def chinese_remainder(residues: dict[int, int]) -> int:
    """The smallest number that leaves these residues: residues[q] when divided by q."""
    x, product = 0, 1
    for q, residue in residues.items():
        x += product * ((residue - x) * pow(product, -1, q) % q)  # changes nothing modulo those before
        product *= q
    return x


def many_small_factors(rung: Rung) -> str | None:
    """A need: p - 1 with so many small factors that their product exceeds all exponents."""
    factors: Iterable[int] = small_factors(rung.channel.group)
    enough = math.prod(factors) >= 256**rung.channel.group.private_size
    return None if enough else "its p - 1 has too few small factors"


ATTACKS = (
    Attack(
        "confine to small subgroups",
        confine_to_small_subgroups,
        reads_a_secret,
        wins=((0, 0),),
        needs=(many_small_factors,),
    ),
)
