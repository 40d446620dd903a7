"""Comparison of secrets: right, and never ended early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import constant_time


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_agrees_with_plain_comparison(a, b):
    assert constant_time.equal(a, b) == (a == b)
    assert constant_time.equal(a, bytes(a))


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_one_flipped_bit_makes_a_difference(a, data):
    b = bytearray(a)
    bit = data.draw(st.integers(0, 8 * len(a) - 1))
    b[bit // 8] ^= 1 << bit % 8
    assert not constant_time.equal(a, b)


def test_lengths_differ():
    assert not constant_time.equal(b"abc", b"abcd")
    assert not constant_time.equal(b"abc", b"")
    assert constant_time.equal(b"", b"")


@pytest.mark.parametrize("different", range(16))
def test_every_byte_is_looked_at(monkeypatch, different):
    """Whatever byte differs, all sixteen pairs are compared."""
    compared = []

    def counting_xor(x, y):
        compared.append((x, y))
        return x ^ y

    monkeypatch.setattr(constant_time.operator, "xor", counting_xor)
    a, b = bytes(16), bytearray(16)
    b[different] = 1
    assert not constant_time.equal(a, b)
    assert len(compared) == 16


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    assert constant_time.equal(buffer(b"abc"), b"abc")
    assert constant_time.equal(b"abc", buffer(b"abc"))


@pytest.mark.parametrize(
    ("a", "b"), [("abc", b"abc"), (b"abc", "abc"), ("", b""), (b"", ""), (b"abc", None), (3, 3)]
)
def test_types(a, b):
    with pytest.raises(TypeError):
        constant_time.equal(a, b)
