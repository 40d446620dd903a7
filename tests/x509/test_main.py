"""A CA in a terminal: what others say of its certificates, what it refuses, and that it loses nothing."""

import contextlib
import errno
import io
import os
import re
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import verification

from purecrypto import entropy, rsa
from tests.support import certificates, peers, programs, rsa_keys
from tests.support.certificates import NOW, Family, authority_and_leaf, authority_extensions
from tests.support.revocation_lists import list_of
from tls import page
from x509 import (
    arguments,
    ca,
    complaints,
    encoding,
    explanation,
    issue,
    names,
    oids,
    path,
    pem,
    private_keys,
    public_keys,
    show,
)
from x509.__main__ import main
from x509.algorithms import KEY_ALGORITHMS, KeyKind
from x509.arguments import KEY_TYPES
from x509.certificate import Certificate
from x509.complaints import DONE, FAILED, INTERRUPTED
from x509.crl import Reason, RevocationList
from x509.extensions import BasicConstraints, KeyUsage
from x509.rules import Purpose
from x509.trust_store import TrustStore

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds
RSA_KEYS = ("2048", "3072", "2050")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty directory to work in, at a time that does not move."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ca, "now", lambda: NOW)
    umask = os.umask(0o022)
    yield tmp_path
    os.umask(umask)


@pytest.fixture
def keys(monkeypatch):
    """RSA keys made before: to make them here would take longer than all the rest."""
    made = iter(map(rsa_keys.ours, RSA_KEYS))
    monkeypatch.setattr(rsa, "generate_private_key", lambda: next(made))


def do(*command: str | Path) -> None:
    assert main(list(map(str, command))) == DONE


def complaint(capsys, *command: str | Path) -> str:
    """The one line that a command fails with, and nothing else."""
    capsys.readouterr()
    assert main(list(map(str, command))) == FAILED
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("x509: ")
    return printed.err[len("x509: ") : -1]


def read(file: str) -> tuple[Certificate, ...]:
    return tuple(Certificate.from_der(der) for der in pem.decode(Path(file).read_text(), "CERTIFICATE"))


def write(file: str, *made: Certificate) -> str:
    Path(file).write_text(certificates.certificates_pem(made))
    return file


def files() -> list[str]:
    return sorted(os.listdir())


def family(key_type: str = "ed25519") -> None:
    """Root, Middle and localhost."""
    do("make-ca", "Root", "--key-type", key_type)
    do("make-ca", "Middle", "--issuer", "Root.pem", "--issuer-key", "Root.key", "--key-type", key_type)
    do(
        "issue",
        "localhost",
        "127.0.0.1",
        "--ca",
        "Middle.pem",
        "--ca-key",
        "Middle.key",
        "--key-type",
        key_type,
    )


def a_root(**replaced) -> list[str]:
    """The options of a root in files of which something is unusual."""
    made = certificates.root(**replaced)
    write("ca.pem", made.certificate)
    Path("ca.key").write_text(private_keys.to_pem(made.private_key))
    return ["--ca", "ca.pem", "--ca-key", "ca.key"]


# ---- What is made --------------------------------------------------------------------------------------


def test_a_root():
    do("make-ca", "My Root", "--key-type", "ed25519")
    assert files() == ["My_Root.key", "My_Root.pem"]
    (root,) = read("My_Root.pem")
    assert str(root.subject) == str(root.issuer) == "CN=My Root"
    assert root.extensions.basic_constraints == BasicConstraints(True)
    assert root.extensions.key_usage == {KeyUsage.keyCertSign, KeyUsage.cRLSign}
    assert root.not_before == NOW - timedelta(hours=1)
    assert root.not_after - root.not_before == timedelta(days=3650, seconds=-1)
    assert private_keys.from_pem(Path("My_Root.key").read_text()).public_key() == root.public_key


def test_an_intermediate_and_a_leaf():
    family()
    (middle,) = read("Middle.pem")
    assert middle.extensions.basic_constraints == BasicConstraints(True, 0)
    assert middle.not_after - middle.not_before == timedelta(days=1825, seconds=-1)
    leaf, *above = read("localhost.pem")
    assert above == [middle]  # what a server has to send; the root is what clients have
    assert str(leaf.subject) == "CN=localhost"
    assert leaf.extensions.subject_alternative_name.dns_names == ("localhost",)
    assert list(map(str, leaf.extensions.subject_alternative_name.ip_addresses)) == ["127.0.0.1"]
    assert leaf.extensions.extended_key_usage == (oids.SERVER_AUTH,)
    assert leaf.not_after - leaf.not_before == timedelta(days=90, seconds=-1)


def test_each_authority_passes_on_who_stands_above_it():
    below = ("--issuer", "Root.pem", "--issuer-key", "Root.key")
    do("make-ca", "Root")
    do("make-ca", "One", *below, "--path-length", "1")
    do("make-ca", "Two", "--issuer", "One.pem", "--issuer-key", "One.key")
    assert list(map(str, read("Two.pem"))) == ["CN=Two", "CN=One"]
    do("issue", "a.example", "--ca", "Two.pem", "--ca-key", "Two.key")
    assert list(map(str, read("a.example.pem"))) == ["CN=a.example", "CN=Two", "CN=One"]
    do("verify", "a.example.pem", "--ca", "Root.pem", "--name", "a.example")


@pytest.mark.parametrize(
    ("options", "purposes"),
    [
        ([], [oids.SERVER_AUTH]),
        (["--server"], [oids.SERVER_AUTH]),
        (["--client"], [oids.CLIENT_AUTH]),
        (["--server", "--client"], [oids.SERVER_AUTH, oids.CLIENT_AUTH]),
    ],
)
def test_purposes(options, purposes):
    do("issue", "a.example", *a_root(), *options)
    assert list(read("a.example.pem")[0].extensions.extended_key_usage) == purposes


@pytest.mark.parametrize(
    ("hosts", "common_name", "dns_names", "addresses"),
    [
        (["alice"], "CN=alice", None, None),
        (["Alice B. Smith"], "CN=Alice B. Smith", None, None),
        (["alice@example.org", "laptop.example"], "CN=alice@example.org", ("laptop.example",), []),
        (["a.example"], "CN=a.example", ("a.example",), []),
        (["*.a.example"], "CN=*.a.example", ("*.a.example",), []),
        (["::1"], "CN=::1", (), ["::1"]),
    ],
)
def test_names_of_a_client(hosts, common_name, dns_names, addresses):
    do("issue", *hosts, *a_root(), "--client", "--out", "made")
    leaf = read("made.pem")[0]
    assert str(leaf.subject) == common_name
    alternative = leaf.extensions.subject_alternative_name
    if dns_names is None:
        assert alternative is None
    else:
        assert alternative.dns_names == dns_names
        assert list(map(str, alternative.ip_addresses)) == addresses
    do("verify", "made.pem", "--ca", "ca.pem", "--purpose", "client")


