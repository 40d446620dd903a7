"""The room of compression: the letters come one by one, and only from lengths."""

import pytest

from journey import ladder, referee, story
from journey.referee import Result
from journey.rooms.compression import attack as crime
from journey.rooms.compression.channel import Compressed
from journey.scene import LETTERS, Scene
from tests.support.journey import converse, watch

COMPRESSED, AS_IT_IS = ladder.room("compression")
each_variant = pytest.mark.parametrize("variant", [COMPRESSED, AS_IT_IS], ids=lambda variant: variant.variant)


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one" * 100, b""], [bytes(range(256))])
    assert parties["server"].accepted == [b"one" * 100, b""]
    assert parties["client"].accepted == [bytes(range(256))]


def test_it_wins_with_every_cookie() -> None:
    (attack,) = COMPRESSED.attacks
    for seed in range(20):
        assert referee.play(attack, COMPRESSED, seed=f"cookie {seed}").result is Result.SUCCEEDS


def test_the_right_letter_makes_the_shortest_request() -> None:
    def run(scene: Scene) -> None:
        cookie = scene.secret(4)
        guesses = [b"session=" + bytes([letter]) for letter in LETTERS]
        lengths = crime.lengths_on_the_wire(scene, cookie, guesses)
        assert len(lengths) == len(guesses)
        assert guesses[lengths.index(min(lengths))] == b"session=" + cookie._text[:1]
        assert sorted(lengths)[1] > min(lengths)

    watch(COMPRESSED, run)


def test_uncompressed_lengths_depend_on_nothing_that_is_said() -> None:
    def run(scene: Scene) -> None:
        guesses = [b"session=" + bytes([letter]) for letter in LETTERS]
        assert len(set(crime.lengths_on_the_wire(scene, scene.secret(), guesses))) == 1

    watch(AS_IT_IS, run)


def test_only_the_first_request_is_read_out() -> None:
    (attack,) = COMPRESSED.attacks
    events: list[story.Event] = []
    referee.play(attack, COMPRESSED, listener=events.append)
    assert sum(isinstance(event, story.Said) for event in events) == 1


@each_variant
def test_what_is_no_compressed_message_is_refused(variant: ladder.Rung) -> None:
    """Only who has the key can send such a thing; and still the receiver must not fall over it."""

    def run(scene: Scene) -> None:
        key = scene.reveal("shared_key")
        with scene.connect(client=None) as link:
            channel = scene.open(link.server, "client", shared_key=key)
            (channel.channel if isinstance(channel, Compressed) else channel).send(b"not compressed")

    _, evidence = watch(variant, run)
    server = evidence.links[0].parties["server"]
    if variant is COMPRESSED:
        assert str(server.refused) == "this was not compressed"
    else:
        assert server.accepted == [b"not compressed"]
