"""GnuTLS's command line: gnutls-cli and gnutls-serv."""

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from handshake.constants import CipherSuite, NamedGroup
from tests.interop import in_process, party, processes
from tests.interop.conversation import EARLY, MAX_EARLY, PSK, PSK_IDENTITY, RECORD_SIZE, Failed, Role, Terms
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

    lacks: ClassVar = {
        **party.lacking(
            "gnutls-cli comes back to the same server at once", "early-forgotten", roles=["client"]
        ),
        **party.lacking(
            "it stops at a HelloRetryRequest that asks for a cookie and for no group",
            "cookie",
            roles=["client"],
        ),
        **party.lacking(
            "gnutls-serv takes early data or not from its start", "early-refused", roles=["server"]
        ),
        **party.lacking("gnutls-serv cannot be told to change its keys", "update", roles=["server"]),
        **party.lacking("gnutls-serv does not ask later", "identified-later", roles=["server"]),
    }

    def version(self) -> str:
        return processes.output("gnutls-cli", "--version").split()[1]

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        files = terms.credentials
        with tempfile.TemporaryDirectory() as folder:
            early = Path(folder, "early")
            early.write_bytes(EARLY)
            log, status = Path(folder, "log"), Path(folder, "status")
            command = [processes.program("gnutls-cli"), "--logfile", str(log), "--port", str(ports[0])]
            command += ["--x509cafile", str(files.ca), self._priority(terms, "client")]
            command += ["--resume"] if len(terms.visits) > 1 else []
            command += ["--earlydata", str(early)] if terms.early else []
            command += ["--pskusername", PSK_IDENTITY, "--pskkey", PSK.hex()] if terms.psk else []
            if terms.shows:
                command += ["--x509certfile", str(files.certificate), "--x509keyfile", str(files.key)]
            command += ["--recordsize", str(RECORD_SIZE)] if terms.limits else []
            command += ["--save-ocsp", str(status)] if terms.status else []
            command += ["--inline-commands"] if terms.updates == "client" else []
            first = b"^rekey^\n" if terms.updates == "client" else b""
            processes.converse([*command, "--single-key-share", "localhost"], terms, first)
            told = log.read_text()
            if ("*** This is a resumed session" in told) != (len(terms.visits) > 1):
                raise Failed("it resumed where it should not have, or the other way round")

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator["Served"]:
        files = terms.credentials
        with tempfile.NamedTemporaryFile("w") as secrets:
            secrets.write(f"{PSK_IDENTITY}:{PSK.hex()}\n")
            secrets.flush()
            command = [processes.program("gnutls-serv"), "--echo", "--quiet"]
            command += {
                "": ["--disable-client-cert"],
                "request": ["--x509cafile", str(files.ca), "--verify-client-cert"],
                "require": ["--x509cafile", str(files.ca), "--require-client-cert", "--verify-client-cert"],
            }[terms.asks]
            command += ["--x509certfile", str(files.certificate), "--x509keyfile", str(files.key)]
            command += ["--earlydata", "--maxearlydata", str(MAX_EARLY)] if terms.early else []
            command += ["--pskpasswd", secrets.name] if terms.psk else []
            command += ["--recordsize", str(RECORD_SIZE)] if terms.limits else []
            command += ["--ocsp-response", str(files.status)] if terms.status else []
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
        words += {"": [], "beside": ["+DHE-PSK:+ECDHE-PSK"], "alone": ["+PSK"]}[terms.psk]
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
