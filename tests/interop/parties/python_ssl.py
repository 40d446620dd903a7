"""Python's `ssl`, OpenSSL inside, in a thread; and what else has its shape."""

import contextlib
import platform
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from handshake.constants import NamedGroup
from tests.interop import conversation, in_process, party
from tests.interop.conversation import PATIENCE, Failed, Terms
from tests.interop.in_process import Background
from tests.interop.parties import openssl
from tests.interop.party import Party


class PythonSSL(Party):
    name = "Python ssl"
    notes = "suites and groups cannot be chosen: the other end decides"
    groups: ClassVar = {
        group: name
        for group, name in openssl.groups(ssl.OPENSSL_VERSION.split()[1]).items()
        if group != NamedGroup.X448
    }
    first_shares = tuple(g for g in groups if g in (NamedGroup.X25519MLKEM768, NamedGroup.X25519))
    lacks: ClassVar = {
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it has no early data", "early", "early-refused", "early-forgotten"),
        **party.lacking("pre-shared keys come with Python 3.13", "psk", "psk-alone"),
        **party.lacking("it cannot be told to change its keys", "update"),
        **party.lacking("it has no OCSP responses", "status"),
    }
    module: Any = ssl
    errors: tuple[type[Exception], ...] = (OSError,)

    def version(self) -> str:
        return f"{platform.python_version()} ({' '.join(ssl.OPENSSL_VERSION.split()[:2])})"

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        context = self.module.SSLContext(self.module.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=str(terms.credentials.ca))
        if terms.shows:
            context.load_cert_chain(str(terms.credentials.certificate), str(terms.credentials.key))
        context.post_handshake_auth = terms.asks == "later"
        self.restrict(context, terms)
        session: dict[str, Any] = {}
        for visit, port in zip(terms.visits, ports, strict=True):
            try:
                raw = socket.create_connection(("localhost", port), timeout=PATIENCE)
                wrapped = context.wrap_socket(raw, server_hostname="localhost", **session)
                with contextlib.closing(wrapped) as connection:
                    self.as_agreed(connection, terms, visit)
                    for _ in range(terms.rounds):
                        connection.sendall(terms.content)
                        received = b""
                        while len(received) < terms.size and (data := connection.recv(65536)):
                            received += data
                        conversation.same_or_failed(received, terms)
                    if len(terms.visits) > 1:
                        session = {"session": connection.session}  # the ticket has come by now
            except self.errors as error:
                raise Failed(in_process.words(error)) from error

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        context = self.module.SSLContext(self.module.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(terms.credentials.certificate), str(terms.credentials.key))
        if terms.asks:
            context.load_verify_locations(cafile=str(terms.credentials.ca))
            required = terms.asks != "request"
            context.verify_mode = self.module.CERT_REQUIRED if required else self.module.CERT_OPTIONAL
        context.post_handshake_auth = terms.asks == "later"
        self.restrict(context, terms)

        def serve(raw: socket.socket, visit: int) -> None:
            with contextlib.closing(context.wrap_socket(raw, server_side=True)) as connection:
                self.as_agreed(connection, terms, visit)
                if terms.asks == "later":
                    if connection.getpeercert() is not None:
                        raise Failed("there is a certificate before it was asked for")
                    connection.verify_client_post_handshake()
                conversation.answer(connection.recv, connection.sendall, terms, visit)
                if terms.shows and not connection.getpeercert():
                    raise Failed("the client has shown no certificate")
                with contextlib.suppress(*self.errors):
                    connection.unwrap()

        with in_process.background(serve, terms.visits) as served:
            yield served

    def as_agreed(self, connection: Any, terms: Terms, visit: int) -> None:
        if connection.session_reused != terms.resumed(visit):
            raise Failed(f"the session was resumed: {connection.session_reused}")

    def restrict(self, context: Any, terms: Terms) -> None:
        context.minimum_version = self.module.TLSVersion.TLSv1_3
