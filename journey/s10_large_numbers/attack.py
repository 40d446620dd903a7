"""Against rung 10: replace both shares by a number whose powers are known to everybody.

    0^x = 0        1^x = 1        (p-1)^x = 1 if x is even, and p-1 if it is odd

Whatever the two sides have drawn, they agree on one of these; and so does the attacker.
"""

from journey.attacks import Attack, Evidence, a_greeting, reads_a_secret
from journey.credentials import Role
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.s09_small_numbers.channel import Group
from journey.scene import Scene
from journey.wire import Recording
from purecrypto import edwards25519, x25519

WORDS = b"the code of the safe is "
TRIES = 8  # one in two succeeds with p-1


def send_degenerate_shares(scene: Scene) -> None:
    """Try each such number: put it in the place of both shares, then only listen."""
    for name, share in degenerate_shares(scene.rung):
        try:
            replace_both(scene, name, share)
        except (EndOfStream, Refused):
            scene.tell(f"With {name} in the place of the share, there is no conversation.")


def replace_both(scene: Scene, name: str, share: bytes) -> None:
    secret = scene.secret()
    hellos: list[bytes] = []

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "share" in fields:
            fields["share"] = share

    with scene.connect(client=[scene.message(WORDS, secret)]) as link:
        scene.tell(f"She puts {name} in the place of both shares.")
        hellos = link.handshake(edit)
        record = link.client.receive()
        link.server.send(record)
        scene.show("a record, which she lets pass as it is", record)
    # Her own exponent does not matter, either, except that for p-1 it has to be as even as theirs.
    for _ in range(TRIES):
        try:
            text = scene.open(Recording([hellos[0], record]), "server").receive()
        except Refused:
            continue
        scene.claim(secret, text[len(WORDS) :])
        return
    scene.tell("The two sides have got different results this time: one of them 1, and the other p-1.")


def degenerate_shares(rung: Rung) -> list[tuple[str, bytes]]:
    """0, 1 and p-1, written as the shares of this rung are."""
    group: Group | None = getattr(rung.channel, "GROUP", None)
    if group is not None:
        numbers = {"0": 0, "1": 1, "p-1": group.p - 1}
        return [(name, number.to_bytes(group.size, "big")) for name, number in numbers.items()]
    # X25519: as coordinates u, the same three numbers belong to points of small order.
    numbers = {"u = 0": 0, "u = 1": 1, "u = p-1": edwards25519.p - 1}
    return [(name, number.to_bytes(x25519.KEY_SIZE, "little")) for name, number in numbers.items()]


def reads_under_one_key(evidence: Evidence) -> bool:
    """She has read a secret, and the two sides hold the same keys: comparing them would show nothing."""
    return reads_a_secret(evidence) and any(
        link.parties["server"].accepted
        and vars(link.parties["client"].channel)["sending_key"]
        == vars(link.parties["server"].channel)["receiving_key"]
        for link in evidence.links
    )


ATTACKS = (
    Attack(
        "send degenerate shares",
        send_degenerate_shares,
        reads_under_one_key,
        wins=((9, 10),),
        needs=(a_greeting("share"),),
    ),
)
