"""tlslite-ng: TLS in pure Python, with its Python classes and not its accelerated ones.

Its blocking calls want a socket; its generators want something that behaves like one and is never ready
to give what has not been put there.  That is `Pipe`, so both ends live in one thread and nobody waits.
"""

import errno
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain
from tlslite.constants import CipherSuite
from tlslite.utils import cryptomath, keyfactory, python_aesgcm, python_chacha20_poly1305, x25519
from tlslite.utils.python_rsakey import Python_RSAKey

from benchmarks import contenders
from benchmarks.contenders import Contender, Credentials, Pair, Unsuitable
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey

TLS_1_3 = (3, 4)
NEEDS_TO_READ = 0  # what a generator yields where a blocking call would wait


class Library(Contender):
    name = "tlslite-ng"
    distribution = "tlslite-ng"
    hashes_itself = False
    note = "hashes with hashlib, signs with ecdsa, has ML-KEM from kyber-py, and does not verify the chain"

    def __init__(self) -> None:
        contenders.refuse_accelerators("gmpy2", "gmpy")
        if cryptomath.m2cryptoLoaded or cryptomath.pycryptoLoaded:
            raise Unsuitable("it has found M2Crypto or pycrypto: uninstall them to compare pure Python")

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead, content, header = _aead(key), bytearray(plaintext), bytearray(data)
        return lambda: aead.seal(nonce, content, header)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead, fragment, header = _aead(key), bytearray(sealed), bytearray(data)
        return lambda: aead.open(nonce, fragment, header)

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead, content, header = python_aesgcm.new(bytearray(key)), bytearray(plaintext), bytearray(data)
        return lambda: aead.seal(bytearray(nonce), content, header)

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead, fragment, header = python_aesgcm.new(bytearray(key)), bytearray(sealed), bytearray(data)
        return lambda: aead.open(bytearray(nonce), fragment, header)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: x25519.x25519(bytearray(private), bytearray(x25519.X25519_G))

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        return lambda: x25519.x25519(bytearray(private), bytearray(public))

    def rsa_pss_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        own, data = _rsa_key(key), bytearray(message)
        return lambda: own.hashAndSign(data, "PSS", "sha256", 0)

    def rsa_pss_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], Any]:
        own, data, received = Python_RSAKey(key.n, key.e), bytearray(message), bytearray(signature)
        return lambda: own.hashAndVerify(received, data, "PSS", "sha256", 32)

    def rsa_pkcs1_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        own, data = _rsa_key(key), bytearray(message)
        return lambda: own.hashAndSign(data, "PKCS1", "sha256")

    def rsa_pkcs1_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], Any]:
        own, data, received = Python_RSAKey(key.n, key.e), bytearray(message), bytearray(signature)
        return lambda: own.hashAndVerify(received, data, "PKCS1", "sha256")

    def client(self, _credentials: Credentials) -> "GeneratorEnd":
        return _client_end(_settings())

    def server(self, credentials: Credentials) -> "GeneratorEnd":
        return _server_end(credentials, _settings())

    def acquainted(self, credentials: Credentials) -> Pair:
        giving, given = _settings.__wrapped__(), _settings.__wrapped__()
        for settings, tickets in ((giving, 1), (given, 0)):
            settings.ticketKeys, settings.ticketCipher = [bytearray(32)], "chacha20-poly1305"
            settings.ticket_count = tickets
        client, server = _client_end(_settings()), _server_end(credentials, giving)
        to_server = client.receive(server.receive(client.receive(b"")))
        client.open(server.receive(to_server) + server.seal(b"a ticket comes before this"))
        return Pair(
            self.name,
            lambda: _client_end(_settings(), client.session),
            lambda: _server_end(credentials, given),
        )

    def hybrid(self, credentials: Credentials) -> Pair:
        settings = _settings.__wrapped__()
        settings.eccCurves = settings.keyShares = ["x25519mlkem768"]
        return Pair(self.name, lambda: _client_end(settings), lambda: _server_end(credentials, settings))


