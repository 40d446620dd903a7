"""The command line: what it prints where, and with which exit status it ends."""

import contextlib
import dataclasses
import errno
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from handshake.messages import ClientHello
from handshake.pre_shared_keys import PreSharedKey
from purecrypto import rsa
from tests.support import certificates, peers_in_memory, programs, revocation_lists, rsa_keys, servers
from tests.support.servers import one_shot_server, server_config
from tls import __main__ as command_line
from tls import arguments as command_line_arguments
from tls import config, https, page, sockets, throwaway, trust, watching
from tls.__main__ import HTTP_ERROR, main
from tls.config import ServerConfig
from tls.errors import TLSError
from tls.events import ConnectionOver
from tls.tracing import page_folder
from x509 import complaints, pem, public_keys
from x509.algorithms import KeyKind
from x509.certificate import Certificate
from x509.complaints import DONE, FAILED, INTERRUPTED
from x509.rules import Purpose

ROOT = Path(__file__).parents[2]


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
    return path


@pytest.fixture
def server(made):
    settings = config.ServerConfig(
        certified_keys=[made.certified_key],
        application_protocols=["http/1.1"],
    )
    with https.Server(("127.0.0.1", 0), settings).running() as running:
        yield running


def complaint(capsys) -> str:
    """The one line that a failed command prints, and nothing else."""
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = [line for line in printed.err.splitlines() if " - - " not in line]  # the server's own
    assert len(lines) == 1, printed.err
    assert lines[0].startswith("tls: ")
    return lines[0]


def run(*arguments, **settings) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tls", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": servers.PATIENCE}
    return subprocess.run(command, cwd=ROOT, check=False, **pipes | settings)


def run_in_shell(redirection: str, *arguments, **settings) -> subprocess.CompletedProcess[bytes]:
    command = [
        "sh",
        "-c",
        f'exec "$@" {redirection}',
        "sh",
        sys.executable,
        "-m",
        "tls",
        *map(str, arguments),
    ]
    return subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, timeout=servers.PATIENCE, **settings
    )


# ---- get -----------------------------------------------------------------------------------------------


def test_get_prints_the_page(server, ca, capsys):
    assert main(["get", f"https://localhost:{server.server_port}/", "--ca", str(ca)]) == DONE
    assert capsys.readouterr().out.startswith(page.TITLE)


def test_get_prints_bytes_as_they_are(made, ca, tmp_path, capfdbinary):
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    settings = config.ServerConfig(certified_keys=[made.certified_key])
    with https.Server(("127.0.0.1", 0), settings, directory=tmp_path).running() as running:
        assert main(["get", f"https://localhost:{running.server_port}/bytes", "--ca", str(ca)]) == DONE
    assert capfdbinary.readouterr().out == bytes(range(256))


