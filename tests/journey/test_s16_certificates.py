"""Rung 16: what is checked of a certificate, and what is not."""

from dataclasses import replace

import pytest

from journey import credentials, forgeries, ladder, referee
from journey.certifier import Certifier
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.forgeries import Forgery
from journey.randomness import seeded
from journey.s16_certificates import channel
from journey.scene import Scene
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support.journey import watch

RUNG = ladder.rung(16)


@pytest.fixture(scope="module")
def people() -> dict[str, Credentials]:
    return credentials.issue(seeded("a test"))


def test_certificates_go_over_the_wire_and_come_back(people: dict[str, Credentials]) -> None:
    chain = people["server"].certificate_chain()
    assert channel.unpack(channel.pack(chain)) == list(chain)


@pytest.mark.parametrize("packed", [b"", b"\0", b"\0\0", b"\0\x05hello", b"\xff\xff"])
def test_what_is_no_certificate_is_refused(packed: bytes) -> None:
    with pytest.raises(Refused):
        channel.unpack(packed)


def test_a_chain_cut_off_is_refused(people: dict[str, Credentials]) -> None:
    packed = channel.pack(people["server"].certificate_chain())
    for stop in (len(packed) - 1, len(packed) // 2, 1):
        with pytest.raises(Refused):
            channel.unpack(packed[:stop])


def test_the_key_is_that_of_the_first_certificate(people: dict[str, Credentials]) -> None:
    chain = people["server"].certificate_chain()
    key = channel.signed_by_an_authority(people["client"], chain)
    assert key == people["server"].signing_key.public_key()


def test_every_signature_is_checked(people: dict[str, Credentials]) -> None:
    """By the next certificate, and the last one by the root."""
    client, (leaf, everyday) = people["client"], people["server"].certificate_chain()
    forged_leaf, forged_everyday = people["mallory"].certificate_chain()
    for chain in ([forged_leaf, everyday], [leaf, forged_everyday], [forged_leaf, forged_everyday], [leaf]):
        with pytest.raises(Refused, match="was not made with its issuer's key"):
            channel.signed_by_an_authority(client, chain)


def test_nothing_else_is_checked(people: dict[str, Credentials]) -> None:
    client, mallory = people["client"], people["mallory"]
    for chain in (mallory.honest_chain(), mallory.retired_chain()):
        assert channel.signed_by_an_authority(client, chain) == chain[0].public_key


@pytest.mark.parametrize("forgery", forgeries.SIGNED_BY_OTHERS, ids=lambda forgery: forgery.name)
def test_whoever_could_sign_is_believed(people: dict[str, Credentials], forgery: Forgery) -> None:
    mallory = people["mallory"]
    chain = mallory.forged_chain(forgery)
    key = channel.signed_by_an_authority(people["client"], chain)
    assert key == mallory.signing_key.public_key()


def test_a_circle_does_not_end_at_the_root(people: dict[str, Credentials]) -> None:
    leaf, dum, dee = people["mallory"].forged_chain(forgeries.A_CIRCLE)
    for rounds in range(3):
        with pytest.raises(Refused, match="was not made with its issuer's key"):
            channel.signed_by_an_authority(people["client"], [leaf, *[dum, dee] * rounds])


def test_another_authority_of_the_same_name_is_another_authority(people: dict[str, Credentials]) -> None:
    ours, hers = Certifier(seeded("ours")), Certifier(seeded("hers"))
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    chain = hers.chain(["bank.example"], key)
    assert ours.root.certificate.subject == hers.root.certificate.subject
    with pytest.raises(Refused):
        channel.signed_by_an_authority(replace(people["client"], trust=ours.trust), chain)
    assert channel.signed_by_an_authority(replace(people["client"], trust=hers.trust), chain)


@pytest.mark.parametrize("number", [16, 17])
def test_the_signature_of_the_handshake_covers_the_certificates(number: int) -> None:
    """Rung 17 looks for a path and does not mind one certificate more; but the server has not shown it."""

    def run(scene: Scene) -> None:
        (other,) = scene.credentials.honest_chain()[1:]

        def edit(sender: Role, fields: dict[str, bytes]) -> None:
            if "certificate" in fields:
                fields["others"] += channel.pack([other])

        with scene.connect() as link:
            link.handshake(edit)

    _, evidence = watch(ladder.rung(number), run)
    refused = evidence.links[0].parties["client"].refused
    assert refused is not None
    place = "journey/s12_signed_share/" if number == 17 else "x509/signatures.py"
    assert referee.place(refused).startswith(place)


def test_the_pin_is_not_looked_at_any_more(people: dict[str, Credentials]) -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.payment()], first_contact=True) as link:
            link.relay()

    _, evidence = watch(RUNG, run)
    assert evidence.links[0].parties["server"].accepted
