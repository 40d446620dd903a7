"""In the room of Bleichenbacher: take a sealed secret apart by asking about numbers that are made from it.

RSA multiplies: if c is m^e, then c * s^e is (m * s)^e.  So Mallory can have m * s unsealed for any s, though
she does not know m.  The server says whether that begins with 00 02, which is to say that, modulo n,

    2B <= m * s < 3B        with B = 2^(8 * (k - 2)) and k the bytes of n

Each yes is an inequality about m.  The steps and the letters are those of his paper of 1998.
"""

from collections.abc import Iterator
from typing import TypeAlias

from journey.attacks import Attack, a_greeting, reads_a_secret
from journey.rooms.bleichenbacher.channel import FINISHED, SEALED, SECRET_SIZE, K
from journey.s08_fresh_keys import channel as s08
from journey.scene import Scene
from journey.wire import Leg, Recording, Silence
from purecrypto import hkdf
from purecrypto.rsa import RSAPublicKey

B = 2 ** (8 * (K - 2))
CODE_WORDS = b"the code of the safe is "

Interval: TypeAlias = tuple[int, int]  # the least and the greatest m


class Oracle:
    """Says whether m * s begins with 00 02, for the m of one sealed secret."""

    def __init__(self, server: Leg, key: RSAPublicKey, c: int) -> None:
        self._server, self._key, self._c = server, key, c
        self.asked = 0
        self._usual = self._answer(0)  # which is 0 to whatever power, and has no padding

    def __call__(self, s: int) -> bool:
        return self._answer(self._c * pow(s, self._key.e, self._key.n) % self._key.n) != self._usual

    def _answer(self, c: int) -> tuple[bytes, bytes]:
        """What the server says to a sealed secret, and what to a wrong Finished after it."""
        self.asked += 1
        self._server.send(SEALED.join(c.to_bytes(K, "big")))
        at_once = self._heard()
        if at_once:
            return at_once, b""
        self._server.send(FINISHED.join(bytes(32)))
        return b"", self._heard()

    def _heard(self) -> bytes:
        try:
            return self._server.receive()
        except Silence:
            return b""


def ask_about_multiples(scene: Scene) -> None:
    """Open the recording of a connection by asking the server about the secret that was sent in it."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)]) as link:
        client_hello, server_hello, sealed, _ = link.handshake()
        link.relay()
        record = link.client.received[-1]
    scene.show("recorded: the sealed secret", sealed, SEALED)

    key = scene.credentials.pinned_rsa_key()
    with scene.connect(client=None, aloud=False) as link:
        link.server.send(s08.HELLO.join(scene.random_bytes(s08.RANDOM_SIZE)))
        link.server.receive()
        oracle = Oracle(link.server, key, int.from_bytes(sealed, "big"))
        if not oracle(1):
            scene.tell("The honest secret gets the same answer as nonsense: she learns nothing.")
            return
        padded = find(scene, oracle, key.n).to_bytes(K, "big")
    scene.show_bytes(f"after {oracle.asked} questions: what was sealed", padded)
    randoms = client_hello + server_hello
    main_secret = hkdf.extract(randoms, padded[-SECRET_SIZE:])
    text = s08.channel_under(Recording([record]), "server", main_secret).receive()
    scene.claim(secret, text.removeprefix(CODE_WORDS))


def find(scene: Scene, oracle: Oracle, n: int) -> int:
    """m.  Step 1 is to make m * s_0 begin with 00 02; the client has done that for us."""
    M: list[Interval] = [(2 * B, 3 * B - 1)]
    s = ceiling(n, 3 * B)  # a smaller s cannot bring m * s beyond n
    while not oracle(s):  # step 2a
        s += 1
    scene.tell(f"m * {s} is the first that begins with 00 02, after {oracle.asked} questions.")
    while True:
        M = narrowed(M, s, n)
        if len(M) == 1 and M[0][0] == M[0][1]:  # step 4
            return M[0][0]
        s = next(s for s in in_turn(M, s, n) if oracle(s))


def in_turn(M: list[Interval], s: int, n: int) -> Iterator[int]:
    """Step 2c for each interval.

    In the paper, step 2b tries one s after the other while there are several intervals.  When s is large, all
    those near it are answered alike, and it may take very long.
    """
    for candidates in zip(*(doubling(a, b, s, n) for a, b in M), strict=True):
        yield from candidates


def doubling(a: int, b: int, s: int, n: int) -> Iterator[int]:
    """Step 2c: numbers from twice the size of s on, for which m * s - r * n may be right, for m from a to b.

    In the paper r grows by 1.  If n is nearly a multiple of m, then many such numbers are answered alike as
    well, and so the steps are longer here.
    """
    r = ceiling(2 * (b * s - 2 * B), n)
    while True:
        yield from range(ceiling(2 * B + r * n, b), (3 * B - 1 + r * n) // a + 1)
        r += 1 + r // 64


def narrowed(M: list[Interval], s: int, n: int) -> list[Interval]:
    """Step 3: for some r, 2B <= m * s - r * n <= 3B - 1, so m lies in one of these intervals as well."""
    found = set()
    for a, b in M:
        for r in range(ceiling(a * s - 3 * B + 1, n), (b * s - 2 * B) // n + 1):
            least = max(a, ceiling(2 * B + r * n, s))
            greatest = min(b, (3 * B - 1 + r * n) // s)
            if least <= greatest:
                found.add((least, greatest))
    return sorted(found)


def ceiling(a: int, b: int) -> int:
    return -(-a // b)


ATTACKS = (
    Attack(
        "ask about multiples",
        ask_about_multiples,
        reads_a_secret,
        wins=((0, 1),),
        needs=(a_greeting("sealed_secret"),),
    ),
)
