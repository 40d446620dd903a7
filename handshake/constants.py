"""The numbers of the handshake protocol, under the RFC's names.  RFC 9846 section 4 and appendix B.

The enumerations are open: a peer may send numbers that are not here, and most of them are to be ignored
(section 9.3).  Messages therefore carry plain ints, which compare equal to these members.
"""

from enum import IntEnum
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["client", "server"]


class HandshakeType(IntEnum):
    """The first byte of every handshake message (section 4)."""

    CLIENT_HELLO = 1
    SERVER_HELLO = 2  # HelloRetryRequest as well: only its random tells them apart
    NEW_SESSION_TICKET = 4
    END_OF_EARLY_DATA = 5
    ENCRYPTED_EXTENSIONS = 8
    CERTIFICATE = 11
    CERTIFICATE_REQUEST = 13
    CERTIFICATE_VERIFY = 15
    FINISHED = 20
    KEY_UPDATE = 24
    MESSAGE_HASH = 254  # never on the wire: stands for the first ClientHello in the transcript


class ProtocolVersion(IntEnum):
    """The versions by number; this implementation speaks the last one only (section 4.3.1)."""

    SSL_3_0 = 0x0300
    TLS_1_0 = 0x0301
    TLS_1_1 = 0x0302
    TLS_1_2 = 0x0303  # also every legacy_version of TLS 1.3
    TLS_1_3 = 0x0304


class CipherSuite(IntEnum):
    """An AEAD and a hash (appendix B.4)."""

    TLS_AES_128_GCM_SHA256 = 0x1301
    TLS_AES_256_GCM_SHA384 = 0x1302
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303
    TLS_AES_128_CCM_SHA256 = 0x1304
    TLS_AES_128_CCM_8_SHA256 = 0x1305


class NamedGroup(IntEnum):
    """Groups for key exchange (section 4.3.7)."""

    SECP256R1 = 0x0017
    SECP384R1 = 0x0018
    SECP521R1 = 0x0019
    X25519 = 0x001D
    X448 = 0x001E
    FFDHE2048 = 0x0100
    FFDHE3072 = 0x0101
    FFDHE4096 = 0x0102
    FFDHE6144 = 0x0103
    FFDHE8192 = 0x0104
    X25519MLKEM768 = 0x11EC


class SignatureScheme(IntEnum):
    """Signature algorithms, hash and key type together (section 4.3.3)."""

    RSA_PKCS1_SHA256 = 0x0401
    RSA_PKCS1_SHA384 = 0x0501
    RSA_PKCS1_SHA512 = 0x0601
    ECDSA_SECP256R1_SHA256 = 0x0403
    ECDSA_SECP384R1_SHA384 = 0x0503
    ECDSA_SECP521R1_SHA512 = 0x0603
    RSA_PSS_RSAE_SHA256 = 0x0804
    RSA_PSS_RSAE_SHA384 = 0x0805
    RSA_PSS_RSAE_SHA512 = 0x0806
    ED25519 = 0x0807
    ED448 = 0x0808
    RSA_PSS_PSS_SHA256 = 0x0809
    RSA_PSS_PSS_SHA384 = 0x080A
    RSA_PSS_PSS_SHA512 = 0x080B
    RSA_PKCS1_SHA1 = 0x0201
    ECDSA_SHA1 = 0x0203


class ExtensionType(IntEnum):
    """The extensions that section 4.3 lists: those that we recognise, whether or not we use them."""

    SERVER_NAME = 0
    STATUS_REQUEST = 5
    SUPPORTED_GROUPS = 10
    SIGNATURE_ALGORITHMS = 13
    USE_SRTP = 14
    HEARTBEAT = 15
    APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16
    CLIENT_CERTIFICATE_TYPE = 19
    SERVER_CERTIFICATE_TYPE = 20
    PADDING = 21
    COMPRESS_CERTIFICATE = 27
    RECORD_SIZE_LIMIT = 28
    DELEGATED_CREDENTIAL = 34
    SUPPORTED_EKT_CIPHERS = 39
    PRE_SHARED_KEY = 41
    EARLY_DATA = 42
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_KEY_EXCHANGE_MODES = 45
    CERTIFICATE_AUTHORITIES = 47
    OID_FILTERS = 48
    POST_HANDSHAKE_AUTH = 49
    SIGNATURE_ALGORITHMS_CERT = 50
    KEY_SHARE = 51
    TRANSPARENCY_INFO = 52
    EXTERNAL_ID_HASH = 55
    EXTERNAL_SESSION_ID = 56
    QUIC_TRANSPORT_PARAMETERS = 57
    TICKET_REQUEST = 58
    ECH_OUTER_EXTENSIONS = 64768
    ENCRYPTED_CLIENT_HELLO = 65037


class PskKeyExchangeMode(IntEnum):
    """What may go with a pre-shared key (section 4.3.9)."""

    PSK_KE = 0  # nothing: whoever learns the key later reads all that was said under it
    PSK_DHE_KE = 1  # a fresh key exchange


class CertificateStatusType(IntEnum):
    """How an authority says whether a certificate still holds (RFC 6066 section 8)."""

    OCSP = 1


class KeyUpdateRequest(IntEnum):
    """Whether the receiver of a KeyUpdate shall update its own sending keys too (section 4.7.3)."""

    UPDATE_NOT_REQUESTED = 0
    UPDATE_REQUESTED = 1


LEGACY_VERSION = ProtocolVersion.TLS_1_2  # what every legacy_version field says (section 4.2.2)
NULL_COMPRESSION = 0  # the only compression method left (section 4.2.2)
RANDOM_SIZE = 32  # bytes

# SHA-256 of "HelloRetryRequest", in the place of a random (section 4.2.3).
HELLO_RETRY_REQUEST_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# How a server that knows TLS 1.3 ends its random when it speaks an older version (section 4.2.3).
DOWNGRADE_TLS_1_2 = b"DOWNGRD\x01"
DOWNGRADE_TLS_1_1 = b"DOWNGRD\x00"


def other(role: Role) -> Role:
    """Who is at the other end."""
    return "server" if role == "client" else "client"


def is_grease(value: int) -> bool:
    """Whether a 16-bit code point is one of the sixteen that mean nothing on purpose (RFC 8701): 0x?A?A."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def name_of(names: type[IntEnum] | None, value: int) -> str:
    """How to show a number to a reader: its name in the RFC, or that it is GREASE or unknown."""
    if names is None:
        return str(value)
    try:
        member = names(value)
    except ValueError:
        return f"GREASE (0x{value:04x})" if is_grease(value) else f"unknown (0x{value:x})"
    uppercase = names in (CipherSuite, ProtocolVersion)  # as the RFC writes them
    return f"{member.name if uppercase else member.name.lower()} (0x{value:x})"
