"""In the room of the repeated k: two signatures with one k, and two equations with two unknowns.

    s_1 = (e_1 + r * d) / k        s_1 - s_2 = (e_1 - e_2) / k       so k is known,
    s_2 = (e_2 + r * d) / k                                          and then d = (s_1 * k - e_1) / r

All of it is modulo n.  Everybody sees that k is the same, because r is: it depends on k alone.
"""

from journey.attacks import Attack, reads_a_secret
from journey.rooms.nonce_reuse.channel import CLIENT_HELLO, SERVER_HELLO
from journey.s11_x25519 import channel as s11
from journey.scene import Scene
from purecrypto import ec, ecdsa, x25519
from purecrypto.ec import EllipticCurvePrivateKey
from purecrypto.sha256 import sha256
from purecrypto.weierstrass import P256

CALLS = 100  # until she gives up
CODE_WORDS = b"the code of the safe is "


def wait_for_a_repeated_r(scene: Scene) -> None:
    """Call the server until two signatures have one r; then be the server."""
    share = s11.share(scene.random_bytes(x25519.KEY_SIZE))
    seen: dict[int, tuple[int, int]] = {}  # r: what was signed, as a number, and s
    for calls in range(1, CALLS + 1):
        e, r, s = ask_for_a_signature(scene, share)
        if r in seen:
            scene.tell(f"After {calls} calls an r comes for the second time: {r:#x}.")
            private_key = solve(seen[r], (e, s), r)
            scene.tell(f"So k was the same, and d = {private_key.private_value:#x}.")
            be_the_server(scene, private_key)
            return
        seen[r] = e, s
    scene.tell(f"{CALLS} calls, and each signature has another r.")


def ask_for_a_signature(scene: Scene, share: bytes) -> tuple[int, int, int]:
    """Call the server, as anybody may: what it has signed, as a number, and r and s."""
    with scene.connect(client=None, aloud=False) as link:
        link.server.send(CLIENT_HELLO.join(share))
        answer = SERVER_HELLO.dissect(link.server.receive())
    r, s = ecdsa.decode_signature(answer["signature"])
    return ecdsa.bits2int(sha256(share + answer["share"]).digest(), P256.n), r, s


def solve(first: tuple[int, int], second: tuple[int, int], r: int) -> EllipticCurvePrivateKey:
    n = P256.n
    (e_1, s_1), (e_2, s_2) = first, second
    k = (e_1 - e_2) * pow(s_1 - s_2, -1, n) % n
    d = (s_1 * k - e_1) * pow(r, -1, n) % n
    return ec.derive_private_key(d, ec.SECP256R1())


def be_the_server(scene: Scene, private_key: EllipticCurvePrivateKey) -> None:
    """Take a call of the client's, whose pin is for the server's key."""
    secret = scene.secret()
    with scene.connect(client=[scene.message(CODE_WORDS, secret)], server=None) as link:
        channel = scene.open(link.client, "server", ecdsa_key=lambda: private_key)
        scene.claim(secret, channel.receive().removeprefix(CODE_WORDS))


ATTACKS = (Attack("wait for a repeated r", wait_for_a_repeated_r, reads_a_secret, wins=((0, 1),)),)
