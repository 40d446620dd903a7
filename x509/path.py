"""From a stranger's certificate to an authority that we know.  RFC 5280 section 6, as far as TLS needs it.

    leaf               "localhost holds this key", says Intermediate
    intermediate       "Intermediate holds this key and may issue", says Root
    trust anchor       Root, whose key we had before we connected

The peer's list has the leaf first; the others help to find the way and may come in any order, with
superfluous ones among them (RFC 9846 section 4.5.1).  `verify_chain` follows the issuers' names upwards,
verifies each signature on the way, and when it has reached an anchor asks whether every certificate on the
path was allowed to be where it is.  Where two certificates could have issued a third, it tries both.

Decisions, where the standards leave room:
  - An anchor has to be valid and allowed to issue like any other certificate, as openssl has it: one that has
    expired is refused.  Only its signature is not looked at: we trust it because it is in the store.
  - Every authority in the store is an anchor, self-signed or not, as for curl and Go (openssl needs
    -partial_chain for it).  A leaf in the store is one only when it is self-signed, as with openssl.
  - extKeyUsage in an authority binds what is issued under it, as for openssl and browsers; RFC 5280 knows it
    for leaves only.  anyExtendedKeyUsage allows every purpose.
  - A certificate with nameConstraints is refused: it cannot be obeyed yet, and it is never to be ignored.

Limits         No revocation and no policies.
Errors         The `CertificateError` family, each with the certificate's place in the list and its subject.
Tested by      tests/x509/test_path.py, tests/x509/test_against_openssl.py
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from purecrypto.buffers import Buffer
from x509 import extensions, oids, pem, signatures
from x509.certificate import Certificate
from x509.errors import (
    CertificateError,
    CertificateExpired,
    CertificateNotYetValid,
    MalformedCertificate,
    NotPermitted,
    PemError,
    UnknownAuthority,
    UnsupportedCertificate,
)
from x509.extensions import KeyUsage

MAXIMUM_PATH_LENGTH = 8  # certificates, leaf and anchor included; public paths have 3 or 4
MAXIMUM_SIGNATURE_CHECKS = 32  # for one chain, however many ways lead through it
MAXIMUM_PURPOSES_SHOWN = 4  # in an error


class Purpose(enum.Enum):
    """What the leaf is to be used for; the values are the OIDs of extKeyUsage."""

    SERVER = oids.SERVER_AUTH
    CLIENT = oids.CLIENT_AUTH


class TrustStore:
    """The authorities that we trust.  `skipped` counts those of a file that could not be used."""

    def __init__(self, certificates: Iterable[Certificate], *, skipped: int = 0) -> None:
        self.anchors = tuple(certificates)
        self.skipped = skipped

    @classmethod
    def from_pem(cls, text: str | Buffer) -> Self:
        """Read a file of certificates; PemError when there is none in it.

        A system's file holds keys of kinds that we cannot use, and certificates that bend the rules: these
        are left out and counted.
        """
        blocks = pem.decode(text, "CERTIFICATE")
        if not blocks:
            raise PemError(f"no CERTIFICATE block, found {', '.join(pem.labels(text)) or 'no PEM at all'}")
        usable = []
        for block in blocks:
            try:
                certificate = Certificate.from_der(block)
                certificate.public_key  # noqa: B018  # asked whether it can be used
            except (MalformedCertificate, UnsupportedCertificate):
                continue
            usable.append(certificate)
        return cls(usable, skipped=len(blocks) - len(usable))

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self.anchors


@dataclass(frozen=True)
class VerifiedPath:
    """The witness that `verify_chain` gives: from the leaf to the trust anchor, each issued by the next."""

    certificates: tuple[Certificate, ...]

    @property
    def leaf(self) -> Certificate:
        return self.certificates[0]

    @property
    def anchor(self) -> Certificate:
        return self.certificates[-1]


def verify_chain(  # section 4.5.1 [11]
    chain: Sequence[Certificate], trust: TrustStore, *, at: datetime, purpose: Purpose
) -> VerifiedPath:
    """Return a path from chain[0] to a trust anchor that is good for this purpose at this time.

    Raises a CertificateError when there is none; ValueError for an empty chain or a time without a time zone.
    """
    if not chain:
        raise ValueError("a chain has at least one certificate")
    if at.utcoffset() is None:
        raise ValueError("the time needs its time zone")
    search = _Search(chain, trust)
    refusal: CertificateError | None = None
    for path in search.paths((chain[0],)):
        try:
            _check_path(path, search, at, purpose)
            return VerifiedPath(path)
        except CertificateError as error:
            refusal = refusal or error
    raise refusal or search.dead_ends[0]


def recheck(certificates: Sequence[Certificate], trust: TrustStore, *, at: datetime) -> VerifiedPath:
    """Return as a path what `verify_chain` found to be one at another time, if it is still good.

    Its signatures are what they were.  What may have changed is asked again: whether the anchor is trusted,
    and whether all are valid.  Raises a CertificateError; the caller vouches for where the path comes from.
    """
    if not certificates or certificates[-1] not in trust:
        raise UnknownAuthority("the end of the path is no trust anchor any more")
    for certificate in certificates:
        _check_validity(certificate, at)
    return VerifiedPath(tuple(certificates))


# ---- The way up -----------------------------------------------------------------------------------------


class _Search:
    """Looks for paths to a trust anchor, and remembers why a way ended elsewhere."""

    def __init__(self, chain: Sequence[Certificate], trust: TrustStore) -> None:
        self.dead_ends: list[CertificateError] = []
        self._chain = chain
        self._trust = trust
        self._checks_left = MAXIMUM_SIGNATURE_CHECKS

    def paths(self, path: tuple[Certificate, ...]) -> Iterator[tuple[Certificate, ...]]:
        """Yield `path` continued to a trust anchor, in every way that names and signatures allow."""
        last = path[-1]
        if last in self._trust and (len(path) > 1 or last.is_self_issued):
            yield path
            return
        issuers = [issuer for issuer in self._issuers_of(last) if issuer not in path]
        if not issuers or last.is_self_issued:
            self._end(last, self._why_unknown(last))
        for issuer in issuers:
            if len(path) == MAXIMUM_PATH_LENGTH:
                self._end(last, f"no trust anchor within {MAXIMUM_PATH_LENGTH} certificates")
                return
            if not self._checks_left:
                self._end(last, f"no trust anchor found with {MAXIMUM_SIGNATURE_CHECKS} signature checks")
                return
            self._checks_left -= 1
            try:
                with self.naming(issuer):
                    issuer.public_key  # noqa: B018  # whatever is wrong with it is wrong with the issuer
                with self.naming(last):
                    signatures.verify(last, issuer.public_key_info)
            except CertificateError as error:
                self.dead_ends.append(error)
            else:
                yield from self.paths((*path, issuer))

    @contextmanager
    def naming(self, certificate: Certificate) -> Iterator[None]:
        """Put the certificate's place and subject before whatever is found to be wrong with it."""
        try:
            yield
        except CertificateError as error:
            raise type(error)(f"{self._place_of(certificate)}: {error}") from error.__cause__

    def _issuers_of(self, certificate: Certificate) -> list[Certificate]:
        """Return all that bear the issuer's name: the likeliest key first, anchors before the peer's list."""
        known = dict.fromkeys((*self._trust.anchors, *self._chain))  # each once
        key_identifier = certificate.extensions.authority_key_identifier  # a hint, no more (section 4.2.1.1)
        return sorted(
            (issuer for issuer in known if issuer.subject == certificate.issuer),
            key=lambda issuer: issuer.extensions.subject_key_identifier != key_identifier,
        )

    def _end(self, certificate: Certificate, why: str) -> None:
        self.dead_ends.append(UnknownAuthority(f"{self._place_of(certificate)}: {why}"))

    def _why_unknown(self, certificate: Certificate) -> str:
        if certificate.is_self_issued:
            return "it is self-signed and no trust anchor"
        anchors = f"{len(self._trust.anchors)} trust anchors"
        if self._trust.skipped:
            anchors += f" ({self._trust.skipped} more could not be used)"
        return f"its issuer ({certificate.issuer}) is none of the {anchors}"

    def _place_of(self, certificate: Certificate) -> str:
        if certificate not in self._chain:
            return f"trust anchor ({certificate})"
        number = self._chain.index(certificate) + 1
        return f"certificate {number} of {len(self._chain)} ({certificate})"


