"""What counts as bytes, and what the refusals say."""

import array

import pytest

from purecrypto.buffers import as_bytes, exactly


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers_become_bytes(buffer):
    for result in (as_bytes(buffer(b"abc"), "key"), exactly(buffer(b"abc"), 3, "key")):
        assert type(result) is bytes
        assert result == b"abc"


def test_a_view_of_words_gives_its_bytes():
    words = memoryview(array.array("I", [1, 2]))
    assert as_bytes(words, "key") == words.tobytes()
    assert exactly(words, 2 * words.itemsize, "key") == words.tobytes()


def test_a_slice_with_gaps_gives_what_it_shows():
    assert as_bytes(memoryview(b"abcdef")[::2], "key") == b"ace"


def test_the_result_does_not_follow_the_buffer():
    buffer = bytearray(b"abc")
    result = as_bytes(buffer, "key")
    buffer[0] = 0
    assert result == b"abc"


@pytest.mark.parametrize("wrong", ["abc", 3, None, [97, 98, 99], array.array("B", b"abc")])
def test_wrong_types_are_named(wrong):
    with pytest.raises(TypeError, match=f"^key must be .*not {type(wrong).__name__}$"):
        as_bytes(wrong, "key")
    with pytest.raises(TypeError, match="key"):
        exactly(wrong, 3, "key")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_wrong_lengths_are_named_and_the_value_is_not(length):
    with pytest.raises(ValueError, match=f"^key must be 32 bytes long, got {length}$"):
        exactly(b"\x41" * length, 32, "key")
