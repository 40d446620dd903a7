"""HKDF: turn one secret into many keys.  RFC 5869.

A secret that two parties have agreed on is not yet a key: its bits may be uneven, and one protocol wants
many keys.  Extract concentrates it into one pseudorandom key (PRK); Expand stretches that key into as
many independent-looking bytes as `info` can name.

Sizes          PRK = HashLen = the hash's digest size; output at most 255 * HashLen bytes.
Errors         ValueError on a bad length: a caller's bug, never a peer's.
Side channels  No secret-dependent branch here; Python ints are not constant-time.
Tested by      tests/purecrypto/test_hkdf.py: RFC 5869 appendix A, pyca/cryptography.
"""

from collections.abc import Sequence

from purecrypto import hmac
from purecrypto.buffers import Buffer, as_bytes
from purecrypto.hmac import HMAC, HashClass
from purecrypto.sha256 import sha256


def extract(salt: Buffer | HMAC, ikm: Buffer, digestmod: HashClass | str = sha256) -> bytes:
    """Return PRK = HMAC-Hash(salt, IKM): section 2.2.

    An empty salt stands for HashLen zero bytes, and is the same: HMAC fills its key up with zeros.  `salt`
    may also be an HMAC already keyed with it, as `prk` may be in `expand`.
    """
    mac = salt.copy() if isinstance(salt, HMAC) else hmac.new(salt, digestmod=digestmod)
    mac.update(ikm)
    return mac.digest()


def expand(prk: Buffer | HMAC, info: Buffer, length: int, digestmod: HashClass | str = sha256) -> bytes:
    """Return `length` bytes of output keying material for the purpose that `info` names: section 2.3.

    `prk` is the key, or an HMAC already keyed with it (`digestmod` is then the HMAC's own).  Who expands
    one PRK many times, as TLS does, saves hashing the key each time.
    """
    keyed = prk if isinstance(prk, HMAC) else hmac.new(prk, digestmod=digestmod)
    (okm,) = expand_side_by_side([(keyed, info, length)])
    return okm


def expand_side_by_side(wanted: Sequence[tuple[HMAC, Buffer, int]]) -> list[bytes]:
    """Return `expand(prk, info, length)` for each of `wanted`, whose HMACs share one hash function.

    No output depends on another, so each step hashes for all of them at once.
    """
    for keyed, _, length in wanted:
        if not 0 <= length <= 255 * keyed.digest_size:  # 2.3: the counter is one byte
            raise ValueError(f"length must be 0 to {255 * keyed.digest_size} bytes, got {length}")
    infos = [as_bytes(info, "info") for _, info, _ in wanted]
    steps = max((-(-length // keyed.digest_size) for keyed, _, length in wanted), default=0)
    T = okm = [b""] * len(wanted)  # T(0), then T(i) = HMAC-Hash(PRK, T(i-1) | info | i)
    for i in range(1, steps + 1):
        macs = [keyed.copy() for keyed, _, _ in wanted]
        for mac, before, info in zip(macs, T, infos, strict=True):
            mac.update(before + info + bytes([i]))
        T = hmac.digests(macs)
        okm = [octets + tag for octets, tag in zip(okm, T, strict=True)]
    return [octets[:length] for octets, (_, _, length) in zip(okm, wanted, strict=True)]
