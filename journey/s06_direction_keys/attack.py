"""Against rung 6: play a whole recorded connection to the server again."""

from journey.attacks import Attack, repeats_a_connection
from journey.scene import Scene


def repeat_a_connection(scene: Scene) -> None:
    """Record everything that a client sends; later, without the client, send it all once more."""
    with scene.connect(client=[scene.payment()]) as monday:
        monday.handshake()
        monday.relay()
        recorded = monday.client.received
    for frame in recorded[len(recorded) - 1 :]:
        scene.show("Monday: the client pays", frame)

    with scene.connect(client=None) as tuesday:
        scene.tell("Tuesday: the client is asleep.  She calls the server and plays Monday's frames to it.")
        for frame in recorded:
            tuesday.server.send(frame)


ATTACKS = (Attack("repeat a connection", repeat_a_connection, repeats_a_connection, wins=((0, 7),)),)
