"""What a party has before the first frame is sent: keys, names, and what it believes about others.

The referee makes fresh ones for every run.  They hold whatever any rung could want; a rung takes what it
knows how to use and leaves the rest alone.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from journey.randomness import RandomBytes
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Role: TypeAlias = Literal["client", "server"]

KEY_SIZE = 32  # bytes


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """One party's.  The two shared keys are the same on both sides; the attacker's own are her own.

    shared_key        a secret of 32 bytes that client and server have agreed on beforehand (rungs 1 to 8)
    shared_mac_key    a second one
    signing_key       this party's own (from rung 12)
    pinned_key        the peer's public key, which this party knew before they ever spoke
    """

    shared_key: bytes = field(repr=False)
    shared_mac_key: bytes = field(repr=False)
    signing_key: Ed25519PrivateKey
    pinned_key: Ed25519PublicKey


def issue(random_bytes: RandomBytes) -> dict[str, Credentials]:
    """Fresh credentials of "client", "server" and "mallory", who may pin the server's key: it is public."""
    shared_key, shared_mac_key = random_bytes(KEY_SIZE), random_bytes(KEY_SIZE)
    client, server, mallory = (Ed25519PrivateKey.from_private_bytes(random_bytes(32)) for _ in range(3))
    return {
        "client": Credentials(
            shared_key=shared_key,
            shared_mac_key=shared_mac_key,
            signing_key=client,
            pinned_key=server.public_key(),
        ),
        "server": Credentials(
            shared_key=shared_key,
            shared_mac_key=shared_mac_key,
            signing_key=server,
            pinned_key=client.public_key(),
        ),
        "mallory": Credentials(
            shared_key=random_bytes(KEY_SIZE),
            shared_mac_key=random_bytes(KEY_SIZE),
            signing_key=mallory,
            pinned_key=server.public_key(),
        ),
    }
