"""The one table that says which alert answers an error."""

import pytest

from handshake import errors
from handshake.errors import AlertReceived, HandshakeError, Truncated
from purecrypto.errors import CryptoError, InvalidKey, InvalidSignature, InvalidTag
from record import errors as record_errors
from record.alert import AlertDescription
from record.errors import RecordError
from x509 import errors as x509_errors
from x509.errors import CertificateError

# Every error that a peer can cause, and RFC 9846 section 6.2's name for it; None: nothing may be sent.
ALERTS = {
    errors.UnexpectedMessage: "unexpected_message",
    errors.DecodeError: "decode_error",
    errors.IllegalParameter: "illegal_parameter",
    errors.MissingExtension: "missing_extension",
    errors.UnsupportedExtension: "unsupported_extension",
    errors.UnsupportedVersion: "protocol_version",
    errors.NoCommonParameters: "handshake_failure",
    errors.NoCommonApplicationProtocol: "no_application_protocol",
    errors.DecryptError: "decrypt_error",
    errors.CertificateRequired: "certificate_required",
    errors.UnknownPskIdentity: "unknown_psk_identity",
    errors.AlertReceived: None,
    errors.Truncated: None,
    record_errors.RecordOverflow: "record_overflow",
    record_errors.UnexpectedRecord: "unexpected_message",
    record_errors.BadRecord: "bad_record_mac",
    record_errors.MalformedAlert: "decode_error",
    x509_errors.MalformedCertificate: "bad_certificate",
    x509_errors.UnsupportedCertificate: "unsupported_certificate",
    x509_errors.InvalidCertificateSignature: "bad_certificate",
    x509_errors.WeakSignature: "bad_certificate",  # section 4.5.1.3
    x509_errors.CertificateExpired: "certificate_expired",
    x509_errors.CertificateNotYetValid: "certificate_expired",
    x509_errors.UnknownAuthority: "unknown_ca",
    x509_errors.NotPermitted: "certificate_unknown",
    x509_errors.Revoked: "certificate_revoked",
    x509_errors.RevocationUnknown: "certificate_unknown",
    x509_errors.NameMismatch: "certificate_unknown",
    x509_errors.CertificateError: "certificate_unknown",
}

# What is no peer's fault: our own bug, and what a primitive raises has to be wrapped by whoever called it.
OURS = [
    AssertionError,
    KeyError,
    ValueError,
    RuntimeError,
    CryptoError,
    InvalidTag,
    InvalidSignature,
    InvalidKey,
]


def instance(kind: type[Exception]) -> Exception:
    return kind(80) if kind is AlertReceived else kind("what went wrong")


@pytest.mark.parametrize("kind", ALERTS, ids=lambda kind: kind.__name__)
def test_the_alert_for_each_error(kind: type[Exception]) -> None:  # sections 6 [10] and 6.2 [4, 5]
    name = ALERTS[kind]
    expected = None if name is None else AlertDescription[name.upper()]
    assert errors.alert_for(instance(kind)) is expected


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_everything_else_is_our_own_bug(kind: type[Exception]) -> None:
    assert errors.alert_for(kind("bug")) is AlertDescription.INTERNAL_ERROR
    assert not issubclass(kind, errors.PEER_FAULTS)


@pytest.mark.parametrize("kind", ALERTS, ids=lambda kind: kind.__name__)
def test_a_peers_fault_is_told_from_a_bug(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.PEER_FAULTS)


def test_no_error_is_forgotten_here() -> None:
    found = set()
    waiting: list[type[Exception]] = [HandshakeError, RecordError, CertificateError]
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting += [sub for sub in kind.__subclasses__() if sub.__module__ in MODULES]
    assert found - {HandshakeError, errors.PeerError, RecordError} == set(ALERTS)


MODULES = {errors.__name__, record_errors.__name__, x509_errors.__name__}


def test_a_received_alert_says_which() -> None:
    assert str(AlertReceived(42)) == "the peer ended the connection: bad_certificate"
    assert str(AlertReceived(200)) == "the peer ended the connection: unknown alert 200"
    assert AlertReceived(42).description == 42


def test_an_alert_is_never_answered_with_an_alert() -> None:
    for description in range(256):
        assert errors.alert_for(AlertReceived(description)) is None
    assert errors.alert_for(Truncated("early")) is None
