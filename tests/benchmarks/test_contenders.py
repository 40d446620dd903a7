"""Everyone who is installed does the work as we do; who is not is named, and nobody computes in C in secret.

In continuous integration only some are installed: we ourselves, the standard library and pyca/cryptography.
"""

import importlib.util
import ssl
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import cases, contenders, measure, talks
from benchmarks.contenders import OURS, PYTHON, Absent, C, Contender, Unsuitable, openssl
from benchmarks.talks import Meter
from handshake import messages
from handshake.certified_keys import CertifiedKey
from handshake.constants import NamedGroup
from handshake.extensions import ServerKeyShare
from handshake.psk_extensions import SelectedPsk
from purecrypto import edwards25519
from record.framing import RecordBuffer
from tls import config, throwaway
from x509.algorithms import KeyKind
from x509.trust_store import TrustStore

ROOT = Path(__file__).parents[2]
PRESENT, ABSENT = contenders.find()
COMPUTING_IN_C = {"hashlib", "ssl", "cryptography", "PyNaCl"}
HASHING_IN_C = {
    "tlslite-ng",
    "ecdsa",
    "pure25519",
    "purecrypt",
    "larzcrypt",
    "rsa",
    "starkbank-ecdsa",
    "kyber-py",
}
SHORT = [case for case in cases.everything() if not case.size or case.size <= 1024]


def test_whoever_is_not_installed_is_named() -> None:
    assert len(PRESENT) + len(ABSENT) == len(contenders.FILES)
    assert [contender.name for contender in PRESENT][:3] == [OURS, "hashlib", "ssl"]
    assert all("not installed" in absent.why or "is installed" in absent.why for absent in ABSENT)


def test_every_file_is_a_contender() -> None:
    files = {path.stem for path in (ROOT / "benchmarks/contenders").glob("*.py")} - {"__init__"}
    assert files == set(contenders.FILES)


def test_a_missing_package_is_reported_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nacl", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "benchmarks.contenders.pynacl", raising=False)
    present, absent = contenders.find(("glassbox", "pynacl"))
    assert [contender.name for contender in present] == [OURS]
    (missing,) = absent
    assert missing.name == "PyNaCl"
    assert missing.why.startswith("not installed")


def test_an_accelerator_makes_a_contender_unsuitable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name == "gmpy2" else None)
    with pytest.raises(Unsuitable, match="gmpy2 is installed"):
        contenders.refuse_accelerators("gmpy", "gmpy2")
    contenders.refuse_accelerators("gmpy")


def test_an_unsuitable_contender_is_absent_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library(Contender):
        def __init__(self) -> None:
            raise Unsuitable("it cheats")

    module = ModuleType("benchmarks.contenders.cheat")
    module.Library = Library  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert contenders.find(("cheat",)) == ([], [Absent("cheat", "it cheats")])


@pytest.mark.parametrize("contender", PRESENT, ids=lambda contender: contender.name)
def test_everyone_says_who_he_is(contender: Contender) -> None:
    assert contender.language in (C, PYTHON)
    assert contender.version
    assert any(contender.can(*case.works) for case in cases.everything())


@pytest.mark.parametrize("contender", PRESENT, ids=lambda contender: contender.name)
def test_what_computes_in_c_is_known(contender: Contender) -> None:
    """Everyone is compared with his like: a name too few in these sets, and a ratio is unfair."""
    assert (contender.language == C) is (contender.name in COMPUTING_IN_C)
    assert contender.hashes_itself is (contender.name not in HASHING_IN_C)
    assert ("hashes with hashlib" in contender.note) is (contender.name in HASHING_IN_C)


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_everyone_who_can_does_what_we_do(case: cases.Case) -> None:
    jobs, absent = measure.admit(case, PRESENT)
    assert OURS in jobs
    assert absent == []
    assert list(jobs) == [contender.name for contender in PRESENT if contender.can(*case.works)]


@pytest.mark.parametrize(
    "case", [case for case in cases.everything() if case.spoil], ids=lambda case: case.name
)
def test_what_is_spoilt_is_refused_by_us(case: cases.Case) -> None:
    assert case.spoil is not None
    with pytest.raises(Exception, match=r"."):
        case.spoil(PRESENT[0]).run()


def test_certificates_and_keys_of_ours_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the others do it; what a handshake costs is not what a file costs."""
    talks.handshake(PRESENT[0], talks.credentials(), Meter(), Meter())
    for owner in (TrustStore, CertifiedKey):
        monkeypatch.setattr(owner, "from_pem", None)
    talks.handshake(PRESENT[0], talks.credentials(), Meter(), Meter())


def test_a_key_of_ours_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the page says, because most of the others decode it each time."""
    (verify,) = [case for case in cases.everything() if case.name == "Ed25519 verify"]
    job = verify.prepare(PRESENT[0])
    job.run()
    monkeypatch.setattr(edwards25519, "decode", None)
    assert job.run() is True


CONNECTING = pytest.mark.parametrize(
    "contender",
    [contender for contender in PRESENT if contender.can("client", "server")],
    ids=lambda contender: contender.name,
)


@CONNECTING
def test_a_certificate_of_another_authority_is_refused_by_all_whose_note_does_not_say_otherwise(
    contender: Contender,
) -> None:
    stranger = throwaway.make(now=config.now(), kind=KeyKind.ED25519).authority_pem
    credentials = replace(talks.credentials(), authority=stranger)
    if "does not verify" in contender.note:
        talks.handshake(contender, credentials, Meter(), Meter())
    else:
        with pytest.raises(Exception, match=r"(?i)certificate|authority"):
            talks.handshake(contender, credentials, Meter(), Meter())


