"""Against rung 1: two messages under one keystream give each other away.

    ciphertext 1 = message 1 XOR keystream
    ciphertext 2 = message 2 XOR keystream          the same one!
    ciphertext 1 XOR ciphertext 2 = message 1 XOR message 2

Who knows message 1 reads message 2.
"""

from journey.attacks import Attack, a_field, reads_a_secret
from journey.scene import Scene
from purecrypto import stream


def reuse_the_keystream(scene: Scene) -> None:
    """Record the first message of two connections; the first one is known, the second one secret."""
    secret = scene.secret()
    words = b"the code of the safe is "
    known = scene.public_text(len(words) + secret.size)

    with scene.connect(client=[scene.message(known)]) as monday:
        monday.handshake()
        first = scene.rung.record.dissect(monday.client.receive())["ciphertext"]
    scene.show_bytes("Monday, a message that everybody knows", first)

    # The client is switched off for the night.
    with scene.connect(client=[scene.message(words, secret)]) as tuesday:
        tuesday.handshake()
        second = scene.rung.record.dissect(tuesday.client.receive())["ciphertext"]
    scene.show_bytes("Tuesday, a message that is secret", second)

    keystream = stream.xor(first[: len(known)], known)
    scene.show_bytes("Monday's keystream: ciphertext XOR what everybody knows", keystream)
    text = stream.xor(second[: len(known)], keystream)
    scene.show_bytes("Tuesday's ciphertext XOR Monday's keystream", text)
    scene.claim(secret, text[len(words) : len(words) + secret.size])


ATTACKS = (
    Attack(
        "reuse the keystream",
        reuse_the_keystream,
        reads_a_secret,
        wins=((1, 1), (7, 7)),
        needs=(a_field("ciphertext"),),
    ),
)
