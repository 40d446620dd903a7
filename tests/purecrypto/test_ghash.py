"""GHASH: the standard's loop and the wide kernel against each other and against pyca/cryptography."""

import itertools
import random
import tracemalloc

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

import vectors
from purecrypto import aes_gcm, ghash
from purecrypto.ghash import BLOCK_SIZE, PIECE_SIZE, Key

elements = st.integers(0, 2**128 - 1)
ONE, X, LAST = 1 << 127, 1 << 126, 1  # 1, x and x^127: the bits run backwards


# The field


@given(elements, elements, elements)
def test_the_field_is_one(a, b, c):
    assert ghash.multiply(a, b) == ghash.multiply(b, a)
    assert ghash.multiply(a, ghash.multiply(b, c)) == ghash.multiply(ghash.multiply(a, b), c)
    assert ghash.multiply(a, b ^ c) == ghash.multiply(a, b) ^ ghash.multiply(a, c)
    assert ghash.multiply(a, ONE) == a
    assert ghash.multiply(a, 0) == 0


def test_the_modulus_is_the_standards():
    """x^127 times x is x^128, which is x^7 + x^2 + x + 1."""
    assert ghash.multiply(LAST, X) == ONE | ONE >> 1 | ONE >> 2 | ONE >> 7


@given(st.lists(elements, min_size=1, max_size=6), elements)
def test_lanes_are_multiplied_each_for_itself(lanes, element):
    row = sum(lane << 256 * i for i, lane in enumerate(lanes))
    product = ghash._reduced(ghash._times(row, ghash._constant(element)))
    assert product == sum(ghash.multiply(lane, element) << 256 * i for i, lane in enumerate(lanes))


@pytest.mark.parametrize("element", [0, ONE, X, LAST, 2**128 - 1, LAST | ONE, ghash.R])
def test_constants_at_the_borders(element):
    for other in (0, ONE, X, LAST, 2**128 - 1):
        product = ghash._reduced(ghash._times(other, ghash._constant(element)))
        assert product == ghash.multiply(other, element)


# Both halves


def published():
    for group in vectors.load("mcgrew-viega")["groups"]:
        if group["operation"] == "ghash":
            for vector in group["vectors"]:
                parts = (bytes.fromhex(vector[field]) for field in ("associated_data", "ciphertext"))
                H, value = bytes.fromhex(vector["H"]), bytes.fromhex(vector["ghash"])
                yield pytest.param(H, aes_gcm.hash_data(*parts), value, id=vector["id"])


def by_pyca(key, data):
    """H, and the value of whole blocks: the tag of associated data alone, less mask and lengths."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    H, mask = encryptor.update(bytes(16)), encryptor.update(bytes(15) + b"\x01")
    tag = AESGCM(key).encrypt(bytes(12), b"", data)
    return H, bytes(x ^ y for x, y in zip(tag, mask, strict=True))


def drawn():
    """Numbers of blocks around each power of 2, where the tree grows, and at the end of a piece."""
    generator = random.Random(38)
    numbers = {*range(20), PIECE_SIZE // BLOCK_SIZE - 1, PIECE_SIZE // BLOCK_SIZE}
    numbers |= {2**i + more for i in range(4, 9) for more in (-1, 0, 1)}
    for n in sorted(numbers):
        for data in (b"\xff" * 16 * n, generator.randbytes(16 * n)):
            H, value = by_pyca(generator.randbytes(16), data)
            yield pytest.param(
                H, data + (128 * n << 64).to_bytes(16, "big"), value, id=f"{n}-{data[:2].hex()}"
            )


def plain(H, data):
    return ghash.polynomial(int.from_bytes(H, "big"), data).to_bytes(16, "big")


def wide(H, data):
    return ghash.ghash(Key(H), data)


@pytest.mark.parametrize("half", [plain, wide])
@pytest.mark.parametrize(("H", "data", "value"), [*published(), *drawn()])
def test_both_halves(half, H, data, value):
    assert half(H, data) == value


@given(st.binary(min_size=16, max_size=16), st.integers(0, 40), elements, st.randoms(use_true_random=False))
def test_both_halves_agree_and_go_on_from_a_value(H, n, Y, generator):
    key, data = Key(H), generator.randbytes(16 * n)
    value = ghash.polynomial(key.H, data, Y)
    assert ghash.wide_polynomial(key, data, Y) == value
    half = n // 2 * 16
    assert ghash.polynomial(key.H, data[half:], ghash.polynomial(key.H, data[:half], Y)) == value


@pytest.mark.parametrize("more", [-16, 0, 16, PIECE_SIZE, PIECE_SIZE + 16])
def test_pieces_continue_each_other(more):
    data = random.Random(more).randbytes(PIECE_SIZE + more)
    H, value = by_pyca(bytes(range(16)), data)
    assert ghash.ghash(Key(H), data + (8 * len(data) << 64).to_bytes(16, "big")) == value


def test_memory_does_not_grow_with_the_data():
    key, data = Key(b"\xff" * 16), bytes(2**20)
    ghash.ghash(key, data[:PIECE_SIZE])  # makes the mask
    tracemalloc.start()
    try:
        ghash.ghash(key, data)
        assert tracemalloc.get_traced_memory()[1] < 2**18 + 2**16
    finally:
        tracemalloc.stop()


# The key


def test_powers_are_worked_out_when_they_are_needed_and_once(monkeypatch):
    made, constant = [], ghash._constant
    monkeypatch.setattr(ghash, "_constant", lambda element: made.append(element) or constant(element))
    key = Key(bytes(range(16)))
    assert made == [key.H]
    for blocks, count in [(1, 1), (2, 1), (3, 2), (5, 3), (8, 3), (9, 4), (2, 4)]:
        ghash.ghash(key, bytes(16 * blocks))
        assert len(made) == count
    for power, square in itertools.pairwise(made):
        assert square == ghash.multiply(power, power)


def test_nothing_of_a_key_is_kept():
    """What is cached is a mask, the same under every key."""
    for seed in range(3):
        wide(random.Random(seed).randbytes(16), bytes(4096))
    caches = [value for value in vars(ghash).values() if hasattr(value, "cache_info")]
    assert [cache.cache_info().currsize for cache in caches] == [1]
    assert ghash._low_halves().bit_count() % 128 == 0


@pytest.mark.parametrize("size", [0, 15, 17])
def test_wrong_sizes(size):
    with pytest.raises(ValueError, match="H must be 16 bytes"):
        Key(bytes(size))
    if size:
        with pytest.raises(ValueError, match="whole blocks"):
            ghash.ghash(Key(bytes(16)), bytes(size))


def test_wrong_types():
    with pytest.raises(TypeError):
        Key("h" * 16)
    with pytest.raises(TypeError):
        ghash.ghash(Key(bytes(16)), "d" * 16)


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    H, data = bytes(range(16)), bytes(range(48))
    assert ghash.ghash(Key(buffer(H)), buffer(data)) == plain(H, data)
