"""The handshakes of RFC 8448 once more: our connection plays one part, the recording the other.

    played = rfc8448_replay.play("3", "client")       # Departure, if it is not the recorded client

A handshake is a function of its settings and of what is received, so with the recorded values for whatever
was random or a matter of taste, our bytes have to be the recorded ones.  `INJECTED` is everything that is put
in; nothing else is, and `play` makes its settings from that alone.  `docs/rfc8448.md` is the same table with
an account of what comes out.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handshake import messages
from handshake.anti_replay import StrikeRegister
from handshake.certified_keys import CertifiedKey
from handshake.derivation import Derivation
from handshake.extensions import (
    Cookie,
    RecordSizeLimit,
    ServerName,
    SignatureAlgorithms,
    SupportedGroups,
    UnusedExtension,
)
from handshake.resumption import ResumableSession
from handshake.session import Session
from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import NONCE_SIZE, Ticket, TicketKey
from purecrypto.errors import InvalidSignature
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey
from tests.support import rfc8448
from tests.support.rfc8448 import Record, Trace
from tls.connection import Connection
from tls.events import ConnectionFailed, Event
from x509.certificate import Certificate

ROLES = ("client", "server")
SIMPLE, RESUMED, RETRIED, AUTHENTICATED, COMPATIBLE = rfc8448.SECTIONS
ALL = "".join(rfc8448.SECTIONS)
WITH_RSA = SIMPLE + RETRIED + COMPATIBLE  # where the server's key is printed
WITH_CERTIFICATES = ALL.replace(RESUMED, "")

GROUPS = {"x25519": 0x001D, "secp256r1": 0x0017}
RENEGOTIATION_INFO, SESSION_TICKET = 0xFF01, 35  # extensions of TLS 1.2
MADE_AT = datetime(2018, 9, 27, tzinfo=UTC)  # section 3's ticket; the RFC does not print a date


class Departure(Exception):
    """Our connection has left the recording: it sent or derived something else, or refused what it heard."""


@dataclass(frozen=True)
class Injection:
    """One thing that is not ours to decide in a replay.

    where     a field of the settings, or with dots in it the name that is replaced for as long as it takes
    value     makes it, out of the recording
    """

    sections: str
    roles: tuple[str, ...]
    where: str
    what: str
    why: str
    value: Callable[[Trace], object]

    def applies(self, section: str, role: str) -> bool:
        return section in self.sections and role in self.roles


# ---- What is read out of a recording --------------------------------------------------------------------


def message(trace: Trace, name: str) -> Any:
    return messages.decode(trace.messages[name])


def client_hello(trace: Trace) -> Any:
    """The last one: it has all extensions of the first."""
    return message(trace, [name for name in trace.messages if name.startswith("client_hello")][-1])


def private_keys(trace: Trace, role: str) -> dict[int, bytes]:
    """By group; the client of section 5 has two."""
    pairs = [pair for name, pair in trace.key_pairs.items() if name.startswith(role)]
    return {GROUPS[pair.group]: pair.private_key for pair in pairs}


def order_of_extensions(trace: Trace, *names: str) -> tuple[int, ...]:
    return tuple(e.type for name in names if name in trace.messages for e in message(trace, name).extensions)


def certificate(trace: Trace, name: str) -> Certificate:
    return Certificate.from_der(message(trace, name).certificate_list[0].cert_data)


def certified_by_rsa(trace: Trace) -> CertifiedKey:
    key = rfc8448.server_key()
    private_key = RSAPrivateKey.from_primes(key.prime1, key.prime2, key.public_exponent, least_key_size=1024)
    return CertifiedKey((certificate(trace, "certificate"),), private_key)


@dataclass(frozen=True)
class RecordedKey:
    """In the place of a private key that the RFC does not print: all that it can sign is what was signed."""

    certificate: Certificate
    signature: bytes

    def public_key(self) -> object:
        return self.certificate.public_key

    def sign(self, data: bytes, *how: Any) -> bytes:
        if not self.has_signed(data, *how):
            raise Departure("what is to be signed is not what was signed")
        return self.signature

    def has_signed(self, data: bytes, *how: Any) -> bool:
        key: Any = self.certificate.public_key
        if isinstance(key, RSAPublicKey):  # not only the data: the very block, padding and salt included
            padding, algorithm = how
            block = padding.encode(data, key.key_size, algorithm)
            return bool(block == pow(int.from_bytes(self.signature, "big"), key.e, key.n))
        try:
            key.verify(self.signature, data, *how)
        except InvalidSignature:
            return False
        return True


def certified_by_recording(trace: Trace, prefix: str = "") -> CertifiedKey:
    shown = certificate(trace, f"{prefix}certificate")
    stand_in: Any = RecordedKey(shown, message(trace, f"{prefix}certificate_verify").signature)
    return CertifiedKey((shown,), stand_in)


def recorded_ticket() -> rfc8448.Ticket:
    ticket = rfc8448.load(SIMPLE).ticket
    assert ticket is not None
    return ticket


def recorded_session() -> ResumableSession:
    """What either side remembers of section 3."""
    trace, ticket = rfc8448.load(SIMPLE), recorded_ticket()
    return ResumableSession(
        key=trace.secrets["resumption_psk"],
        cipher_suite=0x1301,
        established_at=MADE_AT,
        lifetime=ticket.ticket_lifetime,
        age_add=ticket.ticket_age_add,
        server_name="server",
        application_protocol=None,
        max_early_data=ticket.max_early_data_size,
        certificates=(),
    )


def seal(session: ResumableSession, key: TicketKey, nonce: bytes) -> bytes:
    """The ticket of section 3, for what section 4 finds in it."""
    if session != recorded_session():
        raise Departure(f"not the session of section 4: {session}")
    return recorded_ticket().ticket


def open_ticket(ticket: bytes, keys: Iterable[TicketKey]) -> ResumableSession | None:
    return recorded_session() if ticket == recorded_ticket().ticket else None


def now(trace: Trace) -> datetime:
    age = trace.offered_psk.ticket_age if trace.offered_psk else 0
    return MADE_AT + timedelta(milliseconds=age)


# ---- Everything that is put in --------------------------------------------------------------------------

CLIENT, SERVER, BOTH = ("client",), ("server",), ROLES

RANDOM = "it was random"
TASTE = "as NSS would have it"

INJECTED: tuple[Injection, ...] = (
    # A permission of these tests alone.
    Injection(
        WITH_CERTIFICATES,
        BOTH,
        "purecrypto.rsa.RSAPublicKey.__init__.__kwdefaults__",
        "RSA keys of 1024 bits are taken",
        "the recorded ones are so short; outside of these tests we refuse them",
        lambda t: {"least_key_size": 1024},
    ),
    # What was random, and the time.
    Injection(ALL, CLIENT, "random", "ClientHello.random", RANDOM, lambda t: client_hello(t).random),
    Injection(
        ALL, SERVER, "random", "ServerHello.random", RANDOM, lambda t: message(t, "server_hello").random
    ),
    Injection(
        ALL, CLIENT, "private_keys", "the ephemeral private keys", RANDOM, lambda t: private_keys(t, "client")
    ),
    Injection(
        ALL,
        SERVER,
        "private_keys",
        "the ephemeral private key, of one group alone",
        "it was random; and in section 5 a server that had X25519 as well would not ask for P-256",
        lambda t: private_keys(t, "server"),
    ),
    Injection(
        COMPATIBLE,
        CLIENT,
        "legacy_session_id",
        "ClientHello.legacy_session_id, 32 bytes",
        "it was random; that there is one switches the compatibility mode on",
        lambda t: client_hello(t).legacy_session_id,
    ),
    Injection(
        WITH_RSA,
        SERVER,
        "signature_random",
        "the salt of the RSA-PSS signature",
        "it was random; the RFC does not print it, but the signature shows it",
        lambda t: t.salts["certificate_verify"] + bytes(32),
    ),
    Injection(
        AUTHENTICATED,
        CLIENT,
        "signature_random",
        "the salt of the RSA-PSS signature",
        "it was random; the RFC does not print it, but the signature shows it",
        lambda t: t.salts["client_certificate_verify"] + bytes(32),
    ),
    Injection(
        ALL,
        BOTH,
        "now",
        "the time: the same in all sections but section 4, which is 6 ms later",
        "of it the RFC says only how old the ticket is",
        now,
    ),
    # Who is who.
    Injection(
        ALL, CLIENT, "server_name", "the name `server`", "what the client asked for", lambda t: "server"
    ),
    Injection(ALL, CLIENT, "trust", "no trust anchors", "the certificates are self-signed", lambda t: None),
    Injection(
        ALL,
        CLIENT,
        "reference_identity",
        "no name to verify",
        "the certificates have no subjectAltName",
        lambda t: None,
    ),
    Injection(
        WITH_RSA,
        SERVER,
        "certified_keys",
        "the certificate and its private key",
        "who the server is",
        lambda t: (certified_by_rsa(t),),
    ),
    Injection(
        AUTHENTICATED,
        SERVER,
        "certified_keys",
        "the certificate, and a stand-in for its ECDSA key that returns the recorded signature",
        "the RFC does not print the private key",
        lambda t: (certified_by_recording(t),),
    ),
    Injection(
        AUTHENTICATED,
        CLIENT,
        "certified_keys",
        "the certificate, and a stand-in for its RSA key that returns the recorded signature",
        "the RFC does not print the private key",
        lambda t: (certified_by_recording(t, "client_"),),
    ),
    Injection(
        AUTHENTICATED,
        SERVER,
        "client_certificates",
        "that the client is asked for a certificate",
        "what the section is about",
        lambda t: "request",
    ),
    # What NSS would have, and we would have otherwise.
    Injection(
        ALL,
        CLIENT,
        "cipher_suites",
        "the cipher suites and their order",
        TASTE,
        lambda t: client_hello(t).cipher_suites,
    ),
    Injection(
        ALL,
        SERVER,
        "cipher_suites",
        "TLS_AES_128_GCM_SHA256 alone",
        TASTE,
        lambda t: (message(t, "server_hello").cipher_suite,),
    ),
    Injection(
        ALL,
        CLIENT,
        "signature_schemes",
        "the signature schemes, with those of SHA-1 and DSA that we do not have",
        TASTE,
        lambda t: client_hello(t).find(SignatureAlgorithms).schemes,
    ),
    Injection(
        AUTHENTICATED,
        SERVER,
        "signature_schemes",
        "the same schemes in CertificateRequest",
        TASTE,
        lambda t: message(t, "certificate_request").find(SignatureAlgorithms).schemes,
    ),
    Injection(
        ALL,
        CLIENT,
        "key_share_groups",
        "X25519 as the group of the first key share",
        TASTE,
        lambda t: (GROUPS["x25519"],),
    ),
    Injection(
        ALL,
        CLIENT,
        "record_size_limit",
        "record_size_limit: 2^14 + 1",
        TASTE,
        lambda t: client_hello(t).find(RecordSizeLimit).limit,
    ),
    Injection(
        ALL,
        CLIENT,
        "extensions",
        "supported_groups in the place of ours, with groups that we do not have",
        TASTE,
        lambda t: client_hello(t).find(SupportedGroups),
    ),
    Injection(
        ALL,
        CLIENT,
        "extensions",
        "renegotiation_info, empty",
        "for servers of TLS 1.2, which ours never meets",
        lambda t: UnusedExtension(RENEGOTIATION_INFO, b"\x00"),
    ),
    Injection(
        SIMPLE,
        CLIENT,
        "extensions",
        "session_ticket, empty",
        "for servers of TLS 1.2, which ours never meets",
        lambda t: UnusedExtension(SESSION_TICKET),
    ),
    Injection(
        ALL,
        CLIENT,
        "extension_order",
        "the order of the extensions in ClientHello",
        TASTE,
        lambda t: tuple(e.type for e in client_hello(t).extensions),
    ),
    Injection(
        RESUMED + RETRIED,
        CLIENT,
        "pad_hello",
        "that a ClientHello of 256 to 511 bytes is padded to 512",
        "RFC 7685: we do it only where it is asked for",
        lambda t: True,
    ),
    Injection(
        ALL,
        SERVER,
        "extensions",
        "supported_groups in EncryptedExtensions",
        "we say what groups we have only if we would have liked another better",
        lambda t: message(t, "encrypted_extensions").find(SupportedGroups),
    ),
    Injection(
        WITH_CERTIFICATES,
        SERVER,
        "extensions",
        "server_name in EncryptedExtensions, empty",
        "we confirm the name only if our certificate is for it",
        lambda t: ServerName(None),
    ),
    Injection(
        ALL,
        SERVER,
        "extension_order",
        "the order of the extensions in EncryptedExtensions, HelloRetryRequest and ServerHello",
        TASTE,
        lambda t: order_of_extensions(t, "encrypted_extensions", "hello_retry_request", "server_hello"),
    ),
    Injection(
        RETRIED,
        SERVER,
        "cookie",
        "the cookie in HelloRetryRequest, 114 bytes",
        "only NSS knows what is in it",
        lambda t: message(t, "hello_retry_request").find(Cookie).cookie,
    ),
    # Tickets and early data.
    Injection(
        ALL,
        SERVER,
        "ticket_keys",
        "a ticket key of zeros, with which nothing is sealed or opened",
        "without one we derive no resumption secret, which the RFC prints in every section",
        lambda t: (TicketKey(bytes(16), bytes(32)),),
    ),
    Injection(
        SIMPLE,
        SERVER,
        "handshake.tickets.seal",
        "the ticket, 178 bytes, in the place of one that we seal",
        "only NSS can read what is in it",
        lambda t: seal,
    ),
    Injection(
        SIMPLE,
        SERVER,
        "ticket_random",
        "ticket_age_add",
        "it was random",
        lambda t: bytes(NONCE_SIZE) + recorded_ticket().ticket_age_add.to_bytes(4, "big"),
    ),
    Injection(
        SIMPLE,
        SERVER,
        "ticket_lifetime",
        "the lifetime of the ticket, 30 seconds",
        TASTE,
        lambda t: recorded_ticket().ticket_lifetime,
    ),
    Injection(
        SIMPLE + RESUMED,
        SERVER,
        "max_replayable_early_data",
        "how much early data is taken, 1024 bytes",
        "we take none unless told to",
        lambda t: recorded_ticket().max_early_data_size,
    ),
    Injection(
        RESUMED,
        SERVER,
        "handshake.tickets.open",
        "the session of section 3, when its ticket is offered",
        "only NSS can read what is in it",
        lambda t: open_ticket,
    ),
    Injection(
        RESUMED,
        SERVER,
        "anti_replay",
        "an empty strike register, in use since section 3",
        "without one we take no early data",
        lambda t: StrikeRegister(started_at=MADE_AT, lock=threading.Lock()),
    ),
    Injection(
        RESUMED,
        CLIENT,
        "ticket",
        "the ticket and the session of section 3",
        "what the section is about",
        lambda t: Ticket(recorded_ticket().ticket, recorded_session()),
    ),
    Injection(
        RESUMED,
        CLIENT,
        "replayable_early_data",
        "that early data may be sent",
        "we send none unless told to",
        lambda t: True,
    ),
)


# ---- The replay -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Played:
    """A connection that has gone the whole way with the recording."""

    session: Session
    sent: dict[str, bytes]  # records that we made, by name
    heard: dict[str, list[Event]]  # what came of the recorded ones, by name


def play(
    section: str,
    role: str,
    injected: Iterable[Injection] = INJECTED,
    arriving: Callable[[Record], bytes] = lambda record: record.record,
) -> Played:
    """Be the client or the server of a section, from the first record to the last; Departure otherwise.

    arriving      what comes of the other side's records, for those who would like to meddle
    """
    trace = rfc8448.load(section)
    derived: list[Derivation] = []

    def observe(event: object) -> None:
        if isinstance(event, Derivation):
            derived.append(event)

    sent: dict[str, bytes] = {}
    heard: dict[str, list[Event]] = {}
    waiting = b""
    with pytest.MonkeyPatch.context() as patch:
        connection = _connection(
            trace, role, [i for i in injected if i.applies(section, role)], patch, observe
        )
        for record in trace.records.values():
            if record.sender == role:
                _act(connection, record)
                waiting += connection.data_to_send()
                if not waiting.startswith(record.record):
                    raise Departure(f"{record.name}: {waiting[: len(record.record)].hex()}")
                sent[record.name], waiting = waiting[: len(record.record)], waiting[len(record.record) :]
            else:
                heard[record.name] = connection.receive_data(arriving(record))
                for event in heard[record.name]:
                    if isinstance(event, ConnectionFailed):
                        raise Departure(f"{record.name}: {event.error}") from event.error
                waiting += connection.data_to_send()
    if waiting:
        raise Departure(f"more than was recorded: {waiting.hex()}")
    _compare(derived, trace)
    assert connection.session is not None
    return Played(connection.session, sent, heard)


def _connection(
    trace: Trace,
    role: str,
    injected: Iterable[Injection],
    patch: pytest.MonkeyPatch,
    observe: Callable[[object], None],
) -> Connection:
    given: dict[str, Any] = {"extensions": ()}
    for injection in injected:
        value = injection.value(trace)
        if "." in injection.where:
            patch.setattr(injection.where, value)
        elif injection.where == "extensions":
            given["extensions"] += (value,)
        else:
            given[injection.where] = value
    settings = ClientSettings(**given) if role == "client" else ServerSettings(**given)
    return Connection(settings, observe)


def _act(connection: Connection, record: Record) -> None:
    """What the application does, so that this record is sent; the handshake's need nobody."""
    if record.content_type == "alert":
        connection.close()
    elif record.content_type == "application_data" and connection.session is None:
        connection.send_replayable_early_data(record.payload)
    elif record.content_type == "application_data":
        connection.send(record.payload)


def _compare(derived: Iterable[Derivation], trace: Trace) -> None:
    """Every secret and key that the RFC prints, each time that it is derived, and no other."""
    recorded = secrets_and_keys(trace)
    for derivation in derived:
        if recorded.get(derivation.name) != derivation.value:
            raise Departure(f"{derivation.name} is {derivation.value.hex()}")
    if missing := recorded.keys() - {derivation.name for derivation in derived}:
        raise Departure(f"not derived: {sorted(missing)}")


def secrets_and_keys(trace: Trace) -> dict[str, bytes]:
    """What the RFC prints, under our names."""
    ours = {
        "early_derived_secret": "derived from early_secret",
        "handshake_derived_secret": "derived from handshake_secret",
        "resumption_psk": "PSK",
    }
    found = {ours.get(name, name): value for name, value in trace.secrets.items()}
    for name, keys in trace.traffic_keys.items():
        found |= {f"{name}: key": keys.key, f"{name}: iv": keys.iv}
    for finished in trace.finished.values():
        found[f"{finished.secret}: finished_key"] = finished.finished_key
    if trace.offered_psk is not None:
        found["binder_key: finished_key"] = trace.offered_psk.finished_key
    return found
