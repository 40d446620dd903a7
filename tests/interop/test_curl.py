"""curl fetches pages from our server."""

import json
import subprocess

import pytest

from tests.interop import kinds
from tests.support import peers, programs
from tls import __main__ as command_line
from tls import page
from tls.captures import wiretap
from tls.tracing import page_words

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


def test_curl_reads_about_its_own_connection(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, "--explain") as port:
        text = curl("--cacert", ca, f"https://localhost:{port}/")
        data = curl("--cacert", ca, "--header", "Accept: application/json", f"https://localhost:{port}/")
    assert " ".join(text.stdout.decode().split()).startswith(page_words.DELIVERED_AS_TEXT)
    assert "ClientHello   client ▶ server" in text.stdout.decode()
    assert json.loads(data.stdout)["role"] == "server"


@pytest.mark.parametrize("options", [["--pcapng"], ["--trace"], ["--pcapng", "--trace", "--trace-html"]])
def test_what_explains_itself_can_be_watched_in_other_ways_too(options, tmp_path, monkeypatch, capsys):
    """And each way shows the whole, whoever else looks."""
    ca, capture, pages = tmp_path / "ca.pem", tmp_path / "out.pcapng", tmp_path / "pages"
    answers = []

    def serve(server, _host):
        with server.running():
            url = f"https://localhost:{server.server_port}/"
            answers.append(curl("--cacert", ca, url, f"{url}again"))

    monkeypatch.setattr(command_line, "_serve_until_interrupted", serve)
    files = {"--pcapng": capture, "--trace-html": pages}
    more = [str(word) for option in options for word in (option, files.get(option)) if word]
    assert command_line.main(["serve", "--explain", "--port", "0", "--ca-out", str(ca), *more]) == 0
    (done,) = answers
    assert done.returncode == 0, done.stderr.decode()
    text, said = done.stdout.decode(), capsys.readouterr().err
    assert text.count("ClientHello   client ▶ server") == 2
    assert text.count("GET / HTTP/1.1") == 2  # in the answer to it, and in the one after
    assert said.count("ClientHello   client ▶ server") == ("--trace" in options)
    if "--pcapng" in options:
        steps = wiretap.read(capture.read_bytes(), "").overhear(1).trace.as_dict()["steps"]
        data = [step for step in steps if step.get("content_type") == "application_data"]
        heard = {
            way: b"".join(bytes.fromhex(step["content"]) for step in data if step["operation"] == way)
            for way in ("seal", "open")
        }
        assert heard["seal"].count(b"GET /") == 2
        assert heard["open"].endswith(text[-1000:].encode())
    if "--trace-html" in options:
        (page,) = pages.iterdir()
        assert "GET /again HTTP" in page.read_text("utf-8")


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


def test_curl_resumes_where_the_connection_is_closed_in_between(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca) as port:
        url = f"https://localhost:{port}/"
        done = curl("--cacert", ca, "--header", "Connection: close", url, url)
    assert done.returncode == 0, done.stderr.decode()
    first, second = done.stdout.decode().split(page.TITLE)[1:]
    assert "resumed        with a ticket" not in first
    assert "resumed        with a ticket" in second


def test_curl_shows_a_certificate_the_right_one(tmp_path):
    for folder in ("known", "strange"):
        (tmp_path / folder).mkdir()
    known = kinds.make_credentials(kinds.KINDS[0], tmp_path / "known")
    strange = kinds.make_credentials(kinds.KINDS[0], tmp_path / "strange")
    server = ("--cert", known.certificate, "--key", known.key, "--client-ca", known.ca)
    with programs.serving(*server, "--require-client-cert") as port:
        common = ("--cacert", known.ca, f"https://localhost:{port}/")
        right = curl("--cert", known.certificate, "--key", known.key, *common)
        wrong = curl("--cert", strange.certificate, "--key", strange.key, *common)
        none = curl(*common)
    assert right.returncode == 0, right.stderr.decode()
    assert "CN=localhost, trusted by CN=Interop Root" in right.stdout.decode()
    assert b"alert bad certificate" in wrong.stderr  # the authority's name is right, its key is not
    assert b"alert certificate required" in none.stderr
    assert wrong.stdout == none.stdout == b""
