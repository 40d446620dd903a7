"""Against rung 9: find the exponent, with a table of small steps and a walk in big ones.

Looked for is y with g^y = h, and y has up to 35 bits.  Cut it into halves, y = i * m + j with j < m.  Then

    h * (g^-m)^i = g^j

On the right stand m numbers, which can be put into a table once and for all (baby steps).  On the left, one
i after the other is tried (giant steps) until the result is found in the table.  Daniel Shanks, 1971.
"""

import functools

from journey.attacks import Attack, a_greeting, reads_a_secret
from journey.s09_small_numbers.channel import Group
from journey.scene import Scene

TABLE_SIZE = 1 << 17  # m: half of the 35 bits that an exponent has here
PATIENCE = 1 << 19  # giant steps; with the table, enough for 36 bits


def solve_the_logarithm(scene: Scene) -> None:
    """Only listen: find the server's exponent from its share, and run the server's code with it."""
    words = b"the code of the safe is "
    secret = scene.secret()
    with scene.connect(client=[scene.message(words, secret)]) as link:
        frames = link.handshake()
        link.relay()
    shares = [
        layout.dissect(frame)["share"]
        for (sender, layout), frame in zip(scene.rung.handshake, frames, strict=True)
        if sender == "server" and layout.field("share")
    ]
    group: Group | None = getattr(scene.rung.channel, "GROUP", None)
    scene.show_bytes("the server's share", shares[0])
    if group is None or group.p > TABLE_SIZE * PATIENCE:
        bits = 8 * (len(shares[0]) if group is None else group.private_size)
        scene.tell(
            f"The exponent has {bits} bits, so it would take 2^{bits // 2} baby steps and as many giant; "
            "a year has 2^25 seconds.  She does not begin."
        )
        return
    y = logarithm(group, int.from_bytes(shares[0], "big"))
    scene.tell(f"{group.g}^{y} mod {group.p} = {int.from_bytes(shares[0], 'big')}: that is its exponent.")
    drawn = [y.to_bytes(group.private_size, "big")]
    for text in scene.open_recording(link.client.received, "server", drawn):
        scene.claim(secret, text[len(words) :])


def logarithm(group: Group, h: int) -> int:
    """The smallest y with g^y = h modulo p; LookupError if there is none within reach."""
    table = baby_steps(group)
    giant_step = pow(group.g, -len(table), group.p)  # g^-m
    for i in range(PATIENCE):
        if h in table:
            return i * len(table) + table[h]
        h = h * giant_step % group.p
    raise LookupError("no exponent within reach")


@functools.cache
def baby_steps(group: Group) -> dict[int, int]:
    """For each of the first powers of g, its exponent.  Made once for all connections in the world."""
    table, power = {}, 1
    for j in range(TABLE_SIZE):
        table[power] = j
        power = power * group.g % group.p
    return table


ATTACKS = (
    Attack(
        "solve the logarithm",
        solve_the_logarithm,
        reads_a_secret,
        wins=((9, 9),),
        needs=(a_greeting("share"),),
    ),
)
