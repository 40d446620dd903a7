"""In the room of the early exit: guess a tag byte by byte.

A tag of 16 bytes has 256^16 possible values.  But if one is told how far a guess was right, then each byte
can be guessed by itself, and 16 * 256 guesses are enough.
"""

from journey.attacks import Attack, a_field, plants_her_words
from journey.rooms.early_exit.channel import NO, RECORD, TAG_SIZE, serve
from journey.scene import Scene
from journey.wire import Leg, Silence

REPORTED = 3  # bytes of the tag whose guessing is told in full


def guess_byte_by_byte(scene: Scene) -> None:
    """Find the tag of a message of her own, of which the server says only "no", again and again."""
    wanted = b"pay 900 to mallory; memo " + scene.public_text(12)
    tag = bytearray(scene.random_bytes(TAG_SIZE))
    guesses = 0
    with scene.connect(client=None, server=serve) as link:
        scene.aim(wanted)
        scene.show("her message, with 16 bytes for a tag", RECORD.join(wanted, bytes(tag)))
        for position in range(TAG_SIZE):
            for guess in range(256):
                tag[position] = guess
                guesses += 1
                compared = bytes_compared(link.server, RECORD.join(wanted, bytes(tag)))
                if compared is None:
                    scene.show("this one is accepted", RECORD.join(wanted, bytes(tag)))
                    scene.tell(f"That took her {guesses} guesses.  Blind ones would be 2^{8 * TAG_SIZE}.")
                    return
                if compared > position + 1:  # this byte was right: the next one was looked at, too
                    break
            if position < REPORTED:
                told = f"compares {compared} bytes before it says no"
                scene.tell(f"With {bytes(tag[: position + 1]).hex(' ')} in front, the server {told}.")
    scene.tell(f"After {guesses} guesses she knows nothing: the server always takes equally long.")


def bytes_compared(server: Leg, frame: bytes) -> int | None:
    """How many bytes the server has looked at before it said no; None if it did not say no."""
    server.send(frame)
    try:
        (answer,) = NO.split(server.receive())
    except Silence:  # it has accepted, and waits for the next message
        return None
    return answer[0]


ATTACKS = (
    Attack(
        "guess byte by byte",
        guess_byte_by_byte,
        plants_her_words,
        wins=((0, 0),),
        needs=(a_field("tag", TAG_SIZE),),
    ),
)
