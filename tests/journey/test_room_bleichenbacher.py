"""The room of Bleichenbacher: sealed secrets, what the server says of others, and the steps of the attack."""

import pytest

from journey import ladder, referee
from journey.credentials import RSA_EXPONENT, TOY_PRIMES, issue
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.bleichenbacher import attack as room
from journey.rooms.bleichenbacher import channel
from journey.rooms.bleichenbacher.channel import (
    BAD_RECORD_MAC,
    DECRYPT_ERROR,
    FINISHED,
    NO,
    SEALED,
    SECRET_SIZE,
    K,
)
from journey.s08_fresh_keys import channel as s08
from journey.scene import Scene
from journey.wire import Silence
from tests.support.journey import converse, watch

VARIANTS = ladder.room("bleichenbacher")
TELLS, SOONER, RANDOM, NO_SECRET = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)
HOSTS = issue(seeded("1"))
KEY = HOSTS["server"].rsa_key()
SECRET = bytes(range(SECRET_SIZE))


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


def test_the_toy_key() -> None:
    assert KEY.key_size == sum(TOY_PRIMES) == 8 * K - 7
    assert KEY.public_key().e == RSA_EXPONENT
    assert HOSTS["client"].pinned_rsa_key() == HOSTS["mallory"].pinned_rsa_key() == KEY.public_key()
    assert HOSTS["mallory"].rsa_key() != KEY
    assert issue(seeded("1"))["server"].rsa_key() == KEY


@pytest.mark.parametrize("seed", range(5))
def test_what_is_sealed_is_unsealed(seed: int) -> None:
    sealed = channel.seal(HOSTS["client"], SECRET, seeded(f"{seed}"))
    assert channel.unseal(KEY, sealed) == SECRET
    m = pow(int.from_bytes(sealed, "big"), KEY.d, KEY.public_key().n).to_bytes(K, "big")
    filler, secret = m[2:-49], m[-48:]
    assert (m[:2], m[-49], secret) == (b"\0\2", 0, SECRET)
    assert 0 not in filler and len(filler) == 13


@pytest.mark.parametrize("start", [b"\0\1", b"\0\3", b"\0\0", b"\1\0"])
def test_another_start_is_no_padding(start: bytes) -> None:
    m = int.from_bytes(start + b"\xff" * (K - 2), "big")
    n, e = KEY.public_key().n, KEY.public_key().e
    assert m < n
    assert channel.unseal(KEY, pow(m, e, n).to_bytes(K, "big")) is None


