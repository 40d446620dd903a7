"""What a party has before the first frame is sent: keys, names, and what it believes about others.

The referee makes fresh ones for every run.  They hold whatever any rung could want; a rung takes what it
knows how to use and leaves the rest alone.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from journey.randomness import RandomBytes
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from x509 import issue as authorities
from x509.certificate import Certificate
from x509.issue import Authority
from x509.path import TrustStore

Role: TypeAlias = Literal["client", "server"]
Chain: TypeAlias = tuple[Certificate, ...]  # a party's own certificate first

KEY_SIZE = 32  # bytes
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)  # the time on the journey
VALIDITY = timedelta(days=90)  # of a certificate
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
SITES = ("clinic", "casino", "lawyer", "union", "bank", "church", "museum", "school")  # of all kinds


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """One party's.  The two shared keys are the same on both sides; the attacker's own are her own.

    shared_key        a secret of 32 bytes that client and server have agreed on beforehand (rungs 1 to 8)
    shared_mac_key    a second one
    signing_key       this party's own (from rung 12)
    pinned_key        the peer's public key, which this party knew before they ever spoke; None if it did not

    From rung 16:

    server_name         what the server is called: whom the client wants to talk to
    certificate_chain   returns this party's certificate and the one between it and the authority
    trust               returns the authorities that this party trusts
    now                 what the clock says
    retired_key         the server's, of another year; it should have been destroyed
    retired_chain       returns the certificates of that time, which everybody has seen

    Those three are functions, because signing takes time and most rungs have no certificates.
    """

    shared_key: bytes = field(repr=False)
    shared_mac_key: bytes = field(repr=False)
    signing_key: Ed25519PrivateKey
    pinned_key: Ed25519PublicKey | None
    server_name: str
    certificate_chain: Callable[[], Chain] = field(repr=False)
    trust: Callable[[], TrustStore] = field(repr=False)
    now: datetime
    retired_key: Ed25519PrivateKey | None = field(repr=False)
    retired_chain: Callable[[], Chain] = field(repr=False)


def issue(random_bytes: RandomBytes) -> dict[str, Credentials]:
    """Fresh credentials of "client", "server" and "mallory", who may pin the server's key: it is public."""
    shared_key, shared_mac_key = random_bytes(KEY_SIZE), random_bytes(KEY_SIZE)
    client, server, mallory, retired = (_private_key(random_bytes) for _ in range(4))
    site = _Site(random_bytes)

    def credentials(own: Ed25519PrivateKey, peer: Ed25519PrivateKey, own_name: str) -> Credentials:
        return Credentials(
            shared_key=shared_key,
            shared_mac_key=shared_mac_key,
            signing_key=own,
            pinned_key=peer.public_key(),
            server_name=site.name,
            certificate_chain=functools.cache(lambda: site.chain(own_name, own, NOW)),
            trust=lambda: TrustStore([site.root.certificate]),
            now=NOW,
            retired_key=None,
            retired_chain=functools.cache(lambda: site.chain(site.name, retired, NOW - 4 * VALIDITY)),
        )

    return {
        "client": credentials(client, server, "somebody.example"),
        "server": replace(credentials(server, client, site.name), retired_key=retired),
        "mallory": replace(
            credentials(mallory, server, "mallory.example"),  # an honest certificate, for a name of her own
            shared_key=random_bytes(KEY_SIZE),
            shared_mac_key=random_bytes(KEY_SIZE),
        ),
    }


class _Site:
    """A server's name, and the authority that certifies names; each certificate is made when asked for."""

    def __init__(self, random_bytes: RandomBytes) -> None:
        kind, *suffix = random_bytes(7)
        letters = "".join(LETTERS[byte % len(LETTERS)] for byte in suffix)
        self.name = f"{SITES[kind % len(SITES)]}-{letters}.example"
        self._root_key, self._intermediate_key = _private_key(random_bytes), _private_key(random_bytes)

    @functools.cached_property
    def root(self) -> Authority:
        """The authority whose certificate every computer has been delivered with."""
        return authorities.make_authority(
            "Journey Root",
            self._root_key,
            serial_number=1,
            not_before=NOW - 40 * VALIDITY,
            not_after=NOW + 40 * VALIDITY,
        )

    @functools.cached_property
    def intermediate(self) -> Authority:
        """Its everyday key: the root's own lies in a vault."""
        return authorities.make_intermediate(
            self.root,
            "Journey Authority",
            self._intermediate_key,
            serial_number=2,
            not_before=NOW - 10 * VALIDITY,
            not_after=NOW + 10 * VALIDITY,
        )

    def chain(self, name: str, key: Ed25519PrivateKey, around: datetime) -> Chain:
        """The certificate of `name` and `key`, valid for a while around that time, and the one above it."""
        leaf = authorities.issue_certificate(
            self.intermediate,
            name,
            key.public_key(),
            serial_number=3,
            not_before=around - VALIDITY / 2,
            not_after=around + VALIDITY / 2,
            dns_names=[name],
        )
        return leaf, self.intermediate.certificate


def _private_key(random_bytes: RandomBytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random_bytes(KEY_SIZE))
