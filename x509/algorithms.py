"""Which algorithm?  An AlgorithmIdentifier says it of a key and of a signature.  RFC 5280 section 4.1.1.2.

It is an OID and, for some algorithms, parameters.  Each standard says what they have to be, and DER leaves
them one spelling; so an algorithm is known by the whole identifier, compared with those in a table, and one
with other parameters is another algorithm, which we do not know.

    key kind     OID               parameters
    Ed25519      id-Ed25519        absent                                       RFC 8410 section 3
    P-256 ...    id-ecPublicKey    the curve's OID                              RFC 5480 section 2.1.1
    RSA          rsaEncryption     NULL                                         RFC 3279 section 2.3.1
    RSA-PSS      id-RSASSA-PSS     absent, or the one hash that the key is for  RFC 4055 section 3.1
                                   and the shortest salt that it may sign with

RSA and RSA-PSS are one mathematics under two rules: with a key of the second kind nothing but PSS is signed.
Only its shortest salt is not looked up in the table.  TLS signs with a salt as long as the digest (RFC 9846
section 4.3.3), and so may every key that asks for no longer one.  The mask has to be made with the same hash.
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
        if self.oid == oids.RSA_PSS and self.parameters is not None:
            return f"{oids.name(self.oid)} with parameters of its own"
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


NULL_OR_ABSENT = (NULL, None)  # the parameters of a hash, of which both are right: RFC 4055 section 2.1
DEFAULT_SALT_LENGTH = 20  # bytes: RFC 4055 section 3.1; and in DER a default is left out


def pss_parameters(hash_oid: str, salt_length: int, hash_parameters: bytes | None = NULL) -> bytes:
    """Return RSASSA-PSS-params: MGF1 with the same hash, everything else as RFC 4055 section 3.1 has it."""
    hash_algorithm = AlgorithmIdentifier(hash_oid, hash_parameters).der
    mask_generation = AlgorithmIdentifier(oids.MGF1, hash_algorithm).der
    salt = encoding.explicit(2, encoding.integer(salt_length)) if salt_length != DEFAULT_SALT_LENGTH else b""
    return encoding.sequence(
        encoding.explicit(0, hash_algorithm), encoding.explicit(1, mask_generation), salt
    )


PSS_KINDS = {  # by the key's hash, with the size of its digest
    oids.SHA256: (KeyKind.RSA_PSS_SHA256, 32),
    oids.SHA384: (KeyKind.RSA_PSS_SHA384, 48),
    oids.SHA512: (KeyKind.RSA_PSS_SHA512, 64),
}
KEY_ALGORITHMS = {
    KeyKind.ED25519: AlgorithmIdentifier(oids.ED25519),
    KeyKind.P256: AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid(oids.P256)),
    KeyKind.P384: AlgorithmIdentifier(oids.EC_PUBLIC_KEY, encoding.oid(oids.P384)),
    KeyKind.RSA: AlgorithmIdentifier(oids.RSA, NULL),
    KeyKind.RSA_PSS: AlgorithmIdentifier(oids.RSA_PSS),
} | {
    kind: AlgorithmIdentifier(oids.RSA_PSS, pss_parameters(hash_oid, digest_size))
    for hash_oid, (kind, digest_size) in PSS_KINDS.items()
}
_KINDS = {algorithm: kind for kind, algorithm in KEY_ALGORITHMS.items()}
# What to say of any other
SUPPORTED = (
    "Ed25519, P-256, P-384, RSA, and RSA-PSS with SHA-256, SHA-384 or SHA-512 throughout are supported"
)


def key_kind(algorithm: AlgorithmIdentifier) -> KeyKind | None:
    """Return what kind of key this is said of, or None if it is none of ours."""
    if algorithm.oid == oids.RSA_PSS and algorithm.parameters is not None:
        try:
            return _pss_kind(algorithm.parameters)
        except DerError:
            return None
    return _KINDS.get(algorithm)


def _pss_kind(parameters: bytes) -> KeyKind | None:
    """Read the RSASSA-PSS-params of a key, in which saltLength is the least that is allowed."""
    with der.Reader(parameters) as reader, reader.sequence("parameters") as fields:
        with fields.explicit(0, "hashAlgorithm") as field:
            hash_oid = read(field, "").oid
        fields.element("maskGenAlgorithm")
        least = DEFAULT_SALT_LENGTH
        if fields.next_is(der.CONTEXT_CONSTRUCTED | 2):
            with fields.explicit(2, "saltLength") as field:
                least = field.integer("")
    if hash_oid not in PSS_KINDS:
        return None
    kind, digest_size = PSS_KINDS[hash_oid]
    if not 0 <= least <= digest_size:
        return None
    # What was read has to come out again: then MGF1 has the same hash, and no default is spelt out.
    spellings = [pss_parameters(hash_oid, least, hash_parameters) for hash_parameters in NULL_OR_ABSENT]
    return kind if parameters in spellings else None
