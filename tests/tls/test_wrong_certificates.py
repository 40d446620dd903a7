"""What a client says of a server whose certificate is wrong, to a person and to the server.

Time and addresses are made up; the rest is the command as a person gives it, and a server on loopback.
"""

import socket
from dataclasses import replace
from functools import partial

import pytest

from handshake.errors import AlertReceived
from tests.support import certificates, servers, wrong_certificates
from tests.support.wrong_certificates import Wrong
from tls import __main__ as command_line
from tls import https, sockets
from tls.__main__ import main
from tls.config import ClientConfig
from tls.errors import TLSError
from x509 import __main__ as x509_command_line
from x509 import pem
from x509.arguments import PROFILES
from x509.complaints import DONE, FAILED

KINDS = wrong_certificates.kinds()


@pytest.fixture(autouse=True)
def made_up_world(monkeypatch):
    """Every host is this machine, and the time is that of the certificates."""

    def find(_host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setattr(command_line, "ClientConfig", partial(ClientConfig, clock=servers.clock))


@pytest.fixture
def options(wrong, tmp_path):
    """What one says of the trust to either command."""
    ca, crl = tmp_path / "ca.pem", tmp_path / "crl.pem"
    ca.write_text(certificates.certificates_pem(wrong.trust.anchors))
    lists = wrong.trust.revocation_lists
    crl.write_text("".join(pem.encode(one.der, "X509 CRL") for one in lists))
    profile = next(word for word, one in PROFILES.items() if one is wrong.trust.profile)
    return ["--ca", str(ca), "--profile", profile, *(["--crl", str(crl)] if lists else [])]


def refused_by(wrong: Wrong, *arguments: str, capsys) -> tuple[list[str], int]:
    """What `get` prints about a server that shows this, and the alert that the server receives."""
    received = []

    def serve(accepted: socket.socket) -> None:
        config = servers.server_config(certified_keys=[wrong.certified_key])
        with pytest.raises(TLSError) as caught:
            sockets.wrap_socket(accepted, config=config, server_side=True).do_handshake()
        assert isinstance(caught.value.__cause__, AlertReceived)
        received.append(caught.value.__cause__.description)

    with servers.one_shot_server(serve) as port:
        url = f"https://{wrong.host}:{port}/"
        assert main(["get", url, *arguments]) == FAILED
    printed = capsys.readouterr()
    assert printed.out == ""
    (alert,) = received
    return printed.err.replace(f" {url}: ", " URL: ").splitlines(), alert


@pytest.mark.parametrize("wrong", KINDS, ids=lambda wrong: wrong.kind)
def test_each_kind_is_refused_in_one_line_and_explained(wrong, options, tmp_path, capsys):
    told = wrong.explain()
    why, rule = told.refusal(), told.rule_broken()
    assert rule.startswith(f"{wrong.rule}, ")

    lines, alert = refused_by(wrong, *options, capsys=capsys)
    assert lines == [f"tls: URL: {why}"]
    assert alert == wrong.alert

    *lines, last = refused_by(wrong, *options, "--explain", capsys=capsys)[0]
    assert last == f"tls: URL: {why}"
    said = " ".join(" ".join(lines).split())
    assert said.startswith(f"refused: {why} {rule} ")
    assert "✗" in said or "here the reading ended: " in said

    chain = tmp_path / "chain.pem"
    chain.write_text("".join(pem.encode(der, "CERTIFICATE") for der in wrong.shown))
    asked = ["verify", str(chain), *options, "--name", wrong.host, "--at", certificates.NOW.isoformat()]
    assert x509_command_line.main(asked) == FAILED
    assert capsys.readouterr().err == f"x509: {chain}: {why} [{rule}]\n"


@pytest.mark.parametrize("wrong", [replace(KINDS[0], shown=wrong_certificates.good())], ids=["good"])
def test_what_is_good_is_believed(wrong, options, tmp_path, monkeypatch, capsys):
    """So that what is wrong with the others is nothing of the stage."""
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)
    (tmp_path / "page").write_text("good")
    config = servers.server_config(certified_keys=[wrong.certified_key])
    with https.Server(("127.0.0.1", 0), config, directory=tmp_path).running() as running:
        url = f"https://{wrong.host}:{running.server_port}/page"
        assert main(["get", url, *options]) == DONE
    assert capsys.readouterr().out == "good"


def test_each_kind_is_wrong_in_its_own_way():
    assert len({wrong.kind for wrong in KINDS}) == len(KINDS)
    assert all(wrong.explain().refusal().isprintable() for wrong in KINDS)
