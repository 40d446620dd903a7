"""SHA-3 and SHAKE against NIST's own files and hashlib, and the two permutations against each other."""

import hashlib
import re
import struct
from pathlib import Path

import cryptography_vectors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purecrypto import keccak_f
from purecrypto.keccak import Request, digests, sha3_256, sha3_512, shake_128, shake_256

FOLDER = Path(cryptography_vectors.__file__).parent / "hashes"
HASHES = [sha3_256, sha3_512]
SHAKES = [shake_128, shake_256]
KINDS = [*HASHES, *SHAKES]
CAVP = {
    sha3_256: "SHA3/SHA3_256",
    sha3_512: "SHA3/SHA3_512",
    shake_128: "SHAKE/SHAKE128",
    shake_256: "SHAKE/SHAKE256",
}

each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def read(file):
    """Return the vectors of one of NIST's files: each a dict of its lines."""
    text = (FOLDER / f"{file}.rsp").read_text(encoding="ascii")
    paragraphs = [
        dict(re.findall(r"^(\w+) = (\w+)", part, re.MULTILINE)) for part in re.split(r"\n\s*\n", text)
    ]
    return [vector for vector in paragraphs if vector]


def ours(kind, message, length=0):
    """Return a digest; the length counts only for an XOF."""
    return kind(message).digest(length) if kind in SHAKES else kind(message).digest()


def theirs(kind, message, length=0):
    """Return the same from hashlib."""
    hasher = hashlib.new(kind.name, message)
    return hasher.digest(length) if kind in SHAKES else hasher.digest()


# NIST's files


