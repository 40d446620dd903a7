"""A server and a client that do as they are told: any message, at any time, under the right keys.

    server = HostileServer(application_protocols=(b"h2",))      settings of its victim, a client of ours
    server.say_hello()
    server.say(EncryptedExtensions((ApplicationProtocols((b"not offered",)),)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")

    HostileServer(suite=0x1302, group=0x0017, certified_key=certificates.certified_key(KeyKind.RSA))
    HostileClient(external_psks=(OURS,)).say_hello(psks=[Psk(b"name", KEY, external=True)])

Everything said is delivered at once, so a script that goes on after the victim has hung up fails by itself:
the step that is refused is always the last one.  Keys, records and signatures come from `oracle`, that is,
from hashlib and pyca/cryptography; messages are written by our own codec, or given as bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import pytest
from cryptography.exceptions import InvalidTag

from handshake import client_offer, messages
from handshake.certified_keys import CertifiedKey
from handshake.constants import ExtensionType, HandshakeType, Role, SignatureScheme
from handshake.extensions import (
    ClientKeyShares,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
)
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    Message,
    ServerHello,
)
from handshake.psk_extensions import EarlyDataIndication, OfferedPsks, PskIdentity, SelectedPsk
from record.alert import AlertDescription
from record.content_type import ContentType
from record.framing import MAX_PLAINTEXT
from tests.support import certificates, oracle, peers_in_memory
from tests.support.oracle import Direction, EarlySecrets, Secrets
from tests.support.peers_in_memory import CHACHA20, X25519
from tls.connection import Connection
from tls.events import ApplicationData, ConnectionFailed, Event, HandshakeComplete
from x509.algorithms import KeyKind
from x509.private_keys import PrivateKey

PRIVATE_KEY = bytes(range(0xA0, 0xC0))  # the hostile side's, in any group
RANDOM = bytes(range(0xC0, 0xE0))
USUAL_SCHEME = {  # by the key that signs
    KeyKind.ED25519: SignatureScheme.ED25519,
    KeyKind.P256: SignatureScheme.ECDSA_SECP256R1_SHA256,
    KeyKind.P384: SignatureScheme.ECDSA_SECP384R1_SHA384,
    KeyKind.RSA: SignatureScheme.RSA_PSS_RSAE_SHA256,
    KeyKind.RSA_PSS: SignatureScheme.RSA_PSS_PSS_SHA256,
    KeyKind.RSA_PSS_SHA256: SignatureScheme.RSA_PSS_PSS_SHA256,
    KeyKind.RSA_PSS_SHA384: SignatureScheme.RSA_PSS_PSS_SHA384,
    KeyKind.RSA_PSS_SHA512: SignatureScheme.RSA_PSS_PSS_SHA512,
}

# How far the victim has come when it refuses, and what follows for its alert:
#   hello       no keys yet: the alert is in the clear
#   handshake   the alert is protected, and there is no session
#   connected   the alert is protected, and the handshake had been complete
Phase: TypeAlias = Literal["hello", "handshake", "connected"]


@dataclass(frozen=True)
class Heard:
    """One record from the victim, opened."""

    protected: bool
    content_type: int
    content: bytes
    inner_size: int = field(default=0, compare=False)  # bytes of content, type and padding, if protected


@dataclass(frozen=True)
class Psk:
    """A pre-shared key that the hostile side has, or claims to have."""

    identity: bytes
    key: bytes
    suite: int = CHACHA20  # whose hash it is for
    external: bool = False  # or else it came with a ticket
    obfuscated_age: int = 0

    @property
    def early(self) -> EarlySecrets:
        return EarlySecrets(self.key, oracle.SUITES[self.suite])


# After the handshake; no part of its transcript (sections 4.7.1 and 4.7.3).
APART = {bytes([kind]) for kind in (HandshakeType.NEW_SESSION_TICKET, HandshakeType.KEY_UPDATE)}


class HostilePeer:
    """The other end of `victim`'s wire."""

    role: Role
    certified_key: CertifiedKey

    def __init__(self, victim: Connection, suite: int, group: int) -> None:
        self.victim = victim
        self.suite, self.group = suite, group  # by number
        self.events: list[Event] = []  # all that the victim has reported
        self.heard: list[Heard] = []  # all that the victim has sent
        self.messages_heard: list[bytes] = []  # the handshake messages in it, headers included
        self.transcript: list[bytes] = []  # the messages of both sides, raw
        self.secrets: Secrets | None = None
        self.writes_with: Direction | None = None
        self.reads_with: Direction | None = None
        self.may_read_with: Direction | None = None  # from some record on that only its keys tell
        self.early: Direction | None = None  # what the client's early data is sealed with
        self.resumption_secret: bytes | None = None  # once both have said Finished
        self._half_message = b""

    # Saying

    def say(self, *said: Message | bytes, padding: int = 0) -> None:
        """Say handshake messages, in one record if they fit, and put them into the transcript."""
        raw = [one if isinstance(one, bytes) else messages.encode(one) for one in said]
        self.transcript += [one for one in raw if one[:1] not in APART]
        content = b"".join(raw)
        for start in range(0, len(content) or 1, MAX_PLAINTEXT):
            self.say_record(ContentType.HANDSHAKE, content[start : start + MAX_PLAINTEXT], padding)

    def say_record(self, content_type: int, content: bytes, padding: int = 0) -> None:
        """Say one record of anything, under our keys if there are any."""
        if self.writes_with is None:
            self.say_in_the_clear(content_type, content)
        else:
            self.say_raw(self.writes_with.seal(content_type, content, padding))

    def say_in_the_clear(self, content_type: int, content: bytes) -> None:
        """Say one record without protection, whether or not there are keys."""
        self.say_raw(bytes([content_type, 3, 3]) + len(content).to_bytes(2, "big") + content)

    def say_change_cipher_spec(self, content: bytes = b"\x01") -> None:
        self.say_in_the_clear(ContentType.CHANGE_CIPHER_SPEC, content)

    def say_alert(self, description: int, level: int = 2) -> None:
        self.say_record(ContentType.ALERT, bytes([level, description]))

    def say_raw(self, data: bytes) -> None:
        """Let the victim receive these bytes, and listen to what it says."""
        self.events += self.victim.receive_data(data)
        self.listen()

    # Listening

    def listen(self) -> None:
        """Take what the victim sends, opening what it protects."""
        for record in oracle.records(self.victim.data_to_send()):
            protected = record[0] == ContentType.APPLICATION_DATA
            if protected:
                content_type, content = self._open(record)
            else:
                content_type, content = record[0], record[5:]
            self.heard.append(Heard(protected, content_type, content, len(record) - 5 - 16))
            if content_type == ContentType.HANDSHAKE:
                self._hear_handshake(content)

    def _open(self, record: bytes) -> tuple[int, bytes]:
        assert self.reads_with is not None, "a protected record before there are keys"
        try:
            return self.reads_with.open(record)
        except InvalidTag:
            if self.may_read_with is None:
                raise
            self.reads_with, self.may_read_with = self.may_read_with, None
            return self.reads_with.open(record)

    def _hear_handshake(self, content: bytes) -> None:
        """Put messages together; after each one the keys may change."""
        self._half_message += content
        while len(self._half_message) >= 4:
            end = 4 + int.from_bytes(self._half_message[1:4], "big")
            if len(self._half_message) < end:
                return
            raw, self._half_message = self._half_message[:end], self._half_message[end:]
            self.messages_heard.append(raw)
            if raw[0] == HandshakeType.KEY_UPDATE:
                assert self.reads_with is not None
                self.reads_with = self.reads_with.next_generation()
            elif raw[:1] not in APART:
                self.transcript.append(raw)
                self.on_message(raw)

    def on_message(self, raw: bytes) -> None:
        """A message of the handshake was heard."""

    def alerts_heard(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.content_type == ContentType.ALERT]

    def through(self) -> bytes:
        """The transcript hash up to here."""
        return oracle.transcript_hash(*self.transcript, suite=oracle.SUITES[self.suite])

    @property
    def private_key(self) -> bytes:
        """Our own, in our group."""
        return oracle.private_key_for(self.group, PRIVATE_KEY)

    def message_hash(self, client_hello: bytes) -> bytes:
        return oracle.message_hash(client_hello, oracle.SUITES[self.suite])

    def derive_secrets(self, share: KeyShareEntry | None, psk: Psk | None = None) -> Secrets:
        """The secrets that follow from the victim's share, or from a pre-shared key alone, or from both."""
        suite = oracle.SUITES[self.suite]
        shared_secret = bytes(suite.hash_size)
        if share is not None:
            assert share.group == self.group
            shared_secret = oracle.agree(self.private_key, share.key_exchange, self.group)
        return Secrets(shared_secret, self.through(), suite, psk.key if psk else None)

    def heard_of(self, kind: HandshakeType) -> list[Any]:
        """The messages of this type that the victim has said."""
        return [messages.decode(raw) for raw in self.messages_heard if raw[0] == kind]

    # Who we are

    def say_certificate(self, *chain: bytes, context: bytes = b"") -> None:
        """The certificate of our key, or these."""
        chain = chain or tuple(certificate.der for certificate in self.certified_key.certificate_chain)
        self.say(Certificate(tuple(CertificateEntry(der) for der in chain), context))

    def certificate_verify(
        self,
        key: PrivateKey | None = None,
        role: str | None = None,
        scheme: int | None = None,
        salt_length: int | None = None,
    ) -> CertificateVerify:
        """A signature over everything so far, by our key or this one."""
        content = oracle.certificate_verify_content(role or self.role, self.through())
        scheme = scheme or USUAL_SCHEME[self.certified_key.kind]
        theirs = certificates.theirs(key or self.certified_key.private_key)
        return CertificateVerify(scheme, oracle.sign(theirs, content, scheme, salt_length=salt_length))

    def say_verify(self, **how: Any) -> None:
        self.say(self.certificate_verify(**how))


