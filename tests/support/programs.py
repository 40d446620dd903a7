"""Other people's programs as peers, and our own command line as one of them.  Loopback only."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support import peers
from x509 import issue, pem, private_keys

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 20  # seconds for a server to say that it is ready
RUN_TIMEOUT = 60  # seconds for a client to be done


@dataclass(frozen=True)
class Credentials:
    """Files of a certificate for localhost and of the authority that signed it."""

    ca: Path
    certificate: Path
    key: Path


def make_credentials(folder: Path) -> Credentials:
    """Issue a certificate for localhost, 127.0.0.1 and ::1, with our own code."""
    now = datetime.now(UTC).replace(microsecond=0)
    validity = {"not_before": now - timedelta(hours=1), "not_after": now + timedelta(days=1)}
    authority = issue.make_authority(
        "Interop Test Root", Ed25519PrivateKey.generate(), serial_number=1, **validity
    )
    key = Ed25519PrivateKey.generate()
    certificate = issue.issue_certificate(
        authority,
        "localhost",
        key.public_key(),
        serial_number=2,
        dns_names=["localhost"],
        ip_addresses=["127.0.0.1", "::1"],
        **validity,
    )
    files = Credentials(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    files.ca.write_text(pem.encode(authority.certificate.der, "CERTIFICATE"))
    files.certificate.write_text(pem.encode(certificate.der, "CERTIFICATE"))
    files.key.write_text(private_keys.to_pem(key))
    return files


def tls(*arguments: str | Path, data: bytes = b"", expect: int = 0) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m tls`, check its exit status, and return what it printed."""
    command = [sys.executable, "-m", "tls", *map(str, arguments)]
    done = subprocess.run(
        command, input=data, capture_output=True, cwd=ROOT, timeout=RUN_TIMEOUT, check=False
    )
    assert done.returncode == expect, done.stderr.decode()
    return done


def openssl(*arguments: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `openssl` and return what it printed, both streams together."""
    return subprocess.run(
        [peers.require("openssl"), *map(str, arguments)],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=RUN_TIMEOUT,
        check=False,
    )


def shell(script: str) -> str:
    """Run a script, with the Python that we run under as its python3, and return what it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["sh", "-e"],
        input=script,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path},
        timeout=RUN_TIMEOUT,
        check=True,
    ).stdout


@contextmanager
def serving(*arguments: str | Path) -> Iterator[int]:
    """`python -m tls serve` on a free port, which it is the value of; ended as a user would, by Ctrl-C."""
    command = [sys.executable, "-m", "tls", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    try:
        yield int(_line(process.stdout, rb"^listening on https://localhost:(\d+)"))
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=RUN_TIMEOUT)
    assert process.returncode == 0, errors.decode()
    assert b"Traceback" not in errors, errors.decode()


@contextmanager
def openssl_server(credentials: Credentials, *arguments: str | Path) -> Iterator[int]:
    """`openssl s_server` on a free port, its standard input held open."""
    command = [peers.require("openssl"), "s_server", "-accept", "127.0.0.1:0"]
    command += ["-cert", str(credentials.certificate), "-key", str(credentials.key), *map(str, arguments)]
    process = subprocess.Popen(
        command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield int(_line(process.stdout, rb"^ACCEPT 127\.0\.0\.1:(\d+)"))
    finally:
        process.kill()
        process.communicate(timeout=RUN_TIMEOUT)


def _line(stream: IO[bytes] | None, pattern: bytes) -> bytes:
    """Read lines, unbuffered, until one matches; return its first group."""
    assert stream is not None
    read = []
    while select.select([stream], [], [], START_TIMEOUT)[0]:
        line = stream.readline()
        read.append(line)
        if found := re.search(pattern, line):
            return found[1]
        if not line:
            break
    raise AssertionError(f"the server did not start: {b''.join(read).decode()}")
