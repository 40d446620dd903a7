"""AES-GCM against NIST's vectors and pyca/cryptography, in answers and in what it refuses."""

import array
import inspect
import random
import tracemalloc
from collections import Counter
from importlib import resources

import pytest
from cryptography.exceptions import InvalidTag as PycaInvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM as Pyca
from hypothesis import given
from hypothesis import strategies as st

import vectors
from purecrypto import aes, aes_gcm, constant_time, entropy, ghash, stream
from purecrypto.aes_gcm import AESGCM, Key
from purecrypto.errors import InvalidTag
from record.protection import AEAD

KEY, NONCE = bytes(range(16)), bytes(range(12))
READY = Key(KEY)

keys = st.sampled_from(aes_gcm.KEY_SIZES).flatmap(lambda size: st.binary(min_size=size, max_size=size))
nonces = st.binary(min_size=12, max_size=12) | st.binary(min_size=8, max_size=128)  # pyca's range


# Answers


@given(keys, nonces, st.binary(max_size=300), st.binary(max_size=100))
def test_any_input(key, nonce, plaintext, associated_data):
    sealed = aes_gcm.seal(Key(key), nonce, plaintext, associated_data)
    assert sealed == Pyca(key).encrypt(nonce, plaintext, associated_data)
    assert aes_gcm.open(Key(key), nonce, sealed, associated_data) == plaintext


PLAIN, BATCH = (
    16 * (aes.WIDE_FROM - 1),
    16 * (aes.BATCH_BLOCKS - 1),
)  # bytes of text; the mask has a block too


@pytest.mark.parametrize("key_size", aes_gcm.KEY_SIZES)
@pytest.mark.parametrize(
    "length",
    [0, 1, 15, 16, 17, 63, 64, 65, PLAIN, PLAIN + 1, 2**14, 2**14 + 1, BATCH, BATCH + 1, 3 * BATCH + 200],
)
def test_lengths(key_size, length):
    key, plaintext = bytes(range(key_size)), bytes(i % 251 for i in range(length))
    sealed = aes_gcm.seal(Key(key), NONCE, plaintext)
    assert sealed == Pyca(key).encrypt(NONCE, plaintext, None)
    assert aes_gcm.open(Key(key), NONCE, sealed) == plaintext


edges = [1024, PLAIN, ghash.PIECE_SIZE, 2 * ghash.PIECE_SIZE, BATCH, BATCH + 16 * aes.WIDE_FROM]
edge_lengths = st.builds(lambda edge, more: edge + more, st.sampled_from(edges), st.integers(-70, 70))


@given(edge_lengths, st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_round_trip_around_every_edge(length, data_length, generator):
    plaintext, associated_data = generator.randbytes(length), generator.randbytes(data_length)
    sealed = aes_gcm.seal(READY, NONCE, plaintext, associated_data)
    assert sealed == Pyca(KEY).encrypt(NONCE, plaintext, associated_data)
    assert aes_gcm.open(READY, NONCE, sealed, associated_data) == plaintext
    bit = generator.randrange(8 * len(sealed))
    forged = bytearray(sealed)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, forged, associated_data)


@pytest.mark.parametrize("length", [*range(1, 40), 127, 128, 129, 1000])
def test_nonces_of_any_length(length):
    """pyca takes 8 to 128 bytes; NIST's tests have 1, Wycheproof's up to 256."""
    nonce = random.Random(length).randbytes(length)
    sealed = aes_gcm.seal(READY, nonce, b"text")
    if 8 <= length <= 128:
        assert sealed == Pyca(KEY).encrypt(nonce, b"text", None)
    assert aes_gcm.open(READY, nonce, sealed) == b"text"
    other = bytes(length - 1) + b"\x01" if length > 1 else bytes([nonce[0] ^ 1])
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, other, sealed)


