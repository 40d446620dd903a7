"""Rung 16: certificates.  An authority, which the client trusts, has signed whose key the server's is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from journey import certifier
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s14_finished import channel as s14
from journey.s15_signed_transcript import channel as s15
from journey.wire import Wire
from purecrypto.ed25519 import Ed25519PublicKey
from x509 import signatures
from x509.certificate import Certificate
from x509.errors import CertificateError

CERTIFICATES = Layout(Field("certificate", prefix=2), Field("others"))  # which look the same again
HANDSHAKE = (("server", CERTIFICATES), *s15.HANDSHAKE)
RECORD = s15.RECORD  # ciphertext, tag

Belief: TypeAlias = Callable[[Credentials, Sequence[Certificate]], Ed25519PublicKey]


def signed_by_an_authority(credentials: Credentials, chain: Sequence[Certificate]) -> Ed25519PublicKey:
    """The key in the first certificate; Refused unless each has been signed by the next, up to the root."""
    (root,) = credentials.trust().anchors
    try:
        for certificate, issuer in zip(chain, (*chain[1:], root), strict=True):
            signatures.verify(certificate, issuer.public_key_info)
        return certifier.ed25519_key(chain[0])
    except CertificateError as error:
        raise Refused(str(error)) from error


def open(
    wire: Wire,
    role: Role,
    credentials: Credentials,
    random_bytes: RandomBytes,
    believe: Belief = signed_by_an_authority,
) -> s07.Channel:
    """Open rung 15's channel.  What the client used to have pinned, it now finds in the certificates."""
    if role == "server":
        certificates = pack(credentials.certificate_chain())
        wire.send(certificates)
    else:
        certificates = wire.receive()
        credentials = replace(credentials, pinned_key=believe(credentials, unpack(certificates)))
    return s14.open(
        wire, role, credentials, random_bytes, covered=lambda shares, hellos: certificates + hellos
    )


def pack(chain: Sequence[Certificate]) -> bytes:
    """Certificates for the wire, the server's own first."""
    packed = b""
    for certificate in reversed(chain):
        packed = CERTIFICATES.join(certificate.der, packed)
    return packed


def unpack(packed: bytes) -> list[Certificate]:
    """Certificates from the wire; Refused unless there is at least one."""
    chain: list[Certificate] = []
    try:
        while packed or not chain:
            der, packed = CERTIFICATES.split(packed)
            chain.append(Certificate.from_der(der))
    except CertificateError as error:
        raise Refused(str(error)) from error
    return chain
