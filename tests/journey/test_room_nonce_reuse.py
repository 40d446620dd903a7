"""The room of the repeated k: its signatures are ECDSA's, and its k come from where they are said to come."""

import pytest

from journey import ladder, referee
from journey.credentials import issue
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.nonce_reuse.attack import CALLS, ask_for_a_signature, solve
from journey.rooms.nonce_reuse.channel import SERVER_HELLO, sign
from journey.scene import Scene
from purecrypto import ec, ecdsa
from purecrypto.errors import InvalidSignature
from purecrypto.sha256 import sha256
from purecrypto.weierstrass import P256
from tests.support.journey import converse, watch

VARIANTS = ladder.room("nonce_reuse")
SAME, POOR, DERIVED = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)
SERVER = issue(seeded("1"))["server"]


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


@each_variant
def test_every_variant_signs_as_the_standard_has_it(variant: ladder.Rung) -> None:
    key, message = SERVER.ecdsa_key(), b"what is signed"
    digest = sha256(message).digest()
    k = variant.channel.nonce(SERVER, digest, seeded("k"))
    signature = sign(key.private_value, digest, k)
    key.public_key().verify(signature, message, ec.ECDSA(sha256))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, message + b"!", ec.ECDSA(sha256))
    if variant is DERIVED:
        assert signature == key.sign(message, ec.ECDSA(sha256))


def test_how_many_k_there_are() -> None:
    draw = seeded("many")
    digests = [sha256(bytes([i % 256, i // 256])).digest() for i in range(2000)]
    assert len({SAME.channel.nonce(SERVER, digest, draw) for digest in digests}) == 1
    assert len({POOR.channel.nonce(SERVER, digest, draw) for digest in digests}) == 256
    assert len({DERIVED.channel.nonce(SERVER, digest, draw) for digest in digests[:50]}) == 50


@each_variant
def test_the_client_takes_no_other_signature(variant: ladder.Rung) -> None:
    """Neither one of another key, nor an honest one of other shares."""

    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            scene.open(link.client, "server")
        with scene.connect() as link:
            recorded = link.handshake()[1]
        with scene.connect(server=None) as link:
            link.client.receive()
            link.client.send(recorded)
        with scene.connect(server=None) as link:
            link.client.receive()
            link.client.send(SERVER_HELLO.join(bytes(32), b"no DER"))

    _, evidence = watch(variant, run)
    refusals = [link.parties["client"].refused for link in evidence.links]
    assert refusals[1] is None
    for refused in (refusals[0], *refusals[2:]):
        assert str(refused) == "the signature does not fit what was said"


def test_two_signatures_with_one_k_give_the_key() -> None:
    key = SERVER.ecdsa_key()
    for k in (1, 2**128, P256.n - 1):
        pairs = []
        for message in (b"one", b"two"):
            digest = sha256(message).digest()
            r, s = ecdsa.decode_signature(sign(key.private_value, digest, k))
            pairs.append((ecdsa.bits2int(digest, P256.n), s))
        assert solve(*pairs, r) == key


def test_she_reads_what_was_signed_off_the_wire() -> None:
    def run(scene: Scene) -> None:
        e, r, s = ask_for_a_signature(scene, bytes([9]) + bytes(31))
        k = SAME.channel.nonce(scene._all_credentials["server"], b"", seeded(""))
        d = scene._all_credentials["server"].ecdsa_key().private_value
        assert (e + r * d) * pow(k, -1, P256.n) % P256.n == s

    watch(SAME, run)


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = SAME.attacks
    calls = []
    for variant, expected in zip(VARIANTS, ("succeeds", "succeeds", "learns nothing"), strict=True):
        links: set[int] = set()
        outcome = referee.play(
            attack,
            variant,
            seed="answer",
            capture=lambda crossing, links=links: links.add(crossing.connection),
        )
        assert outcome.result is Result(expected)
        calls.append(len(links))
    assert calls[0] == 3  # two signatures, and then the client's call
    assert 3 <= calls[1] <= CALLS
    assert calls[2] == CALLS