def test_a_host_whose_name_is_too_long_for_a_common_name():
    host = f"{'a' * 60}.example"
    do("issue", host, *a_root())
    leaf = read(f"{host}.pem")[0]
    assert leaf.subject.relative_names == ()
    assert leaf.extensions.subject_alternative_name.dns_names == (host,)


def test_hosts_alone():
    do("make-ca", "Root", "--permit", "example.org", "--permit", "10.0.0.0/8")
    assert list(map(str, read("Root.pem")[0].extensions.name_constraints.permitted)) == [
        "dNSName example.org",
        "iPAddress 10.0.0.0/8",
    ]
    below = ("--issuer", "Root.pem", "--issuer-key", "Root.key")
    do("make-ca", "Middle", *below, "--permit", "a.example.org")
    permitted = read("Middle.pem")[0].extensions.name_constraints.permitted
    assert list(map(str, permitted)) == ["dNSName a.example.org"]


def test_serial_numbers_are_random(monkeypatch):
    numbers = set()
    for number in range(3):
        do("make-ca", "Root", "--out", f"root{number}")
        do(
            "issue",
            "a.example",
            "--ca",
            f"root{number}.pem",
            "--ca-key",
            f"root{number}.key",
            "--out",
            f"{number}",
        )
        numbers |= {read(f"root{number}.pem")[0].serial_number, read(f"{number}.pem")[0].serial_number}
    assert len(numbers) == 6
    asked = []
    monkeypatch.setattr(entropy, "random_bytes", lambda size: asked.append(size) or bytes(size))
    monkeypatch.setattr(private_keys, "generate", lambda kind, random_bytes: certificates.key(5))
    do("make-ca", "Zero")
    do("make-ca", "Below", "--issuer", "Zero.pem", "--issuer-key", "Zero.key")
    do("issue", "a.example", "--ca", "Below.pem", "--ca-key", "Below.key")
    assert asked == [16, 16, 16]  # 64 bits at least: RFC 5280 section 4.1.2.2 and the web's own rules


# ---- What others say of it -----------------------------------------------------------------------------


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_our_own_verifier_accepts_it(key_type, keys):
    family(key_type)
    for file in ("Root", "Middle", "localhost"):
        assert read(f"{file}.pem")[0].public_key_info.kind is KEY_TYPES[key_type]
    trust = TrustStore(read("Root.pem"))
    found = path.verify_chain(read("localhost.pem"), trust, at=NOW, purpose=Purpose.SERVER)
    names.verify_name(found.leaf, "localhost")
    names.verify_name(found.leaf, "127.0.0.1")


@pytest.mark.parametrize("key_type", ["p256", "p384", "rsa"])  # pyca's profile of the web has no Ed25519
def test_pyca_accepts_it(key_type, keys):
    family(key_type)
    (root,) = pyca.load_pem_x509_certificates(Path("Root.pem").read_bytes())
    leaf, *above = pyca.load_pem_x509_certificates(Path("localhost.pem").read_bytes())
    builder = verification.PolicyBuilder().store(verification.Store([root])).time(NOW)
    chain = builder.build_server_verifier(pyca.DNSName("localhost")).verify(leaf, above)
    assert chain == [leaf, *above, root]
    key = load_pem_private_key(Path("localhost.key").read_bytes(), None)
    assert key.public_key() == leaf.public_key()


@pytest.mark.interop
@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_openssl_accepts_it(key_type, keys):
    family(key_type)
    at = str(int(NOW.timestamp()))
    done = programs.openssl(
        *("verify", "-x509_strict", "-check_ss_sig", "-attime", at, "-CAfile", "Root.pem", "-show_chain"),
        *("-purpose", "sslserver", "-verify_hostname", "localhost", "-untrusted", "localhost.pem"),
        "localhost.pem",
    )
    assert done.returncode == 0, done.stdout.decode()
    assert b"CN = Middle" in done.stdout
    for name in ("Root", "Middle", "localhost"):
        of_key = programs.openssl("pkey", "-in", f"{name}.key", "-pubout", "-check").stdout.decode()
        of_certificate = programs.openssl("x509", "-in", f"{name}.pem", "-noout", "-pubkey").stdout.decode()
        assert of_certificate in of_key


@pytest.mark.interop
def test_openssl_keeps_to_what_is_permitted():
    do("make-ca", "Root", "--permit", "example.org")
    root = issue.Authority(read("Root.pem")[0], private_keys.from_pem(Path("Root.key").read_text()))
    at = str(int(NOW.timestamp()))
    for host, status in (("a.example.org", 0), ("a.example.com", 2), ("127.0.0.1", 2)):
        kind = "ip_addresses" if host[0].isdigit() else "dns_names"
        leaf = issue.issue_certificate(
            root,
            "",
            certificates.key(9).public_key(),
            serial_number=9,
            not_before=NOW,
            not_after=NOW + timedelta(days=1),
            **{kind: [host]},
        )
        write("leaf.pem", leaf)
        done = programs.openssl("verify", "-attime", at, "-CAfile", "Root.pem", "leaf.pem")
        assert done.returncode == status, (host, done.stdout)
        assert status == 0 or b"subtree" in done.stdout


