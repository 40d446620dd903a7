"""Against rung 3: go on hashing where the honest party stopped, and borrow a keystream for what is added.

SHA-256 mixes block after block into a state of 32 bytes, and the digest *is* that state.  So from

    tag = SHA-256(key + ciphertext)

everybody can compute SHA-256(key + ciphertext + padding + tail), for any tail: no key is needed.
"""

import struct

from journey.attacks import Attack, a_field, plants_her_words
from journey.credentials import KEY_SIZE
from journey.scene import Scene
from purecrypto import stream
from purecrypto.sha256 import sha256

TAIL = b"; pay 900 to mallory"


def extend_the_length(scene: Scene) -> None:
    """Make the server accept a message that ends in words of hers."""
    record = scene.rung.record
    known = scene.public_text(200)
    with scene.connect(client=[scene.payment(), scene.message(known)]) as link:
        link.handshake()
        payment_frame, known_frame = link.client.receive(), link.client.receive()
        payment, text = record.dissect(payment_frame), record.dissect(known_frame)
        scene.show("a payment: its tag is a state of SHA-256", payment_frame)

        # The hash ended with this padding; now it becomes a part of the message.
        padding = sha256_padding(KEY_SIZE + len(payment["ciphertext"]))
        start = len(payment["ciphertext"]) + len(padding)  # of the tail

        # Which keystream will lie over the tail?  The nonce decides, and no tag protects the nonce.
        keystream = stream.xor(text["ciphertext"][: len(known)], known)
        scene.tell(
            f"The long message is known, so {len(known)} bytes of keystream under its nonce are known, too: "
            "enough to encrypt the tail."
        )
        tail = stream.xor(TAIL, keystream[start : start + len(TAIL)])

        resumed = ResumedSha256(payment["tag"], KEY_SIZE + start)
        resumed.update(tail)
        forged = record.assemble(
            {
                "nonce": text["nonce"],
                "ciphertext": payment["ciphertext"] + padding + tail,
                "tag": resumed.digest(),
            }
        )
        scene.show("the same ciphertext, its padding, her tail; the other nonce; a new tag", forged)
        scene.aim(TAIL)
        link.server.send(forged)


class ResumedSha256(sha256):
    """SHA-256 that starts in the state in which another one ended."""

    def __init__(self, digest: bytes, length: int) -> None:
        """`digest` of a message that had `length` bytes, its padding included."""
        super().__init__()
        self._state = struct.unpack(">8I", digest)
        self._length = length


def sha256_padding(length: int) -> bytes:
    """What SHA-256 hangs on a message of `length` bytes to fill its last block of 64."""
    zeros = -(length + 1 + 8) % 64
    return b"\x80" + bytes(zeros) + (8 * length).to_bytes(8, "big")


ATTACKS = (
    Attack(
        "extend the length",
        extend_the_length,
        plants_her_words,
        wins=((3, 3),),
        needs=(a_field("nonce"), a_field("ciphertext"), a_field("tag", sha256.digest_size)),
        translation="forge after a restart",  # the same wish, put to Poly1305: a new tag out of old ones
    ),
)
