"""Tickets: only the key that sealed one opens it, and whatever else comes costs little and says nothing."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from handshake import tickets
from handshake.errors import DecodeError, PeerError
from handshake.resumption import FORMAT, ResumableSession
from handshake.tickets import MAX_TICKET_SIZE, NONCE_SIZE, TICKET_KEY_RANDOM_SIZE, Ticket, TicketKey
from purecrypto import chacha20poly1305
from tests.support import rfc8448, sessions
from tests.support.sessions import after, any_session, session

KEY = TicketKey.from_random(bytes(range(48)))
OTHER = TicketKey.from_random(bytes(range(48, 96)))
NONCE = bytes(range(200, 212))
OVERHEAD = 16 + 12 + 16  # bytes: name, nonce, tag


def seal(made: ResumableSession | None = None, key: TicketKey = KEY, nonce: bytes = NONCE) -> bytes:
    ticket = tickets.seal(made or session(), key, nonce)
    assert ticket is not None
    return ticket


# The server's side


@given(any_session, st.binary(min_size=NONCE_SIZE, max_size=NONCE_SIZE))
def test_what_is_sealed_is_opened(made: ResumableSession, nonce: bytes) -> None:
    assert tickets.open(seal(made, KEY, nonce), [KEY]) == made


def test_its_name_says_which_key_opens_it() -> None:
    ticket = seal(key=OTHER)
    assert tickets.open(ticket, (KEY, OTHER)) == session()
    assert tickets.open(ticket, (OTHER, KEY)) == session()
    assert tickets.open(ticket, (KEY,)) is None
    assert tickets.open(ticket, ()) is None


def test_pyca_opens_it() -> None:
    ticket = seal()
    name, nonce, sealed = ticket[:16], ticket[16:28], ticket[28:]
    assert (name, nonce) == (KEY.name, NONCE)
    assert ChaCha20Poly1305(KEY.key).decrypt(nonce, sealed, name) == session().encode()


def test_pyca_seals_it() -> None:
    sealed = ChaCha20Poly1305(KEY.key).encrypt(NONCE, session().encode(), KEY.name)
    assert tickets.open(KEY.name + NONCE + sealed, [KEY]) == session()


def test_no_bit_can_be_changed() -> None:
    ticket = seal()
    for position in range(len(ticket)):
        changed = bytearray(ticket)
        changed[position] ^= 1 << position % 8
        assert tickets.open(bytes(changed), [KEY]) is None, position


def test_the_name_is_authenticated() -> None:
    """Another name for the same key, as two servers might have it by mistake, opens nothing."""
    renamed = replace(KEY, name=OTHER.name)
    assert tickets.open(OTHER.name + seal()[16:], [renamed]) is None


def test_no_byte_can_be_left_out_or_added() -> None:
    ticket = seal()
    for size in range(len(ticket)):
        assert tickets.open(ticket[:size], [KEY]) is None, size
    assert tickets.open(ticket + b"\0", [KEY]) is None


@given(st.binary(max_size=100))
def test_anything_else_after_a_name_opens_nothing(rest: bytes) -> None:
    assert tickets.open(KEY.name + rest, [KEY]) is None


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        bytes([FORMAT + 1]) + session().encode()[1:],
        session().encode() + b"\0",
        bytes([FORMAT]) + b"\x13\x04" + bytes(99),
    ],
)
def test_what_another_version_sealed_is_no_error(inside: bytes) -> None:
    sealed = chacha20poly1305.seal(KEY.key, NONCE, inside, KEY.name)
    assert tickets.open(KEY.name + NONCE + sealed, [KEY]) is None


def test_nothing_is_decrypted_without_the_name_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = count_decryptions(monkeypatch)
    for ticket in (seal(key=OTHER), b"", KEY.name, KEY.name + bytes(27), bytes(100)):
        assert tickets.open(ticket, [KEY, KEY]) is None
    assert asked == []


def test_one_decryption_is_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = count_decryptions(monkeypatch)
    impostor = replace(KEY, key=OTHER.key)  # of the same name
    assert tickets.open(seal(), [impostor, KEY]) is None
    assert asked == [OTHER.key]


def test_what_is_too_long_for_a_ticket_is_not_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = count_decryptions(monkeypatch)
    assert tickets.open(KEY.name + bytes(MAX_TICKET_SIZE - 15), [KEY]) is None
    assert asked == []
    assert tickets.open(KEY.name + bytes(MAX_TICKET_SIZE - 16), [KEY]) is None
    assert asked == [KEY.key]


def count_decryptions(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The keys that something was decrypted with from now on."""
    asked: list[bytes] = []
    before = chacha20poly1305.open

    def counted(key: bytes, *rest: Any) -> bytes:
        asked.append(key)
        return before(key, *rest)

    monkeypatch.setattr(chacha20poly1305, "open", counted)
    return asked


