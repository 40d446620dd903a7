"""Rung 17: a certificate is for a name, for a time and for a purpose, and all of it is checked."""

from collections.abc import Sequence

from journey import certifier
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s16_certificates import channel as s16
from journey.wire import Wire
from purecrypto.ed25519 import Ed25519PublicKey
from x509 import names, path
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.rules import Purpose

CERTIFICATES = s16.CERTIFICATES
HANDSHAKE = s16.HANDSHAKE
RECORD = s16.RECORD  # ciphertext, tag


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Open rung 16's channel; only what the client believes of a certificate is another matter."""
    return s16.open(wire, role, credentials, random_bytes, believe=valid_for_the_server)


def valid_for_the_server(credentials: Credentials, chain: Sequence[Certificate]) -> Ed25519PublicKey:
    """The key of the server that we want to talk to; Refused if these certificates do not say which it is."""
    try:
        valid = path.verify_chain(chain, credentials.trust(), at=credentials.now, purpose=Purpose.SERVER)
        names.verify_name(valid.leaf, credentials.server_name)
        return certifier.ed25519_key(valid.leaf)
    except CertificateError as error:
        raise Refused(str(error)) from error
