"""curl, which asks for pages and so is a client only; Debian's is built on OpenSSL."""

import functools
import subprocess
from collections.abc import Sequence
from typing import ClassVar

from handshake.constants import NamedGroup
from tests.interop import conversation, party, processes
from tests.interop.conversation import PATIENCE, Failed, Missing, Terms
from tests.interop.parties import openssl
from tests.interop.party import Party


class Curl(Party):
    name = "curl"
    roles = ("client",)
    http = True
    lacks: ClassVar = {
        **party.lacking("it has no record_size_limit", "limits"),
        **party.lacking("it sends no early data", "early", "early-refused", "early-forgotten"),
        **party.lacking("it cannot be given a pre-shared key", "psk", "psk-alone"),
        **party.lacking("it cannot be told to change its keys", "update"),
        **party.lacking(
            "it looks for the issuer in what the server sends, where a root need not be", "status"
        ),
    }
    notes = "a client only; it posts the content and gets it back as a page"

    @functools.cached_property
    def groups(self) -> dict[NamedGroup, str]:  # type: ignore[override]
        try:
            return openssl.groups(self.version().partition("OpenSSL ")[2])
        except Missing:
            return openssl.groups("")

    def version(self) -> str:
        said = processes.output("curl", "--version").split()
        library = next((word for word in said if "SSL/" in word or "TLS/" in word), "")
        return f"{said[1]} ({library.replace('/', ' ')})"

    def talk(self, ports: Sequence[int], terms: Terms) -> None:
        command = [processes.program("curl"), "--silent", "--show-error", "--tlsv1.3", "--max-time", "30"]
        command += ["--cacert", str(terms.credentials.ca), "--header", "Expect:", "--data-binary", "@-"]
        suite, groups = self.suite_name(terms), self.group_names(terms, "client")
        command += ["--tls13-ciphers", suite] if suite else []
        command += ["--curves", ":".join(groups)] if groups else []
        files = terms.credentials
        command += ["--cert", str(files.certificate), "--key", str(files.key)] if terms.shows else []
        command += ["--cert-status"] if terms.status else []
        command += [f"https://localhost:{port}/" for port in ports for _ in range(terms.rounds)]
        done = subprocess.run(
            command, input=terms.content, capture_output=True, timeout=PATIENCE + 10, check=False
        )
        if done.returncode:
            raise Failed(" ".join(done.stderr.decode().split()))
        for start in range(0, max(terms.size, len(done.stdout)), terms.size):
            conversation.same_or_failed(done.stdout[start : start + terms.size], terms)
