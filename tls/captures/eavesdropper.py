"""Somebody on the wire who has been given the key log: hears both sides, and opens what they seal.

    trace = Trace()
    listener = Eavesdropper(keylog.read(text), trace)
    listener.hear("client", data)      for all that both of them say, in the order of the way
    listener.end()
    trace.steps()                      as the client's own trace, as far as a key log reaches
    listener.remarks                   what could not be heard, and why

Nothing is described twice: records are read by `record`, messages by `handshake/messages.py`, certificates
by `x509`, and each tells the observer what it told the client; the secrets come from `blind_schedule`, which
says what an eavesdropper cannot know.

An eavesdropper judges nobody: no certificate is verified here, and what the client would have refused is
overheard as long as it can be read.

Limits         MAX_SIZE bytes of a connection and MAX_MESSAGES messages in it; suites and messages that
               `handshake` knows, and TLS 1.3 alone.
Tested by      tests/tls/test_eavesdropper.py, tests/interop/test_captures.py
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias, TypeGuard

from handshake import constants, errors, messages
from handshake.codec import Observer
from handshake.constants import CipherSuite, ExtensionType, HandshakeType, ProtocolVersion, Role
from handshake.conversation import HandshakeMessage
from handshake.extensions import SelectedVersion
from handshake.key_schedule import TrafficSecret
from handshake.messages import (
    Certificate,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    KeyUpdate,
    Message,
    NewSessionTicket,
    ServerHello,
)
from handshake.suites import SUITES, Suite
from handshake.transcript import Transcript
from record.content_type import ContentType
from record.errors import BadRecord, RecordError
from record.framing import Record
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls.captures.blind_schedule import BlindSchedule
from tls.captures.side import Side
from x509 import certificate as x509_certificate
from x509 import wording
from x509.errors import CertificateError

KeyLog: TypeAlias = Mapping[bytes, Mapping[str, bytes]]  # as `keylog.read` returns it

MAX_SIZE = 2**23  # bytes of one connection: to open so much takes a while
MAX_MESSAGES = 1000  # of one connection: each may take a key, and have a remark; a usual one has ten
EARLY, HANDSHAKE, APPLICATION = (
    "early_traffic_secret",
    "handshake_traffic_secret",
    "application_traffic_secret_0",
)


class Eavesdropper:
    """Listens to one connection.

    observe     called with what a client's observer would be called with
    remarks     what could not be heard
    version     what the server chose, such as "TLS_1_3 (0x304)"; empty until it has
    """

    def __init__(self, key_log: KeyLog, observe: Observer) -> None:
        self.remarks: list[str] = []
        self.version = ""
        self._key_log = key_log
        self._observe = observe
        self._sides: dict[Role, Side] = {"client": Side("client"), "server": Side("server")}
        self._client, self._server = self._sides["client"], self._sides["server"]
        self._transcript = Transcript()
        self._schedule = BlindSchedule({}, observe)
        self._hello: ClientHello | None = None  # the last one
        self._suite: Suite | None = None  # once its keys are in force
        self._early_suites: list[Suite] = []  # one of them seals early data: which, their first record shows
        self._changed_cipher_spec = False  # the client looks like TLS 1.2 already (appendix E.4)
        self._size = 0
        self._messages = 0

    def hear(self, sender: Role, data: bytes) -> None:
        """Listen on: these are the next bytes of one side."""
        side = self._sides[sender]
        if side.lost:
            return
        self._size += len(data)
        too_much = max(0, self._size - MAX_SIZE)
        side.records.receive(data[: len(data) - too_much])
        try:
            while not side.lost and (record := side.records.next_record()) is not None:
                self._record(side, record)
                if self._messages >= MAX_MESSAGES:
                    self._lose_both(f"only the first {MAX_MESSAGES} messages are heard")
        except errors.PEER_FAULTS as error:
            side.lost = True
            self.remarks.append(f"what the {sender} says from here on cannot be understood: {error}")
        if too_much:
            self._lose_both(f"only the first {wording.count(MAX_SIZE, 'byte')} are heard")

    def end(self) -> None:
        """Nothing more is to be heard."""
        for side in self._sides.values():
            side.tell(self._observe)
            if side.closed:
                closed = wording.count(side.closed, "record")
                self.remarks.append(f"{closed} of the {side.sender} stayed closed")

    def _lose_both(self, why: str) -> None:
        self.remarks.append(why)
        for side in self._sides.values():
            side.lost = True

    # ---- Records ---------------------------------------------------------------------------------------

    def _record(self, side: Side, record: Record) -> None:
        if record.content_type is ContentType.APPLICATION_DATA:
            opened = self._open(side, record)
            if opened is None:
                return
            content_type, content = opened
            listens = True
        else:
            content_type, content = record.content_type, record.fragment
            operation = "write" if side is self._client else "read"
            side.heard.append(PlainRecord(operation, record.header, content_type, content))
            listens = self._suite is None or (side.protection is None and side.coming is None)
        if content_type is ContentType.HANDSHAKE and listens:
            side.messages.add(content)
            self._whole_messages(side)
            return
        side.tell(self._observe)
        if content_type is ContentType.HANDSHAKE:
            self._messages += 1
            self.remarks.append(f"a message of the {side.sender} in the clear, where keys are in force")
        elif content_type is ContentType.CHANGE_CIPHER_SPEC and side is self._client:
            self._changed_cipher_spec = True
            side.use_what_is_coming()

    def _open(self, side: Side, record: Record) -> tuple[ContentType, bytes] | None:
        """Type and content of a sealed record; None if it stays closed."""
        if side is self._client and self._early_suites:
            self._choose_early_suite(record)
        side.use_what_is_coming()
        if side.protection is None:
            side.closed += 1
            return None
        try:
            opened = side.protection.open(record)
        except BadRecord as error:
            side.closed += 1
            if side.stray:
                side.protection.sequence_number = 0  # under this key nothing has come yet
            else:
                self.remarks.append(f"the {side.sender}'s {error}, and so nothing after it")
                side.use(None)
            return None
        side.stray = False
        return opened

    # ---- Messages --------------------------------------------------------------------------------------

    def _whole_messages(self, side: Side) -> None:
        """The client is told of its own messages before their records, and of the server's after."""
        left = MAX_MESSAGES - self._messages
        whole = list(itertools.islice(iter(side.messages.next_message, None), left))
        self._messages += len(whole)
        if side is self._server:
            side.tell(self._observe)
            for raw in whole:
                if not side.lost:
                    self._message(side, raw)
                    self._change_keys(side, raw)
            return
        for raw in whole:
            self._message(side, raw)
        if not side.messages:
            side.tell(self._observe)
        for raw in whole:
            self._change_keys(side, raw)

    def _message(self, side: Side, raw: bytes) -> None:
        verify_data = b""
        if raw[0] == HandshakeType.FINISHED and side is self._client:  # who computes it before it is said
            verify_data = self._verify_data(side)
        message = self._read(side, raw)
        if raw[0] == HandshakeType.FINISHED and side is self._server:
            verify_data = self._verify_data(side)
        if isinstance(message, Finished) and verify_data and message.verify_data != verify_data:
            self.remarks.append(f"the {side.sender}'s Finished is about something else than what was heard")
        if not side.finished:  # what comes afterwards belongs to no transcript
            self._transcript.add(raw)
        match message:
            case ClientHello() if side is self._client and self._suite is None:
                self._hear_client_hello(message)
            case ServerHello() | HelloRetryRequest() if side is self._server and self._suite is None:
                self._hear_server_hello(message)
            case EncryptedExtensions() if self._suite is not None:
                self._hear_extensions(message, self._suite)
            case Certificate() if side is self._server:
                self._take_apart(message)
            case Finished() if side is self._server and self._suite is not None and not side.finished:
                self._hear_server_finished(self._suite)
            case NewSessionTicket(ticket_nonce=ticket_nonce):
                self._schedule.hear_ticket(ticket_nonce)
            case KeyUpdate() if _can_be_updated(side.secret):
                side.secret = side.secret.next_generation()

    def _read(self, side: Side, raw: bytes) -> Message | None:
        """The message; None, and a remark, if it cannot be read."""
        if raw[0] not in tuple(HandshakeType):
            what = f"the {side.sender}'s message of type {raw[0]}, {wording.count(len(raw), 'byte')}"
            self.remarks.append(f"{what}, is of a kind that is not read here")
            return None
        try:
            messages.decode(raw)  # unobserved: of what cannot be read nothing is told
        except errors.PEER_FAULTS as error:
            self.remarks.append(f"a message of the {side.sender} cannot be read: {error}")
            return None
        message = messages.decode(raw, self._observe)
        self._observe(HandshakeMessage(side.sender, message, raw))
        return message

    def _hear_client_hello(self, hello: ClientHello) -> None:
        may_be_early = self._hello is None and hello.has(ExtensionType.EARLY_DATA)  # section 4.3.10
        self._hello = hello
        secrets = self._key_log.get(hello.random, {})
        self._schedule = BlindSchedule(secrets, self._observe)
        self._early_suites = []
        if may_be_early:
            offered = [suite for number, suite in SUITES.items() if number in hello.cipher_suites]
            size = len(secrets.get(f"client_{EARLY}", b""))
            self._early_suites = [suite for suite in offered if suite.hash_size == size]
        if self._early_suites:
            suite = self._early_suites[0]  # they all have one hash
            self._schedule.begin_early_data(suite, self._transcript.digest_by(suite.hash))

    def _hear_server_hello(self, hello: ServerHello | HelloRetryRequest) -> None:
        selected = hello.find(SelectedVersion)
        version = hello.legacy_version if selected is None else selected.selected_version
        suite = SUITES.get(hello.cipher_suite)
        self.version = constants.name_of(ProtocolVersion, version)
        if version != ProtocolVersion.TLS_1_3:
            self._lose_both(f"the server chose {self.version}: what is explained here is TLS 1.3")
        elif suite is None:
            name = constants.name_of(CipherSuite, hello.cipher_suite)
            self._lose_both(f"the server chose {name}, a suite that we do not have")
        elif self._hello is None:
            self._lose_both("there is no ClientHello that this server answers")
        elif isinstance(hello, HelloRetryRequest):
            self._transcript.replace_first_hello(suite)
        else:
            self._transcript.use(suite)
            self._suite = suite
            self._begin_handshake(suite, hello, self._hello)

    def _begin_handshake(self, suite: Suite, hello: ServerHello, offer: ClientHello) -> None:
        if not self._key_log:
            self.remarks.append("there is no key log: nothing after the hellos can be heard")
        elif offer.random not in self._key_log:
            self.remarks.append(
                f"the key log has nothing of this connection, client random {offer.random.hex()}"
            )
        self._schedule.begin_handshake(
            suite,
            self._transcript.digest(),
            with_psk=hello.has(ExtensionType.PRE_SHARED_KEY),
            with_key_exchange=hello.has(ExtensionType.KEY_SHARE),
        )
        self._server.use(self._logged(self._server, HANDSHAKE, suite))
        if offer.has(ExtensionType.EARLY_DATA):
            return  # the client waits until it hears whether they are taken
        if offer.legacy_session_id and not self._changed_cipher_spec:
            self._client.coming = self._logged(self._client, HANDSHAKE, suite)  # after a change_cipher_spec
        else:
            self._client.use(self._logged(self._client, HANDSHAKE, suite))

    def _hear_extensions(self, extensions: EncryptedExtensions, suite: Suite) -> None:
        """The server says whether it takes early data."""
        if self._hello is None or not self._hello.has(ExtensionType.EARLY_DATA):
            return
        secret = self._logged(self._client, HANDSHAKE, suite)
        if not extensions.has(ExtensionType.EARLY_DATA):
            self._client.stray = True  # some may still be on their way
            self._client.use(secret)
        elif self._client.protection is None and not self._early_suites:
            self._client.stray = True  # we do not have their key
            self._client.coming = secret

    def _take_apart(self, message: Certificate) -> None:
        """Read the server's certificates, as the client does."""
        try:
            for entry in message.certificate_list:
                x509_certificate.Certificate.from_der(entry.cert_data, self._observe)
        except CertificateError as error:
            self.remarks.append(f"a certificate of the server cannot be read: {error}")

    def _hear_server_finished(self, suite: Suite) -> None:
        self._server.finished = True
        self._schedule.begin_application(self._transcript.digest())
        secret = self._logged(self._server, APPLICATION, suite)
        if secret is None:
            self._server.use(None)
        self._server.coming = secret
        early_data_are_taken = self._client.stray and self._client.coming is not None
        if early_data_are_taken:  # and their end is not heard
            self._transcript.add(messages.encode(EndOfEarlyData()))

    # ---- Keys ------------------------------------------------------------------------------------------

    def _change_keys(self, side: Side, raw: bytes) -> None:
        """What a message that has been told does to the keys of its sender."""
        if raw[0] == HandshakeType.KEY_UPDATE and _can_be_updated(side.secret):
            side.use(side.secret)
        if side is self._server or self._suite is None or side.finished:
            return
        if raw[0] == HandshakeType.END_OF_EARLY_DATA:
            side.use(self._logged(side, HANDSHAKE, self._suite))
        elif raw[0] == HandshakeType.FINISHED:
            side.finished = True
            side.use(self._logged(side, APPLICATION, self._suite))
            self._server.use_what_is_coming()
            if self._hello is not None and self._hello.has(ExtensionType.PSK_KEY_EXCHANGE_MODES):
                self._schedule.begin_resumption(self._transcript.digest())

    def _choose_early_suite(self, record: Record) -> None:
        """Which of the suites seals early data, nobody has said: it is the one that opens this record."""
        for suite in self._early_suites:
            trial = self._schedule.traffic(f"client_{EARLY}", suite, None)
            try:
                if trial is not None:
                    trial.protection().open(record)
                    self._client.use(self._logged(self._client, EARLY, suite))
                    break
            except RecordError:
                continue
        self._early_suites = []

    def _logged(self, side: Side, what: str, suite: Suite) -> TrafficSecret | None:
        """A traffic secret from the key log, which tells as if the client sealed or opened with it."""

        def tell(event: object) -> None:
            if isinstance(event, ProtectedRecord):
                side.heard.append(replace(event, operation="seal" if side is self._client else "open"))
            else:
                self._observe(event)

        return self._schedule.traffic(f"{side.sender}_{what}", suite, tell)

    def _verify_data(self, side: Side) -> bytes:
        """What its Finished has to say, if that can be known."""
        if side.secret is None or self._suite is None:
            return b""
        verify_data = side.secret.finished(self._transcript.digest())
        return b"" if side.finished else verify_data  # after the handshake it is about something else


def _can_be_updated(secret: TrafficSecret | None) -> TypeGuard[TrafficSecret]:
    """Whether a KeyUpdate leads from this secret to another one (RFC 9846 section 7.2)."""
    return secret is not None and "_application_" in secret.name