def test_a_nonce_of_zeros_counts_every_zero():
    """Padding alone would make them the same: their length is hashed too."""
    assert len({aes_gcm.first_counter_block(READY, bytes(n)) for n in range(1, 34)}) == 33


def test_one_key_seals_many_messages():
    generator, ready = random.Random(1), AESGCM(KEY)
    for _ in range(50):
        nonce, text = generator.randbytes(12), generator.randbytes(generator.randrange(5000))
        assert ready.encrypt(nonce, text, NONCE) == Pyca(KEY).encrypt(nonce, text, NONCE)


# NIST's vectors: the Cryptographic Algorithm Validation Program's, as cryptography-vectors ships them


def nist(name, last_fields):
    """Yield the tests of one file, with the fields of their group, each when its last field is read."""
    folder = resources.files("cryptography_vectors") / "ciphers/AES/GCM"
    test = {}
    for line in (folder / f"{name}.rsp").read_text("ascii").splitlines():
        field, _, value = line.partition(" =")
        if field == "Count":
            test = {}
        elif line and line[0] not in "#[":
            test[field] = bytes.fromhex(value)
            if field in last_fields:
                yield test


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_nist_encrypt(bits):
    """Where a tag is shorter, it is the beginning of ours."""
    counts = Counter()
    for test in nist(f"gcmEncryptExtIV{bits}", {"Tag"}):
        sealed = aes_gcm.seal(Key(test["Key"]), test["IV"], test["PT"], test["AAD"])
        ciphertext, tag = sealed[:-16], sealed[-16:]
        assert ciphertext == test["CT"], test
        assert tag[: len(test["Tag"])] == test["Tag"], test
        counts[len(test["IV"]), len(test["Tag"])] += 1
    assert counts == {(iv, tag): 375 for iv in (1, 12, 128) for tag in (4, 8, 12, 13, 14, 15, 16)}


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_nist_decrypt(bits):
    """With whole tags.  Shorter ones are refused, and so is whatever is too short to have a whole one."""
    counts = Counter()
    for test in nist(f"gcmDecrypt{bits}", {"PT", "FAIL"}):
        arguments = (Key(test["Key"]), test["IV"], test["CT"] + test["Tag"], test["AAD"])
        if len(test["Tag"]) == 16 and "PT" in test:
            assert aes_gcm.open(*arguments) == test["PT"], test
        elif len(test["Tag"]) == 16 or not test["CT"]:
            with pytest.raises(InvalidTag):
                aes_gcm.open(*arguments)
        else:
            continue
        counts["whole" if len(test["Tag"]) == 16 else "short", "PT" in test] += 1
    assert counts["whole", True] + counts["whole", False] == 3 * 375
    assert counts["short", True] + counts["short", False] == 6 * 3 * 75
    assert min(counts.values()) > 400


# Refusals


@given(st.binary(max_size=100), st.binary(max_size=40), st.data())
def test_any_flipped_bit_is_refused(plaintext, associated_data, data):
    parts = [bytearray(KEY), bytearray(NONCE)]
    parts += [bytearray(aes_gcm.seal(READY, NONCE, plaintext, associated_data)), bytearray(associated_data)]
    part = data.draw(st.sampled_from([part for part in parts if part]))
    bit = data.draw(st.integers(0, 8 * len(part) - 1))
    part[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        aes_gcm.open(Key(parts[0]), *parts[1:])


@pytest.mark.parametrize("length", range(48))
def test_a_shortened_ciphertext_is_refused(length):
    sealed = aes_gcm.seal(READY, NONCE, bytes(32))
    with pytest.raises(InvalidTag, match="cannot be a ciphertext" if length < 16 else "does not belong"):
        aes_gcm.open(READY, NONCE, sealed[:length])


def test_bytes_moved_between_associated_data_and_ciphertext_are_refused():
    sealed = aes_gcm.seal(READY, NONCE, bytes(32), b"data")
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, sealed[1:], b"data" + sealed[:1])
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, b"\x00" + sealed, b"data")
    zeros = aes_gcm.seal(READY, NONCE, b"", bytes(16))
    with pytest.raises(InvalidTag):  # GHASH would read the same, but for the lengths
        aes_gcm.open(READY, NONCE, bytes(16) + zeros)


