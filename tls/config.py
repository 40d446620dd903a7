"""What a user says once, and what every connection is then given afresh.

A `ClientConfig` or `ServerConfig` is made once and shared by any number of connections; `settings()` draws
the random bytes, the key shares and the time that one connection needs, and `connection()` makes one from
them.  This is where the operating system's randomness and clock enter the protocol; both can be replaced.
"""

import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, get_args

from handshake import constants, signatures
from handshake.anti_replay import StrikeRegister
from handshake.certified_keys import CertifiedKey
from handshake.codec import Observer
from handshake.constants import (
    RANDOM_SIZE,
    CipherSuite,
    NamedGroup,
    PskKeyExchangeMode,
    SignatureScheme,
)
from handshake.extensions import MIN_RECORD_SIZE
from handshake.groups import GROUPS
from handshake.pre_shared_keys import PreSharedKey
from handshake.resumption import MAX_LIFETIME
from handshake.settings import (
    GREASE_SEED_SIZE,
    MAX_SKIPPED_EARLY_DATA,
    TICKET_RANDOM_SIZE,
    ClientCertificates,
    ClientSettings,
    Grease,
    ServerSettings,
)
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from handshake.tickets import Ticket, TicketKey
from purecrypto import entropy
from record import padding
from record.protection import MAX_INNER_PLAINTEXT
from tls import keylog
from tls.connection import Connection
from tls.session_cache import SessionCache
from tls.ticket_keys import TicketKeys
from x509 import names
from x509.trust_store import TrustStore

HANDSHAKE_TIMEOUT = 10.0  # seconds for a whole handshake
# section 4.2.2 [10]
SESSION_ID_SIZE = 32  # bytes (RFC 9846 section 4.2.2)
COOKIE_SIZE = 32  # bytes
TICKET_LIFETIME = 2 * 3600  # seconds
MAX_TICKETS = 16  # for one connection: clients bound what comes without any data
MAX_EARLY_DATA = 2**32 - 1  # bytes (section 4.7.1)
MAX_IN_HELLO = 2**15  # bytes of names that a user wants in a ClientHello: half of what it has for extensions


