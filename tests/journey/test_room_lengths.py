"""The room of lengths: padding comes off again, and tells as much as it is said to tell."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey import ladder, referee, story
from journey.referee import Result
from journey.rooms.lengths import attack as room
from journey.rooms.lengths.channel import MARK, RECORD, Padded, Padding
from journey.scene import Scene
from tests.support.journey import converse, watch

VARIANTS = ladder.room("lengths")
BARE, JITTER, ONE_SIZE = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

MESSAGES = [b"", b"\0", b"ends in zeros\0\0\0", MARK, b"x" * 3000]


@each_variant
def test_padding_comes_off_again(variant: ladder.Rung) -> None:
    parties = converse(variant, MESSAGES, MESSAGES)
    assert parties["server"].accepted == MESSAGES
    assert parties["client"].accepted == MESSAGES


def sizes(variant: ladder.Rung, messages: list[bytes]) -> list[int]:
    found = []

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(text) for text in messages]) as link:
            link.handshake()
            found.extend(len(RECORD.dissect(frame)["ciphertext"]) for frame in link.client)

    watch(variant, run)
    return found


def test_without_padding_one_byte_is_added() -> None:
    assert sizes(BARE, MESSAGES) == [len(message) + 1 for message in MESSAGES]


def test_random_padding_is_random_and_bounded() -> None:
    found = sizes(JITTER, [b"hello"] * 200)
    assert all(6 <= size <= 6 + 255 for size in found)
    assert len(set(found)) > 50


def test_all_records_have_one_size() -> None:
    assert set(sizes(ONE_SIZE, [b"", b"hello", b"x" * 2047])) == {2048}
    assert sizes(ONE_SIZE, [b"x" * 2048]) == [4096]


@given(size=st.integers(0, 5000), block=st.integers(1, 3000), jitter=st.integers(0, 255))
def test_what_is_padded_has_room_for_the_message(size: int, block: int, jitter: int) -> None:
    padded = Padding(block, 255).padded(size, jitter)
    assert padded >= size + 1 + jitter
    assert padded % block == 0
    assert padded < size + 1 + jitter + block


@each_variant
@pytest.mark.parametrize("inner", [b"", bytes(10), b"no mark", b"\x16\0\0"])
def test_a_record_without_a_mark_is_refused(variant: ladder.Rung, inner: bytes) -> None:
    """Only who has the key can send one."""

    def run(scene: Scene) -> None:
        key = scene.reveal("shared_key")
        with scene.connect(client=None) as link:
            channel = scene.open(link.server, "client", shared_key=key)
            assert isinstance(channel, Padded)
            channel.channel.send(inner)

    _, evidence = watch(variant, run)
    assert str(evidence.links[0].parties["server"].refused) == "there is nothing but padding"


def test_pages_can_be_told_apart_by_their_sizes_and_fit_into_one_record() -> None:
    def run(scene: Scene) -> None:
        for _ in range(50):
            found = sorted(len(page) for page in room.a_site(scene).values())
            assert len(found) == len(room.NAMES)
            assert all(after - before >= 40 for before, after in pairwise(found))
            assert ONE_SIZE.channel.padded(found[-1], 0) == ONE_SIZE.channel.padded(found[0], 0)

    watch(BARE, run)
    assert len({len(name) for name in room.NAMES}) == 1


@pytest.mark.parametrize("variant", [BARE, JITTER], ids=lambda variant: variant.variant)
def test_it_wins_with_every_seed(variant: ladder.Rung) -> None:
    (attack,) = variant.attacks
    for seed in range(8):
        assert referee.play(attack, variant, seed=f"page {seed}").result is Result.SUCCEEDS


def test_where_nothing_can_be_seen_nothing_is_guessed() -> None:
    """One time in nine a guess would be right, and would look like a success."""
    (attack,) = ONE_SIZE.attacks
    for seed in range(8):
        events: list[story.Event] = []
        referee.play(attack, ONE_SIZE, seed=f"{seed}", listener=events.append)
        assert not any(isinstance(event, story.Claimed) for event in events)


def test_only_the_first_visit_is_told() -> None:
    (attack,) = JITTER.attacks
    for seed in range(2):
        events: list[story.Event] = []
        referee.play(attack, JITTER, seed=f"{seed}", listener=events.append)
        assert sum(isinstance(event, story.Said) for event in events) == 1
        assert sum(isinstance(event, story.Accepted) for event in events) == 1