@pytest.mark.interop
@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_curl_and_openssl_connect_to_a_server_that_has_it(key_type, keys, monkeypatch):
    monkeypatch.setattr(ca, "now", lambda: datetime.now(UTC))  # theirs is the clock
    family(key_type)
    here = Path.cwd()
    with programs.serving("--cert", here / "localhost.pem", "--key", here / "localhost.key") as port:
        url = f"https://localhost:{port}/"
        fetched = subprocess.run(
            [peers.require("curl"), "--silent", "--show-error", "--cacert", "Root.pem", url],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        said = programs.openssl(
            *("s_client", "-connect", f"localhost:{port}", "-CAfile", "Root.pem", "-verify_return_error"),
            *("-verify_hostname", "localhost"),
        ).stdout.decode()
    assert fetched.returncode == 0, fetched.stderr.decode()
    assert fetched.stdout.startswith(page.TITLE.encode())
    assert "Verify return code: 0 (ok)" in said


def test_a_client_is_known_by_it(monkeypatch):
    """Over our own stack."""
    monkeypatch.setattr(ca, "now", lambda: datetime.now(UTC))
    do("make-ca", "Root")
    issuer = ("--ca", "Root.pem", "--ca-key", "Root.key")
    do("issue", "localhost", *issuer)
    do("issue", "alice", *issuer, "--client")
    here = Path.cwd()
    server = ("--cert", here / "localhost.pem", "--key", here / "localhost.key")
    with programs.serving(*server, "--client-ca", here / "Root.pem", "--require-client-cert") as port:
        url = f"https://localhost:{port}/"
        programs.tls("get", url, "--ca", here / "Root.pem", expect=FAILED)
        known = ("--cert", here / "alice.pem", "--key", here / "alice.key")
        done = programs.tls("get", url, "--ca", here / "Root.pem", *known)
    assert b"CN=alice" in done.stdout


# ---- Files ---------------------------------------------------------------------------------------------


def test_a_private_key_is_for_its_owner_alone():
    os.umask(0)
    do("make-ca", "Root")
    do("issue", "localhost", "--ca", "Root.pem", "--ca-key", "Root.key")
    for file in ("Root.key", "localhost.key"):
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        assert Path(file).read_text().startswith("-----BEGIN PRIVATE KEY-----\n")
    assert stat.S_IMODE(os.stat("Root.pem").st_mode) == 0o666


@pytest.mark.parametrize("there", ["Root.pem", "Root.key"])
@pytest.mark.parametrize("as_link", [False, True])
def test_nothing_is_overwritten_and_nothing_is_left(there, as_link, capsys):
    if as_link:
        os.symlink("elsewhere", there)
    else:
        Path(there).write_text("precious")
    said = complaint(capsys, "make-ca", "Root")
    assert said == f"{there} exists, and nothing is overwritten: see --out"
    assert files() == [there]
    assert as_link or Path(there).read_text() == "precious"


@pytest.mark.parametrize("interruption", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_neither_half(interruption, monkeypatch, capsys):
    def fail_to_write(descriptor, mode, encoding):
        file = os.fdopen(descriptor, mode, encoding=encoding)
        return file if len(files()) == 1 else contextlib.closing(Full(file))

    class Full(io.StringIO):
        def __init__(self, file):
            super().__init__()
            file.close()

        def write(self, text):
            raise interruption

    monkeypatch.setattr(ca, "open", fail_to_write, raising=False)
    status = main(["make-ca", "Root"])
    assert files() == []
    said = capsys.readouterr().err
    if isinstance(interruption, OSError):
        assert (status, said) == (FAILED, "x509: Root.pem: No space left on device\n")
    else:
        assert (status, said) == (INTERRUPTED, "")


@pytest.mark.parametrize(
    ("name", "out", "prefix"),
    [
        ("Root", "other", "other"),
        ("Root", "other.pem", "other"),
        ("Root", "folder", "folder/Root"),
        ("Root", "folder/", "folder/Root"),
        ("Root", "folder/x", "folder/x"),
        ("My / Root", None, "My___Root"),
        ("../Root", None, ".._Root"),
        ("*.example", None, "_wildcard.example"),
        ("::1", None, "__1"),
        ("Köln", None, "Köln"),
    ],
)
def test_where_it_is_written(name, out, prefix):
    os.mkdir("folder")
    do("make-ca", name, *([] if out is None else ["--out", out]))
    assert os.path.exists(f"{prefix}.pem")
    assert os.path.exists(f"{prefix}.key")


def test_what_is_said_of_it(capsys):
    do("make-ca", "Root")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "made Root.pem (CN=Root, until 2036-06-28) and its private key, Root.key\n"


# ---- What is refused -----------------------------------------------------------------------------------


def test_files_that_are_missing(capsys):
    ca = a_root()
    assert complaint(capsys, "show", "gone.pem") == "gone.pem: No such file or directory"
    assert complaint(capsys, "issue", "localhost", "--ca", "gone.pem", "--ca-key", "ca.key").startswith(
        "gone.pem: "
    )
    assert complaint(capsys, "issue", "localhost", "--ca", "ca.pem", "--ca-key", "gone.key").startswith(
        "gone.key: "
    )
    assert complaint(capsys, "verify", "ca.pem", "--ca", "gone.pem", "--name", "a").startswith("gone.pem: ")
    assert complaint(capsys, "make-ca", "Root", "--out", "nowhere/").startswith(
        "nowhere/Root.key: No such file"
    )
    assert complaint(capsys, "issue", "localhost", *ca, "--out", "no/where").startswith(
        "no/where.key: No such"
    )


def test_verify_asks_what_the_store_asks(capsys):
    made = authority_and_leaf()
    chain = ["verify", write("chain.pem", *made.chain), "--ca", write("ca.pem", made.authority.certificate)]
    chain += ["--name", "localhost", "--at", NOW.isoformat()]
    do(*chain)
    Path("crl.pem").write_text(pem.encode(list_of(made.authority, made.leaf.serial_number).der, "X509 CRL"))
    said = complaint(capsys, *chain, "--crl", "crl.pem")
    assert "revoked" in said
    assert said.endswith("[revocation, RFC 5280 section 6.3.3]")
    said = complaint(capsys, *chain, "--profile", "web")
    assert said.endswith("[key of the web, Baseline Requirements section 7.1.3.1]")
    with pytest.raises(SystemExit):
        main([*chain, "--profile", "net"])
    assert "'net' is none of rfc5280, web" in capsys.readouterr().err


def leftovers():
    """What was written and not put into its place."""
    return [name for name in files() if name.endswith(".new")]


def test_revoke_adds_to_the_list(capsys):
    family()
    above, root = (
        ["--ca", "Middle.pem", "--ca-key", "Middle.key"],
        ["--ca", "Root.pem", "--ca-key", "Root.key"],
    )
    good = ["verify", "localhost.pem", "--ca", "Root.pem", "--name", "localhost"]
    good += ["--crl", "middle.crl", "--crl", "root.crl"]
    do("issue", "other", *above)
    do("revoke", *root, "--crl", "root.crl")
    do("revoke", "other.pem", *above, "--crl", "middle.crl", "--reason", "superseded")
    do(*good)
    capsys.readouterr()
    do("revoke", "localhost.pem", "other.pem", *above, "--crl", "middle.crl", "--days", "3")
    said = f"middle.crl is list number 2, with 2 certificates, until {NOW + timedelta(days=3):%Y-%m-%d}\n"
    assert capsys.readouterr().err == said
    assert "revoked 2026-07-01 12:00:00 UTC (unspecified)" in complaint(capsys, *good)
    (crl,) = RevocationList.from_pem(Path("middle.crl").read_bytes())
    reasons = {read(f"{name}.pem")[0].serial_number: name for name in ("other", "localhost")}
    found = {reasons[number]: entry.reason for number, entry in crl.revoked.items()}
    assert found == {"other": Reason.superseded, "localhost": Reason.unspecified}
    assert not leftovers()


@pytest.mark.interop
def test_openssl_finds_what_was_revoked():
    family()
    do("revoke", "--ca", "Root.pem", "--ca-key", "Root.key", "--crl", "lists.pem")
    do("revoke", "localhost.pem", "--ca", "Middle.pem", "--ca-key", "Middle.key", "--crl", "middle.crl")
    lists = Path("lists.pem").read_text() + Path("middle.crl").read_text()
    Path("lists.pem").write_text(lists)
    command = ["verify", "-crl_check_all", "-CRLfile", "lists.pem", "-attime", str(int(NOW.timestamp()))]
    done = subprocess.run(
        [
            peers.require("openssl"),
            *command,
            "-CAfile",
            "Root.pem",
            "-untrusted",
            "Middle.pem",
            "localhost.pem",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert b"certificate revoked" in done.stderr


def test_what_cannot_be_revoked(capsys):
    family()
    above = ["--ca", "Middle.pem", "--ca-key", "Middle.key", "--crl", "middle.crl"]
    said = complaint(capsys, "revoke", "Middle.pem", *above)
    assert said == "Middle.pem: CN=Middle was issued by CN=Root"
    assert "middle.crl" not in files()
    do("revoke", *above)
    before = Path("middle.crl").read_bytes()
    said = complaint(capsys, "revoke", "--ca", "Root.pem", "--ca-key", "Root.key", "--crl", "middle.crl")
    assert said == "middle.crl: a list of CN=Middle, not of CN=Root"
    do("make-ca", "Root", "--out", "another")  # of the same name
    do("make-ca", "Middle", "--issuer", "another.pem", "--issuer-key", "another.key", "--out", "twin")
    said = complaint(capsys, "revoke", "--ca", "twin.pem", "--ca-key", "twin.key", "--crl", "middle.crl")
    assert said == "middle.crl: its signature was not made with its issuer's key"
    twin = ["--ca", "twin.pem", "--ca-key", "twin.key", "--crl", "twin.crl"]
    said = complaint(capsys, "revoke", "localhost.pem", *twin)  # which the other one has issued
    assert said == "localhost.pem: its signature was not made with its issuer's key"
    assert "twin.crl" not in files()
    assert Path("middle.crl").read_bytes() == before
    Path("two.crl").write_bytes(before * 2)
    above[-1] = "two.crl"
    assert complaint(capsys, "revoke", *above) == "two.crl: 2 lists, where one is to be continued"
    above[-1] = "Root.pem"
    assert complaint(capsys, "revoke", *above).startswith("Root.pem: no X509 CRL block, found CERTIFICATE")
    made = a_root()
    assert complaint(capsys, "revoke", *made, "--crl", "new.crl") == (
        "ca.pem: CN=Root may not sign revocation lists (keyUsage)"
    )


def test_a_list_that_cannot_be_written_stays_as_it_was(capsys, monkeypatch):
    family()
    above = ["--ca", "Middle.pem", "--ca-key", "Middle.key", "--crl", "middle.crl"]
    do("revoke", *above)
    before = Path("middle.crl").read_bytes()

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert complaint(capsys, "revoke", "localhost.pem", *above) == "middle.crl: No space left on device"
    assert Path("middle.crl").read_bytes() == before
    assert not leftovers()


def test_a_list_is_written_past_what_others_have_laid_in_its_way():
    family()
    above = ["--ca", "Middle.pem", "--ca-key", "Middle.key"]
    Path("precious").write_text("precious")
    Path("list.crl.new").symlink_to("precious")
    do("revoke", *above, "--crl", "list.crl")
    assert Path("precious").read_text() == "precious"
    assert not Path("list.crl").is_symlink()
    assert os.readlink("list.crl.new") == "precious"


def test_a_link_to_a_list_stays_one():
    family()
    Path("folder").mkdir()
    Path("list.crl").symlink_to("folder/list.crl")
    for _ in range(2):
        do("revoke", "--ca", "Middle.pem", "--ca-key", "Middle.key", "--crl", "list.crl")
    assert Path("list.crl").is_symlink()
    assert RevocationList.from_pem(Path("folder/list.crl").read_bytes())[0].number == 2


def test_a_name_that_no_file_can_have(capsys):
    long = "a" * 5000
    do("make-ca", "Root")
    root = ["--ca", "Root.pem", "--ca-key", "Root.key"]
    assert complaint(capsys, "revoke", *root, "--crl", long) == f"{long}: File name too long"
    assert complaint(capsys, "make-ca", "Root", "--out", long) == f"{long}.key: File name too long"


def test_a_file_without_end(capsys, monkeypatch):
    chain = Path(write("chain.pem", *authority_and_leaf().chain)).read_bytes()
    monkeypatch.setattr(complaints, "MAXIMUM_FILE_SIZE", len(chain))
    do("show", "chain.pem")
    Path("longer.pem").write_bytes(chain + b"\n")
    said = f": more than {len(chain)} bytes, which no file of certificates or keys has"
    assert complaint(capsys, "show", "longer.pem") == f"longer.pem{said}"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(chain + b"\n")))
    assert complaint(capsys, "show", "-") == f"standard input{said}"


def test_certificates_and_lists_in_one_file(capsys):
    a_root()
    crl = pem.encode(list_of(certificates.root()).der, "X509 CRL")
    Path("crl.pem").write_text(crl)
    Path("both.pem").write_text(crl + Path("ca.pem").read_text())
    assert shown(capsys, "crl.pem") == ["revocation list 1 of 1"]
    assert shown(capsys, "both.pem") == ["certificate 1 of 2", "revocation list 2 of 2"]


def shown(capsys, file: str) -> list[str]:
    capsys.readouterr()
    do("show", file)
    return re.findall(r"^.* \d of \d$", capsys.readouterr().out, re.M)


def test_files_of_another_kind(capsys):
    a_root()
    Path("text").write_text("hello")
    Path("broken").write_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
    assert complaint(capsys, "show", "text") == "text: no certificate, in PEM or in DER"
    assert complaint(capsys, "show", "ca.key") == "ca.key: no CERTIFICATE block, found PRIVATE KEY"
    assert complaint(capsys, "show", "broken").startswith(
        "broken: certificate 1 of 1 cannot be read: certificate.tbsCertificate: missing"
    )
    assert "no PRIVATE KEY block" in complaint(capsys, "issue", "a.b", "--ca", "ca.pem", "--ca-key", "ca.pem")
    assert complaint(capsys, "verify", "ca.pem", "--ca", "ca.key", "--name", "a").startswith(
        "ca.key: no CERTIFICATE"
    )


def test_a_key_of_somebody_else(capsys):
    a_root()
    Path("other.key").write_text(private_keys.to_pem(certificates.key(77)))
    said = complaint(capsys, "issue", "localhost", "--ca", "ca.pem", "--ca-key", "other.key")
    assert said == "other.key: not the private key of CN=Root in ca.pem"
    said = complaint(capsys, "make-ca", "Middle", "--issuer", "ca.pem", "--issuer-key", "other.key")
    assert said == "other.key: not the private key of CN=Root in ca.pem"


def test_a_leaf_is_no_authority(capsys):
    do("issue", "localhost", *a_root())
    said = complaint(capsys, "issue", "a.example", "--ca", "localhost.pem", "--ca-key", "localhost.key")
    assert said == "localhost.pem: CN=localhost is no authority (basicConstraints), and cannot issue"
    said = complaint(
        capsys, "make-ca", "Middle", "--issuer", "localhost.pem", "--issuer-key", "localhost.key"
    )
    assert said == "localhost.pem: CN=localhost is no authority (basicConstraints), and cannot issue"


def test_an_authority_without_basic_constraints(capsys):
    ca = a_root(extensions=authority_extensions(basic_constraints=None))
    assert "is no authority" in complaint(capsys, "issue", "localhost", *ca)


def test_an_authority_that_may_not_sign_certificates(capsys):
    usage = certificates.extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.cRLSign))
    ca = a_root(extensions=authority_extensions(key_usage=usage))
    said = complaint(capsys, "issue", "localhost", *ca)
    assert said == "ca.pem: CN=Root may not sign certificates (keyUsage)"


