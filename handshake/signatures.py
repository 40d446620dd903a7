"""CertificateVerify: who holds the private key signs everything said so far.  RFC 9846 section 4.5.2.

A scheme is an algorithm and the keys that may use it.  Where certificates leave curve and hash independent,
a scheme of TLS 1.3 ties them together (section 4.3.3).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from handshake import constants
from handshake.constants import Role, SignatureScheme
from handshake.errors import DecryptError, IllegalParameter
from purecrypto.errors import InvalidSignature
from x509 import signatures as x509_signatures
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.errors import UnsupportedCertificate, WeakSignature
from x509.private_keys import PrivateKey
from x509.public_keys import SubjectPublicKeyInfo
from x509.signatures import SignatureAlgorithm

PAD = b"\x20" * 64  # clears any prefix that an attacker could choose
SERVER_CONTEXT = b"TLS 1.3, server CertificateVerify"
CLIENT_CONTEXT = b"TLS 1.3, client CertificateVerify"
SIGNATURE_RANDOM_SIZE = 64  # bytes that a signature may take: the longest salt of PSS


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a signature scheme's number stands for."""

    number: SignatureScheme
    algorithm: SignatureAlgorithm
    kinds: frozenset[KeyKind]  # of keys that may sign a handshake with it; none: for certificates only


def _scheme(number: SignatureScheme, algorithm: SignatureAlgorithm, *kinds: KeyKind) -> Scheme:
    return Scheme(number, algorithm, frozenset(kinds))


# sections 4.3.3 [11, 15], 4.5.2 [7] and 9.1 [3]
SCHEMES: dict[int, Scheme] = {  # best first: the shortest signature, then the hash that costs least
    scheme.number: scheme
    for scheme in (
        _scheme(SignatureScheme.ED25519, x509_signatures.ED25519, KeyKind.ED25519),
        _scheme(SignatureScheme.ECDSA_SECP256R1_SHA256, x509_signatures.ECDSA_SHA256, KeyKind.P256),
        _scheme(SignatureScheme.ECDSA_SECP384R1_SHA384, x509_signatures.ECDSA_SHA384, KeyKind.P384),
        # section 4.3.3 [6]
        _scheme(SignatureScheme.RSA_PSS_RSAE_SHA256, x509_signatures.RSA_PSS_SHA256, KeyKind.RSA),
        _scheme(SignatureScheme.RSA_PSS_RSAE_SHA384, x509_signatures.RSA_PSS_SHA384, KeyKind.RSA),
        _scheme(SignatureScheme.RSA_PSS_RSAE_SHA512, x509_signatures.RSA_PSS_SHA512, KeyKind.RSA),
        _scheme(
            SignatureScheme.RSA_PSS_PSS_SHA256,  # section 4.3.3 [8]
            x509_signatures.RSA_PSS_SHA256,
            KeyKind.RSA_PSS,
            KeyKind.RSA_PSS_SHA256,
        ),
        _scheme(
            SignatureScheme.RSA_PSS_PSS_SHA384,
            x509_signatures.RSA_PSS_SHA384,
            KeyKind.RSA_PSS,
            KeyKind.RSA_PSS_SHA384,
        ),
        _scheme(
            SignatureScheme.RSA_PSS_PSS_SHA512,
            x509_signatures.RSA_PSS_SHA512,
            KeyKind.RSA_PSS,
            KeyKind.RSA_PSS_SHA512,
        ),
        # Section 4.3.3: these "refer solely to signatures which appear in certificates".
        _scheme(SignatureScheme.RSA_PKCS1_SHA256, x509_signatures.RSA_PKCS1_SHA256),
        _scheme(SignatureScheme.RSA_PKCS1_SHA384, x509_signatures.RSA_PKCS1_SHA384),
        _scheme(SignatureScheme.RSA_PKCS1_SHA512, x509_signatures.RSA_PKCS1_SHA512),
    )
}


# section 4.5.1.2 [4]
def choose(kind: KeyKind, ours: Iterable[int], theirs: Collection[int]) -> Scheme | None:
    """The first of our schemes in which such a key can sign and that the peer can verify, or None."""
    for number in ours:
        scheme = SCHEMES.get(number)  # a list may name what we cannot do
        if scheme is not None and number in theirs and kind in scheme.kinds:
            return scheme
    return None


def can_be_verified(certificate: Certificate, theirs: Iterable[int]) -> bool:
    """Whether a peer that lists these schemes can verify the certificate's own signature."""
    try:
        algorithm = x509_signatures.find(certificate.signature_algorithm)
    except (UnsupportedCertificate, WeakSignature):
        return False
    return any(number in SCHEMES and SCHEMES[number].algorithm is algorithm for number in theirs)


def context_of(role: Role) -> bytes:
    """What this role's signatures begin with, so that none can pass for the other side's."""
    return SERVER_CONTEXT if role == "server" else CLIENT_CONTEXT


def signed_content(context: bytes, through_certificate: bytes) -> bytes:
    """What is signed: padding, the role's own context string, a zero, the transcript hash."""
    return PAD + context + b"\x00" + through_certificate


def sign(
    scheme: Scheme, private_key: PrivateKey, context: bytes, through_certificate: bytes, random: bytes
) -> bytes:
    """Sign the transcript as `context`'s role; `random` has SIGNATURE_RANDOM_SIZE bytes."""
    return scheme.algorithm.sign(private_key, signed_content(context, through_certificate), random)


def verify(
    number: int,
    key: SubjectPublicKeyInfo,
    context: bytes,
    through_certificate: bytes,
    received_signature: bytes,
) -> None:
    """Return if the peer has proved that it holds the certificate's key; raise otherwise."""
    scheme = SCHEMES.get(number)
    # section 4.3.3 [1]
    if scheme is None or key.kind not in scheme.kinds:  # section 4.5.2 [6]
        name = constants.name_of(SignatureScheme, number)
        raise IllegalParameter(f"CertificateVerify: {name} does not fit a key of the kind {key.kind.value}")
    try:
        content = signed_content(context, through_certificate)
        scheme.algorithm.verify(key.public_key, received_signature, content)  # section 4.5.2 [8]
    except InvalidSignature as error:
        # section 4.5.2 [9]
        raise DecryptError("CertificateVerify: the signature is not the certificate's") from error
