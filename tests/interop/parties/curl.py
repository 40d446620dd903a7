"""curl, which asks for pages and so is a client only; Debian's is built on OpenSSL."""

import subprocess
from typing import ClassVar

from tests.interop import conversation, processes
from tests.interop.conversation import PATIENCE, Failed, Terms
from tests.interop.parties.openssl import OpenSSL
from tests.interop.party import Party


class Curl(Party):
    name = "curl"
    roles = ("client",)
    http = True
    groups: ClassVar = OpenSSL.groups
    notes = "a client only; it posts the content and gets it back as a page"

    def version(self) -> str:
        said = processes.output("curl", "--version").split()
        library = next((word for word in said if "SSL/" in word or "TLS/" in word), "")
        return f"{said[1]} ({library.replace('/', ' ')})"

    def talk(self, port: int, terms: Terms) -> None:
        command = [processes.program("curl"), "--silent", "--show-error", "--tlsv1.3", "--max-time", "30"]
        command += ["--cacert", str(terms.credentials.ca), "--header", "Expect:", "--data-binary", "@-"]
        suite, groups = self.suite_name(terms), self.group_names(terms, "client")
        command += ["--tls13-ciphers", suite] if suite else []
        command += ["--curves", ":".join(groups)] if groups else []
        command += [f"https://localhost:{port}/"]
        done = subprocess.run(
            command, input=terms.content, capture_output=True, timeout=PATIENCE + 10, check=False
        )
        if done.returncode:
            raise Failed(" ".join(done.stderr.decode().split()))
        conversation.same_or_failed(done.stdout, terms)
