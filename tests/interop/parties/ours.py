"""We ourselves, over blocking sockets, as any user of `tls.sockets`."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import ClassVar

from handshake.certified_keys import CertifiedKey
from handshake.groups import GROUPS
from handshake.session import Session
from handshake.suites import SUITES
from tests.interop import conversation, in_process
from tests.interop.conversation import PATIENCE, Failed, Terms
from tests.interop.in_process import Background
from tests.interop.party import Party
from tls import config, sockets
from tls.config import ClientConfig, ServerConfig
from tls.errors import TLSError
from tls.sockets import TLSSocket
from x509.path import TrustStore


class Ours(Party):
    """What is here to be tested: its axes are the protocol's own tables."""

    name = "glassbox-tls"
    suites: ClassVar = {suite.number: suite.number.name for suite in SUITES.values()}
    groups: ClassVar = {group.number: group.number.name for group in GROUPS.values()}

    def version(self) -> str:
        return "of this checkout"

    def talk(self, port: int, terms: Terms) -> None:
        trust = TrustStore.from_pem(terms.credentials.ca.read_text())
        shares = {"key_share_groups": ()} if terms.decoy is not None else {"key_share_groups": (terms.group,)}
        asked = ClientConfig(trust=trust, cipher_suites=(terms.suite,), groups=(terms.group,), **shares)
        try:
            with sockets.connect("localhost", port, config=asked, timeout=PATIENCE) as connection:
                as_agreed(connection.session, terms)
                conversation.same_or_failed(_exchange(connection, terms), terms)
        except TLSError as error:
            raise Failed(in_process.words(error)) from error

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        files = terms.credentials
        chain = config.load_chain(files.certificate.read_text())
        key = CertifiedKey(chain, config.load_private_key(files.key.read_text()))
        offered = ServerConfig(certified_keys=(key,), cipher_suites=(terms.suite,), groups=(terms.group,))

        def serve(raw: socket.socket) -> None:
            with sockets.wrap_socket(raw, config=offered, server_side=True) as connection:
                connection.do_handshake()
                as_agreed(connection.session, terms)
                conversation.answer(connection.recv, connection.sendall, terms)

        with in_process.background(serve) as served:
            yield served


def as_agreed(session: Session | None, terms: Terms) -> None:
    """Failed if the two agreed on something else: then neither end kept to the terms."""
    assert session is not None
    if (session.cipher_suite, session.group) != (terms.suite, terms.group):
        raise Failed(f"agreed on {session.cipher_suite.name} and {session.group.name}")
    if terms.decoy is not None and not session.hello_retried:
        raise Failed("agreed without a HelloRetryRequest")


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
