"""curl fetches pages from our server."""

import subprocess

import pytest

from tests.support import peers, programs
from tls import page

pytestmark = pytest.mark.interop

MEBIBYTE = 2**20


def curl(*arguments) -> subprocess.CompletedProcess[bytes]:
    command = [peers.require("curl"), "--silent", "--show-error", "--max-time", "60", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=90, check=False)


def test_curl_verifies_and_gets_the_page(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca) as port:
        done = curl("--verbose", "--cacert", ca, f"https://localhost:{port}/")
    assert done.returncode == 0, done.stderr.decode()
    assert b"TLSv1.3 / TLS_CHACHA20_POLY1305_SHA256" in done.stderr
    assert b"SSL certificate verify ok" in done.stderr
    assert done.stdout.startswith(page.TITLE.encode())  # as text: curl does not say that it likes HTML


def test_curl_gets_a_mebibyte_intact(tmp_path):
    content = bytes(range(256)) * (MEBIBYTE // 256)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "file").write_bytes(content)
    with programs.serving("--ca-out", tmp_path / "ca.pem", "--www", tmp_path / "www") as port:
        done = curl("--cacert", tmp_path / "ca.pem", f"https://localhost:{port}/file")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == content


def test_curl_does_not_trust_our_throw_away_authority_by_itself(tmp_path):
    with programs.serving("--ca-out", tmp_path / "ca.pem") as port:
        done = curl(f"https://localhost:{port}/")
    assert done.returncode == 60  # "Peer certificate cannot be authenticated"
