"""tlslite-ng, the other TLS 1.3 in pure Python, in a thread."""

import contextlib
import socket
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

from handshake.constants import CipherSuite, NamedGroup
from tests.interop import conversation, in_process
from tests.interop.conversation import PATIENCE, Failed, Missing, Role, Terms
from tests.interop.in_process import Background
from tests.interop.party import Party

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it brings asyncore along
        import tlslite
        import tlslite.api
        import tlslite.errors
except ImportError:
    tlslite = None


class TlsliteNg(Party):
    name = "tlslite-ng"
    verifies = False
    slow = True
    notes = "as a client it verifies CertificateVerify, and no chain"
    suites: ClassVar = {
        CipherSuite.TLS_AES_128_GCM_SHA256: "aes128gcm",
        CipherSuite.TLS_AES_256_GCM_SHA384: "aes256gcm",
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256: "chacha20-poly1305",
    }
    groups: ClassVar = {
        NamedGroup.X25519: "x25519",
        NamedGroup.SECP256R1: "secp256r1",
        NamedGroup.SECP384R1: "secp384r1",
        NamedGroup.SECP521R1: "secp521r1",
        NamedGroup.X448: "x448",
    }

    def version(self) -> str:
        if tlslite is None:
            raise Missing("tlslite-ng")
        return str(tlslite.__version__)

    def talk(self, port: int, terms: Terms) -> None:
        try:
            with socket.create_connection(("localhost", port), timeout=PATIENCE) as raw:
                connection = tlslite.api.TLSConnection(raw)
                connection.handshakeClientCert(
                    serverName="localhost", settings=self._settings(terms, "client")
                )
                connection.sendall(terms.content)
                received = connection.read(max=terms.size, min=terms.size)
                connection.close()
        except (OSError, tlslite.errors.BaseTLSException) as error:
            raise Failed(in_process.words(error)) from error
        conversation.same_or_failed(bytes(received), terms)

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        chain = tlslite.api.X509CertChain()
        chain.parsePemList(terms.credentials.certificate.read_text())
        key = tlslite.api.parsePEMKey(terms.credentials.key.read_text(), private=True)

        def serve(raw: socket.socket) -> None:
            connection = tlslite.api.TLSConnection(raw)
            connection.handshakeServer(
                certChain=chain, privateKey=key, settings=self._settings(terms, "server")
            )
            conversation.answer(connection.recv, connection.sendall, terms)
            connection.close()

        with in_process.background(serve) as served:
            yield served

    def _settings(self, terms: Terms, role: Role) -> Any:
        settings = tlslite.api.HandshakeSettings()
        settings.minVersion = (3, 4)
        if suite := self.suite_name(terms):
            settings.cipherNames = [suite]
        if groups := self.group_names(terms, role):
            settings.eccCurves = groups
            settings.dhGroups = []
            settings.keyShares = groups[:1]
        return settings