class HostileServer(HostilePeer):
    """A server that does as it is told; its victim is a client with these settings.

    Unless told otherwise, the victim offers the one suite and the one group that the server wants.  The keys
    of its ticket, and of its other pre-shared keys, are known here.
    """

    role = "server"

    def __init__(
        self,
        *,
        suite: int = CHACHA20,
        group: int = X25519,
        certified_key: CertifiedKey | None = None,
        **settings: Any,
    ) -> None:
        wanted: dict[str, Any] = {"cipher_suites": (suite,), "key_share_groups": (group,)}
        wanted["private_keys"] = peers_in_memory.client_keys(group)
        self.settings = peers_in_memory.client_settings(**(wanted | settings))
        self.certified_key = certified_key or peers_in_memory.family().certified_key
        self.psk: Psk | None = None  # that we have selected
        self._client_application: Direction | None = None
        super().__init__(Connection(self.settings), suite, group)
        self.listen()

    @property
    def psks(self) -> list[Psk]:
        """The pre-shared keys that the victim may offer, its ticket first."""
        ticket, others = self.settings.ticket, self.settings.external_psks
        of_ticket = [] if ticket is None else [(ticket.identity, ticket.session)]
        return [
            *(Psk(identity, session.key, session.cipher_suite) for identity, session in of_ticket),
            *(Psk(other.identity, other.key, other.suite.number, external=True) for other in others),
        ]

    @property
    def client_hello(self) -> ClientHello:
        """The victim's last one."""
        hello = messages.decode([raw for raw in self.messages_heard if raw[0] == 1][-1])
        assert isinstance(hello, ClientHello)
        return hello

    # The honest steps, each of which can be told to be less so

    def server_hello(self, **replaced: Any) -> ServerHello:
        """An honest ServerHello, but for what is replaced."""
        key_share = ServerKeyShare(KeyShareEntry(self.group, self.answer()))
        honest = ServerHello(
            RANDOM, self.client_hello.legacy_session_id, self.suite, (SelectedVersion(), key_share)
        )
        return replace(honest, **replaced)

    def answer(self) -> bytes:
        """An honest answer to the victim's share, or what could be one if there is none."""
        offered = self.client_hello.find(ClientKeyShares)
        shares = {share.group: share.key_exchange for share in offered.client_shares} if offered else {}
        return oracle.answer(self.private_key, shares.get(self.group, b""), self.group)

    def hello_retry_request(self, *extensions: Extension, **replaced: Any) -> HelloRetryRequest:
        """A HelloRetryRequest with these extensions besides supported_versions."""
        honest = HelloRetryRequest(
            self.client_hello.legacy_session_id, self.suite, (SelectedVersion(), *extensions)
        )
        return replace(honest, **replaced)

    def say_hello(
        self, psk: Psk | None = None, place: int = 0, *, with_share: bool = True, **replaced: Any
    ) -> None:
        """ServerHello, and then on with the handshake's keys.

        A pre-shared key is selected by its place in the victim's list, where it need not be.
        """
        hello = self.server_hello()
        version, key_share = hello.extensions
        shares = (key_share,) if with_share else ()
        selected = () if psk is None else (SelectedPsk(place),)
        self.psk = psk
        self.say(replace(hello, **({"extensions": (version, *shares, *selected)} | replaced)))
        self.agree(with_share=with_share)

    def ask_again(self, *extensions: Extension) -> None:
        """HelloRetryRequest; the victim's second hello comes in answer."""
        self.transcript = [self.message_hash(self.transcript[0])]
        self.say(self.hello_retry_request(*(extensions or (SelectedGroup(self.group),))))

    def agree(self, *, with_share: bool = True) -> None:
        """Compute the handshake's keys from the victim's share."""
        key_shares = self.client_hello.find(ClientKeyShares)
        assert key_shares is not None
        share = next((share for share in key_shares.client_shares if share.group == self.group), None)
        assert share is not None or not with_share
        self.secrets = self.derive_secrets(share if with_share else None, self.psk)
        self.writes_with = self.secrets.server_handshake
        if self.client_hello.has(ExtensionType.EARLY_DATA):
            self.may_read_with = self.secrets.client_handshake
        else:
            self.reads_with = self.secrets.client_handshake

    def say_extensions(self, *extensions: Extension) -> None:
        self.say(EncryptedExtensions(extensions))
        if any(isinstance(extension, EarlyDataIndication) for extension in extensions):
            self.may_read_with = None  # its keys change after EndOfEarlyData, and not before

    def finished(self) -> Finished:
        assert self.secrets is not None
        return Finished(self.secrets.server_handshake.finished(self.through()))

    def say_finished(self) -> None:
        """Finished, and then on with the application's keys."""
        self.say_as_last(self.finished())

    def say_as_last(self, finished: Message | bytes, *after: Message) -> None:
        """Say this as the Finished, then use the application's keys; `after` shares its record.

        The victim's answer comes while they are delivered.
        """
        assert self.secrets is not None
        raw = finished if isinstance(finished, bytes) else messages.encode(finished)
        through_server_finished = oracle.transcript_hash(
            *self.transcript, raw, suite=oracle.SUITES[self.suite]
        )
        self._client_application, server = self.secrets.application(through_server_finished)
        self.say(raw, *after)
        self.writes_with = server

    def on_message(self, raw: bytes) -> None:
        if raw[0] == HandshakeType.CLIENT_HELLO and self.client_hello.has(ExtensionType.EARLY_DATA):
            self.early = self.reads_with = self.psks[0].early.client_traffic(self.through())
        elif raw[0] == HandshakeType.END_OF_EARLY_DATA:
            assert self.secrets is not None
            self.reads_with, self.may_read_with = self.secrets.client_handshake, None
        elif raw[0] == HandshakeType.FINISHED and self.resumption_secret is None:
            assert self.secrets is not None
            self.reads_with, self.may_read_with = self._client_application, None
            self.resumption_secret = self.secrets.resumption(self.through())

    def say_flight(
        self,
        *extensions: Extension,
        until: type[Message] | None = None,
        psk: Psk | None = None,
        **hello: Any,
    ) -> None:
        """Everything from ServerHello on, up to but without the message `until`.

        A pre-shared key stands for the certificate; `extensions` are for EncryptedExtensions.
        """
        proof: Iterable[tuple[type[Message], Callable[[], None]]] = (
            (Certificate, self.say_certificate),
            (CertificateVerify, self.say_verify),
        )
        steps: Iterable[tuple[type[Message], Callable[[], None]]] = (
            (ServerHello, lambda: self.say_hello(psk, **hello)),
            (EncryptedExtensions, lambda: self.say_extensions(*extensions)),
            *(proof if psk is None else ()),
            (Finished, self.say_finished),
        )
        for kind, step in steps:
            if kind is until:
                return
            step()

    def connect(self, *extensions: Extension, **how: Any) -> None:
        """The whole handshake, honestly."""
        self.say_flight(*extensions, **how)
        assert_connected(self)


