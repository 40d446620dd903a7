"""Tickets: what a server remembers, kept by the client, who cannot read it.  RFC 9846 sections 4.3.11, 4.7.1.

    struct {
        opaque key_name[16];            which of the server's ticket keys
        opaque nonce[12];
        opaque sealed_session[...];     ChaCha20-Poly1305 of the session, the key's name authenticated
    } ticket;

For everyone but the server that made it a ticket is random bytes, a "self-encrypted and self-authenticated
value".  Whoever gets hold of a ticket key can open every ticket sealed by it: he learns the pre-shared
keys, can pretend to be the server or the client that they belong to, and can read the early data.  So ticket
keys are changed often, and forgotten; `tls.ticket_keys` does that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from handshake import resumption
from handshake.codec import Reader, Writer
from handshake.errors import PeerError
from handshake.key_schedule import ResumptionSecret
from handshake.messages import NewSessionTicket
from handshake.psk_extensions import MaxEarlyData
from handshake.resumption import MAX_LIFETIME, ResumableSession
from handshake.session import Session
from purecrypto import chacha20poly1305
from purecrypto.buffers import exactly
from purecrypto.errors import InvalidTag

KEY_NAME_SIZE = 16  # bytes
NONCE_SIZE = chacha20poly1305.NONCE_SIZE
TICKET_KEY_RANDOM_SIZE = KEY_NAME_SIZE + chacha20poly1305.KEY_SIZE  # bytes

# Bytes.  The field has room for 2^16 - 1, but a client sends the ticket back inside its ClientHello, with
# everything else that is in there.  A client forgets larger ones: any may be ignored (section 4.7.1).
MAX_TICKET_SIZE = 2**14
_OVERHEAD = KEY_NAME_SIZE + NONCE_SIZE + chacha20poly1305.TAG_SIZE  # bytes


@dataclass(frozen=True, slots=True)
class TicketKey:
    """What tickets are sealed with; the name, which everyone may see, stands before what it sealed."""

    name: bytes
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        exactly(self.name, KEY_NAME_SIZE, "name")
        exactly(self.key, chacha20poly1305.KEY_SIZE, "key")

    @classmethod
    def from_random(cls, random: bytes) -> "TicketKey":
        """A new key out of TICKET_KEY_RANDOM_SIZE random bytes."""
        exactly(random, TICKET_KEY_RANDOM_SIZE, "random")
        return cls(random[:KEY_NAME_SIZE], random[KEY_NAME_SIZE:])


def seal(session: ResumableSession, key: TicketKey, nonce: bytes) -> bytes | None:
    """Return the ticket for this session, or None if it would be larger than MAX_TICKET_SIZE.

    The latter happens with what the peer showed: a very long chain of certificates.  It gets no ticket.

    `nonce` is NONCE_SIZE random bytes.  No two tickets under one key may have the same, or both can be read
    and others forged; so no more than 2^32 tickets are for one key, for which the odds of that are 2^-33.
    """
    encoded = session.encode()
    if _OVERHEAD + len(encoded) > MAX_TICKET_SIZE:
        return None
    return key.name + nonce + chacha20poly1305.seal(key.key, nonce, encoded, key.name)


def open(ticket: bytes, keys: Iterable[TicketKey]) -> ResumableSession | None:
    """Return the session in this ticket, or None if it is not one that these keys have sealed.

    A ticket that says nothing to us is no error: the handshake goes on as if it had not been offered
    (section 4.3.11).  It costs one decryption of MAX_TICKET_SIZE at most, none without the name of a key.
    """
    if not _OVERHEAD <= len(ticket) <= MAX_TICKET_SIZE:
        return None
    reader = Reader(ticket, path="ticket")
    name, nonce = reader.opaque("key_name", KEY_NAME_SIZE), reader.opaque("nonce", NONCE_SIZE)
    key = next((key for key in keys if key.name == name), None)
    if key is None:
        return None
    try:
        encoded = chacha20poly1305.open(key.key, nonce, reader.rest("sealed_session"), name)
        return ResumableSession.decode(encoded)
    except (InvalidTag, PeerError):  # PeerError: sealed by another version of this program
        return None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a client keeps: the ticket, in which it can read nothing, and what it knows itself."""

    identity: bytes  # the ticket as it came: the identity of the pre-shared key (section 4.3.11)
    session: ResumableSession

    def obfuscated_age(self, at: datetime) -> int:
        """The age to state in a ClientHello: to onlookers a random number (section 4.3.11.1)."""
        return (self.session.age(at) + self.session.age_add) % 2**32

    def encode(self) -> bytes:
        """Return both as bytes, the key included."""
        writer = Writer(path="ticket")
        writer.opaque16("identity", self.identity)
        writer.opaque("session", self.session.encode())
        return writer.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> "Ticket":
        """The ticket that was encoded; DecodeError or IllegalParameter if these bytes are not one."""
        reader = Reader(data, path="ticket")
        identity = reader.opaque16("identity", minimum=1)
        return cls(identity, ResumableSession.decode(reader.rest("session")))


def ticket_of(
    message: NewSessionTicket,
    session: Session,
    resumption_secret: ResumptionSecret | None,
    resumed: Ticket | None,
    at: datetime,
) -> Ticket | None:
    """What to remember of this session beside the ticket; None if it is to be forgotten (section 4.7.1)."""
    lifetime = min(message.ticket_lifetime, MAX_LIFETIME)  # section 4.7.1 [7]
    if session.psk_origin == "ticket":  # section 4.7.1 [12]: one proof of identity is not for ever
        assert resumed is not None
        lifetime = min(lifetime, resumed.session.remaining(at))
    if resumption_secret is None or not lifetime:  # section 4.7.1 [1]
        return None
    if len(message.ticket) > MAX_TICKET_SIZE:
        return None
    early_data = message.find(MaxEarlyData)
    remembered = resumption.remember(
        session,
        resumption_secret.psk(message.ticket_nonce),
        at,
        lifetime=lifetime,
        age_add=message.ticket_age_add,
        max_early_data=early_data.max_early_data_size if early_data else 0,
    )
    return Ticket(message.ticket, remembered)
