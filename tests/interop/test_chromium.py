"""Chromium loads pages from our server: several connections at once, and no flag that ignores errors.

Whom it trusts is in an NSS store of its own, in a home directory of its own.
"""

import contextlib
import hashlib
import html
import json
import os
import re
import socket
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import peers, png, programs
from tls import config, https, throwaway
from tls.tracing import page_words
from x509 import __main__ as x509
from x509.algorithms import KeyKind
from x509.complaints import DONE

pytestmark = pytest.mark.interop

LOAD_TIMEOUT = 60  # seconds, of which it needs one or two
FLAGS = (  # a browser without a screen that calls nobody but us
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--window-size=500,400", "--hide-scrollbars"),
    "--virtual-time-budget=10000",  # ms for scripts, not counting what the network takes
)

PICTURES = 12
WIDTH, HEIGHT = 120, 90  # of each: 32 KB
LARGE = bytes(range(251)) * 3000  # 753 KB

INDEX = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A small site</title><link rel="stylesheet" href="style.css"></head>
<body><h1>A small site</h1>
{pictures}
<pre id="report">the script has not run</pre>
<script src="script.js"></script>
</body>
</html>
"""
STYLE = """
body { font: 16px sans-serif; background: rgb(250, 245, 230); }
h1 { color: rgb(11, 22, 33); }
img { width: 40px; height: 30px; }
"""
SCRIPT = """
async function report() {
    const large = await (await fetch("large")).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", large));
    const [page] = performance.getEntriesByType("navigation");
    return {
        protocol: page.nextHopProtocol,
        heading: getComputedStyle(document.querySelector("h1")).color,
        pictures: [...document.images].map(image => [image.naturalWidth, image.naturalHeight]),
        large: [...digest].map(byte => byte.toString(16).padStart(2, "0")).join(""),
    };
}
addEventListener("load", async () => {
    document.getElementById("report").textContent = JSON.stringify(await report(), null, 1);
});
"""


@dataclass(frozen=True)
class Browser:
    """Chromium with a home of its own."""

    home: Path

    def trust(self, authority: Path) -> None:
        store = self.home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        for arguments in (
            ("-N", "--empty-password"),
            ("-A", "-t", "C,,", "-n", "an authority of ours", "-i", str(authority)),
        ):
            command = [peers.require("certutil"), *arguments, "-d", f"sql:{store}"]
            subprocess.run(command, check=True, timeout=LOAD_TIMEOUT)

    def load(self, url: str) -> tuple[str, str]:
        """Load a page; return what it has become in the end, and what Chromium complained about."""
        folders = ("--user-data-dir=" + str(self.home / "profile"), f"--screenshot={self.screenshot}")
        command = [peers.require("chromium"), *FLAGS, *folders, "--dump-dom", url]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        done = subprocess.run(
            command,
            capture_output=True,
            env=environment | {"HOME": str(self.home)},
            timeout=LOAD_TIMEOUT,
            check=True,
        )
        return done.stdout.decode(), done.stderr.decode()

    @property
    def screenshot(self) -> Path:
        return self.home / "screenshot.png"


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return make_browser(tmp_path)


def make_browser(folder: Path) -> Browser:
    peers.require("chromium")
    (folder / "home").mkdir()
    return Browser(folder / "home")


def colour(number: int) -> png.Colour:
    return (20 * number, 255 - 20 * number, 100)


def make_site(folder: Path) -> Path:
    """A page, a stylesheet, a script, pictures, and a file that the script fetches."""
    folder.mkdir()
    pictures = "\n".join(f'<img src="{number}.png" alt="{number}">' for number in range(PICTURES))
    (folder / "index.html").write_text(INDEX.format(pictures=pictures))
    (folder / "style.css").write_text(STYLE)
    (folder / "script.js").write_text(SCRIPT)
    (folder / "large").write_bytes(LARGE)
    for number in range(PICTURES):
        (folder / f"{number}.png").write_bytes(png.painted(colour(number), WIDTH, HEIGHT))
    return folder


def test_chromium_loads_a_page_with_all_that_belongs_to_it(browser, tmp_path):
    ca, key_log = tmp_path / "ca.pem", tmp_path / "keys.log"
    site = make_site(tmp_path / "www")
    with programs.serving("--ca-out", ca, "--keylog", key_log, "--www", site) as port:
        browser.trust(ca)
        page, complaints = browser.load(f"https://localhost:{port}/")
    report = re.search(r'<pre id="report">(\{.*?\})</pre>', page, re.DOTALL)
    assert report, (page, complaints)
    assert json.loads(html.unescape(report[1])) == {
        "protocol": "http/1.1",
        "heading": "rgb(11, 22, 33)",
        "pictures": [[WIDTH, HEIGHT]] * PICTURES,
        "large": hashlib.sha256(LARGE).hexdigest(),
    }
    # Its screenshot has the stylesheet's background, and each of the pictures
    shown = png.colours(browser.screenshot.read_bytes())
    assert {(250, 245, 230), *map(colour, range(PICTURES))} <= shown
    # A connection that is free is used again: more of them means that several were busy at once
    assert key_log.read_text().count("CLIENT_TRAFFIC_SECRET_0 ") >= 3


@pytest.mark.parametrize(
    ("arguments", "agreed"),
    [
        ((), ("TLS_CHACHA20_POLY1305_SHA256", "x25519mlkem768", "ecdsa_secp256r1_sha256", "1")),
        (
            ("--groups", "x25519", "--suites", "tls_chacha20_poly1305_sha256"),
            ("TLS_CHACHA20_POLY1305_SHA256", "x25519", "ecdsa_secp256r1_sha256", "1"),
        ),
        (
            ("--groups", "secp384r1", "--suites", "tls_aes_256_gcm_sha384", "--key-type", "p384"),
            ("TLS_AES_256_GCM_SHA384", "secp384r1", "ecdsa_secp384r1_sha384", "2, with a HelloRetryRequest"),
        ),
        (
            ("--groups", "secp256r1", "--suites", "tls_aes_128_gcm_sha256", "--key-type", "rsa"),
            ("TLS_AES_128_GCM_SHA256", "secp256r1", "rsa_pss_rsae_sha256", "2, with a HelloRetryRequest"),
        ),
    ],
)
def test_chromium_speaks_every_suite_and_group_and_verifies_every_kind_but_one(
    arguments, agreed, browser, tmp_path
):
    """It guesses the hybrid and X25519: for the other groups it has to be asked again."""
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, *arguments) as port:
        browser.trust(ca)
        page, complaints = browser.load(f"https://localhost:{port}/")
    for said in ("TLS 1.3", "localhost", "http/1.1", *agreed):
        assert f"<td>{said}</td>" in page, complaints


@pytest.mark.parametrize("key_type", ["p256", pytest.param("p384", marks=pytest.mark.long)])
def test_chromium_accepts_what_an_intermediate_of_our_own_issued(key_type, browser, tmp_path):
    root, middle, leaf = (tmp_path / name for name in ("root", "middle", "leaf"))
    of_kind = ("--key-type", key_type)
    for command in (
        ("make-ca", "Root", "--out", root, "--permit", "localhost"),
        ("make-ca", "Middle", "--out", middle, "--issuer", f"{root}.pem", "--issuer-key", f"{root}.key"),
        ("issue", "localhost", "--out", leaf, "--ca", f"{middle}.pem", "--ca-key", f"{middle}.key"),
    ):
        assert x509.main([*map(str, command), *of_kind]) == DONE
    with programs.serving("--cert", f"{leaf}.pem", "--key", f"{leaf}.key") as port:
        browser.trust(f"{root}.pem")
        page, complaints = browser.load(f"https://localhost:{port}/")
    assert "<td>TLS 1.3</td>" in page, complaints


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "ERR_CERT_AUTHORITY_INVALID"),
        (("--key-type", "ed25519"), "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),  # why it is not what we make
    ],
)
def test_chromium_refuses_whom_it_does_not_trust_or_cannot_verify(arguments, complaint, browser, tmp_path):
    with programs.serving("--ca-out", tmp_path / "ca.pem", *arguments) as port:
        page, complaints = browser.load(f"https://localhost:{port}/")
    assert "<td>" not in page
    assert complaint in complaints


# ---- The page about the connection itself --------------------------------------------------------------

PAPER = (0xFB, 0xFA, 0xF8)  # the page's background by day
POINTING = """
const report = {};
const point = (at) => at.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
const hello = document.querySelector(".message");
const random = [...hello.querySelectorAll(".row")].find(
    (row) => row.querySelector(".name").textContent === "random");