def test_a_key_that_cannot_issue(capsys):
    key = rsa_keys.ours("2048")
    octets = encoding.bit_string(public_keys.subject_public_key(key.public_key()))
    made = certificates.assemble(
        subjectPublicKeyInfo=encoding.sequence(KEY_ALGORITHMS[KeyKind.RSA_PSS_SHA256].der, octets),
        extensions=encoding.explicit(3, encoding.sequence(*authority_extensions())),
    )
    write("ca.pem", Certificate.from_der(made))
    Path("ca.key").write_text(private_keys.to_pem(key))
    said = complaint(capsys, "issue", "localhost", "--ca", "ca.pem", "--ca-key", "ca.key")
    assert said == "ca.pem: an authority with a key of the kind RSA-PSS with SHA-256 cannot issue here"


def test_an_authority_for_clients_alone(capsys):
    """Found by the verification of what was issued, which nobody gets to see."""
    purpose = certificates.extended_key_usage(oids.CLIENT_AUTH)
    ca = a_root(extensions=authority_extensions(extended_key_usage=purpose))
    said = complaint(capsys, "issue", "localhost", *ca)
    why = "it is not for a server: extKeyUsage allows clientAuth, not serverAuth"
    assert said == f"issue: trust anchor (CN=Root): {why}"
    assert files() == ["ca.key", "ca.pem"]
    said = complaint(capsys, "issue", "localhost", *ca, "--server", "--client")
    assert said.endswith("not serverAuth")
    do("issue", "localhost", *ca, "--client")


