"""Peers that do as they are told: any message, at any time, under the right keys.

    server = HostileServer(Victim(client_settings))
    server.hello()
    server.extensions(ApplicationProtocols((b"never offered",)))

Everything is delivered at once.  When the victim refuses it, what it died of is raised here; so a script that
comes to its end has got everything through.  Messages are written by our own codec, keys come from our own
key schedule: a hostile peer has read the RFC, too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from handshake import client_offer, messages, signatures
from handshake.constants import RANDOM_SIZE, CipherSuite, HandshakeType, NamedGroup, SignatureScheme
from handshake.extensions import (
    ClientKeyShares,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
)
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, HandshakeSecret, TrafficSecret
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    Finished,
    HelloRetryRequest,
    Message,
    ServerHello,
)
from handshake.session import Session
from handshake.settings import ClientSettings, ServerSettings
from handshake.signatures import SCHEMES
from handshake.suites import SUITES
from journey.errors import EndOfStream
from journey.s21_tls13 import frames
from journey.wire import Leg
from purecrypto import entropy
from record import framing
from record.content_type import ContentType
from record.framing import HEADER_SIZE, Record
from record.protection import RecordProtection
from tls.connection import Connection
from tls.events import ApplicationData, ConnectionFailed, Event
from x509.private_keys import PrivateKey

X25519 = NamedGroup.X25519
SUITE = SUITES[CipherSuite.TLS_CHACHA20_POLY1305_SHA256]
ED25519 = SCHEMES[SignatureScheme.ED25519]
UNKNOWN_EXTENSION = 0xFE42  # a type for private use


class Line(Protocol):
    """A way to a victim."""

    def exchange(self, data: bytes) -> list[bytes]:
        """Let the victim receive this; return the records that it sends."""


class Victim:
    """One of our own connections, in this process."""

    def __init__(self, settings: ClientSettings | ServerSettings) -> None:
        self.connection = Connection(settings)
        self.events: list[Event] = []

    def exchange(self, data: bytes) -> list[bytes]:
        self.events += self.connection.receive_data(data)
        match self.events[-1:]:
            case [ConnectionFailed(error)]:
                raise error
        return list(frames.records(self.connection.data_to_send()))

    @property
    def accepted(self) -> bytes:
        """All that its application has been given."""
        return b"".join(event.data for event in self.events if isinstance(event, ApplicationData))


class Called:
    """A party of a scene: who has called, or been called, at the other end of a leg."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg

    def exchange(self, data: bytes) -> list[bytes]:
        for record in frames.records(data):
            self.leg.send(record)
        return list(self.leg)


class Keys:
    """Both directions' traffic secrets, and record protection under them."""

    def __init__(self, reads: TrafficSecret, writes: TrafficSecret) -> None:
        self.reads, self.writes = reads, writes
        self.opening, self.sealing = reads.protection(), writes.protection()


class HostilePeer:
    """The other end of a victim's line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.keys: Keys | None = None
        self.heard: list[Record] = []  # every record from the victim, as it came
        self.transcript: list[bytes] = []  # the handshake messages of both sides

    def say(self, *said: Message | bytes) -> None:
        """Say handshake messages, together in one record."""
        raw = [one if isinstance(one, bytes) else messages.encode(one) for one in said]
        self.transcript += raw
        self.say_record(ContentType.HANDSHAKE, b"".join(raw))

    def say_record(self, content_type: ContentType, content: bytes) -> None:
        """Say one record of anything, under our keys if there are any."""
        if self.keys is None:
            self.say_in_the_clear(content_type, content)
        else:
            self.say_raw(self.keys.sealing.seal(content_type, content))

    def say_in_the_clear(self, content_type: ContentType, content: bytes) -> None:
        self.say_raw(framing.frame(content_type, content))

    def say_inner(self, inner: bytes) -> None:
        """Seal this as a whole inner plaintext, whatever it is (section 5.2)."""
        assert self.keys is not None
        sealing = self.keys.sealing
        header = framing.header(ContentType.APPLICATION_DATA, len(inner) + RecordProtection.TAG_SIZE)
        _, nonce = sealing._next_nonce()
        self.say_raw(header + sealing._aead.encrypt(nonce, inner, header))

    def say_raw(self, data: bytes) -> None:
        for record in self.line.exchange(data):
            self.heard.append(Record(ContentType(record[0]), record[:HEADER_SIZE], record[HEADER_SIZE:]))
            self.on_record(self.heard[-1])

    def on_record(self, record: Record) -> None:
        """Put what is said in the clear into the transcript."""
        if record.content_type is ContentType.HANDSHAKE:
            self.transcript.append(record.fragment)

    @property
    def victim(self) -> Victim:
        """The connection at the other end, if it is in this process."""
        assert isinstance(self.line, Victim)
        return self.line

    def through(self) -> bytes:
        """The transcript's hash so far."""
        return SUITE.hash(b"".join(self.transcript)).digest()


