"""ChaCha20-Poly1305 against pyca/cryptography, in answers and in what it refuses."""

import array
import inspect
import random
import tracemalloc

import pytest
from cryptography.exceptions import InvalidTag as PycaInvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305 as Pyca
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import chacha20, chacha20poly1305, constant_time, entropy, poly1305, stream
from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from purecrypto.errors import InvalidTag

KEY, NONCE = bytes(range(32)), bytes(range(12))

keys = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=12, max_size=12)


@given(keys, nonces, st.binary(max_size=300), st.binary(max_size=100))
def test_any_input(key, nonce, plaintext, associated_data):
    sealed = chacha20poly1305.seal(key, nonce, plaintext, associated_data)
    assert sealed == Pyca(key).encrypt(nonce, plaintext, associated_data)
    assert chacha20poly1305.open(key, nonce, sealed, associated_data) == plaintext


FIRST_BATCH = (chacha20.BATCH_BLOCKS - 1) * chacha20.BLOCK_SIZE  # bytes of text; block 0 is the key's


@pytest.mark.parametrize(
    "length", [0, 1, 15, 16, 17, 63, 64, 65, 2**14, 2**14 + 1, FIRST_BATCH, 50_000, 3 * FIRST_BATCH + 200]
)
def test_lengths(length):
    plaintext = bytes(i % 251 for i in range(length))
    sealed = chacha20poly1305.seal(KEY, NONCE, plaintext)
    assert sealed == Pyca(KEY).encrypt(NONCE, plaintext, None)
    assert chacha20poly1305.open(KEY, NONCE, sealed) == plaintext


edges = [poly1305.WIDE_FROM, 1024, FIRST_BATCH, FIRST_BATCH + 64 * chacha20.BATCH_BLOCKS]
edge_lengths = st.builds(lambda edge, more: edge + more, st.sampled_from(edges), st.integers(-70, 70))


@given(edge_lengths, st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_round_trip_around_every_edge(length, data_length, generator):
    plaintext, associated_data = generator.randbytes(length), generator.randbytes(data_length)
    sealed = chacha20poly1305.seal(KEY, NONCE, plaintext, associated_data)
    assert sealed == Pyca(KEY).encrypt(NONCE, plaintext, associated_data)
    assert chacha20poly1305.open(KEY, NONCE, sealed, associated_data) == plaintext
    bit = generator.randrange(8 * len(sealed))
    forged = bytearray(sealed)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, forged, associated_data)


@given(st.binary(max_size=100), st.binary(max_size=40), st.data())
def test_any_flipped_bit_is_refused(plaintext, associated_data, data):
    parts = [bytearray(KEY), bytearray(NONCE)]
    parts += [
        bytearray(chacha20poly1305.seal(KEY, NONCE, plaintext, associated_data)),
        bytearray(associated_data),
    ]
    part = data.draw(st.sampled_from([part for part in parts if part]))
    bit = data.draw(st.integers(0, 8 * len(part) - 1))
    part[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(*parts)


@pytest.mark.parametrize("length", range(48))
def test_a_shortened_ciphertext_is_refused(length):
    sealed = chacha20poly1305.seal(KEY, NONCE, bytes(32))
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, sealed[:length])


def test_bytes_moved_between_associated_data_and_ciphertext_are_refused():
    sealed = chacha20poly1305.seal(KEY, NONCE, bytes(32), b"data")
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, sealed[1:], b"data" + sealed[:1])
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, b"\x00" + sealed, b"data")


@pytest.mark.parametrize("length", [9, 2 * FIRST_BATCH])
def test_nothing_is_decrypted_before_the_tag_is_verified(monkeypatch, length):
    sealed = bytearray(chacha20poly1305.seal(KEY, NONCE, bytes(length)))
    sealed[-1] ^= 1
    monkeypatch.setattr(stream, "xor", lambda *_: pytest.fail("decrypted"))
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, sealed)


def test_the_tag_is_compared_by_constant_time_equal(monkeypatch):
    sealed = chacha20poly1305.seal(KEY, NONCE, b"plaintext")
    monkeypatch.setattr(constant_time, "equal", lambda a, b: False)
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, sealed)


@pytest.mark.parametrize(
    ("length", "batches"), [(0, [1]), (1000, [17]), (2**14 + 1, [258]), (FIRST_BATCH + 1, [258, 1])]
)
def test_key_and_keystream_come_from_one_batch(monkeypatch, length, batches):
    made, wide_blocks = [], chacha20._wide_blocks
    monkeypatch.setattr(chacha20, "_wide_blocks", lambda *args: made.append(args[1]) or wide_blocks(*args))
    sealed = chacha20poly1305.seal(KEY, NONCE, bytes(length))
    assert made == batches
    chacha20poly1305.open(KEY, NONCE, sealed)
    assert made == batches * 2


def peak_memory(operation, *arguments):
    tracemalloc.start()
    try:
        operation(*arguments)
    except InvalidTag:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_memory_stays_at_twice_the_message():
    """The result and one copy: first what Poly1305 reads, then the pieces that the result is joined from.

    What is refused costs only the first of them, and no keystream but the first batch.
    """
    message, margin = random.Random(5).randbytes(2**20), 2**18
    sealed = chacha20poly1305.seal(KEY, NONCE, message)  # makes the masks too
    assert peak_memory(chacha20poly1305.seal, KEY, NONCE, message) < 2 * len(message) + margin
    assert peak_memory(chacha20poly1305.open, KEY, NONCE, sealed) < 2 * len(message) + margin
    forged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert peak_memory(chacha20poly1305.open, KEY, NONCE, forged) < len(message) + margin


