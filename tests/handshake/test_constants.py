"""The numbers of the handshake protocol, against the RFC's own words."""

import hashlib

from handshake import constants
from handshake.constants import (
    CipherSuite,
    HandshakeType,
    KeyUpdateRequest,
    NamedGroup,
    PskKeyExchangeMode,
    SignatureScheme,
)
from handshake.settings import Grease

GREASE = [0x0A0A, 0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A, 0x5A5A, 0x6A6A, 0x7A7A]
GREASE += [0x8A8A, 0x9A9A, 0xAAAA, 0xBABA, 0xCACA, 0xDADA, 0xEAEA, 0xFAFA]  # RFC 8701 section 2


def test_the_random_of_a_hello_retry_request_is_its_name_hashed() -> None:  # section 4.2.3
    assert hashlib.sha256(b"HelloRetryRequest").digest() == constants.HELLO_RETRY_REQUEST_RANDOM


def test_the_downgrade_sentinels() -> None:  # section 4.2.3
    assert bytes.fromhex("44 4F 57 4E 47 52 44 01") == constants.DOWNGRADE_TLS_1_2
    assert bytes.fromhex("44 4F 57 4E 47 52 44 00") == constants.DOWNGRADE_TLS_1_1


def test_handshake_types() -> None:  # section 4
    numbers = [1, 2, 4, 5, 8, 11, 13, 15, 20, 24, 254]
    assert [int(member) for member in HandshakeType] == numbers


def test_numbers_of_what_we_speak() -> None:
    assert CipherSuite.TLS_CHACHA20_POLY1305_SHA256 == 0x1303  # appendix B.4
    assert NamedGroup.X25519 == 0x001D  # section 4.3.7
    assert SignatureScheme.ED25519 == 0x0807  # section 4.3.3
    assert list(KeyUpdateRequest) == [0, 1]  # section 4.7.3
    assert (PskKeyExchangeMode.PSK_KE, PskKeyExchangeMode.PSK_DHE_KE) == (0, 1)  # section 4.3.9


def test_each_role_has_the_other_one() -> None:
    assert (constants.other("client"), constants.other("server")) == ("server", "client")


def test_grease_is_sixteen_values() -> None:
    assert [value for value in range(2**16) if constants.is_grease(value)] == GREASE


def test_grease_comes_from_five_bytes() -> None:
    chosen = Grease.from_seed(bytes.fromhex("00 1f 7a ff 80"))
    assert chosen == Grease(0x0A0A, 0x1A1A, 0x7A7A, 0xFAFA, 0x8A8A)
    from_every_byte = {Grease.from_seed(bytes([byte] * 5)).version for byte in range(256)}
    assert sorted(from_every_byte) == GREASE


def test_names_for_a_reader() -> None:
    assert constants.name_of(None, 7) == "7"
    assert constants.name_of(CipherSuite, 0x1303) == "TLS_CHACHA20_POLY1305_SHA256 (0x1303)"
    assert constants.name_of(NamedGroup, 29) == "x25519 (0x1d)"
    assert constants.name_of(NamedGroup, 0x2A2A) == "GREASE (0x2a2a)"
    assert constants.name_of(NamedGroup, 0xABCD) == "unknown (0xabcd)"