class HostileServer(HostilePeer):
    """A server without manners; its victim is a client."""

    def __init__(self, line: Line, chain: Iterable[bytes] = (), key: PrivateKey | None = None) -> None:
        super().__init__(line)
        self.chain = tuple(chain)  # DER
        self.key = key
        self.suite = SUITE  # whose keys it uses, whatever it says
        self.psk: bytes | None = None  # the pre-shared key that it uses, as soon as it has one
        self.private_value = GROUPS[X25519].new_private(entropy.random_bytes)
        self.handshake_secret: HandshakeSecret | None = None
        self.application: Keys | None = None
        self.say_raw(b"")  # listen: the client speaks first

    @property
    def client_hello(self) -> ClientHello:
        """The victim's last one."""
        hello = messages.decode(self.transcript[-1])
        assert isinstance(hello, ClientHello)
        return hello

    @property
    def share(self) -> bytes:
        return GROUPS[X25519].begin(self.private_value).share

    def server_hello(self, **replaced: Any) -> ServerHello:
        """An honest one, but for what is replaced."""
        honest = ServerHello(
            entropy.random_bytes(RANDOM_SIZE),
            self.client_hello.legacy_session_id,
            SUITE.number,
            (SelectedVersion(), ServerKeyShare(KeyShareEntry(X25519, self.share))),
        )
        return replace(honest, **replaced)

    def hello(self, *after: Message, shared_secret: bytes | None = None, **replaced: Any) -> None:
        """ServerHello and in its record what comes `after`; then on with the handshake's keys."""
        hello = self.client_hello
        answer = self.server_hello(**replaced)
        if shared_secret is None:
            shared_secret = self.agree(hello)
        self.transcript.append(messages.encode(answer))
        self.handshake_secret = EarlySecret(self.suite, None, self.psk).handshake_secret(shared_secret)
        traffic = self.handshake_secret.traffic_secrets(self.through())
        self.transcript += map(messages.encode, after)
        clear = b"".join(self.transcript[-1 - len(after) :])
        self.say_in_the_clear(ContentType.HANDSHAKE, clear)
        self.keys = Keys(traffic.client, traffic.server)

    def agree(self, hello: ClientHello) -> bytes:
        """What follows from the victim's share and our own."""
        offered = hello.find(ClientKeyShares)
        assert offered is not None
        (theirs,) = (share.key_exchange for share in offered.client_shares if share.group == X25519)
        return GROUPS[X25519].begin(self.private_value).finish(theirs)

    def retry_request(self, *extensions: Extension, **replaced: Any) -> HelloRetryRequest:
        """A HelloRetryRequest with these extensions besides supported_versions."""
        honest = HelloRetryRequest(
            self.client_hello.legacy_session_id, SUITE.number, (SelectedVersion(), *extensions)
        )
        return replace(honest, **replaced)

    def ask_again(self, group: int = X25519, **replaced: Any) -> None:
        """HelloRetryRequest for this group."""
        first = SUITE.hash(self.transcript[0]).digest()
        request = self.retry_request(SelectedGroup(group), **replaced)
        self.transcript = [bytes([HandshakeType.MESSAGE_HASH, 0, 0, len(first)]) + first]  # section 4.1
        self.say(request)

    def extensions(self, *extensions: Extension) -> None:
        self.say(EncryptedExtensions(extensions))

    def certificate(self, **replaced: Any) -> None:
        entries = tuple(CertificateEntry(der) for der in self.chain)
        self.say(replace(Certificate(entries), **replaced))

    def signature(self, context: bytes, algorithm: int = ED25519.number) -> bytes:
        assert self.key is not None
        return signatures.sign(SCHEMES[algorithm], self.key, context, self.through(), b"")

    def verify(self, algorithm: int = ED25519.number, signature: bytes | None = None) -> None:
        """CertificateVerify: honest, or with this instead of a signature."""
        if signature is None:
            signature = self.signature(signatures.SERVER_CONTEXT, algorithm)
        self.say(CertificateVerify(algorithm, signature))

    def finished(self, verify_data: bytes | None = None) -> None:
        """Finished, and then on with the application's keys."""
        assert self.keys is not None and self.handshake_secret is not None
        finished = Finished(verify_data or self.keys.writes.finished(self.through()))
        last = messages.encode(finished)
        through = SUITE.hash(b"".join(self.transcript) + last).digest()
        traffic = self.handshake_secret.main_secret().application_secrets(through)
        self.application = Keys(traffic.client, traffic.server)
        self.say(finished)
        self.keys = self.application

    def flight(self, *, until: type[Message] | None = None) -> None:
        """Everything from ServerHello on, honestly, up to but without the message `until`."""
        steps: Sequence[tuple[type[Message], Callable[[], None]]] = (
            (ServerHello, self.hello),
            (EncryptedExtensions, self.extensions),
            (Certificate, self.certificate),
            (CertificateVerify, self.verify),
            (Finished, self.finished),
        )
        for kind, step in steps:
            if kind is until:
                return
            step()

    def finish(self, *answers: Extension) -> Session:
        """All that follows a ServerHello, honestly but for these answers; return the victim's session."""
        self.extensions(*answers)
        self.certificate()
        self.verify()
        return self.finished_session()

    def finished_session(self, verify_data: bytes | None = None) -> Session:
        """Finished, honest or this one; return the victim's session."""
        self.finished(verify_data)
        session = self.victim.connection.session
        assert session is not None
        return session

    def first_data(self) -> bytes:
        """What the victim has said first to its peer's application; EndOfStream if it never did."""
        assert self.application is not None
        under_keys = [heard for heard in self.heard if heard.content_type is ContentType.APPLICATION_DATA]
        if len(under_keys) < 2:
            raise EndOfStream("the victim has hung up")
        return self.application.opening.open(under_keys[1])[1]  # after its Finished


class HostileClient(HostilePeer):
    """A client without manners; its victim is a server."""

    def __init__(self, line: Line, settings: ClientSettings) -> None:
        super().__init__(line)
        self.settings = settings

    def hello(self, **replaced: Any) -> ClientHello:
        """Say a ClientHello, honest but for what is replaced in the settings; return it."""
        hello, _ = client_offer.first_hello(replace(self.settings, **replaced))
        self.say(hello)
        return hello
