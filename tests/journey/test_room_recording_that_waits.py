"""The room of the recording that waits: what goes into the keys, and what half of it is worth."""

from collections.abc import Callable, Sequence

import pytest

from handshake.groups import GROUPS
from journey import ladder, referee, story
from journey.errors import Refused
from journey.ladder import Rung
from journey.referee import Result
from journey.rooms.recording_that_waits import attack
from journey.rooms.recording_that_waits.channel import CURVE, NUMBERS, SMALL_CURVE, channel_under
from journey.rooms.toy_lattice.channel import MLKEM768, THREE
from journey.scene import Scene
from journey.wire import Recording
from purecrypto import hkdf, ml_kem
from tests.support.journey import converse, watch

VARIANTS = ladder.room("recording_that_waits")
NUMBER, BESIDE_MLKEM, LATTICE, BESIDE_X25519, TLS, HYBRID_TLS = VARIANTS
TOYS, REAL = VARIANTS[:4], VARIANTS[4:]
BOTH = [BESIDE_MLKEM, BESIDE_X25519, HYBRID_TLS]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)
each_toy = pytest.mark.parametrize("variant", TOYS, ids=lambda variant: variant.variant)
each_real = pytest.mark.parametrize("variant", REAL, ids=lambda variant: variant.variant)
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
        ["X25519"],
        ["ML-KEM-768", "X25519"],
    ]
    client_hello, server_hello = (layout for _, layout in BESIDE_MLKEM.handshake)
    assert [field.size for field in client_hello.fields] == [1184, 5]
    assert [field.size for field in server_hello.fields][:2] == [1088, 5]


@each_real
def test_tls_has_the_halves_in_its_shares(variant: Rung) -> None:
    group = GROUPS[variant.channel.group]
    client_hello, server_hello = (layout for _, layout in variant.handshake[:2])
    names = [half.name for half in variant.channel.halves]
    assert sum(client_hello.field(name).size for name in names) == group.share_size
    assert sum(server_hello.field(name).size for name in names) == group.answer_size
    assert client_hello.names[-len(names) :] == server_hello.names[-len(names) :] == tuple(names)


Frames = tuple[list[bytes], list[bytes]]  # from the client, from the server


def recorded(variant: Rung) -> tuple[Frames, list[bytes]]:
    """A conversation, and what is agreed on in it when the client's random bytes are known."""
    kept: list[tuple[Frames, list[bytes]]] = []

    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"one"), scene.message(b"two")]) as link:
            hellos = link.handshake()
            link.relay()
            drawn = scene.reveal_random_bytes(link, "client")
        answers = variant.handshake[1][1].dissect(hellos[1])
        secrets = (secrets_in_tls if variant in REAL else secrets_in_toy)(variant, drawn, answers)
        kept.append(((link.client.received, link.server.received), secrets))

    watch(variant, run)
    return kept[0]


def secrets_in_toy(variant: Rung, drawn: Sequence[bytes], answers: dict[str, bytes]) -> list[bytes]:
    rest = iter(drawn)
    secrets_in = [half.offer(lambda count: next(rest))[1] for half in variant.channel.halves]
    return [
        secret_in(answers[half.name])
        for half, secret_in in zip(variant.channel.halves, secrets_in, strict=True)
    ]


def secrets_in_tls(variant: Rung, drawn: Sequence[bytes], answers: dict[str, bytes]) -> list[bytes]:
    private_key = SMALL_CURVE.private_key(next(value for value in drawn if len(value) == 1)[0])
    if variant is HYBRID_TLS:
        private_key = next(value for value in drawn if len(value) == ml_kem.SEED_SIZE) + private_key
    answer = b"".join(answers[half.name] for half in variant.channel.halves)
    secret = GROUPS[variant.channel.group].begin(private_key).finish(answer)
    return [secret[i : i + 32] for i in range(0, len(secret), 32)]


@each_variant
def test_who_knows_all_secrets_hears_what_was_said(variant: Rung) -> None:
    frames, secrets = recorded(variant)
    assert variant.channel.overhear(*frames, secrets) == b"one"
    sizes = {MLKEM768(): 32, CURVE: 32, SMALL_CURVE: 32, NUMBERS: 5, THREE: 16}
    assert [len(secret) for secret in secrets] == [sizes[half] for half in variant.channel.halves]


@each_hybrid
@pytest.mark.parametrize("i", [0, 1])
def test_one_secret_of_two_opens_nothing(variant: Rung, i: int) -> None:
    frames, secrets = recorded(variant)
    secrets[i] = bytes([secrets[i][0] ^ 1]) + secrets[i][1:]
    with pytest.raises(Refused):
        variant.channel.overhear(*frames, secrets)


@each_real
def test_in_tls_only_the_client_has_few_keys(variant: Rung) -> None:
    """And they are few in its X25519 alone: the rest is what the stack does every day."""
    shares = set()
    for seed in range(3):
        hellos: list[bytes] = []

        def run(scene: Scene, hellos: list[bytes] = hellos) -> None:
            with scene.connect(client=[scene.message(b"one")]) as link:
                hellos += link.handshake()[:2]

        watch(variant, run, seed=f"{seed}")
        offers, answers = (
            layout.dissect(hello) for (_, layout), hello in zip(variant.handshake, hellos, strict=False)
        )
        assert offers["X25519"] in attack.all_private_keys()
        assert answers["X25519"] not in attack.all_private_keys()
        shares |= {value for fields in (offers, answers) for value in fields.values() if len(value) > 1000}
    assert len(shares) == 6 * (variant is HYBRID_TLS)


def test_the_table_has_every_private_key() -> None:
    assert len(attack.all_private_keys()) == 256


@each_real
def test_the_audience_hears_that_a_table_plays_the_quantum_computer(variant: Rung) -> None:
    heard: list[story.Event] = []
    referee.play(variant.attacks[0], variant, listener=heard.append)
    assert story.Told("A table of the shares of all 256 private keys stands for that computer.") in heard


def test_the_secrets_stand_one_behind_the_other() -> None:
    channel = channel_under(Recording([]), "client", [b"first", b"second"])
    assert channel.sending_key == hkdf.expand(hkdf.extract(b"", b"firstsecond"), b"client seals", 32)


@each_toy
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
    for wait in variant.attacks:
        if wait.missing(variant) is None:
            crossings: list[referee.Crossing] = []
            referee.play(wait, variant, capture=crossings.append)
            for sender, receiver in (("client", "server"), ("server", "client")):
                sent = [c.frame for c in crossings if c.party == sender and not c.to_party]
                assert sent == [c.frame for c in crossings if c.party == receiver and c.to_party] != []


def test_each_variant_answers_in_its_own_way() -> None:
    wins, nothing, not_here = Result.SUCCEEDS, Result.LEARNS_NOTHING, Result.DOES_NOT_APPLY
    outcomes = [
        [referee.play(wait, variant, seed="each") for wait in variant.attacks] for variant in VARIANTS
    ]
    assert [[outcome.result for outcome in row] for row in outcomes] == [
        [wins, not_here],
        [nothing, not_here],
        [not_here, wins],
        [not_here, nothing],
        [wins, not_here],
        [nothing, not_here],
    ]
    assert outcomes[0][1].why == "no equations here that a toy could solve"
    assert outcomes[2][0].why == "no logarithm here that a toy could compute"
