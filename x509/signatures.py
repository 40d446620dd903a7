"""Was this certificate signed with that key?  RFC 5280 section 4.1.1.3, RFC 8410 section 6.

One table leads from the OID of a signature algorithm to the function that verifies it.

Errors         `UnsupportedCertificate` for an algorithm that is not in the table,
               `InvalidCertificateSignature`.
Tested by      tests/x509/test_signatures.py"""

from collections.abc import Callable

from purecrypto.errors import InvalidSignature
from x509 import oids
from x509.certificate import Certificate
from x509.errors import InvalidCertificateSignature, MalformedCertificate, UnsupportedCertificate
from x509.keys import PublicKey


def verify(certificate: Certificate, issuer_key: PublicKey) -> None:
    """Return when `issuer_key` signed the certificate; raise a CertificateError otherwise."""
    algorithm = certificate.signature_algorithm
    if algorithm.oid not in _VERIFIERS:
        raise UnsupportedCertificate(f"it is signed with {algorithm}, only Ed25519 is supported")
    try:
        _VERIFIERS[algorithm.oid](certificate, issuer_key)
    except InvalidSignature as error:
        raise InvalidCertificateSignature("its signature was not made with its issuer's key") from error


def _verify_ed25519(certificate: Certificate, issuer_key: PublicKey) -> None:
    if certificate.signature_algorithm.parameters is not None:  # RFC 8410 section 3: MUST be absent
        raise MalformedCertificate("its Ed25519 signature has algorithm parameters")
    issuer_key.verify(certificate.signature, certificate.tbs_bytes)


_VERIFIERS: dict[str, Callable[[Certificate, PublicKey], None]] = {
    oids.ED25519: _verify_ed25519,
}