def test_an_authority_for_servers_alone(capsys):
    purpose = certificates.extended_key_usage(oids.SERVER_AUTH)
    ca = a_root(extensions=authority_extensions(extended_key_usage=purpose))
    assert complaint(capsys, "issue", "localhost", *ca, "--server", "--client").endswith("not clientAuth")
    do("issue", "localhost", *ca)


def test_a_file_of_several_authorities():
    ca = a_root()
    write("ca.pem", *read("ca.pem"), certificates.root(50, "Other").certificate)
    do("issue", "localhost", *ca)
    assert len(read("localhost.pem")) == 1


def test_a_host_that_is_not_permitted(capsys):
    do("make-ca", "Root", "--permit", "example.org")
    said = complaint(capsys, "issue", "a.example", "--ca", "Root.pem", "--ca-key", "Root.key")
    assert said.startswith(
        "issue: trust anchor (CN=Root): it may not vouch for CN=a.example: nameConstraints does not "
        "permit its dNSName 'a.example'"
    )


def test_a_host_that_is_not_permitted_by_who_stands_higher(capsys):
    do("make-ca", "Root", "--path-length", "2")
    do(
        "make-ca",
        "One",
        "--issuer",
        "Root.pem",
        "--issuer-key",
        "Root.key",
        "--path-length",
        "1",
        "--permit",
        "b.c",
    )
    do("make-ca", "Two", "--issuer", "One.pem", "--issuer-key", "One.key")
    said = complaint(capsys, "issue", "a.example", "--ca", "Two.pem", "--ca-key", "Two.key")
    assert "(CN=One): it may not vouch for CN=a.example: nameConstraints does not permit" in said


@pytest.mark.parametrize(
    ("above", "asked", "said"),
    [
        (0, [], "no authority below it, leaves alone"),
        (0, ["--path-length", "0"], "no authority below it, leaves alone"),
        (1, ["--path-length", "1"], "0 more below that one"),
        (3, ["--path-length", "7"], "2 more below that one"),
    ],
)
def test_a_path_that_would_be_too_long(above, asked, said, capsys):
    do("make-ca", "Root", "--path-length", above)
    command = ("make-ca", "Middle", "--issuer", "Root.pem", "--issuer-key", "Root.key")
    assert complaint(capsys, *command, *asked) == f"Root.pem: pathLenConstraint allows {said}"
    assert files() == ["Root.key", "Root.pem"]


