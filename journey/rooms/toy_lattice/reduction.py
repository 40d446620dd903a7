"""Lattice reduction: from long basis vectors that all point nearly the same way to short ones that do not.

A lattice is all the sums of whole multiples of some vectors, its basis.  Every lattice has many bases.  Two
moves change a basis and not the lattice: subtract a multiple of one vector from another, and exchange two.
Lenstra, Lenstra and Lovasz (LLL, 1982) found out in which order to make them, so that it ends soon and the
first vector is short at the end; not the shortest there is, but in few dimensions it nearly always is.
"""

from collections.abc import Iterable

from journey.rooms.toy_lattice.lattice import dot

Vector = list[int]

DELTA = 0.99  # of a squared length: what an exchange must bring it below; with 1 it might not end soon


def reduce(basis: Iterable[Vector]) -> list[Vector]:
    """A basis of the same lattice with shorter vectors, the shortest ones first, more or less."""
    b = list(basis)
    d = len(b)
    # Gram and Schmidt, in floating-point numbers, which are exact enough for a toy.
    # mu[i][j]: how much of the j-th direction is in b[i].
    # r[i][i]: how much of b[i] is in none of the directions before, squared.
    mu, r = ([[0.0] * d for _ in range(d)] for _ in range(2))

    def measure(i: int) -> None:
        for j in range(i + 1):
            r[i][j] = dot(b[i], b[j]) - sum(mu[j][k] * r[i][k] for k in range(j))
            mu[i][j] = r[i][j] / r[j][j]

    measure(0)
    i = 1
    while i < d:
        measure(i)
        for j in range(i - 1, -1, -1):  # take away what can be, the last direction first
            times = round(mu[i][j])
            if times:
                b[i] = [x - times * y for x, y in zip(b[i], b[j], strict=True)]
                for k in range(j + 1):
                    mu[i][k] -= times * mu[j][k]
        measure(i)
        if r[i][i] >= (DELTA - mu[i][i - 1] ** 2) * r[i - 1][i - 1]:
            i += 1
        else:
            b[i - 1], b[i] = b[i], b[i - 1]
            measure(i - 1)
            i = max(i - 1, 1)
    return b
