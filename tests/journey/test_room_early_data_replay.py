"""The room of early data: what is taken early, what is remembered, and what waits."""

from collections.abc import Sequence

import pytest

from journey import ladder, referee
from journey.attacks import Evidence
from journey.credentials import LONG_AGO, issue
from journey.ladder import Rung
from journey.parties import Party
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.alpaca.channel import agreed
from journey.rooms.early_data_replay.attack import deliver, first_flight, get_a_ticket, is_carried_out_twice
from journey.rooms.early_data_replay.channel import only_what_is_harmless, shop
from journey.scene import Scene
from record.content_type import ContentType
from tests.support.journey import converse, watch

VARIANTS = ladder.room("early_data_replay")
NOBODY, EACH, TOGETHER, WAITS = VARIANTS
AGAIN, NEXT_DOOR, REPEATED = NOBODY.attacks
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

ORDER, PAGE = b"POST /orders one lamp", b"GET /lamps"


def visits(variant: Rung, *requests: bytes, answered_by: str = "server") -> Evidence:
    """A first visit, and a second one with these requests, all in peace."""

    def run(scene: Scene) -> None:
        get_a_ticket(scene)
        with scene.connect(
            client=[scene.message(text) for text in requests], server=shop, answered_by=answered_by
        ) as link:
            link.relay()

    return watch(variant, run)[1]


def parties(evidence: Evidence) -> tuple[Party, Party]:
    """Those of the last connection."""
    return evidence.links[-1].parties["client"], evidence.links[-1].parties["server"]


@each_variant
def test_honest_parties_understand_each_other(variant: Rung) -> None:
    found = converse(variant, [b"one", b"two"], [b"three"])
    assert found["server"].accepted == [b"one", b"two"]
    assert found["client"].accepted == [b"three"]


@each_variant
@pytest.mark.parametrize("requests", [[ORDER], [PAGE, ORDER], [ORDER, PAGE], [ORDER, bytes(5000), PAGE]])
@pytest.mark.parametrize("answered_by", ["server", "neighbour"])
def test_who_comes_back_sends_early_and_is_understood(
    variant: Rung, requests: Sequence[bytes], answered_by: str
) -> None:
    """Each request is carried out once, whether it came early, and also if it is too long for that."""
    evidence = visits(variant, *requests, answered_by=answered_by)
    client, server = parties(evidence)
    assert sorted(server.accepted) == sorted(requests)
    assert server.refused is client.refused is None
    for party in (client, server):
        session = agreed(party.channel)  # type: ignore[arg-type]
        assert (session.psk_origin, session.early_data_accepted) == ("ticket", True)
    first = agreed(evidence.links[0].parties["server"].channel)  # type: ignore[arg-type]
    assert (first.psk_origin, first.early_data_accepted) == (None, False)


@each_variant
def test_what_the_shop_does_before_the_handshake_is_complete(variant: Rung) -> None:
    """Nobody answers for the client any more: all that is accepted was accepted early."""

    def run(scene: Scene) -> None:
        get_a_ticket(scene)
        with scene.connect(client=[scene.message(PAGE), scene.message(ORDER)], server=shop) as link:
            flight = first_flight(scene, link)
            assert [record[0] for record in flight] == [ContentType.HANDSHAKE] + 2 * [
                ContentType.APPLICATION_DATA
            ]
            deliver(flight, link)

    _, server = parties(watch(variant, run)[1])
    assert server.accepted == ([PAGE] if variant is WAITS else [PAGE, ORDER])
    assert agreed_or_none(server) is None


def agreed_or_none(party: Party) -> object:
    assert party.channel is not None
    return party.channel.connection.session  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("request_", "harmless"),
    [(PAGE, True), (ORDER, False), (b"", False), (b"GETTING", False), (b"get /", False)],
)
def test_what_is_harmless(request_: bytes, harmless: bool) -> None:
    assert only_what_is_harmless(request_) == harmless


def test_each_attack_ends_at_a_variant_of_its_own() -> None:
    for attack, beaten_by in ((AGAIN, EACH), (NEXT_DOOR, TOGETHER), (REPEATED, WAITS)):
        results = [referee.play(attack, variant, seed="answer").result for variant in VARIANTS]
        first = VARIANTS.index(beaten_by)
        assert results == [Result.SUCCEEDS] * first + [Result.LEARNS_NOTHING] * (len(VARIANTS) - first)


@pytest.mark.parametrize("attack", NOBODY.attacks, ids=lambda attack: attack.name.replace(" ", "_"))
@each_variant
def test_the_order_is_carried_out_all_the_same(variant: Rung, attack: object) -> None:
    """Where an attack comes to nothing, it is not because nothing works: the client is served, once."""
    _, evidence = watch(variant, attack.run)  # type: ignore[attr-defined]
    orders = [
        text
        for party in evidence.parties()
        if party.role == "server"
        for text in party.accepted
        if text.startswith(b"POST")
    ]
    assert len(set(orders)) == 1
    assert len(orders) == (2 if is_carried_out_twice(evidence) else 1)
    assert is_carried_out_twice(evidence) == attack.wins_on(variant.number)  # type: ignore[attr-defined]


def test_two_orders_are_no_order_carried_out_twice() -> None:
    assert not is_carried_out_twice(visits(NOBODY, ORDER, ORDER))


def test_a_server_and_its_neighbour_share_what_they_should() -> None:
    hosts = issue(seeded("hosts"))
    server, neighbour = hosts["server"], hosts["neighbour"]
    assert server.ticket_key() == neighbour.ticket_key() != hosts["mallory"].ticket_key()
    assert server.taken is not neighbour.taken
    assert server.taken_by_both is neighbour.taken_by_both is not server.taken
    assert server.now > LONG_AGO
