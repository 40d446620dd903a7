"""The one place where randomness enters: the operating system's generator.

Everything else in this repository is a function of its inputs.  Keys made by `generate()`, secrets made by
ML-KEM's `encapsulate()`, the command lines and the defaults of `tls/config.py` call `random_bytes`, and so
does RSA for a salt that the caller did not choose and for its blinding, which no result depends on; nothing
else does, so a test or a replay that passes its own bytes controls every random choice.  RFC 9846 appendix
C.1 asks for such a generator.
"""

import os


def random_bytes(length: int) -> bytes:
    """Return `length` unpredictable bytes, fit for keys."""
    return os.urandom(length)  # appendix C.1 [1]
