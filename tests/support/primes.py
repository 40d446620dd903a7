"""Whether a number is a prime, with as little doubt as one likes."""

import random


def is_prime(n: int, rounds: int = 20) -> bool:
    """Miller and Rabin's test.  A composite number passes with a probability below 4^-rounds."""
    if n < 4 or n % 2 == 0:
        return n in (2, 3)
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(rounds):
        power = pow(random.randrange(2, n - 1), odd, n)
        if power in (1, n - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True
