"""Against rung 5: send a party's own message back to it."""

from journey.attacks import Attack, reflects_a_message
from journey.scene import Scene


def reflect(scene: Scene) -> None:
    """Be a mirror: both sides use the same keys, and both count from 0."""
    with scene.connect(client=[scene.payment()]) as link:
        link.handshake()
        frame = link.client.receive()
        scene.show("the client's message number 0", frame)
        scene.tell("The client waits for message number 0 of the server.  She hands it its own.")
        link.client.send(frame)


ATTACKS = (Attack("reflect a message", reflect, reflects_a_message, wins=((0, 5),)),)
