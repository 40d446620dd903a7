"""Who visits the demonstration's server: our own client, then curl and openssl, where they are installed.

Each of them has to verify the certificate and bring home the right page; what it says about the connection is
kept for the reader.  curl and openssl run as programs of their own, in a folder that holds the authority.

Errors         None: what went wrong stands in `Visit.problem`.
Tested by      tests/tls/test_demo.py
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path

from handshake.groups import GROUPS
from handshake.session import Session
from tls import https, page, summary
from tls.config import ClientConfig
from tls.errors import TLSError
from tls.https import Watch
from x509 import complaints

PROGRAM_TIMEOUT = 8.0  # seconds for each run of somebody else's program
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


def programs(url: str, client_config: ClientConfig, folder: Path, watch: Watch) -> Iterator[Visit]:
    """Visit `url` with one program after the other; `watch` is for our own client."""
    visit, session = visit_with_ours(url, client_config, watch)
    yield visit
    if session is None:
        return
    # The page says what was agreed on: with all three the same, but for what an older program cannot do yet.
    seen_by_server = replace(session, role="server", peer=None)
    bodies = [
        page.as_text(replace(seen_by_server, group=group.number, hello_retried=retried))
        for group in GROUPS.values()
        for retried in (False, True)
    ]
    yield visit_with_curl(url, bodies, folder)
    yield visit_with_openssl(url, bodies, folder)


def visit_with_ours(url: str, client_config: ClientConfig, watch: Watch) -> tuple[Visit, Session | None]:
    """Our own client; the session is what was agreed on."""
    command = f"python -m tls get {url} --ca {AUTHORITY_FILE}"
    try:
        with https.get(url, client_config, watch=watch) as answer:
            body = b"".join(answer.body()).decode("utf-8", "replace")
            session = answer.session
    except (TLSError, HTTPException) as error:
        return Visit("our own client", command, problem=complaints.reason(error)), None
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
