"""NSS, which is the TLS of Firefox: its test programs selfserv and tstclnt.

They want their certificates in a store, and RSA ones also to be for encipherment, which ours are not.  What
is left out: selfserv's pre-shared keys, which its own client does not get it to use either; and its early
data, which it takes only after ten seconds, and then hangs up before the handshake is complete.
"""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop import kinds, processes
from tests.interop.conversation import Failed
from tests.interop.kinds import STORE_PASSWORD, Credentials
from tests.interop.processes import Process
from tests.support import peers, programs

pytestmark = pytest.mark.interop

ATTEMPTS = 5  # to start on a port that was free a moment ago
KINDS = ["P-256", pytest.param("P-384", marks=pytest.mark.long)]
GET = "GET / HTTP/1.0\r\n\r\n"
PSK = bytes(range(32)).hex()
TLS_1_3 = ("-V", "tls1.3:tls1.3")


@dataclass(frozen=True)
class Store:
    """What NSS keeps: a certificate for localhost with its key, and the authority that is trusted."""

    folder: Path
    files: Credentials

    @property
    def option(self) -> tuple[str, str]:
        return ("-d", f"sql:{self.folder}")


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    peers.require("openssl")
    folder = tmp_path_factory.mktemp("store")
    made = Store(folder / "nss", kinds.make_credentials(kinds.named(request.param), folder))
    made.folder.mkdir()
    for command in (
        ("certutil", "-N", "--empty-password"),
        ("certutil", "-A", "-t", "CT,,", "-n", "authority", "-i", made.files.ca),
        ("pk12util", "-i", made.files.store, "-W", STORE_PASSWORD),
    ):
        program, *arguments = map(str, command)
        subprocess.run([peers.require(program), *arguments, *made.option], check=True, capture_output=True)
    return made


# ---- Its client, our server ----------------------------------------------------------------------------


def serving(store: Store, *arguments: str | Path) -> contextlib.AbstractContextManager[int]:
    return programs.serving("--cert", store.files.certificate, "--key", store.files.key, *arguments)


def tstclnt(port: int, store: Store, *arguments: str) -> str:
    """What tstclnt says when it gets our page."""
    request = store.folder / "request"
    request.write_text(GET)
    command = [peers.require("tstclnt"), "-4", "-h", "localhost", "-p", str(port), *store.option]
    done = processes.run([*command, *TLS_1_3, "-A", str(request), *arguments])
    return done.stdout.decode(errors="replace")


def test_tstclnt_resumes_and_sends_early_data(store: Store) -> None:
    with serving(store, "--max-replayable-early-data", "1000") as port:
        said = tstclnt(port, store, "-L", "2", "-u", "-Z")
    assert said.count("200 OK") == 2
    first, second = said.rsplit("200 OK", 1)
    assert "resumed        with a ticket" not in first
    assert "resumed        with a ticket" in second
    assert "early data     accepted" in second


def test_tstclnt_keeps_to_the_record_size_that_we_ask_for(store: Store) -> None:
    """And we to its own, which is the largest."""
    with serving(store, "--record-size-limit", "64") as port:
        said = tstclnt(port, store)
    assert "200 OK" in said


def test_tstclnt_shows_a_certificate(store: Store) -> None:
    with serving(store, "--client-ca", store.files.ca, "--require-client-cert") as port:
        shown = tstclnt(port, store, "-n", "localhost")
    assert "certificate    CN=localhost, trusted by CN=Interop Root" in shown


def test_tstclnt_knows_a_pre_shared_key(store: Store) -> None:
    """Without tickets: it would have to keep them beside a certificate, and there is none."""
    with serving(store, "--psk", f"somebody:{PSK}", "--tickets", "0") as port:
        said = tstclnt(port, store, "-z", f"0x{PSK}:somebody")
    assert "known by       a pre-shared key" in said


def test_tstclnt_comes_back_with_a_cookie(store: Store) -> None:
    with serving(store, "--demand-cookie") as port:
        said = tstclnt(port, store)
    assert "round trips    2" in said


# ---- Our client, its server ----------------------------------------------------------------------------


@contextlib.contextmanager
def selfserv(store: Store, *arguments: str) -> Iterator[int]:
    """selfserv on a port, which is the value."""
    program = peers.require("selfserv")
    for _ in range(ATTEMPTS):
        port = processes.free_port()
        command = [program, "-n", "localhost", "-p", str(port), *store.option, *TLS_1_3, "-v", *arguments]
        with Process(command, merged=True) as process:
            try:
                process.until(b"About to call accept")
            except Failed:
                continue
            yield port
            return
    raise AssertionError("selfserv does not start")


def get(port: int, store: Store, *arguments: str | Path) -> dict[str, object]:
    """Fetch its page; return what was negotiated."""
    page = ["get", f"https://localhost:{port}/", "--ca", store.files.ca, "--json"]
    answer = json.loads(programs.tls(*page, *arguments).stdout)
    assert answer["status"] == 200
    return answer["negotiated"]


def test_selfserv_resumes(store: Store, tmp_path: Path) -> None:
    with selfserv(store, "-u") as port:
        known = [get(port, store, "--session", tmp_path / "session")["pre_shared_key"] for _ in range(2)]
    assert known == [None, "ticket"]


def test_selfserv_keeps_to_the_record_size_that_we_ask_for(store: Store) -> None:
    with selfserv(store) as port:
        get(port, store, "--record-size-limit", "64")


@pytest.mark.parametrize("required", [("-r",), ("-r", "-r")], ids=["requested", "required"])
def test_selfserv_is_shown_a_certificate(store: Store, required: tuple[str, ...]) -> None:
    with selfserv(store, *required) as port:
        get(port, store, "--cert", store.files.certificate, "--key", store.files.key)


def test_selfserv_is_shown_a_certificate_when_it_asks_later(store: Store, tmp_path: Path) -> None:
    """After the request, before it answers; and it looks at what it is shown."""
    (tmp_path / "strange").mkdir()
    strange = kinds.make_credentials(kinds.named("P-256"), tmp_path / "strange")
    with selfserv(store, "-E", "-r", "-r", "-r", "-r") as port:
        get(port, store, "--cert", store.files.certificate, "--key", store.files.key)
        page = ("get", f"https://localhost:{port}/", "--ca", store.files.ca)
        refused = programs.tls(*page, "--cert", strange.certificate, "--key", strange.key, expect=1)
    assert b"unknown_ca" in refused.stderr
