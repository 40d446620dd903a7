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
from purecrypto import edwards25519, x25519

WORDS = b"the code of the safe is "


def send_degenerate_shares(scene: Scene) -> None:
    """Try each such number: put it in the place of both shares, then only listen."""
    for name, share in degenerate_shares(scene.rung):
        try:
            replace_both(scene, name, share)
        except (EndOfStream, Refused):
            scene.tell(f"With {name} in the place of the shares, there is no conversation.")


def replace_both(scene: Scene, name: str, share: bytes) -> None:
    secret = scene.secret()

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "share" in fields:
            fields["share"] = share

    with scene.connect(client=[scene.message(WORDS, secret)]) as link:
        scene.tell(f"She puts {name} in the place of both shares.")
        client_hello, *_ = link.handshake(edit)
        record = link.client.receive()
        link.server.send(record)
        scene.show("a record, which she lets pass as it is", record)
    # The server's code gets what the client has, with any exponent; for p-1, with any odd or any even one.
    for exponent in (1, 2):
        drawn = [exponent.to_bytes(private_size(scene.rung), "big")]
        for text in scene.open_recording([client_hello, record], "server", drawn):
            scene.tell(
                f"To the power of {exponent} it is what the client has got, whatever its exponent was."
            )
            scene.claim(secret, text[len(WORDS) :])
            return


def degenerate_shares(rung: Rung) -> list[tuple[str, bytes]]:
    """0, 1 and p-1, written as the shares of this rung are."""
    group: Group | None = getattr(rung.channel, "GROUP", None)
    if group is not None:
        numbers = {"0": 0, "1": 1, "p-1": group.p - 1}
        return [(name, number.to_bytes(group.size, "big")) for name, number in numbers.items()]
    # X25519: as coordinates u, the same three numbers belong to points of small order.
    numbers = {"u = 0": 0, "u = 1": 1, "u = p-1": edwards25519.p - 1}
    return [(name, number.to_bytes(x25519.KEY_SIZE, "little")) for name, number in numbers.items()]


def private_size(rung: Rung) -> int:
    """Bytes of an exponent."""
    group: Group | None = getattr(rung.channel, "GROUP", None)
    return x25519.KEY_SIZE if group is None else group.private_size


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