@pytest.mark.parametrize("length", [9, 2 * BATCH])
def test_nothing_is_decrypted_before_the_tag_is_verified(monkeypatch, length):
    sealed = bytearray(aes_gcm.seal(READY, NONCE, bytes(length)))
    sealed[-1] ^= 1
    monkeypatch.setattr(stream, "xor_all", lambda *_: pytest.fail("decrypted"))
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, sealed)


def test_the_tag_is_compared_by_constant_time_equal(monkeypatch):
    sealed = aes_gcm.seal(READY, NONCE, b"plaintext")
    monkeypatch.setattr(constant_time, "equal", lambda a, b: False)
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, sealed)


@pytest.mark.parametrize(
    ("length", "batches"),
    [(0, [1]), (1000, [64]), (2**14 + 1, [1026]), (BATCH, [1026]), (BATCH + 1, [1026, 1])],
)
def test_mask_and_keystream_come_from_one_batch(monkeypatch, length, batches):
    made, real = [], aes.batches

    def counting(*arguments):
        for batch in real(*arguments):
            made.append(len(batch) // 16)
            yield batch

    monkeypatch.setattr(aes, "batches", counting)
    sealed = aes_gcm.seal(READY, NONCE, bytes(length))
    assert made == batches
    aes_gcm.open(READY, NONCE, sealed)
    assert made == batches * 2
    with pytest.raises(InvalidTag):  # what is refused costs the first batch only
        aes_gcm.open(READY, NONCE, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert made == batches * 2 + batches[:1]


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
    """The result and one copy: first what GHASH reads, then the pieces that the result is joined from."""
    message, margin = random.Random(5).randbytes(2**20), 2**19
    sealed = aes_gcm.seal(READY, NONCE, message)  # makes the masks too
    assert peak_memory(aes_gcm.seal, READY, NONCE, message) < 2 * len(message) + margin
    assert peak_memory(aes_gcm.open, READY, NONCE, sealed) < 2 * len(message) + margin
    forged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert peak_memory(aes_gcm.open, READY, NONCE, forged) < len(message) + margin


def test_plaintexts_beyond_the_bound_are_refused(monkeypatch):
    assert aes_gcm.MAX_PLAINTEXT_SIZE == (2**39 - 256) // 8  # SP 800-38D 5.2.1.1
    assert aes_gcm.MAX_PLAINTEXT_SIZE == (2**32 - 2) * aes.BLOCK_SIZE
    sealed = aes_gcm.seal(READY, NONCE, bytes(101))
    monkeypatch.setattr(aes_gcm, "MAX_PLAINTEXT_SIZE", 100)
    with pytest.raises(ValueError, match="at most 100 bytes"):
        aes_gcm.seal(READY, NONCE, bytes(101))
    with pytest.raises(InvalidTag):
        aes_gcm.open(READY, NONCE, sealed)
    sealed = aes_gcm.seal(READY, NONCE, bytes(100))
    assert aes_gcm.open(READY, NONCE, sealed) == bytes(100)


# The class


def test_it_is_an_aead_for_records():
    aead: AEAD = AESGCM(KEY)
    assert aead.decrypt(NONCE, aead.encrypt(NONCE, b"text", b"header"), b"header") == b"text"


@given(keys, nonces, st.binary(max_size=100), st.none() | st.binary(max_size=40))
def test_the_class_is_pycas(key, nonce, data, associated_data):
    ours, theirs = AESGCM(key), Pyca(key)
    sealed = ours.encrypt(nonce, data, associated_data)
    assert sealed == theirs.encrypt(nonce, data, associated_data)
    assert ours.decrypt(nonce=nonce, data=sealed, associated_data=associated_data) == data


def test_argument_names_are_pycas():
    for method in (AESGCM.encrypt, AESGCM.decrypt):
        assert list(inspect.signature(method).parameters) == ["self", "nonce", "data", "associated_data"]
    for made in (AESGCM, Pyca):
        made(key=KEY).encrypt(nonce=NONCE, data=b"", associated_data=None)
        assert len(made.generate_key(bit_length=192)) == 24


@pytest.mark.parametrize("bit_length", [128, 192, 256])
def test_generate_key_draws_from_entropy(monkeypatch, bit_length):
    first, second = AESGCM.generate_key(bit_length), AESGCM.generate_key(bit_length)
    assert first != second
    assert len(first) == len(Pyca.generate_key(bit_length)) == bit_length // 8
    monkeypatch.setattr(entropy, "random_bytes", lambda length: b"\x07" * length)
    assert AESGCM.generate_key(bit_length) == b"\x07" * (bit_length // 8)


@pytest.mark.parametrize("aead_class", [AESGCM, Pyca])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda make: make("k" * 16), TypeError),
        (lambda make: make(None), TypeError),
        (lambda make: make(b""), ValueError),
        (lambda make: make(bytes(15)), ValueError),
        (lambda make: make(bytes(33)), ValueError),
        (lambda make: make.generate_key(127), ValueError),
        (lambda make: make.generate_key(16), ValueError),
        (lambda make: make.generate_key("128"), TypeError),
        (lambda make: make.generate_key(), TypeError),
        (lambda make: make(KEY).encrypt("n" * 12, b"", None), TypeError),
        (lambda make: make(KEY).encrypt(b"", b"", None), ValueError),
        (lambda make: make(KEY).encrypt(NONCE, "text", None), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, None, None), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", "data"), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", ""), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b"", 0), TypeError),
        (lambda make: make(KEY).encrypt(NONCE, b""), TypeError),
        (lambda make: make(KEY).decrypt("n" * 12, bytes(16), None), TypeError),
        (lambda make: make(KEY).decrypt(b"", bytes(16), None), ValueError),
        (lambda make: make(KEY).decrypt(b"", bytes(15), None), ValueError),  # before the tag
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


