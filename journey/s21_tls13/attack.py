"""Against rung 21: what is still said in the clear; and two old attacks, in the words of the real protocol.

Those two win nowhere.  They stand here for attacks of lower rungs which would otherwise be beaten for a small
reason: because old groups and weak suites have gone, or because the signature is encrypted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from handshake import messages
from handshake.constants import NamedGroup, ProtocolVersion
from handshake.extensions import ClientKeyShares, Extension, ServerName, SupportedGroups, SupportedVersions
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, HandshakeSecret
from handshake.messages import ClientHello, Finished
from handshake.suites import SUITES
from journey.attacks import Attack, Evidence, a_constant, a_greeting, reads_a_secret
from journey.scene import Scene
from journey.wire import Leg
from purecrypto.sha256 import sha256
from record import framing
from record.content_type import ContentType
from record.framing import HEADER_SIZE, Record

CODE_WORDS = b"the code of the safe is "


# --- What is still open ------------------------------------------------------------------------------------


def read_the_server_name(scene: Scene) -> None:
    """Only listen: does the client say in the clear whom it calls?"""
    visited = scene.visited()
    with scene.connect() as link:
        frames = link.handshake()
    for (sender, layout), frame in zip(scene.rung.handshake, frames, strict=True):
        if sender == "client":
            scene.show("the client's hello", frame, layout)
            name = name_in(frame) if layout.field("extensions") else None
            if name is None:
                scene.tell("It does not say whom the client calls: here, a server has only one name.")
                return
            scene.tell(f"It says {name}, and has to: thousands of sites may live at one address.")
            scene.claim(visited, name.encode())
            return


def name_in(record: bytes) -> str | None:
    """The server's name in the record of a real ClientHello, if it gives one."""
    hello = messages.decode(record[HEADER_SIZE:])
    named = hello.find(ServerName) if isinstance(hello, ClientHello) else None
    return named.host_name if named is not None else None


# --- For "downgrade the cipher" and "downgrade the group" --------------------------------------------------


def edit_the_hello(scene: Scene) -> None:
    """Change what can be changed in the client's offer, and see whether the two still come together."""
    for what, edit in EDITS.items():
        with scene.connect(client=[scene.payment()]) as link:
            hello = messages.decode(link.client.receive()[HEADER_SIZE:])
            assert isinstance(hello, ClientHello)
            edited = framing.frame(ContentType.HANDSHAKE, messages.encode(edit(hello)))
            scene.tell(f"She lets the hello arrive {what}, and lets all the rest pass.")
            scene.show_bytes("the hello that arrives", edited)
            link.server.send(edited)
            link.relay()


def with_these(hello: ClientHello, *extensions: Extension) -> ClientHello:
    """The same hello, in which these extensions take the places of those of their types."""
    edited = {old.type: old for old in hello.extensions} | {new.type: new for new in extensions}
    return replace(hello, extensions=tuple(edited.values()))


EDITS: dict[str, Callable[[ClientHello], ClientHello]] = {
    "with another random": lambda hello: replace(hello, random=bytes(len(hello.random))),
    "with an old group": lambda hello: with_these(
        hello, SupportedGroups((NamedGroup.FFDHE2048,)), ClientKeyShares(())
    ),
    "with an old version": lambda hello: with_these(hello, SupportedVersions((ProtocolVersion.TLS_1_2,))),
}


def both_go_on(evidence: Evidence) -> bool:
    """The handshake is complete on both sides, although one has not heard what the other said."""
    return any(all(party.channel is not None for party in link.parties.values()) for link in evidence.links)


# --- For "replay a signature" ------------------------------------------------------------------------------


def transplant_a_signature(scene: Scene) -> None:
    """Monday: steal what the server drew, and decrypt its proof.  Tuesday: seal the same proof anew."""
    secret = scene.secret()
    with scene.connect() as monday:
        hello, answer, flight, _ = monday.handshake()
        drawn = scene.reveal_random_bytes(monday, "server")
    agreed = agree(scene, drawn, hello, answer)
    _, proof = agreed.traffic_secrets(hashed(hello, answer)).server.protection().open(read(flight))
    proof = proof[: -len(messages.encode(Finished(bytes(sha256.digest_size))))]
    scene.show_bytes("Monday's proof, decrypted: a certificate, and a signature", proof)

    with scene.connect(client=[scene.message(CODE_WORDS, secret)], server=None) as tuesday:
        hello = tuesday.client.receive()
        tuesday.client.send(answer)  # with Monday's share, whose private half she has
        agreed = agree(scene, drawn, hello, answer)
        keys = agreed.traffic_secrets(hashed(hello, answer))
        flight = proof + messages.encode(Finished(keys.server.finished(hashed(hello, answer, more=proof))))
        scene.tell("Tuesday's keys are hers.  She seals Monday's proof with them, and a Finished of her own.")
        tuesday.client.send(keys.server.protection().seal(ContentType.HANDSHAKE, flight))
        text = first_message(tuesday.client, agreed, hashed(hello, answer, more=flight))
        scene.claim(secret, text[len(CODE_WORDS) : len(CODE_WORDS) + secret.size])


def agree(scene: Scene, drawn: Sequence[bytes], hello: bytes, answer: bytes) -> HandshakeSecret:
    """What follows from the two shares, for her who has got hold of what the server drew."""
    (_, client_hello), (_, server_hello), *_ = scene.rung.handshake
    chosen, theirs = server_hello.dissect(answer), client_hello.dissect(hello)["share"]
    group, suite = GROUPS[NamedGroup.X25519], SUITES[int.from_bytes(chosen["suite"], "big")]
    keys = (data for data in drawn if len(data) == len(theirs))  # and a salt that Ed25519 does not use
    begun = (group.begin(key) for key in keys)
    (exchange,) = (exchange for exchange in begun if exchange.share == chosen["share"])
    return EarlySecret(suite).handshake_secret(exchange.finish(theirs))


def first_message(leg: Leg, agreed: HandshakeSecret, through_server_finished: bytes) -> bytes:
    """What the client says first when it has believed everything."""
    leg.receive()  # its Finished
    secrets = agreed.main_secret().application_secrets(through_server_finished)
    return secrets.client.protection().open(read(leg.receive()))[1]


def hashed(*records: bytes, more: bytes = b"") -> bytes:
    """The transcript's hash: messages only, without the records' headers."""
    return sha256(b"".join(record[HEADER_SIZE:] for record in records) + more).digest()


def read(frame: bytes) -> Record:
    return Record(ContentType.APPLICATION_DATA, frame[:HEADER_SIZE], frame[HEADER_SIZE:])


REAL_HELLOS = (a_greeting("extensions"),)

ATTACKS = (
    Attack(
        "read the server name",
        read_the_server_name,
        reads_a_secret,
        wins=((21, 21),),
        needs=(a_constant("CERTIFICATES", "certificates"),),
    ),
    Attack("edit the hello", edit_the_hello, both_go_on, wins=(), needs=REAL_HELLOS),
    Attack(
        "transplant a signature",
        transplant_a_signature,
        reads_a_secret,
        wins=(),
        needs=REAL_HELLOS,
        reveals=("random bytes",),
    ),
)
