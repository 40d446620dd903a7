"""A text is XORed with a stream that reaches to its end, or not at all."""

import pytest

from purecrypto import stream


@pytest.mark.parametrize(("text", "keystream"), [(b"ab", b"a"), (b"a", b"ab"), (b"a", b""), (b"", b"a")])
def test_text_and_stream_are_equally_long(text, keystream):
    with pytest.raises(ValueError, match=f"a text of {len(text)} bytes needs as much keystream"):
        stream.xor(text, keystream)


@pytest.mark.parametrize("batches", [[], [b"12"], [b"1", b"2"]])
def test_no_end_of_a_text_is_lost_when_the_stream_is_short(batches):
    with pytest.raises(ValueError, match="a text of 3 bytes needs as much keystream, got"):
        stream.xor_all(b"abc", batches)
    assert stream.xor_all(b"abc", [*batches, b"3456"]) == stream.xor(
        b"abc", b"".join([*batches, b"3456"])[:3]
    )
