"""Captures of programs that no one here wrote, explained with the key logs that they write themselves."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import pcap, peers, programs
from tests.support.programs import Credentials
from tests.support.tap import Tap

pytestmark = pytest.mark.interop

UNKNOWN = {  # what only the two ends have
    "handshake_secret",
    "derived from handshake_secret",
    "main_secret",
    "resumption_secret",
    "PSK",
}
WITH_PSK = UNKNOWN | {"early_secret", "derived from early_secret"}


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return programs.make_credentials(tmp_path_factory.mktemp("credentials"))


def explained(capture: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(programs.tls("explain", capture, *arguments, "--json").stdout)[
        "connections"
    ]
    return found


def messages(connection: dict[str, Any]) -> list[str]:
    return [f"{step['sender']} {step['name']}" for step in steps(connection, "TracedMessage")]


def steps(connection: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [step for step in connection["trace"]["steps"] if step["step"] == kind]


def unknown(connection: dict[str, Any]) -> set[str]:
    return {step["name"] for step in steps(connection, "Derivation") if not step["value"]}


def said(connection: dict[str, Any], operation: str) -> bytes:
    """All data of the client ("seal") or of the server ("open")."""
    return b"".join(
        bytes.fromhex(step["content"])
        for step in steps(connection, "ProtectedRecord")
        if step["operation"] == operation and step["content_type"] == "application_data"
    )


def sealed(chunks: list[tuple[Any, bytes]]) -> int:
    """How many protected records there are on the wire."""
    count = 0
    for sender in ("client", "server"):
        wire = b"".join(data for by, data in chunks if by == sender)
        while wire:
            count += wire[0] == 23
            wire = wire[5 + int.from_bytes(wire[3:5], "big") :]
    return count


def curl(port: int, credentials: Credentials, log: Path, *arguments: str) -> bytes:
    command = [peers.require("curl"), "-s", "--cacert", str(credentials.ca), *arguments]
    environment = os.environ | {"SSLKEYLOGFILE": str(log)}
    done = subprocess.run(
        [*command, f"https://localhost:{port}/"], capture_output=True, timeout=60, check=True, env=environment
    )
    return done.stdout


@pytest.mark.parametrize(
    "suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
)
@pytest.mark.parametrize("groups", ["X25519", "P-384"])  # of which curl guesses the first
def test_curl_with_openssl(suite: str, groups: str, credentials: Credentials, tmp_path: Path) -> None:
    log, capture = tmp_path / "keys.log", tmp_path / "capture.pcapng"
    with programs.openssl_server(credentials, "-www", "-ciphersuites", suite, "-groups", groups) as port:
        tap = Tap(port)
        answer = curl(tap.port, credentials, log)
        tap.join()
    if not log.exists():
        peers.missing("a curl that writes key logs")
    capture.write_bytes(tap.capture())
    (connection,) = explained(capture, "--keylog", log)
    assert connection["remarks"] == []
    assert connection["client"] == f"127.0.0.1:{tap.port}"
    hellos = ["client ClientHello", "server ServerHello"]
    if groups == "P-384":
        hellos = ["client ClientHello", "server HelloRetryRequest", *hellos]
    assert messages(connection)[: len(hellos) + 5] == [
        *hellos,
        "server EncryptedExtensions",
        "server Certificate",
        "server CertificateVerify",
        "server Finished",
        "client Finished",
    ]
    assert unknown(connection) == UNKNOWN
    assert said(connection, "seal").startswith(b"GET / HTTP/1.1\r\n")
    assert said(connection, "open").endswith(answer)
    assert len(steps(connection, "ProtectedRecord")) == sealed(tap.chunks)


def test_the_keys_may_stand_in_the_capture(credentials: Credentials, tmp_path: Path) -> None:
    log, capture = tmp_path / "keys.log", tmp_path / "capture.pcapng"
    with programs.openssl_server(credentials, "-www") as port:
        tap = Tap(port)
        programs.tls("get", f"https://localhost:{tap.port}/", "--ca", credentials.ca, "--keylog", log)
        tap.join()
    capture.write_bytes(tap.capture(log.read_text()))
    (connection,) = explained(capture)
    assert connection["remarks"] == []
    assert said(connection, "seal").startswith(b"GET / HTTP/1.1\r\n")
    assert len(steps(connection, "ProtectedRecord")) == sealed(tap.chunks)


def test_openssl_comes_back_with_early_data(tmp_path: Path) -> None:
    """To a server of ours, because openssl's own takes no early data while it serves pages."""
    ca, log, session = tmp_path / "ca.pem", tmp_path / "keys.log", tmp_path / "session"
    early, captures = tmp_path / "early", []
    early.write_bytes(b"GET / HTTP/1.0\r\n\r\n")
    with programs.serving("--ca-out", ca, "--max-replayable-early-data", "10000") as port:
        for arguments in (["-sess_out", session], ["-sess_in", session, "-early_data", early]):
            tap = Tap(port)
            client = ["s_client", "-connect", f"localhost:{tap.port}", "-CAfile", ca]
            programs.openssl(
                *client, "-keylogfile", log, "-ign_eof", *arguments, data=b"GET / HTTP/1.0\r\n\r\n"
            )
            tap.join()
            captures.append(tmp_path / f"{len(captures)}.pcapng")
            captures[-1].write_bytes(tap.capture())
    (first,), (second,) = (explained(capture, "--keylog", log) for capture in captures)
    assert first["remarks"] == second["remarks"] == []
    assert "server NewSessionTicket" in messages(first)
    assert "client EndOfEarlyData" in messages(second)
    assert unknown(second) == WITH_PSK
    assert said(second, "seal").startswith(early.read_bytes())


def test_tls_1_2_is_named(credentials: Credentials, tmp_path: Path) -> None:
    log, capture = tmp_path / "keys.log", tmp_path / "capture.pcap"
    with programs.openssl_server(credentials, "-www", "-tls1_2") as port:
        tap = Tap(port)
        curl(tap.port, credentials, log)
        tap.join()
    pcap.write(capture, tap.chunks)
    (connection,) = explained(capture)
    assert connection["version"] == "TLS_1_2 (0x303)"
    assert connection["remarks"] == ["the server chose TLS_1_2 (0x303): what is explained here is TLS 1.3"]


def test_what_tcpdump_would_write_is_explained_in_words(credentials: Credentials, tmp_path: Path) -> None:
    log, capture = tmp_path / "keys.log", tmp_path / "capture.pcap"
    with programs.openssl_server(credentials, "-www") as port:
        tap = Tap(port)
        programs.tls("get", f"https://localhost:{tap.port}/", "--ca", credentials.ca, "--keylog", log)
        tap.join()
    pcap.write(capture, tap.chunks)
    told = programs.tls("explain", capture, "--keylog", log).stdout.decode()
    assert told.startswith("connection 1 of 1   127.0.0.1:49152 ▶ 127.0.0.1:443   TLS_1_3 (0x304)\n")
    assert "GET / HTTP/1.1" in told
