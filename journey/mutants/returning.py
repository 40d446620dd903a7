"""Who comes back: hostile clients and servers that have a key from before, and clients with a certificate.

    client = returning_client(stage, session(stage))
    client.offer()
    client.finished()

Like the other hostile peers they are honest in everything that they are not told to do otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from handshake import client_offer, messages, pre_shared_keys, signatures, tickets
from handshake.constants import HandshakeType
from handshake.extensions import Extension, ServerKeyShare
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, HandshakeSecret
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateVerify,
    ClientHello,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    NewSessionTicket,
    ServerHello,
)
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import EarlyDataIndication, SelectedPsk
from handshake.resumption import ResumableSession
from handshake.session import Session
from handshake.settings import ClientSettings, ServerSettings
from handshake.suites import SUITES
from handshake.tickets import TICKET_KEY_RANDOM_SIZE, Ticket, TicketKey
from handshake.transcript import Transcript
from journey.certifier import NOW
from journey.mutants.hostile import ED25519, SUITE, X25519, HostileClient, HostileServer, Keys, Line, Victim
from journey.mutants.stage import Stage
from journey.mutants.trial import Beaten
from purecrypto import entropy
from record.content_type import ContentType
from record.framing import Record
from record.protection import RecordProtection
from tls.events import EarlyData
from x509.certificate import Certificate as X509Certificate
from x509.private_keys import PrivateKey

HOUR = 3600  # seconds


def session(stage: Stage, **replaced: Any) -> ResumableSession:
    """What is left of an earlier connection, but for what is replaced."""
    honest = ResumableSession(
        key=entropy.random_bytes(SUITE.hash_size),
        cipher_suite=SUITE.number,
        established_at=NOW,
        lifetime=HOUR,
        age_add=int.from_bytes(entropy.random_bytes(4), "big"),
        server_name=stage.name,
        application_protocol=None,
        max_early_data=0,
        certificates=(),
    )
    return replace(honest, **replaced)


def path_of(stage: Stage, chain: Sequence[X509Certificate]) -> tuple[bytes, ...]:
    """What either side remembers of a peer with this chain: everything up to the anchor."""
    return tuple(certificate.der for certificate in (*chain, stage.certifier.root.certificate))


def sealed(remembered: ResumableSession, key: TicketKey) -> bytes:
    """The ticket that the server has made of it."""
    ticket = tickets.seal(remembered, key, entropy.random_bytes(tickets.NONCE_SIZE))
    assert ticket is not None
    return ticket


def new_ticket_key() -> TicketKey:
    return TicketKey.from_random(entropy.random_bytes(TICKET_KEY_RANDOM_SIZE))


def server_settings(stage: Stage, **replaced: Any) -> ServerSettings:
    """An ordinary server's, at the time of the journey unless told otherwise."""
    return stage.server_settings(**{"now": NOW} | replaced)


def returning_client(stage: Stage, *remembered: ResumableSession, **replaced: Any) -> "ReturningClient":
    """A client with tickets for these sessions; its victim is a server with these settings."""
    key = new_ticket_key()
    victim = Victim(server_settings(stage, ticket_keys=(key,), **replaced))
    psks = [PreSharedKey.of_session(sealed(one, key), one) for one in remembered]
    return ReturningClient(victim, stage.client_settings(), psks)


def known_server(stage: Stage, remembered: ResumableSession, **replaced: Any) -> HostileServer:
    """A server that has this key as well; its victim is a client that has the ticket.

    Beaten if the client does not offer it.
    """
    ticket = Ticket(entropy.random_bytes(100), remembered)
    hostile = stage.hostile_server(ticket=ticket, **replaced)
    if not hostile.client_hello.has(SelectedPsk.type):
        raise Beaten("the client does not offer the ticket")
    hostile.psk = remembered.key
    return hostile


def select_psk(hostile: HostileServer, *answers: Extension, place: int = 0) -> Session:
    """Be an honest server that has chosen the key of this place, but for these answers."""
    hostile.hello(extensions=(*hostile.server_hello().extensions, SelectedPsk(place)))
    hostile.extensions(*answers)
    return hostile.finished_session()


def early_data_of(victim: Victim) -> bytes:
    """All early data that the victim's application has been given."""
    return b"".join(event.data for event in victim.events if isinstance(event, EarlyData))


