"""Connections in memory with a trace of each end; nothing random in them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from handshake.settings import Grease
from tests.support import hostile, peers_in_memory, resumed
from tests.support.hostile import HostileClient, HostileServer
from tls.connection import Connection
from tls.tracing.trace import Trace

PROTOCOLS = (b"http/1.1",)
GREASE = Grease(0x0A0A, 0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A)


@dataclass
class Traced:
    """A client and a server, and what each of them has to tell."""

    client: Connection
    server: Connection
    client_trace: Trace
    server_trace: Trace

    def carry(self) -> None:
        """Carry everything, until both ends are silent."""
        while flight := self.client.data_to_send() + (answer := self.server.data_to_send()):
            sent = flight[: len(flight) - len(answer)]
            if sent:
                self.server.receive_data(sent)
            if answer:
                self.client.receive_data(answer)


def handshake(*, server: dict[str, Any] | None = None, key_log: Any = None, **client: Any) -> Traced:
    """A handshake with everything in it; settings may be replaced, and the client may keep a key log."""
    client = {"application_protocols": PROTOCOLS, "grease": GREASE} | client
    server = {"application_protocols": PROTOCOLS} | (server or {})
    client_trace, server_trace = Trace(), Trace()
    both = Traced(
        Connection(peers_in_memory.client_settings(**client), client_trace, key_log),
        Connection(peers_in_memory.server_settings(**server), server_trace),
        client_trace,
        server_trace,
    )
    both.carry()
    return both


def retried() -> Traced:
    """A handshake with a HelloRetryRequest."""
    return handshake(key_share_groups=())


def updated() -> Traced:
    """A handshake, data both ways, a KeyUpdate both ways, and the end."""
    both = handshake()
    both.client.send(b"question")
    both.client.key_update(request_peer=True)
    both.client.send(b"another question")
    both.carry()
    both.server.send(b"answer")
    both.client.close()
    both.carry()
    both.server.close()
    both.carry()
    return both


def resumed_with_early_data(*, taken: bool = True) -> Traced:
    """A session resumed, with early data, an answer to it, and keys for the application."""
    client_trace, server_trace = Trace(), Trace()
    both = Traced(
        Connection(resumed.client_settings(early=True), client_trace),
        Connection(resumed.server_settings(early=taken), server_trace),
        client_trace,
        server_trace,
    )
    both.client.send_replayable_early_data(b"what could not wait")
    both.carry()
    for end in (both.client, both.server):
        end.export("EXPORTER-key", b"a context", 16)
        if taken:
            end.export_early("EXPORTER-early", b"", 16)
    return both


def hostile_server(**settings: Any) -> tuple[HostileServer, Trace]:
    """A server that does as it is told, and its victim's trace."""
    trace = Trace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "Connection", partial(Connection, observe=trace))
        return HostileServer(**settings), trace


def hostile_client(**settings: Any) -> tuple[HostileClient, Trace]:
    """A client that does as it is told, and its victim's trace."""
    trace = Trace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "Connection", partial(Connection, observe=trace))
        return HostileClient(**settings), trace
