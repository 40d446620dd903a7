"""Who can take part in a connection: a program, or a library in this process, behind one interface.

As a client a party talks to a port, as a server it listens on one; so both ends of a connection can be any
two parties, we among them, and `meet` brings them together.
"""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from handshake.constants import CipherSuite, NamedGroup
from tests.interop.conversation import PATIENCE, Failed, Role, Terms
from tests.interop.kinds import Kind

SHORT_PATIENCE = 2.0  # seconds, for the one whose peer has just failed


class Served(Protocol):
    """A server that listens, for as many connections as there are visits."""

    port: int

    def result(self, patience: float) -> None:
        """Return when the conversation is over; Failed if it was not as it should be."""


class Party:
    """One program, in the roles that it can play."""

    name: ClassVar[str]
    roles: ClassVar[tuple[Role, ...]] = ("client", "server")
    http: ClassVar[bool] = False  # as a client it can only ask for pages
    verifies: ClassVar[bool] = True  # as a client, the server's chain
    slow: ClassVar[bool] = False  # too slow to move much data every day
    notes: ClassVar[str] = ""  # what a reader of the matrix should know about it

    # What it calls the values of each axis.  What is not here it does not have.
    suites: ClassVar[Mapping[CipherSuite, str]] = {
        suite: suite.name
        for suite in (
            CipherSuite.TLS_AES_128_GCM_SHA256,
            CipherSuite.TLS_AES_256_GCM_SHA384,
            CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        )
    }
    groups: ClassVar[Mapping[NamedGroup, str]] = {}
    kinds: ClassVar[frozenset[str]] = frozenset({"Ed25519", "P-256", "P-384", "RSA", "RSA-PSS"})
    first_shares: ClassVar[tuple[NamedGroup, ...] | None] = None  # of a client; None: of its first group
    lacks: ClassVar[Mapping[tuple[Role, str], str]] = {}  # why there are features that it does not have;
    # a feature that it lacks with one kind of certificate alone is "identified RSA"

    def close(self) -> None:
        """Let go of what is kept from one conversation to the next."""

    def version(self) -> str:
        """Its version; Missing if it is not here."""
        raise NotImplementedError

    def prepare(self, role: Role, terms: Terms) -> None:
        """Do what takes long, before the other end begins to wait."""

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        """Be the client of the server on these ports, one for each visit; Failed if that does not work."""
        raise NotImplementedError

    def serving(self, terms: Terms) -> AbstractContextManager[Served]:
        """Be a server, for as many connections as there are visits."""
        raise NotImplementedError

    def why_not(self, role: Role, kind: Kind, suite: CipherSuite, group: NamedGroup) -> str | None:
        """The reason why this cannot work, whoever is at the other end; None: it can."""
        if suite not in self.suites:
            return f"it does not have {suite.name}"
        if group not in self.groups:
            return f"it does not have {group.name.lower()}"
        if kind.name not in self.kinds:
            return f"it does not take {kind.name} certificates"
        return None

    def lack(self, role: Role, feature: str, kind: Kind) -> str | None:
        """The reason why it does not have this feature; None: it has."""
        return self.lacks.get((role, feature)) or self.lacks.get((role, f"{feature} {kind.name}"))

    def decoy(self, group: NamedGroup) -> NamedGroup | None:
        """A group that this client guesses first although it also has `group`; None if there is none."""
        if self.first_shares is not None:
            return None if group in self.first_shares else self.first_shares[0]
        return next((known for known in self.groups if known != group), None)

    # The names of what is agreed on; empty where it has no name for something, and is left at its defaults.

    def suite_name(self, terms: Terms) -> str:
        return self.suites.get(terms.suite, "")

    def group_names(self, terms: Terms, role: Role) -> list[str]:
        return [self.groups[group] for group in terms.groups(role) if group in self.groups]


def lacking(
    reason: str, *features: str, roles: Sequence[Role] = ("client", "server")
) -> dict[tuple[Role, str], str]:
    """For `Party.lacks`: these features, in both roles or in one, for one reason."""
    return {(role, feature): reason for role in roles for feature in features}


def meet(client: Party, server: Party, terms: Terms, *, as_client: Terms | None = None) -> None:
    """Let the two have their conversation; Failed with the words of both if it does not come about.

    The client may be told something else than the server.
    """
    said = []
    client.prepare("client", terms)
    server.prepare("server", terms)
    servers = [terms]
    if terms.forgets:
        servers = [dataclasses.replace(terms, visits=(visit,)) for visit in terms.visits]
    with contextlib.ExitStack() as stack:
        try:
            served = [stack.enter_context(server.serving(of_one)) for of_one in servers]
        except Failed as failure:
            raise Failed(f"{server.name}: {failure}") from failure
        ports = [one.port for one in served] if terms.forgets else [served[0].port] * len(terms.visits)
        try:
            client.talk(ports, as_client or terms)
        except Failed as failure:
            said.append(f"{client.name}: {failure}")
        for one in served:
            try:
                one.result(SHORT_PATIENCE if said else PATIENCE)
            except Failed as failure:
                said.append(f"{server.name}: {failure}")
    if said:
        raise Failed("; ".join(said))
