"""Alerts: two bytes, whose second says everything."""

import pytest

from record import alert
from record.alert import Alert, AlertDescription, AlertLevel
from record.errors import MalformedAlert

# RFC 9846 section 6, copied from its enumeration.
DESCRIPTIONS = {
    "close_notify": 0,
    "unexpected_message": 10,
    "bad_record_mac": 20,
    "record_overflow": 22,
    "handshake_failure": 40,
    "bad_certificate": 42,
    "unsupported_certificate": 43,
    "certificate_revoked": 44,
    "certificate_expired": 45,
    "certificate_unknown": 46,
    "illegal_parameter": 47,
    "unknown_ca": 48,
    "access_denied": 49,
    "decode_error": 50,
    "decrypt_error": 51,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "inappropriate_fallback": 86,
    "user_canceled": 90,
    "missing_extension": 109,
    "unsupported_extension": 110,
    "unrecognized_name": 112,
    "bad_certificate_status_response": 113,
    "unknown_psk_identity": 115,
    "certificate_required": 116,
    "general_error": 117,
    "no_application_protocol": 120,
}


def test_the_descriptions_are_those_of_section_6() -> None:
    assert {member.name.lower(): member.value for member in AlertDescription} == DESCRIPTIONS


@pytest.mark.parametrize("description", AlertDescription)
# sections 5.1 [9], 6 [6] and 6.1 [2]
def test_closure_alerts_are_warnings_and_all_others_fatal(description: AlertDescription) -> None:
    closure = description.name in {"CLOSE_NOTIFY", "USER_CANCELED"}
    assert Alert(description).is_closure == closure
    assert Alert(description).encode() == bytes([1 if closure else 2, description])


@pytest.mark.parametrize("level", [0, AlertLevel.WARNING, AlertLevel.FATAL, 255])
@pytest.mark.parametrize("description", [*AlertDescription, 1, 60, 200, 255])
def test_the_level_is_ignored(level: int, description: int) -> None:  # section 6 [7]
    """Unknown descriptions are kept: they are fatal too."""
    read = Alert.decode(bytes([level, description]))
    assert read == Alert(description)
    assert read.is_closure == (description in {0, 90})


@pytest.mark.parametrize("length", [0, 1, 3, 4, 16_384])
def test_an_alert_record_holds_exactly_one_alert(length: int) -> None:  # section 5.1 [11]
    with pytest.raises(MalformedAlert, match=f"2 bytes, got {length}"):
        Alert.decode(bytes(length))


def test_names_are_those_of_the_rfc() -> None:
    assert alert.name_of(117) == "general_error"
    assert alert.name_of(200) == "unknown alert 200"


def test_the_name_in_a_record() -> None:
    assert alert.name_in(Alert(20).encode()) == "bad_record_mac"
    assert alert.name_in(b"\x02\xc8") == "unknown alert 200"
    assert alert.name_in(b"\x02") == alert.name_in(b"\x02\x14\x00") == ""
