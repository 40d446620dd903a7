"""Whom we trust: the authorities that we knew before anybody connected.  RFC 5280 section 6.1.1 (d)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Self

from purecrypto.buffers import Buffer
from x509 import pem
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.distinguished_names import Name
from x509.errors import MalformedCertificate, UnsupportedCertificate
from x509.profiles import Profile


class TrustStore:
    """The authorities that we trust, and how strictly.

    skipped              how many of a file could not be used
    revocation_lists     where there are any, they have to say of every certificate that it is not revoked
    profile              by which rules everything below the anchors is judged
    """

    def __init__(
        self,
        certificates: Iterable[Certificate],
        *,
        skipped: int = 0,
        revocation_lists: Iterable[RevocationList] = (),
        profile: Profile = Profile.RFC5280,
    ) -> None:
        self.anchors = tuple(dict.fromkeys(certificates))  # each once
        self.skipped = skipped
        self.revocation_lists = tuple(dict.fromkeys(revocation_lists))
        self.profile = profile
        self._by_subject: defaultdict[Name, list[Certificate]] = defaultdict(list)
        for anchor in self.anchors:
            self._by_subject[anchor.subject].append(anchor)
        self._lists: defaultdict[Name, list[RevocationList]] = defaultdict(list)
        for crl in self.revocation_lists:
            self._lists[crl.issuer].append(crl)

    @classmethod
    def from_pem(
        cls,
        text: str | Buffer,
        *,
        revocation_lists: Iterable[RevocationList] = (),
        profile: Profile = Profile.RFC5280,
    ) -> Self:
        """Read a file of certificates; PemError when there is none in it.

        A system's file holds keys of kinds that we cannot use, and certificates that bend the rules: these
        are left out and counted.
        """
        blocks = pem.at_least_one(text, "CERTIFICATE")
        usable = []
        for block in blocks:
            try:
                certificate = Certificate.from_der(block)
                certificate.public_key  # noqa: B018  # asked whether it can be used
            except (MalformedCertificate, UnsupportedCertificate):
                continue
            usable.append(certificate)
        skipped = len(blocks) - len(usable)
        return cls(usable, skipped=skipped, revocation_lists=revocation_lists, profile=profile)

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self.named(certificate.subject)

    def named(self, subject: Name) -> Sequence[Certificate]:
        """The anchors of this name."""
        return self._by_subject.get(subject, ())

    def lists_of(self, issuer: Name) -> Sequence[RevocationList]:
        """The revocation lists in which this issuer is named."""
        return self._lists.get(issuer, ())
