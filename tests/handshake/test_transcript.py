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
@given(
    messages=several,
    questions=st.lists(
        st.tuples(st.sampled_from(list(SUITES.values())), st.integers(0, 4), st.sampled_from([b"", b"more"])),
        max_size=5,
    ),
    retried=st.booleans(),
)
def test_nothing_depends_on_what_was_asked_before(
    suite: Suite, messages: list[bytes], questions: list[tuple[Suite, int, bytes]], retried: bool
) -> None:
    """Each hash goes on from the last where it can, and begins anew where it cannot."""
    transcript = Transcript()
    for message in messages:
        transcript.add(message)
    heard = b"".join(messages)
    for asked, binders, then in questions:
        covered = (heard + then)[: len(heard + then) - binders]
        expected = hashlib.new(asked.hash.name, covered).digest()
        assert transcript.digest_by(asked.hash, binders, then=then) == expected
    if retried:
        transcript.replace_first_hello(suite)
        hashed = hashlib.new(suite.hash.name, messages[0]).digest()
        heard = b"\xfe\0\0" + bytes([len(hashed)]) + hashed + b"".join(messages[1:])
    transcript.use(suite)
    assert transcript.digest() == hashlib.new(suite.hash.name, heard).digest()


def test_a_hello_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a binder covers is the beginning of what the transcript covers."""
    blocks: list[bytes] = []
    compress = sha256.compress

    def counted(state: sha256.State, block: bytes) -> sha256.State:
        blocks.append(block)
        return compress(state, block)

    monkeypatch.setattr(sha256, "compress", counted)
    hello, binders = bytes(range(200)) * 5, 35
    transcript = Transcript()
    transcript.digest_by(SUITE.hash, binders, then=hello)  # as a client does, before it says it
    transcript.add(hello)
    transcript.use(SUITE)
    assert blocks.count(hello[:64]) == 1
    assert len(blocks) <= len(hello) // 64 + 2  # and what ends a hash


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
