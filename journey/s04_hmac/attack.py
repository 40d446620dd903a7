"""Against rung 4: leave every frame as it is, and choose which of them arrive, when, and how often."""

from journey.attacks import Attack, changes_the_order
from journey.scene import Scene


def replay(scene: Scene) -> None:
    """Deliver one payment twice."""
    with scene.connect(client=[scene.payment()]) as link:
        link.handshake()
        frame = link.client.receive()
        scene.show("a payment", frame)
        scene.tell("She cannot read it and cannot change it.  She delivers it twice.")
        link.server.send(frame)
        link.server.send(frame)


def reorder(scene: Scene) -> None:
    """Deliver the second message first."""
    script = [scene.message(b"cancel my last order; memo ", scene.secret()), scene.payment()]
    with scene.connect(client=script) as link:
        link.handshake()
        first, second = link.client.receive(), link.client.receive()
        scene.tell("She holds the first frame back until the second one has passed.")
        link.server.send(second)
        link.server.send(first)


def drop(scene: Scene) -> None:
    """Let the message in the middle vanish."""
    script = [
        scene.message(b"about the payment that follows: ", scene.secret()),
        scene.message(b"do NOT carry it out; memo ", scene.secret()),
        scene.payment(),
    ]
    with scene.connect(client=script) as link:
        link.handshake()
        first, _, third = link.client.receive(), link.client.receive(), link.client.receive()
        scene.tell("She lets the first and the third frame pass.  The second one never arrives.")
        link.server.send(first)
        link.server.send(third)


ATTACKS = (
    Attack("replay a record", replay, changes_the_order, wins=((0, 4),)),
    Attack("reorder records", reorder, changes_the_order, wins=((0, 4),)),
    Attack("drop a record", drop, changes_the_order, wins=((0, 4),)),
)
