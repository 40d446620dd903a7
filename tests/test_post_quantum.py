"""The numbers on docs/post-quantum.md are those of the code."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from handshake.constants import NamedGroup
from handshake.groups import GROUPS
from purecrypto import ml_kem, polynomials, vector_run, x25519
from purecrypto.polynomials import n, q
from tls.config import ClientConfig

PAGE = " ".join((Path(__file__).parents[1] / "docs/post-quantum.md").read_text("utf-8").split())

Law: TypeAlias = dict[int, Fraction]  # how probable each value is


def says(*sentences: str) -> None:
    for sentence in sentences:
        assert sentence in PAGE, sentence


# The toy: three unknowns modulo 97

A = [[14, 73, 51], [62, 5, 88], [33, 40, 7]]
s, e = [2, -1, 1], [1, 0, -1]


def dot(a: Iterable[int], b: Iterable[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True)) % 97


def solve(right: list[int]) -> list[int]:
    """Return the solution of A x = right, each number between -48 and 48: Gauss and Jordan."""
    rows = [[*row, value] for row, value in zip(A, right, strict=True)]
    for i in range(3):
        inverse = pow(rows[i][i], -1, 97)
        rows[i] = [x * inverse % 97 for x in rows[i]]
        for j in {0, 1, 2} - {i}:
            rows[j] = [(x - rows[j][i] * y) % 97 for x, y in zip(rows[j], rows[i], strict=True)]
    return [(row[3] + 48) % 97 - 48 for row in rows]


def test_equations_and_equations_that_are_a_little_wrong() -> None:
    exact = [dot(row, s) for row in A]
    t = [(value + error) % 97 for value, error in zip(exact, e, strict=True)]
    for sign, right in (("=", exact), ("≈", t)):
        for row, value in zip(A, right, strict=True):
            says("{} a + {} b + {} c ".format(*row) + f"{sign} {value}")
    assert solve(exact) == s
    says("a = {}, b = {}, c = {}. Now".format(*s), "these give a = {}, b = {}, c = {}.".format(*solve(t)))


def test_a_bit_that_is_sent() -> None:
    t = [(dot(row, s) + error) % 97 for row, error in zip(A, e, strict=True)]
    y, e1, e2 = [1, -1, 2], [0, 1, -1], 1
    u = [(dot(column, y) + error) % 97 for column, error in zip(zip(*A, strict=True), e1, strict=True)]
    v = [(dot(t, y) + e2 + 48 * bit) % 97 for bit in (0, 1)]
    opened = [(value - dot(s, u)) % 97 for value in v]
    y_A = [dot(column, y) for column in zip(*A, strict=True)]
    assert dot(y_A, s) == dot(y, [dot(row, s) for row in A]) != dot(s, [dot(row, y) for row in A])
    says("The large part, `y A s`, is in both and goes away")
    says(
        "With y = (1, -1, 2), e1 = (0, 1, -1) and e2 = 1 the sender's `u` is ({}, {}, {}),".format(*u),
        f"`v` is {v[0]} for a 0 and {v[1]} for a 1.",
        f"Opened, that gives {opened[0]} and {opened[1]}",
    )


# ML-KEM-768


def test_the_command_names_primitives() -> None:
    (command,) = re.findall(r"purecrypto vectors ((?:--only [\w-]+ ?)+)", PAGE)
    assert set(command.replace("--only", "").split()) <= set(vector_run.names())


def test_sizes() -> None:
    unknowns = ml_kem.k * n
    assert (unknowns, q) == (768, 3329)
    says(
        f"A matrix of 768 times 768 numbers of 12 bits would be {unknowns**2 * 12 // 8:,} bytes.",
        f"These nine would be {ml_kem.k**2 * n * 12 // 8:,} bytes",
        f"3 polynomials of 384, and the seed of `A`: 32 | {ml_kem.ENCAPSULATION_KEY_SIZE:,} |",
        f"3 polynomials of {32 * ml_kem.d_u}, and `v`: {32 * ml_kem.d_v} | {ml_kem.CIPHERTEXT_SIZE:,} |",
        f"| two seeds | {ml_kem.SEED_SIZE} |",
        f"| shared secret | | {ml_kem.SHARED_SECRET_SIZE} |",
        f"0 or {polynomials.decompress([1], 1)[0]:,}, which is half of q = {q:,}, rounded",
        f"`u` keeps {ml_kem.d_u} bits of 12, `v` only {ml_kem.d_v}, "
        f"which makes {ml_kem.CIPHERTEXT_SIZE:,} bytes of {4 * 384:,}.",
        f"that comes as {ml_kem.DECAPSULATION_KEY_SIZE:,} bytes",
        f"each of its {unknowns} coefficients is below q",
    )


def test_what_is_encrypted_is_hashed_to_the_shared_secret() -> None:
    key, m = ml_kem.key_gen_internal(bytes(32), bytes(32)), bytes(range(32))
    ek, h = ml_kem.EncryptionKey.decode(key.encryption_key.ek)
    secret, ciphertext = ml_kem.encaps_internal(ek, h, m)
    assert ml_kem.kpke_decrypt(key.s_hat, ciphertext) == m
    K, r = ml_kem.G(m + h)
    assert (secret, ciphertext) == (K, ml_kem.kpke_encrypt(ek, m, r))
    says(
        "calls them `m`; what the two share in the end is a hash of them.",
        "all come from a hash of the 32 bytes that he sends, and of `ek`.",
        "The same hash has 32 bytes more, and these are the shared secret.",
    )


def test_sizes_in_tls() -> None:
    number = NamedGroup.X25519MLKEM768
    hybrid = GROUPS[number]
    private_key = hybrid.new_private(bytes)
    share = hybrid.begin(private_key).share
    answer, secret = hybrid.answer(private_key, share)
    t, u, v = ml_kem.k * n * 12 // 8, ml_kem.k * n * ml_kem.d_u // 8, n * ml_kem.d_v // 8
    assert (len(share), len(answer)) == (t + 32 + x25519.KEY_SIZE, u + v + x25519.KEY_SIZE)
    says(
        f"**X25519MLKEM768**, number 0x{number:04X}.",
        f"ClientHello, key_share: {len(share):,} bytes",
        f"| {t:,} bytes | 32 | {x25519.KEY_SIZE} |",
        f"ek of ML-KEM-768, {t + 32:,} bytes",
        f"ServerHello, key_share: {len(answer):,} bytes",
        f"3 polynomials, 256 coefficients of {ml_kem.d_u} bits | v: 256 of {ml_kem.d_v} bits |",
        f"| {u} bytes | {v} | {x25519.KEY_SIZE} |",
        f"ciphertext of ML-KEM-768, {u + v:,} bytes",
        f"the secret: {len(secret)} bytes, never sent",
        f"| ML-KEM's {ml_kem.SHARED_SECRET_SIZE} bytes | X25519's {len(secret) - 32} bytes |",
    )


def test_how_long_a_hello_becomes() -> None:
    both = (NamedGroup.X25519MLKEM768, NamedGroup.X25519)

    def first_flight(config: ClientConfig) -> int:
        return len(config.connection("www.example.com").data_to_send())

    def size(*shares: NamedGroup) -> int:
        return first_flight(ClientConfig(groups=both, key_share_groups=shares, verify=False))

    as_get_does = ClientConfig(application_protocols=("http/1.1",), verify=False)

    says(
        f"a hello of {size(*both):,} bytes with us, where X25519 alone makes {size(NamedGroup.X25519)}.",
        f"has room for {1500 - 20 - 20:,}.",  # less the headers of IP and TCP
        f"names two more curves and HTTP, is just over it with {first_flight(as_get_does):,}",
    )


def test_the_transform() -> None:
    assert (q - 1, pow(17, 256, q), pow(17, 128, q)) == (13 * 256, 1, q - 1)
    says("3,329 is 13 * 256 + 1", f"have {n * n:,} products", f"7 layers of 128 steps, {7 * 128} in all")


def small() -> Law:
    """Return how small coefficients are distributed, by looking at all half bytes."""
    every_half_byte = bytes([low | low + 1 << 4 for low in range(0, 16, 2)] * 16)
    drawn = Counter((x + 2) % q - 2 for x in polynomials.sample_poly_cbd(every_half_byte))
    return {x: Fraction(times, n) for x, times in drawn.items()}


def rounding(d: int) -> Law:
    """Return by how much compression to d bits moves a coefficient."""
    back = polynomials.decompress(polynomials.compress(list(range(q)), d), d)
    moved = Counter((y - x + q // 2) % q - q // 2 for x, y in enumerate(back))
    return {x: Fraction(times, q) for x, times in moved.items()}


def of_sum(a: Law, b: Law) -> Law:
    law: Law = {}
    for x, p in a.items():
        for y, r in b.items():
            law[x + y] = law.get(x + y, Fraction(0)) + p * r
    return law


def of_product(a: Law, b: Law) -> Law:
    law: Law = {}
    for x, p in a.items():
        for y, r in b.items():
            law[x * y] = law.get(x * y, Fraction(0)) + p * r
    return law


def test_noise() -> None:
    sixteenths = {x: 16 * p for x, p in small().items()}
    assert sixteenths == {-2: 1, -1: 4, 0: 6, 1: 4, 2: 1}
    says("Of sixteen, one is -2, four are -1, six are 0, four are 1 and one is 2.")
    says(f"Rounding moves a coefficient of `u` by at most {max(map(abs, rounding(10)))}")
    says(f"one of `v` by at most {max(map(abs, rounding(4)))}.")


PRECISION = 320  # bits after the point, and so many that 2^-165 is still exact enough
LANE_SIZE = 96  # bytes: what a coefficient of a product of two laws needs


def lanes(law: Law) -> int:
    """Return a law as a long int: a lane for each value from the lowest on, fixed point."""
    values = range(min(law), max(law) + 1)
    fixed = [int(law.get(x, Fraction(0)) * 2**PRECISION) for x in values]
    return int.from_bytes(b"".join(p.to_bytes(LANE_SIZE, "little") for p in fixed), "little")


def times(a: int, b: int) -> int:
    """Return the law of a sum: the product of two ints, with each lane brought back to fixed point."""
    product = a * b
    octets = product.to_bytes(product.bit_length() // 8 + LANE_SIZE, "little")
    rows = [octets[i : i + LANE_SIZE] for i in range(0, len(octets), LANE_SIZE)]
    fixed = [int.from_bytes(row, "little") >> PRECISION for row in rows]
    return int.from_bytes(b"".join(p.to_bytes(LANE_SIZE, "little") for p in fixed), "little")


def test_how_often_a_ciphertext_is_misread() -> None:
    """The law of e y + e2 - s e1 and of both roundings, for one coefficient; then 256 of them."""
    pair = of_sum(of_product(small(), small()), of_product(small(), of_sum(small(), rounding(ml_kem.d_u))))
    rest = of_sum(small(), rounding(ml_kem.d_v))

    power = lanes(pair)  # 768 = 3 * 2^8 of them
    power = times(times(power, power), power)
    for _ in range(8):
        power = times(power, power)
    octets = times(power, lanes(rest)).to_bytes(2**20, "little")
    lowest = 768 * min(pair) + min(rest)
    fixed = [int.from_bytes(octets[i : i + LANE_SIZE], "little") for i in range(0, len(octets), LANE_SIZE)]

    total = sum(fixed) / 2**PRECISION
    assert math.isclose(total, 1, rel_tol=1e-9)
    deviation = math.sqrt(sum(p * (lowest + i) ** 2 for i, p in enumerate(fixed)) / 2**PRECISION)
    misread = sum(p for i, p in enumerate(fixed) if abs(lowest + i) > q / 4)
    exponent = math.log2(n * misread) - PRECISION
    says(
        "It is a sum of 1,536 products of small numbers",
        f"q / 4 = {q // 4}",
        f"has a standard deviation of {deviation:.0f}.",
        f"{q // 4} is {q / 4 / deviation:.1f} standard deviations away.",
        f"with a probability of 2^{exponent:.0f};",
    )
