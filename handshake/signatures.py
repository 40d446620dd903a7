"""CertificateVerify: who holds the private key signs everything said so far.  RFC 9846 section 4.5.2."""

from collections.abc import Collection

from handshake.constants import SignatureScheme
from handshake.errors import DecryptError, IllegalParameter
from purecrypto.ed25519 import Ed25519PublicKey
from purecrypto.errors import InvalidSignature
from x509.keys import PrivateKey

PAD = b"\x20" * 64  # clears any prefix that an attacker could choose
SERVER_CONTEXT = b"TLS 1.3, server CertificateVerify"
CLIENT_CONTEXT = b"TLS 1.3, client CertificateVerify"


def signed_content(context: bytes, through_certificate: bytes) -> bytes:
    """What is signed: padding, the role's own context string, a zero, the transcript hash."""
    return PAD + context + b"\x00" + through_certificate


def choose(private_key: PrivateKey, offered: Collection[int]) -> SignatureScheme | None:
    """The scheme in which this key can sign and the peer can verify, or None."""
    return SignatureScheme.ED25519 if SignatureScheme.ED25519 in offered else None


def sign(private_key: PrivateKey, context: bytes, through_certificate: bytes) -> bytes:
    """Sign the transcript as `context`'s role."""
    return private_key.sign(signed_content(context, through_certificate))


def verify(
    scheme: int,
    public_key: Ed25519PublicKey,
    context: bytes,
    through_certificate: bytes,
    received_signature: bytes,
) -> None:
    """Return if the peer has proved that it holds the certificate's key; raise otherwise."""
    if scheme != SignatureScheme.ED25519:
        raise IllegalParameter(f"CertificateVerify: scheme 0x{scheme:04x} does not fit the certificate's key")
    try:
        public_key.verify(received_signature, signed_content(context, through_certificate))
    except InvalidSignature as error:
        raise DecryptError("CertificateVerify: the signature is not the certificate's") from error
