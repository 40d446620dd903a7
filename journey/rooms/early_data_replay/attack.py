"""In the room of early data: have one order carried out twice.

Mallory cannot read it, and does not need to.  A client's first flight depends on nothing that the server has
said, so a copy of it is as good as the original, wherever it arrives.
"""

from collections.abc import Sequence

from journey.attacks import Attack, Evidence
from journey.parties import Link, Message
from journey.rooms.early_data_replay.channel import shop
from journey.scene import Scene


def send_it_again(scene: Scene) -> None:
    """To the server that has taken it already."""
    get_a_ticket(scene)
    with scene.connect(client=[an_order(scene)], server=shop) as link:
        flight = first_flight(scene, link)
        deliver(flight, link)
        link.relay()
    scene.tell("A second later, and without the client, she sends the server the same bytes once more.")
    with scene.connect(client=None, server=shop) as again:
        deliver(flight, again)


def send_it_to_the_neighbour(scene: Scene) -> None:
    """To another server of the same owner, which can open the same ticket."""
    get_a_ticket(scene)
    with scene.connect(client=[an_order(scene)], server=shop) as link:
        flight = first_flight(scene, link)
        deliver(flight, link)
        link.relay()
    scene.tell("She sends the same bytes to the server next to it, which has the same ticket key.")
    with scene.connect(client=None, server=shop, answered_by="neighbour") as again:
        deliver(flight, again)


def have_the_client_say_it_again(scene: Scene) -> None:
    """First to the neighbour; then let the server that the client has called hear of it, and refuse."""
    get_a_ticket(scene)
    with scene.connect(client=[an_order(scene)], server=shop) as link:
        flight = first_flight(scene, link)
        scene.tell("She holds it up, and sends a copy to the server next door.")
        with scene.connect(client=None, server=shop, answered_by="neighbour") as copy:
            deliver(flight, copy)
        scene.tell(
            "Now she lets the original arrive, and all the rest.  A client that is told that its early data "
            "was not taken sends it again, after the handshake, as if nothing had happened."
        )
        deliver(flight, link)
        link.relay()


def get_a_ticket(scene: Scene) -> None:
    """The client comes for the first time, looks around, and is given a ticket."""
    scene.tell("The client visits the shop, and leaves with a ticket.  She lets it all pass.")
    with scene.connect(client=[scene.message(b"GET /lamps")], server=shop) as link:
        link.relay()


def an_order(scene: Scene) -> Message:
    return scene.message(b"POST /orders one lamp, to room ", scene.secret(8))


def first_flight(scene: Scene, link: Link) -> list[bytes]:
    """All that the client sends before it has heard anything."""
    hello, *early = flight = list(link.client)
    scene.show_bytes("the client comes back: its hello, with the ticket in it", hello)
    for record in early:
        scene.show("and in the same breath, encrypted under a key from the last visit, its order", record)
    return flight


def deliver(flight: Sequence[bytes], link: Link) -> None:
    for record in flight:
        link.server.send(record)


def is_carried_out_twice(evidence: Evidence) -> bool:
    """The servers have done something more often than the client has asked for it."""
    asked = [text for party in evidence.parties() if party.role == "client" for text in party.sent]
    done = [text for party in evidence.parties() if party.role == "server" for text in party.accepted]
    return any(done.count(request) > asked.count(request) for request in asked)


ATTACKS = (
    Attack("send an order again", send_it_again, is_carried_out_twice, wins=((0, 0),)),
    Attack("send an order next door", send_it_to_the_neighbour, is_carried_out_twice, wins=((0, 1),)),
    Attack(
        "have the client repeat an order", have_the_client_say_it_again, is_carried_out_twice, wins=((0, 2),)
    ),
)