@pytest.mark.parametrize(
    ("above", "asked"), [(1, []), (1, ["--path-length", "0"]), (3, ["--path-length", "2"])]
)
def test_a_path_that_is_just_short_enough(above, asked):
    do("make-ca", "Root", "--path-length", above)
    do("make-ca", "Middle", "--issuer", "Root.pem", "--issuer-key", "Root.key", *asked)
    limit = read("Middle.pem")[0].extensions.basic_constraints.path_length
    assert limit == (int(asked[1]) if asked else 0)


def test_a_path_that_is_too_long_for_who_stands_higher(capsys):
    root = certificates.root(extensions=authority_extensions(path_length=2))
    one = certificates.authority_under(root, 2, "One", extensions=authority_extensions(path_length=1))
    two = certificates.authority_under(one, 3, "Two")  # says nothing of its own
    write("ca.pem", two.certificate, one.certificate)
    Path("ca.key").write_text(private_keys.to_pem(two.private_key))
    said = complaint(capsys, "make-ca", "Three", "--issuer", "ca.pem", "--issuer-key", "ca.key")
    assert said == "ca.pem: pathLenConstraint allows no authority below it, leaves alone"


def test_names_that_are_none(capsys):
    ca = a_root()
    for name in ("a b", "*", "*.com", "a..b", "alice@example.org", "10.0.0.0/8", ""):
        said = complaint(capsys, "issue", name, *ca)
        assert said.startswith("issue: ")
        assert said.endswith((repr(name.removeprefix("*.")), f": {name}"))
    assert complaint(capsys, "issue", "alice", "a b", *ca, "--client").startswith("issue: neither a DNS name")
    assert complaint(capsys, "make-ca", "").startswith("make-ca: ")
    assert complaint(capsys, "make-ca", "", "--issuer", "ca.pem", "--issuer-key", "ca.key").startswith(
        "make-ca: "
    )
    assert "at most 64" in complaint(capsys, "make-ca", "x" * 65)
    assert "printable" in complaint(capsys, "make-ca", "a\x1b[2Jb")
    assert complaint(capsys, "make-ca", "Root", "--permit", "a b").startswith("make-ca: neither a DNS name")
    assert files() == ["ca.key", "ca.pem"]


def test_nobody_outlives_who_issued_him(capsys):
    do("make-ca", "Root", "--days", "10")
    (root,) = read("Root.pem")
    do("issue", "a.example", "--ca", "Root.pem", "--ca-key", "Root.key")
    assert read("a.example.pem")[0].not_after == root.not_after
    do("make-ca", "Middle", "--issuer", "Root.pem", "--issuer-key", "Root.key")
    assert read("Middle.pem")[0].not_after == root.not_after
    do("issue", "b.example", "--ca", "Root.pem", "--ca-key", "Root.key", "--days", "10")
    said = complaint(capsys, "issue", "c.example", "--ca", "Root.pem", "--ca-key", "Root.key", "--days", "11")
    assert said == "--days 11: CN=Root itself expires 2026-07-11 10:59:59 UTC"


@pytest.mark.parametrize("days", [-11, +11])
def test_an_authority_whose_time_it_is_not(days, monkeypatch, capsys):
    do("make-ca", "Root", "--days", "10")
    monkeypatch.setattr(ca, "now", lambda: NOW + timedelta(days=days))
    said = complaint(capsys, "issue", "a.example", "--ca", "Root.pem", "--ca-key", "Root.key")
    assert said == (
        "CN=Root is valid from 2026-07-01 11:00:00 UTC to 2026-07-11 10:59:59 UTC, "
        f"and now it is {NOW + timedelta(days=days):%Y-%m-%d} 12:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("make-ca", "arguments are required: NAME"),
        ("make-ca Root --issuer a", "--issuer and --issuer-key go together"),
        ("make-ca Root --issuer-key a", "--issuer and --issuer-key go together"),
        ("make-ca Root --key-type dsa", "invalid choice: 'dsa'"),
        ("make-ca Root --days 0", "'0' is not a number from 1 to 36500"),
        ("make-ca Root --days 36501", "'36501' is not a number"),
        ("make-ca Root --path-length -1", "argument --path-length"),
        ("issue --ca a --ca-key b", "arguments are required: HOST"),
        ("issue a", "--ca, --ca-key"),
        ("verify a --ca b", "--name is missing"),
        ("verify a --name b", "arguments are required: --ca"),
        ("verify a --ca b --name c --at yesterday", "'yesterday' is no time"),
        ("verify a --ca b --name c --at 0001-01-01T00:00+14:00", "is no time"),
        ("verify a --ca b --purpose mail", "'mail' is none of server, client"),
        ("", "make an authority, and its private key"),
    ],
)
def test_a_command_line_that_makes_no_sense(command, said, capsys):
    with pytest.raises(SystemExit) as exit:
        main(command.split())
    assert exit.value.code == 2
    printed = capsys.readouterr().err
    assert said in printed
    if command:
        assert printed.startswith(f"python -m x509 {command.partition(' ')[0]}: ")
        assert printed.count("\n") == 1


# ---- show ----------------------------------------------------------------------------------------------


def test_show_all_of_a_file(capsys):
    made = authority_and_leaf(intermediates=1).chain
    write("chain.pem", *made)
    do("show", "chain.pem")
    assert capsys.readouterr().out.splitlines() == [
        "certificate 1 of 2",
        *show.lines(made[0]),
        "",
        "certificate 2 of 2",
        *show.lines(made[1]),
    ]


def test_show_der(capsys):
    leaf = authority_and_leaf().leaf
    Path("leaf.der").write_bytes(leaf.der)
    do("show", "leaf.der")
    assert capsys.readouterr().out.splitlines() == ["certificate 1 of 1", *show.lines(leaf)]


@pytest.mark.parametrize("as_pem", [False, True])
def test_show_standard_input(as_pem, monkeypatch, capsys):
    leaf = authority_and_leaf().leaf
    data = certificates.certificates_pem([leaf]).encode() if as_pem else leaf.der
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    do("show", "-")
    assert capsys.readouterr().out.splitlines()[1:] == show.lines(leaf)


