"""HMAC against the standard library's, in answers and in what it refuses."""

import hashlib
import hmac as stdlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import hmac, sha256
from purecrypto.keccak import sha3_256
from purecrypto.sha2 import MerkleDamgard
from purecrypto.sha512 import sha384, sha512

HASHES = [("sha256", sha256.sha256), ("sha384", sha384), ("sha512", sha512)]

every_hash = pytest.mark.parametrize(("name", "hash_class"), HASHES)


@every_hash
@given(key=st.binary(max_size=300), message=st.binary(max_size=300))
def test_any_key_and_message(name, hash_class, key, message):
    expected = stdlib.digest(key, message, name)
    assert hmac.digest(key, message, name) == expected
    assert hmac.new(key, message, hash_class).digest() == expected
    assert hmac.new(key, message, digestmod=name).hexdigest() == expected.hex()


@every_hash
def test_keys_around_the_block_size(name, hash_class):
    for length in range(hash_class.block_size - 2, hash_class.block_size + 3):
        key = bytes(i % 251 for i in range(length))
        assert hmac.digest(key, b"message", name) == stdlib.digest(key, b"message", name)


@given(st.lists(st.binary(max_size=100), max_size=6))
def test_incremental_equals_one_shot(pieces):
    mac = hmac.new(b"key", digestmod="sha256")
    for piece in pieces:
        mac.update(piece)
    assert mac.digest() == mac.digest() == stdlib.digest(b"key", b"".join(pieces), "sha256")


def test_a_copy_goes_its_own_way():
    mac = hmac.new(b"key", b"one", "sha256")
    twin = mac.copy()
    twin.update(b" two")
    assert mac.digest() == stdlib.digest(b"key", b"one", "sha256")
    assert twin.digest() == stdlib.digest(b"key", b"one two", "sha256")
    assert (twin.name, twin.digest_size, twin.block_size) == (mac.name, mac.digest_size, mac.block_size)


def test_a_copy_saves_hashing_the_key(monkeypatch):
    keyed = hmac.new(bytes(32), digestmod="sha256")
    calls = []
    compress = sha256.compress
    monkeypatch.setattr(sha256, "compress", lambda *args: calls.append(1) or compress(*args))
    monkeypatch.setattr(sha256, "compress_side_by_side", None)
    twin = keyed.copy()
    twin.update(b"short")
    twin.digest()
    assert len(calls) == 2


@every_hash
@given(st.lists(st.tuples(st.binary(max_size=200), st.binary(max_size=200)), max_size=6))
def test_side_by_side_equals_one_by_one(name, hash_class, keys_and_messages):
    macs = hmac.new_side_by_side([key for key, _ in keys_and_messages], name)
    for mac, (_, message) in zip(macs, keys_and_messages, strict=True):
        mac.update(message)
    expected = [stdlib.digest(key, message, name) for key, message in keys_and_messages]
    assert hmac.digests(macs) == expected
    assert hmac.digests(macs) == [mac.digest() for mac in macs] == expected


def test_the_two_halves_of_a_key_are_hashed_side_by_side(monkeypatch):
    monkeypatch.setattr(sha256, "compress", None)
    assert hmac.new(b"key", digestmod="sha256").digest_size == 32


@every_hash
def test_the_shape_of_the_standard_library(name, hash_class):
    ours, theirs = hmac.new(b"key", digestmod=hash_class), stdlib.new(b"key", digestmod=name)
    assert (ours.name, ours.digest_size, ours.block_size) == (
        theirs.name,
        theirs.digest_size,
        theirs.block_size,
    )
    assert type(ours) is hmac.HMAC


def test_a_name_in_capitals_is_understood_as_in_the_standard_library():
    assert hmac.digest(b"key", b"", "SHA256") == stdlib.digest(b"key", b"", "SHA256")


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    assert hmac.digest(buffer(b"key"), buffer(b"message"), "sha256") == stdlib.digest(
        b"key", b"message", "sha256"
    )


@pytest.mark.parametrize("module", [hmac, stdlib])
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((b"key", b"message"), TypeError),  # no digestmod
        (("key", b"message", "sha256"), TypeError),
        ((None, b"message", "sha256"), TypeError),
        ((b"key", "message", "sha256"), TypeError),
        ((b"key", "", "sha256"), TypeError),
        ((b"key", b"message", "sha-nothing"), ValueError),
    ],
)
def test_refused_as_by_the_standard_library(module, arguments, error):
    with pytest.raises(error):
        module.new(*arguments)


@pytest.mark.parametrize("wrong", [bytes, 256, len])
def test_a_digestmod_that_is_no_hash(wrong):
    with pytest.raises(TypeError, match="hash class"):
        hmac.new(b"key", b"message", wrong)


def test_hashes_go_by_class_or_name():
    for name, Hash in HASHES:
        assert hmac.hash_class(Hash) is hmac.hash_class(name) is hmac.hash_class(name.upper()) is Hash
    with pytest.raises(ValueError, match="unsupported hash 'sha1': one of sha256, sha384, sha512"):
        hmac.hash_class("sha1")
    for wrong in (hashlib.sha256, None, sha256.sha256(), int, MerkleDamgard, sha3_256):
        with pytest.raises(TypeError, match="must be a hash class of SHA-2 or its name"):
            hmac.hash_class(wrong)


@pytest.mark.parametrize("module", [hmac, stdlib])
def test_compare_digest(module):
    assert module.compare_digest(b"abc", bytearray(b"abc"))
    assert module.compare_digest("abc", "abc")
    assert not module.compare_digest(b"abc", b"abd")
    assert not module.compare_digest("abc", "abcd")
    for a, b in [("é", "e"), ("e", "é"), ("abc", b"abc"), (b"abc", "abc"), (b"abc", 3), (None, None)]:
        with pytest.raises(TypeError):
            module.compare_digest(a, b)


def test_text_and_bytes_are_never_the_same():
    with pytest.raises(TypeError, match="cannot compare text with bytes"):
        hmac.compare_digest("abc", b"abc")