def test_plaintexts_beyond_the_bound_are_refused(monkeypatch):
    assert chacha20poly1305.MAX_PLAINTEXT_SIZE == 274_877_906_880  # RFC 8439 2.8
    sealed = chacha20poly1305.seal(KEY, NONCE, bytes(101))
    monkeypatch.setattr(chacha20poly1305, "MAX_PLAINTEXT_SIZE", 100)
    with pytest.raises(ValueError, match="at most 100 bytes"):
        chacha20poly1305.seal(KEY, NONCE, bytes(101))
    with pytest.raises(InvalidTag):
        chacha20poly1305.open(KEY, NONCE, sealed)
    sealed = chacha20poly1305.seal(KEY, NONCE, bytes(100))
    assert chacha20poly1305.open(KEY, NONCE, sealed) == bytes(100)


@given(keys, nonces, st.binary(max_size=100), st.none() | st.binary(max_size=40))
def test_the_class_is_pycas(key, nonce, data, associated_data):
    ours, theirs = ChaCha20Poly1305(key), Pyca(key)
    sealed = ours.encrypt(nonce, data, associated_data)
    assert sealed == theirs.encrypt(nonce, data, associated_data)
    assert ours.decrypt(nonce=nonce, data=sealed, associated_data=associated_data) == data


def test_argument_names_are_pycas():
    for method in (ChaCha20Poly1305.encrypt, ChaCha20Poly1305.decrypt):
        assert list(inspect.signature(method).parameters) == ["self", "nonce", "data", "associated_data"]
    Pyca(key=KEY).encrypt(nonce=NONCE, data=b"", associated_data=None)
    ChaCha20Poly1305(key=KEY).encrypt(nonce=NONCE, data=b"", associated_data=None)


def test_generate_key_draws_from_entropy(monkeypatch):
    first, second = ChaCha20Poly1305.generate_key(), ChaCha20Poly1305.generate_key()
    assert first != second
    assert len(first) == len(Pyca.generate_key()) == 32
    monkeypatch.setattr(entropy, "random_bytes", lambda length: b"\x07" * length)
    assert ChaCha20Poly1305.generate_key() == b"\x07" * 32


@pytest.mark.parametrize("aead_class", [ChaCha20Poly1305, Pyca])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda make: make("k" * 32), TypeError),
        (lambda make: make(None), TypeError),
        (lambda make: make(bytes(31)), ValueError),
        (lambda make: make(bytes(33)), ValueError),
        (lambda make: make(KEY).encrypt("n" * 12, b"", None), TypeError),
        (lambda make: make(KEY).encrypt(bytes(11), b"", None), ValueError),
        (lambda make: make(KEY).encrypt(bytes(13), b"", None), ValueError),
        (lambda make: make(KEY).encrypt(NONCE, "text", None), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, None, None), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", "data"), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", ""), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", 0), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b""), TypeError),
        (lambda make: make(KEY).decrypt("n" * 12, bytes(16), None), TypeError),
        (lambda make: make(KEY).decrypt(bytes(11), bytes(16), None), ValueError),
        (lambda make: make(KEY).decrypt(bytes(11), bytes(15), None), ValueError),  # before the tag
        (lambda make: make(KEY).decrypt(NONCE, "t" * 16, None), TypeError),
        (lambda make: make(KEY).decrypt(NONCE, bytes(16), "data"), TypeError),
        (lambda make: make(KEY).decrypt(NONCE, bytes(16), ""), TypeError),
        (lambda make: make(KEY).decrypt(NONCE, b"", None), (InvalidTag, PycaInvalidTag)),
        (lambda make: make(KEY).decrypt(NONCE, bytes(15), None), (InvalidTag, PycaInvalidTag)),
        (lambda make: make(KEY).decrypt(NONCE, bytes(16), None), (InvalidTag, PycaInvalidTag)),
    ],
)
def test_refused_as_by_pyca(aead_class, call, error):
    with pytest.raises(error):
        call(aead_class)


@pytest.mark.parametrize("operation", [chacha20poly1305.seal, chacha20poly1305.open])
def test_the_functions_refuse_the_same(operation):
    for key, nonce, text, data in [
        ("k" * 32, NONCE, bytes(16), b""),
        (KEY, "n" * 12, bytes(16), b""),
        (KEY, NONCE, "t" * 16, b""),
        (KEY, NONCE, bytes(16), "data"),
    ]:
        with pytest.raises(TypeError):
            operation(key, nonce, text, data)
    for key_size, nonce_size, text_size in [(31, 12, 16), (32, 11, 16), (31, 12, 0), (32, 13, 0)]:
        with pytest.raises(ValueError, match="bytes long"):
            operation(bytes(key_size), bytes(nonce_size), bytes(text_size))


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    sealed = ChaCha20Poly1305(buffer(KEY)).encrypt(buffer(NONCE), buffer(b"text"), buffer(b"data"))
    assert sealed == Pyca(KEY).encrypt(NONCE, b"text", b"data")
    assert ChaCha20Poly1305(buffer(KEY)).decrypt(buffer(NONCE), buffer(sealed), buffer(b"data")) == b"text"


def test_views_of_words_are_taken_byte_by_byte():
    plaintext = memoryview(array.array("I", range(40)))
    sealed = chacha20poly1305.seal(KEY, NONCE, plaintext, plaintext)
    assert sealed == Pyca(KEY).encrypt(NONCE, plaintext.tobytes(), plaintext.tobytes())
    assert chacha20poly1305.open(KEY, NONCE, memoryview(sealed).cast("I"), plaintext) == plaintext.tobytes()