@CONNECTING
def test_everyone_agrees_by_x25519_in_as_few_flights_as_we_do(contender: Any) -> None:
    client, server = contender.client(talks.credentials()), contender.server(talks.credentials())
    flight = server.receive(client.receive(b""))
    records = RecordBuffer()
    records.receive(flight)
    server_hello: Any = messages.decode(records.next_record().fragment)  # type: ignore[union-attr]
    assert server_hello.find(ServerKeyShare).server_share.group == NamedGroup.X25519
    assert server.receive(client.receive(flight)) == b""  # no tickets
    assert client.agreed == server.agreed is not None


ACQUAINTED = [contender for contender in PRESENT if contender.can("acquainted")]


@pytest.mark.parametrize("contender", ACQUAINTED, ids=lambda contender: contender.name)
def test_everyone_resumes_with_a_fresh_key_exchange_and_without_new_tickets(contender: Any) -> None:
    ends = contender.acquainted(talks.credentials())
    for _ in range(2):  # one ticket is good for many rounds
        client, server = ends.client(talks.credentials()), ends.server(talks.credentials())
        hello = client.receive(b"")
        flight = server.receive(hello)
        records = RecordBuffer()
        records.receive(flight)
        server_hello: Any = messages.decode(records.next_record().fragment)  # type: ignore[union-attr]
        assert server_hello.find(SelectedPsk) is not None
        assert server_hello.find(ServerKeyShare).server_share.group == NamedGroup.X25519
        assert server.receive(client.receive(flight)) == b""  # no tickets
        assert client.resumed
        assert client.agreed is not None and client.agreed == server.agreed
        assert server.open(client.seal(b"hello")) == b"hello"
        full = contender.client(talks.credentials()), contender.server(talks.credentials())
        assert len(flight) < len(full[1].receive(full[0].receive(b"")))


HYBRID = [contender for contender in PRESENT if contender.can("hybrid")]


@pytest.mark.parametrize("contender", HYBRID, ids=lambda contender: contender.name)
def test_a_hybrid_handshake_is_one_and_takes_no_more_flights(contender: Any) -> None:
    ends = contender.hybrid(talks.credentials())
    client, server = ends.client(talks.credentials()), ends.server(talks.credentials())
    flight = server.receive(client.receive(b""))
    records = RecordBuffer()
    records.receive(flight)
    server_hello: Any = messages.decode(records.next_record().fragment)  # type: ignore[union-attr]
    assert server_hello.find(ServerKeyShare).server_share.group == NamedGroup.X25519MLKEM768
    assert server.receive(client.receive(flight)) == b""
    assert client.agreed == server.agreed is not None


@CONNECTING
def test_nobody_resumes_without_being_asked_to(contender: Contender) -> None:
    client, _ = talks.handshake(contender, talks.credentials(), Meter(), Meter())  # type: ignore[arg-type]
    assert not client.resumed


def test_who_can_connect_can_resume() -> None:
    connecting = {contender.name for contender in PRESENT if contender.can("client", "server")}
    assert {contender.name for contender in ACQUAINTED} == connecting != set()


def test_ssl_agrees_by_nothing_else() -> None:
    credentials = talks.credentials()
    context = openssl._client_context.__wrapped__(credentials)
    context.set_ecdh_curve("prime256v1")
    client, server = openssl.BioEnd(context, server_side=False), openssl.Library().server(credentials)
    with pytest.raises(ssl.SSLError):
        server.receive(client.receive(b""))


@pytest.mark.parametrize("accelerator", ["gmpy", "gmpy2"])
def test_nobody_computes_with_gmp(accelerator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: object() if name == accelerator else found(name)
    )
    present, absent = contenders.find()
    assert {contender.name for contender in present}.isdisjoint({"ecdsa", "tlslite-ng"})
    assert {"ecdsa", "tlslite-ng"} <= {missing.name for missing in absent}


@pytest.mark.parametrize("loaded", ["m2cryptoLoaded", "pycryptoLoaded"])
def test_tlslite_ng_computes_in_python(loaded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cryptomath = pytest.importorskip("tlslite.utils.cryptomath")
    monkeypatch.setattr(cryptomath, loaded, True)
    (missing,) = contenders.find(("tlslite_ng",))[1]
    assert missing.why == "it has found M2Crypto or pycrypto: uninstall them to compare pure Python"


@CONNECTING
def test_ends_talk_tls_1_3_in_both_directions(contender: Contender) -> None:
    client, server = talks.handshake(contender, talks.credentials(), Meter(), Meter())
    assert client.agreed == server.agreed is not None
    assert client.agreed[0] == "TLSv1.3"
    if contender.language == PYTHON:
        assert client.agreed[1] == "TLS_CHACHA20_POLY1305_SHA256"
    for size in (1, 100_000):
        data = cases.some_bytes(size)
        assert server.open(client.seal(data)) == data
        assert client.open(server.seal(data)) == data


def test_the_extra_holds_every_contender_and_nothing_that_accelerates_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {requirement.split(">")[0] for requirement in project["optional-dependencies"]["bench"]}
    distributions = {contender.distribution for contender in PRESENT} - {"", OURS}
    assert distributions <= extra
    assert extra.isdisjoint({"gmpy2", "gmpy", "M2Crypto", "pycryptodome", "pycrypto"})
    assert {"rich", "matplotlib", "pytest-benchmark"} <= extra
