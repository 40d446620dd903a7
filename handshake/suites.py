"""A cipher suite is two choices: the AEAD that protects records, the hash that derives keys.
RFC 9846 section 4.2.1 and appendix B.4."""

from collections.abc import Callable
from dataclasses import dataclass

from handshake.constants import CipherSuite
from purecrypto.aes_gcm import AESGCM
from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from purecrypto.hmac import HashClass
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384
from record.protection import AEAD


@dataclass(frozen=True, slots=True)
class Suite:
    """What a cipher suite's number stands for."""

    number: CipherSuite
    aead: Callable[[bytes], AEAD]
    key_size: int  # bytes
    hash: HashClass
    max_records: int  # that a sender may seal under one key (section 5.5)

    @property
    def hash_size(self) -> int:
        """Bytes: the RFC's Hash.length."""
        return self.hash.digest_size


IV_SIZE = 12  # bytes, for every AEAD of TLS 1.3 (section 5.3 [3])

AES_GCM_RECORDS = 23_726_566  # 2^24.5, so that nobody can tell it from an ideal cipher (section 5.5)

# section 9.1 [1, 2], appendix E.5 [2, 3]
SUITES: dict[int, Suite] = {  # best first: in pure Python, ChaCha20 takes half the time of AES
    suite.number: suite
    for suite in (
        Suite(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, ChaCha20Poly1305, 32, sha256, 2**64),
        Suite(CipherSuite.TLS_AES_128_GCM_SHA256, AESGCM, 16, sha256, AES_GCM_RECORDS),
        Suite(CipherSuite.TLS_AES_256_GCM_SHA384, AESGCM, 32, sha384, AES_GCM_RECORDS),
    )
}
