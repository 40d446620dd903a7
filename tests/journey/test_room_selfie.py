"""The room of the selfie: whose key is the same as whose, and where a call may arrive."""

from dataclasses import replace

import pytest

from journey import ladder, referee
from journey.credentials import Role, issue
from journey.ladder import Rung
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.selfie.channel import names_in_no_order, no_names, who_calls_whom
from journey.scene import Scene
from tests.support.journey import converse, watch

VARIANTS = ladder.room("selfie")
NO_NAMES, NO_ORDER, ORDERED = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

HOSTS = issue(seeded("hosts"))
NORTH = replace(HOSTS["client"], own_name="north", peer_name="south")
SOUTH = replace(HOSTS["client"], own_name="south", peer_name="north")


@each_variant
def test_honest_parties_understand_each_other(variant: Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


@each_variant
def test_either_may_call_the_other(variant: Rung) -> None:
    def run(scene: Scene) -> None:
        hosts = scene._all_credentials
        hosts["client"], hosts["server"] = hosts["server"], hosts["client"]
        with scene.connect(client=[scene.message(b"hello")]) as link:
            link.relay()

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


def test_a_call_can_arrive_at_another_host() -> None:
    def run(scene: Scene) -> None:
        for host in ("server", "client", "neighbour"):
            with scene.connect(answered_by=host) as link:
                link.relay()

    _, evidence = watch(NO_NAMES, run)
    names = [link.parties["server"]._credentials.own_name for link in evidence.links]
    assert len(set(names)) == 3
    assert all(link.parties["client"]._credentials.own_name == names[1] for link in evidence.links)


@pytest.mark.parametrize(
    ("context", "calls", "answers", "answers_himself"),
    [
        (no_names, b"", b"", b""),
        (names_in_no_order, b"north and south", b"north and south", b"north and south"),
        (who_calls_whom, b"north calls south", b"north calls south", b"south calls north"),
    ],
)
def test_what_the_key_is_for(context: object, calls: bytes, answers: bytes, answers_himself: bytes) -> None:
    roles: tuple[Role, Role] = ("client", "server")
    client, server = roles
    assert context(client, NORTH) == calls  # type: ignore[operator]
    assert context(server, SOUTH) == answers  # type: ignore[operator]
    assert context(server, NORTH) == answers_himself  # type: ignore[operator]


def test_the_names_of_two_hosts_agree() -> None:
    client, server = HOSTS["client"], HOSTS["server"]
    assert (client.own_name, client.peer_name) == (server.peer_name, server.own_name)
    assert client.own_name != client.peer_name
    assert client.shared_key == server.shared_key


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = NO_NAMES.attacks
    for seed in range(5):
        outcomes = [referee.play(attack, variant, seed=f"{seed}") for variant in VARIANTS]
        assert [outcome.result for outcome in outcomes] == [Result.SUCCEEDS, Result.SUCCEEDS, Result.REFUSED]
        assert str(outcomes[2].where).startswith("journey/s07_aead/channel.py:")


def test_an_honest_call_is_no_selfie() -> None:
    """The goal looks at who has answered, not only at what was said."""
    (attack,) = NO_NAMES.attacks

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            link.relay()

    assert referee.play(replace(attack, run=run), NO_NAMES).result is Result.LEARNS_NOTHING


def test_nothing_is_changed_on_the_way() -> None:
    """What goes into one program comes out of the other one, byte by byte."""
    (attack,) = NO_NAMES.attacks
    crossings: list[referee.Crossing] = []
    referee.play(attack, NO_NAMES, capture=crossings.append)
    for sender, receiver in (("client", "server"), ("server", "client")):
        sent = [c.frame for c in crossings if c.party == sender and not c.to_party]
        received = [c.frame for c in crossings if c.party == receiver and c.to_party]
        assert sent == received != []
