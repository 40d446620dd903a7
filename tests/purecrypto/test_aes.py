"""AES: the standard's cipher and the wide kernel against each other and against pyca/cryptography."""

import random
import tracemalloc

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

import vectors
from purecrypto import aes
from purecrypto.aes import BATCH_BLOCKS, BLOCK_SIZE, WIDE_FROM, Key

KEY, COUNTER_BLOCK = bytes(range(16)), bytes(range(100, 116))

keys = st.sampled_from(aes.KEY_SIZES).flatmap(lambda size: st.binary(min_size=size, max_size=size))
blocks = st.binary(min_size=16, max_size=16)


def counter_blocks(counter_block, n):
    """SP 800-38D section 6.2, word for word: inc32, again and again."""
    for i in range(n):
        counter = (int.from_bytes(counter_block[12:], "big") + i) % 2**32
        yield counter_block[:12] + counter.to_bytes(4, "big")


def plain_keystream(key, counter_block, n):
    """The twin of the wide kernel: one block at a time."""
    return b"".join(aes.encrypt_blocks(key.round_keys, block) for block in counter_blocks(counter_block, n))


def plain_side_by_side(key, counter_block, n):
    """The same, many blocks at a time."""
    inputs = b"".join(counter_blocks(counter_block, n))
    size = WIDE_FROM * BLOCK_SIZE
    pieces = (inputs[start : start + size] for start in range(0, len(inputs), size))
    return b"".join(aes.encrypt_blocks(key.round_keys, piece) for piece in pieces)


def ecb(key, blocks):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)


def oracle(key, counter_block, n):
    return ecb(key, b"".join(counter_blocks(counter_block, n)))


def published():
    for group in vectors.load("sp800-38a")["groups"]:
        for vector in group["vectors"]:
            fields = ("key", "counter_block", "plaintext", "ciphertext")
            key, counter_block, plaintext, ciphertext = (bytes.fromhex(vector[field]) for field in fields)
            stream = bytes(x ^ y for x, y in zip(plaintext, ciphertext, strict=True))
            yield pytest.param(key, counter_block, stream, id=vector["id"])


