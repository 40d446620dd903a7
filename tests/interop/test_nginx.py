"""nginx as its package configures it, which we only tell where the certificate is."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import kinds, processes
from tests.interop.conversation import Failed
from tests.interop.kinds import Credentials, Kind
from tests.interop.processes import Process
from tests.support import peers, programs

pytestmark = pytest.mark.interop

ATTEMPTS = 5  # to start on a port that was free a moment ago

CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log stderr notice;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {defaults}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {files.certificate};
        ssl_certificate_key {files.key};
        location / {{ return 200 "$ssl_protocol by nginx $nginx_version\\n"; }}
    }}
}}
"""


def defaults() -> str:
    """What the package's own configuration says about TLS; the rest of it is about logs and other sites."""
    return "\n    ".join(
        re.findall(r"^\s*(ssl_[^#\n]*;)", Path("/etc/nginx/nginx.conf").read_text(), re.MULTILINE)
    )


@contextlib.contextmanager
def nginx(files: Credentials, folder: Path) -> Iterator[int]:
    """nginx on a port, which is the value."""
    program = peers.require("nginx")
    peers.require("openssl")
    for _ in range(ATTEMPTS):
        port = processes.free_port()
        filled_in = CONFIGURATION.format(folder=folder, port=port, files=files, defaults=defaults())
        (folder / "nginx.conf").write_text(filled_in)
        command = [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        with Process(command, merged=True) as process:
            line = ""
            with contextlib.suppress(Failed):
                while "start worker process " not in line and "emerg" not in line:
                    line = process.line()
            if "start worker process " in line:
                try:
                    yield port
                finally:
                    process.terminate()  # it ends its workers, which nobody else would
                return
    raise AssertionError(f"nginx does not start: {line}")


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_get_from_nginx(kind: Kind, tmp_path: Path) -> None:
    peers.require("openssl")
    files = kinds.make_credentials(kind, tmp_path)
    with nginx(files, tmp_path) as port:
        page = programs.tls("get", f"https://localhost:{port}/", "--ca", files.ca).stdout
    assert page.startswith(b"TLSv1.3 by nginx 1.")
