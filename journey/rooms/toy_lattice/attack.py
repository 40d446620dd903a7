"""In the room of the toy lattice: find s from A and t, where t = A s + e, and s and e are small.

With few unknowns one tries all small s: for the right one, t - A s is small.  Without errors nothing has to
be tried: n equations with n unknowns are solved as at school, only that one divides modulo q.  And with more
unknowns and errors, e and s stand in a short vector of a lattice, which `reduction` finds while it is small.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

from journey.attacks import Attack, reads_a_secret
from journey.errors import Refused
from journey.ladder import Rung
from journey.parties import Secret
from journey.rooms.toy_lattice import reduction
from journey.rooms.toy_lattice.channel import MLKEM768, THREE
from journey.rooms.toy_lattice.lattice import SMALL, Lattice, dot
from journey.s08_fresh_keys import channel as s08
from journey.scene import Scene
from journey.wire import Recording
from purecrypto import hkdf

VALUES = 2 * SMALL + 1  # that an unknown can have
PATIENCE = 1 << 20  # candidates for s that she tries
WRITTEN_OUT = 3  # equations, and terms of each
CODE_WORDS = b"the code of the safe is "


def try_all_small_secrets(scene: Scene) -> None:
    """Only listen: for each small s, look whether it makes all equations nearly right."""
    agreement: Lattice | MLKEM768 = scene.rung.channel.agreement
    offer, answer, recorded, secret = listen(scene)
    if isinstance(agreement, MLKEM768) or VALUES**agreement.n > PATIENCE:
        scene.tell(
            f"{agreement.n} unknowns of {VALUES} values each: "
            f"2^{agreement.n * math.log2(VALUES):.0f} possibilities.  There must be a better way."
        )
        return
    A, t = agreement.equations(offer)
    show_equations(scene, agreement, A, t)
    scene.tell(f"Each unknown is {-SMALL} to {SMALL}: {VALUES**agreement.n} possibilities.  She tries all.")
    for s in small_solutions(agreement, A, t):
        scene.tell(f"{written(s)}: the right sides are off by {written_errors(agreement, A, s, t)}.")
        read(scene, recorded, agreement.decrypt(s, answer), secret)


def small_solutions(lattice: Lattice, A: Sequence[Sequence[int]], t: Sequence[int]) -> Iterator[list[int]]:
    """All small s for which t - A s is small."""
    for s in itertools.product(range(-SMALL, SMALL + 1), repeat=lattice.n):
        if all(abs(error) <= lattice.error for error in errors(lattice, A, s, t)):
            yield list(s)


def solve_them_as_they_stand(scene: Scene) -> None:
    """Only listen: take the equations for exact, and eliminate one unknown after the other."""
    agreement: Lattice = scene.rung.channel.agreement
    offer, answer, recorded, secret = listen(scene)
    A, t = agreement.equations(offer)
    show_equations(scene, agreement, A, t)
    s = eliminate(A, t, agreement.q)
    scene.tell(f"Solved as they stand: {written([centred(x, agreement.q) for x in s])}.")
    read(scene, recorded, agreement.decrypt(s, answer), secret)


def eliminate(A: Sequence[Sequence[int]], t: Sequence[int], q: int) -> list[int]:
    """A solution of A s = t modulo q, if there is one: Gauss and Jordan.  What they leave open is zero."""
    rows = [[*row, value] for row, value in zip(A, t, strict=True)]
    n, done = len(A), 0
    solved = []  # the unknown that each of the first rows is solved for
    for i in range(n):
        pivot = next((j for j in range(done, n) if rows[j][i]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        inverse = pow(rows[done][i], -1, q)
        rows[done] = [x * inverse % q for x in rows[done]]
        for j in range(n):
            if j != done:
                factor = rows[j][i]
                rows[j] = [(x - factor * y) % q for x, y in zip(rows[j], rows[done], strict=True)]
        solved.append(i)
        done += 1
    s = [0] * n
    for i, row in zip(solved, rows, strict=False):
        s[i] = row[n]
    return s


def reduce_the_lattice(scene: Scene) -> None:
    """Only listen: look for e and s as the short vector that they are."""
    agreement: Lattice = scene.rung.channel.agreement
    offer, answer, recorded, secret = listen(scene)
    A, t = agreement.equations(offer)
    show_equations(scene, agreement, A, t)
    vectors = basis(agreement, A, t)
    scene.tell(f"A basis of {len(vectors)} vectors; the last is t, then {agreement.n} zeros and a 1.")
    *others, sign = reduction.reduce(vectors)[0]
    e, s = [sign * x for x in others[: agreement.n]], [-sign * x for x in others[agreement.n :]]
    scene.tell("Reduced, it begins with a short one: e, then -s, and a 1.")
    scene.tell(f"    e = ({', '.join(map(str, e))})")
    scene.tell(f"    s = ({', '.join(map(str, s))})")
    read(scene, recorded, agreement.decrypt(s, answer), secret)


def basis(lattice: Lattice, A: Sequence[Sequence[int]], t: Sequence[int]) -> list[list[int]]:
    """Vectors of which (t - A s, -s, 1) is a sum of whole multiples, and that is (e, -s, 1) modulo q."""
    n, q = lattice.n, lattice.q
    return [
        *([*unit(i, n, q), *[0] * n, 0] for i in range(n)),
        *([*column, *unit(j, n, 1), 0] for j, column in enumerate(zip(*A, strict=True))),
        [*t, *[0] * n, 1],
    ]


def unit(i: int, n: int, length: int) -> list[int]:
    return [length * (i == j) for j in range(n)]


def worth_solving(rung: Rung) -> str | None:
    """A need: more equations than luck could solve, and few enough to begin."""
    agreement: Lattice | MLKEM768 = rung.channel.agreement
    if isinstance(agreement, MLKEM768):
        return f"{agreement.n} unknowns, in equations that are not exact: she would not live to see the end"
    return "three unknowns are sooner tried out" if agreement == THREE else None


def listen(scene: Scene) -> tuple[bytes, bytes, list[bytes], Secret]:
    """The offer, the answer, the client's records, and what she would like to know."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        offer, answer = link.handshake()
        link.relay()
    return offer, answer, link.client.received[1:], secret


