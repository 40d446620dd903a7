"""The demonstration: it works, it says what does not, and it leaves nothing behind."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handshake.derivation import Derivation
from handshake.groups import GROUPS
from tests.support import peers, peers_in_memory
from tls import demo, demo_view, https, page, visits
from tls.errors import TLSError
from tls.timing import Span, Stopwatch
from tls.tracing.trace import Trace
from tls.visits import Visit

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TIMED_HANDSHAKES", 1)
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


@pytest.fixture(autouse=True)
def own_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Whatever is put there has to be gone in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], None]:
    """A machine without curl and openssl, and a way to put something there in their place."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, script: str) -> None:
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)

    return install


@pytest.mark.interop
def test_all_of_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    peers.require("curl")
    peers.require("openssl")
    assert demo.run() == 0
    out, err = capsys.readouterr()
    assert err == ""
    headings = [line for line in out.splitlines() if line[:1].isdigit()]
    assert [heading.split("  ")[0] for heading in headings] == ["1", "2", "3", "4", "5", "6"]
    assert [heading[3:] for heading in headings[:3]] == [
        f"{who} fetches the page" for who in ("our own client", "curl", "openssl")
    ]
    assert out.count("✓") == 3
    assert "✗" not in out
    for said in (
        "Our own web server listens on https://localhost:",
        "TLS 1.3 in pure Python",
        "$ python -m tls get https://localhost:",
        "$ curl -q -sSv --tlsv1.3 ",
        "$ openssl s_client -connect localhost:",
        "certificate    CN=localhost, trusted by CN=glassbox-tls throw-away authority",
        "SSL connection using TLSv1.3 / TLS_CHACHA20_POLY1305_SHA256",
        "SSL certificate verify ok.",
        "Verification: OK",
        "Verified peername: localhost",
        "ALPN protocol: http/1.1",
        "═ {CertificateVerify} ═",
        "═ [application data] ═",
        "ECDSA verify",
        "The largest part is ",
        "With a ticket there is no ECDSA sign, no certificate read, no ECDSA verify: ",
        "run every published test vector",
        " -m purecrypto vectors",
        "--ca ca.pem --trace",
    ):
        assert said in out, said


def test_the_waterfall_is_followed_in_brief_by_that_of_a_session_resumed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    full, resumed = Stopwatch(), Stopwatch()
    full.spans = [
        Span("client", "everything else", 0.0, 0.001),
        Span("server", "hash", 0.001, 0.006),
        Span("server", "sign", 0.006, 0.007),
        Span("client", "verify", 0.007, 0.010),
    ]
    resumed.spans = [Span("client", "everything else", 0.0, 0.001), Span("server", "hash", 0.001, 0.008)]
    demo_view.times(5, full, resumed)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[2:-2]] == [
        *("", "client", "", "", "server", "", ""),  # then in brief
        *("resumed by a ticket", "client", "server"),
    ]
    assert lines[-2:] == [
        "   The largest part is hash: 50 % of the time.",
        "   With a ticket there is no sign, no verify: 8.0 ms instead of 10.0 ms.",
    ]


def test_what_is_not_installed_is_left_out(no_programs: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run() == 0
    out = capsys.readouterr().out
    assert "2  curl is not installed: left out\n" in out
    assert "3  openssl is not installed: left out\n" in out
    assert out.count("✓") == 1


def test_no_secret_is_shown(
    no_programs: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    traces = []

    def trace() -> Trace:
        traces.append(Trace())
        return traces[-1]

    monkeypatch.setattr(demo, "Trace", trace)
    assert demo.run() == 0
    out = capsys.readouterr().out
    secrets = [step.value.hex() for step in traces[0].steps() if isinstance(step, Derivation)]
    assert len(secrets) > 15
    assert not [secret for secret in secrets if secret[:16] in out]


LIES = "#!/bin/sh\necho 'another page'\necho '* SSL certificate verify ok.' >&2\n"
FAILS = "#!/bin/sh\necho 'something' >&2\necho 'the last words' >&2\nexit 60\n"
SILENT = "#!/bin/sh\nexit 7\n"
NO_PROGRAM = "#!/nowhere/at/all\n"


@pytest.mark.parametrize("program", ["curl", "openssl"])
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (LIES, "✗ not the right page"),
        (FAILS, "✗ exit status 60: the last words"),
        (SILENT, "✗ exit status 7: it says no more"),
        (NO_PROGRAM, "✗ exit status 1: cannot be run: "),
    ],
)
def test_a_program_that_brings_home_nothing_good_is_a_failure(
    no_programs: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    program: str,
    script: str,
    problem: str,
) -> None:
    no_programs(program, script)
    assert demo.run() == 1
    out = capsys.readouterr().out
    assert problem in out
    assert f"\nFailed: {program}.  The server's log:\n" in out
    assert '"GET / HTTP/1.1" 200' in out  # what our own client's visit left in the log
    assert "6  what to try next" in out  # all the rest is shown


