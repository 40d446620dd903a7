"""Known answers: how to run one published vector of each operation on the code of this package.

`CHECKS` maps the name of an operation, as the files in `vectors/` use it, to a function that computes what
one vector asks for and raises `Mismatch` where the answer differs.  `python -m purecrypto vectors` and
tests/purecrypto/test_known_answers.py both run it, so nothing is checked in two ways.

A new operation is one function and one line in `CHECKS`.  Calls are written `module.function(...)`: then a
primitive that is broken on purpose, in its module, shows here.  Operations that `CHECKS` does not know
("tls13_...", the recorded handshakes of RFC 8448) belong to the floors above.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from purecrypto import ed25519, hkdf, hmac, sha256, sha512, x25519

Vector: TypeAlias = dict[str, Any]


class Mismatch(AssertionError):
    """The code's answer is not the published one: the code is wrong, or the vector is."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: expected {_shown(expected)}, got {_shown(got)}")
        self.field, self.expected, self.got = field, expected, got


def octets(vector: Vector, field: str) -> bytes:
    """Return a field of a vector as bytes; `vectors/__init__.py` describes the two notations."""
    value = vector[field]
    if isinstance(value, dict):
        unit, count = value["repeat"]
        return bytes.fromhex(unit) * int(count)
    return bytes.fromhex(value)


def expect(vector: Vector, field: str, got: bytes) -> None:
    """Raise `Mismatch` unless `got` is what the vector's field says."""
    expected = octets(vector, field)
    if got != expected:
        raise Mismatch(field, expected, got)


def check_sha256(vector: Vector) -> None:
    expect(vector, "digest", sha256.sha256(octets(vector, "message")).digest())


def check_sha384(vector: Vector) -> None:
    expect(vector, "digest", sha512.sha384(octets(vector, "message")).digest())


def check_sha512(vector: Vector) -> None:
    expect(vector, "digest", sha512.sha512(octets(vector, "message")).digest())


def check_hmac(vector: Vector, hash_name: str) -> None:
    tag = hmac.digest(octets(vector, "key"), octets(vector, "message"), hash_name)
    expect(vector, "tag", tag[: vector.get("tag_length", len(tag))])  # RFC 4231 4.6 truncates


def check_hkdf_sha256(vector: Vector) -> None:
    prk = hkdf.extract(octets(vector, "salt"), octets(vector, "ikm"), "sha256")
    expect(vector, "prk", prk)
    expect(vector, "okm", hkdf.expand(prk, octets(vector, "info"), vector["length"], "sha256"))


def check_x25519(vector: Vector) -> None:
    expect(vector, "output", x25519.x25519(octets(vector, "k"), octets(vector, "u")))


def check_x25519_iterated(vector: Vector) -> None:
    k, u = octets(vector, "k"), octets(vector, "u")
    for _ in range(vector["iterations"]):
        k, u = x25519.x25519(k, u), k
    expect(vector, "output", k)


def check_x25519_dh(vector: Vector) -> None:
    for own, peer in (("alice", "bob"), ("bob", "alice")):
        private_key = x25519.X25519PrivateKey.from_private_bytes(octets(vector, f"{own}_private_key"))
        expect(vector, f"{own}_public_key", private_key.public_key().public_bytes_raw())
        peer_key = x25519.X25519PublicKey.from_public_bytes(octets(vector, f"{peer}_public_key"))
        expect(vector, "shared_secret", private_key.exchange(peer_key))


def check_ed25519(vector: Vector) -> None:
    private_key = ed25519.Ed25519PrivateKey.from_private_bytes(octets(vector, "private_key"))
    expect(vector, "public_key", private_key.public_key().public_bytes_raw())
    expect(vector, "signature", private_key.sign(octets(vector, "message")))
    public_key = ed25519.Ed25519PublicKey.from_public_bytes(octets(vector, "public_key"))
    public_key.verify(octets(vector, "signature"), octets(vector, "message"))


CHECKS: dict[str, Callable[[Vector], None]] = {
    "sha256": check_sha256,
    "sha384": check_sha384,
    "sha512": check_sha512,
    "hmac-sha256": lambda vector: check_hmac(vector, "sha256"),
    "hmac-sha384": lambda vector: check_hmac(vector, "sha384"),
    "hmac-sha512": lambda vector: check_hmac(vector, "sha512"),
    "hkdf-sha256": check_hkdf_sha256,
    "x25519": check_x25519,
    "x25519-iterated": check_x25519_iterated,
    "x25519-dh": check_x25519_dh,
    "ed25519": check_ed25519,
}


def _shown(value: object) -> str:
    return value.hex() or "nothing" if isinstance(value, bytes) else str(value)
