"""What is played is kept, as frames for Wireshark and as plain data for programs."""

import json

from journey import ladder
from journey.ladder import Rung
from journey.theatre import Theatre, Transcript, name_of

ZERO = ladder.rung(0)


def test_what_is_played_ends_in_the_capture_file() -> None:
    theatre = Theatre()
    for attack in ZERO.attacks:
        theatre.play(attack, ZERO)
    data = theatre.capture_file(0.0)
    for attack in ZERO.attacks:
        assert f"rung 0: {attack.name}".encode() in data
    assert b"the code of the safe is " in data


def test_it_can_be_played_over_tcp() -> None:
    in_memory, over_tcp = Theatre(), Theatre(over_tcp=True)
    results = {theatre.play(ZERO.attacks[0], ZERO).result for theatre in (in_memory, over_tcp)}
    assert len(results) == 1


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


def test_rungs_and_variants_have_names() -> None:
    assert name_of(ZERO) == "rung 0"
    assert name_of(Rung(1, "rooms/padding", None, "with padding")) == "room padding, with padding"
