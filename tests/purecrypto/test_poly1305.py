"""Poly1305: the RFC's loop and the wide kernel against each other and against pyca/cryptography."""

import random
import tracemalloc

import pytest
from cryptography.hazmat.primitives.poly1305 import Poly1305
from hypothesis import given
from hypothesis import strategies as st

import vectors
from purecrypto import poly1305
from purecrypto.errors import InvalidTag
from purecrypto.poly1305 import BLOCK_SIZE, CLAMP, LANE_SIZE, MAX_LANES, WIDE_FROM

keys = st.binary(min_size=32, max_size=32)


# Both halves: the value at r of the polynomial that a message is


def published():
    for group in vectors.load("rfc8439")["groups"]:
        if group["operation"] == "poly1305":
            for vector in group["vectors"]:
                key, message = bytes.fromhex(vector["key"]), bytes.fromhex(vector["message"])
                r = int.from_bytes(key[:16], "little") & CLAMP
                yield pytest.param([(r, message)], id=vector["id"])


def lengths():
    """Every short one; those where the number of lanes changes, or of rows; and random ones."""
    edges = set(range(2 * LANE_SIZE + 2))
    for lanes in (2, 3, 4, 17, 18, MAX_LANES):
        row = lanes * LANE_SIZE
        square = lanes * row  # from here on, there are so many lanes
        for edge in (square, square + row, square + 2 * row):
            for size in (1, BLOCK_SIZE, LANE_SIZE):
                edges |= {edge - size, edge, edge + size}
    edges |= {WIDE_FROM - 1, WIDE_FROM, 2**14 + 1 + 31, 3 * MAX_LANES**2 * LANE_SIZE + 5}
    generator = random.Random(8439)
    return sorted(edges | {generator.randrange(4096) for _ in range(40)})


def drawn():
    """Each length with all bits set, which gives all the carries that there can be, and with random bytes.

    At a random r, and at the least and greatest that clamping leaves.
    """
    generator = random.Random(1305)
    for length in lengths():
        random_r, message = generator.getrandbits(128) & CLAMP, generator.randbytes(length)
        cases = [(r, text) for r in (0, 1, CLAMP, random_r) for text in (b"\xff" * length, message)]
        yield pytest.param(cases, id=f"{length}-bytes")


@pytest.mark.parametrize("value", [poly1305.polynomial, poly1305.wide_polynomial], ids=["plain", "wide"])
@pytest.mark.parametrize("cases", [*published(), *drawn()])
def test_both_halves(value, cases):
    """Under a key whose s is zero, the tag is the value itself, or what 128 bits hold of it."""
    for r, message in cases:
        tag = Poly1305.generate_tag(r.to_bytes(16, "little") + bytes(16), message)
        assert value(r, message) % 2**128 == int.from_bytes(tag, "little"), hex(r)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 3000), st.randoms(use_true_random=False))
def test_both_halves_agree_in_all_130_bits(r_bytes, length, generator):
    r, message = int.from_bytes(r_bytes, "little") & CLAMP, generator.randbytes(length)
    value = poly1305.polynomial(r, message)
    assert poly1305.wide_polynomial(r, message) == value
    assert 0 <= value < poly1305.P
    half = length // 2 // BLOCK_SIZE * BLOCK_SIZE
    assert poly1305.polynomial(r, message[half:], poly1305.polynomial(r, message[:half])) == value


@pytest.mark.parametrize(
    ("length", "chosen"), [(0, "plain"), (WIDE_FROM - 1, "plain"), (WIDE_FROM, "wide"), (2**14, "wide")]
)
def test_the_half_that_wins_is_chosen(monkeypatch, length, chosen):
    plain, wide, called = poly1305.polynomial, poly1305.wide_polynomial, []
    monkeypatch.setattr(poly1305, "polynomial", lambda *args: called.append("plain") or plain(*args))
    monkeypatch.setattr(poly1305, "wide_polynomial", lambda *args: called.append("wide") or wide(*args))
    assert poly1305.mac(bytes(range(32)), bytes(length)) == Poly1305.generate_tag(
        bytes(range(32)), bytes(length)
    )
    assert called[0] == chosen


def test_no_carry_leaves_its_lane():
    """The bound of the drawing, for a message of 2^64 bytes."""
    greatest_product = (2**129 - 1) * (poly1305.P - 1)
    assert greatest_product * 2**64 // BLOCK_SIZE < 2 ** (8 * LANE_SIZE)


def test_memory_does_not_grow_with_the_message():
    message = bytes(2**21)
    poly1305.mac(bytes(32), message[:WIDE_FROM])  # makes the masks
    tracemalloc.start()
    try:
        poly1305.mac(b"\xff" * 32, message)
        assert tracemalloc.get_traced_memory()[1] < 2**15
    finally:
        tracemalloc.stop()


def test_nothing_of_a_key_is_kept():
    """What is cached are masks, the same under every key, and of one size."""
    masks = poly1305._lanes()
    for length in (WIDE_FROM, 5000, 100_000):
        poly1305.mac(random.Random(length).randbytes(32), bytes(length))
    assert poly1305._lanes.cache_info().currsize == 1
    assert poly1305._lanes() is masks
    assert [mask.bit_count() for mask in masks] == [128 * MAX_LANES, MAX_LANES]


# The tag


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