def now() -> datetime:
    """The time, as certificates count it."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Config:
    """What clients and servers have in common.  Lists have what is best first.

    application_protocols     ALPN, such as ("http/1.1",); none: the extension is not used
    cipher_suites, groups, signature_schemes      by number; unless told otherwise, all that we have
    certified_keys            who to be: the key that fits the peer's wishes best is shown to it
    trust                     the anchors that the peer's certificate has to lead to, with revocation lists
    external_psks             pre-shared keys from elsewhere
    psk_modes                 how a pre-shared key may be used: unless told otherwise only beside a fresh key
                              exchange, without which who learns the key later reads it all (section 4.3.9)
    padding_policy            how much longer records shall look (`record.padding`)
    key_log                   called with each line of an NSS key log: secrets!  If it raises, that is the end
    handshake_timeout         seconds for a whole handshake; None waits for ever
    random_bytes, clock       where randomness and time come from, for tests and replays

    ValueError for what is unknown, doubled, missing or too long: found out now, not by the first connection.
    """

    application_protocols: Sequence[str] = ()
    cipher_suites: Sequence[int] = tuple(SUITES)
    groups: Sequence[int] = tuple(GROUPS)
    signature_schemes: Sequence[int] = tuple(SCHEMES)
    certified_keys: Sequence[CertifiedKey] = ()
    trust: TrustStore | None = None
    external_psks: Sequence[PreSharedKey] = ()
    psk_modes: Sequence[int] = (PskKeyExchangeMode.PSK_DHE_KE,)
    padding_policy: padding.Policy = padding.none
    key_log: Callable[[str], None] | None = None
    handshake_timeout: float | None = HANDSHAKE_TIMEOUT
    random_bytes: Callable[[int], bytes] = field(default=entropy.random_bytes, repr=False)
    clock: Callable[[], datetime] = field(default=now, repr=False)

    def __post_init__(self) -> None:
        _check("cipher_suites", self.cipher_suites, CipherSuite, SUITES)
        _check("groups", self.groups, NamedGroup, GROUPS)
        _check("signature_schemes", self.signature_schemes, SignatureScheme, SCHEMES)
        if not any(SCHEMES[number].kinds for number in self.signature_schemes):
            raise ValueError("signature_schemes: none of them is for a handshake")
        for key in self.certified_keys:
            if not any(key.kind in SCHEMES[number].kinds for number in self.signature_schemes):
                raise ValueError(f"none of the signature schemes is for a key of the kind {key.kind.value}")
        if self.psk_modes:
            _check("psk_modes", self.psk_modes, PskKeyExchangeMode, tuple(PskKeyExchangeMode))
        elif self.external_psks:
            raise ValueError("external_psks: of no use without psk_modes")
        if len({psk.identity for psk in self.external_psks}) != len(self.external_psks):
            raise ValueError("external_psks: one identity twice")
        for protocol in self.application_protocols:
            if not 1 <= len(protocol.encode("utf-8")) <= 255:  # RFC 7301 section 3.1
                raise ValueError(f"an ALPN protocol has 1 to 255 bytes: {protocol!r}")

    def _common_settings(self) -> dict[str, Any]:
        """What is drawn and copied for either side."""
        return {
            "random": self.random_bytes(RANDOM_SIZE),  # section 4.2.3 [4, 5]
            # section 4.3.8 [4, 7]
            "private_keys": {g: GROUPS[g].new_private(self.random_bytes) for g in self.groups},
            "signature_random": self.random_bytes(signatures.SIGNATURE_RANDOM_SIZE),
            "now": self.clock(),
            "cipher_suites": tuple(self.cipher_suites),
            "signature_schemes": tuple(self.signature_schemes),
            "certified_keys": tuple(self.certified_keys),
            "application_protocols": tuple(p.encode("utf-8") for p in self.application_protocols),
            "psk_modes": tuple(self.psk_modes),
            "external_psks": tuple(self.external_psks),
            "padding_policy": self.padding_policy,
        }


@dataclass(frozen=True, kw_only=True)
class ClientConfig(Config):
    """How to be a client.

    trust                     required unless `verify` is off
    verify                    whether the server has to prove that it is the one we want: leave it on
    certified_keys            for servers that ask who we are
    post_handshake_auth       whether they may ask later as well (section 4.3.6)
    sessions                  where tickets are kept, and taken from to resume sessions
    key_share_groups          those to send a share for at once: unless told otherwise the first of `groups`,
                              and if that is a hybrid X25519 as well, for servers that do not know it; an
                              empty list lets the server choose, which costs a round trip
    record_size_limit         bytes that we take in a record, content type included (RFC 8449)
    status_request            whether to ask for an OCSP response, which is passed on and not verified
    middlebox_compatibility   look like TLS 1.2 to boxes on the way (RFC 9846 appendix E.4)
    grease                    offer values that mean nothing as well (RFC 8701)
    """

    verify: bool = True
    post_handshake_auth: bool = False
    sessions: SessionCache | None = None
    key_share_groups: Sequence[int] | None = None
    record_size_limit: int | None = None
    status_request: bool = False
    middlebox_compatibility: bool = True
    grease: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.verify and self.trust is None:  # appendix C.5 [1]
            raise ValueError(
                "no trust anchors: give a TrustStore as trust, as tls.default_trust() is, or set verify=False"
            )
        if self.key_share_groups:
            _check("key_share_groups", self.key_share_groups, NamedGroup, self.groups)  # section 4.3.8 [1, 5]
        if self.record_size_limit is not None:
            _check_record_size(self.record_size_limit)
        size = sum(1 + len(protocol.encode("utf-8")) for protocol in self.application_protocols)
        size += sum(7 + len(psk.identity) + psk.suite.hash_size for psk in self.external_psks)
        if size > MAX_IN_HELLO:
            raise ValueError(
                f"application_protocols, external_psks: {size} bytes, a hello has room for {MAX_IN_HELLO}"
            )

    def settings(
        self,
        server_hostname: str | None,
        *,
        cache_name: str | None = None,
        replayable_early_data: bool = False,
    ) -> ClientSettings:
        """Everything that one handshake with `server_hostname` depends on.

        cache_name                under what name tickets of this server are kept in `sessions`, such as
                  "localhost:8443"; None: not at all
        replayable_early_data     whether to send data before the handshake, if a ticket allows it: attackers
                  can have it arrive more than once, so only what does no harm then belongs there (section 8)

        ValueError if there is no name to verify, or one that is neither a DNS name nor an address.
        """
        if self.verify and server_hostname is None:
            raise ValueError("no server_hostname to verify: give one, or switch verify off")
        name = None if server_hostname is None else names.parse_reference(server_hostname)
        chosen = _likely(self.groups) if self.key_share_groups is None else self.key_share_groups
        shares = [group for group in self.groups if group in chosen]  # in the order of the groups (4.3.8 [2])
        common = self._common_settings() | {"trust": self.trust if self.verify else None}
        ticket = self.sessions.take(cache_name, common["now"]) if self.sessions and cache_name else None
        return ClientSettings(
            **common,
            key_share_groups=tuple(shares),
            reference_identity=server_hostname if self.verify else None,
            # section 4.5.1.2 [7]
            server_name=name if isinstance(name, str) else None,  # no addresses (RFC 6066 section 3)
            # section 4.2.2 [9, 11, 12]
            legacy_session_id=self.random_bytes(SESSION_ID_SIZE) if self.middlebox_compatibility else b"",
            ticket=ticket,
            replayable_early_data=replayable_early_data,
            record_size_limit=self.record_size_limit,
            status_request=self.status_request,
            post_handshake_auth=self.post_handshake_auth,
            grease=Grease.from_seed(self.random_bytes(GREASE_SEED_SIZE)) if self.grease else None,
        )

    def connection(
        self,
        server_hostname: str | None,
        *,
        cache_name: str | None = None,
        replayable_early_data: bytes = b"",
        observe: Observer | None = None,
    ) -> Connection:
        """A connection to `server_hostname`, its first bytes ready to be sent; as `settings`, and:

        replayable_early_data     sealed if a ticket allows so much; the session says whether it was accepted
        observe                   called with everything that happens inside: secrets!
        """
        early = bool(replayable_early_data)
        settings = self.settings(server_hostname, cache_name=cache_name, replayable_early_data=early)
        if settings.ticket and len(replayable_early_data) > settings.ticket.session.max_early_data:
            settings = replace(settings, replayable_early_data=False)  # or what never came could be accepted
        connection = Connection(settings, observe, keylog.in_lines(self.key_log))
        if connection.early_data_room:
            connection.send_replayable_early_data(replayable_early_data)
        return connection

    def remember(self, cache_name: str | None, ticket: Ticket) -> None:
        """Keep a ticket that has come just now, for the next connection under this name."""
        if self.sessions is not None and cache_name is not None:
            received_now = replace(ticket.session, established_at=self.clock())
            self.sessions.add(cache_name, replace(ticket, session=received_now))


@dataclass(frozen=True, kw_only=True)
class ServerConfig(Config):
    """How to be a server.

    client_certificates       whether clients are asked who they are: "request" or "require"; who has one of
                              the external_psks is not asked, because that key says it (section 4.4.2)
    tickets                   how many each client gets to resume its session with; 0: none
    ticket_lifetime           seconds that they are good for, at most seven days (section 4.7.1)
    ticket_keys               called with the time: the keys that seal tickets, newest first; if not given,
                              those of new `TicketKeys`
    max_replayable_early_data      bytes to take from clients that resume, before the handshake; attackers can
                              have them arrive again at other servers that share the ticket keys (section 8)
    anti_replay               what remembers the early data that was taken; if not given, a new register
    demands_cookie            have each client come back once, with a cookie (section 4.3.2)
    record_size_limit         bytes that we take in a record, content type included (RFC 8449)

    All connections of one config share its ticket keys and its register.  A config that `dataclasses.replace`
    makes is another server's: it shares those that were given, and no others.
    """

    client_certificates: ClientCertificates = "none"
    tickets: int = 2  # appendix C.4 [2]
    ticket_lifetime: int = TICKET_LIFETIME
    ticket_keys: Callable[[datetime], tuple[TicketKey, ...]] | None = field(default=None, repr=False)
    max_replayable_early_data: int = 0  # appendix F.5 [3]
    anti_replay: StrikeRegister | None = None
    demands_cookie: bool = False
    record_size_limit: int = MAX_INNER_PLAINTEXT
    _keys_at: Callable[[datetime], tuple[TicketKey, ...]] = field(init=False, repr=False, compare=False)
    _register: StrikeRegister | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.certified_keys and not self.external_psks:
            raise ValueError("no certificate")
        if self.client_certificates not in (ways := get_args(ClientCertificates)):
            raise ValueError(f"client_certificates: {self.client_certificates!r}, must be one of {ways}")
        if (self.client_certificates != "none") != (self.trust is not None):
            raise ValueError("client_certificates and trust go together: who is asked has to be verified")
        if not 0 <= self.tickets <= MAX_TICKETS:
            raise ValueError(f"tickets: {self.tickets}, must be 0 to {MAX_TICKETS}")
        if not 0 <= self.ticket_lifetime <= MAX_LIFETIME:  # section 4.7.1 [6]
            raise ValueError(f"ticket_lifetime: {self.ticket_lifetime}, must be 0 to {MAX_LIFETIME} seconds")
        if not 0 <= self.max_replayable_early_data <= MAX_EARLY_DATA:
            size = self.max_replayable_early_data
            raise ValueError(f"max_replayable_early_data: {size}, must be 0 to {MAX_EARLY_DATA} bytes")
        _check_record_size(self.record_size_limit)
        own = TicketKeys(lifetime=self.ticket_lifetime, random_bytes=self.random_bytes)
        object.__setattr__(self, "_keys_at", self.ticket_keys or own.at)
        register = self.anti_replay
        if register is None and self.max_replayable_early_data:
            register = StrikeRegister(started_at=self.clock(), lock=threading.Lock())
        object.__setattr__(self, "_register", register)

    def settings(self) -> ServerSettings:
        """Everything that one handshake depends on."""
        common = self._common_settings() | {"trust": self.trust}
        return ServerSettings(
            **common,
            client_certificates=self.client_certificates,
            cookie=self.random_bytes(COOKIE_SIZE) if self.demands_cookie else b"",
            record_size_limit=self.record_size_limit,
            ticket_keys=self._keys_at(common["now"]) if self.tickets else (),
            ticket_random=self.random_bytes(self.tickets * TICKET_RANDOM_SIZE),
            ticket_lifetime=self.ticket_lifetime,
            max_replayable_early_data=self.max_replayable_early_data,
            anti_replay=self._register,
            max_skipped_early_data=MAX_SKIPPED_EARLY_DATA + self.max_replayable_early_data,
        )

    def connection(self, *, observe: Observer | None = None) -> Connection:
        """A connection that waits for a client's first bytes; `observe` sees all, its secrets included."""
        return Connection(self.settings(), observe, keylog.in_lines(self.key_log))


def _check(field_name: str, chosen: Sequence[int], registry: type[IntEnum], known: Container[int]) -> None:
    if not chosen:
        raise ValueError(f"{field_name}: none at all")
    # section 9.3 [3], appendix B [1]
    if unknown := [number for number in chosen if number not in known]:
        names = [constants.name_of(registry, n) if isinstance(n, int) else repr(n) for n in unknown]
        raise ValueError(f"{field_name}: cannot have {', '.join(names)}")
    if len(set(chosen)) != len(chosen):  # section 4.3.7 [1]
        raise ValueError(f"{field_name}: one of them twice")


def _likely(groups: Sequence[int]) -> tuple[int, ...]:
    """What a server will most likely agree to: what browsers send shares for, if it is ours to choose."""
    best = groups[0]
    return (best, NamedGroup.X25519) if GROUPS[best].post_quantum else (best,)


def _check_record_size(size: int) -> None:
    if not MIN_RECORD_SIZE <= size <= MAX_INNER_PLAINTEXT:  # RFC 8449 section 4
        raise ValueError(f"record_size_limit: {size}, must be {MIN_RECORD_SIZE} to {MAX_INNER_PLAINTEXT}")