def answers(variant: ladder.Rung, sealed: bytes) -> tuple[bytes, bytes]:
    """What the server says to a sealed secret, and what to a wrong Finished after it."""
    said: list[bytes] = []

    def run(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            link.server.send(s08.HELLO.join(bytes(32)))
            link.server.receive()
            for frame in (SEALED.join(sealed), FINISHED.join(bytes(32))):
                if said and said[-1]:
                    said.append(b"")  # it has not waited
                    return
                link.server.send(frame)
                try:
                    said.append(link.server.receive())
                except Silence:
                    said.append(b"")

    watch(variant, run, seed="1")
    return said[0], said[1]


def test_what_the_server_says() -> None:
    key = issue(seeded("1/credentials"))["client"]
    honest, nonsense = channel.seal(key, SECRET, seeded("any")), bytes(K)
    wrong, unsealable = (NO.join(bytes([alert])) for alert in (BAD_RECORD_MAC, DECRYPT_ERROR))
    for variant in (TELLS, SOONER, RANDOM):
        assert answers(variant, honest) == (b"", wrong)
    assert answers(TELLS, nonsense) == (b"", unsealable)
    assert answers(SOONER, nonsense) == (wrong, b"")
    assert answers(RANDOM, nonsense) == (b"", wrong)


def test_a_server_that_has_said_no_still_takes_the_honest_secret() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")]) as link:
            for frame in (link.client.receive(),):
                link.server.send(frame)
            link.client.send(link.server.receive())
            link.server.send(SEALED.join(bytes(K)))
            link.server.send(FINISHED.join(bytes(32)))
            assert link.server.receive() == NO.join(bytes([DECRYPT_ERROR]))
            for frame in link.client:
                link.server.send(frame)

    _, evidence = watch(TELLS, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


# --- The steps ---------------------------------------------------------------------------------------------


def test_intervals_keep_m_and_lose_others() -> None:
    n = KEY.public_key().n
    m = int.from_bytes(b"\0\2" + b"\x77" * (K - 2), "big")
    M = [(2 * room.B, 3 * room.B - 1)]
    s = n // (3 * room.B)
    sizes = []
    for _ in range(3):
        s = next(s for s in range(s + 1, n) if 2 * room.B <= m * s % n < 3 * room.B)
        M = room.narrowed(M, s, n)
        assert any(a <= m <= b for a, b in M)
        for a, b in M:
            for x in (a, b):  # the ends would be answered with yes, and their neighbours outside with no
                assert 2 * room.B <= x * s % n < 3 * room.B
        sizes.append(sum(b - a + 1 for a, b in M))
    assert room.B > sizes[0] > sizes[1] > sizes[2]


def test_doubling_offers_every_s_that_may_do() -> None:
    n, a = KEY.public_key().n, 2 * room.B + 2**400
    b = a + 2**300
    s = n * 2**150 // b
    offered = room.doubling(a, b, s, n)
    first = [next(offered) for _ in range(5)]
    assert first == sorted(first)
    assert all(1.9 < next_s / s < 3 for next_s in first)
    for next_s in first:
        assert any(2 * room.B <= x * next_s % n < 3 * room.B for x in (a, b))


class Answers:
    """An oracle that knows m, and loses patience."""

    def __init__(self, m: int) -> None:
        self.m, self.asked = m, 0

    def __call__(self, s: int) -> bool:
        self.asked += 1
        assert self.asked < 10_000
        return 2 * room.B <= self.m * s % KEY.public_key().n < 3 * room.B


def test_many_different_secrets_are_found() -> None:
    draw = seeded("many")

    def run(scene: Scene) -> None:
        for _ in range(20):
            m = int.from_bytes(b"\0\2" + draw(K - 2), "big")
            assert room.find(scene, Answers(m), KEY.public_key().n) == m  # type: ignore[arg-type]

    watch(TELLS, run)


@pytest.mark.parametrize("tiny", [1, 2**200, room.B // 10_000], ids=["1", "2^200", "B/10000"])
def test_an_unlucky_secret_is_found_as_well(tiny: int) -> None:
    """Of which n is nearly a multiple: with the paper's small steps, thousands of answers would be no."""
    n = KEY.public_key().n
    m = n // (n // (2 * room.B + room.B // 2)) - tiny
    assert 2 * room.B <= m < 3 * room.B

    def run(scene: Scene) -> None:
        assert room.find(scene, Answers(m), n) == m  # type: ignore[arg-type]

    watch(TELLS, run)


def test_several_intervals_have_their_turns() -> None:
    n, B = KEY.public_key().n, room.B
    M = [(2 * B, 2 * B + 2**300), (2 * B + 2**400, 2 * B + 2**400 + 2**300)]
    s = n * 2**150 // (2 * B)
    each = [room.doubling(a, b, s, n) for a, b in M]
    found = room.in_turn(M, s, n)
    assert [next(found) for _ in range(6)] == [next(each[i % 2]) for i in range(6)]


@pytest.mark.parametrize(("a", "b", "quotient"), [(6, 3, 2), (7, 3, 3), (-7, 3, -2), (0, 3, 0)])
def test_ceiling(a: int, b: int, quotient: int) -> None:
    assert room.ceiling(a, b) == quotient


def test_a_few_thousand_questions_are_enough() -> None:
    (attack,) = SOONER.attacks
    asked: list[bytes] = []

    def count(crossing: referee.Crossing) -> None:
        if crossing.connection == 2 and crossing.to_party and len(crossing.frame) == K:
            asked.append(crossing.frame)

    assert referee.play(attack, SOONER, seed="count", capture=count).result is Result.SUCCEEDS
    assert 600 < len(asked) < 10_000
    assert len(set(asked)) == len(asked)


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = TELLS.attacks
    outcomes = [str(referee.play(attack, variant, seed="answer")) for variant in VARIANTS]
    assert outcomes == [
        "succeeds",
        "succeeds",
        "learns nothing",
        "does not apply: nobody sends a sealed_secret in its handshake",
    ]
