"""ChaCha20: the block function and the wide kernel against each other and against pyca/cryptography."""

import array
import random
import struct
import tracemalloc

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from hypothesis import given
from hypothesis import strategies as st

import vectors
from purecrypto import chacha20, stream
from purecrypto.chacha20 import BATCH_BLOCKS, BLOCK_SIZE


def plain_keystream(key, counter, nonce, length):
    """The RFC's section 2.4.1, word for word: the twin of the wide kernel."""
    blocks = range(counter, counter - (-length // BLOCK_SIZE))
    return b"".join(chacha20.block(key, number, nonce) for number in blocks)[:length]


def oracle(key, counter, nonce, text):
    encryptor = Cipher(algorithms.ChaCha20(key, struct.pack("<I", counter) + nonce), None).encryptor()
    return encryptor.update(text)


def published():
    for group in vectors.load("rfc8439")["groups"]:
        if group["operation"] in {"chacha20-block", "chacha20-encrypt"}:
            for vector in group["vectors"]:
                stream = vector.get("keystream", "")
                text = bytes.fromhex(vector.get("plaintext", "00" * BLOCK_SIZE))
                expected = bytes.fromhex(vector.get("ciphertext", stream))
                key, nonce = bytes.fromhex(vector["key"]), bytes.fromhex(vector["nonce"])
                yield pytest.param((key, vector["counter"], nonce), text, expected, id=vector["id"])


def drawn():
    """Lengths and counters around what matters to either half, and random ones."""
    generator = random.Random(8439)
    lengths = [0, 1, 63, 64, 65, 128, 1024, 64 * BATCH_BLOCKS - 1, 64 * BATCH_BLOCKS, 64 * BATCH_BLOCKS + 1]
    lengths += [64 * blocks + more for blocks in (2, 3, 4, 5, 16, 17) for more in (-1, 0, 1)]
    lengths += [generator.randrange(4096) for _ in range(40)]
    for number, length in enumerate(lengths):
        last = (1 << 32) - max(1, -(-length // BLOCK_SIZE))
        counter = [0, 1, last, generator.randrange(last)][number % 4]
        inputs = (generator.randbytes(32), counter, generator.randbytes(12))
        text = generator.randbytes(length)
        yield pytest.param(inputs, text, oracle(*inputs, text), id=f"{number}-{length}-bytes-from-{counter}")
    ones = (b"\xff" * 32, (1 << 32) - 9, b"\xff" * 12)  # all carries that there can be
    zeros = bytes(9 * BLOCK_SIZE)
    yield pytest.param(ones, zeros, oracle(*ones, zeros), id="ones")


@pytest.mark.parametrize("keystream", [plain_keystream, chacha20.keystream], ids=["plain", "wide"])
@pytest.mark.parametrize(("inputs", "text", "expected"), [*published(), *drawn()])
def test_both_halves(keystream, inputs, text, expected):
    assert stream.xor(text, keystream(*inputs, len(text))) == expected


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**32 - 40),
    st.binary(min_size=12, max_size=12),
    st.data(),
)
def test_any_input(key, counter, nonce, data):
    text = data.draw(st.binary(max_size=40 * BLOCK_SIZE))
    ciphertext = chacha20.encrypt(key, counter, nonce, text)
    assert ciphertext == oracle(key, counter, nonce, text)
    assert chacha20.encrypt(key, counter, nonce, ciphertext) == text


def test_several_batches_continue_each_other():
    key, nonce = bytes(range(32)), bytes(range(12))
    length = 2 * BATCH_BLOCKS * BLOCK_SIZE + 100
    assert chacha20.keystream(key, 3, nonce, length) == oracle(key, 3, nonce, bytes(length))
    text = random.Random(3).randbytes(length)
    assert chacha20.encrypt(key, 3, nonce, text) == oracle(key, 3, nonce, text)
    assert stream.xor_all(memoryview(text), chacha20.batches(key, 3, nonce, length)) == oracle(
        key, 3, nonce, text
    )


@pytest.mark.parametrize(
    ("blocks", "batches"), [(0, []), (1, [1]), (258, [258]), (259, [258, 1]), (600, [258, 258, 84])]
)
def test_batches_are_whole_blocks_and_never_longer_than_a_batch(blocks, batches):
    for length in {max(0, 64 * blocks - 63), 64 * blocks}:
        made = [len(batch) for batch in chacha20.batches(bytes(32), 0, bytes(12), length)]
        assert made == [64 * batch for batch in batches]


def test_a_batch_is_made_when_it_is_asked_for(monkeypatch):
    made, wide_blocks = [], chacha20._wide_blocks
    monkeypatch.setattr(chacha20, "_wide_blocks", lambda *args: made.append(args[1]) or wide_blocks(*args))
    batches = chacha20.batches(bytes(32), 0, bytes(12), 64 * 300)
    assert made == []
    next(batches)
    assert made == [258]
    next(batches)
    assert made == [258, 42]


def test_a_long_text_needs_the_ciphertext_twice_and_no_more():
    """Once in pieces and once joined."""
    text = bytes(2**20)
    chacha20.encrypt(bytes(32), 0, bytes(12), b"makes the masks")
    tracemalloc.start()
    try:
        chacha20.encrypt(bytes(32), 0, bytes(12), text)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(text) + 2**18
    finally:
        tracemalloc.stop()


def test_one_batch_holds_a_tls_record_and_its_poly1305_key():
    assert BATCH_BLOCKS * BLOCK_SIZE >= BLOCK_SIZE + 2**14 + 1


def test_the_last_block_that_there_is():
    key, nonce, last = bytes(range(32)), bytes(12), 2**32 - 1
    expected = oracle(key, last, nonce, bytes(BLOCK_SIZE))
    assert chacha20.keystream(key, last, nonce, BLOCK_SIZE) == chacha20.block(key, last, nonce) == expected


@pytest.mark.parametrize(
    ("counter", "length"),
    [
        (2**32 - 1, 65),
        (2**32 - BATCH_BLOCKS, 64 * BATCH_BLOCKS + 1),
        (2**32, 0),
        (2**32, 1),
        (-1, 64),
        (-1, 0),
    ],
)
def test_a_counter_of_more_than_32_bits_is_refused(counter, length):
    with pytest.raises(ValueError, match="counter"):
        chacha20.keystream(bytes(32), counter, bytes(12), length)
    with pytest.raises(ValueError, match="counter"):
        chacha20.encrypt(bytes(32), counter, bytes(12), bytes(length))


@pytest.mark.parametrize("counter", [-1, 2**32])
def test_a_block_number_of_more_than_32_bits_is_refused(counter):
    with pytest.raises(ValueError, match="counter"):
        chacha20.block(bytes(32), counter, bytes(12))


def test_a_negative_length_is_refused():
    with pytest.raises(ValueError, match="length"):
        chacha20.keystream(bytes(32), 0, bytes(12), -1)


@pytest.mark.parametrize("call", [chacha20.block, lambda *args: chacha20.encrypt(*args, b"text")])
@pytest.mark.parametrize(
    ("key_size", "nonce_size"), [(31, 12), (33, 12), (16, 12), (32, 11), (32, 13), (32, 8)]
)
def test_wrong_sizes(call, key_size, nonce_size):
    with pytest.raises(ValueError, match="bytes long"):
        call(bytes(key_size), 0, bytes(nonce_size))


def test_wrong_types():
    for key, nonce, text in [
        ("k" * 32, bytes(12), b""),
        (bytes(32), "n" * 12, b""),
        (bytes(32), bytes(12), "text"),
    ]:
        with pytest.raises(TypeError):
            chacha20.encrypt(key, 0, nonce, text)


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    key, nonce = bytes(range(32)), bytes(range(12))
    assert chacha20.encrypt(buffer(key), 1, buffer(nonce), buffer(b"text")) == oracle(key, 1, nonce, b"text")
    assert chacha20.block(buffer(key), 1, buffer(nonce)) == oracle(key, 1, nonce, bytes(64))


def test_a_view_of_words_is_encrypted_byte_by_byte():
    view = memoryview(array.array("I", range(40)))
    assert chacha20.encrypt(bytes(32), 1, bytes(12), view) == oracle(bytes(32), 1, bytes(12), view.tobytes())