class ReturningClient(HostileClient):
    """A client without manners, which can go through a whole handshake.

    psks     what it offers: tickets, or keys from elsewhere
    """

    def __init__(self, line: Line, settings: ClientSettings, psks: Sequence[PreSharedKey] = ()) -> None:
        super().__init__(line, settings)
        self.psks = list(psks)
        self.sends_early_under = 0  # which of them
        self.early: RecordProtection | None = None
        self.handshake_secret: HandshakeSecret | None = None
        self.application: Keys | None = None
        self.tickets: list[NewSessionTicket] = []  # that the server has given

    # Before there is an answer

    def make(self, *, early: bool = False, more: Iterable[Extension] = (), **replaced: Any) -> ClientHello:
        """A ClientHello with our keys, honest but for what is replaced in the settings."""
        settings = replace(self.settings, **replaced)
        hello, _ = client_offer.first_hello(settings)
        extensions = [*hello.extensions, *more]
        if early:
            extensions.append(EarlyDataIndication())
        if not self.psks:
            return replace(hello, extensions=tuple(extensions))
        extensions.append(pre_shared_keys.offer(self.psks, settings.now))
        heard = Transcript()
        for raw in self.transcript:
            heard.add(raw)
        return pre_shared_keys.bind(replace(hello, extensions=tuple(extensions)), self.psks, heard, None)

    def offer(self, hello: ClientHello | None = None, **asked: Any) -> None:
        """Say this hello, or the one that `make` makes of the rest."""
        hello = hello or self.make(**asked)
        raw = messages.encode(hello)
        if hello.has(EarlyDataIndication.type) and self.psks:
            psk = self.psks[self.sends_early_under]
            secret = EarlySecret(psk.suite, None, psk.key)
            through = SUITE.hash(b"".join(self.transcript) + raw).digest()
            self.early = secret.early_data_secrets(through).client.protection()
        self.say(raw)

    def say_early(self, data: bytes) -> None:
        assert self.early is not None
        self.say_raw(self.early.seal(ContentType.APPLICATION_DATA, data))

    def end_early_data(self) -> None:
        assert self.early is not None
        raw = messages.encode(EndOfEarlyData())
        self.transcript.append(raw)
        self.say_raw(self.early.seal(ContentType.HANDSHAKE, raw))

    # Listening

    def on_record(self, record: Record) -> None:
        if record.content_type is ContentType.HANDSHAKE:
            self.on_message(record.fragment)
        elif record.content_type is ContentType.APPLICATION_DATA and self.keys is not None:
            content_type, content = self.keys.opening.open(record)
            while content_type is ContentType.HANDSHAKE and content:
                end = messages.HEADER_SIZE + int.from_bytes(content[1 : messages.HEADER_SIZE], "big")
                self.on_message(content[:end])
                content = content[end:]

    def on_message(self, raw: bytes) -> None:
        match messages.decode(raw):
            case HelloRetryRequest():
                first = SUITE.hash(self.transcript[0]).digest()
                self.transcript = [bytes([HandshakeType.MESSAGE_HASH, 0, 0, len(first)]) + first, raw]
            case ServerHello() as hello:
                self.transcript.append(raw)
                self.on_server_hello(hello)
            case Finished():
                self.transcript.append(raw)
                assert self.handshake_secret is not None and self.keys is not None
                traffic = self.handshake_secret.main_secret().application_secrets(self.through())
                self.application = Keys(traffic.server, traffic.client)
                self.keys.opening = self.application.opening
            case NewSessionTicket() as ticket:
                self.tickets.append(ticket)
            case _:
                self.transcript.append(raw)

    def on_server_hello(self, hello: ServerHello) -> None:
        selected, share = hello.find(SelectedPsk), hello.find(ServerKeyShare)
        psk = None if selected is None else self.psks[selected.selected_identity].key
        assert share is not None
        own = self.settings.private_keys[X25519]
        shared_secret = GROUPS[X25519].begin(own).finish(share.server_share.key_exchange)
        early_secret = EarlySecret(SUITES[hello.cipher_suite], None, psk)
        self.handshake_secret = early_secret.handshake_secret(shared_secret)
        traffic = self.handshake_secret.traffic_secrets(self.through())
        self.keys = Keys(traffic.server, traffic.client)

    # Who we are

    def show(self, chain: Iterable[X509Certificate], context: bytes = b"") -> None:
        self.say(Certificate(tuple(CertificateEntry(certificate.der) for certificate in chain), context))

    def verify(self, key: PrivateKey, context: bytes = signatures.CLIENT_CONTEXT) -> None:
        """CertificateVerify by this key, in this context."""
        signature = signatures.sign(ED25519, key, context, self.through(), b"")
        self.say(CertificateVerify(ED25519.number, signature))

    def finished(self) -> Session:
        """Finished, and then on with the application's keys; return the victim's session."""
        assert self.keys is not None and self.application is not None
        self.say(Finished(self.keys.writes.finished(self.through())))
        self.keys = self.application
        agreed = self.victim.connection.session
        assert agreed is not None
        return agreed
