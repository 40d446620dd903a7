"""rustls where `rtls` does not let us have it all: granian, a web server, and pyreqwest, an HTTP client.

Both resume sessions and know client certificates.  Neither sends or takes early data.
"""

import contextlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import kinds, processes
from tests.interop.conversation import Failed
from tests.interop.kinds import Credentials
from tests.interop.processes import Process
from tests.support import peers, programs

pytestmark = pytest.mark.interop

ATTEMPTS = 5  # to start on a port that was free a moment ago
KINDS = ["Ed25519", "P-256", *(pytest.param(name, marks=pytest.mark.long) for name in ("P-384", "RSA"))]
HELLO = Path(__file__).parent / "programs/hello.py"

FETCH = """
import sys
from pyreqwest.client import SyncClientBuilder
url, ca, *identity = sys.argv[1:]
builder = SyncClientBuilder().http1_only().add_root_certificate_pem(open(ca, "rb").read())
if identity:
    builder = builder.identity_pem(b"".join(open(name, "rb").read() for name in identity))
with builder.build() as client:
    for _ in range(2):
        print(client.get(url).header("Connection", "close").build().send().text())
"""


@pytest.fixture(scope="module", params=KINDS)
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    peers.require("openssl")
    return kinds.make_credentials(kinds.named(request.param), tmp_path_factory.mktemp("files"))


def require(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        peers.missing(package)


@contextlib.contextmanager
def granian(files: Credentials, *arguments: str) -> Iterator[int]:
    """granian on a port, which is the value."""
    require("granian")
    for _ in range(ATTEMPTS):
        port = processes.free_port()
        command = [sys.executable, "-m", "granian", f"{HELLO.stem}:application", "--interface", "asginl"]
        command += ["--working-dir", str(HELLO.parent), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--ssl-certificate", str(files.certificate), "--ssl-keyfile", str(files.key), *arguments]
        with Process(command, merged=True) as process:
            try:
                process.until(b"Started worker")
            except Failed:
                continue
            try:
                yield port
            finally:
                process.terminate()  # it ends its worker, which nobody else would
            return
    raise AssertionError("granian does not start")


def get(port: int, files: Credentials, *arguments: str | Path) -> str | None:
    """Fetch the page; return what pre-shared key the session began with."""
    command = ["get", f"https://localhost:{port}/", "--ca", files.ca, "--json", *arguments]
    answer = json.loads(programs.tls(*command).stdout)
    assert answer["body_length"] == len("hello from rustls\n")
    return answer["negotiated"]["pre_shared_key"]


def test_we_resume_a_session_with_rustls(files: Credentials, tmp_path: Path) -> None:
    with granian(files) as port:
        known = [get(port, files, "--session", tmp_path / "session") for _ in range(3)]
    assert known == [None, "ticket", "ticket"]


def test_we_show_a_certificate_to_rustls(files: Credentials) -> None:
    with granian(files, "--ssl-ca", str(files.ca), "--ssl-client-verify") as port:
        assert get(port, files, "--cert", files.certificate, "--key", files.key) is None
        page = ["get", f"https://localhost:{port}/", "--ca", files.ca]
        refused = programs.tls(*page, expect=1)
    assert b"certificate_required" in refused.stderr


def fetch(port: int, files: Credentials, *identity: Path) -> list[str]:
    """What pyreqwest gets the two times that it comes."""
    require("pyreqwest")
    words = [f"https://localhost:{port}/", files.ca, *identity]
    done = processes.run([sys.executable, "-c", FETCH, *map(str, words)])
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said.split("protocol       TLS 1.3")[1:]


def test_rustls_resumes_a_session_with_us(files: Credentials) -> None:
    with programs.serving("--cert", files.certificate, "--key", files.key) as port:
        first, second = fetch(port, files)
    assert "resumed        with a ticket" not in first
    assert "resumed        with a ticket" in second


def test_rustls_shows_us_a_certificate(files: Credentials) -> None:
    """Also when it resumes: then it has shown it the first time."""
    asks = ("--client-ca", files.ca, "--require-client-cert")
    with programs.serving("--cert", files.certificate, "--key", files.key, *asks) as port:
        pages = fetch(port, files, files.key, files.certificate)
    assert len(pages) == 2
    for page in pages:
        assert "certificate    CN=localhost, trusted by CN=Interop Root" in page
    assert "resumed        with a ticket" in pages[1]
