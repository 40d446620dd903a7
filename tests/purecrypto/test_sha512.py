"""SHA-512 and SHA-384 against hashlib: lengths around the block boundaries, any cutting up of a message."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import sha512 as module
from purecrypto.sha512 import sha384, sha512

both = pytest.mark.parametrize(("ours", "theirs"), [(sha512, hashlib.sha512), (sha384, hashlib.sha384)])


@both
@pytest.mark.parametrize("length", [*range(105, 135), *range(235, 262), 1000])
def test_lengths_around_block_boundaries(ours, theirs, length):
    message = bytes(i % 251 for i in range(length))
    assert ours(message).digest() == theirs(message).digest()


@both
@given(message=st.binary(max_size=2000))
def test_any_message(ours, theirs, message):
    assert ours(message).hexdigest() == theirs(message).hexdigest()


@both
@given(pieces=st.lists(st.binary(max_size=300), max_size=8))
def test_incremental_equals_one_shot(ours, theirs, pieces):
    hasher = ours()
    for piece in pieces:
        hasher.update(piece)
    assert hasher.digest() == theirs(b"".join(pieces)).digest()


@both
def test_a_copy_goes_its_own_way(ours, theirs):
    hasher = ours(b"a" * 200)
    twin = hasher.copy()
    assert type(twin) is ours
    twin.update(b"b")
    assert hasher.digest() == hasher.digest() == theirs(b"a" * 200).digest()
    assert twin.digest() == theirs(b"a" * 200 + b"b").digest()


@both
def test_the_shape_of_hashlib(ours, theirs):
    a, b = ours(usedforsecurity=False), theirs()
    assert (a.name, a.digest_size, a.block_size) == (b.name, b.digest_size, b.block_size)


@both
@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(ours, theirs, buffer):
    assert ours(buffer(b"abc")).digest() == theirs(b"abc").digest()


@both
@pytest.mark.parametrize("wrong", ["abc", 3, None])
def test_what_is_not_bytes_is_refused_as_by_hashlib(ours, theirs, wrong):
    for hash_class in (ours, theirs):
        with pytest.raises(TypeError):
            hash_class(wrong)


def test_constants_are_those_of_the_standard():
    """The first and last of FIPS 180-4 section 4.2.3's table, of 5.3.5's and of 5.3.4's."""
    assert (len(module.K), module.K[0], module.K[79]) == (80, 0x428A2F98D728AE22, 0x6C44198C4A475817)
    assert (module.SHA512_H0[0], module.SHA512_H0[7]) == (0x6A09E667F3BCC908, 0x5BE0CD19137E2179)
    assert (module.SHA384_H0[0], module.SHA384_H0[7]) == (0xCBBB9D5DC1059ED8, 0x47B5481DBEFA4FA4)
