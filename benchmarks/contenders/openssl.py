"""ssl of the standard library, over memory BIOs."""

import ssl
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.contenders import C, Contender, Credentials, Pair


class Library(Contender):
    name = "ssl"
    language = C
    note = "of the standard library, over memory BIOs; seals with AES-256-GCM, its own choice"

    @property
    def version(self) -> str:
        return ssl.OPENSSL_VERSION.rsplit(maxsplit=3)[0]

    def client(self, credentials: Credentials) -> "BioEnd":
        return BioEnd(_client_context(credentials), server_side=False)

    def server(self, credentials: Credentials) -> "BioEnd":
        return BioEnd(_server_context(credentials), server_side=True)

    def acquainted(self, credentials: Credentials) -> Pair:
        context, server_context = _client_context(credentials), _server_context.__wrapped__(credentials)
        server_context.num_tickets = 1
        client, server = BioEnd(context, server_side=False), BioEnd(server_context, server_side=True)
        to_server = client.receive(server.receive(client.receive(b"")))
        client.open(server.receive(to_server) + server.seal(b"a ticket comes before this"))
        server_context.num_tickets = 0
        session = client.session
        return Pair(
            self.name,
            lambda: BioEnd(context, server_side=False, session=session),
            lambda: BioEnd(server_context, server_side=True),
        )


class BioEnd:
    def __init__(
        self, context: ssl.SSLContext, *, server_side: bool, session: ssl.SSLSession | None = None
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = None if server_side else "localhost"
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_side, name, session)
        self._complete = False

    @property
    def agreed(self) -> tuple[str, str] | None:
        version, cipher = self._ssl.version(), self._ssl.cipher()
        return (version, cipher[0]) if self._complete and version and cipher else None

    @property
    def session(self) -> ssl.SSLSession | None:
        return self._ssl.session

    @property
    def resumed(self) -> bool:
        return bool(self._ssl.session_reused)

    def receive(self, data: bytes) -> bytes:
        self._incoming.write(data)
        try:
            self._ssl.do_handshake()
            self._complete = True
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def seal(self, data: bytes) -> bytes:
        self._ssl.write(data)
        return self._outgoing.read()

    def open(self, data: bytes) -> bytes:
        self._incoming.write(data)
        received = []
        while self._incoming.pending or self._ssl.pending():
            received.append(self._ssl.read(2**14))
        return b"".join(received)


@cache  # a context is made once, as any program does
def _client_context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=credentials.authority)
    return context


@cache
def _server_context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_ecdh_curve("X25519")
    context.num_tickets = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_text(credentials.chain + credentials.private_key, "ascii")
        context.load_cert_chain(file)
    return context
