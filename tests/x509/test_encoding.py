"""Writing DER: what X.690 says, and what has no encoding.  Round trips are in test_der."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from x509 import encoding


def test_a_length_is_as_short_as_it_can_be():
    assert encoding.element(4, b"")[:2] == b"\x04\x00"
    assert encoding.element(4, bytes(127))[:2] == b"\x04\x7f"
    assert encoding.element(4, bytes(128))[:3] == b"\x04\x81\x80"
    assert encoding.element(4, bytes(255))[:3] == b"\x04\x81\xff"
    assert encoding.element(4, bytes(256))[:4] == b"\x04\x82\x01\x00"


def test_structures():
    assert encoding.sequence(b"\x05\x00", b"\x02\x01\x00") == bytes.fromhex("3005 0500 020100")
    assert encoding.set_of(b"\x05\x00", b"\x02\x01\x00") == bytes.fromhex("3105 020100 0500")
    assert encoding.explicit(3, b"\x05\x00") == bytes.fromhex("a302 0500")
    assert encoding.implicit(2, b"de") == bytes.fromhex("8202 6465")


def test_values():
    assert encoding.boolean(True) == b"\x01\x01\xff"
    assert encoding.boolean(False) == b"\x01\x01\x00"
    assert encoding.utf8_string("ü") == b"\x0c\x02\xc3\xbc"
    assert encoding.octet_string(b"a") == b"\x04\x01a"
    assert encoding.bit_string(b"a") == b"\x03\x02\x00a"


@pytest.mark.parametrize("dotted", ["", "1", "3.1", "0.40", "1.40", "1.-1", "-1.2", "2.5.-4", "a.b", "1..2"])
def test_what_is_no_object_identifier(dotted):
    with pytest.raises(ValueError, match=r"object identifier|invalid literal"):
        encoding.oid(dotted)


def test_a_time_is_written_in_utc_and_whole_seconds():
    moment = datetime(2026, 7, 1, 1, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert encoding.time(moment) == b"\x17\x0d260630233059Z"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        encoding.time(datetime(2026, 7, 1))


def test_a_time_before_1950_is_refused():
    with pytest.raises(ValueError, match="a year before 1950, got 1949"):
        encoding.time(datetime(1949, 12, 31, tzinfo=UTC))
