"""Against rung 13: strike the good suite out of the client's offer, and try all keys of the bad one.

ChaCha20 is as strong here as anywhere; only its key is one of 2^20.  As nothing but the key is unknown, the
first bytes of keystream under each possible key can be computed beforehand.  The message begins with words
that she knows; that gives her four bytes of the true keystream, and the table says under which key they come.
"""

import functools
from collections.abc import Iterator

from journey.attacks import Attack, a_greeting, reads_a_secret
from journey.credentials import Role
from journey.s07_aead import channel as s07
from journey.s13_both_shares.channel import EXPORT, EXPORT_BITS
from journey.scene import Scene
from purecrypto import chacha20, chacha20poly1305, stream
from purecrypto.errors import InvalidTag

WORD_SIZE = 4  # bytes: of the state of ChaCha20, and of an entry of the table
BATCH_KEYS = 256  # tried side by side


def downgrade_the_cipher(scene: Scene) -> None:
    """Let both parties believe that the other one speaks only the bad suite; then only listen."""
    words = b"the code of the safe is "
    secret = scene.secret()

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "suites" in fields:
            scene.show_bytes("the client offers these suites", fields["suites"])
            fields["suites"] = EXPORT * (len(fields["suites"]) // len(EXPORT))
            scene.show_bytes("the server hears of these", fields["suites"])

    with scene.connect(client=[scene.message(words, secret)]) as link:
        link.handshake(edit)
        frame = link.client.receive()
        scene.show("the client's message", frame)
        link.server.send(frame)
        keystream = stream.xor(words, scene.rung.record.dissect(frame)["ciphertext"][: len(words)])
        scene.show_bytes("it begins with words that she knows: so this is keystream", keystream[:WORD_SIZE])
        for key in keys_that_give(keystream[:WORD_SIZE]):
            scene.tell(
                f"Of 2^{EXPORT_BITS} keys, number {int.from_bytes(key, 'little')} gives this keystream."
            )
            try:
                text = chacha20poly1305.open(key, s07.nonce(0), frame)
            except InvalidTag:
                continue
            scene.claim(secret, text[len(words) :])


def keys_that_give(keystream: bytes) -> Iterator[bytes]:
    """The keys under which the keystream of message number 0 begins with these four bytes."""
    table = first_words()
    position = table.find(keystream)
    while position >= 0:
        if position % WORD_SIZE == 0:
            yield (position // WORD_SIZE).to_bytes(chacha20.KEY_SIZE, "little")
        position = table.find(keystream, position + 1)


@functools.cache
def first_words() -> bytes:
    """For each key, four bytes of keystream.  Made once: the keys are the same for all connections."""
    return b"".join(batch_of_words(first) for first in range(0, 1 << EXPORT_BITS, BATCH_KEYS))


def batch_of_words(first: int) -> bytes:
    """The first word of block 1 under the keys `first`, `first` + 1 and so on.

    chacha20.block(key, 1, s07.nonce(0)) computes the same, and takes a hundred times as long.  This is the
    wide kernel of purecrypto/chacha20.py, whose lanes hold not blocks of one key but one block of many keys.
    """
    n = BATCH_KEYS
    column = 8 * chacha20.LANE_SIZE * n  # bits
    column_0 = (1 << column) - 1
    ones, numbers, _ = chacha20._lanes()
    ones, numbers = ones & column_0, numbers & column_0

    constants = sum(word * ones << i * column for i, word in enumerate(chacha20.CONSTANTS))
    keys, counters = numbers + first * ones, ones  # in word 4 the key, in word 12 the counter 1
    a, _, _, _ = chacha20._wide_rounds([constants, keys, 0, counters], column)

    lanes = ((a + constants) & column_0).to_bytes(chacha20.LANE_SIZE * n, "little")
    words = bytearray(WORD_SIZE * n)
    for i in range(WORD_SIZE):
        words[i::WORD_SIZE] = lanes[i :: chacha20.LANE_SIZE]
    return bytes(words)


ATTACKS = (
    Attack(
        "downgrade the cipher",
        downgrade_the_cipher,
        reads_a_secret,
        wins=((13, 13),),
        needs=(a_greeting("suites"),),
    ),
)
