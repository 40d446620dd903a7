"""What can be wrong with a certificate, and whose fault it is.

A certificate comes from the peer, so what is wrong with it is a `CertificateError`: one subclass for each
answer that a protocol might want to give, one line of text that says which certificate and why.  This package
knows no protocol and no alert; the handshake maps the classes in one table.

A private key, a PEM file, a revocation list and a host name to look for come from our own user: what is wrong
with those is a `ValueError`.
"""


class CertificateError(Exception):
    """Base of everything that makes a peer's certificate unacceptable."""


class MalformedCertificate(CertificateError):
    """Not the bytes of a certificate: not DER, a field missing, doubled, out of range or left over."""


class UnsupportedCertificate(CertificateError):
    """Perhaps a good certificate, but of an algorithm, a version or a critical extension unknown here."""


class InvalidCertificateSignature(CertificateError):
    """The issuer's key did not make this signature."""


class WeakSignature(CertificateError):
    """The signature is over a digest that two certificates can share, and so may be another's."""


class CertificateExpired(CertificateError):
    """The time is after notAfter."""


class CertificateNotYetValid(CertificateError):
    """The time is before notBefore."""


class UnknownAuthority(CertificateError):
    """No path leads from the leaf to a trust anchor."""


class NotPermitted(CertificateError):
    """A certificate is used for what its extensions do not allow: to issue, to sign, or for this purpose."""


class Revoked(CertificateError):
    """Its issuer has taken it back."""


class RevocationUnknown(CertificateError):
    """We have revocation lists, and none that says of this certificate whether it is revoked."""


class NameMismatch(CertificateError):
    """The certificate is for other names than the one that was asked for."""


class DerError(Exception):
    """Bytes that are not DER, or not of the expected type.

    Whoever asked for the bytes to be read knows where they came from, and raises `MalformedCertificate`,
    `RevocationListError` or `PrivateKeyError` in its place: it never leaves this package's public functions.
    """


class PemError(ValueError):
    """The user's file is not PEM, or holds no block of the wanted kind."""


class RevocationListError(ValueError):
    """The user's revocation list cannot be used: malformed, or of a kind that is unknown here."""


class PrivateKeyError(ValueError):
    """The user's private key cannot be used: malformed, encrypted, or of another algorithm."""
