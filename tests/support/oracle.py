"""The key schedule and the record protection of RFC 9846 once more, over hashlib, hmac and pyca/cryptography.

Nothing here calls this repository's primitives, key schedule or record layer, so what a test seals or opens
with it was computed independently.  That goes for groups and signatures too.  Whoever does not name a suite,
a group or a scheme gets TLS_CHACHA20_POLY1305_SHA256, X25519 and Ed25519, which take the least time.
"""

import functools
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

X25519, SECP256R1, SECP384R1, X25519MLKEM768 = 0x001D, 0x0017, 0x0018, 0x11EC
ED25519 = 0x0807


@dataclass(frozen=True)
class Suite:
    """What a cipher suite's number stands for: a hash, by its name in hashlib, and an AEAD and its key."""

    hash_name: str
    aead: Callable[[bytes], Any]
    key_size: int  # bytes

    @property
    def hash_size(self) -> int:  # bytes
        return hashlib.new(self.hash_name).digest_size

    def hash(self, data: bytes) -> bytes:
        return hashlib.new(self.hash_name, data).digest()

    def hmac(self, key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data, self.hash_name)


SUITES = {  # appendix B.4
    0x1301: Suite("sha256", AESGCM, 16),
    0x1302: Suite("sha384", AESGCM, 32),
    0x1303: Suite("sha256", ChaCha20Poly1305, 32),
}
CHACHA20 = SUITES[0x1303]


def transcript_hash(*messages: bytes, suite: Suite = CHACHA20) -> bytes:
    """Section 4.1."""
    return suite.hash(b"".join(messages))


def message_hash(client_hello: bytes, suite: Suite = CHACHA20) -> bytes:
    """What stands for the first ClientHello after a HelloRetryRequest (section 4.1)."""
    return b"\xfe" + suite.hash_size.to_bytes(3, "big") + suite.hash(client_hello)


def extract(salt: bytes, ikm: bytes, suite: Suite = CHACHA20) -> bytes:
    return suite.hmac(salt, ikm)


