"""What people let loose on a server to see whether it is well: sslscan, nmap and testssl.sh.

They are to find TLS 1.3 alone, with what our own tables say, and nothing to complain about.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from handshake.groups import GROUPS
from handshake.suites import SUITES
from tests.support import peers, programs

pytestmark = pytest.mark.interop

SUITE_NAMES = {suite.number.name for suite in SUITES.values()}
TESTSSL = "testssl" if shutil.which("testssl") else "testssl.sh"  # Debian's name, and the project's own

# What testssl.sh dislikes and the server cannot mend.
KNOWN_COMPLAINTS = {
    "engine_problem",  # its own openssl has no GOST
    "cert_expirationStatus",  # a certificate that is made on the spot is good for a week
    "cert_notAfter",
    "cert_revocation",  # and nobody keeps a list of what is wrong with it
    "DNS_CAArecord",  # localhost is in no one's DNS
    "HSTS",  # and browsers should not be told to insist on TLS there
}


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scanned") / "ca.pem"


@pytest.fixture(scope="module")
def port(ca: Path) -> Iterator[int]:
    with programs.serving("--ca-out", ca) as port:
        yield port


def scan(program: str, *arguments: str, seconds: float = 60) -> str:
    command = [peers.require(program), *arguments]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return done.stdout.decode(errors="replace")


def test_sslscan(port: int) -> None:
    said = scan("sslscan", "--no-colour", f"localhost:{port}")
    protocols = dict(re.findall(r"^(SSLv\d|TLSv1\.\d)\s+(enabled|disabled)$", said, re.MULTILINE))
    assert protocols.pop("TLSv1.3") == "enabled"
    assert set(protocols) == {"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"}
    assert set(protocols.values()) == {"disabled"}
    assert (
        set(re.findall(r"^(?:Preferred|Accepted)\s+TLSv1\.3\s+\d+ bits\s+(TLS_\w+)", said, re.MULTILINE))
        == SUITE_NAMES
    )
    assert "not vulnerable to heartbleed" in said
    assert "Session renegotiation not supported" in said


def test_nmap(port: int) -> None:
    said = scan("nmap", "-Pn", "-p", str(port), "--script", "ssl-enum-ciphers", "localhost")
    assert re.findall(r"\b(SSLv\d|TLSv1\.\d):", said) == ["TLSv1.3"]
    found = re.findall(r"TLS_AKE_WITH_(\w+) \(\w+\) - (\w)", said)
    assert {f"TLS_{suite}" for suite, _ in found} == SUITE_NAMES
    assert {grade for _, grade in found} == {"A"}
    assert "least strength: A" in said


@pytest.mark.long
@pytest.mark.timeout(600)
def test_testssl(port: int, ca: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    scan(
        TESTSSL,
        *("--quiet", "--warnings", "off", "--color", "0", "--add-ca", str(ca), "--jsonfile", str(report)),
        f"https://localhost:{port}",
        seconds=580,
    )
    found = {finding["id"]: finding for finding in json.loads(report.read_text())}
    offered = {
        name: found[name]["finding"].partition(" ")[0]
        for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3")
    }
    assert offered.pop("TLS1_3") == "offered"
    assert set(offered.values()) == {"not"}
    assert set(found["PFS_ciphers"]["finding"].split()) == SUITE_NAMES
    assert len(found["PFS_ECDHE_curves"]["finding"].split()) == len(GROUPS)
    disliked = {name: finding for name, finding in found.items() if finding["severity"] not in ("OK", "INFO")}
    assert {name: disliked[name] for name in disliked.keys() - KNOWN_COMPLAINTS} == {}