def test_a_program_that_never_ends_is_ended(
    no_programs: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(visits, "PROGRAM_TIMEOUT", 0.05)
    no_programs("curl", f"#!{sys.executable}\nimport threading\nthreading.Event().wait()\n")
    assert demo.run() == 1
    assert "✗ exit status 1: no answer within 0.05 seconds" in capsys.readouterr().out


def test_without_our_own_client_nothing_goes_on(
    no_programs: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TLSError("no way")

    no_programs("curl", LIES)
    monkeypatch.setattr(https, "get", fail)
    assert demo.run() == 1
    out = capsys.readouterr().out
    assert "✗ no way" in out
    assert "curl fetches" not in out
    assert "Failed: our own client." in out


def test_our_own_client_has_to_bring_home_the_right_page_too(
    no_programs: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def another(_: https.Answer) -> Iterator[bytes]:
        yield b"another page"

    monkeypatch.setattr(https.Answer, "body", another)
    assert demo.run() == 1
    assert "✗ not the right page" in capsys.readouterr().out


# What a visitor is asked for


def test_the_right_page_may_tell_of_a_group_or_a_retry(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = peers_in_memory.connected().client.session
    assert session is not None
    asked: list[list[str]] = []

    def visit(_: str, bodies: list[str], __: Path) -> Visit:
        asked.append(bodies)
        return Visit("program", "command")

    monkeypatch.setattr(visits, "visit_with_ours", lambda *_: (Visit("ours", "command"), session))
    monkeypatch.setattr(visits, "visit_with_curl", visit)
    monkeypatch.setattr(visits, "visit_with_openssl", visit)
    assert len(list(visits.programs("https://localhost/", object(), tmp_path, nullcontext))) == 3  # type: ignore[arg-type]
    on_the_server = replace(session, role="server", peer=None)
    expected = {
        page.as_text(replace(on_the_server, group=group, hello_retried=retried))
        for group in GROUPS
        for retried in (False, True)
    }
    assert [set(bodies) for bodies in asked] == [expected, expected]
    assert len(expected) == 2 * len(GROUPS)


def test_programs_run_in_the_folder_and_without_a_proxy(
    no_programs: Callable[[str, str], None], tmp_path: Path
) -> None:
    no_programs("curl", '#!/bin/sh\necho "$no_proxy $PWD $*" >&2; exit 1\n')
    folder = tmp_path / "folder"
    folder.mkdir()
    visit = visits.visit_with_curl("https://localhost:1/", [], folder)
    assert visit.problem.startswith(f"exit status 1: * {folder} -q ")
    assert "--cacert ca.pem https://localhost:1/" in visit.command


def test_openssl_verifies_name_and_chain_and_is_given_the_request(
    no_programs: Callable[[str, str], None], tmp_path: Path
) -> None:
    no_programs("openssl", '#!/bin/sh\nread -r line\necho "$line" >&2; exit 1\n')
    visit = visits.visit_with_openssl("https://localhost:1/path?query", [], tmp_path)
    assert "-CAfile ca.pem -verify_return_error -verify_hostname localhost" in visit.command
    assert visit.problem == "exit status 1: GET /path?query HTTP/1.1"


def test_lines_are_picked_from_what_programs_say() -> None:
    said = [
        "* ALPN: server accepted http/1.1",
        "< HTTP/1.1 200 OK",
        "*  issuer: CN=x",
        "issuer of: nothing",
        "{ [5",
    ]
    assert visits._lines(f"{visits.CURL_LINES}|{visits.STATUS_LINE}", "\n".join(said)) == (
        "ALPN: server accepted http/1.1",
        "HTTP/1.1 200 OK",
        "issuer: CN=x",
    )


@pytest.mark.parametrize(
    ("executable", "typed"), [("{here}/.venv/bin/python", ".venv/bin/python"), ("/usr/bin/python3", "python")]
)
def test_the_python_to_type_is_the_one_of_this_folder(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    executable: str,
    typed: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", executable.format(here=tmp_path))
    demo_view.what_next(6)
    assert f"      {typed} -m purecrypto vectors\n" in capsys.readouterr().out


def test_the_last_word_is_the_page_about_the_readers_own_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo_view.what_next(6)
    purpose, command = capsys.readouterr().out.splitlines()[-2:]
    assert "open https://localhost:8443/ in your own browser" in purpose
    assert command.endswith("-m tls serve --explain --ca-out ca.pem")


# As a command


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": ""}
    return subprocess.run(
        [sys.executable, *arguments, "-m", "tls", "demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_runs_it() -> None:
    done = command()
    assert done.returncode == 0, done.stderr
    assert "6  what to try next" in done.stdout
    assert "\x1b" not in done.stdout


def test_without_rich_one_line_says_what_to_install() -> None:
    done = command("-S")  # no installed packages
    assert done.returncode == 1
    assert done.stdout == ""
    assert (
        done.stderr
        == "tls: the demonstration needs rich: pip install rich, or .venv/bin/python after make demo\n"
    )
