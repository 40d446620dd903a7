"""The key schedule and the record protection of RFC 9846 once more, over hashlib, hmac and pyca/cryptography.

Nothing here calls this repository's primitives, key schedule or record layer, so what a test seals or opens
with it was computed independently.  TLS_CHACHA20_POLY1305_SHA256, X25519 and Ed25519 only.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

HASH_SIZE = 32  # bytes


def transcript_hash(*messages: bytes) -> bytes:
    """Section 4.1."""
    return hashlib.sha256(b"".join(messages)).digest()


def message_hash(client_hello: bytes) -> bytes:
    """What stands for the first ClientHello after a HelloRetryRequest (section 4.1)."""
    return b"\xfe\x00\x00\x20" + hashlib.sha256(client_hello).digest()


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, ikm, "sha256")


def expand_label(secret: bytes, label: str, context: bytes = b"", length: int = HASH_SIZE) -> bytes:
    """HKDF-Expand-Label (section 7.1), for outputs of one block."""
    full = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", "sha256")[:length]


@dataclass
class Direction:
    """What one side seals with: a traffic secret, and how many records it has sealed."""

    secret: bytes
    sequence_number: int = 0

    @property
    def key(self) -> bytes:
        return expand_label(self.secret, "key", length=32)

    @property
    def iv(self) -> bytes:
        return expand_label(self.secret, "iv", length=12)

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
        return header + ChaCha20Poly1305(self.key).encrypt(self.nonce(), inner, header)

    def open(self, record: bytes) -> tuple[int, bytes]:
        """Content type and content of a whole record; pyca's InvalidTag if it is not this secret's."""
        inner = ChaCha20Poly1305(self.key).decrypt(self.nonce(), record[5:], record[:5]).rstrip(b"\x00")
        return inner[-1], inner[:-1]

    def finished(self, transcript: bytes) -> bytes:
        """The verify_data of this side's Finished (section 4.5.3)."""
        return hmac.digest(expand_label(self.secret, "finished"), transcript, "sha256")

    def next_generation(self) -> "Direction":
        """Section 7.2."""
        return Direction(expand_label(self.secret, "traffic upd"))


@dataclass
class Secrets:
    """Every secret of a connection (section 7.1)."""

    shared_secret: bytes
    through_server_hello: bytes
    main_secret: bytes = field(init=False)
    client_handshake: Direction = field(init=False)
    server_handshake: Direction = field(init=False)

    def __post_init__(self) -> None:
        nothing = transcript_hash()
        early = extract(bytes(HASH_SIZE), bytes(HASH_SIZE))
        handshake = extract(expand_label(early, "derived", nothing), self.shared_secret)
        self.main_secret = extract(expand_label(handshake, "derived", nothing), bytes(HASH_SIZE))
        self.client_handshake = Direction(expand_label(handshake, "c hs traffic", self.through_server_hello))
        self.server_handshake = Direction(expand_label(handshake, "s hs traffic", self.through_server_hello))

    def application(self, through_server_finished: bytes) -> tuple[Direction, Direction]:
        """The client's direction and the server's."""
        client = expand_label(self.main_secret, "c ap traffic", through_server_finished)
        server = expand_label(self.main_secret, "s ap traffic", through_server_finished)
        return Direction(client), Direction(server)

    def exporter(self, through_server_finished: bytes) -> bytes:
        return expand_label(self.main_secret, "exp master", through_server_finished)


def public_value(private_key: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def agree(private_key: bytes, public: bytes) -> bytes:
    peer = X25519PublicKey.from_public_bytes(public)
    return X25519PrivateKey.from_private_bytes(private_key).exchange(peer)


def sign(seed: bytes, content: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(content)


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
