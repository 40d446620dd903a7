"""Polynomials whose coefficients are blocks of GCM, and where they are zero.

A block is an element of the field GF(2^128): blocks are added by XOR, and multiplied as in
`purecrypto/ghash.py`.  In this field a + a = 0, so + and - are the same, and (a + b)^2 = a^2 + b^2.

A polynomial is the list of its coefficients: [c, b, a] is a x^2 + b x + c.  Its last one is not 0; [] is 0.
"""

from collections.abc import Sequence
from typing import TypeAlias

from purecrypto import ghash

Polynomial: TypeAlias = list[int]

BITS = 128  # of an element
ONE = 1 << BITS - 1  # the bits of a block run backwards
BASIS = [1 << i for i in range(BITS)]  # each element is a sum of some of these


def roots(f: Polynomial) -> list[int]:
    """Every r with f(r) = 0.

    The elements of the field are the roots of x^(2^128) + x, each of them once.  So the greatest common
    divisor of this and f has the roots of f and no other factor.  Then it is split, until each part has the
    degree 1.
    """
    f = monic(f)
    x = [0, ONE]
    power = x
    for _ in range(BITS):
        power = squared(power, f)
    return sorted(_split(gcd(f, add(power, x))))


def _split(f: Polynomial) -> list[int]:
    """The roots of a product of different factors x + r.

    This is Berlekamp's idea of 1970.  The trace, Tr(y) = y + y^2 + y^4 + ... + y^(2^127), is 0 for half of
    the elements and 1 for the others.  So gcd(f, Tr(b x)) has about half of the roots of f, those with
    Tr(b r) = 0; and f divided by it has the rest.  For any two roots some b of the basis tells them apart.
    """
    if len(f) <= 2:
        return f[:-1]  # x + r, which is monic, or 1
    for b in BASIS:
        g = gcd(f, trace(b, f))
        if 1 < len(g) < len(f):
            return _split(g) + _split(divide(f, g)[0])
    raise ValueError("a factor that occurs twice")


def trace(b: int, f: Polynomial) -> Polynomial:
    """Tr(b x) modulo f."""
    power = divide([0, b], f)[1]
    total = power
    for _ in range(BITS - 1):
        power = squared(power, f)
        total = add(total, power)
    return total


def squared(a: Polynomial, f: Polynomial) -> Polynomial:
    """a^2 modulo f: as (a + b)^2 = a^2 + b^2, each coefficient is squared by itself, and moves out."""
    square = [0] * (2 * len(a) - 1) if a else []
    square[::2] = [ghash.multiply(c, c) for c in a]
    return divide(square, f)[1]


def gcd(f: Polynomial, g: Polynomial) -> Polynomial:
    """The greatest common divisor, by Euclid; monic."""
    while g:
        g = monic(g)
        f, g = g, divide(f, g)[1]
    return monic(f)


def divide(f: Polynomial, g: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder of f by a monic g, as at school."""
    rest = list(f)
    quotient = [0] * max(0, len(f) - len(g) + 1)
    for place in reversed(range(len(quotient))):
        factor = quotient[place] = rest[place + len(g) - 1]
        for i, c in enumerate(g):
            rest[place + i] ^= ghash.multiply(factor, c)
    return quotient, trimmed(rest)


def add(f: Polynomial, g: Polynomial) -> Polynomial:
    size = max(len(f), len(g))
    longer = [[*h, *[0] * (size - len(h))] for h in (f, g)]
    return trimmed([a ^ b for a, b in zip(*longer, strict=True)])


def monic(f: Polynomial) -> Polynomial:
    """f divided by its highest coefficient; its roots are the same."""
    inverse = invert(f[-1])
    return [ghash.multiply(inverse, c) for c in f]


def trimmed(f: Sequence[int]) -> Polynomial:
    """Without zeros at the end, so that the last coefficient says the degree."""
    size = len(f)
    while size and f[size - 1] == 0:
        size -= 1
    return list(f[:size])


def invert(a: int) -> int:
    """1/a, which is a^(2^128 - 2): the powers a^2, a^4, a^8 ... a^(2^127), all multiplied."""
    product, power = ONE, a
    for _ in range(BITS - 1):
        power = ghash.multiply(power, power)
        product = ghash.multiply(product, power)
    return product


def evaluate(f: Polynomial, x: int) -> int:
    """f(x)."""
    value = 0
    for c in reversed(f):
        value = ghash.multiply(value, x) ^ c
    return value
