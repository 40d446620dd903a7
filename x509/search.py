"""The way up: from a leaf to the trust anchors, through a list that a stranger has sent.  RFC 4158.

The peer's list has the leaf first; the others help to find the way and may come in any order, with
superfluous ones among them (RFC 9846 section 4.5.1).  A `Search` follows the issuers' names upwards and
verifies each signature on the way.  Where two certificates could have issued a third, it tries both: an
authority may have been certified by two roots of which we know one, or have two keys.  Whether a certificate
was allowed to be where it is on a path is the business of `rules`.

A stranger's list is a maze that he has built.  No certificate comes twice on a path, so a loop ends; a path
has at most MAXIMUM_PATH_LENGTH certificates; and all ways together cost at most MAXIMUM_SIGNATURE_CHECKS.

Tested by      tests/x509/test_path.py
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from x509 import signatures
from x509.certificate import Certificate
from x509.der import Observer
from x509.distinguished_names import Name
from x509.errors import CertificateError, UnknownAuthority
from x509.trust_store import TrustStore

MAXIMUM_PATH_LENGTH = 8  # certificates, leaf and anchor included; public paths have 3 or 4
MAXIMUM_SIGNATURE_CHECKS = 32  # for one chain, however many ways lead through it

Path: TypeAlias = tuple[Certificate, ...]  # each issued by the next


@dataclass(frozen=True)
class Tried:
    """For an observer: this issuer has signed the path's last certificate, unless there is an `error`."""

    path: Path
    issuer: Certificate
    error: CertificateError | None


@dataclass(frozen=True)
class DeadEnd:
    """For an observer: this path cannot go on."""

    path: Path
    error: UnknownAuthority


class Search:
    """Looks for paths to a trust anchor, and remembers why a way ended elsewhere."""

    def __init__(
        self, chain: Sequence[Certificate], trust: TrustStore, observe: Observer | None = None
    ) -> None:
        self.dead_ends: list[CertificateError] = []
        self._chain = chain
        self._trust = trust
        self._observe = observe
        self._checks_left = MAXIMUM_SIGNATURE_CHECKS
        self._verified: dict[tuple[Certificate, Certificate], CertificateError | None] = {}

    def paths(self) -> Iterator[Path]:
        """Yield every path from chain[0] to a trust anchor that names and signatures allow."""
        yield from self._continued((self._chain[0],))

    def _continued(self, path: Path) -> Iterator[Path]:
        last = path[-1]
        if last in self._trust and (len(path) > 1 or last.is_self_issued):
            yield path
            return
        known = self.named(last.issuer, last.extensions.authority_key_identifier)
        issuers = [issuer for issuer in known if issuer not in path]
        if not issuers or last.is_self_issued:
            self._end(path, self._why_unknown(path))
        for issuer in issuers:
            if len(path) == MAXIMUM_PATH_LENGTH:
                self._end(path, f"no trust anchor within {MAXIMUM_PATH_LENGTH} certificates")
                return
            if not self._checks_left:
                self._end(path, f"no trust anchor found with {MAXIMUM_SIGNATURE_CHECKS} signature checks")
                return
            self._checks_left -= 1
            error = self._try(last, issuer)
            self._tell(Tried(path, issuer, error))
            if error is None:
                yield from self._continued((*path, issuer))
            else:
                self.dead_ends.append(error)

    def _try(self, certificate: Certificate, issuer: Certificate) -> CertificateError | None:
        """Whether this issuer's key signed the certificate, and if not why."""
        try:
            with self.naming(issuer):
                issuer.public_key  # noqa: B018  # whatever is wrong with it is wrong with the issuer
            with self.naming(certificate):
                signatures.verify(certificate, issuer.public_key_info)
        except CertificateError as error:
            return error
        return None

    @contextmanager
    def naming(self, certificate: Certificate) -> Iterator[None]:
        """Put the certificate's place and subject before whatever is found to be wrong with it."""
        try:
            yield
        except CertificateError as error:
            raise type(error)(f"{place_of(certificate, self._chain)}: {error}") from error.__cause__

    def named(self, subject: Name, key_identifier: bytes | None) -> list[Certificate]:
        """All that bear this name, each once: the likeliest key first, anchors before the peer's list."""
        sent = [one for one in self._chain if one.subject == subject]
        known = dict.fromkeys((*self._trust.named(subject), *sent))
        # The identifier is a hint, no more (section 4.2.1.1).
        return sorted(known, key=lambda one: one.extensions.subject_key_identifier != key_identifier)

    def verify(self, certificate: Certificate, issuer: Certificate) -> None:
        """For a certificate beside the path: raise a CertificateError unless this issuer has signed it.

        Asked for the first time, it costs one of MAXIMUM_SIGNATURE_CHECKS.
        """
        pair = (certificate, issuer)
        if pair not in self._verified:
            if not self._checks_left:
                raise UnknownAuthority(f"not verified with {MAXIMUM_SIGNATURE_CHECKS} signature checks")
            self._checks_left -= 1
            self._verified[pair] = self._try(certificate, issuer)
        error = self._verified[pair]
        if error is not None:
            raise error

    def _end(self, path: Path, why: str) -> None:
        error = UnknownAuthority(f"{place_of(path[-1], self._chain)}: {why}")
        self.dead_ends.append(error)
        self._tell(DeadEnd(path, error))

    def _tell(self, event: object) -> None:
        if self._observe is not None:
            self._observe(event)

    def _why_unknown(self, path: Path) -> str:
        *before, certificate = path
        if certificate.is_self_issued:
            return "it is self-signed and no trust anchor"
        again = next((issuer for issuer in before if issuer.subject == certificate.issuer), None)
        if again is not None:
            return f"it leads back to {place_of(again, self._chain)}, and to no trust anchor"
        count, skipped = len(self._trust.anchors), self._trust.skipped
        few = {0: "there is no trust anchor", 1: "is not the one trust anchor"}
        known = few.get(count, f"is none of the {count} trust anchors")
        if skipped:
            known += f" ({skipped}{' more' if count else ''} could not be used)"
        return f"its issuer ({certificate.issuer}) is not shown, and {known}"


def place_of(certificate: Certificate, chain: Sequence[Certificate]) -> str:
    """What to call it in a message about this chain."""
    if certificate not in chain:
        return f"trust anchor ({certificate})"
    return f"certificate {chain.index(certificate) + 1} of {len(chain)} ({certificate})"
