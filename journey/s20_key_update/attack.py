"""Against rung 20, and against everything above it: what a cipher does not hide."""

from journey.attacks import Attack, reads_a_secret
from journey.scene import Scene

ANSWERS = (b"no", b"yes, on Sunday", b"ask me later, when we are alone")  # all of different lengths


def guess_from_the_length(scene: Scene) -> None:
    """Weigh an encrypted answer without opening it."""
    known = scene.public_text(10)
    with scene.connect(client=[scene.message(known)]) as monday:
        monday.handshake()
        overhead = len(monday.client.receive()) - len(known)
    scene.tell(f"A message that she knows shows what is added to each: {overhead} bytes.")

    answer = scene.one_of(*ANSWERS)
    with scene.connect(server=[scene.message(answer)]) as tuesday:
        tuesday.handshake()
        frame = tuesday.server.receive()
    scene.show("an answer that she does not know", frame)
    scene.tell(f"It has {len(frame)} bytes, so the answer has {len(frame) - overhead}.")
    for candidate in ANSWERS:
        if len(candidate) == len(frame) - overhead:
            scene.claim(answer, candidate)


ATTACKS = (Attack("guess from the length", guess_from_the_length, reads_a_secret, wins=((0, 21),)),)
