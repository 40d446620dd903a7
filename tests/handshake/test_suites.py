"""The cipher suites that we speak."""

from handshake.suites import IV_SIZE, SUITES


def test_chacha20_poly1305_is_all_there_is() -> None:
    (suite,) = SUITES.values()
    assert (suite.number, SUITES[0x1303]) == (0x1303, suite)  # appendix B.4
    assert (suite.number.name, suite.key_size, suite.hash_size) == ("TLS_CHACHA20_POLY1305_SHA256", 32, 32)
    assert suite.hash(b"").name == "sha256"
    assert IV_SIZE == 12