@pytest.mark.parametrize(
    ("file", "step"), [("ShortMsg", 1), ("LongMsg", 3), pytest.param("LongMsg", 1, marks=pytest.mark.long)]
)
@each
def test_messages_of_nist(kind, file, step):
    vectors = [vector for vector in read(CAVP[kind] + file) if "Msg" in vector]
    assert len(vectors) > 70
    for vector in vectors[::step]:
        message = bytes.fromhex(vector["Msg"])[: int(vector["Len"]) // 8]  # of the empty message: "00"
        answer = bytes.fromhex(vector.get("MD") or vector["Output"])
        assert ours(kind, message, len(answer)) == answer


@pytest.mark.parametrize("kind", SHAKES, ids=lambda kind: kind.name)
def test_outputs_of_any_length_of_nist(kind):
    vectors = [vector for vector in read(CAVP[kind] + "VariableOut") if "Msg" in vector]
    assert len(vectors) > 1000
    for vector in vectors:
        output = kind(bytes.fromhex(vector["Msg"])).hexdigest(int(vector["Outputlen"]) // 8)
        assert output == vector["Output"]


@pytest.mark.parametrize("checkpoints", [2, pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", HASHES, ids=lambda kind: kind.name)
def test_monte_carlo_of_nist(kind, checkpoints):
    """A thousand hashes of hashes between any two checkpoints."""
    seed, *vectors = read(CAVP[kind] + "Monte")
    digest = bytes.fromhex(seed["Seed"])
    assert len(vectors) == 100
    for vector in vectors[:checkpoints]:
        for _ in range(1000):
            digest = kind(digest).digest()
        assert digest.hex() == vector["MD"]


@pytest.mark.parametrize("checkpoints", [2, pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", SHAKES, ids=lambda kind: kind.name)
def test_monte_carlo_of_nist_with_output_lengths(kind, checkpoints):
    """Each output says how long the next is: SHA-3 Validation System, section 6.3.3."""
    text = (FOLDER / f"{CAVP[kind]}Monte.rsp").read_text(encoding="ascii")
    least, most = (
        int(re.search(rf"{word} Output Length \(bits\) = (\d+)", text)[1]) // 8
        for word in ("Minimum", "Maximum")
    )
    seed, *vectors = [vector for vector in read(CAVP[kind] + "Monte") if vector.keys() & {"Msg", "COUNT"}]
    output, length = bytes.fromhex(seed["Msg"]), most
    assert len(vectors) == 100
    for vector in vectors[:checkpoints]:
        for _ in range(1000):
            used = length
            output = kind(output[:16].ljust(16, b"\0")).digest(used)
            length = least + int.from_bytes(output[-2:], "big") % (most - least + 1)
        assert (8 * used, output.hex()) == (int(vector["Outputlen"]), vector["Output"])


# hashlib


@each
def test_every_length_around_three_block_boundaries(kind):
    for blocks in range(4):
        for length in range(max(0, blocks * kind.block_size - 3), blocks * kind.block_size + 4):
            message = bytes(i % 251 for i in range(length))
            assert ours(kind, message, 40) == theirs(kind, message, 40)


@each
@given(message=st.binary(max_size=500), length=st.integers(0, 400))
def test_any_message(kind, message, length):
    assert ours(kind, message, length) == theirs(kind, message, length)


@each
@given(pieces=st.lists(st.binary(max_size=200), max_size=6))
def test_incremental_equals_one_shot(kind, pieces):
    hasher = kind()
    for piece in pieces:
        hasher.update(piece)
    assert (hasher.digest(50) if kind in SHAKES else hasher.digest()) == theirs(kind, b"".join(pieces), 50)


@pytest.mark.parametrize("kind", SHAKES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("blocks", [0, 1, 2, 3])
def test_outputs_around_block_boundaries(kind, blocks):
    longest = hashlib.new(kind.name, b"abc").digest(4 * kind.block_size)
    for length in range(max(0, blocks * kind.block_size - 2), blocks * kind.block_size + 3):
        assert kind(b"abc").digest(length) == longest[:length]
        assert digests([Request(kind, b"abc", length)]) == [longest[:length]]


@each
def test_more_can_be_appended_after_a_digest_as_in_hashlib(kind):
    arguments = (70,) if kind in SHAKES else ()
    ours, theirs = kind(b"a" * 200), hashlib.new(kind.name, b"a" * 200)
    assert ours.digest(*arguments) == ours.digest(*arguments) == theirs.digest(*arguments)
    ours.update(b"b")
    theirs.update(b"b")
    assert ours.hexdigest(*arguments) == theirs.hexdigest(*arguments)


@each
def test_a_copy_goes_its_own_way(kind):
    arguments = (32,) if kind in SHAKES else ()
    hasher = kind(b"a" * 200)
    twin = hasher.copy()
    assert type(twin) is kind
    twin.update(b"b" * 200)
    assert hasher.digest(*arguments) == theirs(kind, b"a" * 200, 32)
    assert twin.digest(*arguments) == theirs(kind, b"a" * 200 + b"b" * 200, 32)


@each
def test_the_shape_of_hashlib(kind):
    a, b = kind(usedforsecurity=False), hashlib.new(kind.name)
    assert (a.name, a.digest_size, a.block_size) == (b.name, b.digest_size, b.block_size)


@each
@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(kind, buffer):
    assert ours(kind, buffer(b"abc"), 9) == theirs(kind, b"abc", 9)


@each
@pytest.mark.parametrize("wrong", ["abc", 3, None])
def test_what_is_not_bytes_is_refused_as_by_hashlib(kind, wrong):
    for hash_class in (kind, getattr(hashlib, kind.name)):
        with pytest.raises(TypeError):
            hash_class(wrong)


@pytest.mark.parametrize("kind", SHAKES, ids=lambda kind: kind.name)
def test_a_negative_length_is_refused(kind):
    """hashlib of CPython 3.11 refuses it too, as an internal error."""
    for refused in (
        lambda: kind(b"abc").digest(-1),
        lambda: kind(b"abc").hexdigest(-1),
        lambda: digests([Request(kind, b"abc", -1)]),
    ):
        with pytest.raises(ValueError, match="not negative, as -1 is"):
            refused()


# The twins

FULL, EMPTY = b"\xff" * keccak_f.STATE_SIZE, bytes(keccak_f.STATE_SIZE)
STATES = st.one_of(st.sampled_from([FULL, EMPTY]), st.binary(min_size=200, max_size=200))


def plainly(octets):
    """Return Keccak-f of 200 bytes by the five steps."""
    words = struct.unpack("<25Q", octets)
    A = keccak_f.keccak_f([[words[x + 5 * y] for y in range(5)] for x in range(5)])
    return struct.pack("<25Q", *[A[x][y] for y in range(5) for x in range(5)])


def widely(states):
    """Return Keccak-f of several times 200 bytes by the wide twin."""
    n = len(states)
    return keccak_f.apart(keccak_f.permute(keccak_f.side_by_side(states), keccak_f.lanes_of(n)), n)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 9, 10, 33])
@settings(max_examples=25)
@given(data=st.data())
def test_the_twins_agree(n, data):
    """Beside each other, all bits set and none: nothing may spill into a neighbour."""
    states = data.draw(st.lists(STATES, min_size=n, max_size=n))
    assert widely(states) == [plainly(state) for state in states]


def test_the_permutation_of_zeros():
    """The first words of Keccak-f[1600] of the zero state, as the Keccak team publishes them."""
    assert plainly(EMPTY)[:16].hex() == "e7dde140798f25f18a47c033f9ccd584"


def test_constants_are_those_of_the_standard():
    """FIPS 202 table 2 for the offsets (modulo 64), and the last round constant."""
    assert [keccak_f.OFFSETS[x][y] for y in range(5) for x in range(5)] == [
        *(0, 1, 62, 28, 27),
        *(36, 44, 6, 55, 20),
        *(3, 10, 43, 25, 39),
        *(41, 45, 15, 21, 8),
        *(18, 2, 61, 56, 14),
    ]
    assert keccak_f.ROUND_CONSTANTS[:2] == [0x1, 0x8082]
    assert (len(keccak_f.ROUND_CONSTANTS), keccak_f.ROUND_CONSTANTS[23]) == (24, 0x8000000080008008)


# Side by side

REQUESTS = st.builds(
    lambda kind, message, size, length: Request(kind, message.ljust(size, b"."), kind.digest_size or length),
    st.sampled_from(KINDS),
    st.binary(max_size=20),
    st.integers(0, 400),
    st.integers(0, 500),
)


@given(st.lists(REQUESTS, max_size=12))
def test_digests_side_by_side(requests):
    """Of any kinds, which begin, give and end at different steps."""
    assert digests(requests) == [theirs(*request) for request in requests]


def test_side_by_side_takes_as_many_permutations_as_the_longest(monkeypatch):
    """And one that has ended takes no more room."""
    widths, permute = [], keccak_f.permute
    monkeypatch.setattr(
        keccak_f,
        "permute",
        lambda A, lanes: widths.append(lanes.word.bit_length() // 128 + 1) or permute(A, lanes),
    )
    digests([*[Request(shake_128, bytes([i]), 504) for i in range(9)], Request(sha3_256, bytes(1184), 32)])
    assert widths == [10] * 3 + [1] * 6
