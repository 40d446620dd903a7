"""The room of the recording that waits: what goes into the keys, and what half of it is worth."""

from collections.abc import Callable, Sequence

import pytest

from journey import ladder, referee
from journey.errors import Refused
from journey.ladder import Rung
from journey.referee import Result
from journey.rooms.recording_that_waits.channel import CURVE, NUMBERS, channel_under
from journey.rooms.toy_lattice.channel import MLKEM768, THREE
from journey.scene import Scene
from journey.wire import Recording
from purecrypto import hkdf
from tests.support.journey import converse, watch

VARIANTS = ladder.room("recording_that_waits")
NUMBER, BESIDE_MLKEM, LATTICE, BESIDE_X25519 = VARIANTS
BOTH = [BESIDE_MLKEM, BESIDE_X25519]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)
each_hybrid = pytest.mark.parametrize("variant", BOTH, ids=lambda variant: variant.variant)


@each_variant
def test_honest_parties_understand_each_other(variant: Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


def test_the_newer_half_comes_first() -> None:
    assert [[half.name for half in variant.channel.halves] for variant in VARIANTS] == [
        ["numbers"],
        ["ML-KEM-768", "numbers"],
        ["lattice"],
        ["lattice", "X25519"],
    ]
    client_hello, server_hello = (layout for _, layout in BESIDE_MLKEM.handshake)
    assert [field.size for field in client_hello.fields] == [1184, 5]
    assert [field.size for field in server_hello.fields][:2] == [1088, 5]


def secrets_of(variant: Rung) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """What is agreed on when the client's random bytes are known, the records, and what they say."""
    kept: list[list[bytes]] = []

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"one"), scene.message(b"two")]) as link:
            _, server_hello = link.handshake()
            link.relay()
            drawn = iter(scene.reveal_random_bytes(link, "client"))
        answers = variant.handshake[1][1].split(server_hello)
        secrets = []
        for half, answer in zip(variant.channel.halves, answers, strict=False):
            _, secret_in = half.offer(lambda count: next(drawn))
            secrets.append(secret_in(answer))
        kept.extend([secrets, link.client.received[1:]])

    watch(variant, run)
    secrets, records = kept
    return secrets, records, [b"one", b"two"]


def opened(secrets: Sequence[bytes], records: Sequence[bytes], count: int) -> list[bytes]:
    channel = channel_under(Recording(records), "server", secrets)
    return [channel.receive() for _ in range(count)]


@each_variant
def test_the_keys_are_made_of_all_secrets(variant: Rung) -> None:
    secrets, records, texts = secrets_of(variant)
    assert opened(secrets, records, len(texts)) == texts
    sizes = {MLKEM768(): 32, CURVE: 32, NUMBERS: 5, THREE: 16}
    assert [len(secret) for secret in secrets] == [sizes[half] for half in variant.channel.halves]


@each_hybrid
@pytest.mark.parametrize("i", [0, 1])
def test_one_secret_of_two_opens_nothing(variant: Rung, i: int) -> None:
    secrets, records, _ = secrets_of(variant)
    secrets[i] = bytes([secrets[i][0] ^ 1]) + secrets[i][1:]
    with pytest.raises(Refused):
        opened(secrets, records, 1)


def test_the_secrets_stand_one_behind_the_other() -> None:
    channel = channel_under(Recording([]), "client", [b"first", b"second"])
    assert channel.sending_key == hkdf.expand(hkdf.extract(b"", b"firstsecond"), b"client seals", 32)


@each_variant
def test_the_server_signs_both_hellos(variant: Rung) -> None:
    """Who changes a share on the way is found out, whichever half it is in."""

    def changed(at: str, i: int) -> Callable[[Scene], None]:
        def edit(sender: str, fields: dict[str, bytes]) -> None:
            name = list(fields)[i]
            if sender == at:
                fields[name] = bytes([fields[name][0] ^ 1]) + fields[name][1:]

        def run(scene: Scene) -> None:
            with scene.connect(client=[scene.message(b"hello")]) as link:
                link.handshake(edit)
                link.relay()

        return run

    for at in ("client", "server"):
        for i in range(len(variant.channel.halves)):
            _, evidence = watch(variant, changed(at, i), seed="edit")
            parties = evidence.links[0].parties
            assert str(parties["client"].refused) == "the signature does not fit what was said"
            assert parties["server"].accepted == []


@each_variant
def test_nothing_is_changed_on_the_way(variant: Rung) -> None:
    for attack in variant.attacks:
        if attack.missing(variant) is None:
            crossings: list[referee.Crossing] = []
            referee.play(attack, variant, capture=crossings.append)
            for sender, receiver in (("client", "server"), ("server", "client")):
                sent = [c.frame for c in crossings if c.party == sender and not c.to_party]
                assert sent == [c.frame for c in crossings if c.party == receiver and c.to_party] != []


def test_each_variant_answers_in_its_own_way() -> None:
    wins, nothing, not_here = Result.SUCCEEDS, Result.LEARNS_NOTHING, Result.DOES_NOT_APPLY
    outcomes = [
        [referee.play(attack, variant, seed="each") for attack in variant.attacks] for variant in VARIANTS
    ]
    assert [[outcome.result for outcome in row] for row in outcomes] == [
        [wins, not_here],
        [nothing, not_here],
        [not_here, wins],
        [not_here, nothing],
    ]
    assert outcomes[0][1].why == "no equations here that a toy could solve"
    assert outcomes[2][0].why == "no logarithm here that a toy could compute"