def test_get_says_in_json_what_was_negotiated(server, made, ca, capsys):
    assert main(["get", f"https://localhost:{server.server_port}/", "--ca", str(ca), "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == 200
    assert ["Server", "glassbox-tls"] in said["headers"]
    assert said["body_length"] == int(dict(said["headers"])["Content-Length"])
    assert said["negotiated"] == {
        "version": "TLS 1.3",
        "cipher_suite": "TLS_CHACHA20_POLY1305_SHA256",
        "group": "x25519mlkem768",
        "signature_scheme": "ecdsa_secp256r1_sha256",
        "server_name": "localhost",
        "application_protocol": "http/1.1",
        "hello_retry_request": False,
        "pre_shared_key": None,
        "early_data_accepted": False,
    }
    leaf = made.certified_key.certificate_chain[0]
    assert said["certificate"] == {
        "subject": "CN=localhost",
        "issuer": "CN=glassbox-tls throw-away authority",
        "not_before": leaf.not_before.isoformat(),
        "not_after": leaf.not_after.isoformat(),
        "sha256": leaf.fingerprint.hex(),
        "verified": True,
        "trust_anchor": "CN=glassbox-tls throw-away authority",
        "ocsp_response_length": None,
    }


def test_get_trusts_what_the_environment_says(server, ca, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    assert main(["get", f"https://localhost:{server.server_port}/"]) == DONE


def test_ca_comes_before_the_environment(server, ca, tmp_path, monkeypatch):
    other = tmp_path / "other.pem"
    other.write_text(servers.family().authority_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    assert main(["get", f"https://localhost:{server.server_port}/", "--ca", str(other)]) == FAILED


def test_get_verifies_by_default(server, tmp_path, capsys):
    other = tmp_path / "other.pem"
    other.write_text(servers.family().authority_pem)
    assert main(["get", f"https://localhost:{server.server_port}/", "--ca", str(other)]) == FAILED
    assert "certificate 1 of 1 (CN=localhost): its issuer" in complaint(capsys)


def test_get_can_judge_by_the_rules_of_the_web(tmp_path, capsys, monkeypatch):
    """Its key is of Ed25519, which the web does not have."""
    ca = servers.files(tmp_path) / "ca"
    with https.Server(("127.0.0.1", 0), server_config(), directory=tmp_path).running() as running:
        url = f"https://localhost:{running.server_port}/"
        for trusted in (["--ca", str(ca)], []):
            monkeypatch.setenv("SSL_CERT_FILE", str(ca))
            assert main(["get", url, *trusted, "--profile", "rfc5280"]) != FAILED
            capsys.readouterr()
            assert main(["get", url, *trusted, "--profile", "web"]) == FAILED
            assert "its key is of the kind Ed25519; the web allows" in complaint(capsys)


def test_get_can_be_told_not_to_verify(server, capsys):
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--insecure", "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)["certificate"]
    assert (said["verified"], said["trust_anchor"]) == (False, None)


def test_get_without_anybody_to_trust(capsys, monkeypatch):
    monkeypatch.setattr(trust, "SYSTEM_FILES", ())
    monkeypatch.setitem(sys.modules, "certifi", None)
    assert main(["get", "https://localhost:1/"]) == FAILED
    said = "nobody to trust: this machine has no list of authorities"
    assert complaint(capsys) == f"tls: {said}; give --ca FILE, or risk --insecure"


def test_get_says_what_is_wrong_with_the_environment(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert main(["get", "https://localhost:1/"]) == FAILED
    said = f"{tmp_path / 'none.pem'}: No such file or directory"
    assert complaint(capsys) == f"tls: {said}; give --ca FILE, or risk --insecure"


def test_early_data_needs_a_file_of_tickets(tmp_path, capsys):
    early = ["get", "https://localhost/", "--replayable-early-data"]
    with pytest.raises(SystemExit):
        command_line_arguments.parse(early)
    assert "--replayable-early-data needs --session" in capsys.readouterr().err
    options = command_line_arguments.parse([*early, "--session", str(tmp_path / "session")])
    assert options.replayable_early_data


def test_a_pre_shared_key_may_stand_in_a_file(tmp_path):
    """There not everybody on this machine sees it, as on the command line."""
    path = tmp_path / "key"
    path.write_text(f"{bytes(range(16)).hex()}\n")
    command = ["get", "https://localhost/", "--psk", f"a:b:{bytes(16).hex()}", "--psk", f"b:@{path}"]
    found = command_line_arguments.parse(command).psk
    assert found == [PreSharedKey(b"a:b", bytes(16)), PreSharedKey(b"b", bytes(range(16)))]


@pytest.mark.parametrize(
    ("psk", "reason"),
    [
        ("00" * 16, "a name, a colon, and the key in hex or as @FILE"),
        ("me:no hex", "non-hexadecimal"),
        ("me:00", "must be at least 16"),
        ("me:@{folder}/missing", "No such file"),
        ("me:@{folder}/bytes", "ascii"),
    ],
)
def test_what_is_no_pre_shared_key(psk, reason, tmp_path, capsys):
    (tmp_path / "bytes").write_bytes(b"\xff" * 16)
    with pytest.raises(SystemExit):
        command_line_arguments.parse(["get", "https://localhost/", "--psk", psk.format(folder=tmp_path)])
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("accepted", [True, False])
def test_get_says_when_no_early_data_was_accepted(asked, accepted, tmp_path, monkeypatch, capsys):
    session = dataclasses.replace(
        peers_in_memory.connected().client.session, early_data_accepted=accepted and asked
    )

    @contextlib.contextmanager
    def answered(*_, replayable_early_data, **__):
        assert replayable_early_data == asked
        yield SimpleNamespace(
            session=session, response=SimpleNamespace(status=200), body=lambda: [b"the page"]
        )

    monkeypatch.setattr(https, "get", answered)
    arguments = ["get", "https://localhost/", "--insecure", "--session", str(tmp_path / "session")]
    assert main(arguments + ["--replayable-early-data"] * asked) == DONE
    said = "no early data was accepted: the request went after the handshake\n"
    assert capsys.readouterr() == ("the page", said if asked and not accepted else "")


def test_get_of_what_is_not_there(server, ca, capsys):
    assert main(["get", f"https://localhost:{server.server_port}/x", "--ca", str(ca)]) == HTTP_ERROR == 22
    printed = capsys.readouterr()
    assert "404" in printed.out
    assert printed.err.endswith("tls: the server answered 404 Not Found\n")


@pytest.mark.parametrize("option", ["--trace-html", "--record"])
def test_what_cannot_be_written_hides_no_answer(option, server, ca, capsys):
    arguments = ["get", f"https://localhost:{server.server_port}/x", "--ca", str(ca), option, "/nowhere/file"]
    assert main(arguments) == FAILED
    answered, failed = [line for line in capsys.readouterr().err.splitlines() if line.startswith("tls: ")]
    assert answered == "tls: the server answered 404 Not Found"
    assert failed.startswith("tls: /nowhere/file: No such file or directory")


@pytest.mark.parametrize("url", ["http://localhost/", "https://ex ample/", "https://-/", "https://x:y/", "x"])
def test_get_of_what_is_no_url(url, capsys):
    assert main(["get", url, "--insecure"]) == FAILED
    assert complaint(capsys).startswith(f"tls: {url}: ")


def test_get_where_nobody_listens(capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert main(["get", f"https://127.0.0.1:{port}/", "--insecure"]) == FAILED
    assert complaint(capsys) == f"tls: https://127.0.0.1:{port}/: Connection refused"


def test_get_from_a_name_that_nobody_knows(monkeypatch, capsys):
    def getaddrinfo(*_arguments, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert main(["get", "https://nowhere.example/", "--insecure"]) == FAILED
    assert complaint(capsys) == "tls: https://nowhere.example/: Name or service not known"


def answering(data: bytes, *, in_tls: bool = False, cut: bool = False):
    def serve(accepted):
        if not in_tls:
            accepted.recv(2**16)
            accepted.sendall(data)
            accepted.shutdown(socket.SHUT_WR)
            while accepted.recv(2**16):
                pass
            return
        connection = sockets.wrap_socket(accepted, config=server_config(), server_side=True)
        connection.recv(1000)
        connection.sendall(data)
        if cut:
            accepted.close()
        connection.close()

    return one_shot_server(serve)


def test_get_from_what_is_not_tls(capsys):
    with answering(b"220 mail.example ESMTP\r\n") as port:
        assert main(["get", f"https://localhost:{port}/", "--insecure"]) == FAILED
    assert "is the peer speaking TLS?" in complaint(capsys)


def test_get_from_a_server_of_tls_1_2(capsys):
    protocol_version_alert = bytes([21, 3, 3, 0, 2, 2, 70])
    with answering(protocol_version_alert) as port:
        assert main(["get", f"https://localhost:{port}/", "--insecure"]) == FAILED
    assert "the peer ended the connection: protocol_version" in complaint(capsys)


def test_get_from_what_is_not_http(capsys):
    with answering(b"SSH-2.0-\x1b[31mred\r\n", in_tls=True) as port:
        assert main(["get", f"https://localhost:{port}/", "--insecure"]) == FAILED
    said = complaint(capsys)
    assert "BadStatusLine: SSH-2.0" in said
    assert "\x1b" not in said  # a peer's text does not become the terminal's commands
    assert r"\x1b[31mred" in said


@pytest.mark.parametrize("cut", [False, True])
def test_get_of_half_a_page(cut, capsys):
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", in_tls=True, cut=cut) as port:
        assert main(["get", f"https://localhost:{port}/", "--insecure"]) == FAILED
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert ("before close_notify" if cut else "IncompleteRead") in printed.err


def test_get_into_a_pipe_that_nobody_reads(server, ca):
    reading, writing = os.pipe()
    os.close(reading)
    done = run("get", f"https://localhost:{server.server_port}/", "--ca", ca, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (FAILED, b"")


def test_interrupted(monkeypatch, capsys):
    def interrupt(*_arguments, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(https, "get", interrupt)
    assert main(["get", "https://localhost/", "--insecure"]) == INTERRUPTED == 130
    assert capsys.readouterr().err == ""


def test_a_ticket_has_left_its_file_before_it_is_shown(server, ca, tmp_path, monkeypatch):
    """So that no process beside this one, and none after one that was killed, shows it again."""
    session = tmp_path / "session.pem"
    get = ["get", f"https://localhost:{server.server_port}/", "--ca", str(ca), "--session", str(session)]
    kept = []

    def look_and_shake_hands(connection):
        kept.append(session.read_text().count("BEGIN"))
        return shake_hands(connection)

    shake_hands = sockets._handshaken
    monkeypatch.setattr(sockets, "_handshaken", look_and_shake_hands)
    assert main(get) == main(get) == DONE
    assert kept == [0, 1]  # of the two that the first one got


# ---- Files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--ca", "--keylog"])
def test_a_file_that_is_not_there(option, tmp_path, capsys):
    path = tmp_path / "no" / "file"
    insecure = ["--insecure"] if option == "--keylog" else []
    assert main(["get", "https://localhost:1/", option, str(path), *insecure]) == FAILED
    assert complaint(capsys) == f"tls: {path}: No such file or directory"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no PEM", "no CERTIFICATE block"),
        ("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n", "is not base64"),
    ],
)
def test_a_file_that_is_not_pem(text, reason, tmp_path, capsys):
    path = tmp_path / "file"
    path.write_text(text)
    assert main(["get", "https://localhost:1/", "--ca", str(path)]) == FAILED
    assert reason in complaint(capsys)


def test_an_ocsp_response_that_is_empty(files, tmp_path, capsys):
    path = tmp_path / "response"
    path.write_bytes(b"")
    arguments = ["serve", "--cert", str(files / "chain"), "--key", str(files / "key"), "--ocsp", str(path)]
    assert main(arguments) == FAILED
    assert complaint(capsys) == f"tls: {path}: an OCSP response of 0 bytes, must be 1 to 65527"


@pytest.mark.parametrize("by_environment", [False, True])
def test_the_key_log_is_appended_to_and_private(by_environment, server, ca, tmp_path, monkeypatch):
    path = tmp_path / "keys.log"
    arguments = ["get", f"https://localhost:{server.server_port}/", "--ca", str(ca)]
    if by_environment:
        monkeypatch.setenv("SSLKEYLOGFILE", str(path))
    else:
        arguments += ["--keylog", str(path)]
    for times in (1, 2):
        assert main(arguments) == DONE
        lines = path.read_text("ascii").splitlines()
        assert len(lines) == 5 * times
    assert re.fullmatch(r"CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]{64}", lines[0])
    assert path.stat().st_mode & 0o777 == 0o600


def test_serve_explains_the_connection_that_carries_the_answer(tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, "--explain") as port:
        done = programs.tls("get", f"https://localhost:{port}/what/ever", "--ca", ca)
    assert b"client_application_traffic_secret_0" in done.stdout


# ---- connect -------------------------------------------------------------------------------------------


def echo(accepted):
    """Sends back in capitals what it hears until the other side has said all."""
    settings = server_config(application_protocols=["x", "y"])
    with sockets.wrap_socket(accepted, config=settings, server_side=True) as connection:
        while data := connection.recv(1000):
            connection.sendall(data.upper())


@pytest.fixture
def files(tmp_path):
    return servers.files(tmp_path)


def test_connect_moves_bytes_both_ways_and_sums_up_on_standard_error(files):
    data = b"hello\n" * 10000
    with one_shot_server(echo) as port:
        done = run("connect", f"localhost:{port}", "--ca", files / "ca", "--alpn", "y,z", input=data)
    assert done.returncode == DONE, done.stderr
    assert done.stdout == data.upper()
    said = dict(re.split(r"  +", line, maxsplit=1) for line in done.stderr.decode().splitlines())
    assert said["cipher suite"] == "TLS_CHACHA20_POLY1305_SHA256"
    assert said["key exchange"] == "x25519mlkem768"
    assert said["application"] == "y"
    assert said["server name"] == "localhost"
    assert said["round trips"] == "1"
    assert said["certificate"] == "CN=localhost, trusted by CN=Root"


@pytest.fixture
def no_input(monkeypatch):
    """Standard input is at its end."""
    with open(os.devnull, "rb") as nothing:
        monkeypatch.setattr(command_line, "STANDARD_INPUT", nothing.fileno())
        yield


def test_connect_can_leave_out_its_key_share_and_its_disguise(no_input, capsys):
    hellos = []

    def serve(accepted):
        def observe(event):
            hellos.append(getattr(event, "message", None))

        config = server_config()
        with sockets.wrap_socket(accepted, config=config, server_side=True, observe=observe) as connection:
            connection.recv(1)

    with one_shot_server(serve) as port:
        arguments = ["connect", f"localhost:{port}", "--insecure", "--no-key-share", "--no-middlebox-compat"]
        assert main(arguments) == DONE
    assert "HelloRetryRequest" in capsys.readouterr().err
    assert [hello.legacy_session_id for hello in hellos if isinstance(hello, ClientHello)] == [b"", b""]


def test_connect_asks_for_the_name_that_it_is_told(files, no_input, capsys):
    with one_shot_server(echo) as port:
        arguments = ["connect", f"127.0.0.1:{port}", "--ca", str(files / "ca"), "--server-name", "localhost"]
        assert main(arguments) == DONE
    assert re.search(r"server name +localhost", capsys.readouterr().err)


def test_connect_refuses_another_name(files, no_input, capsys):
    def serve(accepted):
        with (
            sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection,
            pytest.raises(OSError),
        ):
            connection.do_handshake()

    with one_shot_server(serve) as port:
        arguments = ["connect", f"127.0.0.1:{port}", "--ca", str(files / "ca")]
        assert main([*arguments, "--server-name", "example.org"]) == FAILED
    assert "is for localhost, 127.0.0.1, ::1, not example.org" in complaint(capsys)


def test_connect_without_a_name_that_can_be_verified(no_input, capsys):
    assert main(["connect", "ex ample:443", "--insecure"]) == FAILED
    assert "neither a DNS name nor an IP address" in complaint(capsys)


def test_connect_waits_as_long_as_it_takes(no_input, monkeypatch, capsys):
    timeouts = []
    recv = sockets.TLSSocket.recv

    def remember(connection, size):
        timeouts.append(connection.gettimeout())
        return recv(connection, size)

    with one_shot_server(echo) as port:
        monkeypatch.setattr(sockets.TLSSocket, "recv", remember)
        assert main(["connect", f"localhost:{port}", "--insecure"]) == DONE
    assert timeouts.count(None) == len(timeouts) - timeouts.count(servers.PATIENCE) > 0
    assert "CN=localhost, NOT VERIFIED" in capsys.readouterr().err


def test_connect_to_what_is_cut_off(files, no_input, capsysbinary):
    def serve(accepted):
        connection = sockets.wrap_socket(accepted, config=server_config(), server_side=True)
        connection.sendall(b"half of it")
        assert connection.recv(1) == b""
        accepted.close()

    with one_shot_server(serve) as port:
        assert main(["connect", f"localhost:{port}", "--insecure"]) == FAILED
    printed = capsysbinary.readouterr()
    assert printed.out == b"half of it"
    assert printed.err.endswith(b"the peer's stream ended before close_notify\n")


def test_connect_tells_if_its_input_did_not_arrive(monkeypatch, capsys):
    """The peer says goodbye in good order, but something was not said yet."""
    reading, writing = os.pipe()
    monkeypatch.setattr(command_line, "STANDARD_INPUT", reading)

    def serve(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.do_handshake()
            os.write(writing, b"are you there?")
            assert connection.recv(1) == b""

    def sendall(_connection, _data):
        raise TLSError("nobody listens")

    monkeypatch.setattr(sockets.TLSSocket, "sendall", sendall)
    with one_shot_server(serve) as port:
        status = main(["connect", f"localhost:{port}", "--insecure"])
    os.close(reading)
    os.close(writing)
    assert status == FAILED
    assert capsys.readouterr().err.endswith(": nobody listens\n")


# ---- serve ---------------------------------------------------------------------------------------------


def start(*arguments) -> tuple[subprocess.Popen[str], int]:
    """A server of its own, and the port on which it says it is ready."""
    command = [sys.executable, "-m", "tls", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    found = re.fullmatch(r"listening on https://localhost:(\d+)\n", line)
    assert found, (line, process.communicate())
    return process, int(found[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_from_the_first_line_to_the_last(number, tmp_path):
    process, port = start("--ca-out", tmp_path / "ca.pem")
    with process:
        assert main(["get", f"https://localhost:{port}/", "--ca", str(tmp_path / "ca.pem")]) == DONE
        process.send_signal(number)
        process.send_signal(number)  # some wrappers pass a signal on that has come already
        out, err = process.communicate(timeout=servers.PATIENCE)
    assert process.returncode == DONE
    assert out == ""
    assert err.splitlines()[-1] == "stopped"
    assert "Traceback" not in err


def test_serve_with_a_certificate_of_ones_own(files, tmp_path):
    log = tmp_path / "keys.log"
    process, port = start("--cert", files / "chain", "--key", files / "key", "--keylog", log)
    with process:
        assert main(["get", f"https://localhost:{port}/", "--ca", str(files / "ca")]) == DONE
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=servers.PATIENCE)
    assert process.returncode == DONE
    assert len(log.read_text().splitlines()) == 5


def negotiated(capsys, port: int, ca: Path, *arguments: str) -> tuple[str, str, str]:
    """Suite, group and scheme of a connection."""
    url = f"https://localhost:{port}/"
    assert main(["get", url, "--ca", str(ca), "--json", *arguments]) == DONE
    said = json.loads(capsys.readouterr().out)["negotiated"]
    return said["cipher_suite"], said["group"], said["signature_scheme"]


def test_serve_with_two_certificates_in_algorithms_of_ones_choice(tmp_path, capsys):
    """Each client is shown the one that it can verify; the server's order of suites and groups decides."""
    arguments = [
        "--suites",
        "tls_aes_256_gcm_sha384,tls_aes_128_gcm_sha256",
        "--groups",
        "secp384r1,secp256r1",
    ]
    for kind in (KeyKind.ED25519, KeyKind.P256):
        key = certificates.certified_key(kind)
        (tmp_path / f"cert {kind.name}").write_text(certificates.certificates_pem(key.certificate_chain))
        (tmp_path / f"key {kind.name}").write_text(certificates.private_keys.to_pem(key.private_key))
        arguments += ["--cert", tmp_path / f"cert {kind.name}", "--key", tmp_path / f"key {kind.name}"]
    ca = servers.files(tmp_path) / "ca"
    process, port = start(*arguments)
    with process:
        found = [
            negotiated(capsys, port, ca, "--schemes", "ed25519,ecdsa_secp256r1_sha256"),
            negotiated(
                capsys, port, ca, "--schemes", "ecdsa_secp256r1_sha256", "--groups", "x25519,secp256r1"
            ),
            negotiated(capsys, port, ca, "--suites", "tls_chacha20_poly1305_sha256,tls_aes_128_gcm_sha256"),
        ]
        assert main(["get", f"https://localhost:{port}/", "--ca", str(ca), "--groups", "x25519"]) == FAILED
        assert "handshake_failure" in complaint(capsys)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=servers.PATIENCE)
    assert found == [
        ("TLS_AES_256_GCM_SHA384", "secp384r1", "ed25519"),
        ("TLS_AES_256_GCM_SHA384", "secp256r1", "ecdsa_secp256r1_sha256"),
        ("TLS_AES_128_GCM_SHA256", "secp384r1", "ed25519"),
    ]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ([], KeyKind.P256),
        (["--key-type", "p256"], KeyKind.P256),
        (["--key-type", "ed25519"], KeyKind.ED25519),
        (["--key-type", "p384"], KeyKind.P384),
        (["--key-type", "rsa"], KeyKind.RSA),
    ],
)
def test_the_kind_of_key_that_serve_makes(arguments, kind, monkeypatch, tmp_path):
    """For the authority and for the server."""
    monkeypatch.setattr(rsa, "generate_private_key", lambda: rsa_keys.ours("2048"))  # to make one takes long
    made = []
    monkeypatch.setattr(
        command_line, "ServerConfig", lambda **settings: made.append(settings) or ServerConfig(**settings)
    )
    assert serve_nothing(monkeypatch, "--ca-out", tmp_path / "ca.pem", *arguments)[0] == DONE
    [settings] = made
    [key] = settings["certified_keys"]
    (der,) = pem.decode((tmp_path / "ca.pem").read_text(), "CERTIFICATE")
    assert key.kind is Certificate.from_der(der).public_key_info.kind is kind


def serve_nothing(monkeypatch, *arguments) -> tuple[int, list]:
    """Everything that `serve` does before it serves."""
    served = []
    monkeypatch.setattr(
        command_line, "_serve_until_interrupted", lambda server, host: served.append((server, host))
    )
    return main(["serve", "--port", "0", *map(str, arguments)]), served


def test_serve_says_how_to_trust_it(monkeypatch, capsys):
    status, [(server, host)] = serve_nothing(monkeypatch)
    assert status == DONE
    assert host == "127.0.0.1"
    assert server.socket.fileno() == -1
    assert "--ca-out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "key type P-256 (--key-type ed25519 for Ed25519, which browsers do not know)"),
        (["--key-type", "ed25519"], "key type Ed25519 (--key-type p256 for browsers, which do not know it)"),
        (["--key-type", "p384"], "key type P-384"),
    ],
)
def test_serve_says_what_it_made_and_what_else_there_is(arguments, said, monkeypatch, tmp_path, capsys):
    """The words are true as well: it is the kind of the key that the authority has."""
    path = tmp_path / "ca.pem"
    serve_nothing(monkeypatch, *arguments, "--ca-out", path)
    made, stopped = capsys.readouterr().err.splitlines()
    assert made == f"made a certificate for localhost, {said}; {path} has the authority to trust"
    assert stopped == "stopped"
    (der,) = pem.decode(path.read_text(), "CERTIFICATE")
    assert f"key type {public_keys.kind_of(Certificate.from_der(der).public_key).value}" in made


def test_serve_says_nothing_of_a_certificate_that_is_the_users(monkeypatch, files, capsys):
    serve_nothing(monkeypatch, "--cert", files / "chain", "--key", files / "key")
    assert capsys.readouterr().err == "stopped\n"


def test_serve_writes_its_authority(monkeypatch, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("an older one")
    assert serve_nothing(monkeypatch, "--ca-out", path)[0] == DONE
    (der,) = pem.decode(path.read_text(), "CERTIFICATE")
    assert Certificate.from_der(der).is_self_issued
    assert list(tmp_path.iterdir()) == [path]


def test_serve_keeps_the_old_authority_if_the_new_one_cannot_be_written(monkeypatch, tmp_path, capsys):
    path = tmp_path / "ca.pem"
    path.write_text("an older one")

    def no_space(_path, _target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    assert serve_nothing(monkeypatch, "--ca-out", path)[0] == FAILED
    assert path.read_text() == "an older one"
    assert list(tmp_path.iterdir()) == [path]
    assert "No space left" in complaint(capsys)


def test_serve_writes_its_authority_where_a_link_leads(monkeypatch, tmp_path):
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    assert serve_nothing(monkeypatch, "--ca-out", tmp_path / "link")[0] == DONE
    assert (tmp_path / "link").is_symlink()
    assert "BEGIN CERTIFICATE" in (tmp_path / "real").read_text()


def test_serve_writes_its_authority_into_a_pipe(monkeypatch, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert serve_nothing(monkeypatch, "--ca-out", pipe)[0] == DONE
    assert b"BEGIN CERTIFICATE" in os.read(reading, 2**16)
    os.close(reading)


def test_serve_on_a_port_in_use_leaves_the_other_servers_authority_alone(monkeypatch, tmp_path, capsys):
    path = tmp_path / "ca.pem"
    path.write_text("of the server that runs")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        assert serve_nothing(monkeypatch, "--port", port, "--ca-out", path)[0] == FAILED
    assert complaint(capsys) == f"tls: 127.0.0.1:{port}: Address already in use"
    assert path.read_text() == "of the server that runs"


def test_serve_files_that_are_not_there(monkeypatch, tmp_path, capsys):
    assert serve_nothing(monkeypatch, "--www", tmp_path / "nowhere")[0] == FAILED
    assert complaint(capsys) == f"tls: {tmp_path}/nowhere: no such directory"


def test_serve_files(monkeypatch, tmp_path):
    status, [(server, _)] = serve_nothing(monkeypatch, "--www", tmp_path)
    assert status == DONE
    assert server.RequestHandlerClass.keywords == {"directory": str(tmp_path)}


def test_serve_with_files_that_do_not_belong_together(monkeypatch, files, tmp_path, capsys):
    other = tmp_path / "other"
    other.write_text(certificates.private_keys.to_pem(certificates.key(7)))
    for cert, key, reason in (
        ("chain", "other", "the private key is not the certificate's"),
        ("key", "key", "no CERTIFICATE block, found PRIVATE KEY"),
        ("chain", "chain", "no PRIVATE KEY block"),
        ("nothing", "key", "No such file"),
    ):
        arguments = ("--cert", files / cert, "--key", files / key)
        assert serve_nothing(monkeypatch, *arguments)[0] == FAILED
        assert reason in complaint(capsys)


def test_serve_with_schemes_that_do_not_fit_the_users_key(monkeypatch, files, capsys):
    arguments = ("--schemes", "ecdsa_secp256r1_sha256", "--cert", files / "chain", "--key", files / "key")
    assert serve_nothing(monkeypatch, *arguments)[0] == FAILED
    assert "--schemes: none of the signature schemes is for a key of the kind Ed25519" in complaint(capsys)


@pytest.mark.parametrize(("key_type", "kind"), command_line_arguments.KEY_TYPES.items())
def test_serve_makes_a_certificate_for_each_type_of_key(key_type, kind):
    made, _ = command_line._server_config(options("serve", "--key-type", key_type))
    assert [key.kind for key in made.certified_keys] == [kind]


def test_what_serve_may_choose_from():
    chosen = ("--suites", "tls_aes_256_gcm_sha384", "--groups", "secp384r1,X25519")
    made, _ = command_line._server_config(options("serve", *chosen))
    assert (made.cipher_suites, made.groups) == ([0x1302], [0x0018, 0x001D])


def test_serve_with_several_certificates(files, tmp_path):
    twice = ("--cert", files / "chain", "--key", files / "key") * 2
    made, authority = command_line._server_config(options("serve", *twice))
    assert len(made.certified_keys) == 2
    assert authority == ""


def options(*words):
    return command_line_arguments.parse(list(map(str, words)))


def test_what_get_may_choose_from(server, ca, capsys):
    arguments = ["--suites", "TLS_AES_128_GCM_SHA256", "--groups", "secp256r1", "--json", "--ca", str(ca)]
    assert main(["get", f"https://localhost:{server.server_port}/", *arguments]) == DONE
    negotiated = json.loads(capsys.readouterr().out)["negotiated"]
    assert (negotiated["cipher_suite"], negotiated["group"]) == ("TLS_AES_128_GCM_SHA256", "secp256r1")


@pytest.mark.parametrize(
    ("host", "name"), [("0.0.0.0", "localhost"), ("::1", "localhost"), ("fe80::2", "[fe80::2]"), ("h", "h")]
)
def test_the_address_that_serve_announces(host, name, capsys, monkeypatch):
    class Server:
        server_port = 4433

        def running(self):
            return contextlib.nullcontext()

    def interrupt(_seconds):
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(command_line.time, "sleep", interrupt)
    command_line._serve_until_interrupted(Server(), host)
    assert capsys.readouterr().out == f"listening on https://{name}:4433\n"
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


# ---- Revocation lists ----------------------------------------------------------------------------------


FAMILY = certificates.authority_and_leaf(purposes=[Purpose.SERVER, Purpose.CLIENT])


@pytest.fixture
def lists(tmp_path):
    """The family in files, its authority's list, that of a stranger, and one in which the leaf is revoked."""
    (tmp_path / "ca").write_text(FAMILY.authority_pem)
    (tmp_path / "chain").write_text(FAMILY.chain_pem)
    (tmp_path / "key").write_text(FAMILY.leaf_key_pem)
    for name, issuer, revoked in (
        ("good", FAMILY.authority, ()),
        ("bad", FAMILY.authority, (100,)),
        ("other", certificates.root(9, "Stranger"), ()),
    ):
        times = {"this_update": certificates.NOT_BEFORE, "next_update": certificates.NOT_AFTER}
        made = revocation_lists.list_of(issuer, *revoked, **times)
        (tmp_path / name).write_text(pem.encode(made.der, "X509 CRL"))
    return tmp_path


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["good"], None),
        (["other", "good"], None),
        (["bad"], "certificate 1 of 1 (CN=localhost): revoked"),
        (["good", "bad"], "certificate 1 of 1 (CN=localhost): revoked"),
        (["other"], "certificate 1 of 1 (CN=localhost): no revocation list says"),
    ],
)
def test_get_with_revocation_lists(names, said, lists, capsys):
    options = [option for name in names for option in ("--crl", str(lists / name))]
    settings = ServerConfig(certified_keys=[FAMILY.certified_key], application_protocols=["http/1.1"])
    with https.Server(("127.0.0.1", 0), settings).running() as running:
        url = f"https://localhost:{running.server_port}/"
        assert main(["get", url, "--ca", str(lists / "ca"), *options]) == (DONE if said is None else FAILED)
    if said is not None:
        assert said in complaint(capsys)


def test_serve_with_revocation_lists(lists):
    """The client's certificate is revoked, and so the server says."""
    own = ("--cert", lists / "chain", "--key", lists / "key")
    process, port = start(*own, "--client-ca", lists / "ca", "--crl", lists / "bad")
    with process:
        done = run("get", f"https://localhost:{port}/", "--ca", lists / "ca", *own)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=servers.PATIENCE)
    assert done.returncode == FAILED
    assert b"certificate_revoked" in done.stderr


@pytest.mark.parametrize("command", [["get", "https://localhost:1/", "--ca"], ["serve", "--client-ca"]])
def test_a_file_without_a_revocation_list(command, files, capsys):
    assert main([*command, str(files / "ca"), "--crl", str(files / "ca")]) == FAILED
    assert complaint(capsys).startswith(f"tls: {files / 'ca'}: no X509 CRL block, found CERTIFICATE")


# ---- Misuse, rich, and the demonstration ---------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["get"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "-1"],
        ["serve", "--cert", "x"],
        ["serve", "--key", "x"],
        ["serve", "--cert", "x", "--key", "x", "--ca-out", "x"],
        ["serve", "--cert", "x", "--key", "x", "--key-type", "p256"],
        ["serve", "--cert", "x", "--key", "x", "--cert", "y"],
        ["serve", "--key-type", "dsa"],
        ["serve", "--suites", "x25519"],
        ["serve", "--schemes", ""],
        ["get", "https://localhost/", "--groups", "x448"],
        ["get", "https://localhost/", "--groups", "x25519,x25519"],
        ["serve", "--groups", ""],
        ["serve", "--groups", "x25519,"],
        ["get", "https://localhost/", "--insecure", "--schemes", "29"],
        ["serve", "--alpn", ""],
        ["serve", "--alpn", "a,,b"],
        ["serve", "--alpn", "x" * 256],
        ["connect", "localhost"],
        ["connect", ":443"],
        ["connect", "localhost:https"],
        ["get", "https://localhost/", "--insecure", "--ca", "x"],
        ["get", "https://localhost/", "--insecure", "--crl", "x"],
        ["serve", "--crl", "x"],
        ["serve", "--explain", "--www", "x"],
        ["serve", "--explain-to-everyone"],
        ["serve", "--explain", "--host", "0.0.0.0"],
        ["serve", "--explain", "--host", "::"],
        ["serve", "--explain", "--host", "192.0.2.1"],
        ["serve", "--explain", "--host", "example.com"],
        ["serve", "--explain", "--host", ""],
    ],
)
def test_misuse(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    if arguments:  # one line, which says whose help would help
        command = " ".join(
            ["python -m tls", *(arguments[:1] if arguments[0] in command_line.COMMANDS else [])]
        )
        assert said.startswith(f"{command}: ")
        assert said.endswith(f"; see {command} -h\n")
        assert said.count("\n") == 1
    else:
        assert "fetch one page" in said


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["connect", "localhost"], "'localhost' has no port: say HOST:PORT, such as localhost:8443"),
        (["connect", "localhost:http"], "'http' is not a number from 0 to 65535"),
        (["serve", "--port", "99999"], "'99999' is not a number from 0 to 65535"),
        (["serve", "--psk", "me:@nofile"], "nofile: No such file or directory"),
        (["serve", "--psk", "me:@no\n\x1b[31m"], r"no\n\x1b[31m: No such file or directory"),
        (["serve", "--alpn", "h2,,http/1.1"], "'h2,,http/1.1': each protocol has 1 to 255 bytes"),
    ],
)
def test_misuse_is_explained(arguments, line, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert f"{line}; see python -m tls {arguments[0]} -h\n" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"glassbox-tls \S.*, cpython 3\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_redirect_is_not_followed_in_silence(files, capsys):
    def elsewhere(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.recv(1000)
            connection.sendall(
                b"HTTP/1.1 301 Moved Permanently\r\nLocation: /there/\r\nContent-Length: 0\r\n\r\n"
            )

    with one_shot_server(elsewhere) as port:
        assert main(["get", f"https://localhost:{port}/here", "--ca", str(files / "ca")]) == DONE
    assert complaint(capsys) == "tls: the answer is elsewhere, and redirects are not followed: /there/"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_keys_are_shown_to_this_machine(host):
    options = command_line_arguments.parse(["serve", "--explain", "--host", host])
    assert options.explain


def test_keys_are_shown_to_everyone_if_the_user_says_so(capsys):
    command = ["serve", "--explain", "--host", "0.0.0.0"]
    assert command_line_arguments.parse([*command, "--explain-to-everyone"]).explain
    with pytest.raises(SystemExit):
        command_line_arguments.parse(command)
    said = "--explain shows keys: --host 0.0.0.0 needs --explain-to-everyone"
    assert capsys.readouterr().err.endswith(f"{said}; see python -m tls serve -h\n")


def test_what_was_said_twice_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["get", "https://localhost/", "--groups", "secp256r1,x25519,X25519"])
    assert "argument --groups: x25519 twice" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "get", "connect", "demo"])
