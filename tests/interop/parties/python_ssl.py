"""Python's `ssl`, OpenSSL inside, in a thread; and what else has its shape."""

import contextlib
import platform
import socket
import ssl
from collections.abc import Iterator
from typing import Any, ClassVar

from handshake.constants import NamedGroup
from tests.interop import conversation, in_process
from tests.interop.conversation import PATIENCE, Failed, Terms
from tests.interop.in_process import Background
from tests.interop.party import Party


class PythonSSL(Party):
    name = "Python ssl"
    notes = "suites and groups cannot be chosen: the other end decides"
    groups: ClassVar = {
        group: group.name
        for group in (NamedGroup.X25519, NamedGroup.SECP256R1, NamedGroup.SECP384R1, NamedGroup.SECP521R1)
    }
    first_shares = (NamedGroup.X25519,)
    module: Any = ssl
    errors: tuple[type[Exception], ...] = (OSError,)

    def version(self) -> str:
        return f"{platform.python_version()} ({' '.join(ssl.OPENSSL_VERSION.split()[:2])})"

    def talk(self, port: int, terms: Terms) -> None:
        context = self.module.SSLContext(self.module.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=str(terms.credentials.ca))
        self.restrict(context, terms)
        try:
            raw = socket.create_connection(("localhost", port), timeout=PATIENCE)
            with contextlib.closing(context.wrap_socket(raw, server_hostname="localhost")) as connection:
                connection.sendall(terms.content)
                received = b""
                while len(received) < terms.size and (data := connection.recv(65536)):
                    received += data
        except self.errors as error:
            raise Failed(in_process.words(error)) from error
        conversation.same_or_failed(received, terms)

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        context = self.module.SSLContext(self.module.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(terms.credentials.certificate), str(terms.credentials.key))
        self.restrict(context, terms)

        def serve(raw: socket.socket) -> None:
            with contextlib.closing(context.wrap_socket(raw, server_side=True)) as connection:
                conversation.answer(connection.recv, connection.sendall, terms)
                with contextlib.suppress(*self.errors):
                    connection.unwrap()

        with in_process.background(serve) as served:
            yield served

    def restrict(self, context: Any, terms: Terms) -> None:
        context.minimum_version = self.module.TLSVersion.TLSv1_3