def test_show_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert complaint(capsys, "show", "-") == "standard input: no certificate, in PEM or in DER"


# ---- verify --------------------------------------------------------------------------------------------


def chain(made: Family) -> list[str]:
    write("chain.pem", *made.chain)
    write("root.pem", made.authority.certificate)
    return ["verify", "chain.pem", "--ca", "root.pem"]


def test_verify(capsys):
    do(*chain(authority_and_leaf(intermediates=2)), "--name", "localhost")
    assert capsys.readouterr().out.splitlines() == [
        "leaf           CN=localhost",
        "intermediate   CN=Authority 2",
        "intermediate   CN=Authority 1",
        "trust anchor   CN=Root",
        "OK",
    ]


def test_verify_an_anchor_itself(capsys):
    usage = certificates.extension(
        oids.KEY_USAGE, issue.key_usage(KeyUsage.digitalSignature, KeyUsage.keyCertSign)
    )
    a_root(extensions=authority_extensions(key_usage=usage))
    do("verify", "ca.pem", "--ca", "ca.pem", "--purpose", "client")
    assert capsys.readouterr().out == "trust anchor   CN=Root\nOK\n"


def test_verify_with_files_for_each_part(capsys):
    made = authority_and_leaf(intermediates=2)
    leaf, two, one = made.chain
    write("leaf.pem", leaf)
    write("one.pem", one)
    write("two.pem", two)
    write("root.pem", made.authority.certificate)
    write("other.pem", certificates.root(50, "Other").certificate)
    whole = ("--untrusted", "one.pem", "--untrusted", "two.pem", "--ca", "other.pem", "--ca", "root.pem")
    do("verify", "leaf.pem", *whole, "--name", "127.0.0.1")
    said = complaint(capsys, "verify", "leaf.pem", *whole[2:], "--name", "localhost")
    assert said == (
        "leaf.pem: certificate 2 of 2 (CN=Authority 2): its issuer (CN=Authority 1) is not shown, "
        "and is none of the 2 trust anchors [trust anchor, RFC 5280 section 6.1.1 (d)]"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--name", "example.org"],
            "the certificate (CN=localhost) is for localhost, 127.0.0.1, ::1, not example.org "
            "[name, RFC 9525 section 6]",
        ),
        (
            ["--name", "localhost", "--at", "2050-01-01"],
            "certificate 1 of 1 (CN=localhost): expired 2049-12-31 23:59:59 UTC, and the time is "
            "2050-01-01 00:00:00 UTC [validity, RFC 5280 section 6.1.3 (a)(2)]",
        ),
        (
            ["--name", "localhost", "--purpose", "client"],
            "certificate 1 of 1 (CN=localhost): it is not for a client: extKeyUsage allows serverAuth, "
            "not clientAuth [purpose, RFC 5280 section 4.2.1.12]",
        ),
    ],
)
def test_the_rule_that_was_broken(options, said, capsys):
    assert complaint(capsys, *chain(authority_and_leaf()), *options) == f"chain.pem: {said}"


def test_a_signature_that_is_another_key_s(capsys):
    write("root.pem", certificates.root(2).certificate)
    write("leaf.pem", authority_and_leaf().leaf)
    said = complaint(capsys, "verify", "leaf.pem", "--ca", "root.pem", "--name", "localhost")
    assert said == (
        "leaf.pem: certificate 1 of 1 (CN=localhost): its signature was not made with its issuer's key "
        "[signature, RFC 5280 section 6.1.3 (a)(1)]"
    )


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-07-01T11:00", DONE),
        ("2026-07-01T10:59:59", FAILED),
        ("2026-07-01T12:59:59+02:00", FAILED),
        ("2026-07-01T13:00+02:00", DONE),
        ("2026-07-02T10:59:59Z", DONE),
        ("2026-07-02T11:00:00Z", FAILED),
    ],
)
def test_times(at, status):
    do("make-ca", "Root", "--days", "1")
    do("issue", "localhost", "--ca", "Root.pem", "--ca-key", "Root.key")
    assert main(["verify", "localhost.pem", "--ca", "Root.pem", "--name", "localhost", "--at", at]) == status


def test_a_time_without_a_zone_is_utc_wherever_one_is(monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "XYZ-5")
        time.tzset()
        options = arguments.parse(["verify", "a", "--ca", "b", "--name", "c", "--at", "2026-07-01T12:00"])
    time.tzset()
    assert options.at == NOW


def test_now_is_the_clock_s(monkeypatch, capsys):
    command = [*chain(authority_and_leaf()), "--name", "localhost"]
    do(*command)
    monkeypatch.setattr(ca, "now", lambda: certificates.NOT_AFTER + timedelta(seconds=1))
    assert "expired" in complaint(capsys, *command)


def test_a_name_that_is_none(capsys):
    said = complaint(capsys, *chain(authority_and_leaf()), "--name", "a b")
    assert said == "--name: neither a DNS name nor an IP address: 'a b'"


def test_certificates_that_cannot_be_used_are_counted(capsys):
    leaf = authority_and_leaf().leaf
    write("leaf.pem", leaf)
    info = encoding.sequence(encoding.sequence(encoding.oid("1.3.101.113")), encoding.bit_string(bytes(57)))
    write("root.pem", Certificate.from_der(certificates.assemble(subjectPublicKeyInfo=info)))
    said = complaint(
        capsys, "verify", "leaf.pem", "--ca", "root.pem", "--ca", "root.pem", "--name", "localhost"
    )
    assert "there is no trust anchor (2 could not be used)" in said


# ---- explain -------------------------------------------------------------------------------------------


