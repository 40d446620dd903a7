"""Pre-shared keys: what both sides knew before they met, and the proof that they do.
RFC 9846 sections 2.2, 4.3.9 and 4.3.11.

A key comes from an earlier connection, with a ticket as its name, or was agreed on in some other way.  The
client names those that it has and binds each to its hello: a MAC over the hello, under a key from the
pre-shared key.  Without that, the server would choose a key before it knew that the client has it, and a
ticket could be moved into another hello.

    offer, bind             the client's part
    find, verify_binder     the server's
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from handshake import key_schedule, messages, tickets
from handshake.codec import Observer
from handshake.constants import CipherSuite
from handshake.derivation import Secret
from handshake.errors import DecryptError
from handshake.key_schedule import EarlySecret
from handshake.messages import ClientHello
from handshake.psk_extensions import OfferedPsks, PskIdentity
from handshake.resumption import ResumableSession
from handshake.session import VerifiedPeer
from handshake.suites import SUITES, Suite
from handshake.tickets import Ticket, TicketKey
from handshake.transcript import Transcript
from purecrypto import constant_time

MIN_KEY_SIZE = 16  # bytes: 128 bits, none of which may be guessed (section 4.3.11)
MAX_TICKETS_TRIED = 4  # of one hello, which has room for hundreds; clients offer one or two


@dataclass(frozen=True)
class PreSharedKey:
    """A key, and the name by which the two sides speak of it.

    A key from elsewhere has to be as random as any other: a password would be found by trying (section 2.2).
    It belongs to one client and one server (appendix F.7): who takes both parts with one key can be made to
    talk to himself.
    ValueError for a key that is too short or has no name.
    """

    identity: bytes
    key: bytes = field(repr=False)
    suite: Suite = SUITES[  # section 4.3.11 [3]
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256
    ]  # its hash is what counts (section 4.3.11)
    session: ResumableSession | None = None  # which it came from; None: it came from elsewhere

    def __post_init__(self) -> None:
        if not 1 <= len(self.identity) < 2**16:  # section 2.2 [2]
            raise ValueError(f"an identity of {len(self.identity)} bytes, must be 1 to {2**16 - 1}")
        if len(self.key) < MIN_KEY_SIZE:
            raise ValueError(f"a pre-shared key of {len(self.key)} bytes, must be at least {MIN_KEY_SIZE}")

    @classmethod
    def of_session(cls, identity: bytes, session: ResumableSession) -> "PreSharedKey":
        """The key behind a ticket."""
        return cls(identity, session.key, SUITES[session.cipher_suite], session)

    @property
    def origin(self) -> Literal["ticket", "external"]:
        return "external" if self.session is None else "ticket"

    @property
    def external_identity(self) -> bytes | None:
        """By which key from elsewhere the two know each other: this one, or what the session began with."""
        return self.identity if self.session is None else self.session.external_identity

    def fits(self, suite: Suite) -> bool:
        """Whether it can be used with this suite: a key is for one hash (section 4.3.11)."""
        return self.suite.hash is suite.hash

    def binder(self, through_identities: bytes, observe: Observer | None = None) -> bytes:
        """The MAC over a hello (section 4.3.11.2), whose hash is given."""
        early_secret = self.early_secret(self.suite, observe)
        return early_secret.binder_key(self._binder_label).finished(through_identities)

    def early_secret(self, suite: Suite, observe: Observer | None = None) -> EarlySecret:
        """Where the key schedule of a connection in this suite begins (section 7.1)."""
        return EarlySecret(suite, observe, self.key, self._extracted if self.fits(suite) else None)

    @functools.cached_property
    def _extracted(self) -> Secret:
        """The early secret, computed once: the binder, early data and the whole schedule begin with it."""
        return key_schedule.extract_psk(self.suite, self.key)

    @property
    def _binder_label(self) -> str:
        return key_schedule.EXTERNAL_BINDER if self.session is None else key_schedule.RESUMPTION_BINDER


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A pre-shared key, and who has it besides us."""

    psk: PreSharedKey
    peer: VerifiedPeer | None  # as it proved to be when the session began; None: no certificate said so


def is_still_known(session: ResumableSession, external: Iterable[PreSharedKey]) -> bool:
    """Whether the key from elsewhere that the session began with, if one did, is among those of today."""
    suite = SUITES[session.cipher_suite]
    named = {key.identity for key in external if key.fits(suite)}
    return session.external_identity is None or session.external_identity in named


# ---- The client's part ---------------------------------------------------------------------------------


def offer(keys: Sequence[PreSharedKey], at: datetime) -> OfferedPsks:
    """The extension that names these keys, with placeholders for their binders."""
    identities = []
    for key in keys:
        # The age says how old the client thinks the ticket is; a key from elsewhere has none (4.3.11).
        age = Ticket(key.identity, key.session).obfuscated_age(at) if key.session else 0  # section 4.3.11 [1]
        identities.append(PskIdentity(key.identity, age))
    return OfferedPsks(tuple(identities), tuple(bytes(key.suite.hash_size) for key in keys))


def bind(
    client_hello: ClientHello,
    keys: Sequence[PreSharedKey],
    transcript: Transcript,
    observe: Observer | None,
) -> ClientHello:
    """The hello with binders in the place of what `offer` put there, in the last extension."""
    *others, placeholder = client_hello.extensions
    assert isinstance(placeholder, OfferedPsks)
    raw = messages.encode(client_hello)
    digests = [transcript.digest_by(key.suite.hash, placeholder.binders_size, then=raw) for key in keys]
    binders = [key.binder(digest, observe) for key, digest in zip(keys, digests, strict=True)]
    return replace(client_hello, extensions=(*others, replace(placeholder, binders=tuple(binders))))


# ---- The server's part ---------------------------------------------------------------------------------


def find(
    offered: OfferedPsks,
    suite: Suite,
    external: Iterable[PreSharedKey],
    ticket_keys: Sequence[TicketKey],
    is_acceptable: Callable[[ResumableSession], bool],
) -> tuple[int, PreSharedKey] | None:
    """The first key that we know and can use, and its place in the list; None if there is none.

    Nobody has proved anything yet, so of the names that are no key's from elsewhere only the first few are
    opened as tickets.  The others are unknown.
    """
    known = {key.identity: key for key in external}
    tried = 0
    for place, named in enumerate(offered.identities):
        key = known.get(named.identity)  # section 4.3.11 [2]
        if key is None:
            tried += 1
            if tried > MAX_TICKETS_TRIED:
                continue
            session = tickets.open(named.identity, ticket_keys)
            if session is None or not is_acceptable(session):  # section 4.3.11 [6]
                continue
            key = PreSharedKey.of_session(named.identity, session)
        if key.fits(suite):  # sections 4.3.11 [4] and 4.7.1 [2]
            return place, key
    return None


def verify_binder(
    key: PreSharedKey,
    received_binder: bytes,
    transcript: Transcript,
    binders_size: int,
    observe: Observer | None,
) -> None:
    """Return if the client knows the key; DecryptError otherwise (section 4.3.11).

    `transcript` has heard the client's hello, but not yet been told of a suite.
    """
    expected = key.binder(transcript.digest_by(key.suite.hash, binders_size), observe)
    if not constant_time.equal(received_binder, expected):  # section 4.3.11 [10]
        raise DecryptError("pre_shared_key: the binder is wrong")
