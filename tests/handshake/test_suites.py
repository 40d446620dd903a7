"""The cipher suites that we speak."""

import pytest

from handshake.suites import IV_SIZE, SUITES
from record.protection import MAX_SEQUENCE_NUMBER, RecordProtection

# Appendix B.4, in the order of preference.
EXPECTED = [
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256", 32, "sha256", 32),
    (0x1301, "TLS_AES_128_GCM_SHA256", 16, "sha256", 32),
    (0x1302, "TLS_AES_256_GCM_SHA384", 32, "sha384", 48),
]


def test_the_three_suites_of_section_9_1() -> None:  # section 9.1 [1, 2], appendix E.5 [2, 3]
    assert [
        (number, suite.number.name, suite.key_size, suite.hash.name, suite.hash_size)
        for number, suite in SUITES.items()
    ] == EXPECTED
    assert IV_SIZE == 12


def test_how_long_a_key_lasts() -> None:
    """Section 5.5: with AES-GCM 2^24.5 records; ChaCha20-Poly1305's limit is beyond the sequence numbers."""
    limits = {suite.number.name: suite.max_records for suite in SUITES.values()}
    assert limits["TLS_AES_128_GCM_SHA256"] == limits["TLS_AES_256_GCM_SHA384"] == int(2**24.5)
    assert limits["TLS_CHACHA20_POLY1305_SHA256"] == MAX_SEQUENCE_NUMBER + 1


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.number.name)
# sections 5.2 [4] and 5.3 [3]
def test_the_aead_takes_such_keys_and_ivs(suite) -> None:  # type: ignore[no-untyped-def]
    aead, nonce = suite.aead(bytes(suite.key_size)), bytes(IV_SIZE)
    sealed = aead.encrypt(nonce, b"content", b"header")
    assert len(sealed) == 7 + RecordProtection.TAG_SIZE
    assert aead.decrypt(nonce, sealed, b"header") == b"content"
