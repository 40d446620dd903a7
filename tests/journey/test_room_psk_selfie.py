"""The room of the selfie in TLS: which keys are known to whom, and where a call may arrive."""

from dataclasses import replace

import pytest

from handshake import messages
from handshake.messages import ClientHello
from handshake.psk_extensions import OfferedPsks
from journey import ladder, referee
from journey.credentials import Role, issue
from journey.ladder import Rung
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.alpaca.channel import agreed
from journey.scene import Scene
from record import framing
from record.content_type import ContentType
from record.framing import HEADER_SIZE
from tests.support.journey import converse, watch

VARIANTS = ladder.room("psk_selfie")
ONE_NAME, CALLER, BOTH_NAMES, TWO_KEYS = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

HOSTS = issue(seeded("hosts"))
NORTH = replace(HOSTS["client"], own_name="north", peer_name="south")
SOUTH = replace(HOSTS["client"], own_name="south", peer_name="north")


@each_variant
def test_honest_parties_understand_each_other(variant: Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]
    for party in parties.values():
        session = agreed(party.channel)  # type: ignore[arg-type]
        assert (session.psk_origin, session.peer, session.server_name) == ("external", None, None)
        assert session.group is not None  # there is a fresh key exchange beside the key


@each_variant
def test_either_may_call_the_other(variant: Rung) -> None:
    def run(scene: Scene) -> None:
        hosts = scene._all_credentials
        hosts["client"], hosts["server"] = hosts["server"], hosts["client"]
        with scene.connect(client=[scene.message(b"hello")]) as link:
            link.relay()

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


@each_variant
def test_whose_keys_agree(variant: Rung) -> None:
    """A caller and the one whom it calls have a key in common.  Should who answers its own call?"""
    client, server = ("client", "server")
    calls, answers, answers_itself = (
        {(psk.identity, psk.key) for psk in variant.channel.keys(role, own)}
        for role, own in ((client, NORTH), (server, SOUTH), (server, NORTH))
    )
    assert calls & answers
    assert bool(calls & answers_itself) == (variant in (ONE_NAME, CALLER))


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = ONE_NAME.attacks
    outcomes = [referee.play(attack, variant, seed="answer") for variant in VARIANTS]
    assert [outcome.result for outcome in outcomes] == [Result.SUCCEEDS] * 2 + [Result.REFUSED] * 2
    assert [outcome.why for outcome in outcomes[2:]] == [
        "ClientHello: no pre-shared key that we know",
        "pre_shared_key: the binder is wrong",
    ]
    files = [str(outcome.where).rsplit(":", 1)[0] for outcome in outcomes[2:]]
    assert files == ["handshake/server_choice.py", "handshake/pre_shared_keys.py"]


def test_an_honest_call_is_no_selfie() -> None:
    (attack,) = ONE_NAME.attacks

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            link.relay()

    assert referee.play(replace(attack, run=run), ONE_NAME).result is Result.LEARNS_NOTHING


def test_nothing_is_changed_on_the_way() -> None:
    """What goes into one program comes out of the other one, byte by byte."""
    (attack,) = ONE_NAME.attacks
    crossings: list[referee.Crossing] = []
    referee.play(attack, ONE_NAME, capture=crossings.append)
    for sender, receiver in (("client", "server"), ("server", "client")):
        sent = [c.frame for c in crossings if c.party == sender and not c.to_party]
        received = [c.frame for c in crossings if c.party == receiver and c.to_party]
        assert sent == received != []


def renamed(record: bytes, name: bytes) -> bytes:
    """The hello with another name for the key, and the binder as it was."""
    hello = messages.decode(record[HEADER_SIZE:])
    assert isinstance(hello, ClientHello)
    *others, offered = hello.extensions
    assert isinstance(offered, OfferedPsks)
    identities = tuple(replace(identity, identity=name) for identity in offered.identities)
    edited = replace(hello, extensions=(*others, replace(offered, identities=identities)))
    return framing.frame(ContentType.HANDSHAKE, messages.encode(edited))


def test_the_name_of_the_key_cannot_be_changed_on_the_way() -> None:
    """Else it would not help that it says who calls whom, as long as it is one key."""

    def run(scene: Scene) -> None:
        host = scene._all_credentials["client"]
        role: Role = "server"
        (known,) = BOTH_NAMES.channel.keys(role, host)
        with scene.connect(client=[scene.message(b"hello")], answered_by="client") as link:
            link.server.send(renamed(link.client.receive(), known.identity))
            link.relay()

    _, evidence = watch(BOTH_NAMES, run)
    server = evidence.links[0].parties["server"]
    assert str(server.refused) == "pre_shared_key: the binder is wrong"
    assert server.accepted == []
