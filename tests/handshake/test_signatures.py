"""CertificateVerify: who signed this handshake, in which role."""

import pytest

from handshake import signatures
from handshake.constants import SignatureScheme
from handshake.errors import DecryptError, IllegalParameter
from handshake.signatures import CLIENT_CONTEXT, SERVER_CONTEXT
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support import oracle

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
HASH = bytes([1]) * 32
ED25519 = SignatureScheme.ED25519

# The example of RFC 9846 section 4.5.2.
EXAMPLE = """
    2020202020202020202020202020202020202020202020202020202020202020
    2020202020202020202020202020202020202020202020202020202020202020
    544c5320312e332c207365727665722043657274696669636174655665726966
    79
    00
    0101010101010101010101010101010101010101010101010101010101010101
"""


def test_the_signed_content_is_the_rfcs_example() -> None:
    assert signatures.signed_content(SERVER_CONTEXT, HASH) == bytes.fromhex(EXAMPLE)


def test_the_roles_have_different_contexts() -> None:
    assert SERVER_CONTEXT == b"TLS 1.3, server CertificateVerify"
    assert CLIENT_CONTEXT == b"TLS 1.3, client CertificateVerify"


@pytest.mark.parametrize(("role", "context"), [("server", SERVER_CONTEXT), ("client", CLIENT_CONTEXT)])
def test_signing_and_verifying(role: str, context: bytes) -> None:
    signature = signatures.sign(KEY, context, HASH)
    assert signature == oracle.sign(SEED, oracle.certificate_verify_content(role, HASH))
    signatures.verify(ED25519, KEY.public_key(), context, HASH, signature)


def test_a_signature_reflected_across_roles_is_refused() -> None:
    """Who could make the server sign as a client would have a proof to show to its peers."""
    for made, shown in ((SERVER_CONTEXT, CLIENT_CONTEXT), (CLIENT_CONTEXT, SERVER_CONTEXT)):
        with pytest.raises(DecryptError):
            signatures.verify(ED25519, KEY.public_key(), shown, HASH, signatures.sign(KEY, made, HASH))


def test_a_signature_of_another_handshake_is_refused() -> None:
    with pytest.raises(DecryptError):
        signatures.verify(
            ED25519, KEY.public_key(), SERVER_CONTEXT, bytes(32), signatures.sign(KEY, SERVER_CONTEXT, HASH)
        )


def test_a_signature_by_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(DecryptError):
        signatures.verify(
            ED25519, other.public_key(), SERVER_CONTEXT, HASH, signatures.sign(KEY, SERVER_CONTEXT, HASH)
        )


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_a_flipped_bit_is_refused(bit: int) -> None:
    signature = bytearray(signatures.sign(KEY, SERVER_CONTEXT, HASH))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptError):
        signatures.verify(ED25519, KEY.public_key(), SERVER_CONTEXT, HASH, bytes(signature))


@pytest.mark.parametrize("length", [0, 1, 63, 65, 65_535])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    signature = (signatures.sign(KEY, SERVER_CONTEXT, HASH) + bytes(65_535))[:length]
    with pytest.raises(DecryptError):
        signatures.verify(ED25519, KEY.public_key(), SERVER_CONTEXT, HASH, signature)


@pytest.mark.parametrize("scheme", [0, 0x0401, 0x0403, 0x0804, 0x0808, 0x0A0A])
def test_a_scheme_that_does_not_fit_the_key_is_refused(scheme: int) -> None:
    """Even where the signature would be good."""
    with pytest.raises(IllegalParameter, match=f"0x{scheme:04x} does not fit"):
        signatures.verify(
            scheme, KEY.public_key(), SERVER_CONTEXT, HASH, signatures.sign(KEY, SERVER_CONTEXT, HASH)
        )


def test_a_scheme_is_chosen_among_those_that_the_peer_can_verify() -> None:
    assert signatures.choose(KEY, (0x0403, ED25519, 0x0804)) == ED25519
    assert signatures.choose(KEY, (0x0403, 0x0804)) is None