def _client_end(settings: Any, session: Any = None) -> "GeneratorEnd":
    def handshake(connection: Any) -> Iterator[Any]:
        generator: Iterator[Any] = connection.handshakeClientCert(
            serverName="localhost", settings=settings, session=session, async_=True
        )
        return generator

    return GeneratorEnd(handshake)


def _server_end(credentials: Credentials, settings: Any) -> "GeneratorEnd":
    chain, key = _server_credentials(credentials)

    def handshake(connection: Any) -> Iterator[Any]:
        generator: Iterator[Any] = connection.handshakeServerAsync(
            certChain=chain, privateKey=key, settings=settings
        )
        return generator

    return GeneratorEnd(handshake)


class GeneratorEnd:
    def __init__(self, handshake: Callable[[Any], Iterator[Any]]) -> None:
        self._pipe = Pipe()
        self._connection: Any = TLSConnection(self._pipe)
        self._handshake: Iterator[Any] | None = handshake(self._connection)

    @property
    def agreed(self) -> tuple[str, str] | None:
        if self._handshake is not None:
            return None
        version = "TLSv1.3" if self._connection.version == TLS_1_3 else str(self._connection.version)
        return version, CipherSuite.ietfNames[self._connection.session.cipherSuite]

    @property
    def session(self) -> Any:
        return self._connection.session

    @property
    def resumed(self) -> bool:
        return bool(self._connection.resumed)

    def receive(self, data: bytes) -> bytes:
        self._pipe.incoming += data
        if self._handshake is not None:
            for wants in self._handshake:
                if wants == NEEDS_TO_READ and not self._pipe.incoming:
                    break
            else:
                self._handshake = None
        return self._pipe.sent()

    def seal(self, data: bytes) -> bytes:
        for _ in self._connection.writeAsync(data):
            raise AssertionError("the pipe takes everything at once")
        return self._pipe.sent()

    def open(self, data: bytes) -> bytes:
        self._pipe.incoming += data
        received = bytearray()
        while True:  # one record each time
            for result in self._connection.readAsync():
                if result == NEEDS_TO_READ:
                    return bytes(received)
                received += result


class Pipe:
    """In the place of a non-blocking socket."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self._outgoing = bytearray()

    def recv(self, size: int) -> bytes:
        if not self.incoming:
            raise BlockingIOError(errno.EWOULDBLOCK, "nothing there yet")
        data = bytes(self.incoming[:size])
        del self.incoming[:size]
        return data

    def send(self, data: bytes) -> int:
        self._outgoing += data
        return len(data)

    def sendall(self, data: bytes) -> None:
        self._outgoing += data

    def sent(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data


def _rsa_key(key: RSAPrivateKey) -> Any:
    public = key.public_key()
    return Python_RSAKey(public.n, public.e, key.d, key.p, key.q, key.dmp1, key.dmq1, key.iqmp)


def _aead(key: bytes) -> Any:
    return python_chacha20_poly1305.new(bytearray(key))


@cache
def _settings() -> Any:
    """The one way to agree that we have too: X25519, Ed25519 and ChaCha20-Poly1305, in Python."""
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = TLS_1_3
    settings.cipherNames = ["chacha20-poly1305"]
    settings.cipherImplementations = ["python"]
    settings.eccCurves = settings.keyShares = ["x25519"]
    settings.dhGroups = []
    settings.more_sig_schemes = ["Ed25519"]
    settings.use_heartbeat_extension = False
    return settings


@cache  # parsed once, as any server does
def _server_credentials(credentials: Credentials) -> tuple[Any, Any]:
    chain = X509CertChain()
    chain.parsePemList(credentials.chain)
    key = keyfactory.parsePEMKey(credentials.private_key, private=True, implementations=["python"])
    return chain, key
