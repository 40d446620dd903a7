"""Against rung 7: wait for a restart.  The counter begins at 0 again, under the same key.

Two messages under one nonce give away their keystream (rung 1's attack wins once more), and also the key
with which Poly1305 makes tags.  For a message of one block, with c its ciphertext as a number and l the
block that holds the lengths,

    tag = (c * r^2 + l * r  mod p) + s  mod 2^128,        p = 2^130 - 5

with two secret numbers r and s, which key and nonce determine.  Subtract two tags of messages of one length:
l * r and s fall out, and what is left is a quadratic equation for r alone:

    tag_1 - tag_2 = (c_1 - c_2) * r^2  mod p, up to a few multiples of 2^128
"""

from collections.abc import Iterator

from journey.attacks import Attack, a_field, plants_her_words
from journey.scene import Scene
from purecrypto import chacha20poly1305, poly1305, stream

p = poly1305.P
WANTED = b"pay 900 to eve"  # no longer than one block of 16 bytes


def forge_after_a_restart(scene: Scene) -> None:
    """From the first messages of two connections, make another first message."""
    record = scene.rung.record
    known = scene.public_text(len(WANTED))
    with scene.connect(client=[scene.message(known)]) as monday:
        monday.handshake()
        frame = monday.client.receive()
        scene.show("Monday, message number 0, which everybody knows", frame)
        first = record.dissect(frame)

    with scene.connect(client=[scene.message(scene.secret(len(WANTED)))]) as tuesday:
        tuesday.handshake()
        frame = tuesday.client.receive()
        scene.show("Tuesday, after a restart, message number 0 again", frame)
        second = record.dissect(frame)
        if len(first["ciphertext"]) > poly1305.BLOCK_SIZE:
            scene.tell("These messages fill more than one block.")
            return
        scene.tell("Subtracting the two tags leaves an equation for r alone: a square root solves it.")
        for r, s in one_time_keys(first, second):
            scene.tell(f"r = {r:#x}, and then s = {s:#x}.")
            keystream = stream.xor(first["ciphertext"][: len(known)], known)
            ciphertext = stream.xor(WANTED, keystream)
            forged = {"ciphertext": ciphertext, "tag": tag(r, s, ciphertext)}
            scene.show("her own message number 0", record.assemble(forged))
            scene.aim(WANTED)
            tuesday.server.send(record.assemble(forged))
            return
        scene.tell("No r fulfils the equation: these tags were not made with one key and nonce.")


def one_time_keys(first: dict[str, bytes], second: dict[str, bytes]) -> Iterator[tuple[int, int]]:
    """Every (r, s) with which both tags come out; as a rule, one or none."""
    c_1, c_2 = block(first["ciphertext"]), block(second["ciphertext"])
    tag_1, tag_2 = number(first["tag"]), number(second["tag"])
    # Each sum was below 5 * 2^128 before it was cut to 128 bits, so up to 4 * 2^128 are missing on each side.
    for k in range(-4, 5):
        r_squared = (tag_1 - tag_2 + (k << 128)) * pow(c_1 - c_2, -1, p) % p
        root = pow(r_squared, (p + 1) // 4, p)  # a square root, if there is one, because p is 3 modulo 4
        for r in (root, p - root):
            if r * r % p == r_squared and r & poly1305.CLAMP == r:  # only such r are used: RFC 8439 2.5
                without_s = number(tag(r, 0, first["ciphertext"]))
                s = (tag_1 - without_s) % (1 << 128)
                if tag(r, s, second["ciphertext"]) == second["tag"]:
                    yield r, s


def tag(r: int, s: int, ciphertext: bytes) -> bytes:
    """The tag of a ciphertext, by those who know r and s."""
    one_time_key = r.to_bytes(16, "little") + s.to_bytes(16, "little")
    return poly1305.mac(one_time_key, chacha20poly1305.mac_data(b"", ciphertext))


def block(ciphertext: bytes) -> int:
    """A ciphertext of at most one block as the coefficient that Poly1305 makes of it."""
    return number(ciphertext.ljust(poly1305.BLOCK_SIZE, b"\0") + b"\x01")


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


ATTACKS = (
    Attack(
        "forge after a restart",
        forge_after_a_restart,
        plants_her_words,
        wins=((7, 7),),
        needs=(a_field("ciphertext"), a_field("tag", poly1305.TAG_SIZE)),
    ),
)
