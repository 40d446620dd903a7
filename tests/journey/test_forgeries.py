"""The forgeries are what they claim to be: correctly signed, with one thing wrong each."""

import itertools

import pytest

from journey import forgeries
from journey.certifier import NOW, Certifier, Chain
from journey.forgeries import Forgery
from journey.randomness import seeded
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import issue, names, path, signatures
from x509.rules import Purpose

HONEST = Certifier(seeded("a test"))
NAME = "clinic.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def forge(forgery: Forgery, name: str = NAME) -> Chain:
    return forgery.forge(HONEST, name, KEY)


@pytest.mark.parametrize("forgery", forgeries.FORGERIES, ids=lambda forgery: forgery.name)
def test_every_signature_is_good(forgery: Forgery) -> None:
    chain = forge(forgery)
    for certificate, issuer in itertools.pairwise(chain):
        signatures.verify(certificate, issuer.public_key_info)
    top = chain[1] if forgery is forgeries.A_CIRCLE else HONEST.root.certificate
    signatures.verify(chain[-1], top.public_key_info)
    assert chain[-1].issuer == top.subject
    assert chain[0].public_key == KEY.public_key()


def test_inside_the_fence_she_may_sign() -> None:
    name = f"shop.{forgeries.HER_DOMAIN}"
    chain = forge(forgeries.OUTSIDE_THE_FENCE, name)
    valid = path.verify_chain(chain, HONEST.trust(), at=NOW, purpose=Purpose.SERVER)
    names.verify_name(valid.leaf, name)


def test_the_clients_certificate_is_good_for_a_client() -> None:
    chain = forge(forgeries.A_CLIENTS_CERTIFICATE)
    valid = path.verify_chain(chain, HONEST.trust(), at=NOW, purpose=Purpose.CLIENT)
    names.verify_name(valid.leaf, NAME)


@pytest.mark.parametrize("forgery", [forgeries.A_WILDCARD_FOR_ALL, forgeries.A_NUL_IN_THE_NAME])
def test_only_the_name_is_wrong_and_we_would_not_sign_it(forgery: Forgery) -> None:
    chain = forge(forgery)
    path.verify_chain(chain, HONEST.trust(), at=NOW, purpose=Purpose.SERVER)
    alternative = chain[0].extensions.subject_alternative_name
    assert alternative is not None
    with pytest.raises(ValueError, match=r"all of a top-level domain|neither a DNS name nor"):
        issue.subject_alternative_name(alternative.dns_names, [])


def test_limits_of_both_kinds_stand_in_one_extension() -> None:
    fence = forgeries.name_constraints(permitted=["a.example", "b.example"], excluded=["c.a.example"])
    says = [forgeries.basic_constraints(is_authority=True), fence]
    read = forgeries.signed(HONEST.root, "Fenced", KEY, says).extensions.name_constraints
    assert read is not None
    assert [name.value for name in read.permitted] == ["a.example", "b.example"]
    assert [name.value for name in read.excluded] == ["c.a.example"]
