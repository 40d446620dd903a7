"""Who one is, and to whom: private keys with their certificates, and the choice among them.
RFC 9846 sections 4.3.3 and 4.5.1.2."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from handshake import signatures
from handshake.errors import NoCommonParameters
from handshake.signatures import Scheme
from x509 import names
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.errors import CertificateError, NameMismatch
from x509.private_keys import PrivateKey


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A private key, and the certificates that say whose it is: the key's own first, its issuers after it.

    ValueError if the key is not the certificate's: found out now, and not by the first client.
    """

    certificate_chain: tuple[Certificate, ...]
    private_key: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if not self.certificate_chain:
            raise ValueError("no certificate")
        try:
            certified = self.leaf.public_key
        except CertificateError as error:
            raise ValueError(f"the certificate cannot be served: {error}") from error
        if certified != self.private_key.public_key():
            raise ValueError("the private key is not the certificate's")

    @property
    def leaf(self) -> Certificate:
        return self.certificate_chain[0]

    @property
    def kind(self) -> KeyKind:
        """What the certificate says that the key is for: an RSA key may be restricted to PSS."""
        return self.leaf.public_key_info.kind


def choose(
    keys: Sequence[CertifiedKey],
    server_name: str | None,
    our_schemes: Iterable[int],
    their_schemes: Collection[int],
    their_schemes_cert: Collection[int],
) -> tuple[CertifiedKey, Scheme]:
    """The key to show, and the scheme to sign in; NoCommonParameters if the peer could verify none.

    Best is a key for the name that the peer asks for, with certificates that it can verify; then one for the
    name; then any, because a certificate for another name is still the clearest answer (RFC 6066 section 3).
    """
    usable = [
        (key, scheme)
        for key in keys
        if (scheme := signatures.choose(key.kind, our_schemes, their_schemes)) is not None
    ]
    if not usable:
        raise NoCommonParameters("ClientHello: the client cannot verify what our keys sign")

    def unfitness(candidate: tuple[CertifiedKey, Scheme]) -> tuple[bool, bool]:
        key, _ = candidate
        return not is_for(key, server_name), not can_be_followed(key, their_schemes_cert)

    return min(usable, key=unfitness)


def is_for(key: CertifiedKey, server_name: str | None) -> bool:
    """Whether the certificate is for this name, which may be anything: it comes from the peer."""
    try:
        names.verify_name(key.leaf, server_name or "")
    except (NameMismatch, ValueError):
        return False
    return True


def can_be_followed(key: CertifiedKey, schemes: Collection[int]) -> bool:
    """Whether who lists these schemes can verify the chain; how a root signs itself does not matter."""
    links = [certificate for certificate in key.certificate_chain if not certificate.is_self_issued]
    return all(signatures.can_be_verified(certificate, schemes) for certificate in links)
