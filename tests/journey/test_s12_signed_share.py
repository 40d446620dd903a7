"""Rung 12: a server that is known by its signature, and a client that is not known at all."""

import pytest

from journey import ladder
from journey.credentials import Role
from journey.s12_signed_share import channel
from journey.scene import Scene
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support.greetings import edited, mallorys, nothing, refusal, understood_each_other
from tests.support.journey import watch

RUNG = ladder.rung(12)
FILE = "s12_signed_share/channel.py"
MALLORY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signed_by_mallory(sender: Role, fields: dict[str, bytes]) -> None:
    if sender == "server":
        fields["key"] = MALLORY.public_key().public_bytes_raw()
        fields["signature"] = MALLORY.sign(fields["share"])


def signed_by_mallory_under_the_servers_key(sender: Role, fields: dict[str, bytes]) -> None:
    if sender == "server":
        fields["signature"] = MALLORY.sign(fields["share"])


def share_of_mallory(sender: Role, fields: dict[str, bytes]) -> None:
    if sender == "server":
        fields["share"] = bytes([9, *bytes(31)])


def test_another_key_is_not_the_pinned_one() -> None:
    """Even if its signature is genuine."""
    parties = edited(RUNG, signed_by_mallory)
    assert refusal(parties["client"]) == (FILE, "this is not the key that we have pinned")


@pytest.mark.parametrize("edit", [signed_by_mallory_under_the_servers_key, share_of_mallory])
def test_under_the_pinned_key_mallory_cannot_sign(edit: object) -> None:
    parties = edited(RUNG, edit)  # type: ignore[arg-type]
    assert refusal(parties["client"]) == (FILE, "the signature does not fit what was said")
    assert parties["client"].channel is None


def test_on_first_contact_any_key_is_believed() -> None:
    """But not any signature."""
    assert understood_each_other(edited(RUNG, nothing, first_contact=True))
    assert understood_each_other(edited(RUNG, signed_by_mallory, first_contact=True))
    parties = edited(RUNG, signed_by_mallory_under_the_servers_key, first_contact=True)
    assert refusal(parties["client"])[1] == "the signature does not fit what was said"


def test_a_man_in_the_middle_is_refused_by_the_pin() -> None:
    (middle,) = ladder.rung(11).attacks
    _, evidence = watch(RUNG, middle.run)
    assert refusal(evidence.links[0].parties["client"]) == (FILE, "this is not the key that we have pinned")


def test_anybody_may_be_the_client() -> None:
    """The server signs; it does not ask who calls."""

    def run(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            scene.open(link.server, "client").send(b"it is me")

    _, evidence = watch(RUNG, run)
    assert evidence.links[0].parties["server"].accepted == [b"it is me"]


def test_the_signature_covers_the_servers_share_alone() -> None:
    """Which is what this rung's attack lives on."""
    own = mallorys(RUNG)
    key, signature = channel.sign(own, b"share")
    own.signing_key.public_key().verify(signature, b"share")
    assert key == own.signing_key.public_key().public_bytes_raw()


def test_without_the_stolen_number_a_recorded_signature_is_of_no_use() -> None:
    """The client says nothing that she could read: she does not know the secret."""
    (attack,) = RUNG.attacks

    def run(scene: Scene) -> None:
        scene.reveal_random_bytes = lambda link, of="server": []  # type: ignore[method-assign, assignment]
        attack.run(scene)

    _, evidence = watch(RUNG, run)
    assert not attack.goal(evidence)
    assert len(evidence.links) == 2
