"""Rung 21: the real stack on the journey's wire."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import messages, signatures
from handshake.constants import ExtensionType
from handshake.key_schedule import TrafficSecret
from handshake.messages import ClientHello
from handshake.transcript import Transcript
from journey import ladder, referee
from journey.attacks import Attack
from journey.errors import EndOfStream, Refused
from journey.parties import Link
from journey.referee import Result
from journey.s21_tls13 import attack, frames
from journey.s21_tls13.channel import Channel
from journey.scene import Scene
from record.framing import HEADER_SIZE, MAX_PLAINTEXT
from tests.support import reachable
from tests.support.journey import converse, watch
from tls.connection import Connection

RUNG = ladder.rung(21)


def shown_here(name: str) -> Attack:
    (found,) = (attack for attack in RUNG.attacks if attack.name == name)
    return found


# --- Frames ------------------------------------------------------------------------------------------------


@given(st.binary(max_size=100), st.integers(0, 3), st.integers(-2, 2))
def test_the_pieces_of_a_message_are_the_message(text: bytes, times: int, more: int) -> None:
    message = text + bytes(max(0, times * (MAX_PLAINTEXT - 1) - len(text) + more))
    pieces = list(frames.pieces(message))
    assert all(0 < len(piece) <= MAX_PLAINTEXT for piece in pieces)
    assert b"".join(piece[:-1] for piece in pieces) == message
    assert [piece[-1:] for piece in pieces] == [frames.MORE] * (len(pieces) - 1) + [frames.LAST]


def test_messages_of_every_size_arrive() -> None:
    texts = [b"", b"\x01", b"\x00", bytes(MAX_PLAINTEXT - 1), bytes(range(256)) * 200, b"", b"end"]
    parties = converse(RUNG, texts, texts[::-1])
    assert parties["server"].accepted == texts
    assert parties["client"].accepted == texts[::-1]


def test_once_open_a_channel_serves_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever changes the connection holds the channel's lock: answers are sent by who receives."""
    unlocked: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        method = getattr(Connection, name)

        def call(self: Connection, *arguments: Any) -> Any:
            if self in opened and not opened[self].locked():
                unlocked.append(name)
            return method(self, *arguments)

        return call

    opened: dict[Connection, Any] = {}
    build = Channel.__init__

    def build_and_watch(self: Channel, *arguments: Any) -> None:
        build(self, *arguments)
        opened[self.connection] = self.lock

    monkeypatch.setattr(Channel, "__init__", build_and_watch)
    for name in ("send", "key_update", "close", "receive_data", "data_to_send"):
        monkeypatch.setattr(Connection, name, watched(name))
    converse(RUNG, [b"a", b"b"], [b"c"])
    assert len(opened) == 2
    assert not unlocked


def test_the_layouts_fit_real_hellos() -> None:
    seen: list[bytes] = []

    def relay(link: Link) -> None:
        seen.extend(link.handshake())

    converse(RUNG, [], [], relay)
    fields = frames.CLIENT_HELLO.dissect(seen[0])
    hello = messages.decode(seen[0][HEADER_SIZE:])
    assert isinstance(hello, ClientHello)
    assert fields["random"] == hello.random
    assert fields["suites"] == b"".join(suite.to_bytes(2, "big") for suite in hello.cipher_suites)
    assert hello.has(ExtensionType.SERVER_NAME)
    answer = messages.decode(seen[1][HEADER_SIZE:])
    assert frames.SERVER_HELLO.dissect(seen[1])["random"] == getattr(answer, "random")  # noqa: B009
    for frame, layout in ((seen[0], frames.CLIENT_HELLO), (seen[1], frames.SERVER_HELLO)):
        assert b"\x00\x1d\x00\x20" + layout.dissect(frame)["share"] in frame  # x25519, 32 bytes


def cut_up(link: Link, cut: Callable[[bytes], list[bytes]]) -> None:
    """Relay everything, in other pieces than it came in."""
    moved = True
    while moved:
        moved = False
        for source, target in ((link.client, link.server), (link.server, link.client)):
            for frame in source:
                moved = True
                for piece in cut(frame):
                    target.send(piece)
            if source.ended:
                target.close()


def test_frames_mean_nothing_to_tls() -> None:
    """Bytes may arrive one by one, or with nothing in between."""
    parties = converse(
        RUNG,
        [b"one", b"two"],
        [b"three"],
        lambda link: cut_up(link, lambda frame: [b"", *(bytes([byte]) for byte in frame)]),
    )
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


def test_two_records_in_one_frame_are_two() -> None:
    def relay(link: Link) -> None:
        link.handshake()
        link.server.send(b"".join(link.client))
        link.server.close()

    parties = converse(RUNG, [b"one", b"two", b"three"], [], relay)
    assert parties["server"].accepted == [b"one", b"two", b"three"]
    assert parties["server"].heard_the_end


