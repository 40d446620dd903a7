"""Against rung 2: flip bits in the ciphertext, and the same bits of the message flip.

    (message XOR keystream) XOR difference = (message XOR difference) XOR keystream

Nothing has to be decrypted for that: it is enough to know what stands where.
"""

from journey.attacks import Attack, plants_her_words
from journey.scene import Scene
from purecrypto import stream


def flip_bits(scene: Scene) -> None:
    """Turn `pay 100 to bob` into `pay 900 to bob` without knowing the key."""
    record = scene.rung.record
    payment = scene.payment(amount=100)
    with scene.connect(client=[payment]) as link:
        link.handshake()
        frame = link.client.receive()
        scene.show("the payment, encrypted", frame)

        difference = stream.xor(b"100", b"900")
        scene.show_bytes("'100' XOR '900'", difference)
        scene.aim(b"pay 900 to bob")
        fields = record.dissect(frame)
        text = fields[record.body]
        mask = bytes(payment.known.index(b"100")) + difference
        fields[record.body] = stream.xor(text, mask.ljust(len(text), b"\0"))
        changed = record.assemble(fields)
        scene.show("the same with these three bytes XORed in", changed, before=frame)
        link.server.send(changed)


ATTACKS = (Attack("flip bits", flip_bits, plants_her_words, wins=((0, 2),)),)