def read(scene: Scene, recorded: Sequence[bytes], agreed: bytes, secret: Secret) -> None:
    """Open what the client has said, if this is what both have agreed on."""
    channel = s08.channel_under(Recording(recorded), "server", hkdf.extract(b"", agreed))
    try:
        scene.claim(secret, channel.receive().removeprefix(CODE_WORDS))
    except Refused as refusal:
        scene.tell(f"With that the record does not open: {refusal}.")


def errors(lattice: Lattice, A: Sequence[Sequence[int]], s: Sequence[int], t: Sequence[int]) -> Iterator[int]:
    """By how much each equation is wrong."""
    return (centred(value - dot(row, s), lattice.q) for row, value in zip(A, t, strict=True))


def centred(x: int, q: int) -> int:
    """The remainder of x that is nearest to zero."""
    return (x + q // 2) % q - q // 2


# --- For the audience --------------------------------------------------------------------------------------


def show_equations(scene: Scene, lattice: Lattice, A: Sequence[Sequence[int]], t: Sequence[int]) -> None:
    exactly = "exact" if lattice.error == 0 else "each a little wrong"
    scene.tell(f"What the client has sent says: {lattice.n} equations modulo {lattice.q}, {exactly}.")
    for row, value in itertools.islice(zip(A, t, strict=True), WRITTEN_OUT):
        terms = [f"{x} {name}" for x, name in zip(row, names(lattice.n), strict=True)]
        sign = "=" if lattice.error == 0 else "≈"
        scene.tell(f"    {' + '.join(shortened(terms))} {sign} {value}")
    if lattice.n > WRITTEN_OUT:
        scene.tell("    and so on")


def written(s: Sequence[int]) -> str:
    return ", ".join(shortened([f"{name} = {x}" for name, x in zip(names(len(s)), s, strict=True)]))


def written_errors(lattice: Lattice, A: Sequence[Sequence[int]], s: Sequence[int], t: Sequence[int]) -> str:
    *others, last = (str(error) for error in errors(lattice, A, s, t))
    return f"{', '.join(others)} and {last}"


def shortened(items: list[str]) -> list[str]:
    return items if len(items) <= WRITTEN_OUT else [*items[:WRITTEN_OUT], "..."]


def names(n: int) -> list[str]:
    """Of the unknowns: a, b, c, or numbered where there are many."""
    return list("abc"[:n]) if n <= len("abc") else [f"x{i}" for i in range(1, n + 1)]


ATTACKS = (
    Attack("try all small secrets", try_all_small_secrets, reads_a_secret, wins=((0, 0),)),
    Attack(
        "solve them as they stand",
        solve_them_as_they_stand,
        reads_a_secret,
        wins=((1, 1),),
        needs=(worth_solving,),
    ),
    Attack("reduce the lattice", reduce_the_lattice, reads_a_secret, wins=((1, 2),), needs=(worth_solving,)),
)
