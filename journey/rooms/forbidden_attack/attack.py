"""In the room of the repeated nonce: find the key of GCM's tags, and forge.

A tag is the value of a polynomial at a secret point H, hidden by a mask.  Its coefficients are the blocks of
the ciphertext, C1, C2, C3 and a block L for the lengths:

    tag = C1 * H^4 + C2 * H^3 + C3 * H^2 + L * H + mask

The mask depends on the nonce.  Where two records have the same one, the sum of their tags is free of it, and
leaves an equation for H alone.  H belongs to the key, so from then on every record can be changed.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from journey.attacks import Attack, a_field, plants_her_words
from journey.parties import Channel, Party, Script
from journey.rooms.forbidden_attack import gf128
from journey.rooms.forbidden_attack.channel import RECORD
from journey.rooms.forbidden_attack.gf128 import Polynomial
from journey.scene import Scene
from purecrypto import aes_gcm, ghash, stream

RECORDS = 400
NEWS_SIZE = 48  # bytes: three blocks
ORDER, WANTED = b"pay 100 to bob", b"pay 900 to eve"

Fields: TypeAlias = Mapping[str, bytes]


def wait_for_a_repeated_nonce(scene: Scene) -> None:
    """Let many records pass; then change the last, whose nonce is its own."""
    texts = [scene.public_text(NEWS_SIZE) for _ in range(RECORDS - 1)]
    texts.append(ORDER + b"; memo " + scene.public_text(12))
    with scene.connect(client=saying(texts)) as link:
        link.handshake()
        frames = [link.client.receive() for _ in texts]
        pairs = with_one_nonce([RECORD.dissect(frame) for frame in frames])
        if not pairs:
            scene.tell(f"{RECORDS} records, and each has another nonce.")
            return
        scene.tell(f"{RECORDS} records, and {len(pairs)} of them have a nonce that was there before.")
        for fields in pairs[0]:
            scene.show("one of the first two that have the same", RECORD.assemble(fields))
        H = find_the_point(scene, pairs)
        scene.aim(WANTED)
        forged = forge(H, RECORD.dissect(frames[-1]))
        scene.show("the last record, changed, and with a new tag", forged, before=frames[-1])
        link.server.send(forged)


def saying(texts: Sequence[bytes]) -> Script:
    """A client that has much to say, and nobody wants to hear all of it told."""

    def say(channel: Channel, party: Party) -> None:
        for text in texts:
            party.sent.append(text)
            channel.send(text)

    return say


def with_one_nonce(records: Sequence[Fields]) -> list[tuple[Fields, Fields]]:
    """Each record whose nonce has been there before, and the first one that had it."""
    first: dict[bytes, Fields] = {}
    return [
        (first[fields["nonce"]], fields)
        for fields in records
        if first.setdefault(fields["nonce"], fields) is not fields
    ]


def find_the_point(scene: Scene, pairs: Sequence[tuple[Fields, Fields]]) -> int:
    """H: a root of every pair's polynomial."""
    candidates = gf128.roots(polynomial(*pairs[0]))
    scene.tell(f"Roots of the polynomial that these two give: {len(candidates)}.  One of them is H.")
    for pair in pairs[1:]:
        candidates = [root for root in candidates if gf128.evaluate(polynomial(*pair), root) == 0]
    (H,) = candidates
    scene.tell(f"The other pairs agree on one: H = {H:#034x}.")
    return H


def polynomial(first: Fields, second: Fields) -> Polynomial:
    """The sum of both tags, minus itself: it is 0 at H, since the mask has fallen out."""
    return gf128.add(with_its_tag(first), with_its_tag(second))


def with_its_tag(fields: Fields) -> Polynomial:
    """The polynomial of GHASH, whose last block has the factor H, and the tag in the place of x^0."""
    data = aes_gcm.hash_data(b"", fields["ciphertext"])
    blocks = [data[i : i + ghash.BLOCK_SIZE] for i in range(0, len(data), ghash.BLOCK_SIZE)]
    return [int.from_bytes(block, "big") for block in (fields["tag"], *reversed(blocks))]


def forge(H: int, fields: Fields) -> bytes:
    """Turn ORDER into WANTED: bits are flipped as on rung 2, and the tag by as much as GHASH changes."""
    ciphertext, tag = fields["ciphertext"], fields["tag"]
    difference = stream.xor(ORDER, WANTED)
    changed = stream.xor(ciphertext, difference.ljust(len(ciphertext), b"\0"))
    key = ghash.Key(H.to_bytes(ghash.BLOCK_SIZE, "big"))
    for said in (ciphertext, changed):
        tag = stream.xor(tag, ghash.ghash(key, aes_gcm.hash_data(b"", said)))
    return RECORD.join(fields["nonce"], changed, tag)


ATTACKS = (
    Attack(
        "wait for a repeated nonce",
        wait_for_a_repeated_nonce,
        plants_her_words,
        wins=((0, 1),),
        needs=(a_field("nonce"), a_field("tag", aes_gcm.TAG_SIZE)),
    ),
)
