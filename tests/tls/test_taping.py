"""`--record`: the first connection of a command goes into a file that can be played."""

import os
import stat

import pytest

from tests.support import programs
from tls import arguments, config, https, throwaway
from tls.__main__ import main
from tls.config import ClientConfig, ServerConfig
from tls.what_if import tape, tape_text
from tls.what_if.replay import Replay
from tls.what_if.taping import TapeFile
from x509.complaints import DONE, FAILED
from x509.trust_store import TrustStore


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tape.json"


@pytest.fixture(scope="module")
def made():
    return throwaway.make(now=config.now())


@pytest.fixture
def server(made, monkeypatch):
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)
    server_config = ServerConfig(certified_keys=[made.certified_key])
    with https.Server(("127.0.0.1", 0), server_config) as server, server.running():
        yield server


def played(file) -> Replay:
    return Replay(tape_text.read(file.read_text("utf-8")))


def test_a_recording_of_get_can_be_played(made, server, file, tmp_path, capsys):
    ca = tmp_path / "ca.pem"
    ca.write_text(made.authority_pem)
    file.write_text("another's")
    file.chmod(0o644)
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--record", str(file)]) == DONE
    assert f"{file} holds every secret of this connection: keep it to yourself" in capsys.readouterr().err
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    replay = played(file)
    assert replay.tape.role == "client"
    assert "application_data" in [line.name for line in replay.script]
    assert replay.recorded[-1].refusal is None


def test_a_handshake_that_failed_can_be_played(server, file, tmp_path, capsys):
    ca = tmp_path / "ca.pem"
    ca.write_text(throwaway.make(now=config.now()).authority_pem)
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--ca", str(ca), "--record", str(file)]) == FAILED
    assert played(file).recorded[-1].refusal.alert == "bad_certificate"  # the same name, another key


def test_of_a_server_the_first_connection_is_recorded(file, tmp_path):
    ca = tmp_path / "ca.pem"
    with programs.serving("--ca-out", ca, "--record", file) as port:
        trust = ClientConfig(trust=TrustStore.from_pem(ca.read_bytes()))
        for _ in range(2):
            with https.get(f"https://localhost:{port}/", trust) as answer:
                assert answer.response.status == 200
                b"".join(answer.body())
    replay = played(file)
    assert replay.tape.role == "server"
    names = [line.name for line in replay.script]
    assert names.count("ClientHello") == 1
    assert "Finished" in names
    assert replay.recorded[-1].refusal is None


def test_a_connection_that_never_was_leaves_no_file(file, capsys):
    assert main(["get", "https://localhost:1/", "--insecure", "--record", str(file)]) == FAILED
    assert not file.exists()
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_line(server, tmp_path, capsys):
    file = tmp_path / "gone" / "tape.json"
    url = f"https://localhost:{server.server_port}/"
    assert main(["get", url, "--insecure", "--record", str(file)]) == FAILED
    said = [line for line in capsys.readouterr().err.splitlines() if " - - " not in line]
    assert said == [f"tls: {file}: No such file or directory"]


def test_those_after_the_first_are_not_recorded(file):
    taped = TapeFile(str(file))
    with taped.watch() as first, taped.watch() as second, taped.watch() as third:
        assert isinstance(first, tape.Recorder)
        assert second is third is None


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["get", "https://a/", "--cert", "c", "--key", "k"], "the private key of --cert"),
        (["connect", "a:1", "--psk", "name:" + "00" * 16], "or that of --psk"),
        (["serve", "--cert", "c", "--key", "k"], "the private key of --cert"),
        (["serve", "--pad-records", "64"], "no connection with early data or --pad-records"),
        (["serve", "--max-replayable-early-data", "1"], "no connection with early data"),
        (["get", "https://a/", "--session", "s", "--replayable-early-data"], "no connection with early data"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_happens(options, complaint, capsys):
    with pytest.raises(SystemExit) as end:
        arguments.parse([*options, "--record", "x"])
    assert end.value.code == 2
    assert complaint in capsys.readouterr().err
    assert arguments.parse(options).record is None
