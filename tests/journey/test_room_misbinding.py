"""The room of misbinding: who is at the other end, as each side believes."""

import pytest

from journey import ladder
from journey.credentials import Role
from journey.rooms.misbinding.channel import mac_of_key, said_by
from journey.scene import Scene
from purecrypto.ed25519 import Ed25519PrivateKey
from tests.support.greetings import Edit, edited, nothing, refusal, understood_each_other
from tests.support.journey import watch

SIGN, SIGN_AND_MAC = ladder.room("misbinding")
HERE = "rooms/misbinding/channel.py"
MALLORY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
both_variants = pytest.mark.parametrize("variant", [SIGN, SIGN_AND_MAC], ids=lambda rung: rung.variant)


def peer_keys(variant: ladder.Rung) -> tuple[bool, bool]:
    """Whether client and server, left in peace, know each other's true key."""
    parties = edited(variant, nothing)
    assert understood_each_other(parties)
    found = []
    for role, other in (("client", "server"), ("server", "client")):
        true = parties[other]._credentials.signing_key.public_key().public_bytes_raw()  # type: ignore[index]
        found.append(vars(parties[role].channel)["peer_key"] == true)  # type: ignore[index]
    return found[0], found[1]


@both_variants
def test_left_in_peace_each_knows_the_other(variant: ladder.Rung) -> None:
    assert peer_keys(variant) == (True, True)


def proof_of(who: Role, **values: bytes) -> Edit:
    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if sender == who and "signature" in fields:
            fields.update(values)

    return edit


@both_variants
@pytest.mark.parametrize("who", ["client", "server"])
def test_a_proof_needs_a_signature(variant: ladder.Rung, who: Role) -> None:
    peer: Role = "server" if who == "client" else "client"
    parties = edited(variant, proof_of(who, signature=MALLORY.sign(b"something else")))
    assert refusal(parties[peer]) == (
        "s12_signed_share/channel.py",
        "the signature does not fit what was said",
    )


@both_variants
def test_the_client_has_pinned_its_server(variant: ladder.Rung) -> None:
    parties = edited(variant, proof_of("server", key=MALLORY.public_key().public_bytes_raw()))
    assert refusal(parties["client"])[1] == "this is not the key that we have pinned"


@pytest.mark.parametrize("who", ["client", "server"])
def test_in_the_second_variant_the_mac_of_each_side_is_checked(who: Role) -> None:
    peer: Role = "server" if who == "client" else "client"
    parties = edited(SIGN_AND_MAC, proof_of(who, mac=bytes(32)))
    assert refusal(parties[peer]) == (HERE, f"the {who} of this key does not have the secret")


@both_variants
def test_the_servers_proof_is_none_of_the_clients(variant: ladder.Rung) -> None:
    """Sent back to where it came from, it is refused: what is signed begins with who signs."""

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            share = link.client.receive()
            link.server.send(share)
            link.client.send(link.server.receive())
            link.server.send(link.server.receive())

    _, evidence = watch(variant, run)
    assert refusal(evidence.links[0].parties["server"])[0] == "s12_signed_share/channel.py"
    assert said_by("client", b"") != said_by("server", b"")


def test_misbinding_is_refused_at_the_mac() -> None:
    (attack,) = SIGN_AND_MAC.attacks
    _, evidence = watch(SIGN_AND_MAC, attack.run)
    assert not attack.goal(evidence)
    assert refusal(evidence.links[0].parties["server"])[0] == HERE


def test_a_mac_under_another_secret_is_refused() -> None:
    """Mallory may make any MAC that she likes, so long as it is not under the secret of these two."""
    shares: list[bytes] = []
    key = MALLORY.public_key().public_bytes_raw()

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "share" in fields:
            shares.append(fields["share"])
        elif sender == "client":
            said = said_by("client", b"".join(shares))
            fields.update(key=key, signature=MALLORY.sign(said), mac=mac_of_key(b"her own", key))

    parties = edited(SIGN_AND_MAC, edit)
    assert refusal(parties["server"])[0] == HERE


def test_misbinding_needs_no_more_than_an_account() -> None:
    (attack,) = SIGN.attacks
    _, evidence = watch(SIGN, attack.run)
    assert attack.goal(evidence)
    assert evidence.claims == []
    assert evidence.aims == []


def test_an_undisturbed_conversation_is_no_success() -> None:
    (attack,) = SIGN.attacks

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.payment()]) as link:
            link.handshake()
            link.relay()

    _, evidence = watch(SIGN, run)
    assert not attack.goal(evidence)