def test_the_largest_ticket() -> None:
    room = MAX_TICKET_SIZE - OVERHEAD - len(session(certificates=(b"",)).encode())
    largest = session(certificates=(bytes(room),))
    ticket = seal(largest)
    assert len(ticket) == MAX_TICKET_SIZE
    assert tickets.open(ticket, [KEY]) == largest


def test_what_does_not_fit_gets_no_ticket() -> None:
    room = MAX_TICKET_SIZE - OVERHEAD - len(session(certificates=(b"",)).encode())
    assert tickets.seal(session(certificates=(bytes(room + 1),)), KEY, NONCE) is None
    assert tickets.seal(session(server_name="x" * 0xFFFF), KEY, NONCE) is None


def test_the_nonce_and_the_key_have_their_sizes() -> None:
    for nonce in (bytes(11), bytes(13)):
        with pytest.raises(ValueError, match="12 bytes"):
            tickets.seal(session(), KEY, nonce)
    for random in (bytes(47), bytes(49)):
        with pytest.raises(ValueError, match="48 bytes"):
            TicketKey.from_random(random)
    with pytest.raises(ValueError, match="name must be 16 bytes"):
        TicketKey(bytes(15), bytes(32))
    with pytest.raises(ValueError, match="key must be 32 bytes"):
        TicketKey(bytes(16), bytes(33))


def test_a_key_out_of_random_bytes() -> None:
    assert TICKET_KEY_RANDOM_SIZE == 48
    assert (KEY.name, KEY.key) == (bytes(range(16)), bytes(range(16, 48)))


def test_a_key_is_not_shown() -> None:
    shown = repr(TicketKey(b"n" * 16, b"k" * 32))
    assert "nnn" in shown
    assert "kkk" not in shown


# The client's side


@pytest.mark.parametrize(
    ("age_add", "seconds", "stated"),
    [
        (0, 0, 0),
        (5, 1.25, 1255),
        (2**32 - 1, 0, 2**32 - 1),
        (2**32 - 1, 0.001, 0),
        (2**32 - 1000, 3, 2000),
        (7, -60, 7),  # a clock that was put back: never less than nothing
    ],
)
def test_the_age_that_a_client_states(age_add: int, seconds: float, stated: int) -> None:
    assert sessions.ticket(age_add=age_add).obfuscated_age(after(seconds)) == stated


def test_the_age_that_the_client_of_rfc8448_states() -> None:
    ticket, offered = rfc8448.load("3").ticket, rfc8448.load("4").offered_psk
    assert ticket is not None and offered is not None
    kept = sessions.ticket(ticket.ticket, age_add=ticket.ticket_age_add, lifetime=ticket.ticket_lifetime)
    assert kept.obfuscated_age(after(offered.ticket_age / 1000)) == offered.obfuscated_ticket_age


@given(st.binary(min_size=1, max_size=50), any_session)
def test_a_ticket_that_is_encoded_is_decoded(identity: bytes, made: ResumableSession) -> None:
    ticket = Ticket(identity, made)
    assert Ticket.decode(ticket.encode()) == ticket


@given(st.binary(max_size=200))
def test_anything_else_is_no_ticket(data: bytes) -> None:
    try:
        assert Ticket.decode(data).encode() == data
    except PeerError:
        pass


def test_an_empty_identity_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"ticket\.identity: 0 bytes"):
        Ticket.decode(Ticket(b"", session()).encode())


def test_the_key_of_a_client_is_not_shown() -> None:
    assert "kkk" not in repr(sessions.ticket(key=b"k" * 32))
