"""Rung 8: each connection has keys of its own, and each side has a say in them."""

import pytest

from journey import ladder, referee
from journey.credentials import Role
from journey.parties import PEER
from journey.s08_fresh_keys import channel as s08
from journey.scene import Scene
from purecrypto import hkdf
from tests.support.journey import converse, watch

RUNG = ladder.rung(8)


def keys(random: bytes, peer_random: bytes, role: Role, shared_key: bytes = b"k" * 32) -> tuple[bytes, bytes]:
    """The keys that this party has after greeting a peer that sends this."""

    class Wire:
        def send(self, frame: bytes) -> None:
            assert frame == random

        def receive(self) -> bytes:
            return peer_random

        def close(self) -> None:
            pass

    class Holder:
        pass

    credentials = Holder()
    credentials.shared_key = shared_key  # type: ignore[attr-defined]
    channel = s08.open(Wire(), role, credentials, lambda count: random)  # type: ignore[arg-type]
    return channel.sending_key, channel.receiving_key


A, B, C = (letter * s08.RANDOM_SIZE for letter in (b"a", b"b", b"c"))


def test_both_sides_get_the_same_keys_one_for_each_direction() -> None:
    client, server = keys(A, B, "client"), keys(B, A, "server")
    assert client == server[::-1]
    assert client[0] != client[1]


def test_the_keys_depend_on_each_sides_random_bytes_and_on_the_shared_key() -> None:
    usual = keys(A, B, "client")
    for others in (keys(C, B, "client"), keys(A, C, "client"), keys(A, B, "client", b"l" * 32)):
        assert not set(usual) & set(others)


def test_the_keys_are_those_of_the_readme() -> None:
    secret = hkdf.extract(A + B, b"k" * 32)
    assert keys(A, B, "client")[0] == hkdf.expand(secret, b"client seals", 32)


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("size", [0, s08.RANDOM_SIZE - 1, s08.RANDOM_SIZE + 1])
def test_a_hello_of_another_size_is_refused(role: Role, size: int) -> None:
    """Or else Mallory could shift the border between the two randoms."""

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            for sender in ("client", "server"):
                link.legs[sender].receive()
                link.legs[PEER[sender]].send(bytes(size if sender == PEER[role] else s08.RANDOM_SIZE))

    _, evidence = watch(RUNG, run)
    party = evidence.links[0].parties[role]
    assert party.refused is not None
    assert party.channel is None


def test_a_recorded_connection_is_refused_where_rung_7_opens_a_frame() -> None:
    (repeat,) = ladder.rung(6).attacks
    outcome = referee.play(repeat, RUNG)
    assert str(outcome.where).startswith("journey/s07_aead/channel.py:")
    assert outcome.why == "the tag is not that of message number 0"


def test_a_recorded_server_is_refused_as_well() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=[scene.payment()]) as monday:
            monday.handshake()
            monday.relay()
        with scene.connect(server=None) as tuesday:
            for frame in monday.server.received:
                tuesday.client.send(frame)

    _, evidence = watch(RUNG, run)
    monday, tuesday = (link.parties["client"] for link in evidence.links)
    assert len(monday.accepted) == 1
    assert tuesday.accepted == []
    assert tuesday.refused is not None


def test_no_two_connections_share_a_key() -> None:
    channels = [converse(RUNG, [], [], seed=f"{i}")["client"].channel for i in range(8)]
    found = {key for channel in channels for key in (channel.sending_key, channel.receiving_key)}  # type: ignore[union-attr]
    assert len(found) == 16


def test_of_all_that_is_stolen_the_shared_key_alone_opens_the_recording() -> None:
    def reader(names: tuple[str, ...]) -> bool:
        read: list[bytes] = []

        def run(scene: Scene) -> None:
            with scene.connect(client=[scene.message(b"attack at dawn")]) as link:
                greetings = link.handshake()
                link.relay()
            stolen = {name: scene.reveal(name) for name in names}
            read.extend(scene.open_recording(link.client.received, "server", [greetings[1]], **stolen))

        watch(RUNG, run)
        return read == [b"attack at dawn"]

    assert reader(("shared_key",))
    assert not reader(("shared_mac_key", "signing_key"))