point(random.querySelector(".head"));
report.bytes = [...document.querySelectorAll(".dump .lit")].map((run) => run.textContent).join(" ");
point(hello.querySelector('[data-part="' + random.dataset.from + '"]'));
report.name = document.querySelector(".row.lit .name").textContent;
random.querySelector(".head").focus();
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true}));
report.focus = document.activeElement.textContent;
const link = random.querySelector(".line");
location.hash = link.hash;
dispatchEvent(new HashChangeEvent("hashchange"));
report.opened = document.getElementById(link.hash.slice(1)).closest("details").open;
document.title = JSON.stringify(report);
"""


class Tap:
    """Carries connections on to a server, and keeps what the clients say."""

    def __init__(self, port: int) -> None:
        self.said: list[bytearray] = []
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                heard = bytearray()
                self.said.append(heard)
                for source, sink, keep in ((client, server, heard), (server, client, bytearray())):
                    threading.Thread(target=self._carry, args=(source, sink, keep), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, keep: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                keep += data
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def hellos(self) -> list[bytes]:
        """The first message of each connection, which is in the clear and in one record."""
        return [bytes(said[5 : 5 + int.from_bytes(said[3:5], "big")]) for said in self.said]

    def close(self) -> None:
        self._listening.close()


def dumped(page: str) -> list[bytes]:
    """The messages and certificates whose bytes the page shows."""
    dumps = re.findall(r'<pre class="hexes">(.*?)</pre>', page, re.DOTALL)
    return [bytes.fromhex(re.sub("<[^>]*>", "", dump)) for dump in dumps]


@dataclass(frozen=True)
class Explained:
    """The page about its own connection, what was really said on that, and a picture of the page."""

    page: str
    hellos: list[bytes]
    screenshot: bytes


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    folder = tmp_path_factory.mktemp("explained")
    browser, ca = make_browser(folder), folder / "ca.pem"
    with programs.serving("--ca-out", ca, "--explain") as port, contextlib.closing(Tap(port)) as tap:
        browser.trust(ca)
        page, complaints = browser.load(f"https://localhost:{tap.port}/")
    assert page_words.DELIVERED in page, complaints
    return Explained(page, tap.hellos(), browser.screenshot.read_bytes())


def test_the_hello_on_the_page_is_that_of_the_browser_which_shows_it(explained):
    page = explained.page
    hello = dumped(page)[0]
    assert hello in explained.hellos
    assert hello[:1] == b"\x01"
    assert "GREASE" in page
    # The policy lets its own style and script in
    assert PAPER in png.colours(explained.screenshot)
    assert page.count('class="copy"') == page.count('class="check"') > 20


def test_both_halves_of_the_key_shares_are_opened(explained):
    """The browser's, which is of ML-KEM and X25519, and the server's answer."""
    names = Counter(re.findall(r'<span class="name">(.*?)</span>', explained.page))
    assert [names[name] for name in ("t_hat", "rho", "u", "v", "x25519")] == [1, 1, 1, 1, 2]


def test_every_secret_on_the_page_can_be_computed_again(explained):
    page = explained.page
    schedule = page[page.index('<section id="schedule"') : page.index('<section id="records"')]
    secrets = re.findall(r'<code class="secret">([0-9a-f]+)</code>', schedule)
    commands = re.findall(r"<pre><code>(.*?)</code></pre>", schedule)
    computed = programs.shell("\n".join(map(html.unescape, commands)))
    assert computed.split() == secrets
    assert len(secrets) > 20


def test_bytes_and_names_light_each_other_up(explained, browser, tmp_path):
    policy = r'<meta http-equiv="Content-Security-Policy"[^>]*>'
    page = re.sub(policy, "", explained.page)  # our script is not its own
    (tmp_path / "page.html").write_text(page.replace("</body>", f"<script>{POINTING}</script></body>"))
    shown, complaints = browser.load(f"file://{tmp_path}/page.html")
    title = re.search("<title>(.*?)</title>", shown)
    assert title, complaints
    report = json.loads(html.unescape(title[1]))
    assert bytes.fromhex(report["bytes"]) == dumped(explained.page)[0][6:38]
    assert report["name"] == "random"
    assert report["focus"].startswith("fresh for each connection")  # the next thing that can be opened
    assert report["opened"] is True


# ---- Sessions ------------------------------------------------------------------------------------------

LAST_PAGE = "/xxxx"


class OnePageAConnection(https.PageHandler):
    """Pages that lead from one to the next, each over a connection of its own."""

    def do_GET(self) -> None:
        sessions = self.server.sessions
        sessions[self.path] = self.connection.session.psk_origin
        onward = f'<meta http-equiv="refresh" content="0; url={self.path}x">' if self.path < LAST_PAGE else ""
        body = f"<!doctype html><title>{self.path}</title>{onward}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def test_chromium_comes_back_with_a_ticket(browser, tmp_path):
    """It opens connections ahead of need, before it has a ticket, more of them on a slow machine."""
    made = throwaway.make(now=config.now(), kind=KeyKind.P256)
    (tmp_path / "ca.pem").write_text(made.authority_pem)
    browser.trust(tmp_path / "ca.pem")
    server = https.Server(("127.0.0.1", 0), config.ServerConfig(certified_keys=[made.certified_key]))
    server.RequestHandlerClass, server.sessions = OnePageAConnection, {}
    with server.running():
        page, complaints = browser.load(f"https://localhost:{server.server_port}/")
    assert f"<title>{LAST_PAGE}</title>" in page, complaints
    assert server.sessions["/"] is None
    assert "ticket" in [server.sessions[path] for path in ("/xx", "/xxx", LAST_PAGE)]
