"""Against rung 15: meet the client before it knows the server."""

from journey.attacks import Attack, reads_a_secret
from journey.scene import Scene


def meet_the_client_first(scene: Scene) -> None:
    """A client calls for the first time.  Take the call, and present a key of one's own."""
    words = b"I should like to open an account; my password will be "
    secret = scene.secret()
    with scene.connect(client=[scene.message(words, secret)], server=None, first_contact=True) as link:
        scene.tell("The client has never met the server, and so it has nothing to compare a key with.")
        text = scene.open(link.client, "server").receive()
        scene.tell("It has got a perfect signature, of her key.  From now on it will know her as the server.")
        scene.claim(secret, text[len(words) :])


ATTACKS = (Attack("meet the client first", meet_the_client_first, reads_a_secret, wins=((0, 0), (9, 15))),)
