"""Comparing secrets without stopping at the first difference.

A comparison that returns early tells an attacker how many leading bytes of his guess were right, and a
16-byte tag falls after 16 * 256 guesses instead of 2^128.  `equal` always looks at every byte.

Side channels  Python integers are not constant-time: their arithmetic depends on how many digits a value
               has, and the interpreter adds noise of its own.  What is promised here is only this: no
               branch and no early exit that depends on the bytes compared.
Tested by      tests/purecrypto/test_constant_time.py
"""

import operator

from purecrypto.buffers import Buffer, as_bytes


def equal(a: Buffer, b: Buffer) -> bool:
    """Return whether `a` and `b` hold the same bytes; only their lengths may show in the time taken."""
    a, b = as_bytes(a, "a"), as_bytes(b, "b")
    if len(a) != len(b):
        return False
    differences: int = sum(map(operator.xor, a, b))  # of all bytes; none is below zero
    return differences == 0
