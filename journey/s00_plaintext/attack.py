"""Against rung 0: read what goes by, and change it."""

from journey.attacks import Attack, changes_a_message, reads_a_secret
from journey.scene import Scene

CODE_WORDS = b"the code of the safe is "


def read(scene: Scene) -> None:
    """Look for words that one can read."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        link.handshake()
        frame = link.client.receive()
    scene.show("on the wire", frame)
    _, found, rest = frame.partition(CODE_WORDS)
    if not found:
        scene.tell("Nothing in these bytes can be read.")
        return
    scene.tell("Whoever is on the way can read along: a neighbour in the café, the provider, a state.")
    scene.claim(secret, rest[: secret.size])


def change(scene: Scene) -> None:
    """Flip one bit in each field of a record in turn, and see whether the receiver notices."""
    for name in scene.rung.record.names:
        with scene.connect(client=[scene.payment()]) as link:
            link.handshake()
            frame = link.client.receive()
            fields = scene.rung.record.dissect(frame)
            fields[name] = bytes([fields[name][0] ^ 1]) + fields[name][1:]
            changed = scene.rung.record.assemble(fields)
            scene.show(f"one bit of the {name} changed", changed, before=frame)
            link.server.send(changed)


ATTACKS = (
    Attack("read", read, reads_a_secret, wins=((0, 0),)),
    Attack("change a bit", change, changes_a_message, wins=((0, 3),)),
)
