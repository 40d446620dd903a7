"""OpenSSL's command line: s_client and s_server.  Where a pair fails it also stands in our place.

Both print what comes in the middle of what they tell about the connection; and some lines of input are
commands to them, the capital K for instance: change the keys, and ask the other end to do so.
"""

import contextlib
import functools
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from handshake.constants import NamedGroup
from tests.interop import conversation, in_process, party, processes
from tests.interop.conversation import (
    EARLY,
    LINE_SIZE,
    MAX_EARLY,
    PSK,
    PSK_IDENTITY,
    Failed,
    Missing,
    Role,
    Terms,
)
from tests.interop.party import Party
from tests.interop.processes import Process

GROUPS = {
    NamedGroup.X25519: "X25519",
    NamedGroup.SECP256R1: "P-256",
    NamedGroup.SECP384R1: "P-384",
    NamedGroup.SECP521R1: "P-521",
    NamedGroup.X448: "X448",
    NamedGroup.X25519MLKEM768: "X25519MLKEM768",
}
WITH_ML_KEM = (3, 5)


def groups(version: str) -> dict[NamedGroup, str]:
    """What OpenSSL of this version has: ML-KEM came with 3.5."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    has_ml_kem = numbers is not None and tuple(map(int, numbers.groups())) >= WITH_ML_KEM
    return {group: name for group, name in GROUPS.items() if has_ml_kem or "MLKEM" not in name}


class OpenSSL(Party):
    name = "OpenSSL"

    @functools.cached_property
    def groups(self) -> dict[NamedGroup, str]:  # type: ignore[override]
        try:
            return groups(self.version())
        except Missing:
            return groups("")

    lacks: ClassVar = {
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking(
            "where s_server refuses early data, it refuses the ticket as well",
            "early-refused",
            roles=["server"],
        ),
    }

    def version(self) -> str:
        return processes.output("openssl", "version").split()[1]

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for visit, port in zip(terms.visits, ports, strict=True):
                self._talk(port, terms, visit, Path(folder))

    def _talk(self, port: int, terms: Terms, visit: int, folder: Path) -> None:
        files = terms.credentials
        command = [*processes.by_lines("openssl"), "s_client", "-connect", f"localhost:{port}"]
        command += ["-CAfile", str(files.ca), "-verify_return_error"]
        command += ["-verify_hostname", "localhost", *self._restrictions(terms, "client")]
        command += ["-cert", str(files.certificate), "-key", str(files.key)] if terms.shows else []
        command += ["-enable_pha"] if terms.asks == "later" else []
        command += ["-status"] if terms.status else []
        if len(terms.visits) > 1:
            command += ["-sess_in" if visit else "-sess_out", str(folder / "session")]
        if visit and terms.early:
            (folder / "early").write_bytes(EARLY)
            command += ["-early_data", str(folder / "early")]
        told = _converse(command, terms)
        expected = {
            "Reused, TLSv1.3": bool(terms.psk) or terms.resumed(visit),
            "New, TLSv1.3": not terms.psk and not terms.resumed(visit),
            "Early data was accepted": bool(terms.early_data(visit)),
            "Early data was rejected": visit > 0 and terms.early == "refused",
            "OCSP Response Status: successful": terms.status,
        }
        for words, told_so in expected.items():
            if (words in told) != told_so:
                raise Failed(f"it says{'' if words in told else ' nothing of'}: {words}")

    @contextlib.contextmanager
    def serving(self, terms: Terms) -> Iterator["Served"]:
        files = terms.credentials
        command = [*processes.by_lines("openssl"), "s_server", "-accept", "127.0.0.1:0"]
        command += ["-naccept", str(len(terms.visits))]
        command += ["-cert", str(files.certificate), "-key", str(files.key)]
        command += ["-CAfile", str(files.ca), "-verify_return_error"] if terms.asks else []
        command += {"request": ["-verify", "1"], "require": ["-Verify", "1"]}.get(terms.asks, [])
        command += ["-early_data", "-max_early_data", str(MAX_EARLY)] if terms.early else []
        command += ["-status_file", str(files.status)] if terms.status else []
        with Process([*command, *self._restrictions(terms, "server")], merged=True) as process:
            yield Served(process, terms)

    def _restrictions(self, terms: Terms, role: Role) -> list[str]:
        suite, groups = self.suite_name(terms), self.group_names(terms, role)
        restrictions = ["-tls1_3"]
        restrictions += ["-ciphersuites", suite] if suite else []
        restrictions += ["-groups", ":".join(groups)] if groups else []
        restrictions += ["-psk", PSK.hex(), "-psk_identity", PSK_IDENTITY] if terms.psk else []
        restrictions += ["-allow_no_dhe_kex"] if terms.psk == "alone" else []
        return restrictions


def _converse(command: Sequence[str], terms: Terms) -> str:
    """The client's part; return what else it tells."""
    with Process(command, merged=True) as process:
        told = b""
        for number in range(terms.rounds):
            if number == 0 and terms.updates == "client":
                process.send(b"K\n")
                told = process.until(b"KEYUPDATE\n")
            with processes.sending(process, terms.content):
                printed = process.until(terms.content[:LINE_SIZE])
                before, beginning, rest = printed.partition(terms.content[:LINE_SIZE])
                told, received = told + before, beginning + rest
                while len(received) < terms.size:
                    received += process.some()
            conversation.same_or_failed(received.removesuffix(b"closed\n"), terms)
        process.finish()
        return told.decode(errors="replace")


class Served:
    """An s_server: what its input gets goes to the client, and what the client says stands in its output."""

    def __init__(self, process: Process, terms: Terms) -> None:
        self._process = process
        self._terms = terms
        while not (found := re.match(r"ACCEPT 127\.0\.0\.1:(\d+)", process.line())):
            pass
        self.port = int(found[1])
        self._printed = b""
        self._commands = []  # and what it prints when it has carried them out
        if terms.asks == "later":
            self._commands.append((b"c\n", b"CN = localhost\nverify return:1\n"))
        if terms.updates == "server":
            self._commands.append((b"K\n", b"SSL_do_handshake -> 1\n"))
        self._task = in_process.Task(self._serve)

    def result(self, patience: float) -> None:
        self._task.result(patience)

    def _serve(self) -> None:
        for visit in self._terms.visits:
            self._answer(visit)

    def _answer(self, visit: int) -> None:
        terms = self._terms
        beginning = b"POST " if terms.http else terms.content[:LINE_SIZE]
        while beginning not in self._printed:  # after all that it tells about the session
            self._printed += self._process.some()
        told, _, rest = self._printed.partition(beginning)
        self._printed = beginning + rest
        if (b"Reused session-id" in told) != (bool(terms.psk) or terms.resumed(visit)):
            raise Failed("it resumed where it should not have, or the other way round")
        if (EARLY in told) != bool(terms.early_data(visit)):
            raise Failed("it has early data that it should not have, or the other way round")
        conversation.answer(self._receive, self._send, terms)
        self._printed = b""

    def _send(self, data: bytes) -> None:
        if self._commands:
            command, done = self._commands.pop()
            self._process.send(command)
            self._process.until(done)
        self._process.send(data)

    def _receive(self, size: int) -> bytes:
        kept, self._printed = self._printed[:size], self._printed[size:]
        while not kept:
            kept = self._process.some().removeprefix(b"Read BLOCK\n")  # after what is no content
        return kept
