"""What `--explain` says of a handshake: above all of one that fails on its certificates."""

import socket
from functools import partial

import pytest

from handshake import messages
from handshake.conversation import HandshakeMessage
from handshake.errors import DecodeError, DecryptError
from tests.support import hostile, peers_in_memory, servers
from tests.support.hostile import HostileServer
from tls import config, https, page, throwaway
from tls.__main__ import main
from tls.config import ServerConfig
from tls.connection import Connection
from tls.events import ConnectionFailed
from tls.tracing import certificate_verdict
from tls.tracing.certificate_verdict import CertificateVerdict
from x509.complaints import DONE, FAILED

MALFORMED = b"\x30\x03\x02\x01\x05"


def story(lines) -> str:
    return " ".join(" ".join(lines).split())


def bytes_shown(text: str) -> list[bytes]:
    """What the left columns hold, of one certificate after the other."""
    found: list[bytes] = []
    for line in text.splitlines():
        if line.startswith("Certificate ") and "byte by byte" in line:
            found.append(b"")
        elif found and line[:6].strip().isdecimal():
            found[-1] += bytes.fromhex(line[8:32])
    return found


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


@pytest.fixture(scope="module")
def made():
    return throwaway.make(now=config.now())


@pytest.fixture
def ca(made, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text(made.authority_pem)
    return str(path)


@pytest.fixture
def url(made):
    settings = ServerConfig(certified_keys=[made.certified_key])
    with https.Server(("127.0.0.1", 0), settings).running() as running:
        yield f"https://localhost:{running.server_port}/"


def test_get_explains_beside_the_page(url, ca, made, capsys):
    assert main(["get", url, "--ca", ca, "--explain"]) == DONE
    printed = capsys.readouterr()
    assert printed.out.startswith(page.TITLE)
    assert "byte by byte" not in printed.out
    assert "good: certificate 1 of 1 (CN=localhost) leads to trust anchor" in printed.err
    assert "and is for localhost" in story(printed.err.splitlines())
    assert "✓ validity" in printed.err
    assert bytes_shown(printed.err) == [one.der for one in made.certified_key.certificate_chain]


def test_get_explains_a_handshake_that_fails_and_its_one_line_stays(url, tmp_path, made, capsys):
    other = tmp_path / "other.pem"
    other.write_text(servers.family().authority_pem)
    assert main(["get", url, "--ca", str(other)]) == FAILED
    (one_line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tls: "))
    assert main(["get", url, "--ca", str(other), "--explain"]) == FAILED
    lines = [line for line in capsys.readouterr().err.splitlines() if " - - " not in line]
    assert lines[-1] == one_line
    assert lines[0].startswith("refused: certificate 1 of 1 (CN=localhost): its issuer ")
    assert bytes_shown("\n".join(lines)) == [one.der for one in made.certified_key.certificate_chain]


def test_get_explains_and_traces(url, ca, capsys):
    assert main(["get", url, "--ca", ca, "--explain", "--trace"]) == DONE
    said = capsys.readouterr().err
    assert "ServerHello" in said
    assert "rule by rule" in said


def test_what_nobody_verified(url, capsys):
    assert main(["get", url, "--insecure", "--explain"]) == DONE
    said = capsys.readouterr().err
    assert said.startswith("not judged: it was not asked whether the certificates are to be trusted\n")
    assert len(bytes_shown(said)) == 1


def test_a_resumed_session_says_so_in_one_line(url, ca, tmp_path, capsys):
    command = ["get", url, "--ca", ca, "--explain", "--session", str(tmp_path / "session")]
    assert main(command) == DONE
    capsys.readouterr()
    assert main(command) == DONE
    said = [line for line in capsys.readouterr().err.splitlines() if " - - " not in line]
    assert said == [certificate_verdict.RESUMED]


def test_a_connection_that_ends_before_a_certificate(capsys):
    with servers.one_shot_server(lambda accepted: accepted.sendall(b"\x15\x03\x03\x00\x02\x02\x28")) as port:
        assert main(["get", f"https://localhost:{port}/", "--insecure", "--explain"]) == FAILED
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == certificate_verdict.TOO_EARLY
    assert lines[1].startswith("tls: ")
    assert len(lines) == 2


def test_a_good_certificate():
    verdict = CertificateVerdict()
    client = Connection(peers_in_memory.client_settings(), observe=verdict)
    server = Connection(peers_in_memory.server_settings())
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    assert next(verdict.lines(1000)).endswith("whom we trust, and is for localhost")


def test_what_is_no_certificate_is_opened_as_far_as_it_goes():
    verdict = CertificateVerdict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "Connection", partial(Connection, observe=verdict))
        server = HostileServer()
    server.say_hello()
    server.say_extensions()
    leaf = peers_in_memory.family().leaf.der
    server.say_certificate(leaf, MALFORMED)
    lines = list(verdict.lines())
    assert story(lines).startswith("refused: certificate 2 of 2 cannot be read: certificate.tbsCertificate: ")
    assert bytes_shown("\n".join(lines)) == [leaf, MALFORMED]


def test_a_server_that_shows_no_certificate_at_all():
    verdict = CertificateVerdict()
    verdict(ConnectionFailed(DecodeError("Certificate: the server sent none")))
    assert list(verdict.lines()) == [certificate_verdict.TOO_EARLY]


def test_what_a_client_shows_is_not_explained():
    verdict = CertificateVerdict()
    ours = peers_in_memory.client_key().certificate_chain[0].der
    verdict(HandshakeMessage("client", messages.Certificate((messages.CertificateEntry(ours),)), b""))
    assert list(verdict.lines()) == [certificate_verdict.TOO_EARLY]
    verdict(HandshakeMessage("server", messages.Finished(bytes(32)), b""))
    assert list(verdict.lines()) == [certificate_verdict.RESUMED]
    verdict(ConnectionFailed(DecryptError("Finished: not over what we heard")))
    assert list(verdict.lines()) == [certificate_verdict.TOO_EARLY]


def test_where_nobody_answers_nobody_is_known(capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert main(["get", f"https://localhost:{port}/", "--insecure", "--explain"]) == FAILED
    assert capsys.readouterr().err.splitlines()[0] == certificate_verdict.TOO_EARLY