def test_the_help_of_a_command_says_what_it_does(command, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split("\n\n")[1].split())
    assert said.endswith(".")
    assert f"{command} {said[0].lower()}{said[1:-1]}" in listed


def test_the_help_says_what_is_used_without_a_choice(capsys):
    with pytest.raises(SystemExit):
        main(["get", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    everything = "without it all of them: x25519mlkem768, x25519, secp256r1, secp384r1"
    assert (
        f"use only these groups for key exchange, best first, with commas between them; {everything}" in said
    )


@pytest.mark.parametrize(
    ("option", "unknown", "known"),
    [
        ("--suites", "tls_aes_128_ccm_sha256", "tls_aes_256_gcm_sha384"),
        ("--groups", "x448", "secp384r1"),
        ("--schemes", "ecdsa_sha1", "rsa_pss_pss_sha512"),
    ],
)
def test_what_we_do_not_have_is_misuse_that_says_what_we_have(option, unknown, known, capsys):
    """And all that is listed there is taken."""
    with pytest.raises(SystemExit) as ended:
        main(["get", "https://localhost/", "--insecure", option, f"{known},{unknown}"])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    before, _, listed = said.removesuffix("; see python -m tls get -h").partition(" among ")
    assert before.endswith(f"argument {option}: no '{unknown}'")
    options = command_line_arguments.parse(["serve", option, listed.upper()])
    assert len(getattr(options, option[2:])) == len(listed.split(", ")) >= 3
    assert known in listed


def test_serve_with_schemes_that_do_not_fit_its_key(capsys):
    assert main(["serve", "--key-type", "p384", "--schemes", "ed25519"]) == FAILED
    said = "none of the signature schemes is for a key of the kind P-384"
    assert complaint(capsys) == f"tls: --schemes (see --key-type): {said}"


def test_addresses():
    assert command_line_arguments._host_and_port("localhost:1") == ("localhost", 1)
    assert command_line_arguments._host_and_port("[::1]:65535") == ("::1", 65535)


@pytest.mark.parametrize("command", [["get", "https://localhost:1/"], ["serve"], ["connect", "localhost:1"]])
def test_a_trace_without_rich_says_what_to_install(command, monkeypatch, capsys):
    monkeypatch.setattr(watching.util, "find_spec", lambda name: None)
    assert main([*command, "--trace"]) == FAILED
    assert (
        complaint(capsys) == "tls: --trace needs rich: pip install rich, or .venv/bin/python after make demo"
    )


def test_a_trace_shows_the_handshake_on_standard_error(server, ca, capsys):
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--trace"]) == DONE
    printed = capsys.readouterr()
    assert printed.out.startswith(page.TITLE)
    assert "ClientHello" in printed.err
    assert "RFC 9846" in printed.err


def test_a_page_about_the_connection_is_for_its_owner_alone(server, ca, tmp_path, capsys):
    page = tmp_path / "page.html"
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--trace-html", str(page)]) == DONE
    said = f"{page} holds the secrets of this connection: keep it to yourself"
    assert said in capsys.readouterr().err.splitlines()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    document = page.read_text("utf-8")
    assert document.startswith("<!doctype html>")
    assert "client_application_traffic_secret_0" in document
    assert "application_data" in document  # the request and the answer, after the handshake


def test_serve_writes_pages_into_a_folder(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(page_folder, "MAX_PAGES", 1)
    folder = tmp_path / "pages"
    status, [(server, _)] = serve_nothing(monkeypatch, "--trace-html", folder)
    assert status == DONE
    said = f"{folder} gets a page with every secret of each connection: keep them to yourself"
    assert said in capsys.readouterr().err.splitlines()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for _ in range(2):
        with server._watch() as observe:
            observe(ConnectionOver())
    assert [page.name for page in folder.iterdir()] == ["connection-001.html"]


def test_serve_needs_a_folder_for_pages(monkeypatch, tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    assert serve_nothing(monkeypatch, "--trace-html", file) == (FAILED, [])
    assert complaint(capsys) == f"tls: {file}: File exists"


def test_a_page_is_written_about_a_handshake_that_failed_too(server, tmp_path, capsys):
    other = tmp_path / "other.pem"
    other.write_text(servers.family().authority_pem)
    page = tmp_path / "page.html"
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(other), "--trace-html", str(page)]) == FAILED
    assert "the peer is told unknown_ca" in page.read_text("utf-8")


def test_a_page_that_cannot_be_written_is_a_complaint(server, ca, tmp_path, capsys):
    page = tmp_path / "nowhere" / "page.html"
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--trace-html", str(page)]) == FAILED
    assert f"tls: {page}: No such file or directory" in capsys.readouterr().err.splitlines()


def test_a_trace_shows_a_handshake_that_failed(server, tmp_path, capsys):
    other = tmp_path / "other.pem"
    other.write_text(servers.family().authority_pem)
    arguments = ["get", f"https://localhost:{server.server_port}/", "--ca", str(other), "--trace"]
    assert main(arguments) == FAILED
    printed = capsys.readouterr().err
    assert "ServerHello" in printed
    assert printed.splitlines()[-1].startswith("tls: ")


def test_the_commands_need_nothing_that_is_not_in_pythons_library(server, ca):
    """-S: without site-packages there is no rich."""
    command = [sys.executable, "-S", "-m", "tls", "get", f"https://localhost:{server.server_port}/", "--json"]
    done = subprocess.run(
        [*command, "--ca", str(ca)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=servers.PATIENCE,
    )
    assert done.returncode == DONE, done.stderr
    assert json.loads(done.stdout)["status"] == 200


@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">&-", "standard output is closed"), (">/dev/full", "standard output: No space left on device")],
)
@pytest.mark.parametrize("command", ["get", "get --json", "connect", "serve"])
def test_output_that_goes_nowhere(command, redirection, reason, files):
    if redirection.endswith("full") and not Path("/dev/full").exists():
        pytest.skip("this system has no file that is always full")

    def greet(accepted):
        with sockets.wrap_socket(accepted, config=server_config(), server_side=True) as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            with contextlib.suppress(OSError):
                connection.recv(1000)

    with contextlib.ExitStack() as stack:
        arguments = ["--port", "0"]
        if command != "serve":
            peer = f"localhost:{stack.enter_context(one_shot_server(greet))}"
            arguments = ["--ca", files / "ca", peer if command == "connect" else f"https://{peer}/"]
        done = run_in_shell(redirection, *command.split(), *arguments)
    assert done.returncode == FAILED
    assert done.stdout == b""
    assert done.stderr.decode().splitlines()[-1] == f"tls: {reason}"
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">&-", "standard output is closed"), (">/dev/full", "standard output: No space left on device")],
)
def test_a_version_that_goes_nowhere(redirection, reason):
    if redirection.endswith("full") and not Path("/dev/full").exists():
        pytest.skip("this system has no file that is always full")
    done = run_in_shell(redirection, "--version")
    assert (done.returncode, done.stderr.decode()) == (FAILED, f"tls: {reason}\n")


