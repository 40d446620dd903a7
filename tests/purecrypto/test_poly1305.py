"""Poly1305 against pyca/cryptography, at the extremes of its arithmetic too."""

import pytest
from cryptography.hazmat.primitives.poly1305 import Poly1305
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import poly1305
from purecrypto.errors import InvalidTag

keys = st.binary(min_size=32, max_size=32)


@given(keys, st.binary(max_size=600))
def test_any_key_and_message(key, message):
    tag = poly1305.mac(key, message)
    assert tag == Poly1305.generate_tag(key, message)
    poly1305.verify(key, message, tag)


@pytest.mark.parametrize("length", [*range(50), 255, 256, 257])
@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, b"\xff" * 16 + bytes(16), bytes(16) + b"\xff" * 16])
@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_extremes(length, key, byte):
    assert poly1305.mac(key, byte * length) == Poly1305.generate_tag(key, byte * length)


@given(keys, st.binary(max_size=100), st.integers(0, 127))
def test_a_flipped_bit_of_the_tag_is_refused(key, message, bit):
    tag = bytearray(poly1305.mac(key, message))
    tag[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        poly1305.verify(key, message, tag)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_wrong_key_sizes(size):
    with pytest.raises(ValueError, match="key"):
        poly1305.mac(bytes(size), b"message")
    with pytest.raises(ValueError, match="key"):
        poly1305.verify(bytes(size), b"message", bytes(16))


@pytest.mark.parametrize("size", [0, 15, 17])
def test_wrong_tag_sizes(size):
    tag = (poly1305.mac(bytes(32), b"message") + b"\x00")[:size]
    with pytest.raises(ValueError, match="tag"):
        poly1305.verify(bytes(32), b"message", tag)


def test_wrong_types():
    for key, message in [("k" * 32, b""), (bytes(32), "message"), (None, b"")]:
        with pytest.raises(TypeError):
            poly1305.mac(key, message)
    with pytest.raises(TypeError):
        poly1305.verify(bytes(32), b"", "t" * 16)


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    key, message = bytes(range(32)), b"message"
    tag = poly1305.mac(buffer(key), buffer(message))
    assert tag == Poly1305.generate_tag(key, message)
    poly1305.verify(buffer(key), buffer(message), buffer(tag))
