"""In the room of the selfie: let a computer's call arrive at the computer itself.

Not a bit is changed.  The client is really a client, the server is really a server, and both have the key.
"""

from journey.attacks import Attack, Evidence
from journey.scene import Scene


def call_oneself(scene: Scene) -> None:
    """Send every packet back to the machine from which it came."""
    order = scene.message(b"I have a copy now; delete yours of file ", scene.secret(8))
    scene.tell("Two computers keep copies for each other.  One of them calls; she lets the call come back.")
    with scene.connect(client=[order], answered_by="client") as link:
        hello, answer = link.handshake()
        client_layout, server_layout = (layout for _, layout in scene.rung.handshake)
        scene.show("the caller's hello goes to the caller's own server", hello, client_layout)
        scene.show("which answers it, as it would answer anybody", answer, server_layout)
        frame = link.client.receive()
        scene.show("and so does the order", frame)
        link.server.send(frame)


def obeys_itself(evidence: Evidence) -> bool:
    """A computer has carried out its own order, and takes it for that of the other one."""
    for link in evidence.links:
        client, server = link.parties["client"], link.parties["server"]
        on_one_machine = client._credentials.own_name == server._credentials.own_name
        if on_one_machine and server.accepted and server.accepted == client.sent:
            return True
    return False


ATTACKS = (Attack("call oneself", call_oneself, obeys_itself, wins=((0, 1),)),)