class HostileClient(HostilePeer):
    """A client that does as it is told; its victim is a server with these settings.

    It offers one suite and one group, and listens to what the victim makes of what it has said.
    """

    role = "client"

    def __init__(
        self,
        *,
        suite: int = CHACHA20,
        group: int = X25519,
        certified_key: CertifiedKey | None = None,
        **settings: Any,
    ) -> None:
        self.certified_key = certified_key or peers_in_memory.client_key()
        self.psks: Sequence[Psk] = ()  # that we have offered
        self._client_application: Direction | None = None
        self._server_application: Direction | None = None
        wanted = {"private_keys": peers_in_memory.server_keys(group)}
        super().__init__(Connection(peers_in_memory.server_settings(**(wanted | settings))), suite, group)

    def client_hello(self, **replaced: Any) -> ClientHello:
        """An honest ClientHello, but for what is replaced: fields of the message, or of its settings.

        `extra=(...)` adds extensions, `without=(...)` removes them by class, `instead=(...)` puts these in
        the place of those of the same class.  Pre-shared keys are offered with `offer`.
        """
        extra, without, instead = (replaced.pop(name, ()) for name in ("extra", "without", "instead"))
        fields = {
            name: replaced.pop(name) for name in list(replaced) if name in ClientHello.__dataclass_fields__
        }
        wanted: dict[str, Any] = {"cipher_suites": (self.suite,), "key_share_groups": (self.group,)}
        wanted["private_keys"] = {self.group: self.private_key}
        honest, _ = client_offer.first_hello(peers_in_memory.client_settings(**(wanted | replaced)))
        extensions = [
            next((other for other in instead if type(other) is type(extension)), extension)
            for extension in honest.extensions
            if not isinstance(extension, tuple(without))
        ]
        return replace(honest, **{"extensions": (*extensions, *extra), **fields})

    def offer(self, hello: ClientHello, psks: Sequence[Psk], binders: Sequence[bytes] = ()) -> bytes:
        """This hello with these keys in its last extension, bound to it, or with these binders."""
        suites = [oracle.SUITES[psk.suite] for psk in psks]
        room = [bytes(suite.hash_size) for suite in suites]
        raw = self._offering(hello, psks, room)
        heard = b"".join(self.transcript) + oracle.truncate(raw, *suites)
        bound = [
            psk.early.binder(suite.hash(heard), external=psk.external)
            for psk, suite in zip(psks, suites, strict=True)
        ]
        return self._offering(hello, psks, binders or bound)

    def _offering(self, hello: ClientHello, psks: Sequence[Psk], binders: Sequence[bytes]) -> bytes:
        identities = tuple(PskIdentity(psk.identity, psk.obfuscated_age) for psk in psks)
        offered = OfferedPsks(identities, tuple(binders))
        return messages.encode(replace(hello, extensions=(*hello.extensions, offered)))

    def say_hello(
        self,
        *,
        psks: Sequence[Psk] = (),
        binders: Sequence[bytes] = (),
        early_data: bool = False,
        **replaced: Any,
    ) -> None:
        """ClientHello; keys are agreed on as soon as the victim answers."""
        if early_data:
            replaced["extra"] = (*replaced.get("extra", ()), EarlyDataIndication())
        hello = self.client_hello(**replaced)
        raw = self.offer(hello, psks, binders) if psks else messages.encode(hello)
        self.psks = psks
        if psks:
            suite = oracle.SUITES[psks[0].suite]
            self.early = psks[0].early.client_traffic(suite.hash(b"".join((*self.transcript, raw))))
        self.say(raw)

    def say_early_data(self, data: bytes) -> None:
        assert self.early is not None
        self.say_raw(self.early.seal(ContentType.APPLICATION_DATA, data))

    def say_end_of_early_data(self) -> None:
        """EndOfEarlyData, and then on with the handshake's keys."""
        assert self.secrets is not None
        self.say(EndOfEarlyData())
        self.writes_with = self.secrets.client_handshake

    def on_message(self, raw: bytes) -> None:
        if raw[0] == HandshakeType.SERVER_HELLO:
            self._on_server_hello(messages.decode(raw))
        elif raw[0] == HandshakeType.ENCRYPTED_EXTENSIONS and self.accepted_early_data:
            self.writes_with = self.early
        elif raw[0] == HandshakeType.FINISHED:
            assert self.secrets is not None
            self._client_application, self._server_application = self.secrets.application(self.through())
            self.reads_with = self._server_application

    @property
    def accepted_early_data(self) -> bool:
        """Whether the victim has taken early data."""
        (answer,) = self.heard_of(HandshakeType.ENCRYPTED_EXTENSIONS)
        return bool(answer.has(ExtensionType.EARLY_DATA))

    def _on_server_hello(self, hello: Message) -> None:
        assert isinstance(hello, (ServerHello, HelloRetryRequest))
        self.suite = hello.cipher_suite
        if isinstance(hello, HelloRetryRequest):
            self.transcript[0] = self.message_hash(self.transcript[0])
            return
        key_share, selected = hello.find(ServerKeyShare), hello.find(SelectedPsk)
        self.secrets = self.derive_secrets(
            key_share.server_share if key_share else None,
            self.psks[selected.selected_identity] if selected else None,
        )
        self.writes_with = self.secrets.client_handshake
        self.reads_with = self.secrets.server_handshake

    def finished(self) -> Finished:
        assert self.secrets is not None
        return Finished(self.secrets.client_handshake.finished(self.through()))

    def say_finished(self, finished: Message | bytes | None = None) -> None:
        """Finished, or what is given instead, and then on with the application's keys."""
        assert self.secrets is not None
        said = finished or self.finished()
        raw = said if isinstance(said, bytes) else messages.encode(said)
        through_client_finished = oracle.transcript_hash(
            *self.transcript, raw, suite=oracle.SUITES[self.suite]
        )
        self.resumption_secret = self.secrets.resumption(through_client_finished)
        self.say(raw)
        self.writes_with = self._client_application

    def connect(self, **hello: Any) -> None:
        """The whole handshake, honestly."""
        self.say_hello(**hello)
        self.say_finished()
        assert_connected(self)


