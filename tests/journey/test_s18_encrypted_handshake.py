"""Rung 18: what is in the clear, what is proved, and what the keys depend on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from handshake.key_schedule import EarlySecret
from journey import credentials, ladder, referee
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.parties import Link
from journey.randomness import seeded
from journey.s07_aead import channel as s07
from journey.s16_certificates import channel as s16
from journey.s18_encrypted_handshake import channel
from journey.scene import Scene
from purecrypto.sha256 import sha256
from tests.support import pipes
from tests.support.journey import watch

RUNG = ladder.rung(18)
KEYS = bytes(32), bytes([1] * 32)


@pytest.fixture(scope="module")
def people() -> dict[str, Credentials]:
    return credentials.issue(seeded("a test"))


def ends() -> tuple[s07.Channel, s07.Channel]:
    """The client's end and the server's of a channel under keys that anybody could guess."""
    client, server = pipes.pair()
    return s07.Channel(client, *KEYS), s07.Channel(server, *reversed(KEYS))


def test_only_two_shares_go_over_the_wire_in_the_clear() -> None:
    """The keys of the conversation open none of the rest, and nothing of the certificates is in it."""
    frames: list[bytes] = []
    pieces: list[bytes] = []

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            frames.extend(link.handshake())
        for certificate in scene._all_credentials["server"].certificate_chain():
            pieces.extend(certificate.der[i : i + 8] for i in range(0, len(certificate.der), 8))

    watch(RUNG, run)
    assert [len(frame) for frame in frames[:2]] == [32, 32]
    assert len(frames) == 6
    assert not [piece for piece in pieces for frame in frames if len(piece) == 8 and piece in frame]


@pytest.mark.parametrize("sender", ["client", "server"])
def test_another_share_gives_other_keys(sender: Role) -> None:
    def edit(who: Role, fields: dict[str, bytes]) -> None:
        if who == sender and "share" in fields:
            fields["share"] = bytes([9]) + bytes(31)

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            link.handshake(edit)

    _, evidence = watch(RUNG, run)
    refused = evidence.links[0].parties["client"].refused
    assert refused is not None
    assert referee.place(refused).startswith("journey/s07_aead/")


def test_the_secrets_depend_on_everything_that_was_said(people: dict[str, Credentials]) -> None:
    """The secrets of the conversation are those of the real key schedule, over all that both have said."""
    said: list[bytes] = []
    memory: list[dict[str, object]] = []
    shared: list[bytes] = []

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            hellos = link.handshake()[:2]
            memory.append(link.memory_of("client"))
            drawn = scene.reveal_random_bytes(link, "client")
            shared.append(channel.s11.agree(drawn[0], hellos[1]))
            server = scene._all_credentials["server"]
            certificates = s16.pack(server.certificate_chain())
            said.append(b"".join(hellos))
            said.append(certificates + server.signing_key.sign(said[0] + certificates))

    watch(RUNG, run)
    handshake_secret = EarlySecret(channel.SUITE).handshake_secret(shared[0])
    secrets = handshake_secret.traffic_secrets(sha256(said[0]).digest())
    said.append(secrets.server.finished(sha256(b"".join(said)).digest()))
    expected = handshake_secret.main_secret().application_secrets(sha256(b"".join(said)).digest())
    assert memory[0]["sending_key"] == channel.key(expected.client)
    assert memory[0]["receiving_key"] == channel.key(expected.server)
    assert channel.key(expected.client) != channel.key(secrets.client)


def prove(client_side: Credentials, server_side: Credentials, heard: bytes = b"hellos") -> bytes:
    client, server = ends()
    channel.prove(server, "server", server_side, b"hellos")
    return channel.prove(client, "client", client_side, heard)


def test_who_has_the_certificates_key_proves_it(people: dict[str, Credentials]) -> None:
    said = prove(people["client"], people["server"])
    assert said.startswith(s16.pack(people["server"].certificate_chain()))


def test_a_copied_certificate_proves_nothing(people: dict[str, Credentials]) -> None:
    copied = replace(people["mallory"], certificate_chain=people["server"].certificate_chain)
    with pytest.raises(Refused, match="does not fit what was said"):
        prove(people["client"], copied)


def test_a_signature_of_something_else_proves_nothing(people: dict[str, Credentials]) -> None:
    with pytest.raises(Refused, match="does not fit what was said"):
        prove(people["client"], people["server"], heard=b"other hellos")


def test_the_certificates_are_valid_for_the_server(people: dict[str, Credentials]) -> None:
    for chain in (people["mallory"].certificate_chain, people["mallory"].honest_chain):
        with pytest.raises(Refused, match="certificate"):
            prove(people["client"], replace(people["mallory"], certificate_chain=chain))


def test_the_signature_covers_the_certificates(people: dict[str, Credentials]) -> None:
    server_side = people["server"]
    client, server = ends()
    certificates = s16.pack(server_side.certificate_chain())
    server.send(certificates)
    server.send(server_side.signing_key.sign(b"hellos"))
    with pytest.raises(Refused, match="does not fit what was said"):
        channel.prove(client, "client", people["client"], b"hellos")


@pytest.mark.parametrize("sender", ["client", "server"])
def test_finished_has_to_be_right(sender: Role) -> None:
    secrets = EarlySecret(channel.SUITE).handshake_secret(bytes(32)).traffic_secrets(bytes(32))
    secret = secrets.client if sender == "client" else secrets.server
    sides: dict[Role, s07.Channel] = dict(zip(("client", "server"), ends(), strict=True))
    other: Role = "server" if sender == "client" else "client"
    said = channel.confirm(sides[sender], sender, sender, secret, b"what was said")
    assert said == channel.confirm(sides[other], other, sender, secret, b"what was said")
    channel.confirm(sides[sender], sender, sender, secret, b"what was said")
    with pytest.raises(Refused, match=f"the {sender} has not heard"):
        channel.confirm(sides[other], other, sender, secret, b"what was heard")


@pytest.mark.parametrize("which", range(2, 6))
def test_both_finished_are_exchanged(which: int) -> None:
    """Without any one of the four encrypted frames, somebody's handshake is not complete."""

    def without(link: Link, count: Callable[[], int]) -> None:
        for source, target in ((link.client, link.server), (link.server, link.client)) * 3:
            for frame in source:
                if count() != which:
                    target.send(frame)

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            numbers = iter(range(20))
            without(link, lambda: next(numbers))

    _, evidence = watch(RUNG, run)
    assert any(party.channel is None for party in evidence.parties())
