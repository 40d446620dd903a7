"""Ourselves, through the interfaces that anyone would use."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from benchmarks.contenders import OURS, Contender, Credentials, Pair
from handshake.certified_keys import CertifiedKey
from handshake.constants import NamedGroup
from handshake.settings import ClientSettings, ServerSettings
from purecrypto import aes, ec, hkdf, hmac, stream
from purecrypto.aes_gcm import AESGCM
from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from purecrypto.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from purecrypto.ml_kem import MLKEM768PrivateKey, MLKEM768PublicKey
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey
from purecrypto.rsa_padding import PSS, PKCS1v15
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384, sha512
from purecrypto.x25519 import X25519PrivateKey, X25519PublicKey
from record.content_type import ContentType
from record.framing import RecordBuffer
from record.protection import RecordProtection
from tls import timing
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from tls.events import ApplicationData, ConnectionFailed
from x509.trust_store import TrustStore


class Library(Contender):
    name = OURS
    distribution = "glassbox-tls"

    def sha256(self, data: bytes) -> Callable[[], bytes]:
        return lambda: sha256(data).digest()

    def sha512(self, data: bytes) -> Callable[[], bytes]:
        return lambda: sha512(data).digest()

    def hmac_sha256(self, key: bytes, data: bytes) -> Callable[[], bytes]:
        return lambda: hmac.digest(key, data, "sha256")

    def hkdf_expand(self, prk: bytes, info: bytes, length: int) -> Callable[[], bytes]:
        return lambda: hkdf.expand(prk, info, length)

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], bytes]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.encrypt(nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], bytes]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.decrypt(nonce, sealed, data)

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], bytes]:
        aead = AESGCM(key)
        return lambda: aead.encrypt(nonce, plaintext, data)

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], bytes]:
        aead = AESGCM(key)
        return lambda: aead.decrypt(nonce, sealed, data)

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], bytes]:
        ready = aes.Key(key)
        return lambda: stream.xor_all(text, aes.batches(ready, counter_block, len(text)))

    def x25519_public(self, private: bytes) -> Callable[[], bytes]:
        return lambda: X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], bytes]:
        ours, theirs = X25519PrivateKey.from_private_bytes(private), X25519PublicKey.from_public_bytes(public)
        return lambda: ours.exchange(theirs)

    def ml_kem_public(self, seed: bytes) -> Callable[[], bytes]:
        return lambda: MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()

    def ml_kem_encaps(self, public: bytes, m: bytes) -> Callable[[], tuple[bytes, bytes]]:
        return lambda: MLKEM768PublicKey.from_public_bytes(public).encapsulate_from(m)  # a key is used once

    def ml_kem_decaps(self, seed: bytes, ciphertext: bytes) -> Callable[[], bytes]:
        key = MLKEM768PrivateKey.from_seed_bytes(seed)
        return lambda: key.decapsulate(ciphertext)

    def ed25519_public(self, seed: bytes) -> Callable[[], bytes]:
        return lambda: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], bytes]:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        key = Ed25519PublicKey.from_public_bytes(public)

        def job() -> bool:
            key.verify(signature, message)
            return True

        return job

    def p256_public(self, private: bytes) -> Callable[[], bytes]:
        d, curve = int.from_bytes(private, "big"), ec.SECP256R1()
        return lambda: ec.derive_private_key(d, curve).public_key().encoded_point()

    def p256_exchange(self, private: bytes, public: bytes) -> Callable[[], bytes]:
        ours = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        return lambda: ours.exchange(ec.ECDH(), theirs)

    def p256_sign(self, private: bytes, message: bytes) -> Callable[[], bytes]:
        key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
        return lambda: key.sign(message, ec.ECDSA(sha256))

    def p256_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _verify_ecdsa(ec.SECP256R1(), ec.ECDSA(sha256), public, message, signature)

    def p384_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _verify_ecdsa(ec.SECP384R1(), ec.ECDSA(sha384), public, message, signature)

    def rsa_pss_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], bytes]:
        return lambda: key.sign(message, PSS(salt_length=0), "sha256")

    def rsa_pss_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], bool]:
        def job() -> bool:
            key.verify(signature, message, PSS(), "sha256")
            return True

        return job

    def rsa_pkcs1_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], bytes]:
        return lambda: key.sign(message, PKCS1v15(), "sha256")

    def rsa_pkcs1_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], bool]:
        def job() -> bool:
            key.verify(signature, message, PKCS1v15(), "sha256")
            return True

        return job

    def record_seal(self, key: bytes, iv: bytes, content: bytes) -> Callable[[], bytes]:
        protection = RecordProtection(ChaCha20Poly1305(key), iv)

        def job() -> bytes:
            protection.sequence_number = 0  # the same record again
            return protection.seal(ContentType.APPLICATION_DATA, content)

        return job

    def record_open(self, key: bytes, iv: bytes, record: bytes) -> Callable[[], bytes]:
        protection = RecordProtection(ChaCha20Poly1305(key), iv)
        buffer = RecordBuffer()
        buffer.receive(record)
        received = buffer.next_record()
        assert received is not None

        def job() -> bytes:
            protection.sequence_number = 0
            return protection.open(received)[1]

        return job

    def client(self, credentials: Credentials) -> "ConnectionEnd":
        return ConnectionEnd(_client_config(credentials).settings("localhost"))

    def server(self, credentials: Credentials) -> "ConnectionEnd":
        return ConnectionEnd(_server_config(credentials).settings())

    def acquainted(self, credentials: Credentials) -> Pair:
        client, server = _client_config(credentials), replace(_server_config(credentials), tickets=1)
        ticket = timing.first_meeting(client.settings("localhost"), server.settings())
        return Pair(
            self.name,
            lambda: ConnectionEnd(replace(client.settings("localhost"), ticket=ticket)),
            lambda: ConnectionEnd(replace(server.settings(), ticket_random=b"")),
        )

    def hybrid(self, credentials: Credentials) -> Pair:
        groups = (NamedGroup.X25519MLKEM768,)
        client = replace(_client_config(credentials), groups=groups)
        server = replace(_server_config(credentials), groups=groups)
        return Pair(
            self.name,
            lambda: ConnectionEnd(client.settings("localhost")),
            lambda: ConnectionEnd(server.settings()),
        )


class ConnectionEnd:
    def __init__(self, settings: ClientSettings | ServerSettings) -> None:
        self._connection = Connection(settings)

    @property
    def agreed(self) -> tuple[str, str] | None:
        session = self._connection.session
        return None if session is None else ("TLSv1.3", session.cipher_suite.name)

    @property
    def resumed(self) -> bool:
        session = self._connection.session
        return session is not None and session.psk_origin is not None

    def receive(self, data: bytes) -> bytes:
        events = self._connection.receive_data(data)
        if events and isinstance(events[-1], ConnectionFailed):
            raise events[-1].error
        return self._connection.data_to_send()

    def seal(self, data: bytes) -> bytes:
        self._connection.send(data)
        return self._connection.data_to_send()

    def open(self, data: bytes) -> bytes:
        return b"".join(
            event.data for event in self._connection.receive_data(data) if isinstance(event, ApplicationData)
        )


@cache  # read once, as any program does
def _client_config(credentials: Credentials) -> ClientConfig:
    return ClientConfig(trust=TrustStore.from_pem(credentials.authority), groups=(NamedGroup.X25519,))


@cache
def _server_config(credentials: Credentials) -> ServerConfig:
    certified_key = CertifiedKey.from_pem(credentials.chain, credentials.private_key)
    return ServerConfig(certified_keys=[certified_key], tickets=0, groups=(NamedGroup.X25519,))


def _verify_ecdsa(
    curve: ec.EllipticCurve, algorithm: ec.ECDSA, public: bytes, message: bytes, signature: bytes
) -> Callable[[], bool]:
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)

    def job() -> bool:
        key.verify(signature, message, algorithm)
        return True

    return job
