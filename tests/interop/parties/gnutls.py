"""GnuTLS's command line: gnutls-cli and gnutls-serv."""

import contextlib
import functools
from collections.abc import Iterator
from typing import ClassVar

from handshake.constants import CipherSuite, NamedGroup
from tests.interop import in_process, processes
from tests.interop.conversation import Failed, Role, Terms
from tests.interop.party import Party
from tests.interop.processes import Process

ATTEMPTS = 5  # to start on a port that was free a moment ago


class GnuTLS(Party):
    name = "GnuTLS"
    suites: ClassVar = {
        CipherSuite.TLS_AES_128_GCM_SHA256: "AES-128-GCM",
        CipherSuite.TLS_AES_256_GCM_SHA384: "AES-256-GCM",
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256: "CHACHA20-POLY1305",
    }
    groups: ClassVar = {
        NamedGroup.X25519: "X25519",
        NamedGroup.SECP256R1: "SECP256R1",
        NamedGroup.SECP384R1: "SECP384R1",
        NamedGroup.SECP521R1: "SECP521R1",
        NamedGroup.X448: "X448",
    }

    def version(self) -> str:
        return processes.output("gnutls-cli", "--version").split()[1]

    def talk(self, port: int, terms: Terms) -> None:
        command = [processes.program("gnutls-cli"), "--logfile", "/dev/stderr", "--port", str(port)]
        command += ["--x509cafile", str(terms.credentials.ca), self._priority(terms, "client")]
        processes.converse([*command, "--single-key-share", "localhost"], terms)

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator["Served"]:
        files = terms.credentials
        command = [processes.program("gnutls-serv"), "--echo", "--quiet", "--disable-client-cert"]
        command += ["--x509certfile", str(files.certificate), "--x509keyfile", str(files.key)]
        command += [self._priority(terms, "server"), "--port"]
        for _ in range(ATTEMPTS):
            port = processes.free_port()
            with Process([*command, str(port)], merged=True) as process:
                if "done" in process.line():
                    yield Served(port, process)
                    return
        raise Failed("it found no port")

    def _priority(self, terms: Terms, role: Role) -> str:
        suite, groups = self.suite_name(terms), self.group_names(terms, role)
        words = ["NORMAL", "-VERS-ALL", "+VERS-TLS1.3"]
        words += ["-CIPHER-ALL", f"+{suite}"] if suite else []
        words += ["-GROUP-ALL", *(f"+GROUP-{group}" for group in groups)] if groups else []
        return "--priority=" + ":".join(words)


class Served:
    """A gnutls-serv, which has nothing to report: what it sends back says it all."""

    def __init__(self, port: int, process: Process) -> None:
        self.port = port
        self._reader = in_process.Task(functools.partial(_read_on, process))

    def result(self, patience: float) -> None:
        pass


def _read_on(process: Process) -> None:
    """It also prints whatever it receives, and would stop if nobody read that."""
    with contextlib.suppress(OSError, ValueError):  # the process is gone
        while process.receive(65536):
            pass
