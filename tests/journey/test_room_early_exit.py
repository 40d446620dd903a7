"""The room of the early exit: what its stopwatch shows, and how many guesses the attack needs."""

from itertools import pairwise

import pytest

from journey import ladder, referee
from journey.credentials import issue
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.early_exit.channel import (
    NO,
    RECORD,
    TAG_SIZE,
    look_at_every_byte,
    serve,
    stop_at_the_first_difference,
)
from journey.scene import Scene
from journey.story import Shown
from purecrypto import hmac
from tests.support.journey import converse, watch

STOPS, LOOKS_AT_ALL, HANGS_UP = ladder.room("early_exit")
TAG = bytes(range(TAG_SIZE))


@pytest.mark.parametrize("right", range(TAG_SIZE))
def test_the_stopwatch_shows_how_far_a_guess_was_right(right: int) -> None:
    guess = TAG[:right] + bytes(byte ^ 0x55 for byte in TAG[right:])
    assert stop_at_the_first_difference(guess, TAG) == (False, right + 1)
    assert look_at_every_byte(guess, TAG) == (False, TAG_SIZE)


def test_the_same_tags_are_the_same() -> None:
    for compare in (stop_at_the_first_difference, look_at_every_byte):
        assert compare(TAG, bytes(TAG)) == (True, TAG_SIZE)


@pytest.mark.parametrize("variant", [STOPS, LOOKS_AT_ALL, HANGS_UP], ids=lambda variant: variant.variant)
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


@pytest.mark.parametrize("variant", [STOPS, LOOKS_AT_ALL], ids=lambda variant: variant.variant)
def test_the_patient_server_says_no_and_goes_on(variant: ladder.Rung) -> None:
    def run(scene: Scene) -> None:
        key = scene.reveal("shared_mac_key")
        tag = hmac.digest(key, b"hello", "sha256")[:TAG_SIZE]
        with scene.connect(client=None, server=serve) as link:
            link.server.send(RECORD.join(b"hello", tag[:-1] + bytes([tag[-1] ^ 1])))
            assert NO.split(link.server.receive()) == (bytes([TAG_SIZE]),)
            link.server.send(RECORD.join(b"hello", tag))

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


def test_the_client_is_never_patient() -> None:
    """Or else two patient parties could say no to each other's no for ever."""

    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.send(RECORD.join(b"hello", TAG))

    _, evidence = watch(STOPS, run)
    assert evidence.links[0].parties["client"].refused is not None


def test_a_few_thousand_guesses_are_enough() -> None:
    (attack,) = STOPS.attacks
    for seed in range(3):
        guesses: list[bytes] = []

        def count(crossing: referee.Crossing, guesses: list[bytes] = guesses) -> None:
            if crossing.to_party:
                guesses.append(crossing.frame)

        outcome = referee.play(attack, STOPS, seed=f"count {seed}", capture=count)
        assert outcome.result is Result.SUCCEEDS
        assert TAG_SIZE <= len(guesses) <= TAG_SIZE * 256
        assert all(a != b for a, b in pairwise(guesses))


def test_where_all_bytes_are_looked_at_every_answer_is_the_same() -> None:
    (attack,) = LOOKS_AT_ALL.attacks
    answers = set()

    def collect(crossing: referee.Crossing) -> None:
        if not crossing.to_party:
            answers.add(crossing.frame)

    assert referee.play(attack, LOOKS_AT_ALL, capture=collect).result is Result.LEARNS_NOTHING
    assert answers == {bytes([TAG_SIZE])}


def test_the_tag_that_is_found_is_the_right_one() -> None:
    (attack,) = STOPS.attacks
    frames: list[bytes] = []

    def listen(event: object) -> None:
        if isinstance(event, Shown):
            frames.append(event.frame)

    referee.play(attack, STOPS, seed="the right one", listener=listen)
    _, accepted = frames
    key = issue(seeded("the right one/credentials"))["server"].shared_mac_key
    message, tag = RECORD.split(accepted)
    assert tag == hmac.digest(key, message, "sha256")[:TAG_SIZE]
