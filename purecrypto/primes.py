"""Large random primes, of which RSA keys are made.  FIPS 186-5 appendices A.1.3 and B.3.1.

There is no list to take a prime from, and none is needed: among the odd numbers of 1024 bits one in 355 is
prime.  So numbers are drawn at random until one passes, and nearly all are turned away by the cheap question
that is put first:

    has it a factor below 10,000?          one gcd with the product of all those primes; one in eight has none
    is it composite, says Miller-Rabin?    one power modulo the number; five witnesses, or four, must agree

The test is never sure that a number is prime.  But a random number of this size that is not prime has almost
every witness against it: with table B.1's number of rounds, that one slips through is less likely than
that someone guesses the key.

Errors         ValueError: a random source that never gives a prime.
Side channels  The number of tries shows in the time and says nothing about the prime that was kept; `pow` and
               `gcd` on that one are not constant-time either.
Tested by      tests/purecrypto/test_primes.py: Fermat's and the known strong pseudoprimes, the sieve.
"""

import functools
import math

from purecrypto import entropy

SMALL_PRIMES_BELOW = 10_000
ROUNDS = 5  # of Miller-Rabin, for p and q of 1024 bits: table B.1
ROUNDS_FROM_1536 = 4  # for p and q of 1536 bits and more: the larger, the fewer composites have few witnesses
CLOSEST = 100  # |p - q| > 2^(nlen/2 - 100)
# A.1.3 gives up in the end, so that a broken random source does not go on for ever.  For both primes we take
# q's bound, 10 nlen; and a prime has nlen / 2 bits.
TRIES_PER_BIT = 20


def two_primes(nlen: int, e: int) -> tuple[int, int]:
    """Return the primes p and q of an RSA modulus of nlen bits with the public exponent e: A.1.3."""
    rounds = ROUNDS if nlen < 2 * 1536 else ROUNDS_FROM_1536
    # 4. (q = p is too close to p, and so the first q is drawn below)
    p = q = random_prime(nlen // 2, rounds, e)
    # 5. and 5.5: primes close to each other are found near the square root of n (Fermat's way to factor).
    for _ in range(TRIES_PER_BIT):
        if abs(p - q) > 1 << nlen // 2 - CLOSEST:
            return p, q
        q = random_prime(nlen // 2, rounds, e)
    raise ValueError("the random source gives the same prime again and again")


def random_prime(size: int, rounds: int, e: int) -> int:
    """Return a random prime p of `size` bits with gcd(p - 1, e) = 1, without which e has no d: A.1.3 step 4.

    Its two highest bits are those of the square root of two or more, so that the product of two such primes
    has all its bits (step 4.4).
    """
    least = math.isqrt((1 << 2 * size - 1) - 1) + 1  # the first number not below sqrt(2) * 2^(size - 1)
    for _ in range(TRIES_PER_BIT * size):
        candidate = random_bits(size) | 1
        if candidate < least or math.gcd(candidate - 1, e) != 1:
            continue
        if is_probably_prime(candidate, rounds):
            return candidate
    raise ValueError("the random source gives no primes")


def is_probably_prime(w: int, rounds: int) -> bool:
    """Return False for a composite number; True for a prime, and by mistake once in 4^rounds at the most."""
    if w < SMALL_PRIMES_BELOW:
        return w in small_primes()
    return math.gcd(w, product_of_small_primes()) == 1 and miller_rabin(w, rounds)


def miller_rabin(w: int, rounds: int) -> bool:
    """Return whether no witness shows that the odd w > 3 is composite: B.3.1.

    Modulo a prime, b^(w - 1) is 1 (Fermat), and 1 has no square root but 1 and -1.  So the powers on the way
    there, each the square of the one before, come to 1 from the start or by way of -1.
    """
    # 1. and 2. w - 1 = 2^a * m
    a = (w - 1 & 1 - w).bit_length() - 1  # x & -x is the lowest 1 of x
    m = w - 1 >> a
    # 4. Ask random witnesses.
    for _ in range(rounds):
        b = 2 + random_below(w - 3)  # 1 < b < w - 1
        z = pow(b, m, w)
        if z in (1, w - 1):
            continue
        for _ in range(a - 1):
            z = z * z % w
            if z == w - 1:
                break
        else:
            return False
    return True


def random_bits(size: int) -> int:
    """Return a random number of at most `size` bits."""
    return int.from_bytes(entropy.random_bytes(-(-size // 8)), "big") >> -size % 8


def random_below(bound: int) -> int:
    """Return a random number from 0 to bound - 1.

    64 bits more than the bound has are drawn and reduced; that leaves some numbers likelier than others by
    less than one part in 2^64, and unlike drawing again until a number fits, it always comes to an end.
    """
    return random_bits(bound.bit_length() + 64) % bound


@functools.cache
def small_primes() -> frozenset[int]:
    """Return the primes below SMALL_PRIMES_BELOW, by the sieve of Eratosthenes."""
    is_prime = bytearray([1]) * SMALL_PRIMES_BELOW
    is_prime[:2] = bytes(2)
    for n in range(2, math.isqrt(SMALL_PRIMES_BELOW) + 1):
        if is_prime[n]:
            is_prime[n * n :: n] = bytes(len(range(n * n, SMALL_PRIMES_BELOW, n)))
    return frozenset(n for n in range(SMALL_PRIMES_BELOW) if is_prime[n])


@functools.cache
def product_of_small_primes() -> int:
    """Return the product of `small_primes`, 14,277 bits: whatever shares a factor with it is composite."""
    return math.prod(small_primes())


def recover_prime_factors(n: int, e: int, d: int) -> tuple[int, int]:
    """Return p and q, the larger first, of an RSA key that came without them.  ValueError if it is no key.

    Whoever knows d can factor n (SP 800-56B appendix C).  With k = e * d - 1, every x^k is 1.  On the way
    there by squaring, at least every second x passes a root y of 1 that is neither 1 nor -1; and from y^2 = 1
    follows (y - 1)(y + 1) = 0 modulo n, where each factor has one of the primes in it.
    """
    k = e * d - 1
    zeros = (k & -k).bit_length() - 1
    for x in range(2, 102):
        y = pow(x, k >> zeros, n)
        for _ in range(zeros):
            square = y * y % n
            if square == 1 and y not in (1, n - 1):
                p = math.gcd(y - 1, n)
                return max(p, n // p), min(p, n // p)
            y = square
    raise ValueError("these numbers are no RSA key")
