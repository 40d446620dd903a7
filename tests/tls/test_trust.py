"""Where the authorities come from, and in which order the places are asked."""

import os
import sys
from types import SimpleNamespace

import pytest

from tests.support import certificates
from tls import throwaway, trust
from x509.algorithms import KeyKind
from x509.trust_store import TrustStore


@pytest.fixture
def families():
    return [throwaway.make(now=certificates.NOW, kind=KeyKind.ED25519) for _ in range(3)]


@pytest.fixture
def machine(tmp_path, monkeypatch, families):
    """A machine that trusts the first family."""
    file = tmp_path / "system.pem"
    file.write_text(families[0].authority_pem)
    monkeypatch.setattr(trust, "SYSTEM_FILES", (str(tmp_path / "another distribution's"), str(file)))


def names(store: TrustStore) -> set[bytes]:
    return {anchor.fingerprint for anchor in store.anchors}


def of(*families) -> set[bytes]:
    return {TrustStore.from_pem(family.authority_pem).anchors[0].fingerprint for family in families}


def test_the_machines_own(machine, families):
    assert names(trust.default({})) == of(families[0])


def test_the_environment_stands_in_its_place(machine, families, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(families[1].authority_pem)
    assert names(trust.default({"SSL_CERT_FILE": str(file)})) == of(families[1])
    assert names(trust.default({"SSL_CERT_FILE": ""})) == of(families[0])


def test_folders_hold_certificates_under_any_name_and_other_things(machine, families, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, family in ((one, families[1]), (two, families[2])):
        (folder / "empty").mkdir(parents=True)
        (folder / "README").write_text("No PEM here.")
        (folder / "0123abcd.0").write_text(family.authority_pem)
        (folder / "the same.pem").write_text(family.authority_pem)
    folders = os.pathsep.join(map(str, (one, two)))
    assert names(trust.default({"SSL_CERT_DIR": folders})) == of(*families[1:])
    file = tmp_path / "system.pem"
    assert names(trust.default({"SSL_CERT_DIR": folders, "SSL_CERT_FILE": str(file)})) == of(*families)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_environment_is_not_passed_over(machine, tmp_path, variable):
    """Who meant to trust somebody else must not end with trusting the whole world."""
    missing = tmp_path / "missing"
    with pytest.raises(ValueError, match=f"{missing}: No such file"):
        trust.default({variable: str(missing)})
    if variable == "SSL_CERT_FILE":
        missing.write_text("nobody")
    else:
        missing.mkdir()
    with pytest.raises(ValueError, match=f"{missing}: no CERTIFICATE block"):
        trust.default({variable: str(missing)})


def test_of_a_folder_the_file_is_named_that_is_broken(families, tmp_path):
    for number, family in enumerate(families):
        (tmp_path / f"{number}.pem").write_text(family.authority_pem)
    broken = tmp_path / "1.pem"
    broken.write_text(families[1].authority_pem[:100])
    with pytest.raises(
        ValueError, match=rf"^{broken}: the CERTIFICATE block that begins in line 1 has no END"
    ):
        trust.default({"SSL_CERT_DIR": str(tmp_path)})


def test_certifi_where_the_machine_has_none(monkeypatch, families, tmp_path):
    file = tmp_path / "cacert.pem"
    file.write_text(families[0].authority_pem)
    monkeypatch.setattr(trust, "SYSTEM_FILES", ())
    monkeypatch.setitem(sys.modules, "certifi", SimpleNamespace(where=lambda: str(file)))
    assert names(trust.default({})) == of(families[0])
    monkeypatch.setitem(sys.modules, "certifi", None)  # not installed
    with pytest.raises(ValueError, match="nobody to trust"):
        trust.default({})


def test_a_file_without_an_end(monkeypatch, families, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(families[0].authority_pem)
    monkeypatch.setattr(trust, "MAXIMUM_FILE_SIZE", file.stat().st_size)
    assert names(trust.default({"SSL_CERT_FILE": str(file)})) == of(families[0])
    monkeypatch.setattr(trust, "MAXIMUM_FILE_SIZE", file.stat().st_size - 1)
    with pytest.raises(ValueError, match="is no list of authorities"):
        trust.default({"SSL_CERT_FILE": str(file)})


def test_the_list_of_this_machine_can_be_used():
    """If it has one: its authorities are the world's, and hardly any is left out."""
    if not any(map(os.path.isfile, trust.SYSTEM_FILES)):
        pytest.skip("no list of authorities on this machine")
    store = trust.default({})
    assert len(store.anchors) > 20 * store.skipped
