"""SHA-256 against hashlib: every length around the block boundaries, any way of cutting a message up, and
the two compression functions against each other."""

import array
import hashlib
import inspect
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import sha2, sha512
from purecrypto import sha256 as module
from purecrypto.sha256 import MAX_LANES, sha256
from purecrypto.sha512 import sha384


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


# The wide twin

STATE_SIZE = 32  # bytes
LANE_SIZE = STATE_SIZE + sha256.block_size
ONES, ZEROS = b"\xff" * LANE_SIZE, bytes(LANE_SIZE)
LANES = st.one_of(st.sampled_from([ONES, ZEROS]), st.binary(min_size=LANE_SIZE, max_size=LANE_SIZE))


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 7, 8, 9, 16, 31, 32])
@given(data=st.data())
def test_the_twins_agree(lanes, data):
    """Beside each other, all bits set and none: nothing may spill into a neighbour."""
    drawn = data.draw(st.lists(LANES, min_size=lanes, max_size=lanes))
    states = [struct.unpack(">8I", lane[:STATE_SIZE]) for lane in drawn]
    blocks = [lane[STATE_SIZE:] for lane in drawn]
    expected = [module.compress(*pair) for pair in zip(states, blocks, strict=True)]
    assert module.compress_side_by_side(states, blocks) == expected


def test_lanes_as_full_as_they_can_be():
    full = (module.WORD,) * 8, b"\xff" * 64
    expected = [module.compress(*full)] * MAX_LANES
    assert module.compress_side_by_side([full[0]] * MAX_LANES, [full[1]] * MAX_LANES) == expected


@pytest.mark.parametrize("kind", [sha256, sha384, sha512.sha512], ids=lambda kind: kind.name)
@pytest.mark.parametrize("count", [0, 1, 2, 5, MAX_LANES, MAX_LANES + 1, 2 * MAX_LANES + 3])
def test_digests_side_by_side(kind, count):
    """Messages of different lengths end after different numbers of blocks."""
    messages = [bytes([n]) * (37 * n % 300) for n in range(count)]
    hashes = [kind(message) for message in messages]
    expected = [hashlib.new(kind.name, message).digest() for message in messages]
    assert sha2.digests(hashes) == expected
    assert sha2.digests(hashes) == expected  # nothing has happened to the hashes


def test_only_hashes_of_one_kind_can_be_computed_side_by_side():
    for mixed in ([sha512.sha512(), sha384()], [sha384(), sha512.sha512()], [sha256(), sha512.sha512()]):
        with pytest.raises(TypeError, match="must be of one kind"):
            sha2.digests(mixed)


def test_a_block_alone_does_not_take_the_wide_way(monkeypatch):
    monkeypatch.setattr(module, "compress_side_by_side", None)
    assert sha2.digests([sha256(b"abc")]) == [hashlib.sha256(b"abc").digest()]


def test_several_blocks_do(monkeypatch):
    monkeypatch.setattr(module, "compress", None)
    assert sha2.digests([sha256(b"abc"), sha256(b"")]) == [
        hashlib.sha256(b"abc").digest(),
        hashlib.sha256(b"").digest(),
    ]


def test_more_blocks_than_lanes_are_cut_up(monkeypatch):
    widths = []
    side_by_side = module.compress_side_by_side

    def noted(states, blocks):
        widths.append(len(blocks))
        return side_by_side(states, blocks)

    monkeypatch.setattr(module, "compress_side_by_side", noted)
    sha2.digests([sha256()] * (2 * MAX_LANES + 3))
    assert widths == [MAX_LANES, MAX_LANES, 3]


def test_the_constants_of_lanes_are_kept_but_not_without_bound():
    assert MAX_LANES == 32
    assert module._lanes.cache_info().maxsize == MAX_LANES


def test_a_hash_resumed_goes_on_where_it_was():
    begun = sha256(b"a" * 128)
    resumed = sha256.resume(begun._state, 128)
    resumed.update(b"b")
    assert resumed.digest() == hashlib.sha256(b"a" * 128 + b"b").digest()


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
