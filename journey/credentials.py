"""What a party has before the first frame is sent: keys, names, and what it believes about others.

The referee makes fresh ones for every run.  They hold whatever any rung could want; a rung takes what it
knows how to use and leaves the rest alone.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias

from journey.certifier import NOW, VALIDITY, Certifier, Chain
from journey.randomness import RandomBytes
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from x509.path import TrustStore

Role: TypeAlias = Literal["client", "server"]

KEY_SIZE = 32  # bytes
SITES = ("clinic", "casino", "lawyer", "union", "bank", "church", "museum", "school")
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
LONG_AGO = NOW - 4 * VALIDITY


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """One party's.  The two shared keys are the same on both sides; the attacker's own are her own.

    shared_key        a secret of 32 bytes that client and server have agreed on beforehand (rungs 1 to 8)
    shared_mac_key    a second one
    signing_key       this party's own (from rung 12)
    pinned_key        the peer's public key, which this party knew before they ever spoke; None if it did not

    From rung 16:

    server_name         what the server is called: whom the client wants to talk to
    certificate_chain   returns the certificates that this party shows; the attacker has made hers herself
    honest_chain        returns those that the authority has given to it; the attacker's are for another name
    trust               returns the authorities that this party trusts
    now                 what the clock says
    retired_key         the server's, of another year; it should have been destroyed
    retired_chain       returns the certificates that went with it, which everybody has seen

    In side rooms:

    own_name            what this party itself is called
    peer_name           what the one is called with whom it shares the keys
    kept_exponent       32 random bytes that it drew once, when it was switched on
    protocol            what is spoken over the channel
    joint_chain         returns certificates for two at once, the server and its neighbour

    Five of them are functions, because signing takes time and most rungs have no certificates.
    """

    shared_key: bytes = field(repr=False)
    shared_mac_key: bytes = field(repr=False)
    signing_key: Ed25519PrivateKey
    pinned_key: Ed25519PublicKey | None
    server_name: str
    certificate_chain: Callable[[], Chain] = field(repr=False)
    honest_chain: Callable[[], Chain] = field(repr=False)
    trust: Callable[[], TrustStore] = field(repr=False)
    now: datetime
    retired_key: Ed25519PrivateKey | None = field(repr=False)
    retired_chain: Callable[[], Chain] = field(repr=False)
    own_name: str
    peer_name: str
    kept_exponent: bytes = field(repr=False)
    protocol: str
    joint_chain: Callable[[], Chain] = field(repr=False)


def issue(random_bytes: RandomBytes) -> dict[str, Credentials]:
    """Fresh credentials of "client", "server" and "mallory", who may pin the server's key: it is public.

    And those of "neighbour": another server of the same owner, with the same key.
    """
    shared_key, shared_mac_key = random_bytes(KEY_SIZE), random_bytes(KEY_SIZE)
    client, server, mallory, retired = (
        Ed25519PrivateKey.from_private_bytes(random_bytes(KEY_SIZE)) for _ in range(4)
    )
    authority, her_own_authority = Certifier(random_bytes), Certifier(random_bytes)
    name = _name_of_a_server(random_bytes)
    names = (name, f"ftp.{name}")

    def credentials(
        own: Ed25519PrivateKey, peer: Ed25519PrivateKey, own_name: str, peer_name: str
    ) -> Credentials:
        chain = functools.cache(lambda: authority.chain([own_name], own))
        return Credentials(
            shared_key=shared_key,
            shared_mac_key=shared_mac_key,
            signing_key=own,
            pinned_key=peer.public_key(),
            server_name=name,
            certificate_chain=chain,
            honest_chain=chain,
            trust=authority.trust,
            now=NOW,
            retired_key=None,
            retired_chain=functools.cache(lambda: authority.chain([name], retired, around=LONG_AGO)),
            own_name=own_name,
            peer_name=peer_name,
            kept_exponent=random_bytes(KEY_SIZE),
            protocol="http/1.1",
            joint_chain=functools.cache(lambda: authority.chain(names, server)),
        )

    of_server = replace(credentials(server, client, name, "somebody.example"), retired_key=retired)
    return {
        "client": credentials(client, server, "somebody.example", name),
        "server": of_server,
        "neighbour": replace(of_server, own_name=names[1], protocol="ftp"),
        "mallory": replace(
            credentials(mallory, server, "mallory.example", name),
            shared_key=random_bytes(KEY_SIZE),
            shared_mac_key=random_bytes(KEY_SIZE),
            certificate_chain=functools.cache(lambda: her_own_authority.chain([name], mallory)),
        ),
    }


def _name_of_a_server(random_bytes: RandomBytes) -> str:
    """Such as `clinic-x7f3qk.example`."""
    kind, *suffix = random_bytes(7)
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in suffix)
    return f"{SITES[kind % len(SITES)]}-{letters}.example"
