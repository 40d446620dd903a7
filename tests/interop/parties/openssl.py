"""OpenSSL's command line: s_client and s_server.  Where a pair fails it also stands in our place."""

import contextlib
import re
from collections.abc import Iterator
from typing import ClassVar

from handshake.constants import NamedGroup
from tests.interop import conversation, in_process, processes
from tests.interop.conversation import Role, Terms
from tests.interop.party import Party
from tests.interop.processes import Process


class OpenSSL(Party):
    name = "OpenSSL"
    groups: ClassVar = {
        NamedGroup.X25519: "X25519",
        NamedGroup.SECP256R1: "P-256",
        NamedGroup.SECP384R1: "P-384",
        NamedGroup.SECP521R1: "P-521",
        NamedGroup.X448: "X448",
    }

    def version(self) -> str:
        return processes.output("openssl", "version").split()[1]

    def talk(self, port: int, terms: Terms) -> None:
        command = [processes.program("openssl"), "s_client", "-connect", f"localhost:{port}"]
        command += ["-quiet", "-no_ign_eof"]  # the first brings the opposite of the second
        command += ["-CAfile", str(terms.credentials.ca), "-verify_return_error"]
        command += ["-verify_hostname", "localhost", *self._restrictions(terms, "client")]
        processes.converse(command, terms)

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator["Served"]:
        command = [processes.program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-naccept", "1"]
        command += ["-cert", str(terms.credentials.certificate), "-key", str(terms.credentials.key)]
        with Process([*command, *self._restrictions(terms, "server")]) as process:
            yield Served(process, terms)

    def _restrictions(self, terms: Terms, role: Role) -> list[str]:
        suite, groups = self.suite_name(terms), self.group_names(terms, role)
        restrictions = ["-tls1_3"]
        restrictions += ["-ciphersuites", suite] if suite else []
        restrictions += ["-groups", ":".join(groups)] if groups else []
        return restrictions


class Served:
    """An s_server: what its input gets goes to the client, and what the client says stands in its output."""

    def __init__(self, process: Process, terms: Terms) -> None:
        self._process = process
        self._terms = terms
        while not (found := re.match(r"ACCEPT 127\.0\.0\.1:(\d+)", process.line())):
            pass
        self.port = int(found[1])
        self._printed = b""
        self._task = in_process.Task(self._answer)

    def result(self, patience: float) -> None:
        self._task.result(patience)

    def _answer(self) -> None:
        beginning = b"POST " if self._terms.http else self._terms.content[: conversation.LINE_SIZE]
        while beginning not in self._printed:  # after all that it tells about the session
            data = self._process.receive(65536)
            if not data:
                self._process.fail()
            self._printed += data
        self._printed = self._printed[self._printed.index(beginning) :]
        conversation.answer(self._receive, self._process.send, self._terms)

    def _receive(self, size: int) -> bytes:
        kept, self._printed = self._printed[:size], self._printed[size:]
        return kept or self._process.receive(size)
