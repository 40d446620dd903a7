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

# What testssl.sh reports and is not the server's fault.
NOT_OURS = {
    "engine_problem",  # it misses GOST in its own openssl
    "chain_of_trust",  # an authority that exists for one test is in no one's store
}
# What a page that is served for a moment on this machine does without.
NOT_FOR_A_TEST_PAGE = {
    "HSTS",
    "cert_revocation",
    "OCSP_stapling",
    "DNS_CAArecord",
    "certificate_transparency",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with programs.serving("--ca-out", tmp_path_factory.mktemp("scanned") / "ca.pem") as port:
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
def test_testssl(port: int, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    scan(
        TESTSSL,
        *("--quiet", "--warnings", "off", "--color", "0", "--jsonfile", str(report)),
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
    complaints = {
        f"{name}: {finding['severity']}, {finding['finding']}"
        for name, finding in found.items()
        if finding["severity"] not in ("OK", "INFO")
        and not any(name.startswith(known) for known in NOT_OURS | NOT_FOR_A_TEST_PAGE)
    }
    assert complaints == set()