# What it comes to


def assert_connected(peer: HostilePeer) -> None:
    """The victim has completed the handshake and has found nothing wrong."""
    assert peer.events[-1] == HandshakeComplete(peer.victim.session), peer.events
    assert peer.alerts_heard() == []


def assert_still_talks(peer: HostilePeer) -> None:
    """The victim is connected, and data flow both ways."""
    assert peer.victim.session is not None, peer.events
    peer.say_record(ContentType.APPLICATION_DATA, b"to the victim")
    assert peer.events[-1] == ApplicationData(b"to the victim")
    peer.victim.send(b"from the victim")
    peer.listen()
    assert peer.heard[-1] == Heard(True, ContentType.APPLICATION_DATA, b"from the victim")
    assert peer.alerts_heard() == []


def assert_refused(peer: HostilePeer, error: type[Exception], alert: str | None, phase: Phase) -> None:
    """The victim's connection is dead by this error and alert, and its application has seen nothing."""
    failure = peer.events[-1]
    assert isinstance(failure, ConnectionFailed), f"not refused: {peer.events}"
    assert type(failure.error) is error, repr(failure.error)
    assert not any(isinstance(event, ApplicationData) for event in peer.events)
    assert (peer.victim.session is not None) == (phase == "connected")
    expected = [] if alert is None else [Heard(phase != "hello", ContentType.ALERT, fatal(alert))]
    assert peer.alerts_heard() == expected
    assert not expected or peer.heard[-1] == expected[0]  # and nothing after it
    assert_dead(peer.victim, failure.error)


