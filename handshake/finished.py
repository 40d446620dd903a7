"""Finished: both sides prove that they saw the same handshake and derived the same keys.
RFC 9846 section 4.5.3."""

from handshake.errors import DecodeError, DecryptError
from handshake.key_schedule import TrafficSecret
from handshake.messages import Finished
from handshake.session import VerifiedFinished
from purecrypto import constant_time


def verify(message: Finished, secret: TrafficSecret, transcript_hash: bytes) -> VerifiedFinished:
    """Check the peer's Finished against its handshake traffic secret and all messages before it.

    DecodeError if verify_data is not as long as the suite's hash, DecryptError if it is wrong.
    """
    received_verify_data = message.verify_data
    if len(received_verify_data) != secret.suite.hash_size:
        raise DecodeError(
            f"Finished: verify_data of {len(received_verify_data)} bytes, expected {secret.suite.hash_size}"
        )
    if not constant_time.equal(received_verify_data, secret.finished(transcript_hash)):
        raise DecryptError("Finished: verify_data is wrong")
    return VerifiedFinished(received_verify_data)
