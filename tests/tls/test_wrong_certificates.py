"""A server shows a wrong certificate: the client's one line, its alert, and what `--explain` says of it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from handshake.certified_keys import CertifiedKey
from handshake.errors import AlertReceived
from tests.support import certificates, peers_in_memory, servers
from tests.support.certificates import NOW, certificates_pem
from tests.support.wrong_certificates import WRONG, Wrong
from tls import https
from tls.__main__ import main as tls
from tls.connection import Connection
from tls.events import ConnectionFailed
from x509 import pem
from x509.__main__ import main as x509
from x509.complaints import DONE, FAILED
from x509.profiles import Profile

IN_EACH_WAY = pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.kind)


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(https, "POLL_SECONDS", 0.01)


def shown(wrong: Wrong) -> CertifiedKey:
    """What a server shows that does not look at what it shows."""
    good = certificates.leaf_under(certificates.root())
    key = CertifiedKey((good,), certificates.key(100))
    object.__setattr__(key, "certificate_chain", tuple(replace(good, der=one.der) for one in wrong.chain))
    return key


def files(wrong: Wrong, folder: Path) -> list[str]:
    """The options by which a command knows whom to trust, and how strictly."""
    (folder / "ca.pem").write_text(certificates_pem([wrong.anchor]))
    options = ["--ca", str(folder / "ca.pem")]
    if wrong.lists:
        (folder / "crl.pem").write_text("".join(pem.encode(crl.der, "X509 CRL") for crl in wrong.lists))
        options += ["--crl", str(folder / "crl.pem")]
    return options + (["--profile", "web"] if wrong.profile is Profile.WEB else [])


def now_and_then(text: str) -> str:
    """Without what the clock says."""
    return re.sub(r"the time is .*? UTC", "the time is now", text)


def reason(wrong: Wrong) -> str:
    return now_and_then(wrong.told().refusal())


@IN_EACH_WAY
def test_get_says_in_one_line_what_is_wrong(wrong, tmp_path, capsys):
    settings = servers.server_config(certified_keys=[shown(wrong)])
    with https.Server(("127.0.0.1", 0), settings, directory=tmp_path).running() as running:
        url = f"https://{wrong.host}:{running.server_port}/"
        assert tls(["get", url, *files(wrong, tmp_path)]) == FAILED
        said = lines(capsys)
        assert list(map(now_and_then, said)) == [f"tls: {url}: {reason(wrong)}"]
        assert tls(["get", url, *files(wrong, tmp_path), "--explain"]) == FAILED
    explained = lines(capsys)
    assert now_and_then(explained[-1]) == now_and_then(said[0])
    story = now_and_then(" ".join(explained))
    assert story.startswith(f"refused: {reason(wrong)} {wrong.told().rule_broken()}".strip())


def lines(capsys) -> list[str]:
    """What stands on standard error but for the server's own log, without spaces at the ends."""
    printed = capsys.readouterr()
    assert printed.out == ""
    return [line.strip() for line in printed.err.splitlines() if " - - " not in line]


@IN_EACH_WAY
def test_the_server_gets_an_alert_that_fits(wrong):
    client = Connection(
        peers_in_memory.client_settings(trust=wrong.trust, reference_identity=wrong.host, now=NOW)
    )
    server = Connection(peers_in_memory.server_settings(certified_keys=(shown(wrong),)))
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    (failed,) = server.receive_data(client.data_to_send())
    assert isinstance(failed, ConnectionFailed)
    assert isinstance(failed.error, AlertReceived)
    assert failed.error.description == wrong.alert


@IN_EACH_WAY
def test_verify_says_the_same_and_names_the_rule(wrong, tmp_path, capsys):
    (tmp_path / "chain.pem").write_text(certificates_pem(wrong.chain))
    command = ["verify", str(tmp_path / "chain.pem"), *files(wrong, tmp_path)]
    assert x509([*command, "--name", wrong.host, "--at", NOW.isoformat()]) == FAILED
    (said,) = capsys.readouterr().err.splitlines()
    told = wrong.told()
    rule = f" [{told.rule_broken()}]" if told.rule_broken() else ""  # none where there was nothing to judge
    assert said == f"x509: {tmp_path / 'chain.pem'}: {told.refusal()}{rule}"


def test_a_good_one(tmp_path, capsys):
    """So that what is wrong with the others is nothing of the stage."""
    good = Wrong("good", (certificates.leaf_under(certificates.root()),), WRONG[0].alert)
    assert good.told().refusal() == ""
    settings = servers.server_config(certified_keys=[shown(good)])
    (tmp_path / "index.html").write_text("good")
    with https.Server(("127.0.0.1", 0), settings, directory=tmp_path).running() as running:
        url = f"https://localhost:{running.server_port}/index.html"
        assert tls(["get", url, *files(good, tmp_path)]) == DONE
    assert capsys.readouterr().out == "good"