def assert_dead(connection: Connection, error: Exception) -> None:
    """Every further call raises this very error, and nothing more is sent."""
    further: tuple[Callable[[], object], ...] = (
        lambda: connection.receive_data(b"\x16\x03\x03\x00\x01\x00"),
        lambda: connection.receive_data(b""),
        connection.receive_eof,
        lambda: connection.send(b"data"),
        connection.key_update,
    )
    for call in further:
        with pytest.raises(type(error)) as caught:
            call()
        assert caught.value is error
    connection.close()
    assert connection.data_to_send() == b""


def fatal(alert: str) -> bytes:
    """The two bytes of a fatal alert, by the RFC's name."""
    return bytes([2, AlertDescription[alert.upper()]])


@dataclass(frozen=True)
class Refused:
    """One line of a table: what the hostile side does, and what comes of it."""

    script: Callable[[Any], None]
    error: type[Exception]
    alert: str | None
    phase: Phase


class Table:
    """Collects scripts with a decorator: their names are the names of the test's cases."""

    def __init__(self) -> None:
        self.lines: list[Refused] = []

    def refused(self, error: type[Exception], alert: str | None, phase: Phase) -> Callable[[Any], Any]:
        def collect(script: Callable[[Any], None]) -> Callable[[Any], None]:
            self.lines.append(Refused(script, error, alert, phase))
            return script

        return collect

    def parametrize(self) -> pytest.MarkDecorator:
        """Run a test once for each line, as its argument `line`."""
        names = [line.script.__name__ for line in self.lines]
        assert len(set(names)) == len(names), "two scripts of one name"
        return pytest.mark.parametrize("line", self.lines, ids=names)