# ---- The rules ------------------------------------------------------------------------------------------


def _check_path(path: Sequence[Certificate], search: _Search, at: datetime, purpose: Purpose) -> None:
    """Check what RFC 5280 section 6.1 asks of each certificate, from the leaf up."""
    for position, certificate in enumerate(path):
        with search.naming(certificate):
            _check_validity(certificate, at)
            _check_critical_extensions(certificate)
            _check_purpose(certificate, purpose)
            if position == 0:
                _check_leaf(certificate)  # RFC 9846 section 4.5.1 [12]
            else:
                _check_issuer(certificate, path[1:position])


def _check_validity(certificate: Certificate, at: datetime) -> None:
    """Section 6.1.3 (a)(2); both ends belong to the period (section 4.1.2.5)."""
    if at < certificate.not_before:
        raise CertificateNotYetValid(f"valid from {certificate.not_before}, and the time is {at}")
    if at > certificate.not_after:
        raise CertificateExpired(f"expired {certificate.not_after}, and the time is {at}")


def _check_critical_extensions(certificate: Certificate) -> None:
    """Section 4.2: what is critical and not understood refuses the certificate."""
    for extension in certificate.extensions.all:
        if extension.oid in extensions.UNDERSTOOD:
            continue
        # Name constraints MUST be critical (section 4.2.1.10); forgetting the flag does not lift them.
        if extension.critical or extension.oid == oids.NAME_CONSTRAINTS:
            raise UnsupportedCertificate(f"its extension {oids.name(extension.oid)} is not understood")


