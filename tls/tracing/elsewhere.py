"""What programs of today send besides, and the code here steps over: by what kind of number it is, its name.

A reader of his browser's ClientHello wants to know what it says; the protocol has no use for these names, so
they are not in `handshake/constants.py`.

Tested by      tests/tls/test_elsewhere.py
"""

from enum import IntEnum

from handshake import constants
from handshake.constants import CipherSuite, ExtensionType, NamedGroup, SignatureScheme

# Suites of TLS 1.2 have a key exchange, a signature, a cipher and a hash in one number (RFC 5246 and later)
SUITES_OF_TLS_1_2 = {
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    0x006B: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCAA: "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
}

NAMES: dict[type[IntEnum], dict[int, str]] = {
    CipherSuite: SUITES_OF_TLS_1_2
    | {
        0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",  # RFC 5746: no suite, but a sign
        0x5600: "TLS_FALLBACK_SCSV",  # RFC 7507
    },
    NamedGroup: {  # the other hybrids of RFC 10024
        0x11EB: "secp256r1mlkem768",
        0x11ED: "secp384r1mlkem1024",
    },
    SignatureScheme: {
        0x0904: "mldsa44",  # draft-ietf-tls-mldsa: lattices that sign
        0x0905: "mldsa65",
        0x0906: "mldsa87",
        0x081A: "ecdsa_brainpoolP256r1tls13_sha256",  # RFC 8734
        0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
        0x081C: "ecdsa_brainpoolP512r1tls13_sha512",
        0x0202: "dsa_sha1",  # RFC 5246 section 7.4.1.4.1: a hash and a signature, a byte each
        0x0301: "rsa_pkcs1_sha224",
        0x0302: "dsa_sha224",
        0x0303: "ecdsa_sha224",
        0x0402: "dsa_sha256",
        0x0502: "dsa_sha384",
        0x0602: "dsa_sha512",
    },
    ExtensionType: {
        11: "ec_point_formats",
        18: "signed_certificate_timestamp",
        22: "encrypt_then_mac",
        23: "extended_master_secret",
        35: "session_ticket",
        17613: "application_settings",
        51764: "trust_anchors",
        65281: "renegotiation_info",
    },
}


def name_of(names: type[IntEnum] | None, number: int) -> str:
    """How to show a number to a reader; as `constants.name_of`, and with these names."""
    name = NAMES[names].get(number) if names in NAMES else None
    if name is None:
        return constants.name_of(names, number)
    return f"{name} (0x{number:x})"


def spoken(name: str) -> str:
    """What a part is called: "extension_35", where the code has only a number, is session_ticket."""
    number = name.removeprefix("extension_")
    if number == name or not number.isdigit():
        return name
    return "GREASE" if constants.is_grease(int(number)) else NAMES[ExtensionType].get(int(number), name)
