"""The one source of randomness: the operating system's."""

import os

import pytest

from purecrypto import entropy


@pytest.mark.parametrize("length", [0, 1, 32, 1000])
def test_length(length):
    drawn = entropy.random_bytes(length)
    assert type(drawn) is bytes
    assert len(drawn) == length


def test_every_draw_is_another():
    assert len({entropy.random_bytes(16) for _ in range(100)}) == 100


def test_it_is_the_operating_systems(monkeypatch):
    monkeypatch.setattr(os, "urandom", lambda length: b"\x05" * length)
    assert entropy.random_bytes(3) == b"\x05" * 3


def test_a_negative_length_is_refused():
    with pytest.raises(ValueError, match="negative"):
        entropy.random_bytes(-1)
