"""The journey's authority, and what each party has from it."""

from datetime import timedelta

import pytest

from journey import certifier, credentials
from journey.certifier import NOW, VALIDITY, Certifier, Chain
from journey.credentials import Credentials
from journey.errors import Refused
from journey.randomness import seeded
from tls import throwaway
from x509 import names, path
from x509.algorithms import KeyKind
from x509.errors import CertificateExpired, InvalidCertificateSignature, NameMismatch
from x509.rules import Purpose
from x509.trust_store import TrustStore


@pytest.fixture(scope="module")
def people() -> dict[str, Credentials]:
    return credentials.issue(seeded("a test"))


def check(chain: Chain, trust: TrustStore, name: str) -> None:
    names.verify_name(path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER).leaf, name)


def test_the_servers_certificate_is_good(people: dict[str, Credentials]) -> None:
    client, server = people["client"], people["server"]
    check(server.certificate_chain(), client.trust(), client.server_name)
    assert server.certificate_chain()[0].public_key == server.signing_key.public_key()
    assert server.certificate_chain() is server.certificate_chain()  # made once


def test_the_retired_one_was(people: dict[str, Credentials]) -> None:
    client, server = people["client"], people["server"]
    chain = people["mallory"].retired_chain()
    with pytest.raises(CertificateExpired):
        check(chain, client.trust(), client.server_name)
    then = chain[0].not_after
    assert path.verify_chain(chain, client.trust(), at=then, purpose=Purpose.SERVER).leaf == chain[0]
    assert server.retired_key is not None
    assert chain[0].public_key == server.retired_key.public_key() != server.signing_key.public_key()
    assert people["client"].retired_key is people["mallory"].retired_key is None


def test_the_attackers_are_her_own_and_for_her_own(people: dict[str, Credentials]) -> None:
    client, mallory = people["client"], people["mallory"]
    with pytest.raises(InvalidCertificateSignature):
        check(mallory.certificate_chain(), client.trust(), client.server_name)
    with pytest.raises(NameMismatch):
        check(mallory.honest_chain(), client.trust(), client.server_name)
    check(mallory.honest_chain(), client.trust(), "mallory.example")
    for chain in (mallory.certificate_chain(), mallory.honest_chain()):
        assert chain[0].public_key == mallory.signing_key.public_key()


def test_a_certificate_is_good_for_a_while(people: dict[str, Credentials]) -> None:
    leaf = people["server"].certificate_chain()[0]
    assert leaf.not_after - leaf.not_before == VALIDITY
    assert leaf.not_before + timedelta(days=30) < NOW < leaf.not_after - timedelta(days=30)


def test_names_are_drawn_anew(people: dict[str, Credentials]) -> None:
    drawn = {credentials.issue(seeded(f"{i}"))["client"].server_name for i in range(8)}
    assert len(drawn) == 8
    assert len({person.server_name for person in people.values()}) == 1


def test_nothing_is_signed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most rungs have no certificates, and the matrix would take twice as long."""

    def refuse(self: Certifier) -> None:
        raise AssertionError("nobody has asked")

    monkeypatch.setattr(Certifier, "root", property(refuse))
    credentials.issue(seeded("a test"))


def test_a_certificate_for_a_key_of_another_kind_is_refused() -> None:
    leaf = throwaway.make(now=NOW, kind=KeyKind.P256).certified_key.leaf
    with pytest.raises(Refused, match="the certificate is for a key of the kind P-256"):
        certifier.ed25519_key(leaf)