def test_a_demonstration_that_goes_nowhere():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no file that is always full")
    done = run_in_shell(">/dev/full", "demo")
    assert done.returncode == FAILED
    assert done.stderr == b"tls: demo: No space left on device\n"


@pytest.mark.parametrize("redirection", ["<&-", "<&- 2>&-"])
def test_no_socket_takes_the_place_of_what_is_closed(redirection, files):
    with one_shot_server(echo) as port:
        done = run_in_shell(redirection, "connect", f"localhost:{port}", "--ca", files / "ca")
    assert done.returncode == DONE, done.stderr
    assert done.stdout == b""


def test_the_demonstration(monkeypatch):
    from tls import demo

    monkeypatch.setattr(demo, "run", lambda: 7)
    assert main(["demo"]) == 7


def test_a_recording_holds_the_connection_and_its_secrets(server, ca, tmp_path, capfdbinary):
    path = tmp_path / "out.pcapng"
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--pcapng", str(path)]) == DONE
    recorded = path.read_bytes()
    assert recorded.startswith(b"\x0a\x0d\x0d\x0a")
    assert b"CLIENT_TRAFFIC_SECRET_0 " in recorded
    assert b"record 0 under its key: application_data" in recorded  # after the handshake, too


@pytest.mark.parametrize("command", [["get", "https://localhost/", "--insecure"], ["serve", "--port", "0"]])
def test_a_recording_that_cannot_be_written(command, tmp_path, capsys):
    path = tmp_path / "missing" / "out.pcapng"
    assert main([*command, "--pcapng", str(path)]) == FAILED
    assert complaint(capsys) == f"tls: {path}: No such file or directory"


def test_a_file_of_authorities_without_end(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(complaints, "MAXIMUM_FILE_SIZE", 100)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(101 * b"\n")
    assert main(["get", "https://localhost:1/", "--ca", str(ca)]) == FAILED
    assert complaint(capsys).startswith(f"tls: {ca}: more than 100 bytes")
