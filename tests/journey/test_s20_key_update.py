"""Rung 20: each message has a key of its own, and the old ones are gone."""

import pytest

from handshake.key_schedule import EarlySecret, TrafficSecret
from journey.errors import EndOfStream, Refused
from journey.s18_encrypted_handshake import channel as s18
from journey.s19_close_notify import channel as s19
from journey.s20_key_update.channel import Channel
from tests.support import pipes, reachable
from tests.support.pipes import Pipe


def secrets() -> tuple[TrafficSecret, TrafficSecret]:
    handshake_secret = EarlySecret(s18.SUITE).handshake_secret(bytes(32))
    made = handshake_secret.main_secret().application_secrets(bytes(32))
    return made.client, made.server


def ends() -> tuple[Channel, Channel, Pipe]:
    one, other = pipes.pair()
    sending, receiving = secrets()
    return Channel(one, sending, receiving), Channel(other, receiving, sending), other


def test_messages_arrive_under_one_key_after_the_other() -> None:
    one, other, _ = ends()
    keys = set()
    for i in range(5):
        keys |= {one.sending_key, other.sending_key}
        one.send(f"question {i}".encode())
        assert other.receive() == f"question {i}".encode()
        other.send(f"answer {i}".encode())
        assert one.receive() == f"answer {i}".encode()
    assert len(keys) == 10
    one.close()
    with pytest.raises(EndOfStream):
        other.receive()


def test_the_keys_are_those_of_the_key_schedule() -> None:
    one, other, wire = ends()
    first, _ = secrets()
    for secret in (first, first.next_generation(), first.next_generation().next_generation()):
        assert one.sending_key == s18.key(secret)
        one.send(b"hello")
        other.receive()
    assert other.receiving_key == s18.key(secret)  # the KeyUpdate behind the last message was not read yet
    assert len(wire.incoming) == 1


def test_each_side_forgets_what_was_before() -> None:
    """Nowhere in the memory of either lies a secret or a key that opens a record of before."""
    one, other, _ = ends()
    old, _ = secrets()
    for _ in range(2):
        one.send(b"hello")
        other.receive()
    next_one = old.next_generation()
    for forgotten in (old.value, s18.key(old)):
        assert not reachable.holds(one, forgotten)
        assert not reachable.holds(other, forgotten)
    for forgotten in (next_one.value, s18.key(next_one)):
        assert not reachable.holds(one, forgotten)
    now = next_one.next_generation()
    assert reachable.holds(one, now.value)
    assert reachable.holds(one, s18.key(now))
    assert reachable.holds(other, next_one.value)  # until it reads on


def test_a_record_under_the_old_key_is_refused() -> None:
    one, other, wire = ends()
    one.send(b"hello")
    assert other.receive() == b"hello"
    late = s19.Channel(Pipe(wire.outgoing, wire.incoming), *map(s18.key, secrets()))
    late.sent = 2  # the next number under the first key
    late.send(b"one more")
    with pytest.raises(Refused):
        other.receive()


def test_without_the_update_the_next_message_is_refused() -> None:
    one, other, wire = ends()
    one.send(b"hello")
    wire.incoming.pop()  # the KeyUpdate never arrives
    one.send(b"again")
    assert other.receive() == b"hello"
    with pytest.raises(Refused):
        other.receive()
