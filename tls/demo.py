"""All of it at once: a page is served, three programs fetch it, and the handshake is taken apart.

Our own web server listens on a free port of this machine, with a certificate made on the spot.  Our own
client visits it, then curl and openssl, where they are installed: programs that no one here wrote, and that
notice nothing.  Each of them has to verify the certificate and bring home the right page.

Errors         Exit status 1 if any of this fails; a program that is not installed is no failure.
Tested by      tests/tls/test_demo.py
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from importlib import util
from pathlib import Path

from handshake.session import Session
from tls import config, errors, https, page, summary, throwaway, timing
from tls.config import ClientConfig, ServerConfig
from tls.errors import TLSError
from tls.trace import Trace
from x509.path import TrustStore

PROGRAM_TIMEOUT = 8.0  # seconds for each run of somebody else's program
TIMED_HANDSHAKES = 5
PROTOCOLS = ("http/1.1",)
AUTHORITY_FILE = "ca.pem"  # in a folder that goes when the demonstration ends

# What the programs say about the connection, out of all that they say
CURL_LINES = r"SSL connection using .*|ALPN.* accepted .*|subject: .*|issuer: .*|SSL certificate verify .*"
OPENSSL_LINES = (
    r"New, TLS.*|Server Temp Key: .*|Negotiated TLS1.3 group: .*|Peer signature type: .*"
    r"|Verification: .*|Verified peername: .*|ALPN protocol: .*"
)
STATUS_LINE = r"HTTP/1\.1 \d{3} .*"


@dataclass(frozen=True)
class Visit:
    """How one program fetched the page."""

    program: str
    command: str  # as one would type it; empty where the program is not installed
    said: tuple[str, ...] = ()  # about the connection
    problem: str = ""  # why it did not work


def run() -> int:
    """Show everything; return the exit status."""
    if util.find_spec("rich") is None:
        sys.stderr.write("tls: the demonstration needs rich: pip install 'glassbox-tls[cli]'\n")
        return 1
    from tls import demo_view

    made = throwaway.make(now=config.now())
    trust = TrustStore([made.authority])
    trace = Trace()
    client = ClientConfig(trust=trust, application_protocols=PROTOCOLS, observe=trace)
    server = ServerConfig(
        certificate_chain=made.certificate_chain,
        private_key=made.private_key,
        application_protocols=PROTOCOLS,
    )
    visits: list[Visit] = []
    with served(server) as (url, log), tempfile.TemporaryDirectory() as folder:
        (Path(folder) / AUTHORITY_FILE).write_text(made.authority_pem, "ascii")
        demo_view.title(url)
        for visit in programs(url, client, Path(folder)):
            demo_view.visit(len(visits) + 1, visit)
            visits.append(visit)
    section = len(visits) + 1
    demo_view.handshake(section, trace)
    demo_view.times(section + 1, quickest(client, server))
    demo_view.what_next(section + 2)
    if any(visit.problem for visit in visits):
        demo_view.failed([visit.program for visit in visits if visit.problem], log.getvalue())
        return 1
    return 0


def quickest(client_config: ClientConfig, server_config: ServerConfig) -> timing.Stopwatch:
    """Time a few handshakes; the quickest is the one that this machine's other work disturbed least."""
    settings = client_config.settings("localhost"), server_config.settings()
    watches = [timing.handshake(*settings) for _ in range(TIMED_HANDSHAKES)]
    return min(watches, key=lambda watch: sum(total.seconds for total in watch.totals().values()))


@contextlib.contextmanager
def served(server_config: ServerConfig) -> Iterator[tuple[str, io.StringIO]]:
    """Our web server on a free port; the value is its address, and what it has to say about its visitors."""
    log = io.StringIO()
    with (
        contextlib.redirect_stderr(log),
        https.Server(("127.0.0.1", 0), server_config) as server,
        server.running(),
    ):
        yield f"https://localhost:{server.server_port}/", log


def programs(url: str, client_config: ClientConfig, folder: Path) -> Iterator[Visit]:
    """Visit `url` with one program after the other."""
    visit, session = visit_with_ours(url, client_config)
    yield visit
    if session is None:
        return
    # The page says what was agreed on: with all three the same, but perhaps for a HelloRetryRequest.
    seen_by_server = replace(session, role="server", peer=None)
    bodies = [page.as_text(replace(seen_by_server, hello_retried=retried)) for retried in (False, True)]
    yield visit_with_curl(url, bodies, folder)
    yield visit_with_openssl(url, bodies, folder)


def visit_with_ours(url: str, client_config: ClientConfig) -> tuple[Visit, Session | None]:
    """Our own client; the session is what was agreed on."""
    command = f"python -m tls get {url} --ca {AUTHORITY_FILE}"
    try:
        with https.get(url, client_config) as answer:
            body = b"".join(answer.body()).decode("utf-8", "replace")
            session = answer.session
    except (TLSError, HTTPException) as error:
        return Visit("our own client", command, problem=errors.reason(error)), None
    said = tuple(f"{what:<14} {which}" for what, which, _ in summary.rows(session))
    expected = page.as_text(replace(session, role="server", peer=None))
    return Visit("our own client", command, said, "" if body == expected else "not the right page"), session


def visit_with_curl(url: str, bodies: Sequence[str], folder: Path) -> Visit:
    """curl, which has to bring home one of these bodies."""
    command = ["curl", "-q", "-sSv", "--tlsv1.3", "-H", "Accept: text/plain", "--cacert", AUTHORITY_FILE, url]
    if shutil.which("curl") is None:
        return Visit("curl", "")
    done = _run(command, folder)
    said = _lines(f"{CURL_LINES}|{STATUS_LINE}", done.stderr)
    return _judge("curl", command, said, done, done.stdout in bodies)


def visit_with_openssl(url: str, bodies: Sequence[str], folder: Path) -> Visit:
    """openssl s_client, which speaks TLS and no HTTP: the request goes in by standard input."""
    host, port, target = https.split_url(url)
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", AUTHORITY_FILE]
    command += ["-verify_return_error", "-verify_hostname", host, "-servername", host]
    command += ["-alpn", *PROTOCOLS, "-ign_eof"]
    if shutil.which("openssl") is None:
        return Visit("openssl", "")
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n"
    done = _run(command, folder, request)
    said = _lines(f"{OPENSSL_LINES}|{STATUS_LINE}", done.stdout)
    return _judge("openssl", command, said, done, any(f"\n\n{body}" in done.stdout for body in bodies))


def _run(command: Sequence[str], folder: Path, data: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"no_proxy": "*"},  # no proxy reaches this machine's own ports
            input=data,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PROGRAM_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer within {PROGRAM_TIMEOUT:g} seconds")
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", f"cannot be run: {error.strerror}")


def _lines(pattern: str, output: str) -> tuple[str, ...]:
    """What of these lines matches, without curl's arrows in front."""
    matches = (re.fullmatch(rf"[*< ]*({pattern})", line) for line in output.splitlines())
    return tuple(found[1] for found in matches if found)


def _judge(
    program: str,
    command: Sequence[str],
    said: tuple[str, ...],
    done: subprocess.CompletedProcess[str],
    right: bool,
) -> Visit:
    problem = ""
    if done.returncode:
        last = ([line for line in done.stderr.splitlines() if line.strip()] or ["it says no more"])[-1]
        problem = f"exit status {done.returncode}: {last.strip()}"
    elif not right:
        problem = "not the right page"
    return Visit(program, shlex.join(command), said, problem)
