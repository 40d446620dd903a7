"""We ourselves, over blocking sockets, as any user of `tls.sockets`."""

import contextlib
import dataclasses
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from handshake import constants
from handshake.certificate_extensions import CertificateStatus
from handshake.certified_keys import CertifiedKey
from handshake.constants import PskKeyExchangeMode, Role
from handshake.conversation import HandshakeMessage
from handshake.extensions import RecordSizeLimit
from handshake.groups import GROUPS
from handshake.messages import (
    Certificate,
    CertificateRequest,
    ClientHello,
    EncryptedExtensions,
    KeyUpdate,
    Message,
)
from handshake.pre_shared_keys import PreSharedKey
from handshake.session import Session
from handshake.suites import SUITES
from record.content_type import ContentType
from record.protection import ProtectedRecord
from tests.interop import conversation, in_process
from tests.interop.conversation import (
    EARLY,
    MAX_EARLY,
    PATIENCE,
    PSK,
    PSK_IDENTITY,
    RECORD_SIZE,
    Failed,
    Terms,
)
from tests.interop.in_process import Background
from tests.interop.party import Party
from tls import sockets
from tls.config import TICKET_LIFETIME, ClientConfig, ServerConfig
from tls.errors import TLSError
from tls.session_cache import SessionCache
from tls.sockets import TLSSocket
from tls.ticket_keys import TicketKeys
from x509.trust_store import TrustStore


class Ours(Party):
    """What is here to be tested: its axes are the protocol's own tables."""

    name = "glassbox-tls"
    suites: ClassVar = {suite.number: suite.number.name for suite in SUITES.values()}
    groups: ClassVar = {group.number: group.number.name for group in GROUPS.values()}

    def version(self) -> str:
        return "of this checkout"

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        sessions = Portable()
        for visit, port in zip(terms.visits, ports, strict=True):
            watch = Watch("client")
            asked = _client_config(terms, sessions)
            early = EARLY if visit and terms.early else b""
            try:
                with sockets.connect(
                    "localhost",
                    port,
                    config=asked,
                    timeout=PATIENCE,
                    replayable_early_data=early,
                    observe=watch,
                ) as connection:
                    as_agreed(connection.session, terms, visit)
                    if terms.updates == "client":
                        connection.key_update(request_peer=True)
                    for _ in range(terms.rounds):
                        conversation.same_or_failed(_exchange(connection, terms), terms)
                    watch.check(terms)
            except TLSError as error:
                raise Failed(in_process.words(error)) from error

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        keys = TicketKeys(lifetime=TICKET_LIFETIME)
        offered = dataclasses.replace(_server_config(terms), ticket_keys=keys.at)
        refusing = dataclasses.replace(offered, max_replayable_early_data=0)

        def serve(raw: socket.socket, visit: int) -> None:
            watch = Watch("server")
            now = refusing if visit and terms.early == "refused" else offered
            with TLSSocket(raw, now.connection(observe=watch), now) as connection:
                connection.do_handshake()
                as_agreed(connection.session, terms, visit)
                if terms.updates == "server":
                    connection.key_update(request_peer=True)
                conversation.answer(connection.recv, connection.sendall, terms, visit)
                watch.check(terms)

        with in_process.background(serve, terms.visits) as served:
            yield served


class Portable(SessionCache):
    """Sessions of localhost, whatever the port."""

    def add(self, host: str, ticket: Any) -> None:
        super().add("localhost", ticket)

    def take(self, host: str, at: Any) -> Any:
        return super().take("localhost", at)


def _client_config(terms: Terms, sessions: SessionCache) -> ClientConfig:
    shares = () if terms.decoy is not None else (terms.group,)
    return ClientConfig(
        trust=TrustStore.from_pem(terms.credentials.ca.read_text()),
        certified_keys=(_certified_key(terms),) if terms.shows else (),
        key_share_groups=shares,
        sessions=sessions,
        record_size_limit=RECORD_SIZE if terms.limits else None,
        status_request=terms.status,
        post_handshake_auth=terms.asks == "later",
        **_common(terms),
    )


def _server_config(terms: Terms) -> ServerConfig:
    asks = terms.asks or "none"
    assert asks != "later"  # we do not
    more = {"record_size_limit": RECORD_SIZE} if terms.limits else {}
    return ServerConfig(
        certified_keys=(_certified_key(terms),),
        trust=TrustStore.from_pem(terms.credentials.ca.read_text()) if terms.asks else None,
        client_certificates=asks,
        max_replayable_early_data=MAX_EARLY if terms.early else 0,
        demands_cookie=terms.cookie,
        **more,
        **_common(terms),
    )