def test_a_key_does_not_show_its_secrets():
    for held in (AESGCM(KEY), READY, READY.cipher, READY.hash):
        assert KEY.hex() not in repr(held)
        assert not hasattr(held, "__dict__")


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    sealed = AESGCM(buffer(KEY)).encrypt(buffer(NONCE), buffer(b"text"), buffer(b"data"))
    assert sealed == Pyca(KEY).encrypt(NONCE, b"text", b"data")
    assert AESGCM(buffer(KEY)).decrypt(buffer(NONCE), buffer(sealed), buffer(b"data")) == b"text"


def test_views_of_words_are_taken_byte_by_byte():
    plaintext = memoryview(array.array("I", range(40)))
    sealed = aes_gcm.seal(READY, NONCE, plaintext, plaintext)
    assert sealed == Pyca(KEY).encrypt(NONCE, plaintext.tobytes(), plaintext.tobytes())
    assert aes_gcm.open(READY, NONCE, memoryview(sealed).cast("I"), plaintext) == plaintext.tobytes()


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector["id"])
        for group in vectors.load("mcgrew-viega")["groups"]
        for vector in group["vectors"]
        if group["operation"] == "aes-gcm"
    ],
)
def test_the_published_cases_through_the_class(vector):
    key, nonce, plaintext, data, ciphertext, tag = (
        bytes.fromhex(vector[field])
        for field in ("key", "nonce", "plaintext", "associated_data", "ciphertext", "tag")
    )
    assert AESGCM(key).encrypt(nonce, plaintext, data) == ciphertext + tag
    assert AESGCM(key).decrypt(nonce, ciphertext + tag, data) == plaintext
