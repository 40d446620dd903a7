"""What is played is kept, as frames for Wireshark and as plain data for programs."""

import json

import pytest

from journey import ladder
from journey.ladder import Rung
from journey.tcp import Loopback
from journey.theatre import Theatre, Transcript, name_of
from journey.wire import Leg, Memory, Tap, Wire

ZERO = ladder.rung(0)


def test_what_is_played_ends_in_the_capture_file() -> None:
    theatre = Theatre()
    for attack in ZERO.attacks:
        theatre.play(attack, ZERO)
    data = theatre.capture_file(0.0)
    for attack in ZERO.attacks:
        assert f"rung 0: {attack.name}".encode() in data
    assert b"the code of the safe is " in data


def test_it_can_be_played_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[str] = []

    def lay(self: Loopback, party: str, tap: Tap) -> tuple[Wire, Leg]:
        laid.append(party)
        return Memory().lay(party, tap)

    monkeypatch.setattr(Loopback, "lay", lay)
    Theatre().play(ZERO.attacks[0], ZERO)
    assert laid == []
    Theatre(over_tcp=True).play(ZERO.attacks[0], ZERO)
    assert laid == ["client", "server"]


def test_a_transcript_is_plain_data() -> None:
    transcript = Transcript()
    Theatre().play(ZERO.attacks[0], ZERO, transcript)
    events = json.loads(json.dumps(transcript.events))
    assert [event["event"] for event in events] == ["said", "shown", "told", "claimed"]
    said, shown, _, claimed = events
    assert shown["frame"] == said["text"]
    assert shown["fields"] == [{"name": "message", "start": 0, "stop": len(said["text"]) // 2}]
    assert said["text"].endswith(claimed["guess"])
    assert claimed["right"] is True


def test_a_transcript_holds_what_was_accepted_and_bytes_without_fields() -> None:
    transcript = Transcript()
    two = ladder.rung(2)
    Theatre().play(two.attacks[0], two, transcript)
    events = json.loads(json.dumps(transcript.events))
    (accepted,) = (event for event in events if event["event"] == "accepted")
    assert bytes.fromhex(accepted["messages"][0]).startswith(b"pay 900 to bob")
    assert bytes.fromhex(accepted["sent_by_peer"][0]).startswith(b"pay 100 to bob")
    shown = [event for event in events if event["event"] == "shown"]
    assert ["fields" in event for event in shown] == [True, False, True]


def test_rungs_and_variants_have_names() -> None:
    assert name_of(ZERO) == "rung 0"
    assert name_of(Rung(1, "rooms/padding", None, "with padding")) == "room padding, with padding"
