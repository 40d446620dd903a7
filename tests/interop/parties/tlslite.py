"""tlslite-ng, the other TLS 1.3 in pure Python, in a thread."""

import contextlib
import socket
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from handshake.constants import CipherSuite, KeyUpdateRequest, NamedGroup
from tests.interop import conversation, in_process, party
from tests.interop.conversation import (
    PATIENCE,
    PSK,
    PSK_IDENTITY,
    RECORD_SIZE,
    Failed,
    Missing,
    Role,
    Terms,
)
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
        NamedGroup.X25519MLKEM768: "x25519mlkem768",  # with kyber-py
    }

    lacks: ClassVar = {
        **party.lacking("it has no early data", "early", "early-refused", "early-forgotten"),
        **party.lacking("it has no OCSP responses", "status"),
        **party.lacking(
            *("it does not list what RSA certificates are signed with, and we show none", "identified RSA"),
            *("identified RSA-PSS",),
            roles=["server"],
        ),
    }

    def version(self) -> str:
        if tlslite is None:
            raise Missing("tlslite-ng")
        return str(tlslite.__version__)

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        shown = self._certified_key(terms) if terms.shows else (None, None)
        session = None
        for visit, port in zip(terms.visits, ports, strict=True):
            try:
                with socket.create_connection(("localhost", port), timeout=PATIENCE) as raw:
                    connection = tlslite.api.TLSConnection(raw)
                    settings = self._settings(terms, "client")
                    connection.handshakeClientCert(*shown, session, settings, serverName="localhost")
                    self._update(connection, terms, "client")
                    for _ in range(terms.rounds):
                        connection.sendall(terms.content)
                        received = connection.read(max=terms.size, min=terms.size)
                        conversation.same_or_failed(bytes(received), terms)
                    connection.close()
            except (OSError, tlslite.errors.BaseTLSException) as error:
                raise Failed(in_process.words(error)) from error
            if connection.resumed != terms.resumed(visit):
                raise Failed(f"the session was resumed: {connection.resumed}")
            session = connection.session

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator[Background]:
        chain, key = self._certified_key(terms)
        settings = self._settings(terms, "server")

        def serve(raw: socket.socket, visit: int) -> None:
            connection = tlslite.api.TLSConnection(raw)
            asks = terms.asks in ("request", "require")
            connection.handshakeServer(certChain=chain, privateKey=key, reqCert=asks, settings=settings)
            if terms.asks == "later":
                for _ in connection.request_post_handshake_auth(settings):
                    pass
            self._update(connection, terms, "server")
            conversation.answer(connection.recv, connection.sendall, terms, visit)
            if bool(connection.session.clientCertChain) != terms.shows:
                raise Failed(f"the client's certificate: {connection.session.clientCertChain}")
            connection.close()

        with in_process.background(serve, terms.visits) as served:
            yield served

    def _certified_key(self, terms: Terms) -> tuple[Any, Any]:
        chain = tlslite.api.X509CertChain()
        chain.parsePemList(terms.credentials.certificate.read_text())
        return chain, tlslite.api.parsePEMKey(terms.credentials.key.read_text(), private=True)

    def _update(self, connection: Any, terms: Terms, role: Role) -> None:
        if terms.updates == role:
            for _ in connection.send_keyupdate_request(KeyUpdateRequest.UPDATE_REQUESTED):
                pass

    def _settings(self, terms: Terms, role: Role) -> Any:
        settings = tlslite.api.HandshakeSettings()
        settings.minVersion = (3, 4)
        settings.certificate_compression_send = []  # as a client it compresses without having been asked to
        if suite := self.suite_name(terms):
            settings.cipherNames = [suite]
        if groups := self.group_names(terms, role):
            settings.eccCurves = groups
            settings.dhGroups = []
            settings.keyShares = groups[:1]
        if role == "server":
            settings.ticketKeys = [bytearray(range(32))]
        if terms.psk:
            settings.pskConfigs = [(PSK_IDENTITY.encode(), PSK, "sha256")]
        if terms.psk == "alone":
            settings.psk_modes = ["psk_ke"]
        if terms.limits:
            settings.record_size_limit = RECORD_SIZE
        return settings
