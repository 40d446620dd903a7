"""Who one is, and to whom: private keys with their certificates, and the choice among them.
RFC 9846 sections 4.3.3 and 4.5.1.2."""

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast

from handshake import signatures
from handshake.certificate_extensions import MAX_RESPONSE, CertificateAuthorities, OidFilters
from handshake.errors import DecodeError, NoCommonParameters
from handshake.extensions import SignatureAlgorithms, SignatureAlgorithmsCert
from handshake.messages import CertificateRequest
from handshake.signatures import Scheme
from purecrypto.buffers import Buffer
from x509 import certificate as x509_certificate
from x509 import encoding, extensions, names, oids, private_keys
from x509 import signatures as x509_signatures
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.der import Reader
from x509.errors import CertificateError, DerError, NameMismatch, UnsupportedCertificate, WeakSignature
from x509.extensions import KeyUsage
from x509.private_keys import PrivateKey


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A private key, and the certificates that say whose it is: the key's own first, its issuers after it.

    ValueError if the key is not the certificate's, an issuer is not the issuer of the one before it, or the
    OCSP response would not fit: found out now, and not by the first client.
    """

    certificate_chain: tuple[Certificate, ...]
    private_key: PrivateKey = field(repr=False)
    ocsp_response: bytes | None = None  # in DER: what its authority says of it, for clients that ask

    def __post_init__(self) -> None:
        if not self.certificate_chain:  # section 4.5.1 [15]
            raise ValueError("no certificate")
        try:
            certified = self.leaf.public_key
        except CertificateError as error:
            raise ValueError(f"the certificate cannot be served: {error}") from error
        if certified != self.private_key.public_key():  # section 4.5.1 [9]
            raise ValueError("the private key is not the certificate's")
        if self.leaf.version != 3:  # section 4.5.1.2 [1]
            raise ValueError(f"the certificate is of X.509 version {self.leaf.version}, must be 3")
        usage = self.leaf.extensions.key_usage
        if usage is not None and KeyUsage.digitalSignature not in usage:  # section 4.5.1.2 [3]
            raise ValueError("the certificate's keyUsage does not allow signatures")
        for certificate, issuer in itertools.pairwise(self.certificate_chain):
            if certificate.issuer != issuer.subject:  # section 4.5.1 [10]
                raise ValueError(f"{issuer} does not certify {certificate}, which is before it in the chain")
        for certificate in self.certificate_chain:
            if not certificate.is_self_issued:
                _refuse_weak(certificate)
        if self.ocsp_response is not None and not 1 <= len(self.ocsp_response) <= MAX_RESPONSE:
            size = len(self.ocsp_response)
            raise ValueError(f"an OCSP response of {size} bytes, must be 1 to {MAX_RESPONSE}")

    @classmethod
    def from_pem(cls, chain: str | Buffer, private_key: str | Buffer) -> Self:
        """Read two PEM files: the certificates, in their order, and the key."""
        return cls(x509_certificate.chain_from_pem(chain), private_keys.from_pem(private_key))

    @property
    def leaf(self) -> Certificate:
        return self.certificate_chain[0]

    @property
    def kind(self) -> KeyKind:
        """What the certificate says that the key is for: an RSA key may be restricted to PSS."""
        return self.leaf.public_key_info.kind


def _refuse_weak(certificate: Certificate) -> None:
    """Nobody is shown a certificate that is signed over SHA-1 or MD5 (section 4.5.1.3)."""
    try:
        x509_signatures.find(certificate.signature_algorithm)
    except WeakSignature as error:  # sections 4.3.3 [13] and 4.5.1.2 [10]
        raise ValueError(f"the certificate of {certificate} cannot be served: {error}") from error
    except UnsupportedCertificate:
        pass  # we could not verify it, but a client may


@dataclass(frozen=True, slots=True)
class Credential:
    """What one shows to one peer: a certified key, and the scheme to sign in, which that peer can verify."""

    certified_key: CertifiedKey
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class Wish:
    """What a peer says of the certificate that it would like to see."""

    server_name: str | None
    schemes: Collection[int]  # that it can verify in CertificateVerify
    schemes_cert: Collection[int]  # and in certificates
    authorities: Collection[bytes] = ()  # names in DER; none: it does not say (section 4.3.4)


def choose(keys: Sequence[CertifiedKey], our_schemes: Iterable[int], wish: Wish) -> Credential:
    """What to show to who has this wish; NoCommonParameters if the peer could verify none.

    Best is a key for the name that the peer asks for, with certificates that it can verify; then one for the
    name; then any, because a certificate for another name is still the clearest answer (RFC 6066 section 3).
    """
    usable = _usable(keys, our_schemes, wish.schemes)
    if not usable:  # sections 4.2.1 [4] and 4.5.1.2 [2]
        raise NoCommonParameters("ClientHello: the client cannot verify what our keys sign")

    def unfitness(candidate: Credential) -> tuple[bool, bool, bool]:
        key = candidate.certified_key
        return (
            not is_for(key, wish.server_name),
            not can_be_followed(key, wish.schemes_cert),  # section 4.5.1.2 [8]
            not leads_to(key, wish.authorities),  # sections 4.3.4 [1] and 4.5.1.2 [5]
        )

    return min(usable, key=unfitness)  # section 4.5.1.2 [9]


def choose_for_request(
    keys: Sequence[CertifiedKey], our_schemes: Iterable[int], request: CertificateRequest
) -> Credential | None:
    """What a client shows: what meets the request in every point, or nothing (sections 4.4.2, 4.5.1.2)."""
    schemes = request.find(SignatureAlgorithms)
    schemes_cert = request.find(SignatureAlgorithmsCert) or schemes
    authorities, filters = request.find(CertificateAuthorities), request.find(OidFilters)
    # section 4.5.2 [5]
    for credential in _usable(keys, our_schemes, schemes.schemes if schemes else ()):
        key = credential.certified_key
        if (
            can_be_followed(key, schemes_cert.schemes if schemes_cert else ())
            and leads_to(key, authorities.authorities if authorities else ())
            and passes(key, filters.filters if filters else ())
        ):
            return credential
    return None


def _usable(
    keys: Sequence[CertifiedKey], our_schemes: Iterable[int], their_schemes: Collection[int]
) -> list[Credential]:
    """The keys whose signatures the peer can verify, and how each signs."""
    return [
        Credential(key, scheme)
        for key in keys
        if (scheme := signatures.choose(key.kind, our_schemes, their_schemes)) is not None
    ]


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


def leads_to(key: CertifiedKey, authorities: Collection[bytes]) -> bool:
    """Whether one of these authorities, if any are named, issued one of the chain (section 4.3.4)."""
    return not authorities or any(c.issuer.der in authorities for c in key.certificate_chain)


def passes(key: CertifiedKey, filters: Iterable[tuple[bytes, bytes]]) -> bool:  # section 4.3.5 [4]
    """Whether the certificate allows all that the filters name (section 4.3.5); unknown ones are ignored.

    DecodeError for values that are not those of the extension.
    """
    allowed = key.leaf.extensions
    for oid, values in filters:
        if oid == encoding.oid(oids.KEY_USAGE):
            wanted = _filter_values(oids.KEY_USAGE, values)
            if not wanted <= set(allowed.key_usage or ()):  # section 4.3.5 [2, 3]
                return False
        elif oid == encoding.oid(oids.EXTENDED_KEY_USAGE):
            wanted = _filter_values(oids.EXTENDED_KEY_USAGE, values)
            if not wanted <= set(allowed.extended_key_usage or ()):  # section 4.3.5 [2, 3]
                return False
    return True


def _filter_values(oid: str, values: bytes) -> set[Any]:
    _, read = extensions.UNDERSTOOD[oid]
    try:
        with Reader(values) as reader:
            return set(cast("Iterable[Any]", read(reader)))
    except DerError as error:
        raise DecodeError(f"oid_filters: {error}") from error
