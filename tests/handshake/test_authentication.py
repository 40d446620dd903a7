"""Finished: right to the last bit, or the end."""

import pytest

from handshake import authentication
from handshake.errors import DecodeError, DecryptError
from handshake.key_schedule import EarlySecret, TrafficSecret
from handshake.messages import Finished
from handshake.session import VerifiedFinished
from handshake.suites import SUITES

HASH = bytes(range(32))


@pytest.fixture(scope="module", params=SUITES, ids=lambda number: SUITES[number].number.name)
def secret(request: pytest.FixtureRequest) -> TrafficSecret:
    return EarlySecret(SUITES[request.param]).handshake_secret(bytes(32)).traffic_secrets(bytes(32)).server


def test_the_right_one_gives_a_witness(secret: TrafficSecret) -> None:
    verify_data = secret.finished(HASH)
    assert authentication.verify_finished(Finished(verify_data), secret, HASH) == VerifiedFinished(
        verify_data
    )


def test_any_flipped_bit_is_refused(secret: TrafficSecret) -> None:
    size = secret.suite.hash_size
    right = int.from_bytes(secret.finished(HASH), "big")
    for bit in range(8 * size):
        wrong = (right ^ 1 << bit).to_bytes(size, "big")
        with pytest.raises(DecryptError):
            authentication.verify_finished(Finished(wrong), secret, HASH)


@pytest.mark.parametrize("length", [0, 1, 12, 31, 32, 33, 47, 48, 49, 64])
def test_another_length_does_not_follow_the_syntax(secret: TrafficSecret, length: int) -> None:
    size = secret.suite.hash_size
    received = Finished((secret.finished(HASH) * 2)[:length])
    if length == size:
        authentication.verify_finished(received, secret, HASH)
        return
    with pytest.raises(DecodeError, match=f"{length} bytes, expected {size}"):
        authentication.verify_finished(received, secret, HASH)


def test_another_handshake_is_refused(secret: TrafficSecret) -> None:
    with pytest.raises(DecryptError):
        authentication.verify_finished(Finished(secret.finished(HASH)), secret, bytes(32))


def test_one_sides_finished_is_not_the_others() -> None:
    """A Finished that is sent back proves nothing."""
    traffic = EarlySecret(SUITES[0x1303]).handshake_secret(bytes(32)).traffic_secrets(bytes(32))
    with pytest.raises(DecryptError):
        authentication.verify_finished(Finished(traffic.client.finished(HASH)), traffic.server, HASH)
