"""In the room of invalid curves: learn the server's key modulo 2, 3, 5, 7, ... and put it together.

The formulas by which points are added never look at b.  So a point of *another* curve, with another b, is
multiplied as if all were well, and stays on its own curve.  On some curves the number of points has a small
factor q, and so there are points with q multiples only: Q, [2]Q, ... and then infinity.  If one of them is
sent, then [d]Q depends on d modulo q alone, and q guesses find that.
"""

import math
from dataclasses import replace

from journey.attacks import Attack, reads_a_secret
from journey.randomness import RandomBytes
from journey.rooms.invalid_curve.channel import ANSWER, PRIVATE_SIZE
from journey.rooms.invalid_curve.curves import ORDERS
from journey.rooms.small_subgroup.attack import chinese_remainder
from journey.rooms.small_subgroup.channel import confirmation
from journey.scene import Scene
from purecrypto import weierstrass
from purecrypto.weierstrass import P256, Affine

LARGEST = 1000  # factors up to here count as small
REPORTED = 3  # questions that are told in full
CODE_WORDS = b"the code of the safe is "


def send_points_of_other_curves(scene: Scene) -> None:
    """Find the server's key, and with it read what a client has said to it."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        frames = link.handshake()
        link.relay()
        recorded = link.client.received
    honest = ANSWER.dissect(frames[1])

    residues: dict[int, int] = {}
    for q, b in factors():
        if q in residues or math.prod(residues) > P256.n:
            continue  # she knows that already, or enough
        Q = point_of_order(scene.random_bytes, b, q)
        with scene.connect(client=None) as link:
            link.server.send(weierstrass.encode(P256, Q))
            answer = ANSWER.dissect(link.server.receive())
        if answer["x"] != honest["x"]:
            scene.tell("Its share is another one now, and so is its key: there is nothing to collect.")
            return
        residues[q] = which_multiple(q, Q, answer["confirmation"])
        if len(residues) <= REPORTED:
            scene.tell(f"With b = {b} there is a point with {q} multiples: d mod {q} = {residues[q]}.")
    scene.tell(f"... and so on: {len(residues)} questions, up to {max(residues)}.")
    d = chinese_remainder(residues)
    scene.tell(f"Put together: the server's key is d = {d:#x}.")
    for message in scene.open_recording(
        recorded, "server", kept_exponent=(d - 1).to_bytes(PRIVATE_SIZE, "big")
    ):
        scene.claim(secret, message.removeprefix(CODE_WORDS))


def factors() -> list[tuple[int, int]]:
    """The small primes that divide the order of some curve, and the b of that curve, smallest first."""
    primes = [q for q in range(2, LARGEST) if all(q % i for i in range(2, math.isqrt(q) + 1))]
    # Where q divides the order twice, there may be no point of order q among those that are tried below.
    return [(q, b) for q in primes for b, order in ORDERS.items() if order % q == 0 and order % q**2]


def point_of_order(random_bytes: RandomBytes, b: int, q: int) -> Affine:
    """A point with exactly q multiples, of the curve with this b: any one, order / q times."""
    curve = replace(P256, b=b)
    p = curve.p
    while True:
        x = int.from_bytes(random_bytes(curve.size), "big") % p
        y = pow(weierstrass.y_squared(curve, x), (p + 1) // 4, p)  # a root if there is one, as in `decode`
        if not weierstrass.is_on_curve(curve, (x, y)):
            continue
        Q = weierstrass.scalar_mult(curve, ORDERS[b] // q, (x, y))
        if Q[2] != 0:  # or else it is infinity, as it is for one point in q
            [affine] = weierstrass.to_affine(curve, Q)
            return affine


def which_multiple(q: int, Q: Affine, confirmed: bytes) -> int:
    """Which multiple of Q has been confirmed?  It tells d modulo q."""
    multiples = [(*Q, 1)]
    while len(multiples) < q - 1:
        multiples.append(weierstrass.add(P256, multiples[-1], multiples[0]))
    for i, point in enumerate([(0, 0), *weierstrass.to_affine(P256, *multiples)]):
        if confirmation(weierstrass.encode(P256, point)) == confirmed:
            return i
    raise ValueError("no multiple of this point has been confirmed")


ATTACKS = (
    Attack("send points of other curves", send_points_of_other_curves, reads_a_secret, wins=((0, 0),)),
)
