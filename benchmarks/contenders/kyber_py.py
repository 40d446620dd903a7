"""kyber-py: ML-KEM written to be read, in the shape of the formula."""

from collections.abc import Callable
from typing import Any

from kyber_py.ml_kem import ML_KEM_768

from benchmarks.contenders import Contender


class Library(Contender):
    name = "kyber-py"
    distribution = "kyber-py"
    hashes_itself = False
    note = "hashes with hashlib, SHA-3 and SHAKE too"

    def ml_kem_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: ML_KEM_768._keygen_internal(seed[:32], seed[32:])[0]

    def ml_kem_encaps(self, public: bytes, m: bytes) -> Callable[[], Any]:
        return lambda: ML_KEM_768._encaps_internal(public, m)

    def ml_kem_decaps(self, seed: bytes, ciphertext: bytes) -> Callable[[], Any]:
        _, dk = ML_KEM_768._keygen_internal(seed[:32], seed[32:])
        return lambda: ML_KEM_768.decaps(dk, ciphertext)
