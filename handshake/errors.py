"""What ends a handshake, and the one table that says which alert answers it.  RFC 9846 section 6.2.

Whose fault is it?  `PeerError`: the peer broke a rule.  `CertificateError` and `RecordError`, from the
floors below: so did it.  `AlertReceived`: the peer complains about us, and is never answered with an alert.
`Truncated`: the stream ended where only an attacker or a crash would end it.  Anything else is our own bug.
"""

from record import alert, errors
from record.alert import AlertDescription
from x509.errors import (
    CertificateError,
    CertificateExpired,
    CertificateNotYetValid,
    InvalidCertificateSignature,
    MalformedCertificate,
    Revoked,
    UnknownAuthority,
    UnsupportedCertificate,
    WeakSignature,
)


class HandshakeError(Exception):
    """Base of everything on this floor that ends a connection."""


class PeerError(HandshakeError):
    """The peer sent what the protocol does not allow."""


class UnexpectedMessage(PeerError):
    """A message, or a record, that may not come now (section 4)."""


class DecodeError(PeerError):
    """A message that does not follow the syntax: a length or a field out of its range (section 6)."""


class IllegalParameter(PeerError):
    """A message that follows the syntax and makes no sense (section 6)."""


class MissingExtension(PeerError):
    """An extension that has to be there is not (section 9.2)."""


class UnsupportedExtension(PeerError):
    """An answer to a question that nobody asked (section 4.3)."""


class UnsupportedVersion(PeerError):
    """The peer wants another version of TLS than 1.3 (section 4.3.1)."""


class NoCommonParameters(PeerError):
    """Nothing that one side offers is acceptable to the other (section 4.2.1)."""


class NoCommonApplicationProtocol(PeerError):
    """The same for ALPN (RFC 7301 section 3.2)."""


class DecryptError(PeerError):
    """A CertificateVerify or Finished that does not verify (sections 4.5.2 and 4.5.3)."""


class CertificateRequired(PeerError):
    """The client shows no certificate where it has to (section 4.5.1.3)."""


class UnknownPskIdentity(PeerError):
    """No pre-shared key that the client offers is known, and nothing else would do (section 6.2)."""


class AlertReceived(HandshakeError):
    """The peer ended the connection with an alert; `description` says why."""

    def __init__(self, description: int) -> None:
        self.description = description
        super().__init__(f"the peer ended the connection: {alert.name_of(description)}")


class Truncated(HandshakeError):
    """The stream ended without close_notify: there may have been more (section 6.1)."""


# The first class that matches decides.  A certificate's faults that have no alert of their own come as
# certificate_unknown, and what has no line here at all is our fault.
_ALERTS: tuple[tuple[type[Exception], AlertDescription], ...] = (  # section 6.2 [4]
    (UnexpectedMessage, AlertDescription.UNEXPECTED_MESSAGE),
    (DecodeError, AlertDescription.DECODE_ERROR),  # section 6 [9]
    (IllegalParameter, AlertDescription.ILLEGAL_PARAMETER),  # section 6 [10]
    (MissingExtension, AlertDescription.MISSING_EXTENSION),
    (UnsupportedExtension, AlertDescription.UNSUPPORTED_EXTENSION),
    (UnsupportedVersion, AlertDescription.PROTOCOL_VERSION),
    (NoCommonParameters, AlertDescription.HANDSHAKE_FAILURE),
    (NoCommonApplicationProtocol, AlertDescription.NO_APPLICATION_PROTOCOL),
    (DecryptError, AlertDescription.DECRYPT_ERROR),  # section 4.5.2 [9]
    (CertificateRequired, AlertDescription.CERTIFICATE_REQUIRED),
    (UnknownPskIdentity, AlertDescription.UNKNOWN_PSK_IDENTITY),
    (CertificateExpired, AlertDescription.CERTIFICATE_EXPIRED),
    (CertificateNotYetValid, AlertDescription.CERTIFICATE_EXPIRED),
    (Revoked, AlertDescription.CERTIFICATE_REVOKED),
    (InvalidCertificateSignature, AlertDescription.BAD_CERTIFICATE),
    (MalformedCertificate, AlertDescription.BAD_CERTIFICATE),
    (WeakSignature, AlertDescription.BAD_CERTIFICATE),  # section 4.5.1.3 [2]
    (UnsupportedCertificate, AlertDescription.UNSUPPORTED_CERTIFICATE),
    (UnknownAuthority, AlertDescription.UNKNOWN_CA),  # section 4.5.1.2 [11]
    (CertificateError, AlertDescription.CERTIFICATE_UNKNOWN),
    (errors.RecordOverflow, AlertDescription.RECORD_OVERFLOW),
    (errors.UnexpectedRecord, AlertDescription.UNEXPECTED_MESSAGE),
    (errors.BadRecord, AlertDescription.BAD_RECORD_MAC),  # section 5.2 [3]
    (errors.MalformedAlert, AlertDescription.DECODE_ERROR),
)

PEER_FAULTS = (HandshakeError, CertificateError, errors.RecordError)  # all that a peer's bytes can raise


def alert_for(error: Exception) -> AlertDescription | None:
    """The alert that tells the peer about `error`; None where nothing may be sent."""
    if isinstance(error, (AlertReceived, Truncated)):
        return None
    for kind, description in _ALERTS:  # section 6.2 [5]
        if isinstance(error, kind):
            return description
    return AlertDescription.INTERNAL_ERROR  # section 6.2 [7]
