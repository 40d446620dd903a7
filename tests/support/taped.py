"""Recorded handshakes, the same in every run."""

from functools import cache
from random import Random
from typing import Any

from handshake.constants import Role
from tests.support import certificates, peers_in_memory
from tls.connection import Connection
from tls.what_if import rehearsal
from tls.what_if.replay import Replay
from tls.what_if.tape import Recorder, Tape

PROTOCOLS = (b"http/1.1", b"http/1.0")
DATA = b"welcome"


def tape(
    role: Role = "client", *, client: dict[str, Any] | None = None, server: dict[str, Any] | None = None
) -> Tape:
    """What one end was given in a handshake in memory; settings may be replaced."""
    recorder = Recorder()
    client = {"application_protocols": PROTOCOLS} | (client or {})
    server = {"application_protocols": PROTOCOLS[:1]} | peers_in_memory.TICKETS | (server or {})
    ours = Connection(peers_in_memory.client_settings(**client), recorder if role == "client" else None)
    theirs = Connection(peers_in_memory.server_settings(**server), recorder if role == "server" else None)
    while flight := ours.data_to_send() + (answer := theirs.data_to_send()):
        if sent := flight[: len(flight) - len(answer)]:
            theirs.receive_data(sent)
        if answer:
            ours.receive_data(answer)
    if ours.session and theirs.session:
        for sender, receiver in ((ours, theirs), (theirs, ours)):
            sender.send(DATA)
            receiver.receive_data(sender.data_to_send())
    recorded = recorder.tape()
    assert recorded is not None
    return recorded


@cache
def replay(role: Role = "client") -> Replay:
    return Replay(tape(role))


@cache
def rehearsed() -> Replay:
    """What `explain --what-if` makes for itself, with nothing random in it."""
    return Replay(rehearsal.make(Random(1).randbytes, lambda: certificates.NOW))
