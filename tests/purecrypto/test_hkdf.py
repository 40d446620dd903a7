"""HKDF against pyca/cryptography, and the bounds of RFC 5869 section 2.3."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import hkdf, hmac, sha256
from purecrypto.sha512 import sha384

ORACLES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@given(
    st.sampled_from(sorted(ORACLES)),
    st.binary(max_size=150),
    st.binary(max_size=100),
    st.binary(max_size=60),
    st.integers(1, 200),
)
def test_any_input(name, salt, ikm, info, length):
    expected = HKDF(ORACLES[name], length, salt, info).derive(ikm)
    assert hkdf.expand(hkdf.extract(salt, ikm, name), info, length, name) == expected


def test_sha256_is_the_default_and_classes_serve_as_well_as_names():
    prk = hkdf.extract(b"salt", b"ikm")
    assert prk == hkdf.extract(b"salt", b"ikm", "sha256")
    assert hkdf.expand(prk, b"info", 40) == hkdf.expand(prk, b"info", 40, "sha256")
    assert hkdf.expand(prk, b"info", 40, sha384) == HKDFExpand(hashes.SHA384(), 40, b"info").derive(prk)


def test_an_empty_salt_is_a_salt_of_zeros():
    assert hkdf.extract(b"", b"ikm") == hkdf.extract(bytes(32), b"ikm")


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_a_keyed_hmac_serves_as_salt_as_often_as_one_likes(name):
    salt = bytes(range(32))
    keyed = hmac.new(salt, digestmod=name)
    for ikm in (b"", b"first", b"second"):
        assert hkdf.extract(keyed, ikm) == hkdf.extract(salt, ikm, name)


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_a_keyed_hmac_serves_as_prk_as_often_as_one_likes(name):
    prk = bytes(range(32))
    keyed = hmac.new(prk, digestmod=name)
    for info in (b"", b"first", b"second"):
        assert hkdf.expand(keyed, info, 100) == hkdf.expand(prk, info, 100, name)


def test_one_block_from_a_keyed_hmac_costs_two_compressions(monkeypatch):
    keyed = hmac.new(bytes(32), digestmod="sha256")
    calls = []
    compress = sha256.compress
    monkeypatch.setattr(sha256, "compress", lambda *args: calls.append(1) or compress(*args))
    monkeypatch.setattr(sha256, "compress_side_by_side", None)
    hkdf.expand(keyed, b"info", 32)
    assert len(calls) == 2


@pytest.mark.parametrize("name", sorted(ORACLES))
@given(st.lists(st.tuples(st.binary(max_size=100), st.binary(max_size=60), st.integers(0, 150)), max_size=6))
def test_side_by_side_equals_one_by_one(name, wanted):
    """Outputs of different lengths take different numbers of steps."""
    keyed = [(hmac.new(prk, digestmod=name), info, length) for prk, info, length in wanted]
    expected = [hkdf.expand(prk, info, length, name) for prk, info, length in wanted]
    assert hkdf.expand_side_by_side(keyed) == expected


def test_eight_outputs_take_the_two_steps_of_one(monkeypatch):
    keyed = hmac.new_side_by_side([bytes([n]) for n in range(8)], "sha256")
    widths = []
    compress = sha256.compress_side_by_side
    monkeypatch.setattr(sha256, "compress", None)
    monkeypatch.setattr(
        sha256, "compress_side_by_side", lambda *args: widths.append(len(args[1])) or compress(*args)
    )
    hkdf.expand_side_by_side([(mac, b"info", 32) for mac in keyed])
    assert widths == [8, 8]


@pytest.mark.parametrize("bad", [-1, 255 * 32 + 1])
def test_one_bad_length_among_good_ones_is_refused(bad):
    keyed = hmac.new(b"key", digestmod="sha256")
    with pytest.raises(ValueError, match=f"got {bad}"):
        hkdf.expand_side_by_side([(keyed, b"", 32), (keyed, b"", bad)])


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_the_longest_output(name):
    most = 255 * ORACLES[name].digest_size
    assert hkdf.expand(bytes(64), b"", most, name) == HKDFExpand(ORACLES[name], most, b"").derive(bytes(64))
    with pytest.raises(ValueError, match=str(most)):
        hkdf.expand(bytes(64), b"", most + 1, name)


def test_a_negative_length_is_refused_and_none_is_nothing():
    with pytest.raises(ValueError, match="got -1"):
        hkdf.expand(bytes(32), b"", -1)
    assert hkdf.expand(bytes(32), b"", 0) == b""


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    prk = hkdf.extract(buffer(b"salt"), buffer(b"ikm"))
    assert prk == hkdf.extract(b"salt", b"ikm")
    assert hkdf.expand(buffer(prk), buffer(b"info"), 8) == hkdf.expand(prk, b"info", 8)


@pytest.mark.parametrize(
    "call",
    [
        lambda: hkdf.extract("salt", b"ikm"),
        lambda: hkdf.extract(b"salt", "ikm"),
        lambda: hkdf.expand("prk", b"info", 32),
        lambda: hkdf.expand(bytes(32), "info", 32),
        lambda: hkdf.expand(bytes(32), None, 0),
        lambda: hkdf.expand(bytes(32), b"info", "32"),
    ],
)
def test_types(call):
    with pytest.raises(TypeError):
        call()
