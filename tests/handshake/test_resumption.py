"""What is remembered of a session: read back as it was, or refused; and how long it may be used."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake.errors import DecodeError, IllegalParameter, PeerError
from handshake.resumption import CLOCK_TOLERANCE, FORMAT, MAX_LIFETIME, ResumableSession
from tests.support.sessions import CHACHA20, HOUR, THEN, after, any_session, session

TOLERANCE = CLOCK_TOLERANCE.total_seconds()
ENCODED = (
    "02"  # format
    "1303"
    "20" + bytes(range(32)).hex() + "0000019f1d8ce200"  # 2026-07-01 12:00, in milliseconds
    "00000e10"
    "89abcdef"
    "0009" + b"localhost".hex() + "08" + b"http/1.1".hex() + "00000000"
    "000010"
    + "000004"
    + b"leaf".hex()
    + "000006"
    + b"issuer".hex()
    + "0003"
    + "02"
    + b"us".hex()
    + "0003"
    + b"key".hex()
)


def test_by_hand() -> None:
    assert session(shown=frozenset({b"us"}), external_identity=b"key").encode().hex() == ENCODED


@given(any_session)
def test_what_is_encoded_is_decoded(made: ResumableSession) -> None:
    assert ResumableSession.decode(made.encode()) == made


@given(any_session, st.data())
def test_a_cut_is_noticed(made: ResumableSession, data: st.DataObject) -> None:
    encoded = made.encode()
    with pytest.raises(DecodeError):
        ResumableSession.decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@given(any_session, st.binary(min_size=1, max_size=3))
def test_bytes_too_many_are_noticed(made: ResumableSession, rest: bytes) -> None:
    with pytest.raises(DecodeError, match="too many"):
        ResumableSession.decode(made.encode() + rest)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(bytes([FORMAT]).__add__))
def test_anything_else_is_refused(data: bytes) -> None:
    try:
        assert ResumableSession.decode(data).encode() == data
    except PeerError:
        pass


@given(any_session, st.data())
def test_a_byte_that_is_changed_makes_another_session_or_none(
    made: ResumableSession, data: st.DataObject
) -> None:
    encoded = bytearray(made.encode())
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert ResumableSession.decode(bytes(encoded)) != made
    except PeerError:
        pass


@pytest.mark.parametrize("number", [0, FORMAT + 1, 255])
def test_another_format_is_not_read(number: int) -> None:
    with pytest.raises(DecodeError, match=f"format {number}"):
        ResumableSession.decode(bytes([number]) + session().encode()[1:])


@pytest.mark.parametrize(
    ("part", "instead", "complaint"),
    [
        ("1303", "1304", "no cipher suite that we have: 0x1304"),
        ("1303", "1302", "a key of 32 bytes, must be 48"),
        ("00000e10", "00093a81", "a lifetime of 604801 seconds, must be 0 to 604800"),
        ("0000019f1d8ce200", "ff" * 8, "too large"),
        ("0000019f1d8ce200", "0000ffffffffffff", "date value out of range"),
        (b"localhost".hex(), b"localhos\xff".hex(), "ordinal not in range"),
    ],
)
def test_what_makes_no_sense_is_refused(part: str, instead: str, complaint: str) -> None:
    assert ENCODED.count(part) == 1
    with pytest.raises(IllegalParameter, match=complaint):
        ResumableSession.decode(bytes.fromhex(ENCODED.replace(part, instead)))


def test_an_empty_certificate_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"session.certificates\[1\]: 0 bytes"):
        ResumableSession.decode(session(certificates=(b"leaf", b"")).encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", bytes(31)),
        ("key", bytes(48)),
        ("cipher_suite", 0x1302),
        ("cipher_suite", 0xC02B),
        ("lifetime", -1),
        ("lifetime", MAX_LIFETIME + 1),
        ("established_at", datetime(2026, 7, 1)),
    ],
)
def test_nobody_makes_one_that_makes_no_sense(field: str, value: object) -> None:  # section 4.7.1 [6]
    with pytest.raises(ValueError):
        session(**{field: value})


def test_the_longest_lifetime_is_seven_days() -> None:
    assert session(lifetime=MAX_LIFETIME).lifetime == timedelta(days=7).total_seconds()


def test_the_key_of_every_suite_is_as_long_as_its_hash() -> None:
    for number, size in ((0x1301, 32), (0x1302, 48), (CHACHA20, 32)):
        assert len(session(cipher_suite=number, key=bytes(size)).key) == size


def test_a_key_is_not_shown() -> None:
    made = session(key=b"k" * 32)
    assert "kkk" not in repr(made)
    assert "localhost" in repr(made)


# Time


def test_it_is_kept_to_milliseconds() -> None:
    assert session(established_at=THEN + timedelta(microseconds=1999)).established_at == after(0.001)


def test_any_time_zone_will_do() -> None:
    east = THEN.astimezone(timezone(timedelta(hours=5, minutes=30)))
    made = session(established_at=east)
    assert made == session()
    assert made.encode() == session().encode()
    assert ResumableSession.decode(made.encode()).established_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "milliseconds"),
    [(after(0), 0), (after(1.5), 1500), (after(0.0019), 1), (after(-1), 0), (after(7 * 86400), 604_800_000)],
)
def test_its_age(at: datetime, milliseconds: int) -> None:
    assert session().age(at) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "fresh"),
    [
        (-TOLERANCE - 0.001, False),
        (-TOLERANCE, True),
        (0, True),
        (HOUR - 0.001, True),
        (HOUR, False),
        (HOUR * 1e5, False),
    ],
)
def test_how_long_it_is_fresh(seconds: float, fresh: bool) -> None:
    assert session().is_fresh(after(seconds)) is fresh


@pytest.mark.parametrize("seconds", [-1, 0, 0.001])
def test_a_lifetime_of_zero_is_none(seconds: float) -> None:
    assert not session(lifetime=0).is_fresh(after(seconds))


@pytest.mark.parametrize(
    ("seconds", "remaining"),
    [(-5, HOUR), (0, HOUR), (0.001, HOUR - 1), (1, HOUR - 1), (HOUR - 0.5, 0), (HOUR, 0), (HOUR + 1, 0)],
)
def test_what_remains_of_the_lifetime(seconds: float, remaining: int) -> None:
    assert session().remaining(after(seconds)) == remaining
