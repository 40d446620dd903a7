"""The room of two services: each is reached by its own clients, and what is compared is compared."""

from dataclasses import replace

import pytest

from journey import ladder, referee
from journey.credentials import Credentials, issue
from journey.errors import EndOfStream
from journey.ladder import Rung
from journey.parties import Channel, Party
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.alpaca.attack import browser
from journey.rooms.alpaca.channel import agreed, ftp_server, web_server
from journey.scene import Scene
from tests.support.journey import watch

VARIANTS = ladder.room("alpaca")
NOTHING, IGNORED, CLIENT_INSISTS, BOTH_KNOW, NAMES = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)


@each_variant
def test_a_browser_reaches_the_web_site(variant: Rung) -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=browser(b"hello"), server=web_server) as link:
            link.relay()

    _, evidence = watch(variant, run)
    client, server = (evidence.links[0].parties[role] for role in ("client", "server"))
    assert client.accepted == [b"HTTP/1.1 200 OK\r\n\r\n<h1>Welcome back</h1>"]
    assert server.accepted == [b"POST / HTTP/1.1\r\n\r\nhello"]
    assert client.refused is server.refused is None


@each_variant
def test_an_ftp_client_reaches_the_ftp_server(variant: Rung) -> None:
    def run(scene: Scene) -> None:
        own = scene._all_credentials
        neighbour = own["neighbour"]
        own["client"] = replace(own["client"], protocol="ftp", server_name=neighbour.own_name)
        with scene.connect(client=list_files, server=ftp_server, answered_by="neighbour") as link:
            link.relay()

    def list_files(channel: Channel, party: Party) -> None:
        party.accepted.append(channel.receive())
        channel.send(b"LIST")
        party.accepted.append(channel.receive())
        channel.close()

    _, evidence = watch(variant, run)
    client = evidence.links[0].parties["client"]
    if variant is CLIENT_INSISTS:  # it should not, as long as its server does not know ALPN
        assert str(client.refused) == "the server has not agreed to speak ftp"
        return
    assert client.accepted == [b"220 FTP server ready", b"500 LIST: command not understood"]
    assert client.refused is None


@each_variant
def test_both_show_one_certificate_with_both_names(variant: Rung) -> None:
    hosts = issue(seeded("1"))
    assert hosts["server"].joint_chain() == hosts["neighbour"].joint_chain()
    names = {hosts["server"].own_name, hosts["neighbour"].own_name}
    assert len(names) == 2
    assert hosts["client"].server_name == hosts["server"].own_name
    shown = []

    def run(scene: Scene) -> None:
        for host in ("server", "neighbour"):
            with scene.connect(client=look, server=web_server, answered_by=host) as link:
                link.relay()

    def look(channel: Channel, party: Party) -> None:
        shown.append(agreed(channel).peer)  # type: ignore[arg-type]

    if variant in (NOTHING, IGNORED):
        watch(variant, run)
        assert shown[0] == shown[1] is not None


REFUSALS = {
    CLIENT_INSISTS: ("client", "the server has not agreed to speak http/1.1"),
    BOTH_KNOW: ("server", "ALPN: "),
    NAMES: ("server", "the client wants SITE, and this is ftp.SITE"),
}


@pytest.mark.parametrize("variant", REFUSALS, ids=lambda variant: variant.variant)
def test_who_compares_refuses_and_says_why(variant: Rung) -> None:
    who, why = REFUSALS[variant]
    found: list[Credentials] = []

    def run(scene: Scene) -> None:
        found.append(scene.credentials)
        with scene.connect(client=browser(b"hello"), server=ftp_server, answered_by="neighbour") as link:
            link.relay()

    _, evidence = watch(variant, run)
    parties = evidence.links[0].parties
    refused = parties[who].refused  # type: ignore[index]
    assert str(refused).startswith(why.replace("SITE", found[0].server_name))
    assert parties["server"].accepted == []  # not a word of the browser's has arrived
    assert b"hello" not in b"".join(parties["client"].accepted)


@each_variant
def test_what_the_client_wants_cannot_be_edited(variant: Rung) -> None:
    """Both are in its hello, and the server signs what it has received."""

    def run(scene: Scene) -> None:
        with scene.connect(client=browser(b"hello"), server=ftp_server, answered_by="neighbour") as link:
            hello = link.client.receive()
            changed = hello.replace(b"http/1.1", b"ftp/9.99").replace(b".example", b".exbmple")
            assert changed != hello
            link.server.send(changed)
            with pytest.raises(EndOfStream):
                while True:
                    link.client.send(link.server.receive())

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["client"].refused is not None


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = NOTHING.attacks
    outcomes = [referee.play(attack, variant, seed="answer") for variant in VARIANTS]
    assert [outcome.result for outcome in outcomes] == [Result.SUCCEEDS] * 2 + [Result.REFUSED] * 3
    files = [str(outcome.where).rsplit(":", 1)[0] for outcome in outcomes[2:]]
    own = "journey/rooms/alpaca/channel.py"
    assert files == [own, "handshake/server_choice.py", own]
