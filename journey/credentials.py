"""What a party has before the first frame is sent: keys, names, and what it believes about others.

The referee makes fresh ones for every run.  They hold whatever any rung could want; a rung takes what it
knows how to use and leaves the rest alone.
"""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias

from handshake.anti_replay import StrikeRegister
from handshake.tickets import TICKET_KEY_RANDOM_SIZE, TicketKey
from journey.certifier import NOW, VALIDITY, Certifier, Chain
from journey.forgeries import Forgery
from journey.randomness import RandomBytes, seeded
from purecrypto import ec, primes
from purecrypto.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey
from tls.session_cache import SessionCache
from x509.trust_store import TrustStore

Role: TypeAlias = Literal["client", "server"]

KEY_SIZE = 32  # bytes
TOY_PRIMES = (253, 252)  # bits
RSA_EXPONENT = 65537
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
    forged_chain        returns certificates for this party's own key that nobody should have signed

    In side rooms:

    own_name            what this party itself is called
    peer_name           what the one is called with whom it shares the keys
    kept_exponent       32 random bytes that it drew once, when it was switched on
    protocol            what is spoken over the channel
    joint_chain         returns certificates for two at once, the server and its neighbour
    ecdsa_key           returns this party's own key on P-256
    pinned_ecdsa_key    returns the peer's public one
    rsa_key             returns this party's own RSA key, which is a toy
    pinned_rsa_key      returns the peer's public one
    sessions            the tickets that this party has been given
    ticket_key          returns what this server seals its tickets with; its neighbour has the same
    taken               remembers the early data that this server has taken
    taken_by_both       remembers what it and its neighbour have taken

    Eleven of them are functions, because to make keys and to sign takes time, and most rungs want neither.
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
    forged_chain: Callable[[Forgery], Chain] = field(repr=False)
    own_name: str
    peer_name: str
    kept_exponent: bytes = field(repr=False)
    protocol: str
    joint_chain: Callable[[], Chain] = field(repr=False)
    ecdsa_key: Callable[[], EllipticCurvePrivateKey] = field(repr=False)
    pinned_ecdsa_key: Callable[[], EllipticCurvePublicKey] = field(repr=False)
    rsa_key: Callable[[], RSAPrivateKey] = field(repr=False)
    pinned_rsa_key: Callable[[], RSAPublicKey] = field(repr=False)
    sessions: SessionCache
    ticket_key: Callable[[], TicketKey] = field(repr=False)
    taken: StrikeRegister
    taken_by_both: StrikeRegister


class KeysForRooms:
    """A host's keys that are used in side rooms alone, made when they are first asked for.

    They follow from a seed, so that two threads which ask at the same time get the same.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed.hex()

    @functools.cached_property
    def ecdsa(self) -> EllipticCurvePrivateKey:
        curve = ec.SECP256R1()
        return ec.private_key_from_random(curve, seeded(self._seed)(curve.random_size))

    def public_ecdsa(self) -> EllipticCurvePublicKey:
        return self.ecdsa.public_key()

    @functools.cached_property
    def rsa(self) -> RSAPrivateKey:
        """A toy of 505 bits: rented computers factor 512 in an afternoon."""
        random_bytes = seeded(self._seed)
        p, q = (_prime(size, random_bytes) for size in TOY_PRIMES)
        return RSAPrivateKey.from_primes(p, q, RSA_EXPONENT, least_key_size=sum(TOY_PRIMES))

    def public_rsa(self) -> RSAPublicKey:
        return self.rsa.public_key()

    @functools.cached_property
    def ticket_key(self) -> TicketKey:
        return TicketKey.from_random(seeded(self._seed)(TICKET_KEY_RANDOM_SIZE))


def _prime(size: int, random_bytes: RandomBytes) -> int:
    """A random prime of so many bits, of which the two highest are 1."""
    while True:
        drawn = int.from_bytes(random_bytes(-(-size // 8)), "big") >> -size % 8
        p = drawn | 3 << size - 2 | 1
        if p % RSA_EXPONENT != 1 and primes.is_probably_prime(p, primes.ROUNDS):
            return p


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
    of_client, of_server, of_mallory = (KeysForRooms(random_bytes(KEY_SIZE)) for _ in range(3))

    def credentials(
        own: Ed25519PrivateKey,
        peer: Ed25519PrivateKey,
        own_name: str,
        peer_name: str,
        *,
        for_rooms: tuple[KeysForRooms, KeysForRooms],
    ) -> Credentials:
        own_others, others_of_peer = for_rooms
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
            forged_chain=lambda forgery: forgery.forge(authority, name, own),
            own_name=own_name,
            peer_name=peer_name,
            kept_exponent=random_bytes(KEY_SIZE),
            protocol="http/1.1",
            joint_chain=functools.cache(lambda: authority.chain(names, server)),
            ecdsa_key=lambda: own_others.ecdsa,
            pinned_ecdsa_key=others_of_peer.public_ecdsa,
            rsa_key=lambda: own_others.rsa,
            pinned_rsa_key=others_of_peer.public_rsa,
            sessions=SessionCache(),
            ticket_key=lambda: own_others.ticket_key,
            taken=nothing_taken(),
            taken_by_both=nothing_taken(),
        )

    the_server = replace(
        credentials(server, client, name, "somebody.example", for_rooms=(of_server, of_client)),
        retired_key=retired,
    )
    return {
        "client": credentials(client, server, "somebody.example", name, for_rooms=(of_client, of_server)),
        "server": the_server,
        "neighbour": replace(the_server, own_name=names[1], protocol="ftp", taken=nothing_taken()),
        "mallory": replace(
            credentials(mallory, server, "mallory.example", name, for_rooms=(of_mallory, of_server)),
            shared_key=random_bytes(KEY_SIZE),
            shared_mac_key=random_bytes(KEY_SIZE),
            certificate_chain=functools.cache(lambda: her_own_authority.chain([name], mallory)),
        ),
    }


def nothing_taken() -> StrikeRegister:
    """The memory of a server that has been running for long, and has taken no early data yet."""
    return StrikeRegister(started_at=LONG_AGO, lock=threading.Lock())


def _name_of_a_server(random_bytes: RandomBytes) -> str:
    """Such as `clinic-x7f3qk.example`."""
    kind, *suffix = random_bytes(7)
    letters = "".join(LETTERS[byte % len(LETTERS)] for byte in suffix)
    return f"{SITES[kind % len(SITES)]}-{letters}.example"
