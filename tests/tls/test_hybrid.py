"""Whole connections by X25519MLKEM768: who offers what, the second round trip, and hellos that arrive split.

What is wrong with a share or an answer is in tests/handshake/test_hostile_algorithms.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from record.content_type import ContentType
from tests.support import peers_in_memory, remembered, resumed
from tests.support.oracle import SECP256R1, X25519MLKEM768
from tests.support.peers_in_memory import X25519, Link
from tls.events import ApplicationData, EarlyData

HYBRID = X25519MLKEM768
CHEAP = (HYBRID, X25519)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def client(groups: tuple[int, ...], shares: tuple[int, ...]) -> dict[str, Any]:
    return {"private_keys": peers_in_memory.client_keys(*groups), "key_share_groups": shares}


def server(*groups: int) -> dict[str, Any]:
    return {"private_keys": peers_in_memory.server_keys(*groups)}


def link(shares: tuple[int, ...] = CHEAP) -> Link:
    return Link(
        peers_in_memory.client_settings(**client(CHEAP, shares)),
        peers_in_memory.server_settings(**server(*CHEAP)),
    )


# Who offers what


@pytest.mark.parametrize(
    ("offered", "shares", "known", "group", "retried"),
    [
        (CHEAP, CHEAP, CHEAP, HYBRID, False),
        (CHEAP, CHEAP, (X25519, HYBRID), X25519, False),
        (CHEAP, CHEAP, (X25519,), X25519, False),
        (CHEAP, (X25519,), CHEAP, HYBRID, True),
        (CHEAP, (X25519,), (X25519, HYBRID), X25519, False),
        (CHEAP, (HYBRID,), (X25519,), X25519, True),
        (CHEAP, (), (X25519, HYBRID), X25519, True),
        ((*CHEAP, SECP256R1), CHEAP, (SECP256R1,), SECP256R1, True),
        ((X25519, SECP256R1, HYBRID), (X25519,), (SECP256R1, HYBRID), SECP256R1, True),
    ],
)
def test_they_agree(
    offered: tuple[int, ...],
    shares: tuple[int, ...],
    known: tuple[int, ...],
    group: int,
    retried: bool,
) -> None:
    """In one round trip or two; a cookie takes the second one in any case."""
    for cookie in (b"", b"cookie"):
        met = peers_in_memory.connected(
            peers_in_memory.client_settings(**client(offered, shares)),
            peers_in_memory.server_settings(**server(*known), cookie=cookie),
        )
        for session in (met.client.session, met.server.session):
            assert session is not None
            assert (session.group, session.hello_retried) == (group, retried or bool(cookie))


@pytest.mark.parametrize("early", [b"", b"early"])
@pytest.mark.parametrize("shares", [CHEAP, (X25519,)])
def test_a_session_is_resumed(shares: tuple[int, ...], early: bytes) -> None:
    """To come back for the hybrid costs the client its early data (section 4.3.10 [7])."""
    met = resumed.link(early or None, client=client(CHEAP, shares), server=server(*CHEAP))
    met.carry()
    session, retried = met.client.session, HYBRID not in shares
    assert session is not None
    assert (session.group, session.psk_origin, session.hello_retried) == (HYBRID, "ticket", retried)
    taken = early if not retried else b""
    assert session.early_data_accepted == bool(taken)
    assert b"".join(e.data for e in met.server_events if isinstance(e, EarlyData)) == taken
    met.client.send(b"more")
    assert met.to_server() == [ApplicationData(b"more")]


# A hello that one packet, or one record, has no room for


def records(*contents: bytes) -> bytes:
    header = bytes([ContentType.HANDSHAKE, 3, 1])
    return b"".join(header + len(content).to_bytes(2, "big") + content for content in contents)


def answer_to(*pieces: bytes) -> bytes:
    victim = link().server
    for piece in pieces:
        assert victim.receive_data(piece) == []
    return victim.data_to_send()


@pytest.fixture(scope="module")
def hello() -> bytes:
    """The client's first record: its header, and a ClientHello."""
    said = link().client.data_to_send()
    assert len(said) == 5 + int.from_bytes(said[3:5], "big") > 1400
    return said


CUTS = [1, 3, 4, 5, 6, 43, 200, 536, 1000, 1216, 1400]


@pytest.mark.parametrize("at", [*CUTS, -1])
def test_a_hello_in_two_pieces(hello: bytes, at: int) -> None:
    """Of the stream, or of the message: the answer is the same (section 5.1)."""
    expected = answer_to(hello)
    assert answer_to(hello[:at], hello[at:]) == expected
    message = hello[5:]
    assert answer_to(records(message[:at], message[at:])) == expected


def test_a_hello_byte_by_byte(hello: bytes) -> None:
    expected = answer_to(hello)
    assert answer_to(*(hello[at : at + 1] for at in range(len(hello)))) == expected
    assert answer_to(records(*(hello[at : at + 1] for at in range(5, len(hello))))) == expected


def test_an_answer_byte_by_byte() -> None:
    met = link()
    met.to_server()
    flight = met.server.data_to_send()
    for at in range(len(flight)):
        met.client.receive_data(flight[at : at + 1])
    assert met.client.session is not None
    assert met.client.session.group == HYBRID


@pytest.mark.parametrize("limit", [64, 16385])
def test_hellos_do_not_mind_the_limit_of_records(limit: int) -> None:
    """It is one for protected records (RFC 8449 section 4)."""
    met = peers_in_memory.connected(
        peers_in_memory.client_settings(**client(CHEAP, (X25519,)), record_size_limit=limit),
        peers_in_memory.server_settings(**server(*CHEAP), record_size_limit=64),
    )
    assert met.client.session is not None
    assert (met.client.session.group, met.client.session.hello_retried) == (HYBRID, True)
