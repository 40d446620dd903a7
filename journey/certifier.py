"""An authority that certifies names, from rung 16 on: a root, its everyday key, and what that has signed.

Each certificate is made when it is first asked for: signing takes time, and most rungs have no certificates.
"""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from journey.errors import Refused
from journey.randomness import RandomBytes
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from x509 import issue
from x509.certificate import Certificate
from x509.issue import Authority
from x509.private_keys import PrivateKey
from x509.trust_store import TrustStore

Chain: TypeAlias = tuple[Certificate, ...]  # one's own certificate first, each signed by the next

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)  # the time on the journey
VALIDITY = timedelta(days=90)  # of a server's certificate
SEED_SIZE = 32  # bytes of a private key


class Certifier:
    """One such authority.  Anybody can be one; what counts is who trusts it."""

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._root_key = Ed25519PrivateKey.from_private_bytes(random_bytes(SEED_SIZE))
        self._everyday_key = Ed25519PrivateKey.from_private_bytes(random_bytes(SEED_SIZE))

    @functools.cached_property
    def root(self) -> Authority:
        """Whoever has this one's certificate can verify all the others.  Its key lies in a vault."""
        return issue.make_authority(
            "Journey Root",
            self._root_key,
            serial_number=1,
            not_before=NOW - 40 * VALIDITY,
            not_after=NOW + 40 * VALIDITY,
        )

    @functools.cached_property
    def everyday(self) -> Authority:
        """Signs the servers' certificates; were its key stolen, the root could name another one."""
        return issue.make_intermediate(
            self.root,
            "Journey Authority",
            self._everyday_key,
            serial_number=2,
            not_before=NOW - 10 * VALIDITY,
            not_after=NOW + 10 * VALIDITY,
        )

    def trust(self) -> TrustStore:
        """What somebody has who trusts this authority."""
        return TrustStore([self.root.certificate])

    def chain(self, names: Sequence[str], key: PrivateKey, around: datetime = NOW) -> Chain:
        """A certificate for these names and key, good for a while around that time, and the one above it."""
        leaf = issue.issue_certificate(
            self.everyday,
            names[0],
            key.public_key(),
            serial_number=3,
            not_before=around - VALIDITY / 2,
            not_after=around + VALIDITY / 2,
            dns_names=names,
        )
        return leaf, self.everyday.certificate


def ed25519_key(certificate: Certificate) -> Ed25519PublicKey:
    """The key that is certified; Refused if it is of another kind than all who sign on the ladder have."""
    if isinstance(key := certificate.public_key, Ed25519PublicKey):
        return key
    raise Refused(f"the certificate is for a key of the kind {certificate.public_key_info.kind.value}")
