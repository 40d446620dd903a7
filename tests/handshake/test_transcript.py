"""The transcript: one running hash over whole messages, against hashlib and the recorded handshakes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake.suites import SUITES, Suite
from handshake.transcript import Transcript
from purecrypto import sha256
from tests.support import rfc8448

SUITE = SUITES[0x1303]
each_suite = pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.number.name)
several = st.lists(st.binary(min_size=4, max_size=100), min_size=1, max_size=6)


@each_suite
@given(messages=several, known_after=st.integers(0, 6))
def test_it_is_the_hash_of_all_messages_whenever_the_suite_becomes_known(
    suite: Suite, messages: list[bytes], known_after: int
) -> None:
    transcript = Transcript()
    for number, message in enumerate(messages):
        if number == known_after:
            transcript.use(suite)
        transcript.add(message)
    if known_after >= len(messages):
        transcript.use(suite)
    assert transcript.digest() == hashlib.new(suite.hash.name, b"".join(messages)).digest()


def test_who_asks_again_gets_the_answer_without_a_compression(monkeypatch: pytest.MonkeyPatch) -> None:
    transcript = Transcript()
    transcript.use(SUITE)
    transcript.add(b"hello")
    first = transcript.digest()
    with monkeypatch.context() as patch:
        patch.setattr(sha256, "compress", None)
        assert transcript.digest() == first
    transcript.add(b"and more")
    assert transcript.digest() == hashlib.sha256(b"helloand more").digest()


@each_suite
@given(messages=several)
def test_after_a_hello_retry_request_a_hash_stands_for_the_first_hello(
    suite: Suite, messages: list[bytes]
) -> None:
    """Section 4.1: message_hash || 00 00 Hash.length || Hash(ClientHello1)."""
    first_hello, *others = messages
    transcript = Transcript()
    transcript.add(first_hello)
    transcript.replace_first_hello(suite)
    transcript.use(suite)
    for message in others:
        transcript.add(message)
    header = {"sha256": b"\xfe\x00\x00\x20", "sha384": b"\xfe\x00\x00\x30"}[suite.hash.name]
    synthetic = header + hashlib.new(suite.hash.name, first_hello).digest()
    assert transcript.digest() == hashlib.new(suite.hash.name, synthetic + b"".join(others)).digest()


@pytest.mark.parametrize("section", rfc8448.SECTIONS)
def test_recorded_handshakes(section: str) -> None:
    trace = rfc8448.load(section)
    transcript = Transcript()
    for name, message in trace.messages.items():
        if name == "hello_retry_request":  # what has been heard before it is the first hello, and the request
            transcript.add(message)
            transcript.replace_first_hello(SUITE)
            continue
        transcript.add(message)
        if name == ("client_hello" if trace.offered_psk else "server_hello"):  # a PSK has its hash
            transcript.use(SUITE)
        if name in trace.transcript_hashes:
            assert transcript.digest() == trace.transcript_hashes[name], name


def test_without_a_suite_there_is_no_hash() -> None:
    transcript = Transcript()
    transcript.add(b"hello")
    with pytest.raises(ValueError, match="no cipher suite yet"):
        transcript.digest()


def test_taking_a_digest_changes_nothing() -> None:
    transcript = Transcript()
    transcript.use(SUITE)
    transcript.add(b"one")
    assert transcript.digest() == transcript.digest() == hashlib.sha256(b"one").digest()
    transcript.add(b"two")
    assert transcript.digest() == hashlib.sha256(b"onetwo").digest()


# Before a suite is known, and beside it


@each_suite
@given(messages=several, binders=st.integers(0, 4))
def test_a_binder_is_over_what_stands_before_the_binders(
    suite: Suite, messages: list[bytes], binders: int
) -> None:
    """Of the last hello, which they end; whatever is before it counts as a whole (section 4.3.11.2)."""
    transcript = Transcript()
    for message in messages:
        transcript.add(message)
    heard = b"".join(messages)
    expected = hashlib.new(suite.hash.name, heard[: len(heard) - binders]).digest()
    assert transcript.digest_by(suite.hash, binders) == expected
    transcript.use(suite)  # and nothing has changed
    assert transcript.digest() == hashlib.new(suite.hash.name, heard).digest()


@each_suite
@given(messages=several, more=several, others=several, known=st.booleans())
def test_a_copy_goes_its_own_way(
    suite: Suite, messages: list[bytes], more: list[bytes], others: list[bytes], known: bool
) -> None:
    transcript = Transcript()
    if known:
        transcript.use(suite)
    for message in messages:
        transcript.add(message)
    if known:
        transcript.digest()  # what is remembered is not the copy's
    twin = transcript.copy()
    for heard, said in ((transcript, more), (twin, others)):
        for message in said:
            heard.add(message)
    if not known:
        transcript.use(suite)
        twin.use(suite)
    for heard, said in ((transcript, more), (twin, others)):
        assert heard.digest() == hashlib.new(suite.hash.name, b"".join(messages + said)).digest()
