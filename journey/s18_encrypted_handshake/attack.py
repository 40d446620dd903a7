"""Against rung 18: let the stream end where that changes the meaning."""

from journey.attacks import Attack, cuts_the_end
from journey.scene import Scene


def cut_the_end(scene: Scene) -> None:
    """Let the first message pass, then end the stream in the client's name."""
    script = [
        scene.payment(amount=900),
        scene.message(b"... but only if he has delivered.  Password: ", scene.secret()),
    ]
    with scene.connect(client=script) as link:
        link.handshake()
        frame = link.client.receive()
        scene.show("the first part of what the client says", frame)
        link.server.send(frame)
        scene.tell("No message can be forged.  That there are no more is no message: she ends the stream.")
        link.server.close()


ATTACKS = (Attack("cut the end", cut_the_end, cuts_the_end, wins=((0, 18),)),)
