"""Randomness can be repeated from a seed, remembered, and replayed; and it is random otherwise."""

import pytest

from journey.randomness import Remembered, replay, seeded
from purecrypto import entropy


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    draws = [16, 1, 32]
    first, second, other = seeded("a"), seeded("a"), seeded("b")
    assert [first(count) for count in draws] == [second(count) for count in draws]
    assert other(32) != seeded("a")(32)


def test_draws_differ_from_each_other() -> None:
    source = seeded("a")
    assert len({source(16) for _ in range(100)}) == 100


def test_what_was_drawn_is_remembered_and_can_be_replayed() -> None:
    source = Remembered(entropy.random_bytes)
    drawn = [source(4), source(8)]
    assert source.drawn == drawn
    again = replay(drawn)
    assert [again(4), again(8)] == drawn


@pytest.mark.parametrize("count", [3, 5])
def test_a_replay_answers_no_other_question(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} bytes were not drawn"):
        replay([b"four"])(count)
    with pytest.raises(ValueError, match="not drawn"):
        replay([])(count)