def _check_purpose(certificate: Certificate, purpose: Purpose) -> None:
    """Section 4.2.1.12: extKeyUsage, where present, has to name the purpose."""
    allowed = certificate.extensions.extended_key_usage
    if allowed is not None and purpose.value not in allowed and oids.ANY_EXTENDED_KEY_USAGE not in allowed:
        shown = ", ".join(map(oids.name, allowed[:MAXIMUM_PURPOSES_SHOWN]))
        raise NotPermitted(f"extKeyUsage allows {shown}, not {oids.name(purpose.value)}")


def _check_leaf(leaf: Certificate) -> None:
    """RFC 9846 section 4.5.1.2: X.509v3, and a key that may sign the handshake."""
    if leaf.version != 3:  # section 4.5.1.2 [1]
        raise UnsupportedCertificate(f"expected X.509 version 3, got {leaf.version}")
    _check_key_usage(leaf, KeyUsage.digitalSignature)  # section 4.5.1.2 [3]


def _check_issuer(issuer: Certificate, issued_authorities: Sequence[Certificate]) -> None:
    """Section 6.1.4 (k) to (n): an authority, with room for those below, whose key may sign certificates."""
    constraints = issuer.extensions.basic_constraints
    if constraints is None or not constraints.is_authority:
        raise NotPermitted("it issued another one, but basicConstraints does not make it an authority")
    # Self-issued ones, by which an authority changes its key, are not counted (section 6.1.4 (l)).
    below = sum(not authority.is_self_issued for authority in issued_authorities)
    if constraints.path_length is not None and below > constraints.path_length:
        limit = constraints.path_length
        raise NotPermitted(f"pathLenConstraint allows {limit} authorities below, got {below}")
    _check_key_usage(issuer, KeyUsage.keyCertSign)


def _check_key_usage(certificate: Certificate, needed: KeyUsage) -> None:
    """Section 4.2.1.3: keyUsage, where present, has to allow what the key is used for."""
    allowed = certificate.extensions.key_usage
    if allowed is not None and needed not in allowed:
        shown = ", ".join(usage.name for usage in KeyUsage if usage in allowed) or "nothing known"
        raise NotPermitted(f"keyUsage allows {shown}, not {needed.name}")
