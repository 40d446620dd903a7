"""Against rung 12: steal the private key of one connection, which is over, and be the server for ever.

The signature says "this share is the server's".  It does not say for whom, nor when.
"""

from collections.abc import Iterable, Sequence

from journey.attacks import Attack, reads_a_secret
from journey.ladder import Rung
from journey.layout import Layout
from journey.randomness import RandomBytes
from journey.scene import Scene
from journey.wire import Leg


class Retelling:
    """Her wire to the client: in the place of a frame that she cannot sign goes the one that she recorded."""

    def __init__(self, leg: Leg, recorded: Iterable[tuple[bool, bytes]]) -> None:
        self._leg = leg
        self._recorded = iter(recorded)  # the server's greetings, and whether a signature is in them

    def send(self, frame: bytes) -> None:
        signed, recorded = next(self._recorded, (False, b""))
        self._leg.send(recorded if signed else frame)

    def receive(self) -> bytes:
        return self._leg.receive()

    def close(self) -> None:
        self._leg.close()


def replay_a_signature(scene: Scene) -> None:
    """Monday: record, and steal what the server drew.  Tuesday: be the server, without its signing key."""
    words = b"the code of the safe is "
    secret = scene.secret()
    with scene.connect() as monday:
        greetings = monday.handshake()
        monday.relay()
        drawn = scene.reveal_random_bytes(monday, "server")
    recorded = []
    for (sender, layout), frame in zip(scene.rung.handshake, greetings, strict=True):
        if sender == "server":
            signed = holds_a_signature(scene.rung, layout)
            recorded.append((signed, frame))
            if signed:
                scene.show("Monday: the server says and signs", frame, layout)

    with scene.connect(client=[scene.message(words, secret)], server=None) as tuesday:
        scene.tell("Tuesday: she takes the client's call, and sends Monday's signature once more.")
        wire = Retelling(tuesday.client, recorded)
        channel = scene.rung.channel.open(
            wire, "server", scene.credentials, first_these(drawn, scene.random_bytes)
        )
        text = channel.receive()
        scene.tell("With Monday's private number she has the secret of today.")
        scene.claim(secret, text[len(words) :])


def first_these(drawn: Sequence[bytes], then: RandomBytes) -> RandomBytes:
    """Random bytes that begin with what somebody else has drawn."""
    left = list(drawn)
    return lambda count: left.pop(0) if left and len(left[0]) == count else then(count)


def holds_a_signature(rung: Rung, layout: Layout) -> bool:
    """Whether a greeting holds one: one can see it, or it is sealed as a record, and one cannot see in."""
    return layout.field("signature") is not None or layout is rung.record


def a_signature(rung: Rung) -> str | None:
    """The need for a server that signs in its handshake."""
    signs = any(sender == "server" and holds_a_signature(rung, layout) for sender, layout in rung.handshake)
    return None if signs else "its server signs nothing"


ATTACKS = (
    Attack(
        "replay a signature",
        replay_a_signature,
        reads_a_secret,
        wins=((12, 12),),
        needs=(a_signature,),
        reveals=("random bytes",),
        translation="transplant a signature",  # out of a record that she can open, into one that she can seal
    ),
)
