"""In the room of compression: guess a cookie letter by letter, and see which guess compresses best.

Compression writes what it has seen before as "the same as 60 bytes ago", which is short.  So a message in
which a guess stands beside the secret is shortest when they agree.
"""

from collections.abc import Sequence

from journey.attacks import Attack, a_field, reads_a_secret
from journey.parties import Message, Secret
from journey.scene import LETTERS, Scene

COOKIE_SIZE = 12  # letters
REPORTED = 3  # letters whose guessing is told in full

# Lengths are counted in whole bytes, and a letter may save less than that.  So each guess is tried twice,
# the second time behind a byte that costs nine bits instead of eight: what was rounded away shows then.
FILLERS = (b"", b"\xff")


def request(cookie: Secret, body: bytes) -> Message:
    """What a browser sends when a page of Mallory's makes it send `body` to the bank: it adds the cookie."""
    head = b"POST / HTTP/1.1\r\nHost: bank.example\r\nCookie: session="
    return Message(head, cookie, b"\r\n\r\n", body)


def compare_lengths(scene: Scene) -> None:
    """Find the cookie from nothing but the lengths of ciphertexts."""
    cookie = scene.secret(COOKIE_SIZE)
    with scene.connect(client=[request(cookie, b"session=a")]) as link:
        link.handshake()
        scene.show("such a request, on the wire", link.client.receive())
    known = b"session="
    for position in range(COOKIE_SIZE):
        guesses = [known + bytes([letter]) for letter in LETTERS]
        lengths = lengths_on_the_wire(scene, cookie, guesses)
        shortest = min(lengths)
        best = [guess for guess, length in zip(guesses, lengths, strict=True) if length == shortest]
        if len(best) > 1:
            scene.tell(f"{len(best)} guesses are equally short: the length tells her no more.")
            return
        (known,) = best
        if position < REPORTED:
            others = sorted(lengths)[1]
            scene.tell(f"{known.decode()!r} makes {shortest} bytes, every other letter {others} or more.")
    scene.claim(cookie, known.removeprefix(b"session="))


def lengths_on_the_wire(scene: Scene, cookie: Secret, guesses: Sequence[bytes]) -> list[int]:
    """How many bytes each guess costs, over all fillers."""
    requests = [request(cookie, filler + guess) for guess in guesses for filler in FILLERS]
    with scene.connect(client=requests, aloud=False) as link:
        link.handshake()
        lengths = [len(frame) for frame in link.client]
    each = len(FILLERS)
    return [sum(lengths[i : i + each]) for i in range(0, len(lengths), each)]


ATTACKS = (
    Attack(
        "compare lengths",
        compare_lengths,
        reads_a_secret,
        wins=((0, 0),),
        needs=(a_field("ciphertext"),),
    ),
)