# --- The end -----------------------------------------------------------------------------------------------


def talk(script: Callable[[Any], None], mallory: Callable[[Link], None]) -> None:
    """Let the server do as it is told with its channel; the client says hello and closes."""

    def run(scene: Scene) -> None:
        client = [scene.message(b"hello")]
        with scene.connect(client=client, server=lambda channel, party: script(channel)) as link:
            mallory(link)

    watch(RUNG, run)


def test_an_end_stays_an_end() -> None:
    heard: list[bytes] = []

    def script(channel: Any) -> None:
        heard.append(channel.receive())
        for _ in range(3):
            with pytest.raises(EndOfStream):
                channel.receive()
            heard.append(b"the end")

    talk(script, Link.relay)
    assert heard == [b"hello", *[b"the end"] * 3]


def test_a_refusal_stays_a_refusal() -> None:
    refused: list[str] = []

    def script(channel: Any) -> None:
        for _ in range(3):
            with pytest.raises(Refused) as refusal:
                channel.receive()
            refused.append(referee.place(refusal.value))

    def cut(link: Link) -> None:
        link.handshake()
        link.server.close()

    talk(script, cut)
    assert len(refused) == 3
    assert all(place.startswith("tls/connection.py:") for place in refused)


def test_what_is_wrong_behind_the_last_word_of_the_handshake_is_refused() -> None:
    """The client has a complete handshake and a dead connection at once, and finds out when it speaks."""

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.payment()]) as link:
            link.server.send(link.client.receive())
            link.client.send(link.server.receive())
            link.client.send(link.server.receive() + b"junk")

    _, evidence = watch(RUNG, run)
    client = evidence.links[0].parties["client"]
    assert client.channel is not None
    assert client.refused is not None
    assert referee.place(client.refused).startswith("record/framing.py:")


def test_who_refuses_sends_an_alert() -> None:
    reasons: list[str] = []

    def listen(channel: Any) -> None:
        channel.receive()

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.payment()], server=lambda channel, party: listen(channel)) as link:
            link.handshake()
            frame = link.client.receive()
            link.server.send(frame[:-1] + bytes([frame[-1] ^ 1]))
            link.client.send(link.server.receive())

    _, evidence = watch(RUNG, run)
    for role in ("server", "client"):
        reasons.append(str(evidence.links[0].parties[role].refused))
    assert "does not open" in reasons[0]
    assert "bad_record_mac" in reasons[1]


# --- What a thief finds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["client", "server"])
def test_no_old_secret_lies_anywhere_in_memory(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the handshake, and not of before a KeyUpdate."""
    made: list[TrafficSecret] = []
    keep = TrafficSecret.protection

    def protection(self: TrafficSecret) -> Any:
        made.append(self)
        return keep(self)

    monkeypatch.setattr(TrafficSecret, "protection", protection)

    def run(scene: Scene) -> None:
        script = [scene.message(b"one"), scene.message(b"two")]
        with scene.connect(client=script, server=script) as link:
            link.relay()
        party = link.parties["client" if role == "client" else "server"]
        channel: Any = party.channel
        kept = {
            secret.value
            for secret in made
            if reachable.holds([channel.connection, channel.events], secret.value)
        }
        names = {secret.name for secret in made if secret.value in kept}
        assert names == {"client_application_traffic_secret_2", "server_application_traffic_secret_2"}
        assert len({secret.name for secret in made}) == 8

    watch(RUNG, run)


# --- The attacks that win nowhere would win without the check that stops them -------------------------------


def test_a_transplanted_signature_needs_nothing_but_a_client_that_does_not_check_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transplant = shown_here("transplant a signature")
    outcome = referee.play(transplant, RUNG)
    assert outcome.result is Result.REFUSED
    assert str(outcome.where).startswith("x509/signatures.py:")
    monkeypatch.setattr(signatures, "verify", lambda *everything: None)
    for seed in range(5):
        assert referee.play(transplant, RUNG, seed=f"{seed}").result is Result.SUCCEEDS


def test_an_edited_hello_needs_nothing_but_a_transcript_that_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edit = shown_here("edit the hello")
    outcome = referee.play(edit, RUNG)
    assert outcome.result is Result.REFUSED
    monkeypatch.setattr(Transcript, "digest", lambda self: bytes(32))
    for seed in range(5):
        assert referee.play(edit, RUNG, seed=f"{seed}").result is Result.SUCCEEDS


def test_each_edit_of_the_hello_is_refused_for_a_reason_of_its_own() -> None:
    _, evidence = watch(RUNG, shown_here("edit the hello").run)
    reasons = [
        str(link.parties[role].refused)
        for link, role in zip(evidence.links, ("client", "server", "server"), strict=True)
    ]
    assert "does not open" in reasons[0]
    assert "no group in common" in reasons[1]
    assert "does not speak TLS 1.3" in reasons[2]
    assert len(attack.EDITS) == 3