def expand_label(
    secret: bytes, label: str, context: bytes = b"", length: int = 0, suite: Suite = CHACHA20
) -> bytes:
    """HKDF-Expand-Label (section 7.1); 0 stands for the length of the hash."""
    length = length or suite.hash_size
    full = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + bytes([len(context)]) + context
    output = block = b""
    for number in range(1, length // suite.hash_size + 2):
        block = suite.hmac(secret, block + info + bytes([number]))
        output += block
    return output[:length]


def export(exporter: bytes, label: str, context: bytes, length: int, suite: Suite = CHACHA20) -> bytes:
    """TLS-Exporter (section 7.5), from the exporter's secret."""
    secret = expand_label(exporter, label, suite.hash(b""), suite=suite)
    return expand_label(secret, "exporter", suite.hash(context), length, suite)


@dataclass
class Direction:
    """What one side seals with: a traffic secret, and how many records it has sealed."""

    secret: bytes
    suite: Suite = CHACHA20
    sequence_number: int = 0

    @property
    def key(self) -> bytes:
        return self._expand("key", self.suite.key_size)

    @property
    def iv(self) -> bytes:
        return self._expand("iv", 12)

    def nonce(self) -> bytes:
        """Section 5.3; counts."""
        number = self.sequence_number.to_bytes(12, "big")
        self.sequence_number += 1
        return bytes(a ^ b for a, b in zip(self.iv, number, strict=True))

    def seal(self, content_type: int, content: bytes, padding: int = 0) -> bytes:
        """A whole record (section 5.2)."""
        return self.seal_inner(content + bytes([content_type]) + bytes(padding))

    def seal_inner(self, inner: bytes) -> bytes:
        """A whole record around any TLSInnerPlaintext, sensible or not."""
        header = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
        sealed: bytes = self.suite.aead(self.key).encrypt(self.nonce(), inner, header)
        return header + sealed

    def open(self, record: bytes) -> tuple[int, bytes]:
        """Content type and content of a whole record; pyca's InvalidTag if it is not this secret's."""
        inner = self.suite.aead(self.key).decrypt(self.nonce(), record[5:], record[:5]).rstrip(b"\x00")
        return inner[-1], inner[:-1]

    def finished(self, transcript: bytes) -> bytes:
        """The verify_data of this side's Finished (section 4.5.3)."""
        return self.suite.hmac(self._expand("finished"), transcript)

    def next_generation(self) -> "Direction":
        """Section 7.2."""
        return Direction(self._expand("traffic upd"), self.suite)

    def _expand(self, label: str, length: int = 0) -> bytes:
        return expand_label(self.secret, label, length=length, suite=self.suite)


@dataclass
class EarlySecrets:
    """What follows from a pre-shared key alone, before anything is agreed on (section 7.1).

    Without one, the key is zeros.  Its hash is that of the suite.
    """

    psk: bytes
    suite: Suite = CHACHA20
    early_secret: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.early_secret = extract(bytes(self.suite.hash_size), self.psk, self.suite)

    def binder_key(self, *, external: bool = False) -> bytes:
        label = "ext binder" if external else "res binder"
        return self._derive(label, self.suite.hash(b""))

    def binder(self, through_truncated_hello: bytes, *, external: bool = False) -> bytes:
        """Section 4.3.11.2; the hash ends where `truncate` ends."""
        return Direction(self.binder_key(external=external), self.suite).finished(through_truncated_hello)

    def client_traffic(self, through_client_hello: bytes) -> Direction:
        return Direction(self._derive("c e traffic", through_client_hello), self.suite)

    def exporter(self, through_client_hello: bytes) -> bytes:
        return self._derive("e exp master", through_client_hello)

    def _derive(self, label: str, transcript: bytes) -> bytes:
        return expand_label(self.early_secret, label, transcript, suite=self.suite)


def truncate(client_hello: bytes, *suites: Suite) -> bytes:
    """A ClientHello without its list of binders, one for each of these suites' hashes (section 4.3.11.2)."""
    return client_hello[: -2 - sum(1 + suite.hash_size for suite in suites or (CHACHA20,))]


def ticket_psk(resumption_secret: bytes, ticket_nonce: bytes, suite: Suite = CHACHA20) -> bytes:
    """The pre-shared key that belongs to a ticket (section 4.7.1)."""
    return expand_label(resumption_secret, "resumption", ticket_nonce, suite=suite)


@dataclass
class Secrets:
    """Every secret of a connection (section 7.1)."""

    shared_secret: bytes
    through_server_hello: bytes
    suite: Suite = CHACHA20
    psk: bytes | None = None
    main_secret: bytes = field(init=False)
    client_handshake: Direction = field(init=False)
    server_handshake: Direction = field(init=False)

    def __post_init__(self) -> None:
        suite, zeros, nothing = self.suite, bytes(self.suite.hash_size), self.suite.hash(b"")
        early = EarlySecrets(zeros if self.psk is None else self.psk, suite).early_secret
        handshake = extract(self._derive(early, "derived", nothing), self.shared_secret, suite)
        self.main_secret = extract(self._derive(handshake, "derived", nothing), zeros, suite)
        through = self.through_server_hello
        self.client_handshake = Direction(self._derive(handshake, "c hs traffic", through), suite)
        self.server_handshake = Direction(self._derive(handshake, "s hs traffic", through), suite)

    def application(self, through_server_finished: bytes) -> tuple[Direction, Direction]:
        """The client's direction and the server's."""
        client = self._derive(self.main_secret, "c ap traffic", through_server_finished)
        server = self._derive(self.main_secret, "s ap traffic", through_server_finished)
        return Direction(client, self.suite), Direction(server, self.suite)

    def exporter(self, through_server_finished: bytes) -> bytes:
        return self._derive(self.main_secret, "exp master", through_server_finished)

    def resumption(self, through_client_finished: bytes) -> bytes:
        return self._derive(self.main_secret, "res master", through_client_finished)

    def _derive(self, secret: bytes, label: str, transcript: bytes) -> bytes:
        return expand_label(secret, label, transcript, suite=self.suite)


# Groups (sections 4.3.8 and 7.4)

CURVES: dict[int, ec.EllipticCurve] = {SECP256R1: ec.SECP256R1(), SECP384R1: ec.SECP384R1()}


def private_key_for(group: int, data: bytes) -> bytes:
    """A private value made of these 32 bytes: in the hybrid they are every part of it."""
    return data * 3 if group == X25519MLKEM768 else data


def public_value(private_key: bytes, group: int = X25519) -> bytes:
    """What a client sends, and but for the hybrid what a server answers."""
    if group == X25519MLKEM768:
        ml_kem_key = mlkem.MLKEM768PrivateKey.from_seed_bytes(private_key[:64]).public_key()
        return ml_kem_key.public_bytes_raw() + public_value(private_key[64:])
    if group == X25519:
        return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
    public_key = _ec_private_key(private_key, group).public_key()
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def answer(private_key: bytes, share: bytes, group: int = X25519) -> bytes:
    """What a server sends to a client with this share."""
    if group == X25519MLKEM768:
        _, ciphertext = encapsulated(share[:1184])
        return ciphertext + public_value(private_key[64:])
    return public_value(private_key, group)


@functools.cache
def encapsulated(encapsulation_key: bytes) -> tuple[bytes, bytes]:
    """A secret, and the ciphertext that it is in: drawn once for each key."""
    return mlkem.MLKEM768PublicKey.from_public_bytes(encapsulation_key).encapsulate()


def agree(private_key: bytes, public: bytes, group: int = X25519) -> bytes:
    """The secret; in the hybrid `public` tells by its length whether it is a share or an answer."""
    if group == X25519MLKEM768:
        theirs, classical = public[:-32], agree(private_key[64:], public[-32:])
        if len(theirs) == 1184:
            return encapsulated(theirs)[0] + classical
        return mlkem.MLKEM768PrivateKey.from_seed_bytes(private_key[:64]).decapsulate(theirs) + classical
    if group == X25519:
        peer = X25519PublicKey.from_public_bytes(public)
        return X25519PrivateKey.from_private_bytes(private_key).exchange(peer)
    point = EllipticCurvePublicKey.from_encoded_point(CURVES[group], public)
    return _ec_private_key(private_key, group).exchange(ec.ECDH(), point)


def _ec_private_key(private_key: bytes, group: int) -> EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(private_key, "big"), CURVES[group])


