"""In the room of lengths: tell which page somebody reads.

The site is public and so are its pages: Mallory has looked at all of them.  She sees how long the encrypted
answer is, and looks which page fits.
"""

from collections.abc import Mapping

from journey.attacks import Attack, a_field, reads_a_secret
from journey.parties import Channel, Party, Script, Secret
from journey.rooms.lengths.channel import RECORD, Padding
from journey.scene import Scene

# All names are equally long, so that the request gives nothing away.
NAMES = (b"angina", b"asthma", b"cancer", b"eczema", b"herpes", b"plague", b"rabies", b"sepsis", b"stroke")
SMALLEST = 600  # bytes
GAPS = (40, 140)  # bytes between the sizes of two pages that are next to each other
MORE_VISITS = 40
ROUNDS = 5


def tell_the_page(scene: Scene) -> None:
    """Watch somebody read the same page of a clinic's site again and again, until only one page fits."""
    pages = a_site(scene)
    padding: Padding = scene.rung.channel
    topic = scene.one_of(*NAMES)
    answers = watch(scene, pages, topic, visits=1)
    fitting = fits(pages, padding, answers)
    scene.tell(f"The answer has {answers[0]} bytes.  Pages that fit: {said(fitting)}.")
    for _ in range(ROUNDS):
        if len(fitting) == 1:
            scene.claim(topic, *fitting)
            return
        if len({bounds(padding, pages[name]) for name in fitting}) == 1:
            scene.tell("All these look the same, however often she watches.")
            return
        answers += watch(scene, pages, topic, MORE_VISITS)
        fitting = fits(pages, padding, answers)
        sizes = f"{min(answers)} to {max(answers)}"
        scene.tell(f"{len(answers)} answers have {sizes} bytes.  Pages that fit: {said(fitting)}.")


def a_site(scene: Scene) -> dict[bytes, bytes]:
    """A page on each topic, which anybody can read; of random sizes."""
    pages: dict[bytes, bytes] = {}
    size = SMALLEST
    for name in sorted(NAMES, key=lambda name: scene.random_bytes(8)):
        pages[name] = scene.public_text(size)
        least, most = GAPS
        size += least + scene.random_bytes(1)[0] % (most - least)
    return pages


def watch(scene: Scene, pages: Mapping[bytes, bytes], topic: Secret, visits: int) -> list[int]:
    """The sizes of the encrypted answers when somebody asks for the page on a topic."""
    requests = [scene.message(b"GET /", topic)] * visits
    sizes = []
    with scene.connect(client=requests, server=serving(pages), aloud=visits == 1) as link:
        link.handshake()
        for _ in range(visits):
            link.server.send(link.client.receive())
            sizes.append(len(RECORD.dissect(link.server.receive())["ciphertext"]))
    return sizes


def serving(pages: Mapping[bytes, bytes]) -> Script:
    """The clinic's server."""

    def serve(channel: Channel, party: Party) -> None:
        while True:
            party.accepted.append(channel.receive())
            channel.send(pages[party.accepted[-1].removeprefix(b"GET /")])

    return serve


def fits(pages: Mapping[bytes, bytes], padding: Padding, answers: list[int]) -> list[bytes]:
    """The pages for which all these sizes are possible."""
    fitting = []
    for name, page in pages.items():
        smallest, largest = bounds(padding, page)
        if smallest <= min(answers) and max(answers) <= largest:
            fitting.append(name)
    return fitting


def bounds(padding: Padding, page: bytes) -> tuple[int, int]:
    """The smallest and the largest size that an answer with this page can have."""
    return padding.padded(len(page), 0), padding.padded(len(page), padding.jitter)


def said(names: list[bytes]) -> str:
    return ", ".join(name.decode() for name in names)


ATTACKS = (
    Attack(
        "tell the page",
        tell_the_page,
        reads_a_secret,
        wins=((0, 1),),
        needs=(a_field("ciphertext"),),
    ),
)