def test_explain_a_chain_that_is_trusted(capsys):
    family()
    capsys.readouterr()
    do("explain", "localhost.pem", "--ca", "Root.pem", "--name", "localhost")
    printed = capsys.readouterr()
    anchor = TrustStore.from_pem(Path("Root.pem").read_text())
    encodings = pem.decode(Path("localhost.pem").read_text(), "CERTIFICATE")
    told = explanation.explain(encodings, anchor, at=NOW, purpose=Purpose.SERVER, name="localhost")
    assert printed.out.splitlines() == list(told.lines())
    assert printed.out.startswith("good: certificate 1 of 2 (CN=localhost) leads to trust anchor (CN=Root)")
    assert printed.err == ""


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            ["--name", "example.com"],
            "the certificate (CN=localhost) is for localhost, 127.0.0.1, not example.com",
        ),
        (["--name", "localhost", "--at", "2050-01-01"], "certificate 1 of 2 (CN=localhost): expired "),
        (["--purpose", "client"], "certificate 1 of 2 (CN=localhost): it is not for a client: "),
    ],
)
def test_explain_a_chain_that_is_refused(options, why, capsys):
    """The whole story, and then the same line and status as of `verify`."""
    family()
    capsys.readouterr()
    assert main(["explain", "localhost.pem", "--ca", "Root.pem", *options]) == FAILED
    printed = capsys.readouterr()
    assert " ".join(printed.out.split()).startswith(f"refused: {why}")
    assert printed.err.startswith(f"x509: localhost.pem: {why}")
    verified = complaint(capsys, "verify", "localhost.pem", "--ca", "Root.pem", *options)
    assert verified.startswith(printed.err.removeprefix("x509: ").rstrip())


@pytest.mark.parametrize(("columns", "widest"), [(20, 60), (80, 80), (200, 100)])
def test_explain_fits_into_the_terminal(columns, widest, monkeypatch, capsys):
    family()
    capsys.readouterr()
    monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: os.terminal_size((columns, 24)))
    do("explain", "localhost.pem", "--ca", "Root.pem", "--name", "localhost")
    assert max(map(len, capsys.readouterr().out.splitlines())) == widest


def test_explain_what_is_no_certificate(capsys):
    family()
    good = Path("localhost.pem").read_text()
    Path("chain.pem").write_text(good + pem.encode(b"\x30\x03\x02\x01\x05", "CERTIFICATE"))
    assert main(["explain", "chain.pem", "--ca", "Root.pem", "--name", "localhost"]) == FAILED
    printed = capsys.readouterr()
    why = "certificate 3 of 3 cannot be read: certificate.tbsCertificate: expected SEQUENCE, got INTEGER"
    assert " ".join(printed.out.split()).startswith(
        f"refused: {why} encoding, RFC 5280 section 4.1 Certificate 1 of 3, byte by byte"
    )
    assert "not read: 3 bytes" in printed.out
    assert printed.err.endswith(f"x509: chain.pem: {why}\n")


def test_explain_with_what_else_is_known(capsys):
    family()
    leaf, middle = read("localhost.pem")
    write("leaf.pem", leaf)
    write("middle.pem", middle)
    trusted = ["--ca", "Root.pem", "--name", "localhost"]
    assert main(["explain", "leaf.pem", *trusted]) == FAILED
    do("explain", "leaf.pem", *trusted, "--untrusted", "middle.pem")


def test_explain_draws_the_search(capsys):
    family()
    do("explain", "localhost.pem", "--ca", "Root.pem", "--name", "localhost", "--graph", "graph.svg")
    drawn = Path("graph.svg").read_text("utf-8")
    assert drawn.startswith("<svg ")
    Path("graph.svg").chmod(0o600)
    assert "good: certificate 1 of 2 (CN=localhost) leads to trust anchor (CN=Root)" in drawn
    refused = ["--ca", "Root.pem", "--name", "localhost", "--at", "2050-01-01", "--graph", "graph.svg"]
    assert main(["explain", "localhost.pem", *refused]) == FAILED  # drawn all the same
    assert "validity is broken by" in Path("graph.svg").read_text("utf-8")
    assert stat.S_IMODE(Path("graph.svg").stat().st_mode) == 0o600
    capsys.readouterr()
    assert (
        complaint(capsys, "explain", "localhost.pem", *refused[:-1], "gone/graph.svg")
        == "gone/graph.svg: No such file or directory"
    )


# ---- As a program --------------------------------------------------------------------------------------


def run(*command: str | Path, redirection: str = "", **settings) -> subprocess.CompletedProcess[bytes]:
    program = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "x509", *map(str, command)]
    return subprocess.run(program, cwd=ROOT, check=False, timeout=PATIENCE, capture_output=True, **settings)


def test_the_program(place):
    done = run("make-ca", "Root", "--out", f"{place}/", input=b"")
    assert (done.returncode, done.stdout) == (DONE, b"")
    shown = run("show", "-", input=(place / "Root.pem").read_bytes())
    assert shown.returncode == DONE
    assert shown.stdout.decode().splitlines()[1:] == show.lines(read("Root.pem")[0])
    issued = read("Root.pem")[0].not_before
    assert abs(datetime.now(UTC) - timedelta(hours=1) - issued) < timedelta(minutes=5)


def test_output_that_goes_nowhere(place):
    write("root.pem", certificates.root().certificate)
    if not Path("/dev/full").exists():
        pytest.skip("this system has no file that is always full")
    for redirection, said in ((">&-", " is closed"), (">/dev/full", ": No space left on device")):
        done = run("show", place / "root.pem", redirection=redirection)
        assert (done.returncode, done.stderr.decode()) == (FAILED, f"x509: standard output{said}\n")


def test_input_that_is_closed():
    done = run("show", "-", redirection="<&-")
    assert (done.returncode, done.stderr) == (FAILED, b"x509: standard input is closed\n")


def test_no_file_takes_the_place_of_what_is_closed(place):
    """What is said of the files would be said into one of them."""
    done = run("make-ca", "Root", "--out", place / "Root", redirection="<&- >&- 2>&-")
    assert done.returncode == DONE
    assert (
        private_keys.from_pem((place / "Root.key").read_text()).public_key() == read("Root.pem")[0].public_key
    )


def test_a_reader_that_has_seen_enough(place):
    write("roots.pem", *[certificates.root().certificate] * 200)  # more than a pipe holds
    done = run("show", place / "roots.pem", redirection="| head -n 1")
    assert done.stdout == b"certificate 1 of 200\n"
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_terminal_that_lacks_a_letter(encoding, place):
    write("root.pem", certificates.root(name="Köln").certificate)
    done = run("show", place / "root.pem", env=os.environ | {"PYTHONIOENCODING": encoding})
    assert done.returncode == DONE
    assert "subject        CN=Köln\n".encode(encoding, "backslashreplace") in done.stdout


def test_ctrl_c(monkeypatch, capsys):
    def interrupt(kind, random_bytes):
        raise KeyboardInterrupt

    monkeypatch.setattr(private_keys, "generate", interrupt)
    assert main(["make-ca", "Root"]) == INTERRUPTED == 128 + signal.SIGINT
    assert files() == []
    assert capsys.readouterr().err == ""