# Signatures (section 4.3.3)

SigningKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
VerifyingKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

HASHES: dict[int, hashes.HashAlgorithm] = {
    **dict.fromkeys((0x0403, 0x0401, 0x0804, 0x0809), hashes.SHA256()),
    **dict.fromkeys((0x0503, 0x0501, 0x0805, 0x080A), hashes.SHA384()),
    **dict.fromkeys((0x0603, 0x0601, 0x0806, 0x080B), hashes.SHA512()),
}
RSA_PKCS1 = {0x0401, 0x0501, 0x0601}


def sign(key: SigningKey, content: bytes, scheme: int = ED25519, *, salt_length: int | None = None) -> bytes:
    """Sign with this scheme's hash and padding, where the kind of the key leaves anything to be chosen."""
    match key:
        case Ed25519PrivateKey():
            return key.sign(content)
        case EllipticCurvePrivateKey():
            return key.sign(content, ec.ECDSA(HASHES[scheme]))
        case _:
            return key.sign(content, _rsa_padding(scheme, salt_length), HASHES[scheme])


def verify(key: VerifyingKey, signature: bytes, content: bytes, scheme: int = ED25519) -> None:
    """pyca's InvalidSignature if it is not this key's."""
    match key:
        case Ed25519PublicKey():
            key.verify(signature, content)
        case EllipticCurvePublicKey():
            key.verify(signature, content, ec.ECDSA(HASHES[scheme]))
        case _:
            key.verify(signature, content, _rsa_padding(scheme), HASHES[scheme])


def _rsa_padding(scheme: int, salt_length: int | None = None) -> padding.PKCS1v15 | padding.PSS:
    if scheme in RSA_PKCS1:
        return padding.PKCS1v15()
    algorithm = HASHES[scheme]
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size if salt_length is None else salt_length)


def certificate_verify_content(role: str, through_certificate: bytes) -> bytes:
    """What CertificateVerify signs (section 4.5.2)."""
    return b" " * 64 + f"TLS 1.3, {role} CertificateVerify".encode() + b"\x00" + through_certificate


def records(data: bytes) -> list[bytes]:
    """Cut a whole number of records apart, headers kept."""
    found = []
    while data:
        end = 5 + int.from_bytes(data[3:5], "big")
        assert len(data) >= end, "not a whole number of records"
        found.append(data[:end])
        data = data[end:]
    return found


def messages(data: bytes) -> list[bytes]:
    """Cut a whole number of handshake messages apart, headers kept."""
    found = []
    while data:
        end = 4 + int.from_bytes(data[1:4], "big")
        assert len(data) >= end, "not a whole number of messages"
        found.append(data[:end])
        data = data[end:]
    return found
