"""Against rung 11: be the server for the client, and the client for the server."""

from journey.attacks import Attack, Evidence, plants_her_words, reads_a_secret
from journey.scene import Scene


def sit_in_the_middle(scene: Scene) -> None:
    """Two handshakes, two channels; what comes out of one is read, changed and put into the other."""
    words = b"pay 100 to bob; my password is "
    secret = scene.secret()
    with scene.connect(client=[scene.message(words, secret)]) as link:
        scene.tell("She takes the client's call herself, and calls the server in the client's place.")
        from_client = scene.open(link.client, "server")
        to_server = scene.open(link.server, "client")
        text = from_client.receive()
        scene.tell("She opens what the client has sealed for her.")
        scene.claim(secret, text[len(words) : len(words) + secret.size])
        scene.aim(b"pay 900 to mallory")
        to_server.send(text.replace(b"pay 100 to bob", b"pay 900 to mallory"))


def reads_and_changes(evidence: Evidence) -> bool:
    return reads_a_secret(evidence) and plants_her_words(evidence)


ATTACKS = (Attack("sit in the middle", sit_in_the_middle, reads_and_changes, wins=((0, 0), (9, 11))),)
