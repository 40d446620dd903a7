"""Against rung 8: record today, steal the long-lived keys whenever there is a chance, and read it all.

The key of a connection is made from the shared key and two random values, and those go over the wire.
"""

from journey.attacks import Attack, reads_a_secret
from journey.scene import Scene

LONG_LIVED = ("shared_key", "shared_mac_key", "signing_key")  # what stays when a connection has ended


def open_a_recording(scene: Scene) -> None:
    """Record a connection; get hold of the server's long-lived secrets later, and run its code again."""
    words = b"the source's name is "
    secret = scene.secret()
    with scene.connect(client=[scene.message(words, secret)]) as link:
        greetings = link.handshake()
        link.relay()
    recorded = link.client.received
    drawn = [  # by the server; it has told everybody
        layout.dissect(frame)["random"]
        for (sender, layout), frame in zip(scene.rung.handshake, greetings, strict=True)
        if sender == "server" and layout.field("random")
    ]
    scene.show("recorded, years ago", recorded[-1])
    for random in drawn:
        scene.show_bytes("what the server said in its hello", random)
    stolen = {name: scene.reveal(name, of="server") for name in LONG_LIVED}
    scene.tell("She runs the server's own code on what she has recorded.")
    for text in scene.open_recording(recorded, "server", drawn, **stolen):
        scene.claim(secret, text[len(words) :])


ATTACKS = (Attack("open a recording", open_a_recording, reads_a_secret, wins=((0, 8),), reveals=LONG_LIVED),)
