"""SHA-256 against hashlib: every length around the block boundaries, any way of cutting a message up."""

import array
import hashlib
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import sha256 as module
from purecrypto.sha256 import sha256


@pytest.mark.parametrize("length", range(200))
def test_every_length_around_three_block_boundaries(length):
    message = bytes(range(length))
    assert sha256(message).digest() == hashlib.sha256(message).digest()


@given(st.binary(max_size=2000))
def test_any_message(message):
    assert sha256(message).hexdigest() == hashlib.sha256(message).hexdigest()


@given(st.lists(st.binary(max_size=150), max_size=8))
def test_incremental_equals_one_shot(pieces):
    hasher = sha256()
    for piece in pieces:
        hasher.update(piece)
    assert hasher.digest() == sha256(b"".join(pieces)).digest()


def test_digest_may_be_asked_again_and_the_message_go_on():
    hasher = sha256(b"a" * 70)
    assert hasher.digest() == hasher.digest()
    hasher.update(b"b" * 70)
    assert hasher.digest() == hashlib.sha256(b"a" * 70 + b"b" * 70).digest()


def test_a_copy_goes_its_own_way():
    hasher = sha256(b"a" * 70)
    twin = hasher.copy()
    assert type(twin) is sha256
    twin.update(b"b")
    assert hasher.digest() == hashlib.sha256(b"a" * 70).digest()
    assert twin.digest() == hashlib.sha256(b"a" * 70 + b"b").digest()


def test_the_shape_of_hashlib():
    ours, theirs = sha256(usedforsecurity=False), hashlib.sha256()
    assert (ours.name, ours.digest_size, ours.block_size) == (
        theirs.name,
        theirs.digest_size,
        theirs.block_size,
    )
    assert inspect.signature(sha256).parameters["usedforsecurity"].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    assert sha256(buffer(b"abc")).digest() == hashlib.sha256(b"abc").digest()


def test_a_view_of_words_is_hashed_byte_by_byte():
    view = memoryview(array.array("I", range(40)))
    assert sha256(view).digest() == hashlib.sha256(view).digest()


def test_a_buffer_may_change_afterwards():
    buffer = bytearray(b"abc")
    hasher = sha256(buffer)
    buffer[0] = 0
    assert hasher.digest() == hashlib.sha256(b"abc").digest()


@pytest.mark.parametrize("wrong", ["abc", 3, None, [97]])
def test_what_is_not_bytes_is_refused_as_by_hashlib(wrong):
    for hash_class in (sha256, hashlib.sha256):
        with pytest.raises(TypeError):
            hash_class(wrong)
        with pytest.raises(TypeError):
            hash_class().update(wrong)


def test_constants_are_those_of_the_standard():
    """The first and last of FIPS 180-4 section 4.2.2's table, and all of section 5.3.3."""
    assert (len(module.K), module.K[0], module.K[63]) == (64, 0x428A2F98, 0xC67178F2)
    # fmt: off
    assert module.H0 == (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
    # fmt: on
