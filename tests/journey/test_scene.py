"""What an attack can see and do, and what it cannot."""

from types import SimpleNamespace

import pytest

from journey import ladder, referee, story
from journey.attacks import Attack
from journey.credentials import issue
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.layout import Field, Layout
from journey.parties import Channel, Message, Party, Secret
from journey.randomness import seeded
from journey.s00_plaintext import channel as s00
from journey.scene import Scene
from tests.support.journey import watch

GREETING = Layout(Field("number", 4))


def greet(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
    """A handshake in which each side sends a random number, and nothing comes of it."""
    wire.send(random_bytes(4))
    wire.receive()
    return s00.Channel(wire)


POLITE = Rung(
    90,
    "polite",
    SimpleNamespace(RECORD=s00.RECORD, HANDSHAKE=(("client", GREETING), ("server", GREETING)), open=greet),
)
PLAIN = ladder.rung(0)


def test_messages_hide_their_secrets() -> None:
    message = Message(b"the code is ", Secret(b"swordfish"), b"!")
    assert message.known == b"the code is ?????????!"
    assert len(message) == len(message.known)
    assert Secret(b"swordfish").size == 9


def test_texts_are_new_each_time_and_the_same_for_a_seed() -> None:
    def texts(seed: str | None) -> list[bytes]:
        found: list[bytes] = []

        def run(scene: Scene) -> None:
            found.extend([scene.secret(20)._text, scene.payment()._text, scene.public_text(50)])

        watch(PLAIN, run, seed=seed)
        return found

    assert texts("1") == texts("1")
    assert len({tuple(texts(seed)) for seed in ("1", "2", None, None)}) == 4
    secret, payment, public = texts(None)
    assert (len(secret), len(public)) == (20, 50)
    assert payment.startswith(b"pay 100 to bob; memo ")


def test_everything_goes_through_her_hands() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")], server=[scene.message(b"welcome")]) as link:
            assert link.client.receive() == b"hello"
            link.server.send(b"good bye")
            assert list(link.server) == [b"welcome"]
            link.client.settle()

    _, evidence = watch(PLAIN, run)
    assert evidence.links[0].parties["server"].accepted == [b"good bye"]
    assert evidence.links[0].parties["client"].accepted == []
    assert not evidence.links[0].parties["client"].heard_the_end


def test_relaying_passes_everything_and_the_end() -> None:
    def run(scene: Scene) -> None:
        texts = [scene.message(b"%d" % i) for i in range(5)]
        with scene.connect(client=texts, server=texts[:2]) as link:
            link.relay()

    _, evidence = watch(PLAIN, run)
    client, server = evidence.links[0].parties["client"], evidence.links[0].parties["server"]
    assert server.accepted == client.sent == [b"0", b"1", b"2", b"3", b"4"]
    assert client.accepted == server.sent == [b"0", b"1"]
    assert client.heard_the_end
    assert server.heard_the_end


def test_the_handshake_passes_before_the_records() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            first, second = link.handshake()
            assert (len(first), len(second)) == (4, 4)
            assert link.client.receive() == b"hello"

    watch(POLITE, run)


def test_greetings_can_be_edited_on_the_way() -> None:
    def edit(sender: str, fields: dict[str, bytes]) -> None:
        if sender == "client":
            fields["number"] = b"mine"

    heard: list[bytes] = []

    def note(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
        wire.send(role[:4].encode())
        heard.append(wire.receive())
        return s00.Channel(wire)

    noting = Rung(93, "noting", SimpleNamespace(**vars(POLITE.channel) | {"open": note}))

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            assert link.handshake(edit) == [b"mine", b"serv"]

    watch(noting, run)
    assert sorted(heard) == [b"mine", b"serv"]


def test_relaying_does_not_end_what_the_parties_have_not_ended() -> None:
    def answer_twice(channel: Channel, party: Party) -> None:
        for _ in range(2):
            channel.send(channel.receive().upper())

    def ask_twice(channel: Channel, party: Party) -> None:
        for text in (b"one", b"two"):
            channel.send(text)
            party.accepted.append(channel.receive())

    def run(scene: Scene) -> None:
        with scene.connect(client=ask_twice, server=answer_twice) as link:
            link.relay()

    _, evidence = watch(PLAIN, run)
    assert evidence.links[0].parties["client"].accepted == [b"ONE", b"TWO"]

    def listen(channel: Channel, party: Party) -> None:
        channel.receive()

    def silent(scene: Scene) -> None:
        with scene.connect(client=listen, server=listen) as link:
            link.relay()

    _, evidence = watch(PLAIN, silent)
    assert not evidence.links[0].parties["client"].heard_the_end


def test_an_end_during_the_handshake_is_nothing_that_was_heard() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.close()

    _, evidence = watch(POLITE, run)
    assert evidence.links[0].parties["client"].channel is None
    assert not evidence.links[0].parties["client"].heard_the_end


def test_who_answers_and_what_is_pinned_can_be_chosen() -> None:
    met: list[object] = []

    def note(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
        met.append((role, credentials.pinned_key, credentials.signing_key))
        return s00.Channel(wire)

    noting = Rung(94, "noting", SimpleNamespace(RECORD=s00.RECORD, open=note))
    keys = issue(seeded("1/credentials"))

    def meet(**options: object) -> object:
        met.clear()

        def run(scene: Scene) -> None:
            with scene.connect(**options):  # type: ignore[arg-type]
                pass

        watch(noting, run, seed="1")
        return met[0]

    client, server, neighbour = keys["client"], keys["server"], keys["neighbour"]
    assert meet(server=None) == ("client", client.pinned_key, client.signing_key)
    assert meet(server=None, first_contact=True) == ("client", None, client.signing_key)
    assert meet(client=None) == ("server", server.pinned_key, server.signing_key)
    elsewhere = meet(client=None, answered_by="neighbour")
    assert elsewhere == ("server", neighbour.pinned_key, neighbour.signing_key)


def test_what_is_said_a_hundred_times_need_not_be_told() -> None:
    events: list[story.Event] = []

    def run(scene: Scene) -> None:
        for aloud in (True, False):
            with scene.connect(client=[scene.message(b"hello")], aloud=aloud):
                pass

    watch(PLAIN, run, listener=events.append)
    assert [event for event in events if isinstance(event, story.Said)] == [
        story.Said(1, "client", b"hello", b"hello")
    ]


def test_a_party_can_be_absent() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=None, server=[scene.message(b"welcome")]) as link:
            assert list(link.server) == [b"welcome"]
            with pytest.raises(KeyError):
                _ = link.client

    watch(PLAIN, run)


def test_a_party_can_follow_a_program() -> None:
    def answer(channel: Channel, party: Party) -> None:
        while True:
            party.accepted.append(channel.receive())
            party.sent.append(party.accepted[-1].upper())
            channel.send(party.sent[-1])

    def run(scene: Scene) -> None:
        with scene.connect(client=None, server=answer) as link:
            link.server.send(b"hello")
            assert link.server.receive() == b"HELLO"

    _, evidence = watch(PLAIN, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


def test_hanging_up_is_no_end_and_no_refusal() -> None:
    """At the end of a scene the wires are cut; what the parties make of that is not the attack's doing."""

    def open_(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
        class Strict(s00.Channel):
            def receive(self) -> bytes:
                try:
                    return super().receive()
                except EndOfStream:
                    raise Refused("truncated") from None

        return Strict(wire)

    strict = Rung(91, "strict", SimpleNamespace(RECORD=s00.RECORD, open=open_))

    def leave(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.settle()

    def cut(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.close()

    for run, refused in ((leave, False), (cut, True)):
        _, evidence = watch(strict, run)
        assert bool(evidence.links[0].parties["client"].refused) == refused
    _, evidence = watch(PLAIN, leave)
    assert not evidence.links[0].parties["client"].heard_the_end
    _, evidence = watch(PLAIN, cut)
    assert evidence.links[0].parties["client"].heard_the_end


def test_everything_sent_before_hanging_up_is_dealt_with() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            for i in range(100):
                link.server.send(b"%d" % i)

    _, evidence = watch(PLAIN, run)
    assert len(evidence.links[0].parties["server"].accepted) == 100


def test_a_bug_in_a_rung_is_no_refusal() -> None:
    def open_(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
        raise IndexError("oops")

    broken = Rung(92, "broken", SimpleNamespace(RECORD=s00.RECORD, open=open_))

    def run(scene: Scene) -> None:
        scene.connect(client=None)

    with pytest.raises(RuntimeError, match="the honest server broke: IndexError"):
        referee.play(Attack("a test", run, lambda evidence: True, wins=()), broken)


def test_she_can_run_the_honest_code_on_both_legs() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            to_client, to_server = scene.open(link.client, "server"), scene.open(link.server, "client")
            assert to_client.receive() == b"hello"
            to_server.send(b"something else")

    _, evidence = watch(POLITE, run)
    assert evidence.links[0].parties["server"].accepted == [b"something else"]


def test_a_recording_can_be_opened_with_stolen_keys_and_random_bytes() -> None:
    seven = ladder.rung(7)

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"to be read later")]) as link:
            link.relay()
        recorded = link.client.received
        assert scene.open_recording(recorded, "server") == []
        key = scene.reveal("shared_key")
        assert scene.open_recording(recorded, "server", shared_key=key) == [b"to be read later"]
        assert scene.open_recording(recorded[:0], "server", shared_key=key) == []

    watch(seven, run)

    def polite(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            link.relay()
        drawn = scene.reveal_random_bytes(link, "server")
        assert drawn == link.server.received[:1]
        assert scene.open_recording(link.client.received, "server", drawn) == [b"hello"]
        assert scene.open_recording(link.client.received, "server", [b"wrong size"]) == []

    watch(POLITE, polite)


def test_a_theft_is_announced() -> None:
    events: list[story.Event] = []

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            memory = scene.reveal_memory(link, "client")
            assert set(memory) == {"wire"}
            assert scene.reveal_memory(link, "server")["wire"] is not memory["wire"]
        assert scene.reveal("shared_key", of="client") != scene.credentials.shared_key
        scene.reveal("signing_key")

    watch(PLAIN, run, seed="1", listener=events.append)
    revealed = [(event.name, event.value) for event in events if isinstance(event, story.Revealed)]
    stolen = issue(seeded("1/credentials"))["server"]
    assert revealed == [
        ("client: memory", "wire"),
        ("server: memory", "wire"),
        ("client: shared_key", stolen.shared_key.hex()),
        ("server: signing_key", stolen.signing_key.private_bytes_raw().hex()),
    ]


def test_the_memory_of_a_party_without_a_channel_is_empty() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            assert scene.reveal_memory(link, "client") == {}

    watch(POLITE, run)


def test_the_attackers_own_credentials_open_nothing() -> None:
    credentials = issue(seeded("1"))
    client, server, mallory = (credentials[name] for name in ("client", "server", "mallory"))
    assert (client.shared_key, client.shared_mac_key) == (server.shared_key, server.shared_mac_key)
    assert {mallory.shared_key, mallory.shared_mac_key}.isdisjoint({client.shared_key, client.shared_mac_key})
    assert client.pinned_key == mallory.pinned_key == server.signing_key.public_key()
    assert server.pinned_key == client.signing_key.public_key()
    assert mallory.signing_key not in (client.signing_key, server.signing_key)
    assert issue(seeded("2"))["client"].shared_key != client.shared_key
