"""Connections in memory that somebody listens to: what crossed, the key log, and the client's own trace."""

from dataclasses import dataclass, field, replace
from typing import Any

from handshake.constants import Role
from handshake.derivation import Derivation
from handshake.settings import ClientSettings, ServerSettings
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tests.support import peers_in_memory, resumed
from tls import keylog
from tls.connection import Connection
from tls.tracing import trace as traces
from tls.tracing.parts import Part
from tls.tracing.trace import Step, Trace, TracedCertificate, TracedMessage

NOBODY_ELSES = {  # secrets that only the two ends have
    "handshake_secret",
    "derived from handshake_secret",
    "main_secret",
    "resumption_secret",
    "PSK",
}
WITH_PSK = NOBODY_ELSES | {"early_secret", "derived from early_secret"}


@dataclass
class Tapped:
    """A client, a server, and what was taken down between them."""

    client: Connection
    server: Connection
    trace: Trace  # the client's own
    lines: list[str]  # of its key log
    seen: list[tuple[Role, bytes]]  # its records, in the order in which it wrote and read them
    wire: list[tuple[Role, bytes]] = field(default_factory=list)  # flights, in the order in which they went

    def carry(self) -> None:
        """Carry everything, until both ends are silent."""
        while True:
            there = self.client.data_to_send()
            if there:
                self.wire.append(("client", there))
                self.server.receive_data(there)
            back = self.server.data_to_send()
            if back:
                self.wire.append(("server", back))
                self.client.receive_data(back)
            if not there and not back:
                return

    def converse(self) -> "Tapped":
        """Everything that may come after a handshake."""
        self.client.send(b"question")
        self.client.key_update(request_peer=True)
        self.client.send(b"another question")
        self.carry()
        self.server.send(b"answer")
        self.carry()
        self.client.close()
        self.carry()
        self.server.close()
        self.carry()
        return self


def meeting(client: dict[str, Any] | None = None, server: dict[str, Any] | None = None) -> Tapped:
    """Both ends before they have said anything."""
    return _tapped(
        peers_in_memory.client_settings(**client or {}),
        peers_in_memory.server_settings(**server or peers_in_memory.TICKETS),
    )


def returning(*, early: bool = True, taken: bool = True, **client: Any) -> Tapped:
    """A client that has been here before, perhaps with early data, which may be taken."""
    modes = {"psk_modes": client["psk_modes"]} if "psk_modes" in client else {}
    tapped = _tapped(
        resumed.client_settings(early=early, **client), resumed.server_settings(early=taken, **modes)
    )
    if early:
        tapped.client.send_replayable_early_data(b"what could not wait")
    return tapped


def _tapped(client: ClientSettings, server: ServerSettings) -> Tapped:
    trace, lines = Trace(), list[str]()
    seen: list[tuple[Role, bytes]] = []

    def observe(event: object) -> None:
        trace(event)
        if isinstance(event, PlainRecord):
            seen.append((traces.sender_of(event, "client"), event.header + event.content))
        elif isinstance(event, ProtectedRecord):
            seen.append((traces.sender_of(event, "client"), event.header + event.sealed))

    ends = Connection(client, observe, keylog.in_lines(lines.append)), Connection(server)
    return Tapped(*ends, trace, lines, seen)


def as_overheard(tap: Tapped, unknown: set[str] = NOBODY_ELSES) -> list[Step]:
    """The client's own trace as an eavesdropper can tell it, as `bare` has it.

    It begins with the ClientHello: before that come binders, under keys of the client's own.
    """
    steps = [_blinded(step, unknown) for step in bare(tap.trace)]
    first = next(number for number, step in enumerate(steps) if isinstance(step, TracedMessage))
    return steps[first:]


def bare(trace: Trace) -> list[Step]:
    """The steps without the line of source that made each part: who reads is not who writes."""
    return [_bare(step) for step in trace.steps()]


def _bare(step: Step) -> Step:
    if not isinstance(step, (TracedMessage, TracedCertificate)):
        return step
    same = ("path", "offset", "data", "text", "section", "meaning")
    return replace(step, parts=tuple(Part(*(getattr(part, name) for name in same)) for part in step.parts))


def _blinded(step: Step, unknown: set[str]) -> Step:
    if not isinstance(step, Derivation) or step.name not in unknown:
        return step
    hidden = step.operation == "HKDF-Extract" and step.name != "main_secret"
    return replace(step, value=b"", context=b"" if hidden else step.context)