def _common(terms: Terms) -> dict[str, Any]:
    chosen: dict[str, Any] = {"cipher_suites": (terms.suite,), "groups": (terms.group,)}
    if terms.psk:
        chosen["external_psks"] = (PreSharedKey(PSK_IDENTITY.encode(), PSK),)
    if terms.psk == "alone":
        chosen["psk_modes"] = (PskKeyExchangeMode.PSK_KE,)
    return chosen


def _certified_key(terms: Terms) -> CertifiedKey:
    files = terms.credentials
    certified_key = CertifiedKey.from_pem(files.certificate.read_text(), files.key.read_text())
    return dataclasses.replace(
        certified_key, ocsp_response=files.status.read_bytes() if terms.status else None
    )


# ---- What came of it -------------------------------------------------------------------------------------


def as_agreed(session: Session | None, terms: Terms, visit: int = 0) -> None:
    """Failed if the two agreed on something else: then neither end kept to the terms."""
    assert session is not None
    group = None if terms.psk == "alone" else terms.group
    if (session.cipher_suite, session.group) != (terms.suite, group):
        raise Failed(f"agreed on {session.cipher_suite.name} and {session.group and session.group.name}")
    if (terms.decoy is not None or terms.cookie) and not session.hello_retried:
        raise Failed("agreed without a HelloRetryRequest")
    psk = "external" if terms.psk else "ticket" if terms.resumed(visit) else None
    if session.psk_origin != psk:
        raise Failed(f"the pre-shared key was {session.psk_origin}, not {psk}")
    if session.early_data_accepted != bool(terms.early_data(visit)):
        raise Failed(f"early data: {session.early_data_accepted}")
    if session.role == "server" and (session.peer is not None) != (terms.shows and bool(terms.asks)):
        raise Failed(f"the client's certificate: {session.peer}")


class Watch:
    """Sees what leaves no trace in the session."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.said: list[tuple[Role, Message]] = []
        self.records = {"open": 0, "seal": 0}  # bytes in the largest one, its type included

    def __call__(self, event: object) -> None:
        if isinstance(event, HandshakeMessage):
            self.said.append((event.sender, event.message))
        if isinstance(event, ProtectedRecord) and event.content_type == ContentType.APPLICATION_DATA:
            self.records[event.operation] = max(self.records[event.operation], len(event.content) + 1)

    def check(self, terms: Terms) -> None:
        """Failed if something is missing that there should be."""
        if terms.updates is not None:
            updates = [
                (who, message.request_update) for who, message in self.said if isinstance(message, KeyUpdate)
            ]
            if updates != [(terms.updates, 1), (constants.other(terms.updates), 0)]:
                raise Failed(f"KeyUpdate: {updates}")
        if terms.asks and not any(isinstance(message, CertificateRequest) for _, message in self.said):
            raise Failed("nobody asked for the client's certificate")
        if terms.asks == "later":
            shown = [
                who
                for who, message in self.said
                if isinstance(message, Certificate) and message.certificate_list
            ]
            if shown != ["server", "client"]:
                raise Failed(f"certificates of: {shown}")
        if terms.limits:
            limits = {
                who: limit.limit for who, message in self.said if (limit := _limit(message)) is not None
            }
            takes = {"open": limits.get(self.role), "seal": limits.get(constants.other(self.role))}
            if None in takes.values() or any(self.records[way] > takes[way] for way in takes):
                raise Failed(f"record size limits {takes}, and the largest records: {self.records}")
            if takes["seal"] > RECORD_SIZE + 1:  # what GnuTLS is told does not count the type
                raise Failed(f"its limit is {takes['seal']}")
        if terms.status:
            (certificate,) = [message for _, message in self.said if isinstance(message, Certificate)]
            stapled = certificate.certificate_list[0].find(CertificateStatus)
            if stapled is None or stapled.response != terms.credentials.status.read_bytes():
                raise Failed("no OCSP response, or another one")


def _limit(message: Message) -> RecordSizeLimit | None:
    said = message.find(RecordSizeLimit) if isinstance(message, ClientHello | EncryptedExtensions) else None
    assert said is None or isinstance(said, RecordSizeLimit)
    return said


def _exchange(connection: TLSSocket, terms: Terms) -> bytes:
    """Send and receive at the same time: some servers answer while they are being talked to."""

    def send() -> None:
        with contextlib.suppress(TLSError):  # the receiving side notices as well
            connection.sendall(terms.content)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    received = bytearray()
    while len(received) < terms.size and (data := connection.recv(65536)):
        received += data
    sender.join(PATIENCE)
    return bytes(received)