def drawn():
    """Numbers of blocks around what matters to either half, at counters that carry, and random ones."""
    generator = random.Random(197)
    numbers = [*range(1, 10), 15, 16, 17, 63, 64, 65, BATCH_BLOCKS - 1, BATCH_BLOCKS]
    numbers += [WIDE_FROM - 1, WIDE_FROM, WIDE_FROM + 1, 511, 512, 513]
    numbers += [generator.randrange(1, 300) for _ in range(20)]
    for number, n in enumerate(numbers):
        key = generator.randbytes(aes.KEY_SIZES[number % 3])
        counter = [0, 1, 0xFF, 0xFFFF - n // 2, generator.randrange(2**31), 2**32 - n][number % 6]
        counter_block = generator.randbytes(12) + counter.to_bytes(4, "big")
        stream = oracle(key, counter_block, n)
        yield pytest.param(key, counter_block, stream, id=f"{number}-{n}-blocks-from-{counter}")
    for counter in (0xFF_FFFF, 0x7FFF_FFFF):  # carries into the last bits, amid the blocks of the wide half
        key, counter_block = bytes(16), bytes(12) + (counter - 150).to_bytes(4, "big")
        yield pytest.param(key, counter_block, oracle(key, counter_block, 300), id=f"past-{counter}")
    for byte in (b"\x00", b"\xff"):
        key, counter_block = byte * 32, byte * 12 + bytes(4)
        yield pytest.param(key, counter_block, oracle(key, counter_block, 40), id=f"all-{byte.hex()}")


HALVES = {"plain": plain_keystream, "side by side": plain_side_by_side, "wide": aes._wide_blocks}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize(("key", "counter_block", "stream"), [*published(), *drawn()])
def test_both_halves(half, key, counter_block, stream):
    assert half(Key(key), counter_block, len(stream) // BLOCK_SIZE) == stream


@given(keys, blocks, st.integers(1, 40))
def test_both_halves_agree(key, counter_block, n):
    ready = Key(key)
    stream = plain_keystream(ready, counter_block, n)
    assert plain_side_by_side(ready, counter_block, n) == stream == oracle(key, counter_block, n)
    assert aes._wide_blocks(ready, counter_block, n) == stream
    assert aes.keystream(ready, counter_block, 16 * n - 5) == stream[:-5]


@pytest.mark.parametrize("x", range(256))
def test_the_circuit_is_the_table(x):
    """All 256 bytes, in lanes of one bit; 0x63 is left to the round keys."""
    out = aes._wide_sub_bytes([x >> bit & 1 for bit in range(8)])
    assert sum(bit << i for i, bit in enumerate(out)) ^ 0x63 == aes._s_box()[x] == aes.sub_bytes(x, 1)


def test_the_circuit_has_as_many_gates_as_the_paper_says():
    class Wire:
        gates = {"and": 0, "xor": 0}  # noqa: RUF012 - counted by all wires

        def __and__(self, other):
            self.gates["and"] += 1
            return Wire()

        def __xor__(self, other):
            self.gates["xor"] += 1
            return Wire()

    aes._wide_sub_bytes([Wire() for _ in range(8)])
    assert Wire.gates == {"and": 32, "xor": 83}


def test_the_s_box_is_the_standards():
    """FIPS 197 table 4, in its first and its last line, and as a permutation."""
    table = aes._s_box()
    assert table[:16].hex() == "637c777bf26b6fc53001672bfed7ab76"
    assert table[-16:].hex() == "8ca1890dbfe6426841992d0fb054bb16"
    assert sorted(table) == list(range(256))


def test_steps_of_many_states_are_those_of_each():
    generator = random.Random(5)
    states = [generator.getrandbits(128) for _ in range(7)]
    together = int.from_bytes(b"".join(state.to_bytes(16, "big") for state in states), "big")
    for step in (aes.shift_rows, aes.mix_columns):
        expected = b"".join(step(state).to_bytes(16, "big") for state in states)
        assert step(together).to_bytes(16 * 7, "big") == expected


def test_rows_and_columns_by_hand():
    """The standard's figure of ShiftRows, and a column that it does not have."""
    state = int.from_bytes(bytes(range(16)), "big")
    shifted = bytes([0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11])
    assert aes.shift_rows(state).to_bytes(16, "big") == shifted
    column = bytes.fromhex("db135345" "f20a225c" "01010101" "c6c6c6c6")  # fmt: skip
    mixed = bytes.fromhex("8e4da1bc" "9fdc589d" "01010101" "c6c6c6c6")  # fmt: skip
    assert aes.mix_columns(int.from_bytes(column, "big")).to_bytes(16, "big") == mixed


@pytest.mark.parametrize("n", [WIDE_FROM, BATCH_BLOCKS])
def test_the_wide_half_looks_nothing_up(monkeypatch, n):
    key = Key(KEY)
    monkeypatch.setattr(aes, "_s_box", lambda: pytest.fail("looked up"))
    assert aes.keystream(key, COUNTER_BLOCK, 16 * n) == oracle(KEY, COUNTER_BLOCK, n)


@pytest.mark.parametrize(
    ("blocks", "chosen"),
    [
        (0, []),
        (1, [("plain", 1)]),
        (WIDE_FROM - 1, [("plain", WIDE_FROM - 1)]),
        (WIDE_FROM, [("wide", WIDE_FROM)]),
        (BATCH_BLOCKS, [("wide", BATCH_BLOCKS)]),
        (BATCH_BLOCKS + 1, [("wide", BATCH_BLOCKS), ("plain", 1)]),
        (2 * BATCH_BLOCKS + 300, [("wide", BATCH_BLOCKS), ("wide", BATCH_BLOCKS), ("wide", 300)]),
    ],
)
def test_the_half_that_wins_makes_each_batch_when_it_is_asked_for(monkeypatch, blocks, chosen):
    made, encrypt_blocks, wide_blocks = [], aes.encrypt_blocks, aes._wide_blocks
    monkeypatch.setattr(
        aes, "encrypt_blocks", lambda keys, b: made.append(("plain", len(b) // 16)) or encrypt_blocks(keys, b)
    )
    monkeypatch.setattr(
        aes, "_wide_blocks", lambda key, c, n: made.append(("wide", n)) or wide_blocks(key, c, n)
    )
    for length in {max(0, 16 * blocks - 15), 16 * blocks}:
        made.clear()
        batches = aes.batches(Key(KEY), COUNTER_BLOCK, length)
        assert made == []
        sizes = []
        for number, batch in enumerate(batches, 1):
            sizes.append(len(batch))
            assert len(made) == number
        assert made == chosen
        assert sizes == [16 * n for _, n in chosen]


def test_several_batches_continue_each_other():
    n = 2 * BATCH_BLOCKS + 7
    assert aes.keystream(Key(KEY), COUNTER_BLOCK, 16 * n) == oracle(KEY, COUNTER_BLOCK, n)


@pytest.mark.parametrize("before", [1, 5, WIDE_FROM, BATCH_BLOCKS])
@pytest.mark.parametrize("after", [1, WIDE_FROM])
def test_the_counter_wraps_and_leaves_the_rest_alone(before, after):
    """SP 800-38D 6.2: inc32 is modulo 2^32; the 12 bytes before it never change."""
    counter_block = b"\xff" * 12 + (2**32 - before).to_bytes(4, "big")
    expected = oracle(KEY, counter_block, before + after)
    assert aes.keystream(Key(KEY), counter_block, 16 * (before + after)) == expected


def test_one_batch_holds_a_tls_record_and_the_mask_of_its_tag():
    assert BATCH_BLOCKS * BLOCK_SIZE >= BLOCK_SIZE + 2**14 + 1


def test_memory_is_that_of_a_batch():
    key = Key(KEY)
    aes.keystream(key, COUNTER_BLOCK, BATCH_BLOCKS * BLOCK_SIZE)  # makes the masks
    tracemalloc.start()
    try:
        for _ in aes.batches(key, COUNTER_BLOCK, 2**21):
            pass
        assert tracemalloc.get_traced_memory()[1] < 2**18
    finally:
        tracemalloc.stop()


def test_nothing_of_a_key_is_kept():
    """What is cached are masks and the S-box, the same under every key, and of one size."""
    numbers, lanes = aes._numbers(), aes._lanes()
    for n in (1, 17, WIDE_FROM, 700):
        aes.keystream(Key(random.Random(n).randbytes(32)), COUNTER_BLOCK, 16 * n)
    caches = [value for value in vars(aes).values() if hasattr(value, "cache_info")]
    assert [cache.cache_info().currsize for cache in caches] == [1, 1, 1]
    assert aes._numbers() is numbers
    assert aes._lanes() is lanes


def test_a_key_does_not_show_its_secrets():
    assert KEY.hex() not in repr(Key(KEY))
    assert not hasattr(Key(KEY), "__dict__")


@given(keys, blocks)
def test_any_block(key, block):
    assert aes.encrypt_blocks(aes.expand_key(key), block) == ecb(key, block)


@pytest.mark.parametrize("size", [0, 15, 17, 31, 33])
def test_wrong_key_sizes(size):
    for use in (aes.expand_key, Key):
        with pytest.raises(ValueError, match="key must be 16, 24 or 32 bytes"):
            use(bytes(size))


@pytest.mark.parametrize("size", [1, 15, 17, 16 * WIDE_FROM + 16])
def test_wrong_block_sizes(size):
    with pytest.raises(ValueError, match="whole blocks"):
        aes.encrypt_blocks(aes.expand_key(KEY), bytes(size))


def test_no_blocks_and_the_most_blocks():
    round_keys = aes.expand_key(KEY)
    assert aes.encrypt_blocks(round_keys, b"") == b""
    assert aes.encrypt_blocks(round_keys, bytes(16 * WIDE_FROM)) == ecb(KEY, bytes(16 * WIDE_FROM))


@pytest.mark.parametrize("size", [0, 12, 15, 17])
def test_wrong_counter_block_sizes(size):
    with pytest.raises(ValueError, match="counter_block must be 16 bytes"):
        aes.keystream(Key(KEY), bytes(size), 1)


def test_a_negative_length_is_refused():
    with pytest.raises(ValueError, match="length must not be negative"):
        aes.keystream(Key(KEY), COUNTER_BLOCK, -1)


def test_wrong_types():
    for call in (
        lambda: Key("k" * 16),
        lambda: aes.expand_key(None),
        lambda: aes.keystream(Key(KEY), "c" * 16, 1),
        lambda: aes.encrypt_blocks(aes.expand_key(KEY), "b" * 16),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    expected = oracle(KEY, COUNTER_BLOCK, 1)
    assert aes.keystream(Key(buffer(KEY)), buffer(COUNTER_BLOCK), 16) == expected
    assert aes.encrypt_blocks(aes.expand_key(buffer(KEY)), buffer(COUNTER_BLOCK)) == expected
