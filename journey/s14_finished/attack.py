"""Against rung 14: Logjam.  Strike the good group out of the client's offer, and solve the bad one at once.

Finished is a MAC under a key made from the shared secret.  Whoever finds the secret before the handshake is
over can forge it; and the group in which the secret lies is one of the things that Finished was to protect.
"""

from journey.attacks import Attack, a_greeting
from journey.parties import PEER
from journey.s09_small_numbers import channel as s09
from journey.s09_small_numbers.attack import logarithm
from journey.s11_x25519.attack import reads_and_changes
from journey.s13_both_shares import channel as s13
from journey.s14_finished import channel as s14
from journey.s14_finished.groups import OLD
from journey.scene import Scene
from purecrypto import hkdf


def downgrade_the_group(scene: Scene) -> None:
    """Let the two choose the small group, find their secret, let each hear the Finished that it expects."""
    words = b"pay 100 to bob; my password is "
    secret_text = scene.secret()
    group = s09.GROUP
    secret, suite, old_share = b"", b"", b""
    heard = {"client": b"", "server": b""}  # the transcripts: what each of them has said and heard
    with scene.connect(client=[scene.message(words, secret_text)]) as link:
        for sender, layout in scene.rung.handshake:
            frame = link.legs[sender].receive()
            fields = layout.dissect(frame)
            if "groups" in fields:
                old_share = fields["old_share"]
                scene.show_bytes("the client offers these groups", fields["groups"])
                fields["groups"] = OLD * (len(fields["groups"]) // len(OLD))
                scene.show_bytes("the server hears of these", fields["groups"])
            if fields.get("group") == OLD:
                y = logarithm(group, int.from_bytes(fields["share"], "big"))
                scene.tell(f"The server's exponent is {y}.  So she can compute what the two of them can.")
                secret = hkdf.extract(b"", group.agree(y.to_bytes(group.private_size, "big"), old_share))
                suite = fields["suite"]
            if "finished" in fields:
                fields["finished"] = s14.finished(secret, sender, heard[PEER[sender]])
                scene.show_bytes(f"the {sender}'s Finished, as its peer expects it", fields["finished"])
            heard[sender] += frame
            heard[PEER[sender]] += layout.assemble(fields)
            link.legs[PEER[sender]].send(layout.assemble(fields))

        scene.tell("Both have heard what they expected, and begin to talk.")
        from_client = s13.channel_under(link.client, "server", secret, suite)
        to_server = s13.channel_under(link.server, "client", secret, suite)
        text = from_client.receive()
        scene.claim(secret_text, text[len(words) :])
        scene.aim(b"pay 900 to mallory")
        to_server.send(text.replace(b"pay 100 to bob", b"pay 900 to mallory"))


ATTACKS = (
    Attack(
        "downgrade the group",
        downgrade_the_group,
        reads_and_changes,
        wins=((14, 14),),
        needs=(a_greeting("groups"), a_greeting("finished")),
        translation="edit the hello",
    ),
)
