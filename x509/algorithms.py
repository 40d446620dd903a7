"""Which algorithm?  An AlgorithmIdentifier says it of a key and of a signature.  RFC 5280 section 4.1.1.2.

It is an OID and, for some algorithms, parameters.  Each standard says what they have to be, and DER leaves
them one spelling; so an algorithm is known by the whole identifier, compared with those in a table, and one
with other parameters is another algorithm, which we do not know.

    key kind     OID               parameters
    Ed25519      id-Ed25519        absent                                       RFC 8410 section 3
    P-256 ...    id-ecPublicKey    the curve's OID                              RFC 5480 section 2.1.1
    RSA          rsaEncryption     NULL                                         RFC 3279 section 2.3.1
    RSA-PSS      id-RSASSA-PSS     absent, or the one hash that the key is for  RFC 4055 section 3.1

RSA and RSA-PSS are one mathematics under two rules: with a key of the second kind nothing but PSS is signed.
"""

import enum
from dataclasses import dataclass

from x509 import der, encoding, oids
from x509.errors import DerError

NULL = b"\x05\x00"


@dataclass(frozen=True)
class AlgorithmIdentifier:
    """An algorithm, and its parameters as DER (None: absent)."""

    oid: str
    parameters: bytes | None = None

    @property
    def der(self) -> bytes:
        return encoding.sequence(encoding.oid(self.oid), self.parameters or b"")

    def __str__(self) -> str:
        if self.oid == oids.EC_PUBLIC_KEY and self.parameters is not None:
            return f"{oids.name(self.oid)} {_named_curve(self.parameters)}"
        return oids.name(self.oid)


def read(reader: der.Reader, name: str) -> AlgorithmIdentifier:
    with reader.sequence(name) as algorithm:
        oid = algorithm.object_identifier("algorithm")
        return AlgorithmIdentifier(oid, None if algorithm.at_end else algorithm.element("parameters"))


def _named_curve(parameters: bytes) -> str:
    try:
        with der.Reader(parameters) as reader:
            return oids.name(reader.object_identifier("namedCurve"))
    except DerError:
        return "with parameters of its own"  # a curve spelt out, which RFC 5480 section 2.1.1 forbids


class KeyKind(enum.Enum):
    """What a key is, and so what can be signed with it."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    RSA = "RSA"
    RSA_PSS = "RSA-PSS"
    RSA_PSS_SHA256 = "RSA-PSS with SHA-256"
    RSA_PSS_SHA384 = "RSA-PSS with SHA-384"
    RSA_PSS_SHA512 = "RSA-PSS with SHA-512"


def pss_parameters(hash_oid: str, salt_length: int, hash_parameters: bytes | None = NULL) -> bytes:
    """Return RSASSA-PSS-params: MGF1 with the same hash, everything else as RFC 4055 section 3.1 has it."""
    hash_algorithm = AlgorithmIdentifier(hash_oid, hash_parameters).der
    mask_generation = AlgorithmIdentifier(oids.MGF1, hash_algorithm).der
    return encoding.sequence(
        encoding.explicit(0, hash_algorithm),
        encoding.explicit(1, mask_generation),
        encoding.explicit(2, encoding.integer(salt_length)),
    )


KEY_ALGORITHMS = {
    KeyKind.ED25519: AlgorithmIdentifier(oids.ED25519),
    KeyKind.P256: AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid(oids.P256)),
    KeyKind.P384: AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid(oids.P384)),
    KeyKind.RSA: AlgorithmIdentifier(oids.RSA, NULL),
    KeyKind.RSA_PSS: AlgorithmIdentifier(oids.RSA_PSS),
    KeyKind.RSA_PSS_SHA256: AlgorithmIdentifier(oids.RSA_PSS, pss_parameters(oids.SHA256, 32)),
    KeyKind.RSA_PSS_SHA384: AlgorithmIdentifier(oids.RSA_PSS, pss_parameters(oids.SHA384, 48)),
    KeyKind.RSA_PSS_SHA512: AlgorithmIdentifier(oids.RSA_PSS, pss_parameters(oids.SHA512, 64)),
}
KEY_KINDS = {algorithm: kind for kind, algorithm in KEY_ALGORITHMS.items()}
SUPPORTED = "Ed25519, P-256, P-384 and RSA are supported"  # what to say of any other
