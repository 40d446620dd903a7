"""`.ci/run` installs the peers that are missing, demands every one of them, and runs `make test`."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support import peers

ROOT = Path(__file__).parents[1]
PEERS = {  # and their packages
    "openssl": "openssl",
    "curl": "curl",
    "tshark": "tshark",
    "gnutls-cli": "gnutls-bin",
    "javac": "default-jdk-headless",
    "nginx": "nginx",
    "sslscan": "sslscan",
    "nmap": "nmap",
    "chromium": "chromium",
    "certutil": "libnss3-tools",
}

# Notes how it was called, and does nothing.
STUB = """#!/bin/sh
echo "$(basename "$0") $* peers=$GLASSBOX_REQUIRE_PEERS" >> "{log}"
exit {status}
"""
SUDO = """#!/bin/sh
shift  # -n
exec "$@"
"""


def run(
    tmp_path: Path, *, installed: Iterable[str], make_status: int = 0, apt: bool = True
) -> tuple[int, list[str]]:
    """Run `.ci/run` on a machine that has only what is named; return its status and what it called."""
    bash = peers.require("bash")
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()
    for name in ("env", "dirname", "basename", "sh", "bash"):
        (programs / name).symlink_to(peers.require(name))
    for name in ("make", "python3", *installed, *(["apt-get"] if apt else [])):
        stub = programs / name
        stub.write_text(STUB.format(log=log, status=make_status if name == "make" else 0))
        stub.chmod(0o755)
    (programs / "sudo").write_text(SUDO)
    (programs / "sudo").chmod(0o755)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    environment = {"PATH": str(programs), "CI": "true"}
    done = subprocess.run(
        [bash, str(tmp_path / ".ci/run")],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    calls = log.read_text().splitlines()
    return done.returncode, [call for call in calls if not call.startswith("python3")]


def test_it_is_executable() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_where_every_peer_is_there_nothing_is_installed(tmp_path: Path) -> None:
    status, calls = run(tmp_path, installed=PEERS)
    assert status == 0
    assert calls == ["make peers peers=1", "make test peers=1"]


@pytest.mark.parametrize("missing", PEERS)
def test_a_missing_peer_is_installed(tmp_path: Path, missing: str) -> None:
    status, calls = run(tmp_path, installed=tuple(peer for peer in PEERS if peer != missing))
    assert status == 0
    assert calls[:2] == [
        "apt-get -qq update peers=1",
        f"apt-get -qq install --yes --no-install-recommends {PEERS[missing]} peers=1",
    ]
    assert calls[2:] == ["make peers peers=1", "make test peers=1"]


def test_what_cannot_be_installed_does_not_keep_the_tests_from_running(tmp_path: Path) -> None:
    status, calls = run(tmp_path, installed=("openssl",), apt=False)
    assert status == 0
    assert calls == ["make peers peers=1", "make test peers=1"]


def test_the_first_failure_ends_the_run(tmp_path: Path) -> None:
    status, calls = run(tmp_path, installed=PEERS, make_status=2)
    assert status == 2
    assert calls == ["make peers peers=1"]
