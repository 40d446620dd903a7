"""In the room of the padding oracle: decrypt a block byte by byte, by asking whether a padding is right.

CBC decrypts a block C in two steps: D = AES^-1(C), and then P = D ^ (the block before it).  Mallory cannot do
the first, but what stands before C is hers to choose.  She puts R there, and D ^ R comes out.  If the server
finds that it is padded, then it ends in 00, most likely, and the last byte of D is that of R.
"""

from collections import Counter

from journey.attacks import Attack, a_field, reads_a_secret
from journey.parties import Channel, Party
from journey.rooms.padding_oracle.cbc import BLOCK_SIZE
from journey.rooms.padding_oracle.channel import MAC_SIZE
from journey.scene import Scene
from journey.wire import Leg, Silence
from purecrypto import stream

HEAD = b"GET / HTTP/1.1\r\nCookie: session="  # two blocks
COOKIE_SIZE = BLOCK_SIZE
FILLER_SIZE = MAC_SIZE + BLOCK_SIZE  # in front, so that a record is long enough for a MAC
REPORTED = 3  # bytes whose guessing is told in full


class Oracle:
    """Answers one question about a block: does it end in a padding after it has been XORed with R?"""

    def __init__(self, scene: Scene, server: Leg, fields: dict[str, bytes]) -> None:
        self._record = scene.rung.record
        self._server = server
        self._fields = fields | {"iv": scene.random_bytes(BLOCK_SIZE)}
        self._filler = scene.random_bytes(FILLER_SIZE)
        self.asked = 0
        # Most blocks end in no padding.  What is said of nine random ones, most of the time?
        said = [self.answer(scene.random_bytes(BLOCK_SIZE), scene.random_bytes(BLOCK_SIZE)) for _ in range(9)]
        ((self.usual, _),) = Counter(said).most_common(1)

    def answer(self, R: bytes, block: bytes) -> bytes:
        self.asked += 1
        forged = self._fields | {"ciphertext": self._filler + R + block}
        self._server.send(self._record.assemble(forged))
        try:
            return self._server.receive()
        except Silence:
            return b"it has believed us"

    def is_padded(self, R: bytes, block: bytes) -> bool:
        return self.answer(R, block) != self.usual


def guess_what_ends_in_a_padding(scene: Scene) -> None:
    """Read a cookie out of a request that she cannot decrypt."""
    cookie = scene.secret(COOKIE_SIZE)
    with scene.connect(client=[scene.message(HEAD, cookie, b"\r\n\r\n")], server=serve) as link:
        frame = link.client.receive()
        scene.show("the request, encrypted", frame)
        fields = scene.rung.record.dissect(frame)
        blocks = fields["iv"] + fields["ciphertext"]
        at = BLOCK_SIZE + len(HEAD)
        before, block = blocks[at - BLOCK_SIZE : at], blocks[at : at + BLOCK_SIZE]
        oracle = Oracle(scene, link.server, fields)
        D = undone(scene, oracle, block)
        if D is not None:
            scene.tell(f"That took her {oracle.asked} questions.  Blind guesses would be 2^{8 * BLOCK_SIZE}.")
            scene.claim(cookie, stream.xor(D, before))


def undone(scene: Scene, oracle: Oracle, block: bytes) -> bytes | None:
    """AES^-1 of a block, from the last byte to the first; None if the oracle says nothing."""
    D = bytes(BLOCK_SIZE)
    for position in reversed(range(BLOCK_SIZE)):
        count = BLOCK_SIZE - 1 - position  # a padding of this many bytes, and one more: all are `count`
        known = stream.xor(D[position + 1 :], bytes([count]) * count)
        start = scene.random_bytes(position)
        for guess in range(256):
            R = start + bytes([guess]) + known
            if oracle.is_padded(R, block) and (count or ends_in_zero(oracle, R, block)):
                break
        else:
            scene.tell(f"{oracle.asked} questions, and always the same answer: she learns nothing.")
            return None
        D = D[:position] + bytes([guess ^ count]) + D[position + 1 :]
        if count < REPORTED:
            padding = bytes([count] * (count + 1)).hex(" ")
            scene.tell(f"{R.hex(' ')} is answered in another way: it makes the block end in {padding}.")
    return D


def ends_in_zero(oracle: Oracle, R: bytes, block: bytes) -> bool:
    """Or is it a longer padding, such as 01 01?  Then the byte before the last matters as well."""
    changed = R[:-2] + bytes([R[-2] ^ 0xFF]) + R[-1:]
    return oracle.is_padded(changed, block)


def serve(channel: Channel, party: Party) -> None:
    """What the server does all day."""
    while True:
        party.accepted.append(channel.receive())


ATTACKS = (
    Attack(
        "guess what ends in a padding",
        guess_what_ends_in_a_padding,
        reads_a_secret,
        wins=((0, 1),),
        needs=(a_field("iv"),),
    ),
)
