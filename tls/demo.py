"""All of it at once: a page is served, three programs fetch it, and the handshake is taken apart.

Our own web server listens on a free port of this machine, with a certificate made on the spot.  Our own
client visits it, then curl and openssl, where they are installed: programs that no one here wrote, and that
notice nothing (`visits`).

Errors         Exit status 1 if any of this fails; a program that is not installed is no failure.
Tested by      tests/tls/test_demo.py
"""

import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from importlib import util
from pathlib import Path

from tls import config, https, throwaway, timing, visits
from tls.config import ClientConfig, ServerConfig
from tls.timing import Stopwatch
from tls.tracing.trace import Trace
from x509.trust_store import TrustStore

TIMED_HANDSHAKES = 5


def run() -> int:
    """Show everything; return the exit status."""
    if util.find_spec("rich") is None:
        sys.stderr.write(
            "tls: the demonstration needs rich: pip install rich, or .venv/bin/python after make demo\n"
        )
        return 1
    from tls import demo_view

    made = throwaway.make(now=config.now())
    trust = TrustStore([made.authority])
    trace = Trace()
    client = ClientConfig(trust=trust, application_protocols=visits.PROTOCOLS)
    server = ServerConfig(certified_keys=[made.certified_key], application_protocols=visits.PROTOCOLS)
    done: list[visits.Visit] = []
    with served(server) as (url, log), tempfile.TemporaryDirectory() as folder:
        (Path(folder) / visits.AUTHORITY_FILE).write_text(made.authority_pem, "ascii")
        demo_view.title(url)
        for visit in visits.programs(url, client, Path(folder), partial(nullcontext, trace)):
            demo_view.visit(len(done) + 1, visit)
            done.append(visit)
    section = len(done) + 1
    demo_view.handshake(section, trace)
    demo_view.times(section + 1, *timed(client, server))
    demo_view.what_next(section + 2)
    if failed := [visit.program for visit in done if visit.problem]:
        demo_view.failed(failed, log.getvalue())
        return 1
    return 0


def timed(client_config: ClientConfig, server_config: ServerConfig) -> tuple[Stopwatch, Stopwatch]:
    """A full handshake, and one that resumes a session."""
    settings = client_config.settings("localhost"), server_config.settings()
    return timing.compare(*settings, timing.first_meeting(*settings), TIMED_HANDSHAKES)


@contextlib.contextmanager
def served(server_config: ServerConfig) -> Iterator[tuple[str, io.StringIO]]:
    """Our web server on a free port; the value is its address, and what it has to say about its visitors."""
    log = io.StringIO()
    with (
        contextlib.redirect_stderr(log),
        https.Server(("127.0.0.1", 0), server_config) as server,
        server.running(),
    ):
        yield f"https://localhost:{server.server_port}/", log
