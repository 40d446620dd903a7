"""In the room of the pre-shared key: let a computer's call arrive at the computer itself, over real TLS.

Not a bit is changed.  Client and server do all that RFC 9846 asks of them, and both have the key.
"""

from journey.attacks import Attack
from journey.rooms.selfie.attack import obeys_itself
from journey.scene import Scene


def call_oneself(scene: Scene) -> None:
    """Send every record back to the machine from which it came."""
    order = scene.message(b"I have a copy now; delete yours of file ", scene.secret(8))
    scene.tell("Two computers keep copies for each other.  One of them calls; she lets the call come back.")
    with scene.connect(client=[order], answered_by="client") as link:
        hello = link.client.receive()
        scene.show_bytes("the caller's hello goes to the caller's own server", hello)
        link.server.send(hello)
        answer = link.server.receive()
        scene.show_bytes("and this is what it answers", answer)
        link.client.send(answer)
        link.relay()


ATTACKS = (Attack("call oneself over TLS", call_oneself, obeys_itself, wins=((0, 1),)),)
