"""A certificate for trying things out: an authority that signs one leaf for this machine, and is forgotten.

    made = throwaway.make(now=config.now())
    ServerConfig(certified_keys=[made.certified_key])
    made.authority_pem          for clients to trust

The authority's private key is dropped on the way out, so nobody can sign anything else with it, and the
certificates are good for a few days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from handshake.certified_keys import CertifiedKey
from purecrypto import entropy
from x509 import issue, pem, private_keys
from x509.algorithms import KeyKind
from x509.certificate import Certificate

VALIDITY = timedelta(days=7)
BACKDATED = timedelta(hours=1)  # for clients whose clock is slow
DNS_NAMES = ("localhost",)
IP_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Throwaway:
    """What a server needs, and the authority that its clients need."""

    authority: Certificate
    certified_key: CertifiedKey

    @property
    def authority_pem(self) -> str:
        return pem.encode(self.authority.der, "CERTIFICATE")


def make(
    *,
    now: datetime,
    kind: KeyKind = KeyKind.P256,
    random_bytes: Callable[[int], bytes] = entropy.random_bytes,
) -> Throwaway:
    """Make an authority and a leaf for localhost, 127.0.0.1 and ::1, valid for a week.

    Both have keys of one kind: P-256 unless told otherwise, because browsers do not know Ed25519.
    """
    not_before = now.replace(microsecond=0) - BACKDATED
    not_after = now.replace(microsecond=0) + VALIDITY
    authority = issue.make_authority(
        "glassbox-tls throw-away authority",
        private_keys.generate(kind, random_bytes),
        serial_number=issue.serial_number(random_bytes),
        not_before=not_before,
        not_after=not_after,
        path_length=0,
    )
    private_key = private_keys.generate(kind, random_bytes)
    leaf = issue.issue_certificate(
        authority,
        "localhost",
        private_key.public_key(),
        serial_number=issue.serial_number(random_bytes),
        not_before=not_before,
        not_after=not_after,
        dns_names=DNS_NAMES,
        ip_addresses=IP_ADDRESSES,
    )
    return Throwaway(authority.certificate, CertifiedKey((leaf,), private_key))
