"""Rung 17: each question that is asked of a certificate, by a chain for which the answer is no."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from journey import credentials, forgeries, ladder, readme, referee
from journey.certifier import NOW, Certifier, Chain
from journey.credentials import Credentials
from journey.errors import Refused
from journey.forgeries import Forgery
from journey.randomness import seeded
from journey.s17_path_and_name import channel
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import issue
from x509.issue import Authority
from x509.rules import Purpose

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CERTIFIER = Certifier(seeded("a test"))
NAME = "clinic.example"


@pytest.fixture(scope="module")
def client() -> Credentials:
    given = credentials.issue(seeded("a test"))["client"]
    fields = {name: getattr(given, name) for name in given.__dataclass_fields__}
    return Credentials(**fields | {"server_name": NAME, "trust": CERTIFIER.trust})


def leaf(issuer: Authority, **changes: Any) -> Chain:
    said: dict[str, Any] = {
        "common_name": NAME,
        "dns_names": [NAME],
        "not_before": NOW - timedelta(days=1),
        "not_after": NOW + timedelta(days=1),
    }
    made = issue.issue_certificate(issuer, public_key=KEY.public_key(), serial_number=9, **said | changes)
    return made, issuer.certificate


def test_what_is_right_is_believed(client: Credentials) -> None:
    assert channel.valid_for_the_server(client, leaf(CERTIFIER.everyday)) == KEY.public_key()


WRONG: dict[str, tuple[Callable[[], Chain], str]] = {
    "name": (lambda: leaf(CERTIFIER.everyday, dns_names=["mallory.example"]), "x509/names.py"),
    "only the common name": (lambda: leaf(CERTIFIER.everyday, dns_names=[]), "x509/names.py"),
    "expired": (lambda: leaf(CERTIFIER.everyday, not_after=NOW - timedelta(seconds=1)), "x509/rules.py"),
    "too early": (lambda: leaf(CERTIFIER.everyday, not_before=NOW + timedelta(seconds=1)), "x509/rules.py"),
    "purpose": (lambda: leaf(CERTIFIER.everyday, purposes=[Purpose.CLIENT]), "x509/rules.py"),
    "no authority": (
        lambda: (
            *leaf(Authority(CERTIFIER.chain(["mallory.example"], KEY)[0], KEY)),
            CERTIFIER.everyday.certificate,
        ),
        "x509/rules.py",
    ),
    "unknown root": (lambda: leaf(Certifier(seeded("hers")).everyday), "x509/signatures.py"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_refused(client: Credentials, what: str) -> None:
    chain, where = WRONG[what]
    with pytest.raises(Refused) as refusal:
        channel.valid_for_the_server(client, chain())
    assert referee.place(refusal.value).startswith(f"{where}:")


# What stops each forgery: all of the reason, and the file that says so.
REASONS: dict[str, tuple[str, str]] = {
    "sign outside the fence": (
        "certificate 2 of 2 (CN=Works): it may not vouch for CN=clinic.example: "
        "nameConstraints does not permit its dNSName 'clinic.example'",
        "x509/name_constraints.py",
    ),
    "a wildcard for all": (
        "the certificate (CN=*.example) is for *.example, not clinic.example "
        '("*" stands for one label, and two or more have to follow)',
        "x509/names.py",
    ),
    "a NUL in the name": (
        "the certificate (CN=mallory.example) is for clinic.example\\x00.mallory.example, not clinic.example",
        "x509/names.py",
    ),
    "a client's certificate": (
        "certificate 1 of 2 (CN=clinic.example): it is not for a server: "
        "extKeyUsage allows clientAuth, not serverAuth",
        "x509/rules.py",
    ),
    "go round in a circle": (
        "certificate 3 of 3 (CN=Tweedledee): it leads back to certificate 2 of 3 (CN=Tweedledum), "
        "and to no trust anchor",
        "x509/path.py",
    ),
}


@pytest.mark.parametrize("forgery", forgeries.FORGERIES, ids=lambda forgery: forgery.name)
def test_no_forgery_is_believed(client: Credentials, forgery: Forgery) -> None:
    reason, where = REASONS[forgery.name]
    with pytest.raises(Refused) as refusal:
        channel.valid_for_the_server(client, forgery.forge(CERTIFIER, NAME, KEY))
    assert str(refusal.value) == reason
    assert referee.place(refusal.value).startswith(f"{where}:")


def test_the_readme_explains_each_forgery() -> None:
    table = readme.sections(ladder.rung(17))["What it adds"]
    assert set(REASONS) == {forgery.name for forgery in forgeries.FORGERIES}
    for name in REASONS:
        assert f"| *{name}* |" in table
